//! Which archives wait for their rules to be computed again. Marks are made in the act that changes something; what
//! spreads from there is found in the background.

use diesel::prelude::*;

use crate::{
    domain::{id::ArchiveId, tenant::TenantId},
    store::{database::Database, error::Error, pen::Pen, schema::stale},
};

impl Pen<'_> {
    /// Marks an archive, and with time whatever lies below it in other archives, for its rules to be computed again.
    pub fn rules_changed(&mut self, tenant: &TenantId, archive: ArchiveId) -> Result<(), Error> {
        mark(self.looking(), tenant.as_str(), &archive.to_string(), true)
    }
}

/// Marks an archive: a mark that stands is raised, so that a computation under way does not take it away.
pub fn mark(database: &mut Database, tenant: &str, archive: &str, spreads: bool) -> Result<(), Error> {
    let known = stale::table.find((tenant, archive));
    let raised = stale::mark.eq(stale::mark + 1);
    let reached = if spreads {
        diesel::update(known).set((raised, stale::spreads.eq(true))).execute(database)?
    } else {
        diesel::update(known).set(raised).execute(database)?
    };
    if reached == 0 {
        let row =
            (stale::tenant.eq(tenant), stale::archive.eq(archive), stale::mark.eq(1_i64), stale::spreads.eq(spreads));
        diesel::insert_into(stale::table).values(row).execute(database)?;
    }
    Ok(())
}
