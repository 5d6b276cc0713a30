//! A file system in memory that knows what a power failure may take: bytes that were not synchronised, and names whose
//! folder was not.
//!
//! One thing is taken from journalling file systems (ext4, XFS, Btrfs): a rename is durable in both folders or in none.

use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
};

use crate::vault::disk::Step;

/// A file system, as it is and as it is durable.
#[derive(Clone)]
pub(super) struct Model {
    origin: PathBuf,
    nodes: Vec<Node>,
}

#[derive(Clone)]
enum Node {
    File { now: Vec<u8>, durable: Vec<u8> },
    Folder { now: BTreeMap<String, usize>, durable: BTreeMap<String, usize> },
}

/// A step, kept.
#[derive(Clone, Debug)]
pub(super) enum Kept {
    MakeDir(PathBuf),
    OpenFile(PathBuf),
    Write(PathBuf, Vec<u8>),
    Truncate(PathBuf, u64),
    Overwrite(PathBuf),
    Discard(PathBuf),
    Sync(PathBuf),
    SyncAll(PathBuf),
    Rename(PathBuf, PathBuf),
    Replace(PathBuf, PathBuf),
    Exchange(PathBuf, PathBuf),
    Remove(PathBuf),
}

impl Kept {
    pub(super) fn of(step: &Step<'_>) -> Self {
        match *step {
            Step::MakeDir(path) => Self::MakeDir(path.to_owned()),
            Step::OpenFile(path) => Self::OpenFile(path.to_owned()),
            Step::Write(path, bytes) => Self::Write(path.to_owned(), bytes.to_vec()),
            Step::Truncate(path, length) => Self::Truncate(path.to_owned(), length),
            Step::Overwrite(path) => Self::Overwrite(path.to_owned()),
            Step::Discard(path) => Self::Discard(path.to_owned()),
            Step::Sync(path) => Self::Sync(path.to_owned()),
            Step::SyncAll(path) => Self::SyncAll(path.to_owned()),
            Step::Rename(from, to) => Self::Rename(from.to_owned(), to.to_owned()),
            Step::Replace(from, to) => Self::Replace(from.to_owned(), to.to_owned()),
            Step::Exchange(one, other) => Self::Exchange(one.to_owned(), other.to_owned()),
            Step::RemoveFile(path) | Step::RemoveDir(path) => Self::Remove(path.to_owned()),
        }
    }
}

impl Model {
    /// Takes what stands in `origin` as durable.
    pub(super) fn of(origin: &Path) -> Self {
        let mut model = Self { origin: origin.to_owned(), nodes: Vec::new() };
        model.load(origin);
        model
    }

