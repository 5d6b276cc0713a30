//! Holds (*gels*): placed and lifted with a reason, and told of every unit that they cover.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use chrono::NaiveDate;

use crate::{
    archive::{Archive, error::Error, ingest::seal, selection::Refusal, writer::Act},
    digest,
    domain::{
        clock::Timestamp,
        hold::{Hold, HoldCause, HoldOrder, Lifting},
        id::{ArchiveId, HoldId, Id, UnitId},
        mandate::{Describe, Mandate, Read},
        search::Selection,
        tenant::TenantId,
    },
    record::{
        facts::{
            Fact,
            holding::{HoldLifted, HoldPlaced},
        },
        hold,
    },
    store::Ancestry,
};

/// What is asked when a hold is placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRequest {
    /// The units to hold, with all that stands below them.
    pub selection: Selection,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub owner: Option<String>,
    /// The day on which someone looks at it again.
    pub reassess: Option<NaiveDate>,
    /// Its last day.
    pub until: Option<NaiveDate>,
    /// Whether what it covers may not be moved either.
    pub prevents_rearrangement: bool,
}

impl Archive {
    /// Places a hold on units and all that stands below them.
    pub fn place_hold(&self, by: &Mandate<Describe>, request: &HoldRequest) -> Result<Result<Hold, Refusal>, Error> {
        let tenant = by.tenant().clone();
        let order = match self.order(&tenant, request)? {
            Ok(order) => order,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let now = self.clock.now();
        let (id, who) = (Id::mint(now), by.actor());
        let bytes = hold::to_json(&order)?;
        let units = u64::try_from(order.units.len()).unwrap_or(u64::MAX);
        let fact = Fact::HoldPlaced(HoldPlaced { hold: id, order: digest::sha512(&bytes), units });
        let _one_at_a_time = self.records();
        let record = self.new_record(&tenant, hold::OBJECT, &[(&hold::file_of(id), bytes)])?;
        let placed = Hold { id, order, placed_by: who, placed_at: now, lifted: None };
        let told = Arc::new(Mutex::new(placed.clone()));
        let stands = told.clone();
        self.writer.commit(Act {
            objects: vec![record],
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                let line = seal(pen, &tenant, &fact, Some(who), now)?;
                let placed = Hold { placed_at: line.at, ..placed };
                pen.insert_hold(&tenant, &placed)?;
                lines.push(line);
                *stands.lock().unwrap_or_else(PoisonError::into_inner) = placed;
                Ok(true)
            }),
        })?;
        let placed = told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Ok(placed))
    }

    /// Lifts a hold.
    pub fn lift_hold(&self, by: &Mandate<Describe>, id: HoldId, reason: &str) -> Result<Result<Hold, Refusal>, Error> {
        let tenant = by.tenant().clone();
        let reason = match self.given("Motif", reason) {
            Ok(reason) => reason,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let _one_at_a_time = self.records();
        match self.store.holdings(&tenant).hold(id)? {
            None => return Ok(Err(Refusal::UnknownHold(id))),
            Some(hold) if hold.lifted.is_some() => return Ok(Err(Refusal::Lifted(id))),
            Some(_) => {}
        }
        let (who, now) = (by.actor(), self.clock.now());
        let bytes = hold::lifting_to_json(&reason)?;
        let fact = Fact::HoldLifted(HoldLifted { hold: id, lifting: digest::sha512(&bytes) });
        let record = self.new_record(&tenant, hold::OBJECT, &[(&hold::lifting_file_of(id), bytes)])?;
        let owner = tenant.clone();
        let stands = self.writer.commit(Act {
            objects: vec![record],
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                if pen.is_lifted(&owner, id)? {
                    return Ok(false);
                }
                let line = seal(pen, &owner, &fact, Some(who), now)?;
                pen.lift_hold(&owner, id, &Lifting { by: who, at: line.at, reason })?;
                lines.push(line);
                Ok(true)
            }),
        })?;
        let hold = self.store.holdings(&tenant).hold(id)?;
        Ok(match hold {
            Some(hold) if stands => Ok(hold),
            Some(_) => Err(Refusal::Lifted(id)),
            None => Err(Refusal::UnknownHold(id)),
        })
    }

    /// Every hold, oldest first; those that were lifted too when `lifted`.
    pub fn holds(&self, by: &Mandate<Read>, lifted: bool) -> Result<Vec<Hold>, Error> {
        let mut holds = self.store.holdings(by.tenant()).holds()?;
        holds.retain(|hold| lifted || hold.lifted.is_none());
        Ok(holds)
    }

    /// A hold.
    pub fn hold(&self, by: &Mandate<Read>, id: HoldId) -> Result<Option<Hold>, Error> {
        Ok(self.store.holdings(by.tenant()).hold(id)?)
    }

    /// Why a unit is held today; empty when it is not.
    pub fn holds_of(&self, by: &Mandate<Read>, unit: UnitId) -> Result<Vec<HoldCause>, Error> {
        let Some(entry) = self.store.holdings(by.tenant()).unit(unit)? else { return Ok(Vec::new()) };
        let mut held = self.held(by.tenant(), entry.hit.archive, self.today())?;
        Ok(held.remove(&unit).unwrap_or_default())
    }

    /// The units of an archive that are held on a day, and why: by a hold that an archivist placed on them or above
    /// them, in whatever archive.
    pub(super) fn held(
        &self,
        tenant: &TenantId,
        archive: ArchiveId,
        on: NaiveDate,
    ) -> Result<HashMap<UnitId, Vec<HoldCause>>, Error> {
        let holdings = self.store.holdings(tenant);
        let mut held: HashMap<UnitId, Vec<HoldCause>> = HashMap::new();
        let holds = holdings.holds_in_force(on)?;
        if !holds.is_empty() {
            let ancestry = holdings.ancestry_of_archive(archive)?;
            for hold in &holds {
                for unit in covered(&ancestry, hold) {
                    held.entry(unit).or_default().push(HoldCause::Placed {
                        hold: hold.id,
                        prevents_rearrangement: hold.order.prevents_rearrangement,
                    });
                }
            }
        }
        Ok(held)
    }

    /// The day in France, on which legal delays are counted.
    pub(super) fn today(&self) -> NaiveDate {
        Timestamp::legal_day(self.clock.now())
    }

    fn order(&self, tenant: &TenantId, request: &HoldRequest) -> Result<Result<HoldOrder, Refusal>, Error> {
        let today = self.today();
        if let Some(past) = [request.reassess, request.until].into_iter().flatten().find(|day| *day < today) {
            return Ok(Err(Refusal::Past(past)));
        }
        let owner = request.owner.as_deref().map(|owner| self.given("Demandeur", owner)).transpose();
        let (reason, owner) = match (self.given("Motif", &request.reason), owner) {
            (Ok(reason), Ok(owner)) => (reason, owner),
            (Err(refusal), _) | (_, Err(refusal)) => return Ok(Err(refusal)),
        };
        let found = match self.selected(tenant, &request.selection)? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut units: Vec<UnitId> = found.iter().map(|hit| hit.unit).collect();
        units.sort_unstable();
        units.dedup();
        let HoldRequest { reassess, until, prevents_rearrangement, .. } = *request;
        Ok(Ok(HoldOrder { reason, owner, units, reassess, until, prevents_rearrangement }))
    }
}

/// The units that a hold covers.
fn covered(ancestry: &Ancestry, hold: &Hold) -> HashSet<UnitId> {
    ancestry.covered_by(&hold.order.units.iter().copied().collect())
}
