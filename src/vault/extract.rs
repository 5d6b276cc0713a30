//! An object as of one of its versions, to be copied out of the volumes: its inventories verified, its contents named.
//! What later versions added is left aside, as if it had not come yet.

use std::{
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
        error::{Error, ReadError},
        inventory::{self, DECLARATION, DECLARED, INVENTORY, Inventory, SIDECAR},
        layout::OcflId,
        read::Opened,
    },
};

/// Small files of an object: paths below the object root, and their bytes.
pub type Small = Vec<(String, Vec<u8>)>;

/// An object as of a version.
#[derive(Debug)]
pub struct Extract {
    /// The object.
    pub object: OcflId,
    /// What it held then.
    pub inventory: Inventory,
    /// Its small files: paths below the object root, and their bytes.
    pub small: Small,
    /// Its contents: paths below the object root, and their digests.
    pub contents: Vec<(String, Digest)>,
    /// The object root on each volume that can be read, the preferred one first.
    pub(super) roots: Vec<PathBuf>,
}

impl Vault {
    /// An object as its version `version` left it, from the first volume whose inventories hold. When a line of the
    /// journal tells the digest of that version's inventory, `told` is it, and no other passes.
    ///
    /// # Errors
    /// No volume has it so.
    pub fn extract(&self, object: &OcflId, version: u32, told: Option<Digest>) -> Result<Extract, Error> {
        let roots: Vec<PathBuf> = self.readers().iter().map(|volume| volume.places.object(object)).collect();
        let mut failed = None;
        for root in &roots {
            match at(root, object, version, told) {
                Ok((inventory, small)) => {
                    let path = |(digest, since): (&Digest, &u32)| (inventory::content_path(*since, *digest), *digest);
                    let contents = inventory.manifest.iter().map(path).collect();
                    return Ok(Extract { object: object.clone(), inventory, small, contents, roots });
                }
                Err(Error::Disk(error)) if error.source.kind() == io::ErrorKind::NotFound => {}
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(|| Error::Absent { object: object.clone() }))
    }

    /// When each version of an object was made, from the first; none when there is no such object.
    ///
    /// # Errors
    /// No volume gives its inventory whole.
    pub fn made(&self, object: &OcflId) -> Result<Vec<crate::domain::clock::Timestamp>, Error> {
        match self.read_inventory(object) {
            Ok(inventory) => Ok(inventory.versions.iter().map(|version| version.created).collect()),
            Err(Error::Absent { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

impl Extract {
    /// Where the object stands, below a storage root.
    pub fn place(&self) -> PathBuf {
        self.object.path()
    }

    /// Opens a content of which every byte was read and found whole; an altered copy is passed over for the next
    /// volume's.
    ///
    /// # Errors
    /// No volume gives it whole.
    pub fn open_whole(&self, path: &str, digest: Digest) -> Result<Opened, ReadError> {
        let mut reasons = Vec::new();
        for copy in self.copies(path) {
            match whole(&copy, digest) {
                Ok(opened) => return Ok(opened),
                Err(error) => reasons.push(format!("{}: {error}", copy.display())),
            }
        }
        Err(self.lost(path, reasons))
    }

    /// Where a file of the object stands on each volume.
    pub(super) fn copies<'a>(&'a self, path: &'a str) -> impl Iterator<Item = PathBuf> + 'a {
        self.roots.iter().map(move |root| root.join(path))
    }

    pub(super) fn lost(&self, path: &str, reasons: Vec<String>) -> ReadError {
        ReadError::AllCopiesFailed { object: self.object.clone(), file: path.to_owned(), reasons }
    }
}

/// A file whose bytes are those of `digest`, at its beginning.
fn whole(path: &Path, digest: Digest) -> io::Result<Opened> {
    let digests = digest::of(&mut File::open(path)?, &[])?;
    if digests.sha512() != digest {
        let altered = ReadError::Altered { path: path.to_owned(), expected: digest };
        return Err(io::Error::new(io::ErrorKind::InvalidData, altered));
    }
    Ok(Opened::new(File::open(path)?, digests.size(), digest, path.to_owned()))
}

/// The inventory of a version on one volume, and the small files of the object as of that version.
fn at(root: &Path, object: &OcflId, version: u32, told: Option<Digest>) -> Result<(Inventory, Small), Error> {
    let (last, digest) = Inventory::read(&root.join(format!("v{version}")))?;
    let corrupt = |version: u32, why: &str| Error::Corrupt {
        path: root.join(format!("v{version}")).join(INVENTORY),
        why: why.to_owned(),
    };
    if last.id != *object || last.head() != version {
        return Err(corrupt(version, "it is the inventory of another object or version"));
    }
    if told.is_some_and(|told| told != digest) {
        return Err(corrupt(version, "it is not the inventory that was told"));
    }
    let mut small = vec![(DECLARATION.to_owned(), DECLARED.to_vec())];
    for number in 1..=version {
        let folder = root.join(format!("v{number}"));
        let (own, digest) = Inventory::read(&folder)?;
        if number < version && own != last.as_of(number) {
            return Err(corrupt(number, "it does not agree with the last one"));
        }
        let path = folder.join(INVENTORY);
        let bytes = fs::read(&path).map_err(failure("read", &path))?;
        if digest::sha512(&bytes) != digest {
            return Err(corrupt(number, "it changed while it was read"));
        }
        let sidecar = inventory::sidecar_text(digest).into_bytes();
        small.push((format!("v{number}/{SIDECAR}"), sidecar.clone()));
        if number == version {
            small.push((SIDECAR.to_owned(), sidecar));
            small.push((INVENTORY.to_owned(), bytes.clone()));
        }
        small.push((format!("v{number}/{INVENTORY}"), bytes));
    }
    Ok((last, small))
}
