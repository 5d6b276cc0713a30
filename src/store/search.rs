//! Searches among a tenant's units: pages newest deposit first, capped counts, facets.
//!
//! What asks for words or values is driven by the full-text index, which gives cursors in order; the rest by the units'
//! own key. The statements differ by engine in the index's name and operator only.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_types::{BigInt, Nullable, Text},
};

use crate::{
    domain::search::{Criteria, Cursor, Facet, Facets, Page, Total},
    store::{
        archives::cursors_of,
        cells,
        database::{Database, MultiBackend},
        due::Asked,
        error::Error,
        holdings::Holdings,
        unit_rows, words,
    },
};

/// The most units that a search counts; past it, it says "more than".
pub const COUNT_LIMIT: u32 = 10_000;

#[derive(QueryableByName)]
struct CursorRow {
    #[diesel(sql_type = BigInt)]
    cursor: i64,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    counted: i64,
}

#[derive(QueryableByName)]
struct FacetRow {
    #[diesel(sql_type = Nullable<Text>)]
    agency: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    level: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    year: Option<String>,
    #[diesel(sql_type = BigInt)]
    counted: i64,
}

impl Holdings<'_> {
    /// At most `limit` units that meet `criteria`, newest deposit first, past `after`.
    pub fn search(&self, criteria: &Criteria, after: Option<Cursor>, limit: u32) -> Result<Page, Error> {
        self.read(|database, tenant| {
            let Some(wanted) = Wanted::new(database, tenant, criteria)? else { return Ok(Page::default()) };
            let (total, mut cursors) = match Asked::alone(tenant, criteria) {
                Some(asked) => {
                    let before = after.map(|Cursor(after)| after);
                    (asked.count(database)?, asked.page(database, before, limit.saturating_add(1))?)
                }
                None => (count(database, wanted.clone())?, page(database, wanted, after, limit)?),
            };
            let page_full = cursors.len() > usize::try_from(limit).unwrap_or(usize::MAX);
            if page_full {
                cursors.pop();
            }
            let next = cursors.last().copied().filter(|_| page_full).map(Cursor);
            Ok(Page { hits: unit_rows::at(database, tenant, &cursors)?, total, next })
        })
    }

    /// The facets of the units that meet `criteria`: of the newest `COUNT_LIMIT` when there are more.
    pub fn facets(&self, criteria: &Criteria) -> Result<Facets, Error> {
        self.read(|database, tenant| {
            let Some(wanted) = Wanted::new(database, tenant, criteria)? else { return Ok(Facets::default()) };
            let capped = count(database, wanted.clone())?.capped;
            let found =
                wanted.select("units.originating_agency AS agency, units.level AS level, units.first_day", true);
            let statement = found.ordered(COUNT_LIMIT).within(
                "SELECT agency, level, substr(first_day, 1, 4) AS year, count(*) AS counted FROM (",
                ") AS found GROUP BY 1, 2, 3",
            );
            let rows: Vec<FacetRow> = statement.load(database)?;
            Ok(Facets {
                originating_agencies: facet(&rows, capped, |row| row.agency.as_ref())?,
                years: facet(&rows, capped, |row| row.year.as_ref())?,
                levels: facet(&rows, capped, |row| row.level.as_ref())?,
            })
        })
    }
}

fn page(database: &mut Database, wanted: Wanted, after: Option<Cursor>, limit: u32) -> Result<Vec<i64>, Error> {
    let mut wanted = wanted;
    if let Some(Cursor(after)) = after {
        let after = wanted.bind(Bind::Number(after));
        wanted.conditions.push(format!("{} < {after}", wanted.cursor));
    }
    let column = format!("{} AS cursor", wanted.cursor);
    let rows: Vec<CursorRow> = wanted.select(&column, false).ordered(limit.saturating_add(1)).load(database)?;
    Ok(rows.into_iter().map(|row| row.cursor).collect())
}

fn count(database: &mut Database, wanted: Wanted) -> Result<Total, Error> {
    let found = wanted.select("1 AS one", false).limited(COUNT_LIMIT + 1);
    let rows: Vec<CountRow> = found.within("SELECT count(*) AS counted FROM (", ") AS found").load(database)?;
    let counted: u64 = cells::count(rows.first().map_or(0, |row| row.counted), "a count")?;
    Ok(total(counted, counted > u64::from(COUNT_LIMIT)))
}

pub fn total(counted: u64, capped: bool) -> Total {
    Total { counted: counted.min(u64::from(COUNT_LIMIT)), capped }
}

/// The values of one column, the most frequent first.
fn facet(rows: &[FacetRow], capped: bool, of: impl Fn(&FacetRow) -> Option<&String>) -> Result<Vec<Facet>, Error> {
    let mut totals: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows {
        if let Some(value) = of(row) {
            *totals.entry(value).or_default() += cells::count::<u64>(row.counted, "a count")?;
        }
    }
    let mut facets: Vec<Facet> = totals
        .into_iter()
        .map(|(value, counted)| Facet { value: value.to_owned(), total: total(counted, capped) })
        .collect();
    facets.sort_by_key(|facet| std::cmp::Reverse(facet.total.counted));
    Ok(facets)
}

/// A value of a statement.
#[derive(Clone)]
enum Bind {
    Text(String),
    Number(i64),
}

/// What is searched for, before what is asked of it.
#[derive(Clone)]
struct Wanted {
    /// The index to search, when words or values are asked for.
    index: Option<&'static str>,
    /// The column of cursors.
    cursor: &'static str,
    conditions: Vec<String>,
    on_units: Vec<String>,
    /// The mark of a numbered value: SQLite takes `$1` for a name.
    mark: char,
    binds: Vec<Bind>,
}

