//! The choke point of isolation: what one tenant holds, and nothing of any other.

use crate::{
    domain::tenant::TenantId,
    store::{Store, database::Database, error::Error},
};

/// One tenant's data, to read. Every query of the store on a tenant's data is a method of this type.
#[derive(Clone, Copy)]
pub struct Holdings<'a> {
    store: &'a Store,
    tenant: &'a TenantId,
}

impl Store {
    /// What `tenant` holds.
    pub const fn holdings<'a>(&'a self, tenant: &'a TenantId) -> Holdings<'a> {
        Holdings { store: self, tenant }
    }
}

impl Holdings<'_> {
    /// The tenant.
    pub const fn tenant(&self) -> &TenantId {
        self.tenant
    }

    /// Hands a query its connection and the tenant that it must filter by.
    pub(super) fn read<T>(&self, query: impl FnOnce(&mut Database, &str) -> Result<T, Error>) -> Result<T, Error> {
        self.store.read(|database| query(database, self.tenant.as_str()))
    }
}
