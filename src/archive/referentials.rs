//! Referentials: imported whole, versioned in the journal, kept on the volumes, handed to examinations as values.

use std::{
    collections::HashMap,
    sync::{Arc, MutexGuard, PoisonError},
};

use crate::{
    archive::{Archive, Known, error::Error, examine::terms::Referentials, ingest::seal, writer::Act},
    digest,
    domain::{
        agency::Agency,
        agreement::Agreement,
        mandate::{Administer, Mandate, Read},
        name::Name,
        referential::Referential,
        rule::Rule,
        tenant::TenantId,
    },
    record::{
        facts::{self, Fact},
        referential::{ImportFault, Limits, agencies, agreements, rules},
    },
    store::{Edition, Pen},
    vault::{layout::OcflId, staging::Staged},
};

/// The tenant's record that holds its referentials.
pub(super) const OBJECT: &str = "referentials";

/// How an import is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// CSV, with a line of column names.
    Csv,
    /// A JSON array.
    Json,
}

/// A referential's entries.
#[derive(Clone, Debug)]
pub(super) enum Entries {
    /// Agencies.
    Agencies(Vec<Agency>),
    /// Archival agreements.
    Agreements(Vec<Agreement>),
    /// Management rules.
    Rules(Vec<Rule>),
}

impl Entries {
    /// Reads entries; everything wrong with them otherwise.
    pub(super) fn read(kind: Referential, notation: Notation, bytes: &[u8]) -> Result<Self, Vec<ImportFault>> {
        let limits = Limits::default();
        Ok(match (kind, notation) {
            (Referential::Agencies, Notation::Csv) => Self::Agencies(agencies::from_csv(bytes, &limits)?),
            (Referential::Agencies, Notation::Json) => Self::Agencies(agencies::from_json(bytes, &limits)?),
            (Referential::Agreements, Notation::Csv) => Self::Agreements(agreements::from_csv(bytes, &limits)?),
            (Referential::Agreements, Notation::Json) => Self::Agreements(agreements::from_json(bytes, &limits)?),
            (Referential::Rules, Notation::Csv) => Self::Rules(rules::from_csv(bytes, &limits)?),
            (Referential::Rules, Notation::Json) => Self::Rules(rules::from_json(bytes, &limits)?),
        })
    }

    /// Writes entries.
    pub(super) fn write(&self, notation: Notation) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        match (self, notation) {
            (Self::Agencies(all), Notation::Csv) => agencies::to_csv(all, &mut out)?,
            (Self::Agencies(all), Notation::Json) => agencies::to_json(all, &mut out)?,
            (Self::Agreements(all), Notation::Csv) => agreements::to_csv(all, &mut out)?,
            (Self::Agreements(all), Notation::Json) => agreements::to_json(all, &mut out)?,
            (Self::Rules(all), Notation::Csv) => rules::to_csv(all, &mut out)?,
            (Self::Rules(all), Notation::Json) => rules::to_json(all, &mut out)?,
        }
        Ok(out)
    }

    /// Writes the rows in the place of the former ones.
    pub(super) fn replace(&self, pen: &mut Pen<'_>, tenant: &TenantId, edition: &Edition) -> Result<(), Error> {
        match self {
            Self::Agencies(all) => pen.replace_agencies(tenant, edition, all)?,
            Self::Agreements(all) => pen.replace_agreements(tenant, edition, all)?,
            Self::Rules(all) => {
                pen.mark_changed_rules(tenant, all)?;
                pen.replace_rules(tenant, edition, all)?;
            }
        }
        Ok(())
    }

    fn count(&self) -> u64 {
        let count = match self {
            Self::Agencies(all) => all.len(),
            Self::Agreements(all) => all.len(),
            Self::Rules(all) => all.len(),
        };
        u64::try_from(count).unwrap_or(u64::MAX)
    }
}

