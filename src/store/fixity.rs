//! When each copy of each object was last read whole, and how far each volume's audit has come. A rebuild does not
//! restore them: copies are then to be read again.

use diesel::{dsl, prelude::*};

use crate::{
    domain::{clock::Timestamp, id::ArchiveId, tenant::TenantId},
    store::{
        Store,
        batch::Batch as _,
        cells,
        error::Error,
        holdings::Holdings,
        schema::{archives, audits, fixity},
    },
};

/// How far the audit of a volume has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// The volume.
    pub volume: String,
    /// The last object looked at; `None` before the first.
    pub cursor: Option<String>,
    /// When this pass began.
    pub since: Timestamp,
    /// When it came to its end; `None` while it has not.
    pub finished_at: Option<Timestamp>,
    /// Copies read.
    pub copies: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Copies that were not what was kept.
    pub bad: u64,
    /// Those of them that were made again.
    pub repaired: u64,
}

/// What reading a copy of an object gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixity {
    /// The tenant; `None` for the installation.
    pub tenant: Option<TenantId>,
    /// The volume.
    pub volume: String,
    /// The object.
    pub object: String,
    /// When it was read.
    pub verified_at: Timestamp,
    /// Whether it is, perhaps after a repair, what was kept.
    pub whole: bool,
}

/// How much of one owner's copies on one volume was read, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixityCount {
    /// The tenant; `None` for the installation.
    pub tenant: Option<TenantId>,
    /// The volume.
    pub volume: String,
    /// How many copies were read.
    pub copies: u64,
    /// How many of them are not what was kept.
    pub bad: u64,
    /// When the one was read that was not read for longest.
    pub oldest: Timestamp,
    /// When the last one was read.
    pub newest: Timestamp,
}

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = audits, treat_none_as_null = true)]
struct AuditRow {
    volume: String,
    cursor: String,
    since: i64,
    finished_at: Option<i64>,
    copies: i64,
    bytes: i64,
    bad: i64,
    repaired: i64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = fixity)]
pub struct FixityRow {
    tenant: String,
    volume: String,
    object: String,
    verified_at: i64,
    whole: bool,
}

const COUNT: &str = "an audit's count";

impl AuditRow {
    fn new(audit: &Audit) -> Result<Self, Error> {
        Ok(Self {
            volume: audit.volume.clone(),
            cursor: audit.cursor.clone().unwrap_or_default(),
            since: audit.since.millis(),
            finished_at: audit.finished_at.map(Timestamp::millis),
            copies: cells::stored(audit.copies, COUNT)?,
            bytes: cells::stored(audit.bytes, COUNT)?,
            bad: cells::stored(audit.bad, COUNT)?,
            repaired: cells::stored(audit.repaired, COUNT)?,
        })
    }

    fn into_audit(self) -> Result<Audit, Error> {
        Ok(Audit {
            volume: self.volume,
            cursor: Some(self.cursor).filter(|cursor| !cursor.is_empty()),
            since: cells::instant(self.since)?,
            finished_at: cells::instant_if(self.finished_at)?,
            copies: cells::count(self.copies, COUNT)?,
            bytes: cells::count(self.bytes, COUNT)?,
            bad: cells::count(self.bad, COUNT)?,
            repaired: cells::count(self.repaired, COUNT)?,
        })
    }
}

impl FixityRow {
    fn new(fixity: &Fixity) -> Self {
        Self {
            tenant: key(fixity.tenant.as_ref()),
            volume: fixity.volume.clone(),
            object: fixity.object.clone(),
            verified_at: fixity.verified_at.millis(),
            whole: fixity.whole,
        }
    }
}

impl Store {
    /// How far the audit of a volume has come; `None` before its first.
    pub fn audit(&self, volume: &str) -> Result<Option<Audit>, Error> {
        let row: Option<AuditRow> = self.read(|database| {
            Ok(audits::table.find(volume).select(AuditRow::as_select()).first(database).optional()?)
        })?;
        row.map(AuditRow::into_audit).transpose()
    }