impl Wanted {
    /// `None` when nothing can be found: the archive asked for is not the tenant's.
    fn new(database: &mut Database, tenant: &str, criteria: &Criteria) -> Result<Option<Self>, Error> {
        let mut wanted = Self {
            index: None,
            cursor: "units.cursor",
            conditions: Vec::new(),
            on_units: Vec::new(),
            mark: match database {
                Database::Postgres(_) => '$',
                Database::Sqlite(_) => '?',
            },
            binds: Vec::new(),
        };
        let tenant_mark = wanted.bind(Bind::Text(tenant.to_owned()));
        wanted.on_units.push(format!("units.tenant = {tenant_mark}"));
        if let Some(wishes) = words::wishes(database, tenant, criteria) {
            wanted.by_index(database, &tenant_mark, wishes);
        }
        if let Some(archive) = criteria.archive {
            let Some((first, end)) = cursors_of(database, tenant, archive)? else { return Ok(None) };
            let (first, end) = (wanted.bind(Bind::Number(first)), wanted.bind(Bind::Number(end)));
            wanted.conditions.push(format!("{0} >= {first} AND {0} < {end}", wanted.cursor));
        }
        if let Some(identifier) = &criteria.identifier {
            let value = wanted.bind(Bind::Text(identifier.clone()));
            let held = format!("tenant = {tenant_mark} AND value = {value}");
            let cursors = format!("SELECT cursor FROM unit_identifiers WHERE {held}");
            wanted.conditions.push(format!("{} IN ({cursors})", wanted.cursor));
        }
        if let Some(due) = &criteria.due {
            let category = wanted.bind(Bind::Text(due.category.element().to_owned()));
            let before = wanted.bind(Bind::Text(cells::day(due.before)));
            let cursor = format!("due.cursor = {}", wanted.cursor);
            let mut of = format!("due.tenant = {tenant_mark} AND {cursor} AND due.category = {category}");
            if let Some(action) = &criteria.final_action {
                let action = wanted.bind(Bind::Text(action.clone()));
                of = format!("{of} AND due.final_action = {action}");
            }
            wanted.conditions.push(format!("EXISTS (SELECT 1 FROM due WHERE {of} AND due.until <= {before})"));
        }
        if let Some(from) = criteria.from {
            let day = wanted.bind(Bind::Text(cells::day(from)));
            wanted.on_units.push(format!("units.last_day >= {day}"));
        }
        if let Some(until) = criteria.until {
            let day = wanted.bind(Bind::Text(cells::day(until)));
            wanted.on_units.push(format!("units.first_day <= {day}"));
        }
        Ok(Some(wanted))
    }

    fn by_index(&mut self, database: &Database, tenant_mark: &str, wishes: String) {
        let asked = self.bind(Bind::Text(wishes));
        let (index, cursor, condition) = match database {
            // FTS5 reads its rowids in either order; `CROSS JOIN` keeps it first.
            Database::Sqlite(_) => ("words CROSS JOIN", "words.rowid", format!("words MATCH {asked}")),
            Database::Postgres(_) => (
                "words JOIN",
                "words.cursor",
                format!("words.tenant = {tenant_mark} AND words.tokens @@ {asked}::tsquery"),
            ),
        };
        self.index = Some(index);
        self.cursor = cursor;
        self.conditions.push(condition);
    }

    /// Adds a value, and gives its mark in the statement.
    fn bind(&mut self, value: Bind) -> String {
        self.binds.push(value);
        format!("{}{}", self.mark, self.binds.len())
    }

    /// The statement that selects `columns`; `of_units` when they are the units' own.
    fn select(self, columns: &str, of_units: bool) -> Statement {
        let Self { index, cursor, conditions, on_units, binds, .. } = self;
        let filtered = on_units.len() > 1;
        let from = match index {
            None => "units".to_owned(),
            Some(index) if of_units || filtered => {
                format!("{index} units ON units.cursor = {cursor} AND {}", on_units.join(" AND "))
            }
            Some(_) => "words".to_owned(),
        };
        let own = on_units.into_iter().filter(|_| index.is_none());
        let conditions: Vec<String> = own.chain(conditions).collect();
        let text = format!("SELECT {columns} FROM {from} WHERE {}", conditions.join(" AND "));
        Statement { text, cursor, binds }
    }
}

/// A statement and its values.
struct Statement {
    text: String,
    cursor: &'static str,
    binds: Vec<Bind>,
}

impl Statement {
    fn ordered(self, limit: u32) -> Self {
        let text = format!("{} ORDER BY {} DESC LIMIT {limit}", self.text, self.cursor);
        Self { text, ..self }
    }

    fn limited(self, limit: u32) -> Self {
        Self { text: format!("{} LIMIT {limit}", self.text), ..self }
    }

    fn within(self, before: &str, after: &str) -> Self {
        Self { text: format!("{before}{}{after}", self.text), ..self }
    }

    fn load<R: QueryableByName<MultiBackend> + 'static>(self, database: &mut Database) -> Result<Vec<R>, Error> {
        let mut query = diesel::sql_query(self.text).into_boxed::<MultiBackend>();
        for bind in self.binds {
            query = match bind {
                Bind::Text(text) => query.bind::<Text, _>(text),
                Bind::Number(number) => query.bind::<BigInt, _>(number),
            };
        }
        Ok(query.load(database)?)
    }
}
