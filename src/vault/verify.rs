//! Verifying one copy of an object, comparing it with another, and repairing it from a good one.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::{
    digest,
    domain::digest::Digest,
    vault::{
        Vault,
        disk::failure,
        error::Error,
        inventory::{self, DECLARATION, DECLARED, INVENTORY, Inventory, SIDECAR},
        layout::OcflId,
        paced::Paced,
        publish::chain,
        reception::copy_to,
        volume::Volume,
    },
};

/// What is wrong with one file of a copy of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, below the object root.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// What can be wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It should be there.
    Missing,
    /// Its bytes are not those that were kept, or cannot be read.
    Altered,
    /// Nothing says that it should be there.
    Extra,
}

/// How the versions of one copy of an object stand to another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versions {
    /// They are the same.
    Same,
    /// The other has more, and all of these.
    Behind,
    /// These are more, and hold all of the other's.
    Ahead,
    /// Neither is the beginning of the other.
    Forked,
}

/// What was copied to repair an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What a copy of an object was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// What is wrong; empty when the copy is whole.
    pub faults: Vec<Fault>,
    /// The digest of its inventory, to compare with the journal's and the other volumes'; `None` when it is unreadable.
    pub inventory: Option<Digest>,
    /// The digest of each version's own inventory, from the first: what the journal's lines name.
    pub versions: Vec<Digest>,
    /// How many bytes of content were read.
    pub bytes: u64,
}

impl Verification {
    /// A copy of which nothing can be read, for this reason.
    fn unreadable(fault: Fault) -> Self {
        Self { faults: vec![fault], inventory: None, versions: Vec::new(), bytes: 0 }
    }
}

impl Vault {
    /// Reads all of an object on one volume and says what is wrong with it.
    ///
    /// # Errors
    /// There is no such volume, or it cannot be reached: then nothing can be said of the copy.
    pub fn verify_object(&self, object: &OcflId, volume: usize) -> Result<Verification, Error> {
        self.look_at(object, volume, &mut Paced::unhurried(&mut |_| true))
    }

