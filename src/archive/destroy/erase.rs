//! The bytes after the act: erased on every volume, now or when one comes back, and the catalog's traces with them.

use crate::{
    archive::{Archive, destroy::object_of, error::Error},
    domain::{id::ArchiveId, tenant::TenantId},
    store::Store,
    vault::{
        Vault,
        erase::{Erasure, Means},
        layout::OcflId,
    },
};

impl Archive {
    /// Erases a generation whose destruction stands, and forgets that it was to be erased once no volume is left.
    pub(super) fn erase_generation(
        &self,
        tenant: &TenantId,
        archive: ArchiveId,
        generation: u32,
        object: &OcflId,
    ) -> Result<Vec<Erasure>, Error> {
        let erased = self.vault.erase(object)?;
        if is_everywhere(&erased) {
            self.store.end_erasure(tenant, archive, generation)?;
        }
        Ok(erased)
    }

    /// Goes on with the erasures that something stopped, and erases what was set aside. To be called after the last
    /// destruction of a plan, and by rounds.
    pub(in crate::archive) fn settle_erasures(&self) -> Result<(), Error> {
        finish(&self.store, &self.vault)?;
        self.vault.erase_spent()?;
        Ok(())
    }

    /// Clears what destroyed archives left in the catalog's pages, indexes and logs: once after the last destruction of a
    /// plan.
    pub(in crate::archive) fn scrub(&self) -> Result<(), Error> {
        Ok(self.store.scrub()?)
    }
}

/// Erases what was destroyed and may still stand on some volume. One that is away is waited for.
pub fn finish(store: &Store, vault: &Vault) -> Result<(), Error> {
    let owed = store.erasures()?;
    if owed.is_empty() {
        return Ok(());
    }
    let mut ended = 0_usize;
    for (tenant, archive, generation) in owed {
        let object = object_of(&tenant, archive, generation);
        if is_everywhere(&vault.erase(&object)?) {
            store.end_erasure(&tenant, archive, generation)?;
            ended += 1;
        }
    }
    if ended > 0 {
        tracing::info!(ended, "destructions that something had stopped were brought to their end");
        store.scrub()?;
    }
    Ok(())
}

fn is_everywhere(erased: &[Erasure]) -> bool {
    erased.iter().all(|erasure| erasure.means != Means::Away)
}
