//! Archives' headers, as rows; keeping one with all that it holds. The header's `source` stands on the volumes: it comes
//! back empty from here.

use diesel::prelude::*;

use crate::{
    domain::{
        archive::{Archive, Counts, Header, Part},
        clock::Timestamp,
        digest::Digest,
        id::ArchiveId,
        rule::Management,
        seda::{Dialect, SedaVersion},
        tenant::TenantId,
    },
    store::{
        batch::{self, Batch as _},
        cells,
        database::Database,
        error::Error,
        holdings::Holdings,
        pen::Pen,
        rule_uses::{self, RuleRows},
        schema::{archives, counters},
        shelf::{self, Shelf},
    },
};

/// An archive as the catalog keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its header.
    pub archive: Archive,
    /// Where it stands among the others.
    pub place: Place,
    /// The digest of its OCFL inventory.
    pub inventory: Digest,
}

/// Where an archive stands among the others. Its journal line tells it, so that a rebuild gives it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its public number within the tenant, from 1.
    pub number: u64,
    /// Its rank within the installation, from 1: the order in which searches give units back.
    pub sequence: u64,
}

/// Which archives a list shows. Every criterion given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchiveFilter {
    /// `TransferringAgency` identifier.
    pub transferring_agency: Option<String>,
    /// `OriginatingAgency` identifier.
    pub originating_agency: Option<String>,
    /// `ArchivalAgreement` identifier.
    pub agreement: Option<String>,
    /// `MessageIdentifier`.
    pub message_identifier: Option<String>,
    /// Accepted at this instant or later.
    pub from: Option<Timestamp>,
    /// Accepted before this instant.
    pub before: Option<Timestamp>,
}

/// The counter of `Place::sequence`; that of a tenant's numbers bears the tenant's name.
const SEQUENCE: &str = "archives";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = archives, treat_none_as_default_value = false)]
pub struct ArchiveRow {
    tenant: String,
    sequence: i64,
    id: String,
    number: i64,
    inventory: String,
    generation: i64,
    transfer: String,
    version: String,
    dialect: String,
    message_identifier: String,
    date: String,
    comment: Option<String>,
    agreement: Option<String>,
    profile: Option<String>,
    service_level: Option<String>,
    acquisition: Option<String>,
    legal_status: Option<String>,
    archival_agency: String,
    transferring_agency: String,
    originating_agency: Option<String>,
    submission_agency: Option<String>,
    need_authorization: Option<bool>,
    accepted_at: i64,
    units: i64,
    groups: i64,
    objects: i64,
    bytes: i64,
}

impl ArchiveRow {
    fn new(kept: &Kept) -> Result<Self, Error> {
        let Kept { archive, place, inventory } = kept;
        let header = archive.header.clone();
        Ok(Self {
            tenant: archive.tenant.to_string(),
            sequence: cells::stored(place.sequence, "an archive's rank")?,
            id: archive.id.to_string(),
            number: cells::stored(place.number, "an archive's number")?,
            inventory: inventory.to_string(),
            generation: i64::from(archive.generation),
            transfer: archive.transfer.to_string(),
            version: archive.version.number().to_owned(),
            dialect: archive.dialect.word().to_owned(),
            message_identifier: header.message_identifier,
            date: header.date,
            comment: header.comment,
            agreement: header.agreement,
            profile: header.profile,
            service_level: header.service_level,
            acquisition: header.acquisition,
            legal_status: header.legal_status,
            archival_agency: header.archival_agency,
            transferring_agency: header.transferring_agency,
            originating_agency: header.originating_agency,
            submission_agency: header.submission_agency,
            need_authorization: header.management.need_authorization,
            accepted_at: archive.accepted_at.millis(),
            units: cells::stored(archive.counts.units, "a count of units")?,
            groups: cells::stored(archive.counts.groups, "a count of groups")?,
            objects: cells::stored(archive.counts.objects, "a count of objects")?,
            bytes: cells::stored(archive.counts.bytes, "a count of bytes")?,
        })
    }

