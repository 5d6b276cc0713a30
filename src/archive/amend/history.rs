//! What was amended of a unit, and how to take it back: an undo is an amendment that restores what stood before.

use std::collections::HashSet;

use crate::{
    archive::{
        Archive,
        amend::{
            Mode, Outcome,
            change::new_faults,
            draft::{Restatement, Tally},
            restated::Restated,
        },
        error::Error,
        selection::Refusal,
    },
    domain::{
        amendment::{self, Amendment, Difference},
        archive::Part,
        clock::Timestamp,
        id::{ActorId, AmendmentId, ArchiveId, UnitId},
        mandate::{Describe, Mandate, Read},
        tenant::TenantId,
        unit::Unit,
    },
};

/// One amendment of one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitAmendment {
    /// The amendment.
    pub amendment: AmendmentId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: ActorId,
    /// Why.
    pub reason: String,
    /// The amendment that it undid.
    pub reverts: Option<AmendmentId>,
    /// How the unit changed.
    pub differences: Vec<Difference>,
}

impl Archive {
    /// The amendments of a unit, oldest first; `None` when there is no such unit.
    pub fn history(&self, by: &Mandate<Read>, unit: UnitId) -> Result<Option<Vec<UnitAmendment>>, Error> {
        let tenant = by.tenant();
        let Some(entry) = self.store.holdings(tenant).unit(unit)? else { return Ok(None) };
        let archive = entry.hit.archive;
        let amendments = self.store.holdings(tenant).amendments_of_unit(unit)?;
        if amendments.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let mut state = find(self.first_parts(tenant, archive)?, unit)?;
        let mut history = Vec::with_capacity(amendments.len());
        for one in amendments {
            let (header, parts) = self.amended_parts(tenant, archive, &one)?;
            let next = find(parts, unit)?;
            let differences = amendment::differences(&state, &next);
            let Amendment { id: amendment, at, by, reverts, .. } = one;
            history.push(UnitAmendment { amendment, at, by, reason: header.reason, reverts, differences });
            state = next;
        }
        Ok(Some(history))
    }

    /// How many times a unit was amended.
    pub fn times_amended(&self, by: &Mandate<Read>, unit: UnitId) -> Result<usize, Error> {
        Ok(self.store.holdings(by.tenant()).amendments_of_unit(unit)?.len())
    }

    /// Takes an amendment back: each unit that it changed becomes what it was before. Refused where a unit changed since,
    /// unless `force`, which takes back these changes too.
    pub fn undo(
        &self,
        by: &Mandate<Describe>,
        id: AmendmentId,
        reason: &str,
        force: bool,
        mode: Mode,
    ) -> Result<Result<Outcome, Refusal>, Error> {
        let tenant = by.tenant();
        let reason = match self.given("Motif", reason) {
            Ok(reason) => reason,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let _one_at_a_time = self.amending();
        let done = self.store.holdings(tenant).amendment(id)?;
        if done.is_empty() {
            return Ok(Err(Refusal::UnknownAmendment(id)));
        }
        let referentials = self.referentials(tenant)?;
        let header = self.header(by, reason, Some(id));
        let (mut drafts, mut tally) = (Vec::new(), Tally::default());
        for one in &done {
            let Some(kept) = self.store.holdings(tenant).archive(one.archive)? else { continue };
            let units: HashSet<UnitId> =
                self.store.holdings(tenant).units_amended_by(one.archive, id)?.into_iter().collect();
            if !force {
                self.tell_changed_since(tenant, id, &units, &mut tally)?;
            }
            let mut before = self.before(tenant, one.archive, id, &units)?;
            let mut moved = Vec::new();
            drafts.extend(self.draft(&kept, &header, &units, &mut tally, &mut |unit| {
                let Some(former) = before.unit(unit.id)? else { return Ok(Restatement::Same) };
                if *former == *unit {
                    return Ok(Restatement::Same);
                }
                if former.parents != unit.parents {
                    moved.push((unit.id, former.parents.clone()));
                }
                let faults = new_faults(&referentials, unit, &former);
                Ok(if faults.is_empty() { Restatement::New(former) } else { Restatement::Faulty(faults) })
            })?);
            self.tell_misplaced(tenant, &moved, &mut tally)?;
        }
        self.conclude(by, &header, drafts, tally, mode)
    }

    /// Tells the units that another amendment changed since this one.
    fn tell_changed_since(
        &self,
        tenant: &TenantId,
        id: AmendmentId,
        units: &HashSet<UnitId>,
        tally: &mut Tally,
    ) -> Result<(), Error> {
        for unit in units {
            let last = self.store.holdings(tenant).amendments_of_unit(*unit)?.pop();
            if let Some(last) = last.filter(|last| last.id != id) {
                let why = format!("elle a été modifiée depuis, par {} : annulez d’abord cette modification.", last.id);
                tally.fault(*unit, why);
            }
        }
        Ok(())
    }

    /// Units as they were before an amendment of their archive.
    fn before(
        &self,
        tenant: &TenantId,
        archive: ArchiveId,
        id: AmendmentId,
        units: &HashSet<UnitId>,
    ) -> Result<Restated, Error> {
        let mut earlier = self.store.holdings(tenant).amendments_of(archive)?;
        earlier.truncate(earlier.iter().position(|one| one.id == id).unwrap_or_default());
        let mut restated = Restated::none(self.work_file());
        let first = self.first_parts(tenant, archive)?;
        let mut keep = |part: Result<Part, Error>| match part? {
            Part::Unit(unit) if units.contains(&unit.id) => restated.put(unit),
            _ => Ok(()),
        };
        first.into_iter().try_for_each(&mut keep)?;
        for one in &earlier {
            self.amended_parts(tenant, archive, one)?.1.try_for_each(&mut keep)?;
        }
        Ok(restated)
    }
}

fn find(mut parts: impl Iterator<Item = Result<Part, Error>>, id: UnitId) -> Result<Unit, Error> {
    let found = parts.find_map(|part| match part {
        Ok(Part::Unit(unit)) if unit.id == id => Some(Ok(*unit)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    });
    found.unwrap_or_else(|| Err(Error::Inconsistent(format!("unit {id} is not where the catalog has it"))))
}
