//! What an interrupted take-over left: settled at opening, once the catalog knows all that the volumes tell.

use crate::{
    archive::{
        error::Error,
        takeover::{LEASE, LEASE_MILLIS},
    },
    domain::clock::Timestamp,
    store::Store,
    vault::Vault,
};

/// Forgets the arrivals of tenants that were accepted, and takes back what was let in without being so. What another
/// process is at, which `holder` then cannot take the lease of, is left to it.
pub fn settle(store: &Store, vault: &Vault, holder: &str, now: Timestamp) -> Result<(), Error> {
    let arrivals = vault.arrivals()?;
    if arrivals.is_empty() || vault.ensure_writable(0).is_err() {
        return Ok(());
    }
    let until = Timestamp::from_millis(now.millis().saturating_add(LEASE_MILLIS)).unwrap_or(now);
    if !store.take_lease(LEASE, holder, now, until)? {
        return Ok(());
    }
    let settled = arrivals.iter().try_for_each(|tenant| {
        if store.tenant(tenant)?.is_some() {
            tracing::info!(%tenant, "the tenant was taken over; what stood aside is removed");
            return Ok(vault.forget_arrival(tenant)?);
        }
        tracing::warn!(%tenant, "an unfinished take-over waits aside; the same command goes on with it");
        Ok(vault.put_out(tenant)?)
    });
    store.drop_lease(LEASE, holder)?;
    settled
}
