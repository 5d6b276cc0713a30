//! The files that stand beside the objects: the log's checkpoints and tiles, and the kit with which it is verified.
//!
//! What they mean is not known here. Those of the log can be made again from the lines, so they need not be durable when
//! `publish_log` returns; those of the kit, and what others signed, are.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::vault::{Vault, disk::aside, disk::failure, error::Error, segments::names, volume::Volume};

/// A folder beside the objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// The installation's log.
    Log,
    /// Keys, certificates and the verifier.
    Kit,
}

/// A file to be written: its path below the folder, steps parted by `/`, and its bytes.
pub type File = (String, Vec<u8>);

impl Vault {
    /// Writes files of the log on every volume that can be written, in this order: the checkpoint that speaks of the
    /// others comes last. They are not durable yet: whatever synchronises the volume next makes them so.
    ///
    /// # Errors
    /// Fewer volumes than required took them; a path is not a plain one.
    pub fn publish_log(&self, files: &[File]) -> Result<(), Error> {
        self.write_beside(Beside::Log, &files.iter(), |volume, path, bytes| {
            let aside = aside(path);
            volume.disk.remove_tree(&aside)?;
            volume.disk.write_new(&aside, bytes)?;
            Ok(volume.disk.replace(&aside, path)?)
        })
    }

    /// Writes files on every volume that can be written, whole and durable, one after the other.
    ///
    /// # Errors
    /// As [`publish_log`](Self::publish_log).
    pub fn put_beside(&self, place: Beside, files: &[File]) -> Result<(), Error> {
        self.write_beside(place, &files.iter(), |volume, path, bytes| Ok(volume.disk.write_durably(path, bytes)?))
    }

    /// Removes a file or a folder from every volume that can be written; what is not there is no failure.
    ///
    /// # Errors
    /// As [`publish_log`](Self::publish_log).
    pub fn remove_beside(&self, place: Beside, name: &str) -> Result<(), Error> {
        self.write_beside(place, &[&(name.to_owned(), Vec::new())].into_iter(), |volume, path, _| {
            Ok(volume.disk.remove_tree(path)?)
        })
    }

    /// Writes a file again on one volume, whole and durable, where it was lost or altered.
    ///
    /// # Errors
    /// There is no such volume, or it cannot be written; the path is not a plain one.
    pub fn mend_beside(&self, volume: usize, place: Beside, (name, bytes): &File) -> Result<(), Error> {
        let _open = self.writing();
        let volume = self.volumes.get(volume).ok_or(Error::NoVolume)?;
        volume.room()?;
        let path = place.path(volume, name)?;
        if let Some(folder) = path.parent() {
            volume.disk.make_dirs(folder)?;
        }
        Ok(volume.disk.write_durably(&path, bytes)?)
    }

    /// Makes durable all that was written to the volumes.
    ///
    /// # Errors
    /// Fewer volumes than required could.
    pub fn make_all_durable(&self) -> Result<(), Error> {
        let _open = self.writing();
        self.on_each(&self.writers(0)?, |volume| Ok(volume.make_all_durable()?)).map(|_| ())
    }

    /// A file on one volume; `None` when it is not there.
    ///
    /// # Errors
    /// There is no such volume; it cannot be read; the path is not a plain one.
    pub fn read_beside(&self, volume: usize, place: Beside, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let path = place.path(self.volumes.get(volume).ok_or(Error::NoVolume)?, name)?;
        match fs::read(&path) {
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::IsADirectory) => Ok(None),
            other => Ok(Some(other.map_err(failure("read", &path))?)),
        }
    }

    /// The names in a folder of the log or the kit on one volume, in order; none when it is not there.
    ///
    /// # Errors
    /// As [`read_beside`](Self::read_beside).
    pub fn list_beside(&self, volume: usize, place: Beside, folder: &str) -> Result<Vec<String>, Error> {
        names(&place.path(self.volumes.get(volume).ok_or(Error::NoVolume)?, folder)?)
    }

    fn write_beside<'a>(
        &self,
        place: Beside,
        files: &(impl Iterator<Item = &'a File> + Clone + Sync),
        write: impl Fn(&Volume, &Path, &[u8]) -> Result<(), Error> + Sync,
    ) -> Result<(), Error> {
        let _open = self.writing();
        let writers = self.writers(0)?;
        self.leave_behind_all_but(&writers)?;
        let done = self.on_each(&writers, |volume| {
            for (name, bytes) in files.clone() {
                let path = place.path(volume, name)?;
                if let Some(folder) = path.parent() {
                    volume.disk.make_dirs(folder)?;
                }
                write(volume, &path, bytes)?;
            }
            Ok(())
        })?;
        let done: Vec<Arc<Volume>> = done.into_iter().map(|(volume, ())| volume).collect();
        self.leave_behind_all_but(&done)
    }
}

impl Beside {
    fn path(self, volume: &Volume, name: &str) -> Result<PathBuf, Error> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        let is_plain = |step: &str| !step.is_empty() && !step.starts_with('.') && step.chars().all(plain);
        if !name.split('/').all(is_plain) {
            return Err(Error::PaperName { name: name.to_owned() });
        }
        let folder = match self {
            Self::Log => volume.places.log(),
            Self::Kit => volume.places.kit(),
        };
        Ok(folder.join(name))
    }
}
