//! Lines of journals and the journals' heads, as rows; reading them back.

use diesel::prelude::*;

use crate::{
    domain::{
        clock::Timestamp,
        digest::{Digest, from_hex, to_hex},
        id::ActorId,
        journal::{Event, Head, JournalId, Line},
    },
    store::{
        Store, batch, cells,
        database::Database,
        error::Error,
        schema::{counters, heads, lines},
    },
};

/// The name of the counter that tells how many entries the log has.
const LOG: &str = "log";

/// The name of the counter that tells the instant of the log's last line, in milliseconds.
const LOG_AT: &str = "log-at";

/// What stands in the place of a log's name for our own.
pub const OWN: &str = "";

/// How a cell that holds a place in the log is called.
const ENTRY: &str = "a place in the log";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = heads)]
pub struct HeadRow {
    journal: String,
    position: i64,
    digest: String,
    at: Option<i64>,
    first: Option<i64>,
}

impl HeadRow {
    pub fn new(journal: &JournalId, head: &Head) -> Result<Self, Error> {
        Ok(Self {
            journal: journal.to_string(),
            position: cells::stored(head.length, "a journal's length")?,
            digest: head.digest.to_string(),
            at: head.at.map(Timestamp::millis),
            first: head.first.map(|first| cells::stored(first, ENTRY)).transpose()?,
        })
    }

    pub fn into_head(self) -> Result<Head, Error> {
        Ok(Head {
            length: cells::count(self.position, "a journal's length")?,
            digest: cells::parsed(&self.digest, "a digest")?,
            at: cells::instant_if(self.at)?,
            first: self.first.map(|first| cells::count(first, ENTRY)).transpose()?,
        })
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = lines, treat_none_as_default_value = false)]
pub struct LineRow {
    journal: String,
    position: i64,
    entry: i64,
    at: i64,
    salt: String,
    actor: Option<String>,
    kind: String,
    object: String,
    outcome: String,
    detail: String,
    body: String,
    previous: String,
    digest: String,
    /// The log that `entry` belongs to: the empty text for our own.
    log: String,
}

impl LineRow {
    pub fn new(line: &Line, log: String) -> Result<Self, Error> {
        Ok(Self {
            journal: line.journal.to_string(),
            position: cells::stored(line.position, "a line's position")?,
            entry: cells::stored(line.entry, ENTRY)?,
            at: line.at.millis(),
            salt: to_hex(&line.salt),
            actor: line.event.actor.map(|actor| actor.to_string()),
            kind: line.event.kind.clone(),
            object: line.event.object.clone(),
            outcome: line.event.outcome.clone(),
            detail: line.event.detail.clone(),
            body: line.body.to_string(),
            previous: line.previous.to_string(),
            digest: line.digest.to_string(),
            log,
        })
    }

    pub fn into_line(self) -> Result<Line, Error> {
        let digest = |text: &str| cells::parsed::<Digest>(text, "a digest");
        let salt = from_hex(&self.salt).and_then(|bytes| bytes.try_into().ok());
        Ok(Line {
            journal: cells::parsed(&self.journal, "a journal")?,
            position: cells::count(self.position, "a line's position")?,
            entry: cells::count(self.entry, ENTRY)?,
            at: cells::instant(self.at)?,
            salt: cells::known(salt, "a salt")?,
            body: digest(&self.body)?,
            previous: digest(&self.previous)?,
            digest: digest(&self.digest)?,
            event: Event {
                actor: cells::parsed_if(self.actor.as_deref(), "an actor")?,
                kind: self.kind,
                object: self.object,
                outcome: self.outcome,
                detail: self.detail,
            },
        })
    }
}

impl Store {
    /// Where a journal stands; empty when it has no line yet.
    pub fn head(&self, journal: &JournalId) -> Result<Head, Error> {
        self.read(|database| Ok(head(database, journal)?.unwrap_or(Head::EMPTY)))
    }

    /// Every journal that has a head, and where it stands, by name.
    pub fn heads(&self) -> Result<Vec<(JournalId, Head)>, Error> {
        let rows = self.read(|database| Ok(heads::table.select(HeadRow::as_select()).load(database)?))?;
        let mut heads = Vec::with_capacity(rows.len());
        for row in rows {
            heads.push((cells::parsed(&row.journal, "a journal")?, row.into_head()?));
        }
        heads.sort_by_key(|(journal, _): &(JournalId, Head)| journal.clone());
        Ok(heads)
    }

    /// At most `limit` lines of a journal, from position `from` on, in order.
    pub fn lines(&self, journal: &JournalId, from: u64, limit: u32) -> Result<Vec<Line>, Error> {
        let from = cells::stored(from, "a line's position")?;
        let rows: Vec<LineRow> = self.read(|database| {
            let of = lines::table.filter(lines::journal.eq(journal.to_string())).filter(lines::position.ge(from));
            Ok(of.order(lines::position).limit(i64::from(limit)).select(LineRow::as_select()).load(database)?)
        })?;
        rows.into_iter().map(LineRow::into_line).collect()
    }

    /// How many entries the log has: one per line of any journal.
    pub fn log_size(&self) -> Result<u64, Error> {
        self.read(log_size)
    }

    /// At most `limit` lines of any journal, from our own log's entry `from` on, in the log's order.
    pub fn logged(&self, from: u64, limit: u32) -> Result<Vec<Line>, Error> {
        self.read(|database| logged(database, from, limit))
    }

    /// At most `limit` lines of one kind, of any journal, from our own log's entry `from` on, in the log's order.
    pub fn logged_of(&self, kind: &str, from: u64, limit: u32) -> Result<Vec<Line>, Error> {
        self.read(|database| logged_of(database, kind, from, limit))
    }

