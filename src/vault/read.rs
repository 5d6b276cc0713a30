//! Reading what is kept: from any volume that gives it back, falling over to the next when one does not.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    digest::{self, BUFFER_BYTES, Hasher},
    domain::{digest::Digest, name::Name, tenant::TenantId},
    vault::{
        Vault,
        disk::failure,
        error::{Error, ReadError},
        inventory::{DECLARATION, Inventory, content_path},
        layout::OcflId,
        segments::names,
        volume::Volume,
    },
};

/// A file of at most so many bytes is verified when it is opened, so that an altered copy is passed over for the next
/// volume's; the alteration of a longer one shows while it is read.
const VERIFIED_AT_OPENING_BYTES: u64 = 1 << 20;

/// A kept file, open for reading.
#[derive(Debug)]
pub struct Opened {
    /// The file, which can be sought in. The bytes of a long one are not verified yet.
    pub file: File,
    /// Its length in bytes.
    pub size: u64,
    /// The digest that its bytes must have.
    pub digest: Digest,
    path: PathBuf,
}

impl Opened {
    pub(super) const fn new(file: File, size: u64, digest: Digest, path: PathBuf) -> Self {
        Self { file, size, digest, path }
    }

    /// Reads the file, and fails at its end when the bytes are not those of the digest.
    ///
    /// # Errors
    /// OpenSSL fails.
    pub fn verified(self) -> io::Result<Verified> {
        Ok(Verified { opened: self, hasher: Some(Hasher::new(&[])?) })
    }
}

/// A kept file that is verified while it is read; the last `read` fails when a byte was altered.
pub struct Verified {
    opened: Opened,
    hasher: Option<Hasher>,
}

impl Read for Verified {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.opened.file.read(buffer)?;
        if read > 0 || buffer.is_empty() {
            if let Some(hasher) = &mut self.hasher {
                hasher.update(buffer.get(..read).unwrap_or_default())?;
            }
            return Ok(read);
        }
        let whole = self.hasher.take().map(Hasher::finish).transpose()?;
        match whole {
            Some(whole) if whole.sha512() != self.opened.digest => Err(altered(&self.opened.path, self.opened.digest)),
            _ => Ok(0),
        }
    }
}

impl Vault {
    /// Opens the file that stands under `name` in the last version of `object`.
    ///
    /// # Errors
    /// It is not there, or no volume gives it.
    pub fn open_file(&self, object: &OcflId, name: &Name) -> Result<Opened, ReadError> {
        let inventory = self.inventory_for(object, || name.display())?;
        let not_found = || ReadError::NotFound { object: object.clone(), file: name.display() };
        self.open_content(object, inventory.find(name).ok_or_else(not_found)?)
    }

    /// Opens a content of `object` by its digest, without reading the inventory where the first version brought it.
    ///
    /// # Errors
    /// It is not there, or no volume gives it.
    pub fn open_content(&self, object: &OcflId, digest: Digest) -> Result<Opened, ReadError> {
        self.first_good(object, digest, |path| {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            if size <= VERIFIED_AT_OPENING_BYTES && digest::sha512(&fs::read(path)?) != digest {
                return Err(altered(path, digest));
            }
            Ok(Opened { file, size, digest, path: path.to_owned() })
        })
    }

    /// Reads a small content whole, verified; an altered copy is passed over for the next volume's.
    ///
    /// # Errors
    /// It is not there, or no volume gives it back whole.
    pub fn read_content(&self, object: &OcflId, digest: Digest) -> Result<Vec<u8>, ReadError> {
        self.first_good(object, digest, |path| {
            let bytes = fs::read(path)?;
            if digest::sha512(&bytes) == digest { Ok(bytes) } else { Err(altered(path, digest)) }
        })
    }

    /// Reads a small file whole, verified; an altered copy is passed over for the next volume's.
    ///
    /// # Errors
    /// It is not there, or no volume gives it back whole.
    pub fn read_all(&self, object: &OcflId, name: &Name) -> Result<Vec<u8>, ReadError> {
        let opened = self.open_file(object, name)?;
        self.read_content(object, opened.digest)
    }

    /// Copies a file to `out`, verified. When a copy fails on the way, the next volume's goes on where it stopped, and
    /// its first part is verified too; an alteration that shows only at the end is an error, since `out` has it all.
    ///
    /// # Errors
    /// It is not there; no volume gives it; the bytes given to `out` are not those that were kept; `out` fails.
    pub fn copy_file_to(&self, object: &OcflId, name: &Name, out: &mut dyn Write) -> Result<u64, ReadError> {
        let digest = self.open_file(object, name)?.digest;
        let (mut sent, mut reasons) = (0, Vec::new());
        for path in self.copies(object, digest)? {
            match send(&path, digest, &mut sent, out) {
                Ok(()) => return Ok(sent),
                Err(Sent::Sink(error)) => return Err(ReadError::Sink(error)),
                Err(Sent::Altered) => return Err(ReadError::Altered { path, expected: digest }),
                Err(Sent::Source(error)) => reasons.push(format!("{}: {error}", path.display())),
            }
        }
        Err(ReadError::AllCopiesFailed { object: object.clone(), file: name.display(), reasons })
    }

