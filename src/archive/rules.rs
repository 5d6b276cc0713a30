//! The rules in force, computed from the catalog at the moment they are asked for, whatever the index of due dates says.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;

use crate::{
    archive::{Archive, error::Error},
    domain::{
        id::{ArchiveId, UnitId},
        inheritance::{Computation, InForce, Origin, Rules},
        mandate::{Mandate, Read},
        rule::Rule,
        tenant::TenantId,
    },
};

/// The rules in force for a unit, with the names of all that they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The unit.
    pub unit: UnitId,
    /// By category, in the schemas' order, with paths and what is cut on the way.
    pub in_force: Vec<InForce>,
    /// The units that paths and origins name: identifier in the manifest, and title.
    pub units: BTreeMap<UnitId, (String, String)>,
    /// The archives whose header says a rule: number, and `MessageIdentifier`.
    pub archives: BTreeMap<ArchiveId, (u64, String)>,
    /// What the referential says of each rule in force that it holds.
    pub rules: BTreeMap<String, Rule>,
}

impl Archive {
    /// The rules in force for a unit, with the paths by which they come and what is cut on the way; `None` when there is
    /// no such unit.
    pub fn unit_rules(&self, by: &Mandate<Read>, unit: UnitId) -> Result<Option<Vec<InForce>>, Error> {
        let lineage = self.store.holdings(by.tenant()).lineage_of(unit)?;
        if lineage.units.is_empty() {
            return Ok(None);
        }
        let referentials = self.referentials(by.tenant())?;
        let none = HashMap::new();
        let rules = referentials.rules.as_ref().unwrap_or(&none);
        Ok(Some(Computation::new(&lineage.graph, rules).explained(unit)))
    }

    /// The same, with the names of whatever the rules come from.
    pub fn explain_rules(&self, by: &Mandate<Read>, unit: UnitId) -> Result<Option<Explanation>, Error> {
        let Some(in_force) = self.unit_rules(by, unit)? else { return Ok(None) };
        let holdings = self.store.holdings(by.tenant());
        let paths = in_force.iter().flat_map(|one| &one.rules).flat_map(|rule| &rule.paths).flatten().copied();
        let origins = origins(&in_force);
        let sayers = origins.iter().filter_map(|origin| match origin {
            Origin::Unit(unit) => Some(*unit),
            Origin::Archive(_) => None,
        });
        let cutters = in_force.iter().flat_map(|one| &one.cuts).map(|cut| cut.by);
        let named: BTreeSet<UnitId> = paths.chain(sayers).chain(cutters).chain([unit]).collect();
        let units = holdings.titles(&named.into_iter().collect::<Vec<_>>())?;
        let mut archives = BTreeMap::new();
        for origin in &origins {
            if let Origin::Archive(id) = origin
                && let Some(kept) = holdings.archive(*id)?
            {
                archives.insert(*id, (kept.place.number, kept.archive.header.message_identifier));
            }
        }
        let referentials = self.referentials(by.tenant())?;
        let known = referentials.rules.iter().flatten();
        let used: BTreeSet<&str> =
            in_force.iter().flat_map(|one| &one.rules).map(|inherited| inherited.rule.as_str()).collect();
        let rules = known.filter(|(id, _)| used.contains(id.as_str())).map(|(id, rule)| (id.clone(), rule.clone()));
        Ok(Some(Explanation { unit, rules: rules.collect(), in_force, units, archives }))
    }

    /// The rules in force for every unit of an archive, in the catalog's order, without paths. Units that say nothing
    /// share what is above them.
    pub(super) fn rules_in_force(&self, tenant: &TenantId, archive: ArchiveId) -> Result<Vec<(UnitId, Rules)>, Error> {
        let lineage = self.store.holdings(tenant).lineage(&[archive])?;
        let referentials = self.referentials(tenant)?;
        let none = HashMap::new();
        let mut computation = Computation::new(&lineage.graph, referentials.rules.as_ref().unwrap_or(&none));
        Ok(lineage.units.iter().map(|(_, unit)| (*unit, computation.of(*unit))).collect())
    }

    /// The rules in force for every unit of an archive, in the catalog's order, without paths.
    pub fn archive_rules(&self, by: &Mandate<Read>, archive: ArchiveId) -> Result<Vec<(UnitId, Rules)>, Error> {
        self.rules_in_force(by.tenant(), archive)
    }

    /// The present day in Europe/Paris, on which legal delays are counted.
    pub fn legal_day(&self) -> NaiveDate {
        self.clock.now().legal_day()
    }

    /// The rules of the tenant's referential, by identifier.
    pub fn rules(&self, by: &Mandate<Read>) -> Result<Vec<Rule>, Error> {
        Ok(self.store.holdings(by.tenant()).rules()?)
    }
}

/// Whoever says something that is in force or was cut.
fn origins(in_force: &[InForce]) -> BTreeSet<Origin> {
    let rules = in_force.iter().flat_map(|one| &one.rules).map(|rule| rule.origin);
    let actions = in_force.iter().flat_map(|one| &one.final_actions).map(|(_, origin)| *origin);
    let cuts = in_force.iter().flat_map(|one| &one.cuts).map(|cut| cut.origin);
    rules.chain(actions).chain(cuts).collect()
}