    /// Every line of a journal of one kind about `object`, in order: for kinds that tell few lines of one object.
    pub fn told_of(&self, journal: &JournalId, object: &str, kind: &str) -> Result<Vec<Line>, Error> {
        self.read(|database| told_of(database, journal, object, kind))
    }

    /// At most `limit` lines of a journal about `object`, from position `from` on, in order.
    pub fn lines_about(&self, journal: &JournalId, object: &str, from: u64, limit: u32) -> Result<Vec<Line>, Error> {
        let from = cells::stored(from, "a line's position")?;
        let rows: Vec<LineRow> = self.read(|database| {
            let of = lines::table.filter(lines::journal.eq(journal.to_string())).filter(lines::object.eq(object));
            let of = of.filter(lines::position.ge(from)).order(lines::position).limit(i64::from(limit));
            Ok(of.select(LineRow::as_select()).load(database)?)
        })?;
        rows.into_iter().map(LineRow::into_line).collect()
    }
}

impl Store {
    /// Whether a journal tells, at `since` or later, of an event of a kind that `actor` did to `object`.
    pub fn tells(
        &self,
        journal: &JournalId,
        kind: &str,
        object: &str,
        actor: ActorId,
        since: Timestamp,
    ) -> Result<bool, Error> {
        self.read(|database| {
            let about = lines::table.filter(lines::journal.eq(journal.to_string())).filter(lines::object.eq(object));
            let done = about.filter(lines::kind.eq(kind)).filter(lines::actor.eq(actor.to_string()));
            let late = done.filter(lines::at.ge(since.millis())).select(lines::position);
            Ok(late.first::<i64>(database).optional()?.is_some())
        })
    }
}

/// The head of a journal, when it has one.
pub fn head(database: &mut Database, journal: &JournalId) -> Result<Option<Head>, Error> {
    let row = heads::table.find(journal.to_string()).select(HeadRow::as_select()).first(database).optional()?;
    row.map(HeadRow::into_head).transpose()
}

/// Moves a journal's head; its first line gives it one.
pub fn move_head(database: &mut Database, journal: &JournalId, head: &Head) -> Result<(), Error> {
    if head.length == 0 {
        return Ok(());
    }
    let row = HeadRow::new(journal, head)?;
    if batch::insert_head(database, &row)? == 1 {
        return Ok(());
    }
    diesel::update(heads::table.find(row.journal))
        .set((
            heads::position.eq(row.position),
            heads::digest.eq(row.digest),
            heads::at.eq(row.at),
            heads::first.eq(row.first),
        ))
        .execute(database)?;
    Ok(())
}

/// At most `limit` lines of any journal, from our own log's entry `from` on, in the log's order.
pub fn logged(database: &mut Database, from: u64, limit: u32) -> Result<Vec<Line>, Error> {
    let after = lines::table.filter(lines::log.eq(OWN)).filter(lines::entry.ge(cells::stored(from, ENTRY)?));
    let rows: Vec<LineRow> =
        after.order(lines::entry).limit(i64::from(limit)).select(LineRow::as_select()).load(database)?;
    rows.into_iter().map(LineRow::into_line).collect()
}

/// At most `limit` lines of one kind, of any journal, from our own log's entry `from` on, in the log's order.
pub fn logged_of(database: &mut Database, kind: &str, from: u64, limit: u32) -> Result<Vec<Line>, Error> {
    let own = lines::table.filter(lines::log.eq(OWN));
    let after = own.filter(lines::entry.ge(cells::stored(from, ENTRY)?)).filter(lines::kind.eq(kind));
    let rows: Vec<LineRow> =
        after.order(lines::entry).limit(i64::from(limit)).select(LineRow::as_select()).load(database)?;
    rows.into_iter().map(LineRow::into_line).collect()
}

/// Every line of a journal of one kind about `object`, in order.
pub fn told_of(database: &mut Database, journal: &JournalId, object: &str, kind: &str) -> Result<Vec<Line>, Error> {
    let of = lines::table.filter(lines::journal.eq(journal.to_string())).filter(lines::object.eq(object));
    let of = of.filter(lines::kind.eq(kind)).order(lines::position);
    let rows: Vec<LineRow> = of.select(LineRow::as_select()).load(database)?;
    rows.into_iter().map(LineRow::into_line).collect()
}

/// How many entries the log has.
fn log_size(database: &mut Database) -> Result<u64, Error> {
    cells::count(counter(database, LOG)?.unwrap_or_default(), ENTRY)
}

/// Takes the log's pen until the end of the act: whoever writes a line waits for it, and nobody else does. Gives how many
/// entries the log has, and the instant of the last.
pub fn take_log(database: &mut Database) -> Result<(u64, Option<Timestamp>), Error> {
    let touch = |database: &mut Database| {
        diesel::update(counters::table.find(LOG)).set(counters::value.eq(counters::value)).execute(database)
    };
    if touch(database)? == 0 {
        batch::insert_counter(database, LOG)?;
        batch::insert_counter(database, LOG_AT)?;
        touch(database)?;
    }
    let size = log_size(database)?;
    let at = counter(database, LOG_AT)?.filter(|_| size > 0);
    Ok((size, cells::instant_if(at)?))
}

/// Says how many entries the log has, and the instant of the last.
pub fn move_log(database: &mut Database, size: u64, at: Option<Timestamp>) -> Result<(), Error> {
    for (name, value) in [(LOG, cells::stored(size, ENTRY)?), (LOG_AT, at.map(Timestamp::millis).unwrap_or_default())] {
        diesel::update(counters::table.find(name)).set(counters::value.eq(value)).execute(database)?;
    }
    Ok(())
}

fn counter(database: &mut Database, name: &str) -> Result<Option<i64>, Error> {
    Ok(counters::table.find(name).select(counters::value).first(database).optional()?)
}