    /// The inventory of an object, from the first volume that gives it whole.
    ///
    /// # Errors
    /// No volume holds it, or none gives it whole.
    pub fn read_inventory(&self, object: &OcflId) -> Result<Inventory, Error> {
        Ok(self.read_inventory_digest(object)?.0)
    }

    /// The same, and the digest of its bytes.
    ///
    /// # Errors
    /// As [`read_inventory`](Self::read_inventory).
    pub fn read_inventory_digest(&self, object: &OcflId) -> Result<(Inventory, Digest), Error> {
        let mut failed = None;
        for volume in self.readers() {
            match Inventory::read(&volume.places.object(object)) {
                Ok((inventory, digest)) if inventory.id == *object => return Ok((inventory, digest)),
                Ok((inventory, _)) => {
                    let why = format!("it is the inventory of {}", inventory.id);
                    failed = Some(Error::Corrupt { path: volume.places.object(object), why });
                }
                Err(Error::Disk(error)) if error.source.kind() == io::ErrorKind::NotFound => {}
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| Error::Absent { object: object.clone() }))
    }

    /// The inventory of a version of an object as a journal line told it: from the first volume whose bytes have the
    /// digest `told`, so that an altered one is passed over.
    ///
    /// # Errors
    /// No volume gives it so.
    pub fn read_inventory_told(&self, object: &OcflId, version: u32, told: Digest) -> Result<Inventory, Error> {
        let mut failed = None;
        for volume in self.readers() {
            let path = volume.places.object(object).join(format!("v{version}"));
            match Inventory::read(&path) {
                Ok((inventory, digest)) if digest == told && inventory.id == *object => return Ok(inventory),
                Ok(_) => {
                    failed = Some(Error::Corrupt { path, why: "it is not the inventory that was told".to_owned() });
                }
                Err(Error::Disk(error)) if error.source.kind() == io::ErrorKind::NotFound => {}
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| Error::Absent { object: object.clone() }))
    }

    /// The identifiers of all objects on one volume, or of one tenant's, as the folders hold them, with a failure where
    /// a folder is not an object of ours.
    ///
    /// # Errors
    /// There is no such volume.
    pub fn list_objects(&self, volume: usize) -> Result<Objects, Error> {
        let volume = self.volumes.get(volume).ok_or(Error::NoVolume)?;
        Ok(Objects::below(volume.places.ocfl()))
    }

    /// The same in the order of their places, past the place of `after`, which need not be there.
    ///
    /// # Errors
    /// There is no such volume.
    pub fn list_objects_after(&self, volume: usize, after: Option<&OcflId>) -> Result<Objects, Error> {
        let objects = self.list_objects(volume)?;
        Ok(Objects { after: after.map(OcflId::path), ..objects })
    }

    /// The objects of one tenant on one volume, in the order of their places.
    ///
    /// # Errors
    /// There is no such volume.
    pub fn list_objects_of(&self, volume: usize, tenant: &TenantId) -> Result<Objects, Error> {
        let volume = self.volumes.get(volume).ok_or(Error::NoVolume)?;
        Ok(Objects::of(volume.places.ocfl(), tenant))
    }

    /// The lasting records on one volume: the installation's first, then each tenant's, by name.
    ///
    /// # Errors
    /// There is no such volume, or it cannot be read.
    pub fn list_records(&self, volume: usize) -> Result<Vec<OcflId>, Error> {
        let ocfl = self.volumes.get(volume).ok_or(Error::NoVolume)?.places.ocfl();
        let mut records = Vec::new();
        for owner in names(&ocfl)?.into_iter().filter(|owner| ocfl.join(owner).is_dir()) {
            for name in names(&ocfl.join(&owner).join("records"))? {
                records.extend(id_at(&[owner.as_str(), "records", &name].iter().collect::<PathBuf>()));
            }
        }
        records.sort_by_key(|record| (record.tenant().cloned(), record.to_string()));
        Ok(records)
    }

    fn inventory_for(&self, object: &OcflId, file: impl Fn() -> String) -> Result<Inventory, ReadError> {
        self.read_inventory(object).map_err(|error| match error {
            Error::Absent { .. } => ReadError::NotFound { object: object.clone(), file: file() },
            other => {
                ReadError::AllCopiesFailed { object: object.clone(), file: file(), reasons: vec![other.to_string()] }
            }
        })
    }

    fn first_good<T>(
        &self,
        object: &OcflId,
        digest: Digest,
        mut read: impl FnMut(&Path) -> io::Result<T>,
    ) -> Result<T, ReadError> {
        let mut reasons = Vec::new();
        for path in self.copies(object, digest)? {
            match read(&path) {
                Ok(done) => return Ok(done),
                Err(error) => reasons.push(format!("{}: {error}", path.display())),
            }
        }
        Err(ReadError::AllCopiesFailed { object: object.clone(), file: digest.to_string(), reasons })
    }