    /// The same at a pace: `pace` is told of every piece of bytes that was read, may wait, and answers whether to go on.
    /// `None` when it answered no. Bytes come from the disk, and not from what the system still has in memory.
    ///
    /// # Errors
    /// As [`verify_object`](Self::verify_object).
    pub fn verify_object_paced(
        &self,
        object: &OcflId,
        volume: usize,
        pace: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Option<Verification>, Error> {
        let mut paced = Paced::from_disk(pace);
        let verification = self.look_at(object, volume, &mut paced)?;
        Ok(Some(verification).filter(|_| !paced.has_stopped()))
    }

    fn look_at(&self, object: &OcflId, volume: usize, paced: &mut Paced<'_>) -> Result<Verification, Error> {
        let volume = self.volumes.get(volume).ok_or(Error::NoVolume)?;
        volume.read_card()?;
        let root = volume.places.object(object);
        let missing = |name: &str| Fault { path: PathBuf::from(name), kind: FaultKind::Missing };
        if !root.is_dir() {
            return Ok(Verification::unreadable(missing("")));
        }
        let (inventory, digest) = match Inventory::read(&root) {
            Ok((inventory, digest)) if inventory.id == *object => (inventory, digest),
            _ => {
                let kind = if root.join(INVENTORY).exists() { FaultKind::Altered } else { FaultKind::Missing };
                return Ok(Verification::unreadable(Fault { path: PathBuf::from(INVENTORY), kind }));
            }
        };
        let mut expected = expected(&root, &inventory, digest);
        let own = |version: u32| expected.get(&Path::new(&format!("v{version}")).join(INVENTORY)).copied();
        let versions = (1..=inventory.head()).filter_map(own).collect();
        let mut verification = Verification { faults: Vec::new(), inventory: Some(digest), versions, bytes: 0 };
        walk(&root, &root, &mut expected, paced, &mut verification);
        verification.faults.extend(expected.into_keys().map(|path| Fault { path, kind: FaultKind::Missing }));
        verification.faults.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(verification)
    }

    /// How the versions of an object on the volume `one` stand to those on the volume `other`, by their inventories
    /// alone; `None` when one of them cannot be read.
    pub fn compare_versions(&self, object: &OcflId, one: usize, other: usize) -> Option<Versions> {
        let sidecar = |at: usize| inventory::sidecar(&self.volumes.get(at)?.places.object(object));
        if let (Some(ours), Some(theirs)) = (sidecar(one), sidecar(other))
            && ours == theirs
        {
            return Some(Versions::Same);
        }
        let read = |at: usize| {
            let volume = self.volumes.get(at)?;
            Inventory::read(&volume.places.object(object)).ok().map(|(inventory, _)| inventory)
        };
        let (one, other) = (read(one)?, read(other)?);
        Some(match (one == other, one == other.as_of(one.head()), other == one.as_of(other.head())) {
            (true, _, _) => Versions::Same,
            (_, true, _) => Versions::Behind,
            (_, _, true) => Versions::Ahead,
            _ => Versions::Forked,
        })
    }

    /// The digest of the inventory of an object's first version, as one volume has it.
    pub fn first_inventory(&self, object: &OcflId, volume: usize) -> Option<Digest> {
        let root = self.volumes.get(volume)?.places.object(object);
        fs::read(root.join("v1").join(INVENTORY)).ok().map(|bytes| digest::sha512(&bytes))
    }

    /// Replaces an object's copy on the volume `to` by the one on `from`, which is verified on the way. The bad copy is
    /// gone only when the good one is durable in its place; one that turns out to have a later version stays.
    ///
    /// # Errors
    /// The copy on `from` is not whole; the one on `to` has a later version; a disk fails.
    pub fn repair(&self, object: &OcflId, from: usize, to: usize) -> Result<Repaired, Error> {
        let _open = self.writing();
        let volume = |at: usize| self.volumes.get(at).ok_or(Error::NoVolume);
        let verification = self.verify_object(object, from)?;
        if let Some(fault) = verification.faults.first() {
            let path = volume(from)?.places.object(object).join(&fault.path);
            return Err(Error::Corrupt { path, why: format!("{:?}", fault.kind).to_lowercase() });
        }
        self.copy_object(object, volume(from)?, volume(to)?)
    }

    /// Copies an object whole to another volume, aside, verified, durable; then it takes its place.
    pub(super) fn copy_object(&self, object: &OcflId, from: &Volume, to: &Volume) -> Result<Repaired, Error> {
        let staging = to.places.staging(&self.node);
        let new = staging.join(format!("copy-{}", self.next_serial()));
        to.disk.make_dirs(&staging)?;
        self.spend(to, &new)?;
        let done = copy_aside(object, from, to, &new);
        // What is left is the former copy, or an unfinished one.
        self.spend(to, &new)?;
        done
    }
}

/// Copies an object to `new`, durably, and then gives it its place; the former copy is left at `new`.
fn copy_aside(object: &OcflId, from: &Volume, to: &Volume, new: &Path) -> Result<Repaired, Error> {
    let (source, place) = (from.places.object(object), to.places.object(object));
    let (inventory, digest) = Inventory::read(&source)?;
    let mut repaired = Repaired::default();
    for (path, content) in expected(&source, &inventory, digest) {
        let (origin, target) = (source.join(&path), new.join(&path));
        if let Some(folder) = target.parent() {
            to.disk.make_dirs(folder)?;
        }
        let mut file = File::open(&origin).map_err(failure("read", &origin))?;
        let copied = copy_to(to, &mut file, &target)?;
        if copied.sha512() != content {
            return Err(Error::Corrupt { path: origin, why: "its bytes are not those of its digest".to_owned() });
        }
        repaired = Repaired { files: repaired.files + 1, bytes: repaired.bytes + copied.size() };
    }
    to.make_all_durable()?;
    if let Some(parent) = place.parent() {
        to.disk.make_dirs(parent)?;
    }
    if place.exists() {
        to.disk.exchange(new, &place)?;
        // Another node may have given it a version meanwhile: what is newer is never lost.
        let displaced = Inventory::read(new).ok().map(|(displaced, _)| displaced);
        if let Some(newer) =
            displaced.filter(|one| one.head() > inventory.head() && one.as_of(inventory.head()) == inventory)
        {
            to.disk.exchange(new, &place)?;
            return Err(Error::Exists { object: object.clone(), version: newer.head() });
        }
    } else {
        to.disk.rename(new, &place)?;
    }
    to.make_durable(&chain(&place, &to.places.ocfl(), false))?;
    Ok(repaired)
}

/// Every file that an object must hold, and its digest. A former version's inventory is held against what the last one
/// says of that version, not against bytes that we would write today.
pub(super) fn expected(root: &Path, inventory: &Inventory, digest: Digest) -> BTreeMap<PathBuf, Digest> {
    let mut files: BTreeMap<PathBuf, Digest> = inventory
        .manifest
        .iter()
        .map(|(content, version)| (inventory::content_path(*version, *content).into(), *content))
        .collect();
    let mut expect = |folder: &str, digest: Digest| {
        let sidecar = digest::sha512(inventory::sidecar_text(digest).as_bytes());
        files.insert(Path::new(folder).join(INVENTORY), digest);
        files.insert(Path::new(folder).join(SIDECAR), sidecar);
    };
    expect("", digest);
    expect(&format!("v{}", inventory.head()), digest);
    for version in 1..inventory.head() {
        let folder = format!("v{version}");
        let own = Inventory::read(&root.join(&folder)).ok().filter(|(own, _)| *own == inventory.as_of(version));
        // No bytes have the digest zero: what does not agree is found altered.
        expect(&folder, own.map_or(Digest::ZERO, |(_, digest)| digest));
    }
    files.insert(DECLARATION.into(), digest::sha512(DECLARED));
    files
}

/// Compares what stands below `folder` with what is expected, and takes from it what was found.
fn walk(
    root: &Path,
    folder: &Path,
    expected: &mut BTreeMap<PathBuf, Digest>,
    paced: &mut Paced<'_>,
    into: &mut Verification,
) {
    let fault = |path: &Path, kind| Fault { path: path.strip_prefix(root).unwrap_or(path).to_owned(), kind };
    let Ok(entries) = fs::read_dir(folder) else {
        into.faults.push(fault(folder, FaultKind::Altered));
        return;
    };
    let mut is_empty = true;
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        is_empty = false;
        if paced.has_stopped() {
            return;
        }
        if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
            walk(root, &path, expected, paced, into);
            continue;
        }
        let below = path.strip_prefix(root).unwrap_or(&path);
        let Some(digest) = expected.remove(below) else {
            into.faults.push(fault(&path, FaultKind::Extra));
            continue;
        };
        match paced.digests(&path) {
            Ok(digests) if digests.sha512() == digest => into.bytes += digests.size(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                into.faults.push(fault(&path, FaultKind::Missing));
            }
            Ok(_) | Err(_) => into.faults.push(fault(&path, FaultKind::Altered)),
        }
    }
    if is_empty {
        into.faults.push(fault(folder, FaultKind::Extra));
    }
}