    fn load(&mut self, path: &Path) -> usize {
        let at = self.nodes.len();
        if !path.is_dir() {
            let bytes = fs::read(path).unwrap();
            self.nodes.push(Node::File { now: bytes.clone(), durable: bytes });
            return at;
        }
        self.nodes.push(Node::Folder { now: BTreeMap::new(), durable: BTreeMap::new() });
        for entry in fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            let node = self.load(&entry.path());
            self.folder(at).0.insert(entry.file_name().into_string().unwrap(), node);
        }
        let (now, durable) = self.folder(at);
        *durable = now.clone();
        at
    }

    /// Does what a step does, where the real one would have succeeded.
    pub(super) fn apply(&mut self, step: &Kept) {
        match step {
            Kept::MakeDir(path) => self.make(path, || Node::Folder { now: BTreeMap::new(), durable: BTreeMap::new() }),
            Kept::OpenFile(path) => self.make(path, || Node::File { now: Vec::new(), durable: Vec::new() }),
            Kept::Write(path, bytes) => self.content(path).extend_from_slice(bytes),
            Kept::Truncate(path, length) => self.content(path).truncate(usize::try_from(*length).unwrap()),
            Kept::Overwrite(path) => self.content(path).fill(b'#'),
            Kept::Discard(path) => self.content(path).fill(0),
            Kept::Sync(path) => {
                if let Some(node) = self.find(path) {
                    self.sync(node);
                }
            }
            Kept::SyncAll(path) => {
                let mut nodes = vec![self.find(path).unwrap()];
                while let Some(node) = nodes.pop() {
                    if let Node::Folder { now, .. } = &self.nodes[node] {
                        nodes.extend(now.values());
                    }
                    self.sync(node);
                }
            }
            Kept::Rename(from, to) if self.find(to).is_some() => assert!(self.find(from).is_some()),
            Kept::Rename(from, to) | Kept::Replace(from, to) => {
                if let (Some(node), Some(_)) = (self.find(from), self.find(to.parent().unwrap())) {
                    self.entries(from).remove(&name(from));
                    self.entries(to).insert(name(to), node);
                }
            }
            Kept::Exchange(one, other) => {
                let (first, second) = (self.find(one).unwrap(), self.find(other).unwrap());
                self.entries(one).insert(name(one), second);
                self.entries(other).insert(name(other), first);
            }
            Kept::Remove(path) => {
                let full = self.find(path).is_some_and(|node| match &self.nodes[node] {
                    Node::Folder { now, .. } => !now.is_empty(),
                    Node::File { .. } => false,
                });
                if self.find(path).is_some() && !full {
                    self.entries(path).remove(&name(path));
                }
            }
        }
    }

    /// Makes one node durable, as any journal may do at any moment by itself.
    pub(super) fn sync(&mut self, node: usize) {
        let (before, after) = match &mut self.nodes[node] {
            Node::File { now, durable } => {
                durable.clone_from(now);
                return;
            }
            Node::Folder { now, durable } => {
                let before = std::mem::replace(durable, now.clone());
                (before, now.clone())
            }
        };
        for at in (0..self.nodes.len()).filter(|at| *at != node) {
            let Node::Folder { now, durable } = &mut self.nodes[at] else { continue };
            // What moved here is gone there; what moved there is durable there.
            durable.retain(|name, moved| now.get(name) == Some(moved) || !after.values().any(|one| one == moved));
            for (name, moved) in now.iter().filter(|(_, moved)| before.values().any(|one| one == *moved)) {
                durable.insert(name.clone(), *moved);
            }
        }
    }

    /// Makes part of what is not synchronised durable, as `chance` says: whole folders, whole files or torn ones.
    pub(super) fn persist(&mut self, mut chance: impl FnMut() -> u64) {
        for node in 0..self.nodes.len() {
            let is_folder = matches!(self.nodes[node], Node::Folder { .. });
            match chance() % 4 {
                0 | 1 if is_folder => self.sync(node),
                0 => self.sync(node),
                1 => {
                    if let Node::File { now, durable } = &mut self.nodes[node] {
                        let torn = durable.len() + now.len().saturating_sub(durable.len()) / 2;
                        if now.starts_with(durable) {
                            *durable = now[..torn].to_vec();
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Makes all names durable and no bytes: the files that were not synchronised are there, and empty.
    pub(super) fn persist_names(&mut self) {
        for node in 0..self.nodes.len() {
            if matches!(self.nodes[node], Node::Folder { .. }) {
                self.sync(node);
            }
        }
    }

    /// Whether some block, of a file that stands or of one that was removed, durably holds `bytes`.
    pub(super) fn still_holds(&self, bytes: &[u8]) -> bool {
        self.nodes.iter().any(|node| match node {
            Node::File { durable, .. } => durable.windows(bytes.len()).any(|window| window == bytes),
            Node::Folder { .. } => false,
        })
    }

    /// Writes what is durable to real folders.
    pub(super) fn write(&self, to: &Path) {
        self.write_node(0, to);
    }

    fn write_node(&self, node: usize, to: &Path) {
        match &self.nodes[node] {
            Node::File { durable, .. } => fs::write(to, durable).unwrap(),
            Node::Folder { durable, .. } => {
                fs::create_dir_all(to).unwrap();
                for (name, node) in durable {
                    self.write_node(*node, &to.join(name));
                }
            }
        }
    }

    fn make(&mut self, path: &Path, node: impl Fn() -> Node) {
        if self.find(path).is_none() && self.find(path.parent().unwrap()).is_some() {
            self.nodes.push(node());
            let at = self.nodes.len() - 1;
            self.entries(path).insert(name(path), at);
        }
    }

    fn find(&self, path: &Path) -> Option<usize> {
        let mut node = 0;
        for step in path.strip_prefix(&self.origin).unwrap().components() {
            let Component::Normal(step) = step else { panic!("{path:?}") };
            let Node::Folder { now, .. } = &self.nodes[node] else { return None };
            node = *now.get(step.to_str().unwrap())?;
        }
        Some(node)
    }

    fn entries(&mut self, path: &Path) -> &mut BTreeMap<String, usize> {
        let parent = self.find(path.parent().unwrap()).unwrap();
        self.folder(parent).0
    }

    fn folder(&mut self, node: usize) -> (&mut BTreeMap<String, usize>, &mut BTreeMap<String, usize>) {
        match &mut self.nodes[node] {
            Node::Folder { now, durable } => (now, durable),
            Node::File { .. } => panic!("a file is no folder"),
        }
    }

    fn content(&mut self, path: &Path) -> &mut Vec<u8> {
        let node = self.find(path).unwrap();
        match &mut self.nodes[node] {
            Node::File { now, .. } => now,
            Node::Folder { .. } => panic!("a folder has no bytes"),
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}
