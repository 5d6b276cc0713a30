//! Amendments: descriptions and rules of kept units changed, one or many at a time, each archive in one act that makes a
//! new version of its object.
//!
//! Everything is drafted and checked before anything is written. An archive that changed meanwhile is left as it is, and
//! said so: nobody's change is lost.

mod change;
mod draft;
mod history;
mod reclassify;
mod restated;

use std::{
    collections::{BTreeMap, HashSet},
    sync::{MutexGuard, PoisonError},
};

use crate::{
    archive::{
        Archive,
        amend::{
            change::Terms,
            draft::{Draft, Tally},
        },
        error::Error,
        selection::Refusal,
    },
    domain::{
        amendment::{Changes, Difference},
        id::{AmendmentId, ArchiveId, Id, UnitId},
        mandate::{Describe, Mandate},
        search::{Hit, Selection},
        tenant::TenantId,
    },
    record::amendment::AmendmentHeader,
    store::Kept,
};

pub use crate::archive::amend::{history::UnitAmendment, reclassify::Placement};

/// The most changed units of which the differences are given back; all are counted.
pub const CHANGES_TOLD: usize = 200;

/// What is asked of an amendment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmendRequest {
    /// The units.
    pub selection: Selection,
    /// What changes of each of them.
    pub changes: Changes,
    /// Why.
    pub reason: String,
}

/// Whether something is done, or only shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is checked and shown; nothing is written.
    Show,
    /// It is done.
    Act,
}

/// What an amendment did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The amendment; `None` when nothing was done.
    pub amendment: Option<AmendmentId>,
    /// How many units changed.
    pub units: u64,
    /// Of how many archives.
    pub archives: u64,
    /// How many of the selection stay as they are.
    pub unchanged: u64,
    /// The first [`CHANGES_TOLD`] of the units that changed.
    pub changed: Vec<Changed>,
    /// Archives that changed meanwhile: nothing was done to them.
    pub overtaken: Vec<ArchiveId>,
}

/// A unit that changed, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The unit.
    pub unit: UnitId,
    /// Its archive.
    pub archive: ArchiveId,
    /// Its title, as it becomes.
    pub title: String,
    /// How it differs.
    pub differences: Vec<Difference>,
}

impl Archive {
    /// Makes a set of changes to each unit of a selection.
    pub fn amend(
        &self,
        by: &Mandate<Describe>,
        request: &AmendRequest,
        mode: Mode,
    ) -> Result<Result<Outcome, Refusal>, Error> {
        let tenant = by.tenant();
        let referentials = self.referentials(tenant)?;
        let prepared = self.checked(&request.changes, &referentials);
        let prepared = prepared.and_then(|changes| Ok((changes, self.given("Motif", &request.reason)?)));
        let (changes, reason) = match prepared {
            Ok(prepared) => prepared,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let _one_at_a_time = self.amending();
        let found = match self.selected(tenant, &request.selection)? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let header = self.header(by, reason, None);
        let (mut drafts, mut tally) = (Vec::new(), Tally::default());
        for (archive, units) in by_archive(&found) {
            let kept = self.kept(tenant, archive)?;
            let terms = Terms { changes: &changes, archive: &kept.archive, referentials: &referentials };
            drafts.extend(self.draft(&kept, &header, &units, &mut tally, &mut |unit| terms.restate(unit))?);
        }
        self.conclude(by, &header, drafts, tally, mode)
    }

    /// Shows what was drafted, or does it.
    fn conclude(
        &self,
        by: &Mandate<Describe>,
        header: &AmendmentHeader,
        drafts: Vec<Draft>,
        tally: Tally,
        mode: Mode,
    ) -> Result<Result<Outcome, Refusal>, Error> {
        let mut outcome = match tally.outcome(drafts.len()) {
            Ok(outcome) => outcome,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if mode == Mode::Show || drafts.is_empty() {
            return Ok(Ok(outcome));
        }
        let of = drafts.len();
        outcome.overtaken = self.commit(by, header, drafts)?;
        match outcome.overtaken.first() {
            Some(archive) if outcome.overtaken.len() == of => Ok(Err(Refusal::Overtaken(*archive))),
            _ => {
                outcome.amendment = Some(header.amendment);
                Ok(Ok(outcome))
            }
        }
    }

    fn header(&self, by: &Mandate<Describe>, reason: String, reverts: Option<AmendmentId>) -> AmendmentHeader {
        let now = self.clock.now();
        AmendmentHeader { amendment: Id::mint(now), at: now, by: by.actor(), reason, reverts }
    }

    fn kept(&self, tenant: &TenantId, archive: ArchiveId) -> Result<Kept, Error> {
        let kept = self.store.holdings(tenant).archive(archive)?;
        kept.ok_or_else(|| Error::Inconsistent(format!("archive {archive} has units and is not there")))
    }

    /// New versions of archives follow each other: held while they are made and committed.
    fn amending(&self) -> MutexGuard<'_, ()> {
        self.amending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Units, by the archive that holds them.
fn by_archive(found: &[Hit]) -> BTreeMap<ArchiveId, HashSet<UnitId>> {
    let mut archives: BTreeMap<ArchiveId, HashSet<UnitId>> = BTreeMap::new();
    for hit in found {
        archives.entry(hit.archive).or_default().insert(hit.unit);
    }
    archives
}
