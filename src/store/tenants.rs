//! Tenants, as rows.

use diesel::prelude::*;

use crate::{
    domain::tenant::{Tenant, TenantId},
    store::{Store, cells, error::Error, pen::Pen, schema::tenants},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tenants)]
struct TenantRow {
    id: String,
    name: String,
    archival_agency: String,
    created_at: i64,
}

impl TenantRow {
    fn new(tenant: &Tenant) -> Self {
        Self {
            id: tenant.id.to_string(),
            name: tenant.name.clone(),
            archival_agency: tenant.archival_agency.clone(),
            created_at: tenant.created_at.millis(),
        }
    }

    fn into_tenant(self) -> Result<Tenant, Error> {
        Ok(Tenant {
            id: cells::parsed(&self.id, "a tenant's identifier")?,
            name: self.name,
            archival_agency: self.archival_agency,
            created_at: cells::instant(self.created_at)?,
        })
    }
}

impl Pen<'_> {
    /// Registers a tenant; `Conflict` when there is one of this identifier.
    pub fn insert_tenant(&mut self, tenant: &Tenant) -> Result<(), Error> {
        diesel::insert_into(tenants::table).values(TenantRow::new(tenant)).execute(self.changing())?;
        Ok(())
    }
}

impl Pen<'_> {
    /// Whether there is a tenant of this identifier, within this act.
    pub fn knows_tenant(&mut self, id: &TenantId) -> Result<bool, Error> {
        let row = tenants::table.find(id.as_str()).select(tenants::id);
        Ok(row.first::<String>(self.looking()).optional()?.is_some())
    }
}

impl Store {
    /// Every tenant of the installation, by identifier. This names tenants and shows nothing that they hold.
    pub fn tenants(&self) -> Result<Vec<Tenant>, Error> {
        let rows: Vec<TenantRow> =
            self.read(|database| Ok(tenants::table.select(TenantRow::as_select()).load(database)?))?;
        let mut tenants = rows.into_iter().map(TenantRow::into_tenant).collect::<Result<Vec<_>, _>>()?;
        tenants.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(tenants)
    }

    /// The tenant of an identifier.
    pub fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>, Error> {
        let row: Option<TenantRow> = self.read(|database| {
            Ok(tenants::table.find(id.as_str()).select(TenantRow::as_select()).first(database).optional()?)
        })?;
        row.map(TenantRow::into_tenant).transpose()
    }
}