    /// Where the content should stand, on every volume that can be read.
    fn copies(&self, object: &OcflId, digest: Digest) -> Result<Vec<PathBuf>, ReadError> {
        let readers = self.readers();
        if readers.is_empty() {
            let reasons = self.volumes.iter().filter_map(|volume| volume.last_error()).collect();
            return Err(ReadError::AllCopiesFailed { object: object.clone(), file: digest.to_string(), reasons });
        }
        let at = |below: &str| {
            readers.iter().map(|volume: &Arc<Volume>| volume.places.object(object).join(below)).collect::<Vec<_>>()
        };
        let first = at(&content_path(1, digest));
        if first.iter().any(|path| path.exists()) {
            return Ok(first);
        }
        let inventory = self.inventory_for(object, || digest.to_string())?;
        let not_found = || ReadError::NotFound { object: object.clone(), file: digest.to_string() };
        Ok(at(&inventory.content(digest).ok_or_else(not_found)?))
    }
}

/// How sending a copy ended, when it did not end well.
enum Sent {
    Source(io::Error),
    Sink(io::Error),
    Altered,
}

/// Sends what was not sent yet of one copy, hashing all of it.
fn send(path: &Path, digest: Digest, sent: &mut u64, out: &mut dyn Write) -> Result<(), Sent> {
    let mut file = File::open(path).map_err(Sent::Source)?;
    let mut hasher = Hasher::new(&[]).map_err(Sent::Source)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut at = 0;
    loop {
        let filled = digest::fill(&mut file, &mut buffer).map_err(Sent::Source)?;
        if filled.is_empty() {
            break;
        }
        hasher.update(filled).map_err(Sent::Source)?;
        let skipped = usize::try_from(*sent - at.min(*sent)).unwrap_or(usize::MAX).min(filled.len());
        let rest = filled.get(skipped..).unwrap_or_default();
        at += u64::try_from(filled.len()).unwrap_or(u64::MAX);
        out.write_all(rest).map_err(Sent::Sink)?;
        *sent = (*sent).max(at);
    }
    let whole = hasher.finish().map_err(Sent::Source)?;
    if whole.sha512() == digest { Ok(()) } else { Err(Sent::Altered) }
}

fn altered(path: &Path, expected: Digest) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, ReadError::Altered { path: path.to_owned(), expected })
}

/// Walks a storage hierarchy, folder by folder, and gives the object roots' identifiers.
#[derive(Debug)]
pub struct Objects {
    root: PathBuf,
    folders: Vec<PathBuf>,
    /// The place, below the root, past which they are wanted.
    after: Option<PathBuf>,
}

impl Objects {
    pub(super) fn below(root: PathBuf) -> Self {
        Self { folders: vec![root.clone()], root, after: None }
    }

    /// The objects of one tenant below a storage root.
    pub(super) fn of(root: PathBuf, tenant: &TenantId) -> Self {
        let folder = root.join(tenant.as_str());
        Self { folders: Some(folder).filter(|folder| folder.is_dir()).into_iter().collect(), root, after: None }
    }

    /// Whether all that stands below a folder was given before.
    fn is_past(&self, folder: &Path) -> bool {
        let (Some(after), Ok(place)) = (&self.after, folder.strip_prefix(&self.root)) else { return false };
        let above: PathBuf = after.iter().take(place.iter().count()).collect();
        place < above.as_path() || place == after
    }

    /// Looks at one folder: an object root is given, another's sub-folders are put aside.
    fn look(&mut self, folder: &Path) -> Result<Option<OcflId>, Error> {
        if folder.join(DECLARATION).exists() {
            let corrupt = || Error::Corrupt { path: folder.to_owned(), why: "not the place of its object".to_owned() };
            let id = id_at(folder.strip_prefix(&self.root).unwrap_or(folder));
            return id.map(Some).ok_or_else(corrupt);
        }
        let at_root = folder == self.root;
        let mut below = Vec::new();
        for entry in fs::read_dir(folder).map_err(failure("list", folder))? {
            let entry = entry.map_err(failure("list", folder))?;
            let is_dir = entry.file_type().map_err(failure("look at", folder))?.is_dir();
            if is_dir && !(at_root && entry.file_name() == "extensions") && !self.is_past(&entry.path()) {
                below.push(entry.path());
            }
        }
        below.sort_unstable_by(|one, other| other.cmp(one));
        self.folders.append(&mut below);
        Ok(None)
    }
}

impl Iterator for Objects {
    type Item = Result<OcflId, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let folder = self.folders.pop()?;
            match self.look(&folder) {
                Ok(None) => {}
                Ok(Some(id)) => return Some(Ok(id)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// The identifier whose place is `path` below the storage root.
fn id_at(path: &Path) -> Option<OcflId> {
    let steps: Vec<&str> = path.iter().filter_map(|step| step.to_str()).collect();
    let text = match steps.as_slice() {
        [tenant, "records", name] => format!("urn:cartulaire:{tenant}:{name}"),
        [tenant, .., last] => format!("urn:cartulaire:{tenant}:{}", last.replacen('.', ":", 1)),
        _ => return None,
    };
    text.parse::<OcflId>().ok().filter(|id| id.path() == path)
}
