//! The papers of transfers: acknowledgements, refusals, replies and their reports, plain files per transfer.
//!
//! They become durable with the batch they belong to (`publish`), or in one of their own.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use chrono::NaiveDate;

use crate::{
    domain::{id::TransferId, tenant::TenantId},
    vault::{Vault, disk::failure, error::Error, layout::Places, volume::Volume},
};

/// The papers of one transfer to be kept.
#[derive(Clone, Debug)]
pub struct Papers<'a> {
    /// The tenant.
    pub tenant: TenantId,
    /// The day, in UTC, under which the transfer's papers stand.
    pub day: NaiveDate,
    /// The transfer.
    pub transfer: TransferId,
    /// Plain file names, as `acknowledgement.xml`, and contents.
    pub files: Vec<(&'a str, &'a [u8])>,
}

impl Vault {
    /// Keeps papers on every volume, durably, in one batch. A paper of the same name is replaced.
    ///
    /// # Errors
    /// Fewer volumes than required took them; a name is not a plain one.
    pub fn put_papers(&self, papers: &[Papers<'_>]) -> Result<(), Error> {
        let published = self.publish(Vec::new(), papers)?;
        self.settle(published);
        Ok(())
    }

    /// The papers of a transfer, by name, from the first volume that gives them all.
    ///
    /// # Errors
    /// No volume can be read.
    pub fn read_papers(
        &self,
        tenant: &TenantId,
        day: NaiveDate,
        transfer: TransferId,
    ) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let mut failed = None;
        for volume in self.readers() {
            match read_folder(&volume.places.papers(tenant, day, transfer)) {
                Ok(papers) => return Ok(papers),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or(Error::NoVolume))
    }
}

impl Vault {
    /// One paper of a transfer on one volume; `None` when it is not there.
    ///
    /// # Errors
    /// There is no such volume, or it cannot be read.
    pub fn read_paper(&self, volume: usize, place: &PaperPlace<'_>) -> Result<Option<Vec<u8>>, Error> {
        let path = place.path(self.volumes.get(volume).ok_or(Error::NoVolume)?);
        match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => Ok(Some(other.map_err(failure("read", &path))?)),
        }
    }

    /// Writes a paper again on one volume, whole and durable, where it was lost or altered.
    ///
    /// # Errors
    /// There is no such volume, or it cannot be written.
    pub fn mend_paper(&self, volume: usize, place: &PaperPlace<'_>, bytes: &[u8]) -> Result<(), Error> {
        let _open = self.writing();
        let volume = self.volumes.get(volume).ok_or(Error::NoVolume)?;
        volume.room()?;
        let path = place.path(volume);
        if let Some(folder) = path.parent() {
            volume.disk.make_dirs(folder)?;
        }
        Ok(volume.disk.write_durably(&path, bytes)?)
    }
}

/// Where one paper stands.
#[derive(Clone, Debug)]
pub struct PaperPlace<'a> {
    /// The tenant.
    pub tenant: &'a TenantId,
    /// The day, in UTC, under which the transfer's papers stand.
    pub day: NaiveDate,
    /// The transfer.
    pub transfer: TransferId,
    /// The paper's name, one of ours.
    pub name: &'static str,
}

impl PaperPlace<'_> {
    fn path(&self, volume: &Volume) -> PathBuf {
        volume.places.papers(self.tenant, self.day, self.transfer).join(self.name)
    }
}

impl Papers<'_> {
    /// Where the papers will stand, below a volume's root.
    pub(super) fn places(papers: &[Papers<'_>]) -> Result<Vec<PathBuf>, Error> {
        let below = Places::new(PathBuf::new());
        let mut places = Vec::new();
        for paper in papers {
            let folder = below.papers(&paper.tenant, paper.day, paper.transfer);
            for (name, _) in &paper.files {
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                if name.starts_with('.') || name.is_empty() || !name.chars().all(plain) {
                    return Err(Error::PaperName { name: (*name).to_owned() });
                }
                places.push(folder.join(name));
            }
        }
        Ok(places)
    }

    /// Writes the papers aside, in the order of their places.
    pub(super) fn stage(papers: &[Papers<'_>], volume: &Volume, staging: &Path, serial: u64) -> Result<(), Error> {
        let contents = papers.iter().flat_map(|paper| &paper.files).map(|(_, bytes)| bytes);
        for (at, bytes) in contents.enumerate() {
            let folder = folder(staging, serial);
            volume.disk.make_dirs(&folder)?;
            volume.disk.write_new(&folder.join(at.to_string()), bytes)?;
        }
        Ok(())
    }

    /// Gives the papers written aside their places.
    pub(super) fn take_place(places: &[PathBuf], volume: &Volume, staging: &Path, serial: u64) -> Result<(), Error> {
        for (at, place) in places.iter().enumerate() {
            let to = volume.path().join(place);
            if let Some(parent) = to.parent() {
                volume.disk.make_dirs(parent)?;
            }
            volume.disk.replace(&folder(staging, serial).join(at.to_string()), &to)?;
        }
        Self::forget(volume, staging, serial)
    }

    /// Removes what was written aside.
    pub(super) fn forget(volume: &Volume, staging: &Path, serial: u64) -> Result<(), Error> {
        Ok(volume.disk.remove_tree(&folder(staging, serial))?)
    }
}

fn folder(staging: &Path, serial: u64) -> PathBuf {
    staging.join(format!("papers-{serial}"))
}

fn read_folder(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(failure("list", folder))?,
    };
    let mut papers = Vec::new();
    for entry in entries {
        let path = entry.map_err(failure("list", folder))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        papers.push((name, fs::read(&path).map_err(failure("read", &path))?));
    }
    papers.sort();
    Ok(papers)
}
