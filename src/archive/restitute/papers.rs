//! The papers of transfers, packages that are not settled, and the SEDA description of archives that changed.

use std::io::Read as _;

use crate::{
    archive::{
        error::Error,
        restitute::{RestituteError, sink::Sink, task::Task},
    },
    digest,
    domain::transfer::{Transfer, TransferStatus},
    store::Kept,
};

/// Transfers read from the catalog at once.
const TRANSFERS_AT_ONCE: u32 = 500;

impl Task<'_> {
    /// The papers of every transfer received up to the checkpoint, and the packages of those that are not settled.
    pub(super) fn papers(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let (tenant, end) = (&self.cut.tenant.id, self.last_instant()?);
        let mut after = None;
        loop {
            let page = self.archive.store.holdings(tenant).transfers(None, after, TRANSFERS_AT_ONCE)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.id);
            for transfer in page.iter().filter(|transfer| transfer.received_at <= end) {
                self.papers_of(transfer, sink)?;
            }
        }
    }

    fn papers_of(&self, transfer: &Transfer, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let (tenant, day) = (&self.cut.tenant.id, transfer.received_at.day());
        for (name, bytes) in self.archive.vault.read_papers(tenant, day, transfer.id)? {
            self.put(sink, &format!("transfers/{tenant}/{day}/{}/{name}", transfer.id), &bytes)?;
        }
        match transfer.status {
            TransferStatus::Received | TransferStatus::AwaitingValidation { .. } => self.package(transfer, sink),
            TransferStatus::Accepted { .. } | TransferStatus::Refused { .. } => Ok(()),
        }
    }

    /// A package that is not settled, as it came. One that was settled a moment ago is gone.
    fn package(&self, transfer: &Transfer, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let Ok((mut file, size)) = self.archive.vault.open_received(transfer.id) else { return Ok(()) };
        let digests = digest::of(&mut file, &[])?;
        // A folder that waits for a person was packed here: its bytes are not those whose digest was told.
        if transfer.status == TransferStatus::Received && digests.sha512() != transfer.package.digest {
            let what = format!("the package of transfer {} is not the one that came", transfer.id);
            return Err(Error::Inconsistent(what).into());
        }
        let (file, _) = self.archive.vault.open_received(transfer.id)?;
        let path = format!("pending/{}/package", transfer.id);
        self.pour(sink, &path, size, &mut file.take(size))
    }

    /// An archive's description as it stands, as a SEDA transfer: for those whose manifest as received no longer says it.
    pub(super) fn description(&self, kept: &Kept, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let tenant = &self.cut.tenant.id;
        let (mut file, size) = self.archive.described_in_seda(tenant, kept.archive.id, self.cut.made_at)?;
        let path = format!("descriptions/{}.xml", kept.place.number);
        self.pour(sink, &path, size, &mut file)
    }
}
