//! Evidence (RFC 4998): one hash tree per day over what was accepted, its root time-stamped, renewed before a certificate
//! or an algorithm ages; an archive's record is completed when it is asked for.
//!
//! The journal is the truth: the last line about a day names its chains by their digest, and a version of the record that
//! no line names says nothing.

mod give;
mod leaves;
mod make;
mod renew;
mod tell;

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::{
    archive::{Archive, destroy, error::Error},
    domain::{
        clock::Timestamp,
        digest::{Algorithm, Digest},
        id::ArchiveId,
        journal::{JournalId, Line},
        tenant::TenantId,
    },
    pki::{fault::Fault, timestamp::Token},
    proof::evidence::{
        hash::HashValue,
        make::RootSequence,
        tree::{Group, Tree},
    },
    record::{
        evidence::CHAIN,
        facts::{ACCESSION, EVIDENCE, Fact, installation::EvidenceMade},
    },
    vault::{self, layout::OcflId},
};

pub use crate::archive::evidence::{
    make::Making,
    renew::{Policy, Renewing},
};

/// What the names of the records begin with; the month follows, as `2026-11`.
const PREFIX: &str = "evidence-";

/// The lease under which one node makes or renews evidence.
const LEASE: &str = "evidence";

/// How long the lease is held without being renewed: 1 hour, in milliseconds. Past it two nodes may do the same work, of
/// which the writer lets one stand.
const LEASE_MILLIS: i64 = 3_600_000;

/// The evidence of a day, as it was told last.
struct Period {
    day: NaiveDate,
    told: EvidenceMade,
    sequence: RootSequence,
}

/// What a line says of an archive that evidence needs.
struct Accession {
    tenant: TenantId,
    archive: ArchiveId,
    generation: u32,
    inventory: Digest,
    day: NaiveDate,
}

impl Accession {
    /// What a line of kind accession says.
    fn of(line: &Line) -> Result<Self, Error> {
        let tenant = line.journal.tenant().cloned();
        let (Some(tenant), Some(Fact::Accepted(fact))) = (tenant, Fact::read(&line.event)?) else {
            return Err(Error::Inconsistent(format!("the log's entry {} tells no accession", line.entry)));
        };
        let (archive, generation, inventory) = (fact.archive, fact.generation, fact.inventory);
        Ok(Self { tenant, archive, generation, inventory, day: line.at.day() })
    }

    fn object(&self) -> OcflId {
        OcflId::Archive { tenant: self.tenant.clone(), archive: self.archive, generation: self.generation }
    }
}

impl Archive {
    /// The accessions of an archive, in order: more than one when its later generations are told too.
    fn accessions(&self, tenant: &TenantId, archive: ArchiveId) -> Result<Vec<Accession>, Error> {
        let journal = JournalId::LifeCycle(tenant.clone());
        self.store.told_of(&journal, &archive.to_string(), ACCESSION)?.iter().map(Accession::of).collect()
    }

    /// The digests of an archive's files as it was accepted: those of the inventory that its line tells.
    fn files(&self, accession: &Accession) -> Result<Vec<Digest>, Error> {
        match self.vault.read_inventory_told(&accession.object(), 1, accession.inventory) {
            Err(absent @ vault::error::Error::Absent { .. }) => {
                let Accession { tenant, archive, generation, .. } = accession;
                let gone = destroy::gone_files(&self.vault, tenant, *archive, *generation)?;
                gone.ok_or_else(|| absent.into())
            }
            held => Ok(held?.manifest.into_keys().collect()),
        }
    }

    /// Whether the files of an archive as it was accepted were destroyed.
    fn is_gone(&self, accession: &Accession) -> Result<bool, Error> {
        let Accession { tenant, archive, generation, .. } = accession;
        Ok(destroy::gone_files(&self.vault, tenant, *archive, *generation)?.is_some())
    }

    /// The months that have a record of evidence, in order; also those of which no line tells yet.
    fn months(&self) -> Result<BTreeSet<OcflId>, Error> {
        let mut months = BTreeSet::new();
        for volume in self.vault.reachable() {
            let is_month = |object: &OcflId| match object {
                OcflId::Installation { name } => name.as_str().starts_with(PREFIX),
                OcflId::Archive { .. } | OcflId::Record { .. } => false,
            };
            months.extend(self.vault.list_records(volume)?.into_iter().filter(is_month));
        }
        Ok(months)
    }

    /// The days whose evidence was told, of one month, in order, with what was told last.
    fn told_days(&self, month: &OcflId) -> Result<Vec<EvidenceMade>, Error> {
        let inventory = self.vault.read_inventory(month)?;
        let days: BTreeSet<NaiveDate> = inventory
            .state()
            .filter_map(|(path, _)| path.strip_suffix(CHAIN)?.strip_suffix('/')?.parse().ok())
            .collect();
        days.into_iter().filter_map(|day| self.told(day).transpose()).collect()
    }

    /// What was told last of a day's evidence.
    fn told(&self, day: NaiveDate) -> Result<Option<EvidenceMade>, Error> {
        last_told(&self.store.told_of(&JournalId::Installation, &day.to_string(), EVIDENCE)?)
    }

    /// The evidence of a day; `None` while it is not made.
    fn period(&self, day: NaiveDate) -> Result<Option<Period>, Error> {
        let Some(told) = self.told(day)? else { return Ok(None) };
        let der = self.vault.read_content(&record_of(day)?, told.evidence)?;
        Ok(Some(Period { day, told, sequence: RootSequence::read(&der)? }))
    }

    /// Until when a token proves: when the first certificate of its chain expires. Where nobody that is configured now
    /// answers for its authority, its own certificate tells.
    fn proves_until(&self, token: &Token) -> Option<Timestamp> {
        let now = self.clock.now();
        let believed =
            self.means.authorities.iter().filter_map(|authority| match token.verify(&authority.trust, now) {
                Ok(verified) => Some(verified.not_after),
                Err(Fault::Expired { not_after, .. }) => Some(not_after),
                Err(_) => None,
            });
        believed.max().or_else(|| Some(token.certificate()?.not_after()))
    }
}

/// The record that holds the evidence of a day.
fn record_of(day: NaiveDate) -> Result<OcflId, Error> {
    let name = format!("{PREFIX}{}", day.format("%Y-%m"));
    OcflId::installation(&name).map_err(|_| Error::Inconsistent(format!("{name} cannot name a record")))
}

/// What the last of some lines of kind evidence says.
fn last_told(lines: &[Line]) -> Result<Option<EvidenceMade>, Error> {
    let Some(line) = lines.last() else { return Ok(None) };
    match Fact::read(&line.event)? {
        Some(Fact::EvidenceMade(told)) => Ok(Some(told)),
        _ => Err(Error::Inconsistent(format!("the log's entry {} tells no evidence", line.entry))),
    }
}

/// The group of files with these digests.
fn group_of(files: &[Digest]) -> Result<Group, Error> {
    let hashes = files.iter().map(|digest| HashValue::from(*digest)).collect();
    Group::new(hashes).ok_or_else(|| Error::Inconsistent("an archive without files".to_owned()))
}

/// The tree over these groups, which are not none, and its root.
fn tree_over(algorithm: Algorithm, groups: Vec<HashValue>) -> Result<(Tree, HashValue), Error> {
    let tree = Tree::new(algorithm, groups).map_err(crate::proof::evidence::Error::from)?;
    let rooted = tree.and_then(|tree| tree.root().map(|root| (tree, root)));
    rooted.ok_or_else(|| Error::Inconsistent("a hash tree without leaves".to_owned()))
}
