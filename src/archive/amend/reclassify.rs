//! Reclassification: units moved to another place, in their archive or under a unit of another. A move is an amendment of
//! the archive of the unit that moves.

use std::collections::BTreeSet;

use crate::{
    archive::{
        Archive,
        amend::{
            Mode, Outcome, by_archive,
            draft::{Restatement, Tally},
        },
        error::Error,
        selection::Refusal,
    },
    domain::{
        archive::Part,
        hold::HoldCause,
        id::UnitId,
        inheritance::Origin,
        mandate::{Describe, Mandate},
        search::Selection,
        tenant::TenantId,
        unit::Unit,
    },
    seda::amend,
};

/// Where units are moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Under this unit, and under it alone.
    Under(UnitId),
    /// Under this unit too, beside the parents that they have.
    Also(UnitId),
    /// From under a parent to under another unit; to the root when that was the only one and there is no other.
    From {
        /// The parent that they leave.
        parent: UnitId,
        /// The one that they take.
        to: Option<UnitId>,
    },
    /// To the root of their archive.
    Root,
}

impl Placement {
    /// The parent that units take.
    const fn target(self) -> Option<UnitId> {
        match self {
            Self::Under(unit) | Self::Also(unit) => Some(unit),
            Self::From { to, .. } => to,
            Self::Root => None,
        }
    }

    /// The parents of a unit once it is moved; `None` when it does not stand under the parent that it should leave.
    fn parents(self, unit: &Unit) -> Option<Vec<UnitId>> {
        let also = |mut parents: Vec<UnitId>, target: UnitId| {
            if !parents.contains(&target) {
                parents.push(target);
            }
            parents
        };
        match self {
            Self::Under(target) => Some(vec![target]),
            Self::Root => Some(Vec::new()),
            Self::Also(target) => Some(also(unit.parents.clone(), target)),
            Self::From { parent, to } => {
                let mut parents = unit.parents.clone();
                let at = parents.iter().position(|one| *one == parent)?;
                parents.remove(at);
                Some(match to {
                    Some(target) => also(parents, target),
                    None => parents,
                })
            }
        }
    }
}

impl Archive {
    /// Moves units. Refused when one would stand below itself, and when a hold that prevents rearrangement covers one.
    pub fn reclassify(
        &self,
        by: &Mandate<Describe>,
        units: &[UnitId],
        placement: Placement,
        reason: &str,
        mode: Mode,
    ) -> Result<Result<Outcome, Refusal>, Error> {
        let tenant = by.tenant();
        let reason = match self.given("Motif", reason) {
            Ok(reason) => reason,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let _one_at_a_time = self.amending();
        let found = match self.selected(tenant, &Selection::Units(units.to_vec()))? {
            Ok(found) => found,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Some(target) = placement.target()
            && self.store.holdings(tenant).unit(target)?.is_none()
        {
            return Ok(Err(Refusal::Unknown(target)));
        }
        let header = self.header(by, reason, None);
        let (mut drafts, mut tally) = (Vec::new(), Tally::default());
        let mut moved = Vec::new();
        for (archive, units) in by_archive(&found) {
            let kept = self.kept(tenant, archive)?;
            drafts.extend(self.draft(&kept, &header, &units, &mut tally, &mut |unit| {
                let Some(parents) = placement.parents(unit) else {
                    return Ok(Restatement::Faulty(vec!["elle n’est pas sous cette unité mère.".to_owned()]));
                };
                if parents == unit.parents {
                    return Ok(Restatement::Same);
                }
                moved.push((unit.id, parents.clone()));
                Ok(Restatement::New(Box::new(Unit { parents, ..unit.clone() })))
            })?);
        }
        self.tell_misplaced(tenant, &moved, &mut tally)?;
        self.conclude(by, &header, drafts, tally, mode)
    }

    /// Tells the units that may not take these parents.
    pub(super) fn tell_misplaced(
        &self,
        tenant: &TenantId,
        moved: &[(UnitId, Vec<UnitId>)],
        tally: &mut Tally,
    ) -> Result<(), Error> {
        let targets: BTreeSet<UnitId> = moved.iter().flat_map(|(_, parents)| parents.iter().copied()).collect();
        for target in targets {
            let above = self.store.holdings(tenant).ancestry(&[target])?;
            for (unit, _) in moved.iter().filter(|(_, parents)| parents.contains(&target)) {
                if !above.holds(target) {
                    tally.fault(*unit, format!("l’unité {target} n’est plus conservée ici."));
                } else if above.holds(*unit) {
                    tally.fault(*unit, format!("l’unité {target} est au-dessous d’elle : elle se contiendrait."));
                }
            }
        }
        let units: Vec<UnitId> = moved.iter().map(|(unit, _)| *unit).collect();
        for (archive, units) in by_archive(&self.store.holdings(tenant).hits(&units)?) {
            let held = self.held(tenant, archive, self.today())?;
            for unit in units {
                if self.is_fixed(tenant, held.get(&unit).map_or(&[], Vec::as_slice))? {
                    tally.fault(unit, "un gel interdit de la déplacer.".to_owned());
                }
            }
        }
        Ok(())
    }

    /// Whether one of the causes for which a unit is held says that it may not be moved.
    fn is_fixed(&self, tenant: &TenantId, causes: &[HoldCause]) -> Result<bool, Error> {
        for cause in causes {
            let is_fixing = match cause {
                HoldCause::Placed { prevents_rearrangement, .. } => *prevents_rearrangement,
                HoldCause::Rule { rule, origin, .. } => {
                    amend::prevents_rearrangement(&self.source_of(tenant, *origin)?, rule)?
                }
            };
            if is_fixing {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The source of what says a rule: a unit's, or an archive's `ManagementMetadata`.
    fn source_of(&self, tenant: &TenantId, origin: Origin) -> Result<String, Error> {
        let unit = match origin {
            Origin::Archive(archive) => return Ok(self.record(tenant, archive)?.archive.header.source),
            Origin::Unit(unit) => unit,
        };
        let Some(entry) = self.store.holdings(tenant).unit(unit)? else { return Ok(String::new()) };
        for part in self.parts(tenant, entry.hit.archive)? {
            if let Part::Unit(found) = part?
                && found.id == unit
            {
                return Ok(found.source);
            }
        }
        Ok(String::new())
    }
}