    fn into_kept(self, management: Management) -> Result<Kept, Error> {
        let counts = Counts {
            units: cells::count(self.units, "a count of units")?,
            groups: cells::count(self.groups, "a count of groups")?,
            objects: cells::count(self.objects, "a count of objects")?,
            bytes: cells::count(self.bytes, "a count of bytes")?,
        };
        let place = Place {
            number: cells::count(self.number, "an archive's number")?,
            sequence: cells::count(self.sequence, "an archive's rank")?,
        };
        let inventory = cells::parsed(&self.inventory, "a digest")?;
        let archive = Archive {
            id: cells::parsed(&self.id, "an archive's identifier")?,
            tenant: cells::parsed(&self.tenant, "a tenant's identifier")?,
            generation: cells::count(self.generation, "a generation")?,
            transfer: cells::parsed(&self.transfer, "a transfer's identifier")?,
            version: cells::known(SedaVersion::from_number(&self.version), "a version")?,
            dialect: cells::known(Dialect::from_word(&self.dialect), "a dialect")?,
            accepted_at: cells::instant(self.accepted_at)?,
            counts,
            header: self.into_header(management),
        };
        Ok(Kept { archive, place, inventory })
    }

    fn into_header(self, management: Management) -> Header {
        Header {
            message_identifier: self.message_identifier,
            date: self.date,
            comment: self.comment,
            agreement: self.agreement,
            profile: self.profile,
            service_level: self.service_level,
            acquisition: self.acquisition,
            legal_status: self.legal_status,
            archival_agency: self.archival_agency,
            transferring_agency: self.transferring_agency,
            originating_agency: self.originating_agency,
            submission_agency: self.submission_agency,
            management,
            source: String::new(),
        }
    }
}

impl Pen<'_> {
    /// The place of the next archive of a tenant. Hold the tenant's pen: the numbers then have neither gap nor repeat.
    pub fn next_place(&mut self, tenant: &TenantId) -> Result<Place, Error> {
        let database = self.changing();
        Ok(Place { number: next(database, tenant.as_str())?, sequence: next(database, SEQUENCE)? })
    }

    /// The rank of the last archive that the installation gave a place to; 0 before its first.
    pub fn last_rank(&mut self) -> Result<u64, Error> {
        let row = counters::table.find(SEQUENCE).select(counters::value);
        let value: Option<i64> = row.first(self.looking()).optional()?;
        cells::count(value.unwrap_or_default(), "an archive's rank")
    }

    /// An archive's header, as this act sees it.
    pub fn archive(&mut self, tenant: &TenantId, id: ArchiveId) -> Result<Option<Kept>, Error> {
        of(self.looking(), tenant.as_str(), id)
    }

    /// Makes sure that a place counts as given, of an archive that is not kept any more.
    pub fn reserve_place(&mut self, tenant: &TenantId, place: Place) -> Result<(), Error> {
        let database = self.changing();
        raise(database, tenant.as_str(), cells::stored(place.number, "an archive's number")?)?;
        raise(database, SEQUENCE, cells::stored(place.sequence, "an archive's rank")?)
    }

    /// Keeps an archive with all that it holds. The parts are read once, in order, and written by the many.
    pub fn keep_archive<E: From<Error>>(
        &mut self,
        kept: &Kept,
        parts: impl Iterator<Item = Result<Part, E>>,
    ) -> Result<(), E> {
        self.rules_changed(&kept.archive.tenant, kept.archive.id)?;
        let database = self.changing();
        keep_header(database, kept)?;
        let mut rows = Shelf::new(kept)?;
        for part in parts {
            rows.add(&part?)?;
            rows.empty_when_full(database)?;
        }
        Ok(rows.empty(database)?)
    }
}

fn keep_header(database: &mut Database, kept: &Kept) -> Result<(), Error> {
    let row = ArchiveRow::new(kept)?;
    // A rebuild gives places that were counted before.
    raise(database, &row.tenant, row.number)?;
    raise(database, SEQUENCE, row.sequence)?;
    let mut rules = RuleRows::default();
    rules.add(&row.tenant, &row.id, &kept.archive.header.management.categories)?;
    ArchiveRow::insert(&[row], database)?;
    rules.insert(database)
}

