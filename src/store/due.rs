//! The index of due dates: what was computed of each unit in each category, and the search for those that are due.
//!
//! It may be behind what the catalog says, by the archives that are marked; who decides by rules computes them.

use std::collections::BTreeSet;

use chrono::Datelike as _;
use diesel::{
    prelude::*,
    sql_types::{BigInt, Text},
};

use crate::{
    domain::{
        id::ArchiveId,
        inheritance::{End, FinalAction, InForce, Rules},
        search::{Criteria, Due, Total},
        tenant::TenantId,
    },
    store::{
        Store,
        archives::cursors_of,
        batch::Batch as _,
        cells,
        database::{Database, MultiBackend},
        error::Error,
        pen::Pen,
        schema::{beneath, due, stale},
        search::{COUNT_LIMIT, total},
        stale::Stale,
    },
};

/// What stands for a final action when several paths say different ones.
pub const CONFLICT: &str = "CONFLICT";

/// Years merged by one statement: SQLite takes 500 parts.
const YEARS: usize = 200;

#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = due, treat_none_as_default_value = false)]
pub struct DueRow {
    tenant: String,
    cursor: i64,
    category: String,
    until: Option<String>,
    year: Option<i64>,
    final_action: Option<String>,
}

/// What was computed of some units that follow each other in the catalog: all of those in a range of cursors.
pub struct Reckoned {
    /// The first cursor.
    pub first: i64,
    /// The one past the last.
    pub end: i64,
    /// Units and what is in force for them.
    pub units: Vec<(i64, Rules)>,
}

impl Store {
    /// Writes in one small transaction what was computed, where it differs from what stands, and takes away the marks of
    /// the archives that are done. `above` tells which of them have units just under those of which other.
    pub fn note_due(
        &self,
        tenant: &TenantId,
        reckoned: &[Reckoned],
        done: &[Stale],
        above: &BTreeSet<(ArchiveId, ArchiveId)>,
    ) -> Result<(), Error> {
        let tenant = tenant.as_str();
        self.act(|database| {
            for part in reckoned {
                put(database, tenant, part)?;
            }
            for one in done {
                let id = one.archive.to_string();
                let links = beneath::table.filter(beneath::tenant.eq(tenant)).filter(beneath::archive.eq(&id));
                diesel::delete(links).execute(database)?;
                for (_, over) in above.iter().filter(|(under, _)| *under == one.archive) {
                    let (tenant, archive) = (beneath::tenant.eq(tenant), beneath::archive.eq(&id));
                    let row = (tenant, archive, beneath::above.eq(over.to_string()));
                    diesel::insert_into(beneath::table).values(row).execute(database)?;
                }
                let known = stale::table.find((tenant, &id)).filter(stale::mark.eq(one.mark));
                diesel::delete(known).execute(database)?;
            }
            Ok(())
        })
    }
}

impl Pen<'_> {
    /// Takes an archive's units out of the index of due dates, before its rows go or are replaced. What lies below it in
    /// other archives is marked with time.
    pub fn forget_due(&mut self, tenant: &TenantId, archive: ArchiveId) -> Result<(), Error> {
        let database = self.looking();
        if let Some((first, end)) = cursors_of(database, tenant.as_str(), archive)? {
            clear(database, tenant.as_str(), first, end)?;
        }
        self.rules_changed(tenant, archive)
    }
}

/// Writes what was computed of a range, unless it stands there already.
fn put(database: &mut Database, tenant: &str, part: &Reckoned) -> Result<(), Error> {
    let mut rows: Vec<DueRow> = part.units.iter().flat_map(|(cursor, rules)| rows(tenant, *cursor, rules)).collect();
    rows.sort_by(|a, b| (a.cursor, &a.category).cmp(&(b.cursor, &b.category)));
    let own = due::table.filter(due::tenant.eq(tenant));
    let within = own.filter(due::cursor.ge(part.first)).filter(due::cursor.lt(part.end));
    let mut present: Vec<DueRow> = within.select(DueRow::as_select()).load(database)?;
    present.sort_by(|a, b| (a.cursor, &a.category).cmp(&(b.cursor, &b.category)));
    if present != rows {
        clear(database, tenant, part.first, part.end)?;
        DueRow::insert(&rows, database)?;
    }
    Ok(())
}

fn clear(database: &mut Database, tenant: &str, first: i64, end: i64) -> Result<(), Error> {
    let own = due::table.filter(due::tenant.eq(tenant));
    diesel::delete(own.filter(due::cursor.ge(first)).filter(due::cursor.lt(end))).execute(database)?;
    Ok(())
}

fn rows(tenant: &str, cursor: i64, rules: &Rules) -> Vec<DueRow> {
    let row = |found: &InForce| {
        let until = match found.last_end() {
            Some(End::Day(day)) => Some(day),
            Some(End::Unknown | End::Never) | None => None,
        };
        DueRow {
            tenant: tenant.to_owned(),
            cursor,
            category: found.category.element().to_owned(),
            until: until.map(cells::day),
            year: until.map(|day| i64::from(day.year())),
            final_action: match found.final_action() {
                FinalAction::None => None,
                FinalAction::One(action) => Some(action.to_owned()),
                FinalAction::Conflict => Some(CONFLICT.to_owned()),
            },
        }
    };
    rules.iter().map(row).collect()
}