    /// Notes in one transaction what reading some copies gave and, unless it is none, how far the audit has come.
    pub fn note_fixity(&self, read: &[Fixity], audit: Option<&Audit>) -> Result<(), Error> {
        let rows: Vec<FixityRow> = read.iter().map(FixityRow::new).collect();
        let audit = audit.map(AuditRow::new).transpose()?;
        self.act(|database| {
            for row in &rows {
                let key = (&row.tenant, &row.volume, &row.object);
                diesel::delete(fixity::table.find(key)).execute(database)?;
            }
            FixityRow::insert(&rows, database)?;
            if let Some(audit) = audit {
                let known = audits::table.find(&audit.volume);
                if diesel::update(known).set(&audit).execute(database)? == 0 {
                    diesel::insert_into(audits::table).values(&audit).execute(database)?;
                }
            }
            Ok(())
        })
    }

    /// Forgets what was read of a volume before an instant: a whole pass has since read all that is still kept.
    pub fn forget_fixity(&self, volume: &str, before: Timestamp) -> Result<usize, Error> {
        self.act(|database| {
            let stale = fixity::table.filter(fixity::volume.eq(volume)).filter(fixity::verified_at.lt(before.millis()));
            Ok(diesel::delete(stale).execute(database)?)
        })
    }

    /// At most `limit` objects whose copies on a volume were not what was kept when they were read before an instant.
    pub fn known_bad(&self, volume: &str, before: Timestamp, limit: u32) -> Result<Vec<String>, Error> {
        self.read(|database| {
            let bad = fixity::table.filter(fixity::volume.eq(volume)).filter(dsl::not(fixity::whole));
            let bad = bad.filter(fixity::verified_at.lt(before.millis())).order(fixity::object);
            Ok(bad.limit(i64::from(limit)).select(fixity::object).load(database)?)
        })
    }

    /// How much was read of each owner's copies on each volume.
    pub fn fixity(&self) -> Result<Vec<FixityCount>, Error> {
        type Row = (String, String, bool, i64, Option<i64>, Option<i64>);
        let rows: Vec<Row> = self.read(|database| {
            let by = fixity::table.group_by((fixity::tenant, fixity::volume, fixity::whole));
            let counted = by.select((
                fixity::tenant,
                fixity::volume,
                fixity::whole,
                dsl::count_star(),
                dsl::min(fixity::verified_at),
                dsl::max(fixity::verified_at),
            ));
            Ok(counted.order((fixity::tenant, fixity::volume, fixity::whole)).load(database)?)
        })?;
        let mut counts: Vec<FixityCount> = Vec::new();
        for (owner, volume, whole, copies, oldest, newest) in rows {
            let owner = Some(owner).filter(|owner| !owner.is_empty());
            let tenant = cells::parsed_if(owner.as_deref(), "a tenant")?;
            let copies = cells::count(copies, COUNT)?;
            let oldest = cells::known(cells::instant_if(oldest)?, "an instant")?;
            let newest = cells::known(cells::instant_if(newest)?, "an instant")?;
            let bad = if whole { 0 } else { copies };
            match counts.last_mut().filter(|last| last.tenant == tenant && last.volume == volume) {
                Some(last) => {
                    last.copies += copies;
                    last.bad += bad;
                    last.oldest = last.oldest.min(oldest);
                    last.newest = last.newest.max(newest);
                }
                None => counts.push(FixityCount { tenant, volume, copies, bad, oldest, newest }),
            }
        }
        Ok(counts)
    }
}

impl Holdings<'_> {
    /// At most `limit` archives by identifier, past `after`, with their present generations.
    pub fn archives_by_id(&self, after: Option<ArchiveId>, limit: u32) -> Result<Vec<(ArchiveId, u32)>, Error> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let rows: Vec<(String, i64)> = self.read(|database, tenant| {
            let own = archives::table.filter(archives::tenant.eq(tenant)).filter(archives::id.gt(after));
            let page = own.order(archives::id).limit(i64::from(limit));
            Ok(page.select((archives::id, archives::generation)).load(database)?)
        })?;
        let of = |(id, generation): (String, i64)| {
            Ok((cells::parsed(&id, "an archive's identifier")?, cells::count(generation, "a generation")?))
        };
        rows.into_iter().map(of).collect()
    }

    /// How many archives there are.
    pub fn archive_count(&self) -> Result<u64, Error> {
        self.read(|database, tenant| {
            let own = archives::table.filter(archives::tenant.eq(tenant));
            cells::count(own.count().get_result(database)?, COUNT)
        })
    }
}

/// The installation has no identifier.
fn key(tenant: Option<&TenantId>) -> String {
    tenant.map(ToString::to_string).unwrap_or_default()
}