/// Counts one more.
fn next(database: &mut Database, counter: &str) -> Result<u64, Error> {
    let row = counters::table.find(counter);
    let one_more = || diesel::update(row).set(counters::value.eq(counters::value + 1));
    if one_more().execute(database)? == 0 {
        batch::insert_counter(database, counter)?;
        one_more().execute(database)?;
    }
    cells::count(row.select(counters::value).first(database)?, "a counter")
}

/// Makes sure that a counter has counted `value`.
fn raise(database: &mut Database, counter: &str, value: i64) -> Result<(), Error> {
    batch::insert_counter(database, counter)?;
    let behind = counters::table.find(counter).filter(counters::value.lt(value));
    diesel::update(behind).set(counters::value.eq(value)).execute(database)?;
    Ok(())
}

impl Holdings<'_> {
    /// An archive's header.
    pub fn archive(&self, id: ArchiveId) -> Result<Option<Kept>, Error> {
        self.read(|database, tenant| of(database, tenant, id))
    }

    /// The header of the archive that bears a number within the tenant.
    pub fn archive_by_number(&self, number: u64) -> Result<Option<Kept>, Error> {
        self.read(|database, tenant| {
            let number = cells::stored(number, "an archive's number")?;
            let own = archives::table.filter(archives::tenant.eq(tenant)).filter(archives::number.eq(number));
            let row: Option<ArchiveRow> = own.select(ArchiveRow::as_select()).first(database).optional()?;
            row.map(|row| with_management(database, row)).transpose()
        })
    }

    /// At most `limit` archives, newest first, whose number is below `before`. What their headers say of rules is not
    /// read: `management.categories` is empty.
    pub fn archives(&self, filter: &ArchiveFilter, before: Option<u64>, limit: u32) -> Result<Vec<Kept>, Error> {
        let before = before.map(|number| cells::stored(number, "an archive's number")).transpose()?;
        let rows: Vec<ArchiveRow> = self.read(|database, tenant| {
            let mut own = archives::table.filter(archives::tenant.eq(tenant)).into_boxed();
            if let Some(before) = before {
                own = own.filter(archives::number.lt(before));
            }
            if let Some(agency) = &filter.transferring_agency {
                own = own.filter(archives::transferring_agency.eq(agency));
            }
            if let Some(agency) = &filter.originating_agency {
                own = own.filter(archives::originating_agency.eq(agency));
            }
            if let Some(agreement) = &filter.agreement {
                own = own.filter(archives::agreement.eq(agreement));
            }
            if let Some(identifier) = &filter.message_identifier {
                own = own.filter(archives::message_identifier.eq(identifier));
            }
            if let Some(from) = filter.from {
                own = own.filter(archives::accepted_at.ge(from.millis()));
            }
            if let Some(before) = filter.before {
                own = own.filter(archives::accepted_at.lt(before.millis()));
            }
            let page = own.order(archives::number.desc()).limit(i64::from(limit));
            Ok(page.select(ArchiveRow::as_select()).load(database)?)
        })?;
        rows.into_iter()
            .map(|row| {
                let need_authorization = row.need_authorization;
                row.into_kept(Management { need_authorization, ..Management::default() })
            })
            .collect()
    }
}

/// An archive's header.
pub fn of(database: &mut Database, tenant: &str, id: ArchiveId) -> Result<Option<Kept>, Error> {
    let own = archives::table.filter(archives::tenant.eq(tenant)).filter(archives::id.eq(id.to_string()));
    let row: Option<ArchiveRow> = own.select(ArchiveRow::as_select()).first(database).optional()?;
    row.map(|row| with_management(database, row)).transpose()
}

fn with_management(database: &mut Database, row: ArchiveRow) -> Result<Kept, Error> {
    let categories = rule_uses::said_by(database, &row.tenant, &row.id)?;
    let need_authorization = row.need_authorization;
    row.into_kept(Management { categories, need_authorization, attachment: None })
}

/// The cursors of an archive's units: from the first, to before the second.
pub fn cursors_of(database: &mut Database, tenant: &str, id: ArchiveId) -> Result<Option<(i64, i64)>, Error> {
    let own = archives::table.filter(archives::tenant.eq(tenant)).filter(archives::id.eq(id.to_string()));
    let sequence: Option<i64> = own.select(archives::sequence).first(database).optional()?;
    sequence.map(shelf::cursors).transpose()
}
