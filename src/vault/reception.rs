//! Packages received and not yet settled: spooled once while they come, hashed on the way, mirrored when they must wait
//! for a person, and discarded when what they hold is kept or refused.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use crate::{
    digest::{self, BUFFER_BYTES, Digests, Hasher},
    domain::{digest::Algorithm, id::TransferId},
    vault::{
        Vault,
        disk::{aside, failure},
        error::{Error, ReceiveError, Unavailable},
        papers::Papers,
        publish::chain,
        segments::names,
        volume::Volume,
    },
};

/// The name of a package in its transfer's folder.
pub(super) const PACKAGE: &str = "package";

/// A package that was received, not yet durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spooled {
    /// The transfer.
    pub transfer: TransferId,
    /// Where the package stands.
    pub path: PathBuf,
    /// Its length in bytes.
    pub size: u64,
    /// Its digests, SHA-512 among them.
    pub digests: Digests,
}

impl Vault {
    /// Reads `source` once, to its end, and spools it on the first volume that can be written. A package of the same
    /// transfer that was left unfinished is replaced.
    ///
    /// # Errors
    /// The source fails, is longer than `limit_bytes`, or the volume fails: nothing of the package is left.
    pub fn receive(
        &self,
        transfer: TransferId,
        source: &mut dyn Read,
        limit_bytes: u64,
        algorithms: &[Algorithm],
    ) -> Result<Spooled, ReceiveError> {
        let _open = self.writing();
        let writers = self.writers(0).map_err(Error::from)?;
        let volume = writers.first().ok_or(Error::NoVolume)?;
        let folder = volume.places.received(transfer);
        let spooled = spool(volume, transfer, source, limit_bytes, algorithms);
        if spooled.is_err() {
            // What stays is discarded with the transfer.
            let _ = self.spend(volume, &folder);
        }
        spooled
    }

