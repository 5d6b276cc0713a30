//! What an earlier process left outside the journals: leases that nobody holds any more, and packages in `pending/` that
//! wait for nothing.

use crate::{
    archive::error::Error,
    domain::{
        clock::Timestamp,
        id::TransferId,
        transfer::{Transfer, TransferStatus},
    },
    store::Store,
    vault::Vault,
};

/// How long a package may come before it is taken for abandoned, when nobody speaks of it: 24 hours, in milliseconds.
const ABANDONED_MILLIS: i64 = 24 * 3_600_000;

/// How a thread of this node names itself when it takes a lease: by the node's name, which one process bears at a time,
/// so that whoever bears it next knows these leases for its own.
pub fn holder(vault: &Vault, number: u64) -> String {
    format!("{}{number}", prefix(vault))
}

/// Gives back the leases of this node's last bearer, and removes from `pending/` what is settled or abandoned.
pub fn clear(store: &Store, vault: &Vault, now: Timestamp) -> Result<(), Error> {
    let leases = store.drop_leases_of(&prefix(vault))?;
    let mut packages = 0_u64;
    for transfer in vault.received()? {
        if is_over(store, transfer, now)? {
            vault.discard(transfer)?;
            packages += 1;
        }
    }
    if leases > 0 || packages > 0 {
        tracing::info!(leases, packages, "leases and packages of an earlier process were cleared");
    }
    Ok(())
}

fn prefix(vault: &Vault) -> String {
    format!("{}/", vault.node())
}

/// Whether no one needs a package any more: its transfer is settled, or nobody ever heard of it and it is old. A young
/// one may be coming in now, through another process.
fn is_over(store: &Store, id: TransferId, now: Timestamp) -> Result<bool, Error> {
    for tenant in store.tenants()? {
        let holdings = store.holdings(&tenant.id);
        if let Some(Transfer { status, .. }) = holdings.transfer(id)? {
            return Ok(matches!(status, TransferStatus::Accepted { .. } | TransferStatus::Refused { .. }));
        }
        if holdings.upload(id)?.is_some() {
            return Ok(false);
        }
    }
    Ok(id.minted_at().is_some_and(|minted| minted.millis() + ABANDONED_MILLIS < now.millis()))
}
