//! Proofs from the published log: that a line stands in it, and that it only ever grew.

use crate::{
    archive::{
        Archive,
        error::Error,
        log::{
            Fault, entry,
            publish::{CHECKPOINT, ROTATIONS},
        },
        stamps, witnesses,
    },
    domain::{
        id::{ArchiveId, TransferId},
        journal::{JournalId, Line},
        mandate::{Deposit, Mandate, Read},
        tenant::TenantId,
        transfer::{Transfer, TransferStatus},
    },
    proof::{
        error::Malformed,
        merkle::{Hash, Node, inclusion},
        tile::{Asset, Tile, reader::TileReader},
        tlog_proof::TlogProof,
    },
    record::facts::{ACCESSION, REFUSAL},
    vault::beside::Beside,
};

/// Lines about one object that are looked at.
const LINES_ABOUT: u32 = 1_000;

impl Archive {
    /// The proof that the line which settled a transfer stands in the log (C2SP tlog-proof, its extra data being the
    /// entry); `None` while it is not settled.
    pub fn proof_of_transfer(&self, by: &Mandate<Deposit>, transfer: &Transfer) -> Result<Option<TlogProof>, Error> {
        match transfer.status {
            TransferStatus::Accepted { archive, .. } => self.proof_of_accession(by.tenant(), archive),
            TransferStatus::Refused { .. } => self.proof_of_refusal(by.tenant(), transfer.id),
            TransferStatus::Received | TransferStatus::AwaitingValidation { .. } => Ok(None),
        }
    }

    /// The proof that the line which accepted an archive stands in the log.
    pub fn proof_of_archive(&self, by: &Mandate<Read>, archive: ArchiveId) -> Result<Option<TlogProof>, Error> {
        self.proof_of_accession(by.tenant(), archive)
    }

    fn proof_of_accession(&self, tenant: &TenantId, archive: ArchiveId) -> Result<Option<TlogProof>, Error> {
        self.proof_of_line(tenant, &archive.to_string(), ACCESSION)
    }

    fn proof_of_refusal(&self, tenant: &TenantId, transfer: TransferId) -> Result<Option<TlogProof>, Error> {
        self.proof_of_line(tenant, &transfer.to_string(), REFUSAL)
    }

    pub(super) fn proof_of_line(
        &self,
        tenant: &TenantId,
        object: &str,
        kind: &str,
    ) -> Result<Option<TlogProof>, Error> {
        let journal = JournalId::LifeCycle(tenant.clone());
        let lines = self.store.lines_about(&journal, object, 0, LINES_ABOUT)?;
        lines.iter().find(|line| line.event.kind == kind).map(|line| self.proof(line)).transpose()
    }

    /// The proof that a line stands in its log, under the last checkpoint of that log: our own, or the one that the tenant
    /// brought with the line.
    pub(super) fn proof(&self, line: &Line) -> Result<TlogProof, Error> {
        let (of, first) = (self.published(line)?, self.first_in_log(line)?);
        let bytes = entry::of(line, first)?.to_bytes()?;
        let published = self.last_of(&of)?.filter(|signed| signed.checkpoint().size() > line.entry);
        let checkpoint = published
            .ok_or_else(|| Error::Inconsistent(format!("no checkpoint covers the log's entry {}", line.entry)))?;
        let size = checkpoint.checkpoint().size();
        let path = self.with_tiles_of(&of, size, |read| inclusion(line.entry, size, read))?.unwrap_or_default();
        Ok(TlogProof { extra: Some(bytes), index: line.entry, path, checkpoint })
    }

    /// A file of the published log, by its path below the log's root: the checkpoint, a tile, a bundle of entries, a
    /// time-stamped, cosigned or rotation checkpoint, a token; `None` for anything else.
    pub fn log_file(&self, path: &str) -> Result<Option<Vec<u8>>, Error> {
        let is_kept = |folder: &str, ends: &[&str]| {
            path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).is_some_and(|name| {
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
                name.starts_with(|c: char| c.is_ascii_digit())
                    && name.chars().all(plain)
                    && ends.iter().any(|end| name.ends_with(end))
            })
        };
        let is_public = path == CHECKPOINT
            || Asset::parse(path).is_some()
            || is_kept(stamps::FOLDER, &[".checkpoint", ".tst"])
            || is_kept(witnesses::FOLDER, &[".checkpoint"])
            || is_kept(ROTATIONS, &[".checkpoint"]);
        for volume in self.vault.reachable().into_iter().filter(|_| is_public) {
            if let Some(bytes) = self.vault.read_beside(volume, Beside::Log, path)? {
                return Ok(Some(bytes));
            }
        }
        Ok(None)
    }

    /// Does something with the hashes of the log as of `size` entries, from whichever volume gives its tiles.
    pub(super) fn with_tiles<T>(
        &self,
        size: u64,
        work: impl Fn(&mut dyn FnMut(Node) -> Result<Hash, Error>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut failed = None;
        for volume in self.vault.reachable() {
            let mut reader = TileReader::new(size, |tile: Tile| self.tile(volume, tile));
            match work(&mut |node| reader.hash(node)) {
                Ok(done) => return Ok(done),
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or(Error::Vault(crate::vault::error::Error::NoVolume)))
    }

    /// A tile, or the beginning of a wider one that stands in its place since.
    fn tile(&self, volume: usize, tile: Tile) -> Result<Vec<u8>, Error> {
        let absent = || Fault::from(Malformed::new("the log", "a tile is not there"));
        if let Some(bytes) = self.vault.read_beside(volume, Beside::Log, &tile.path())? {
            return Ok(bytes);
        }
        let full = Tile { width: crate::proof::tile::FULL, ..tile };
        let mut bytes = self.vault.read_beside(volume, Beside::Log, &full.path())?.ok_or_else(absent)?;
        bytes.truncate(usize::from(tile.width) * Hash::BYTES);
        Ok(bytes)
    }
}