    /// Makes received packages durable, with the papers that acknowledge them, in one round: after it an
    /// acknowledgement may be given.
    ///
    /// # Errors
    /// A disk fails; fewer volumes than required took the papers.
    pub fn make_durable(&self, spooled: &[Spooled], papers: &[Papers<'_>]) -> Result<(), Error> {
        let open = self.writing();
        for volume in &self.volumes {
            let own: Vec<&Spooled> = spooled.iter().filter(|one| one.path.starts_with(volume.path())).collect();
            let folders: BTreeSet<PathBuf> =
                own.iter().flat_map(|one| chain(&one.path, volume.path(), false)).collect();
            if !own.is_empty() {
                let files = own.iter().map(|one| one.path.clone());
                volume
                    .make_durable(&files.chain(folders).collect::<Vec<_>>())
                    .inspect_err(|error| volume.note(error))?;
            }
        }
        drop(open);
        if papers.is_empty() { Ok(()) } else { self.put_papers(papers) }
    }

    /// Copies a package to every volume that can be written and lacks it, durably: it waits for a person.
    ///
    /// # Errors
    /// No volume has the package, or fewer than required took it.
    pub fn mirror(&self, transfer: TransferId) -> Result<(), Error> {
        let _open = self.writing();
        let from = self.open_received(transfer)?;
        let writers = self.writers(from.1)?;
        let done = self.on_each(&writers, |volume| {
            let path = volume.places.received(transfer).join(PACKAGE);
            if path.metadata().is_ok_and(|metadata| metadata.len() == from.1) {
                return Ok(());
            }
            let (mut source, _) = self.open_received(transfer)?;
            let part = aside(&path);
            volume.disk.make_dirs(&volume.places.received(transfer))?;
            copy_to(volume, &mut source, &part)?;
            volume.disk.sync(&part)?;
            volume.disk.replace(&part, &path)?;
            Ok(volume.make_durable(&chain(&path, volume.path(), false))?)
        })?;
        self.leave_behind_all_but(&done.into_iter().map(|(volume, ())| volume).collect::<Vec<_>>())
    }

    /// Opens a package, from the first volume that has it, and says its length in bytes.
    ///
    /// # Errors
    /// No volume has it.
    pub fn open_received(&self, transfer: TransferId) -> Result<(File, u64), Error> {
        let mut failed = None;
        for volume in self.readers() {
            let path = volume.places.received(transfer).join(PACKAGE);
            match File::open(&path).and_then(|file| Ok((file.metadata()?.len(), file))) {
                Ok((size, file)) => return Ok((file, size)),
                Err(error) => failed = Some(failure("read", &path)(error)),
            }
        }
        Err(failed.map_or(Error::NoVolume, Error::from))
    }

    /// The transfers that have a package on some volume.
    ///
    /// # Errors
    /// A volume cannot be listed.
    pub fn received(&self) -> Result<BTreeSet<TransferId>, Error> {
        let mut transfers = BTreeSet::new();
        for volume in self.readers() {
            transfers
                .extend(names(&volume.places.pending())?.iter().filter_map(|name| name.parse::<TransferId>().ok()));
        }
        Ok(transfers)
    }

    /// Takes a package away from every volume; its bytes are erased later (`erase_spent`), many at once. Should a power
    /// failure bring it back, it is discarded again.
    ///
    /// # Errors
    /// A disk fails.
    pub fn discard(&self, transfer: TransferId) -> Result<(), Error> {
        let _open = self.writing();
        let volumes = self.readers();
        let discard = |volume: &std::sync::Arc<Volume>| {
            self.spend(volume, &volume.places.received(transfer)).map_err(Error::from)
        };
        volumes.iter().map(discard).fold(Ok(()), Result::and)
    }

    /// Whether a package of `bytes` can be received and then kept: spooled on one volume, kept on all.
    ///
    /// # Errors
    /// It cannot, and why.
    pub fn ensure_room_to_receive(&self, bytes: u64) -> Result<(), Unavailable> {
        self.ensure_writable(bytes.saturating_mul(2))
    }
}

fn spool(
    volume: &Volume,
    transfer: TransferId,
    source: &mut dyn Read,
    limit_bytes: u64,
    algorithms: &[Algorithm],
) -> Result<Spooled, ReceiveError> {
    let folder = volume.places.received(transfer);
    let path = folder.join(PACKAGE);
    let noted = |failed| {
        volume.note(&failed);
        ReceiveError::Vault(Error::Disk(failed))
    };
    volume.disk.make_dirs(&folder).map_err(noted)?;
    volume.disk.remove_tree(&path).map_err(noted)?;
    let mut sink = volume.disk.create(&path).map_err(noted)?;
    let mut hasher = Hasher::new(algorithms).map_err(ReceiveError::Source)?;
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut size = 0_u64;
    loop {
        let filled = digest::fill(source, &mut buffer).map_err(ReceiveError::Source)?;
        if filled.is_empty() {
            break;
        }
        size += u64::try_from(filled.len()).map_err(|error| ReceiveError::Source(io::Error::other(error)))?;
        if size > limit_bytes {
            return Err(ReceiveError::TooLarge { limit_bytes });
        }
        hasher.update(filled).map_err(ReceiveError::Source)?;
        sink.write(filled).map_err(noted)?;
    }
    let digests = hasher.finish().map_err(ReceiveError::Source)?;
    Ok(Spooled { transfer, path, size, digests })
}

/// Copies all of `source` into a new file, and gives the digest of what passed.
pub(super) fn copy_to(volume: &Volume, source: &mut File, path: &std::path::Path) -> Result<Digests, Error> {
    volume.disk.remove_tree(path)?;
    let mut sink = volume.disk.create(path)?;
    let mut hasher = Hasher::new(&[]).map_err(failure("hash", path))?;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let filled = digest::fill(source, &mut buffer).map_err(failure("read for", path))?;
        if filled.is_empty() {
            return Ok(hasher.finish().map_err(failure("hash", path))?);
        }
        hasher.update(filled).map_err(failure("hash", path))?;
        sink.write(filled)?;
    }
}
