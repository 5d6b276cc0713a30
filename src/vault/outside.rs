//! A folder outside the volumes into which much is copied, whole file by whole file, so that a copy that stopped at any
//! byte goes on: what is unfinished stands aside, below one folder that is gone at the end.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io,
    path::{Component, Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use crate::{
    digest::{self, BUFFER_BYTES, Hasher},
    domain::digest::Digest,
    vault::{
        disk::{Disk, Failure, Sink, failure},
        error::ReadError,
        extract::Extract,
        layout::EXTENSION,
        notice,
        volume::lock,
    },
};

/// The folder of what is unfinished, below the folder itself.
const ASIDE: &str = ".reprise";

/// The file that says what is being copied.
const STATE: &str = "etat.json";

/// The file whose lock says that somebody is copying.
const LOCK: &str = "verrou";

/// From this length on, in bytes, a file system is asked to share the bytes of a file instead of copying them.
const SHARED_FROM_BYTES: u64 = 64 << 10;

/// Why something was not copied.
#[derive(Debug, thiserror::Error)]
pub enum OutsideError {
    /// The folder holds something that was not begun here.
    #[error("{} holds something else", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A link, or a file, stands where a folder is wanted.
    #[error("{} is not a folder of its own", path.display())]
    InTheWay {
        /// What stands there.
        path: PathBuf,
    },
    /// Another process copies into the folder.
    #[error("another process writes to {}", path.display())]
    Taken {
        /// The folder.
        path: PathBuf,
    },
    /// The folder's disk failed, or is full.
    #[error(transparent)]
    Disk(#[from] Failure),
    /// A content is whole on no volume.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Whoever watches asked to stop: calling again goes on.
    #[error("the copy was stopped")]
    Stopped,
}

/// Told of bytes that were copied; answers whether to go on.
pub type OnBytes<'a> = dyn Fn(u64) -> bool + Sync + 'a;

/// How far a folder is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is empty.
    Fresh,
    /// Something was begun there, and this was noted of it.
    Begun(Vec<u8>),
    /// Nothing is unfinished, and this is the file that was written last.
    Whole(Vec<u8>),
}

/// A folder outside the volumes.
#[derive(Debug)]
pub struct Outside {
    root: PathBuf,
    disk: Disk,
    /// Folders that are known to be there.
    known: Mutex<BTreeSet<PathBuf>>,
    /// Whether it may already hold what is to be copied.
    resumed: bool,
    /// Whether its file system shares bytes with the volumes'.
    shares: AtomicBool,
    serial: AtomicU64,
    /// Held from before the first change on.
    lock: Option<Sink>,
}

impl Outside {
    /// Opens a folder that is empty, or missing, or was begun by us, whose last file is `last`.
    ///
    /// # Errors
    /// It holds something else, is a link, or cannot be made or read.
    pub fn open(root: &Path, last: &str) -> Result<(Self, Stage), OutsideError> {
        let disk = Disk::default();
        let root = &std::path::absolute(root).map_err(failure("look at", root))?;
        if !root.is_dir() {
            if root.symlink_metadata().is_ok() {
                return Err(OutsideError::InTheWay { path: root.to_owned() });
            }
            disk.make_dirs(root)?;
        }
        let read = |path: &Path| match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_file() => Ok(Some(fs::read(path).map_err(failure("read", path))?)),
            Ok(_) => Err(OutsideError::InTheWay { path: path.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failure("look at", path)(error).into()),
        };
        let aside = root.join(ASIDE);
        if aside.is_symlink() {
            return Err(OutsideError::InTheWay { path: aside });
        }
        let stage = match (read(&aside.join(STATE))?, read(&root.join(last))?) {
            (Some(state), _) => Stage::Begun(state),
            (None, Some(whole)) => Stage::Whole(whole),
            (None, None) if holds_only(root, &[])? => Stage::Fresh,
            // A first run stopped before it noted anything: what stands aside is nothing.
            (None, None) if holds_only(root, &[ASIDE])? && holds_only(&aside, &[LOCK, &part(STATE)])? => Stage::Fresh,
            (None, None) => return Err(OutsideError::NotEmpty { path: root.to_owned() }),
        };
        let resumed = matches!(stage, Stage::Begun(_));
        let known = Mutex::new(BTreeSet::new());
        let (shares, serial) = (AtomicBool::new(true), AtomicU64::new(0));
        Ok((Self { root: root.to_owned(), disk, known, resumed, shares, serial, lock: None }, stage))
    }

    /// Removes what an earlier run left aside after its end.
    ///
    /// # Errors
    /// The disk fails.
    pub fn tidy(&self) -> Result<(), OutsideError> {
        Ok(self.disk.remove_tree(&self.root.join(ASIDE))?)
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// Free room in bytes.
    ///
    /// # Errors
    /// The file system does not say.
    pub fn room(&self) -> Result<u64, OutsideError> {
        let space = rustix::fs::statvfs(&self.root).map_err(|errno| failure("look at", &self.root)(errno.into()))?;
        Ok(space.f_bavail.saturating_mul(space.f_frsize))
    }

    /// Takes the folder, so that no two processes copy into it; shows that it can be written before anything is told.
    ///
    /// # Errors
    /// Another process has it; the disk fails.
    pub fn take_up(&mut self) -> Result<(), OutsideError> {
        let aside = self.root.join(ASIDE);
        self.folder(&aside)?;
        let lock = self.disk.append(&aside.join(LOCK))?;
        if !lock.try_lock()? {
            return Err(OutsideError::Taken { path: self.root.clone() });
        }
        self.lock = Some(lock);
        Ok(())
    }

    /// Notes what is being copied, durably.
    ///
    /// # Errors
    /// The disk fails.
    pub fn begin(&self, state: &[u8]) -> Result<(), OutsideError> {
        let aside = self.root.join(ASIDE);
        self.disk.write_durably(&aside.join(STATE), state)?;
        Ok(self.disk.sync(&self.root)?)
    }

    /// Writes a small file whole; one that stands there with the same bytes is left.
    ///
    /// # Errors
    /// The disk fails; something is in the way.
    pub fn put(&self, path: &str, bytes: &[u8]) -> Result<(), OutsideError> {
        let to = self.place(Path::new(path))?;
        if self.resumed && fs::read(&to).is_ok_and(|known| known == bytes) {
            return Ok(());
        }
        let aside = self.aside()?;
        self.disk.write_new(&aside, bytes)?;
        Ok(self.disk.replace(&aside, &to)?)
    }

    /// Writes a file of any length whole.
    ///
    /// # Errors
    /// The disk fails; `source` cannot be read; something is in the way.
    pub fn pour(&self, path: &str, source: &mut dyn io::Read) -> Result<(), OutsideError> {
        let (to, aside) = (self.place(Path::new(path))?, self.aside()?);
        let mut sink = self.disk.create(&aside)?;
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let filled = digest::fill(source, &mut buffer).map_err(failure("read for", &to))?;
            if filled.is_empty() {
                break;
            }
            sink.write(filled)?;
        }
        Ok(self.disk.replace(&aside, &to)?)
    }

    /// Copies an object into the storage root `below`, every content verified while it is read: aside first, then to its
    /// place. What stands there whole already is left.
    ///
    /// # Errors
    /// No volume gives a content whole; the disk fails; `on` says to stop.
    pub fn copy(&self, extract: &Extract, below: &str, on: &OnBytes<'_>) -> Result<(), OutsideError> {
        let place = self.place(&Path::new(below).join(extract.place()))?;
        if self.resumed && fs::symlink_metadata(&place).is_ok() {
            if is_whole(&place, extract, on)? {
                return Ok(());
            }
            self.disk.remove_tree(&place)?;
        }
        let name = place.file_name().unwrap_or_default();
        let aside = self.root.join(ASIDE).join("objets").join(name);
        self.fill(&aside, extract, on)?;
        Ok(self.disk.rename(&aside, &place)?)
    }

    /// Makes all that was copied durable, writes the last file, and removes what stood aside.
    ///
    /// # Errors
    /// The disk fails.
    pub fn finish(&self, last: &str, bytes: &[u8]) -> Result<(), OutsideError> {
        self.disk.sync_all(&self.root)?;
        let (to, aside) = (self.place(Path::new(last))?, self.aside()?);
        self.disk.write_new(&aside, bytes)?;
        self.disk.sync(&aside)?;
        self.disk.replace(&aside, &to)?;
        self.disk.sync(&self.root)?;
        // The note goes last: without it the rest would be taken for somebody else's.
        let unfinished = self.root.join(ASIDE);
        self.disk.remove_tree(&unfinished.join("objets"))?;
        self.disk.remove_tree(&unfinished)?;
        Ok(self.disk.sync(&self.root)?)
    }

    /// Brings all files of an object below a folder.
    fn fill(&self, folder: &Path, extract: &Extract, on: &OnBytes<'_>) -> Result<(), OutsideError> {
        let mut folders = BTreeSet::new();
        let paths = extract.small.iter().map(|(path, _)| path).chain(extract.contents.iter().map(|(path, _)| path));
        for path in paths.map(|path| folder.join(path)) {
            if let Some(parent) = path.parent().filter(|parent| folders.insert(parent.to_path_buf())) {
                self.disk.make_dirs(parent)?;
            }
        }
        for (path, digest) in &extract.contents {
            self.take(extract, path, *digest, &folder.join(path), on)?;
        }
        for (path, bytes) in &extract.small {
            let to = folder.join(path);
            if self.resumed {
                self.disk.remove_tree(&to)?;
            }
            self.disk.write_new(&to, bytes)?;
        }
        if on(0) { Ok(()) } else { Err(OutsideError::Stopped) }
    }

    /// Brings one content from the first volume that gives it whole.
    fn take(
        &self,
        extract: &Extract,
        path: &str,
        digest: Digest,
        to: &Path,
        on: &OnBytes<'_>,
    ) -> Result<(), OutsideError> {
        if self.resumed && hashed(to, on)? == Some(digest) {
            return Ok(());
        }
        let mut reasons = Vec::new();
        for from in extract.copies(path) {
            if self.resumed || !reasons.is_empty() {
                self.disk.remove_tree(to)?;
            }
            match self.copy_from(&from, to, on)? {
                Ok(copied) if copied == digest => return Ok(()),
                Ok(_) => reasons.push(ReadError::Altered { path: from, expected: digest }.to_string()),
                Err(error) => reasons.push(format!("{}: {error}", from.display())),
            }
        }
        self.disk.remove_tree(to)?;
        tracing::error!(object = %extract.object, path, "a content is whole on no volume");
        Err(extract.lost(path, reasons).into())
    }

    /// Copies a file, and gives the digest of what passed; `Err` inside when it cannot be read.
    fn copy_from(&self, from: &Path, to: &Path, on: &OnBytes<'_>) -> Result<io::Result<Digest>, OutsideError> {
        let mut source = match File::open(from) {
            Ok(source) => source,
            Err(error) => return Ok(Err(error)),
        };
        let mut sink = self.disk.create(to)?;
        let shared = self.shares.load(Ordering::Relaxed)
            && source.metadata().is_ok_and(|metadata| metadata.len() >= SHARED_FROM_BYTES)
            && sink.share(&source).unwrap_or_else(|_| {
                self.shares.store(false, Ordering::Relaxed);
                false
            });
        let mut hasher = Hasher::new(&[]).map_err(failure("hash", to))?;
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let filled = match digest::fill(&mut source, &mut buffer) {
                Ok(filled) => filled,
                Err(error) => return Ok(Err(error)),
            };
            if filled.is_empty() {
                return Ok(hasher.finish().map(|digests| digests.sha512()));
            }
            hasher.update(filled).map_err(failure("hash", to))?;
            if !shared {
                sink.write(filled)?;
            }
            if !on(u64::try_from(filled.len()).unwrap_or(u64::MAX)) {
                return Err(OutsideError::Stopped);
            }
        }
    }

    /// The path of a file or folder below the root, its parents made.
    fn place(&self, below: &Path) -> Result<PathBuf, OutsideError> {
        let mut folder = self.root.clone();
        let mut steps = below.components().peekable();
        while let Some(step) = steps.next() {
            let path = folder.join(step);
            if !matches!(step, Component::Normal(_)) {
                return Err(OutsideError::InTheWay { path });
            }
            if steps.peek().is_none() {
                return Ok(path);
            }
            self.folder(&path)?;
            folder = path;
        }
        Err(OutsideError::InTheWay { path: folder })
    }

    /// Makes a folder; what stands there is a folder of its own, and no link to another.
    fn folder(&self, path: &Path) -> Result<(), OutsideError> {
        let mut known = lock(&self.known);
        if known.contains(path) {
            return Ok(());
        }
        match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(OutsideError::InTheWay { path: path.to_owned() }),
            Err(_) => self.disk.make_dir(path)?,
        }
        known.insert(path.to_owned());
        Ok(())
    }

    /// A name of its own for a file that is being written.
    fn aside(&self) -> Result<PathBuf, OutsideError> {
        let number = self.serial.fetch_add(1, Ordering::Relaxed);
        let folder = self.root.join(ASIDE);
        self.folder(&folder)?;
        let path = folder.join(format!("{number}.part"));
        if self.resumed {
            self.disk.remove_tree(&path)?;
        }
        Ok(path)
    }
}

