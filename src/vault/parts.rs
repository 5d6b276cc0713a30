//! Packages that come in parts: each part is appended behind the bytes that are known to be durable, until the package
//! is whole and stands like any other that was received.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::{
    digest::{self, BUFFER_BYTES},
    domain::id::TransferId,
    vault::{
        Vault,
        disk::{Sink, failure},
        error::{Error, ReceiveError},
        publish::chain,
        reception::{PACKAGE, Spooled},
        volume::Volume,
    },
};

/// What became of a part.
#[derive(Debug)]
pub enum Appended {
    /// These bytes are durable now, all parts together; why the source ended before its end, if it did.
    Upto(u64, Option<io::Error>),
    /// The source brought more than was left to come: nothing was added.
    TooLong,
    /// Another part is being appended.
    Busy,
}

impl Vault {
    /// Begins a package that comes in parts, and says where it stands.
    ///
    /// # Errors
    /// Too few volumes can be written, or too little room is left; a disk fails.
    pub fn begin_parts(&self, transfer: TransferId, length: u64) -> Result<PathBuf, Error> {
        self.ensure_room_to_receive(length)?;
        let _open = self.writing();
        let writers = self.writers(length)?;
        let volume = writers.first().ok_or(Error::NoVolume)?;
        let path = volume.places.received(transfer).join(PACKAGE);
        let begun = volume.disk.make_dirs(&volume.places.received(transfer)).and_then(|()| volume.disk.create(&path));
        let synced = begun.and_then(|_| volume.make_durable(&chain(&path, volume.path(), false)));
        synced.map_err(Error::from).inspect_err(|error| volume.note(error))?;
        Ok(path)
    }

    /// Appends what `source` gives to the package at `path`, behind its first `from` bytes; `most` may still come. What
    /// came before the source failed stays, and is durable.
    ///
    /// # Errors
    /// The volume fails, or lost bytes that were durable.
    pub fn append_part(
        &self,
        path: &Path,
        from: u64,
        source: &mut dyn Read,
        most: u64,
    ) -> Result<Appended, ReceiveError> {
        let _open = self.writing();
        let volume = self.holder(path)?;
        let noted = |failed| {
            volume.note(&failed);
            ReceiveError::Vault(Error::Disk(failed))
        };
        let mut sink = volume.disk.append(path).map_err(noted)?;
        if !sink.try_lock().map_err(noted)? {
            return Ok(Appended::Busy);
        }
        let held = path.metadata().map_err(failure("look at", path)).map_err(noted)?.len();
        if held < from {
            let why = format!("it has {held} bytes, and {from} were durable");
            return Err(Error::Corrupt { path: path.to_owned(), why }.into());
        }
        // Bytes past `from` were written before a stop and never told.
        volume.disk.truncate(path, from).map_err(noted)?;
        let copied = copy(source, &mut sink, most).map_err(noted)?;
        let Some((added, ended)) = copied else {
            volume.disk.truncate(path, from).map_err(noted)?;
            return Ok(Appended::TooLong);
        };
        sink.sync().map_err(noted)?;
        Ok(Appended::Upto(from + added, ended))
    }

    /// The package at `path`, now that all its parts have come.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn whole(&self, transfer: TransferId, path: &Path) -> Result<Spooled, Error> {
        let digests =
            File::open(path).and_then(|mut file| digest::of(&mut file, &[])).map_err(failure("read", path))?;
        Ok(Spooled { transfer, path: path.to_owned(), size: digests.size(), digests })
    }

    /// The volume on which a package stands.
    fn holder(&self, path: &Path) -> Result<&Volume, Error> {
        let holder = self.volumes.iter().find(|volume| path.starts_with(volume.path()));
        holder.map(AsRef::as_ref).ok_or(Error::NoVolume)
    }
}

/// How many bytes were written, and why the source ended early; `None` when it brought more than `most`.
fn copy(
    source: &mut dyn Read,
    sink: &mut Sink,
    most: u64,
) -> Result<Option<(u64, Option<io::Error>)>, crate::vault::Failure> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut added = 0_u64;
    loop {
        let count = match source.read(&mut buffer) {
            Ok(0) => return Ok(Some((added, None))),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Ok(Some((added, Some(error)))),
        };
        added = added.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        if added > most {
            return Ok(None);
        }
        sink.write(buffer.get(..count).unwrap_or_default())?;
    }
}
