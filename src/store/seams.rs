//! Where the journals of a tenant that was taken over pass from one log to the next, as rows.
//!
//! Lines before the last seam are entries of logs that the tenant brought with it (its records `log-1`, `log-2`…); the
//! others are entries of the installation's own.

use diesel::prelude::*;

use crate::{
    domain::journal::JournalId,
    store::{
        Store,
        batch::Batch as _,
        cells,
        error::Error,
        pen::Pen,
        schema::{heads, seams},
    },
};

/// The end of a journal's stay in one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seam {
    /// The journal.
    pub journal: JournalId,
    /// The position of its first line that is no entry of that log any more.
    pub until: u64,
    /// Which of the logs that the tenant brought: that of its record `log-NUMBER`.
    pub number: u32,
    /// The entry, in that log, of the journal's first line there.
    pub first: u64,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = seams)]
pub struct SeamRow {
    journal: String,
    until: i64,
    number: i64,
    first: i64,
}

impl SeamRow {
    fn new(seam: &Seam) -> Result<Self, Error> {
        Ok(Self {
            journal: seam.journal.to_string(),
            until: cells::stored(seam.until, "a line's position")?,
            number: seam.number.into(),
            first: cells::stored(seam.first, "a place in the log")?,
        })
    }

    fn into_seam(self) -> Result<Seam, Error> {
        Ok(Seam {
            journal: cells::parsed(&self.journal, "a journal")?,
            until: cells::count(self.until, "a line's position")?,
            number: cells::known(u32::try_from(self.number).ok(), "a log's number")?,
            first: cells::count(self.first, "a place in the log")?,
        })
    }
}

impl Pen<'_> {
    /// Notes where a journal passes from one log to the next.
    pub fn insert_seam(&mut self, seam: &Seam) -> Result<(), Error> {
        SeamRow::insert(&[SeamRow::new(seam)?], self.changing())?;
        Ok(())
    }
}

impl Store {
    /// A journal's seams, first first; none unless its tenant was taken over.
    pub fn seams(&self, journal: &JournalId) -> Result<Vec<Seam>, Error> {
        let rows: Vec<SeamRow> = self.read(|database| {
            let of = seams::table.filter(seams::journal.eq(journal.to_string())).order(seams::until);
            Ok(of.select(SeamRow::as_select()).load(database)?)
        })?;
        rows.into_iter().map(SeamRow::into_seam).collect()
    }

    /// The seam before which the line at a position stands; `None` when it is an entry of our own log.
    pub fn seam_of(&self, journal: &JournalId, position: u64) -> Result<Option<Seam>, Error> {
        Ok(self.seams(journal)?.into_iter().find(|seam| position < seam.until))
    }

    /// How many lines of all journals are entries of our own log.
    pub fn own_lines(&self) -> Result<u64, Error> {
        self.read(|database| {
            let own: Vec<i64> = heads::table.select(heads::position).load(database)?;
            let last = seams::table.group_by(seams::journal).select(diesel::dsl::max(seams::until));
            let foreign: Vec<Option<i64>> = last.load(database)?;
            let lines = own.iter().sum::<i64>() - foreign.into_iter().flatten().sum::<i64>();
            cells::count(lines, "a count of lines")
        })
    }
}

/// The name, among lines, of a log that a journal's tenant brought.
pub fn log_of(journal: &JournalId, number: u32) -> String {
    let tenant = journal.tenant().map(ToString::to_string).unwrap_or_default();
    format!("{tenant}/log-{number}")
}
