//! How the proof stands: how far the log, its time-stamps, its witnesses and the seals have come.

use chrono::NaiveDate;

use crate::{
    archive::{Archive, error::Error},
    domain::clock::Timestamp,
};

/// How the proof stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Entries of the log.
    pub entries: u64,
    /// Entries of the last published checkpoint.
    pub published: u64,
    /// Tenants whose take-over was begun and is not ended: what they bring waits aside.
    pub arriving: u64,
    /// The last day of the installation's journal that is sealed to its end.
    pub sealed: Option<NaiveDate>,
    /// The last time-stamp.
    pub stamp: Option<Stamp>,
    /// Since when no authority answers, as this process knows it.
    pub time_gap: Option<Timestamp>,
    /// Witnesses that must cosign.
    pub quorum: usize,
    /// Entries of the last checkpoint that a quorum cosigned.
    pub witnessed: Option<u64>,
    /// Since when the quorum is lacking, as this process knows it.
    pub witness_gap: Option<Timestamp>,
    /// Witnesses that stand on this very machine: no third parties.
    pub own_witnesses: Vec<String>,
}

/// A time-stamp of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Entries of the checkpoint.
    pub size: u64,
    /// The instant that it states.
    pub at: Timestamp,
    /// The authority's name.
    pub authority: String,
    /// Whether the authority is another party, as it is configured now.
    pub third_party: bool,
}

impl Archive {
    /// How the proof stands now.
    pub fn standing(&self) -> Result<Standing, Error> {
        let last = self.stamps()?.pop();
        let stamp = match last {
            Some(kept) => self.token(&kept)?.map(|token| Stamp {
                size: kept.size,
                at: token.info().at,
                third_party: self.means.authorities.iter().any(|one| one.name == kept.authority && one.third_party),
                authority: kept.authority,
            }),
            None => None,
        };
        let sealed = self.store.last_seal(None)?;
        let doors = self.means.witnesses.doors.iter();
        Ok(Standing {
            entries: self.store.log_size()?,
            published: self.last_checkpoint()?.map_or(0, |(signed, _)| signed.checkpoint().size()),
            arriving: u64::try_from(self.vault.arrivals()?.len()).unwrap_or(u64::MAX),
            sealed: sealed.and_then(|last| if last.closed { Some(last.day) } else { last.day.pred_opt() }),
            stamp,
            time_gap: self.time_gap(),
            quorum: self.means.witnesses.policy.quorum(),
            witnessed: self.last_witnessed()?,
            witness_gap: self.witness_gap(),
            own_witnesses: doors.filter(|door| door.same_host).map(|door| door.key.name().to_owned()).collect(),
        })
    }
}
