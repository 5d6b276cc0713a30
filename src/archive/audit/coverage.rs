//! Coverage: what was read when, per volume and owner, and what never was.

use std::path::PathBuf;

use crate::{
    archive::{Archive, audit::Audit, error::Error},
    domain::{clock::Timestamp, tenant::TenantId},
    vault::layout::OcflId,
};

/// How much of one owner's copies on one volume was read, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The volume's place.
    pub volume: usize,
    /// The volume's folder.
    pub path: PathBuf,
    /// Whether it can be read now, and holds everything.
    pub is_current: bool,
    /// The tenant; `None` for the installation.
    pub tenant: Option<TenantId>,
    /// Objects that should have a copy there.
    pub objects: u64,
    /// Those of them that were never read.
    pub never: u64,
    /// Those of them that were not what was kept when they were last read, and could not be repaired.
    pub bad: u64,
    /// When the one was read that was not read for longest.
    pub oldest: Option<Timestamp>,
    /// When the last one was read.
    pub newest: Option<Timestamp>,
    /// The volume's last pass.
    pub pass: Option<Audit>,
}

impl Archive {
    /// What was read when, volume by volume: the installation's copies first, then each tenant's.
    pub fn coverage(&self) -> Result<Vec<Coverage>, Error> {
        let counts = self.store.fixity()?;
        let owners = self.owned()?;
        let mut coverage = Vec::new();
        for (volume, status) in self.vault.status().into_iter().enumerate() {
            let id = self.vault.volume_id(volume);
            let pass = id.as_ref().map(|id| self.store.audit(id)).transpose()?.flatten();
            for (tenant, objects) in &owners {
                let read = counts.iter().find(|count| Some(&count.volume) == id.as_ref() && count.tenant == *tenant);
                coverage.push(Coverage {
                    volume,
                    path: status.path.clone(),
                    is_current: status.reachable && status.current,
                    tenant: tenant.clone(),
                    objects: *objects,
                    never: objects.saturating_sub(read.map_or(0, |read| read.copies)),
                    bad: read.map_or(0, |read| read.bad),
                    oldest: read.map(|read| read.oldest),
                    newest: read.map(|read| read.newest),
                    pass: pass.clone(),
                });
            }
        }
        Ok(coverage)
    }

    /// How many objects each owner has: the archives of the catalog, and the records of the volume that has most.
    fn owned(&self) -> Result<Vec<(Option<TenantId>, u64)>, Error> {
        let mut records: Vec<OcflId> = Vec::new();
        for volume in self.vault.reachable() {
            let listed = self.vault.list_records(volume)?;
            if listed.len() > records.len() {
                records = listed;
            }
        }
        let mut owned = Vec::new();
        for owner in self.owners()? {
            let of = records.iter().filter(|record| record.tenant() == owner.as_ref()).count();
            let archives = owner.as_ref().map_or(Ok(0), |tenant| self.store.holdings(tenant).archive_count())?;
            owned.push((owner, archives + u64::try_from(of).unwrap_or(u64::MAX)));
        }
        Ok(owned)
    }
}
