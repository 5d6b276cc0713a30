//! Opening a package: what container it is, by its first bytes and never by its extension, and what it holds.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use crate::{
    domain::name::Name,
    package::{
        Error,
        disk::Disk,
        fault::{Fault, FaultKind},
        folder,
        limits::Limits,
        listing::{Entry, Listed, Listing},
        unpack::Packing,
        untar, unzip,
    },
};

/// Where a package lies.
#[derive(Debug)]
pub enum Source {
    /// In an open file, which is read from its beginning whatever its place.
    File(File),
    /// In a folder, already unpacked; it must no longer be written to.
    Folder(PathBuf),
}

/// The containers that a package may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// ZIP, ZIP64 included.
    Zip,
    /// tar: ustar, GNU or PAX.
    Tar,
    /// tar, compressed by gzip.
    TarGz,
    /// tar, compressed by bzip2.
    TarBz2,
    /// A folder.
    Folder,
}

/// What opening gave.
#[derive(Debug)]
pub enum Opened {
    /// At least one file may be read; faults there may be all the same.
    Package(Package),
    /// Nothing may be read, for these reasons: at least one.
    Unreadable(Vec<Fault>),
}

/// An open package. It can be read any number of times.
#[derive(Debug)]
pub struct Package {
    pub(super) held: Held,
    pub(super) limits: Limits,
    pub(super) listing: Listing,
}

/// A source whose container is known.
#[derive(Debug)]
pub(super) enum Held {
    Zip(File),
    Tar(File, Packing),
    Folder(PathBuf),
}

impl Package {
    /// Opens a package and lists what it holds. A ZIP costs its directory and its headers, a tar its headers, a
    /// compressed tar one decompression.
    pub fn open(source: Source, limits: &Limits) -> Result<Opened, Error> {
        let held = match source {
            Source::Folder(folder) => Held::Folder(folder),
            Source::File(file) => match recognise(&file)? {
                Ok(Container::Zip) => Held::Zip(file),
                Ok(Container::TarGz) => Held::Tar(file, Packing::Gzip),
                Ok(Container::TarBz2) => Held::Tar(file, Packing::Bzip2),
                Ok(_) => Held::Tar(file, Packing::Plain),
                Err(kind) => return Ok(Opened::Unreadable(vec![Fault { kind, name: None }])),
            },
        };
        let mut listed = Listed::new(limits);
        match &held {
            Held::Zip(file) => unzip::list(file, limits, &mut listed)?,
            Held::Tar(file, packing) => untar::list(file, *packing, limits, &mut listed)?,
            Held::Folder(folder) => folder::list(Path::new(folder), limits, &mut listed)?,
        }
        let listing = listed.finish();
        if listing.entries.is_empty() {
            return Ok(Opened::Unreadable(listing.faults));
        }
        Ok(Opened::Package(Self { held, limits: limits.clone(), listing }))
    }

    /// The container that was recognised.
    pub fn container(&self) -> Container {
        match &self.held {
            Held::Zip(_) => Container::Zip,
            Held::Tar(_, Packing::Plain) => Container::Tar,
            Held::Tar(_, Packing::Gzip) => Container::TarGz,
            Held::Tar(_, Packing::Bzip2) => Container::TarBz2,
            Held::Folder(_) => Container::Folder,
        }
    }

    /// The files that may be read, in the container's order (a folder's: by name), the manifest among them.
    pub fn entries(&self) -> &[Entry] {
        &self.listing.entries
    }

    /// Everything that is wrong, as far as can be seen without unpacking a ZIP.
    pub fn faults(&self) -> &[Fault] {
        &self.listing.faults
    }

    /// The name of the manifest: the only root-level file that is named as VITAM (`manifest.xml`, with or without a
    /// prefix) or as@lae (`bordereau.xml`) name it.
    pub fn manifest(&self) -> Option<&Name> {
        self.manifest_entry().map(|entry| &entry.name)
    }

    /// The package of a transfer whose manifest came apart from it (as@lae's `seda_message`): every file is content,
    /// whatever its name, and no manifest is missing, ambiguous or too large.
    #[must_use]
    pub fn with_manifest_apart(mut self) -> Self {
        let named = self.manifest().cloned();
        self.listing.faults.retain(|fault| match fault.kind {
            FaultKind::ManifestMissing | FaultKind::ManifestAmbiguous => false,
            FaultKind::TooLarge { .. } => fault.name.is_none() || fault.name != named,
            _ => true,
        });
        self.listing.manifest = None;
        self
    }

    pub(super) fn manifest_entry(&self) -> Option<&Entry> {
        self.listing.entries.get(self.listing.manifest?)
    }
}

fn recognise(file: &File) -> Result<Result<Container, FaultKind>, Error> {
    let disk = Disk::new(file).map_err(Error::Read)?;
    if disk.len() == 0 {
        return Ok(Err(FaultKind::Empty));
    }
    let mut beginning = Vec::new();
    disk.take(512).read_to_end(&mut beginning).map_err(Error::Read)?;
    let is_tar = |block: &[u8]| block.try_into().is_ok_and(untar::is_header);
    Ok(match beginning.as_slice() {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Ok(Container::Zip),
        [0x1f, 0x8b, ..] => Ok(Container::TarGz),
        [b'B', b'Z', b'h', ..] => Ok(Container::TarBz2),
        block if is_tar(block) => Ok(Container::Tar),
        _ => Err(FaultKind::UnknownContainer),
    })
}
