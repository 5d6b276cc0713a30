//! What an earlier process left outside the journals: leases that nobody holds any more, packages in `pending/` that wait
//! for nothing, and those that wait for a person and have too few copies.

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
        match fate(store, transfer, now)? {
            Fate::Over => {
                vault.discard(transfer)?;
                packages += 1;
            }
            Fate::AwaitsAPerson => {
                if let Err(error) = vault.mirror(transfer) {
                    tracing::warn!(%error, %transfer, "a package that waits for a person has too few copies");
                }
            }
            Fate::Stays => {}
        }
    }
    vault.erase_spent()?;
    if leases > 0 || packages > 0 {
        tracing::info!(leases, packages, "leases and packages of an earlier process were cleared");
    }
    Ok(())
}

fn prefix(vault: &Vault) -> String {
    format!("{}/", vault.node())
}

/// What is to become of a package in `pending/`.
enum Fate {
    /// No one needs it any more: its transfer is settled, or nobody ever heard of it and it is old.
    Over,
    /// It stands on every volume until a person has judged it.
    AwaitsAPerson,
    /// It is to be settled, or is coming in now, maybe through another process.
    Stays,
}

fn fate(store: &Store, id: TransferId, now: Timestamp) -> Result<Fate, Error> {
    for tenant in store.tenants()? {
        let holdings = store.holdings(&tenant.id);
        if let Some(Transfer { status, .. }) = holdings.transfer(id)? {
            return Ok(match status {
                TransferStatus::Accepted { .. } | TransferStatus::Refused { .. } => Fate::Over,
                TransferStatus::AwaitingValidation { .. } => Fate::AwaitsAPerson,
                TransferStatus::Received => Fate::Stays,
            });
        }
        if holdings.upload(id)?.is_some() {
            return Ok(Fate::Stays);
        }
    }
    let is_abandoned = id.minted_at().is_some_and(|minted| minted.millis() + ABANDONED_MILLIS < now.millis());
    Ok(if is_abandoned { Fate::Over } else { Fate::Stays })
}
