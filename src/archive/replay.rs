//! Brings the catalog up to the volumes: every line that a segment has and the catalog lacks is replayed, with the rows
//! that it stands for. `rebuild` does this from nothing; opening does it for what a crash left.

use crate::{
    archive::error::Error,
    domain::{
        id::{ActorId, TransferId},
        journal::{JournalId, Line},
        name::Name,
        tenant::{Tenant, TenantId},
        transfer::{Transfer, TransferStatus},
    },
    record::{
        self, archive_json, description,
        facts::{Accepted, Fact, Referential, Refused},
        transfer_json,
    },
    store::{
        Store,
        actors::Credential,
        archives::{Kept, Place},
        pen::Pen,
    },
    vault::{Vault, intent::Intended, layout::OcflId},
};

/// Lines replayed in one transaction.
const LINES_PER_TRANSACTION: usize = 500;

/// How many lines were replayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// Lines that the segments had and the catalog lacked.
    pub lines: u64,
}

/// Replays what the catalog lacks, from every readable volume.
pub fn roll_forward(store: &Store, vault: &Vault) -> Result<Forwarded, Error> {
    let mut forwarded = Forwarded::default();
    for volume in vault.readable() {
        forwarded.lines += roll_forward_from(store, vault, volume, &mut |_| {})?.lines;
    }
    Ok(forwarded)
}

/// Replays what the catalog lacks from one volume: the installation's journal first, then each tenant's events, then
/// life cycles; within a tenant the order of two journals does not matter to the rows.
pub fn roll_forward_from(
    store: &Store,
    vault: &Vault,
    volume: usize,
    on_line: &mut dyn FnMut(&Line),
) -> Result<Forwarded, Error> {
    let mut journals: Vec<JournalId> = vault.segments(volume)?.into_iter().map(|(journal, _)| journal).collect();
    journals.sort_by_key(|journal| (rank(journal), journal.clone()));
    journals.dedup();
    let mut forwarded = Forwarded::default();
    for journal in journals {
        while let replayed @ 1.. = replay_some(store, vault, volume, &journal, on_line)? {
            forwarded.lines += replayed;
        }
    }
    Ok(forwarded)
}

const fn rank(journal: &JournalId) -> u8 {
    match journal {
        JournalId::Installation => 0,
        JournalId::Events(_) => 1,
        JournalId::LifeCycle(_) => 2,
    }
}