impl Archive {
    /// Imports a referential in the place of the former one, or tells everything that is wrong with it.
    pub fn import(
        &self,
        by: &Mandate<Administer>,
        kind: Referential,
        bytes: &[u8],
        notation: Notation,
    ) -> Result<Result<Edition, Vec<ImportFault>>, Error> {
        let entries = match Entries::read(kind, notation, bytes) {
            Ok(entries) => entries,
            Err(faults) => return Ok(Err(faults)),
        };
        let _one_at_a_time = self.records();
        if let Entries::Rules(next) = &entries {
            let faults = self.missing_rules(by.tenant(), next)?;
            if !faults.is_empty() {
                return Ok(Err(faults));
            }
        }
        let kept = entries.write(Notation::Json)?;
        let digest = digest::sha512(&kept);
        let tenant = by.tenant().clone();
        let version = self.store.holdings(&tenant).editions(kind)?.first().map_or(1, |edition| edition.version + 1);
        let object = self.new_record(&tenant, OBJECT, &[(&file_of(kind), kept)])?;
        let fact = Fact::ReferentialImported(facts::events::ReferentialImported {
            count: entries.count(),
            digest,
            kind,
            version,
        });
        let (who, now) = (by.actor(), self.clock.now());
        let edition = Arc::new(std::sync::Mutex::new(Edition { version, digest, imported_at: now }));
        let told = edition.clone();
        self.writer.commit(Act {
            objects: vec![object],
            papers: Vec::new(),
            spooled: Vec::new(),
            work: Box::new(move |pen, lines| {
                let line = seal(pen, &tenant, &fact, Some(who), now)?;
                let edition = Edition { version, digest, imported_at: line.at };
                entries.replace(pen, &tenant, &edition)?;
                *told.lock().unwrap_or_else(PoisonError::into_inner) = edition;
                lines.push(line);
                Ok(true)
            }),
        })?;
        let edition = edition.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Ok(edition))
    }

    /// A referential as it stands.
    pub fn export(&self, by: &Mandate<Read>, kind: Referential, notation: Notation) -> Result<Vec<u8>, Error> {
        self.entries(by.tenant(), kind)?.write(notation)
    }

    /// The imports of a referential, latest first; none until its first.
    pub fn editions(&self, by: &Mandate<Read>, kind: Referential) -> Result<Vec<Edition>, Error> {
        Ok(self.store.holdings(by.tenant()).editions(kind)?)
    }

    /// What examinations are handed: read once per version.
    pub(super) fn referentials(&self, tenant: &TenantId) -> Result<Arc<Referentials>, Error> {
        let holdings = self.store.holdings(tenant);
        let versions = Referential::ALL
            .into_iter()
            .map(|kind| Ok(holdings.editions(kind)?.first().map_or(0, |edition| edition.version)))
            .collect::<Result<Vec<u64>, Error>>()?;
        let profiles = holdings.profiles()?.iter().map(|profile| profile.version).max();
        let versions: Vec<u64> = versions.into_iter().chain(profiles).collect();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(tenant).filter(|known| known.versions == versions) {
            return Ok(known.referentials.clone());
        }
        let mut referentials = Referentials::default();
        for (kind, version) in Referential::ALL.into_iter().zip(&versions) {
            match self.entries(tenant, kind)? {
                _ if *version == 0 => {}
                Entries::Agencies(all) => {
                    referentials.agencies = Some(by_identifier(all, |one| one.identifier.clone()));
                }
                Entries::Agreements(all) => {
                    referentials.agreements = Some(by_identifier(all, |one| one.identifier.clone()));
                }
                Entries::Rules(all) => referentials.rules = Some(by_identifier(all, |one| one.identifier.clone())),
            }
        }
        referentials.profiles = self.compiled_profiles(tenant)?;
        let referentials = Arc::new(referentials);
        known.insert(tenant.clone(), Arc::new(Known { versions, referentials: referentials.clone() }));
        Ok(referentials)
    }

    fn entries(&self, tenant: &TenantId, kind: Referential) -> Result<Entries, Error> {
        let holdings = self.store.holdings(tenant);
        Ok(match kind {
            Referential::Agencies => Entries::Agencies(holdings.agencies()?),
            Referential::Agreements => Entries::Agreements(holdings.agreements()?),
            Referential::Rules => Entries::Rules(holdings.rules()?),
        })
    }

    /// The next version of one of the tenant's lasting records, with these files in the place of their former selves.
    pub(super) fn new_record(&self, tenant: &TenantId, name: &str, files: &[(&str, Vec<u8>)]) -> Result<Staged, Error> {
        let object = record_object(tenant, name)?;
        let stands = self.vault.read_inventory(&object).is_ok();
        let mut staging = if stands { self.vault.new_version(&object)? } else { self.vault.stage(&object)? };
        for (file, bytes) in files {
            staging.remove(&Name::from(*file));
            staging.put_bytes(file, bytes)?;
        }
        Ok(staging.finish("Mise à jour", "cartulaire", self.clock.now())?)
    }

    /// Versions of records follow each other: held while one is made and committed.
    pub(super) fn records(&self) -> MutexGuard<'_, ()> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The OCFL object of one of a tenant's lasting records.
pub(super) fn record_object(tenant: &TenantId, name: &str) -> Result<OcflId, Error> {
    OcflId::record(tenant.clone(), name).map_err(|_| Error::Inconsistent(format!("{name} cannot name a record")))
}

/// The file of a referential in the tenant's record.
pub(super) fn file_of(kind: Referential) -> String {
    format!("{}.json", kind.word())
}

fn by_identifier<T>(all: Vec<T>, identifier: impl Fn(&T) -> String) -> HashMap<String, T> {
    all.into_iter().map(|one| (identifier(&one), one)).collect()
}