/// What is asked of the index, when nothing else is asked of the units.
pub struct Asked<'a> {
    tenant: &'a str,
    due: &'a Due,
    final_action: Option<&'a str>,
}

impl<'a> Asked<'a> {
    /// `None` when `criteria` ask something else than a due date, or no due date.
    pub fn alone(tenant: &'a str, criteria: &'a Criteria) -> Option<Self> {
        let due = criteria.due.as_ref()?;
        let rest = Criteria { due: None, final_action: None, ..criteria.clone() };
        let asked = Self { tenant, due, final_action: criteria.final_action.as_deref() };
        (rest == Criteria::default()).then_some(asked)
    }

    /// How many units there are, counted up to `COUNT_LIMIT`.
    pub fn count(&self, database: &mut Database) -> Result<Total, Error> {
        let mark = mark(database);
        let action = self.final_action.map(|_| format!(" AND final_action = {mark}5")).unwrap_or_default();
        let statement = format!(
            "SELECT count(*) AS number FROM (SELECT 1 AS one FROM due WHERE tenant = {mark}1 AND category = {mark}2 \
             AND year <= {mark}3 AND until <= {mark}4{action} LIMIT {}) AS found",
            COUNT_LIMIT + 1
        );
        let mut query = diesel::sql_query(statement)
            .into_boxed::<MultiBackend>()
            .bind::<Text, _>(self.tenant)
            .bind::<Text, _>(self.due.category.element())
            .bind::<BigInt, _>(i64::from(self.due.before.year()))
            .bind::<Text, _>(cells::day(self.due.before));
        if let Some(action) = self.final_action {
            query = query.bind::<Text, _>(action);
        }
        let rows: Vec<NumberRow> = query.load(database)?;
        let counted: u64 = cells::count(rows.first().map_or(0, |row| row.number), "a count")?;
        Ok(total(counted, counted > u64::from(COUNT_LIMIT)))
    }

    /// The cursors of at most `limit` units, newest deposit first, before the cursor `before`. The newest of each year are
    /// merged: the cost is that of as many beginnings as there are years, however many units are due.
    pub fn page(&self, database: &mut Database, before: Option<i64>, limit: u32) -> Result<Vec<i64>, Error> {
        let years = self.years(database)?;
        let mut cursors: Vec<i64> = Vec::new();
        for chunk in years.chunks(YEARS) {
            let parts: Vec<String> = chunk.iter().map(|year| self.part(database, *year, limit)).collect();
            let mut query = diesel::sql_query(parts.join(" UNION ALL "))
                .into_boxed::<MultiBackend>()
                .bind::<Text, _>(self.tenant)
                .bind::<Text, _>(self.due.category.element())
                .bind::<Text, _>(cells::day(self.due.before))
                .bind::<BigInt, _>(before.unwrap_or(i64::MAX));
            if let Some(action) = self.final_action {
                query = query.bind::<Text, _>(action);
            }
            let rows: Vec<NumberRow> = query.load(database)?;
            cursors.extend(rows.into_iter().map(|row| row.number));
        }
        cursors.sort_unstable_by(|a, b| b.cmp(a));
        cursors.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(cursors)
    }

    fn part(&self, database: &Database, year: i64, limit: u32) -> String {
        let mark = mark(database);
        let action = self.final_action.map(|_| format!(" AND final_action = {mark}5")).unwrap_or_default();
        format!(
            "SELECT cursor AS number FROM (SELECT cursor FROM due WHERE tenant = {mark}1 AND category = {mark}2 \
             AND year = {year} AND until <= {mark}3 AND cursor < {mark}4{action} \
             ORDER BY cursor DESC LIMIT {limit}) AS of_{year}"
        )
    }

    /// The years in which something is due, one step through the index for each.
    fn years(&self, database: &mut Database) -> Result<Vec<i64>, Error> {
        let mark = mark(database);
        let of = format!("FROM due WHERE tenant = {mark}1 AND category = {mark}2");
        let statement = format!(
            "WITH RECURSIVE years (year) AS (SELECT min(year) {of} AND year IS NOT NULL UNION ALL \
             SELECT (SELECT min(due.year) {of} AND due.year > years.year) FROM years WHERE years.year IS NOT NULL) \
             SELECT year AS number FROM years WHERE year <= {mark}3"
        );
        let query = diesel::sql_query(statement)
            .into_boxed::<MultiBackend>()
            .bind::<Text, _>(self.tenant)
            .bind::<Text, _>(self.due.category.element())
            .bind::<BigInt, _>(i64::from(self.due.before.year()));
        let rows: Vec<NumberRow> = query.load(database)?;
        Ok(rows.into_iter().map(|row| row.number).collect())
    }
}

/// The mark of a numbered value: SQLite takes `$1` for a name.
const fn mark(database: &Database) -> char {
    match database {
        Database::Postgres(_) => '$',
        Database::Sqlite(_) => '?',
    }
}

/// One number of an answer.
#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = BigInt)]
    number: i64,
}