/// What stands in a restitution as on every volume: the text that explains it, and the declaration of a storage root.
pub fn standing_files() -> [(String, &'static str); 4] {
    let extension = |name: &str| format!("ocfl/extensions/{EXTENSION}/{name}");
    [
        ("LISEZMOI.txt".to_owned(), notice::RESTITUTION_TEXT),
        ("ocfl/0=ocfl_1.1".to_owned(), "ocfl_1.1\n"),
        (extension("config.json"), notice::LAYOUT_CONFIG),
        (extension("LISEZMOI.md"), notice::LAYOUT_TEXT),
    ]
}

/// Whether all of an object stands at a place, and nothing of it is altered.
fn is_whole(place: &Path, extract: &Extract, on: &OnBytes<'_>) -> Result<bool, OutsideError> {
    for (path, bytes) in &extract.small {
        if !fs::read(place.join(path)).is_ok_and(|known| known == *bytes) {
            return Ok(false);
        }
    }
    for (path, digest) in &extract.contents {
        if hashed(&place.join(path), on)? != Some(*digest) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The digest of a file of its own; `None` when there is none.
fn hashed(path: &Path, on: &OnBytes<'_>) -> Result<Option<Digest>, OutsideError> {
    if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Ok(None);
    }
    let digests = digest::of(&mut File::open(path).map_err(failure("read", path))?, &[]);
    let digests = digests.map_err(failure("read", path))?;
    if on(digests.size()) { Ok(Some(digests.sha512())) } else { Err(OutsideError::Stopped) }
}

fn holds_only(folder: &Path, names: &[&str]) -> Result<bool, OutsideError> {
    for entry in fs::read_dir(folder).map_err(failure("list", folder))? {
        let name = entry.map_err(failure("list", folder))?.file_name();
        if !names.iter().any(|known| name == **known) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn part(name: &str) -> String {
    format!("{name}.part")
}
