//! The rules in force, computed from the catalog at the moment they are asked for, whatever the index of due dates says.

use std::collections::HashMap;

use crate::{
    archive::{Archive, error::Error},
    domain::{
        id::{ArchiveId, UnitId},
        inheritance::{Computation, InForce, Rules},
        mandate::{Mandate, Read},
        tenant::TenantId,
    },
};

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

    /// The rules in force for every unit of an archive, in the catalog's order, without paths. Units that say nothing
    /// share what is above them.
    pub(super) fn rules_in_force(&self, tenant: &TenantId, archive: ArchiveId) -> Result<Vec<(UnitId, Rules)>, Error> {
        let lineage = self.store.holdings(tenant).lineage(&[archive])?;
        let referentials = self.referentials(tenant)?;
        let none = HashMap::new();
        let mut computation = Computation::new(&lineage.graph, referentials.rules.as_ref().unwrap_or(&none));
        Ok(lineage.units.iter().map(|(_, unit)| (*unit, computation.of(*unit))).collect())
    }
}
