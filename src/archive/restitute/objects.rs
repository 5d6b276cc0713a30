//! The tenant's objects, each as of the version that it had under the checkpoint: archives by their lines, months of
//! journals by the lines that tell their seals, other records by the instants of their versions.

use crate::{
    archive::{
        Archive,
        error::Error,
        restitute::{RestituteError, sink::Sink, task::Task},
        sealed,
    },
    domain::{clock::Timestamp, digest::Digest, id::ArchiveId, journal::JournalId, tenant::TenantId},
    record::{
        facts::{Fact, SEALING},
        restitution::Restitution,
    },
    store::Kept,
    vault::{Vault, extract::Extract, layout::OcflId},
};

/// Lines about one archive looked at at once.
const LINES_AT_ONCE: u32 = 1_000;

/// An archive as it stood under the checkpoint.
pub(super) struct Standing {
    /// What the catalog says of it.
    pub(super) kept: Kept,
    tenant: TenantId,
    generation: u32,
    version: u32,
    inventory: Digest,
}

impl Standing {
    /// Its object.
    pub(super) fn object(&self) -> OcflId {
        let (tenant, archive) = (self.tenant.clone(), self.kept.archive.id);
        OcflId::Archive { tenant, archive, generation: self.generation }
    }

    /// Its object's files, from a volume where the inventory is the one that its line tells.
    pub(super) fn extract(&self, vault: &Vault) -> Result<Extract, RestituteError> {
        Ok(vault.extract(&self.object(), self.version, Some(self.inventory))?)
    }

    /// Whether its description is not the one that came.
    pub(super) const fn is_changed(&self) -> bool {
        self.generation > 1 || self.version > 1
    }
}

impl Archive {
    /// How an archive of the catalog stood under the checkpoint; `None` when it was not there yet.
    pub(super) fn standing_at(&self, cut: &Restitution, kept: &Kept) -> Result<Option<Standing>, RestituteError> {
        let archive = kept.archive.id;
        let mut standing: Option<Standing> = None;
        for fact in self.facts_about(cut, archive)? {
            let of = |generation, version, inventory| Standing {
                kept: kept.clone(),
                tenant: cut.tenant.id.clone(),
                generation,
                version,
                inventory,
            };
            match (fact, standing.take()) {
                (Fact::Accepted(fact), _) => standing = Some(of(fact.generation, 1, fact.inventory)),
                (Fact::Amended(fact), Some(before)) => {
                    standing = Some(of(before.generation, before.version + 1, fact.inventory));
                }
                (Fact::Destroyed(fact), _) => {
                    standing = fact.successor.map(|inventory| of(fact.generation + 1, 1, inventory));
                }
                (_, before) => standing = before,
            }
        }
        let is_gone = standing.as_ref().is_some_and(|standing| standing.generation != kept.archive.generation);
        if is_gone { Err(RestituteError::Changed { archive }) } else { Ok(standing) }
    }

    /// What the lines under the checkpoint tell of an archive: by their positions, since those that the tenant brought from
    /// another installation are no entries of our log.
    fn facts_about(&self, cut: &Restitution, archive: ArchiveId) -> Result<Vec<Fact>, Error> {
        let (journal, object) = (JournalId::LifeCycle(cut.tenant.id.clone()), archive.to_string());
        let end = cut.journal(&journal).map_or(0, |journal| journal.length);
        let (mut facts, mut from) = (Vec::new(), 0);
        loop {
            let lines = self.store.lines_about(&journal, &object, from, LINES_AT_ONCE)?;
            let Some(last) = lines.last() else { return Ok(facts) };
            from = last.position + 1;
            for line in lines.iter().filter(|line| line.position < end) {
                facts.extend(Fact::read(&line.event)?);
            }
        }
    }
}

impl Task<'_> {
    /// The tenant's lasting records.
    pub(super) fn records(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let (vault, tenant) = (&self.archive.vault, &self.cut.tenant.id);
        let mut records = std::collections::BTreeMap::new();
        for volume in vault.reachable() {
            let listed = vault.list_records(volume)?.into_iter().filter(|record| record.tenant() == Some(tenant));
            records.extend(listed.map(|record| (record.to_string(), record)));
        }
        let end = self.last_instant()?;
        for record in records.values() {
            let (version, told) = if sealed::is_sealed_month(record) {
                self.sealed_version(record)?
            } else {
                let made = vault.made(record)?.into_iter().take_while(|made| *made <= end).count();
                (u32::try_from(made).unwrap_or(u32::MAX), None)
            };
            if version > 0 {
                sink.object(&vault.extract(record, version, told)?)?;
                self.found().records += 1;
            }
        }
        Ok(())
    }

    /// The last version of a month of journals that a line under the checkpoint tells, and the inventory that it names.
    fn sealed_version(&self, month: &OcflId) -> Result<(u32, Option<Digest>), RestituteError> {
        let journal = JournalId::Events(self.cut.tenant.id.clone());
        let end = self.cut.journal(&journal).map_or(0, |journal| journal.length);
        let (mut version, mut inventory) = (0, None);
        for (day, part) in sealed::parts(&self.archive.vault, month)? {
            let lines = self.archive.store.told_of(&journal, &day.to_string(), SEALING)?;
            let mut told = None;
            for line in lines.iter().filter(|line| line.position < end) {
                if let Some(Fact::DaySealed(fact)) = Fact::read(&line.event).map_err(Error::from)? {
                    told = told.or_else(|| (fact.part == part).then_some(fact.inventory));
                }
            }
            if told.is_none() {
                break;
            }
            (version, inventory) = (version + 1, told);
        }
        Ok((version, inventory))
    }

    /// The instant of the last line under the checkpoint.
    pub(super) fn last_instant(&self) -> Result<Timestamp, Error> {
        let last = self.archive.store.logged(self.cut.log.size.saturating_sub(1), 1)?.pop();
        Ok(last.map_or(self.cut.made_at, |line| line.at))
    }
}
