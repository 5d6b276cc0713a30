//! The whole catalog as text, to prove that a rebuilt one equals the original in every table that a rebuild restores.
//!
//! The list of tables comes from the database, so that no table is forgotten; the columns too.

use std::collections::BTreeMap;

use diesel::{prelude::*, sql_types::Text};

use crate::store::{Store, database::Database, error::Error};

/// The tables that a rebuild does not restore: work under way, and what must not stand on the volumes.
pub const NOT_REBUILT: &[&str] = &[
    "audits",
    "beneath",
    "changed_rules",
    "due",
    "erasures",
    "fixity",
    "jobs",
    "leases",
    "stale",
    "uploads",
    "verifiers",
];

/// What the engines and their migrations keep beside the catalog: the migrations done, and the full-text index's parts,
/// which are compared through the index.
const NOT_DUMPED: &[&str] = &[
    "__diesel_schema_migrations",
    "words",
    "words_config",
    "words_content",
    "words_data",
    "words_docsize",
    "words_idx",
    "words_read",
];

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct DumpRow {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Store {
    /// Every row of every table, sorted, by table. It is for tests and small catalogs: all of it stands in memory.
    pub fn dump(&self) -> Result<BTreeMap<String, Vec<String>>, Error> {
        self.read(|database| {
            let mut dump = BTreeMap::new();
            for table in tables(database)? {
                if !NOT_DUMPED.contains(&table.as_str()) {
                    let columns = columns(database, &table)?;
                    dump.insert(table.clone(), rows(database, &all_rows(&columns, &table))?);
                }
            }
            let words = match database {
                Database::Sqlite(_) => "SELECT doc || ' ' || term AS line FROM words_read",
                Database::Postgres(_) => "SELECT cursor || ' ' || unnest(tsvector_to_array(tokens)) AS line FROM words",
            };
            dump.insert("words".to_owned(), rows(database, words)?);
            Ok(dump)
        })
    }
}

fn tables(database: &mut Database) -> Result<Vec<String>, Error> {
    let tables = match database {
        Database::Sqlite(_) => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Database::Postgres(_) => {
            "SELECT CAST(table_name AS TEXT) AS name FROM information_schema.tables \
             WHERE table_schema = current_schema()"
        }
    };
    names(database, tables)
}

fn columns(database: &mut Database, table: &str) -> Result<Vec<String>, Error> {
    let columns = match database {
        Database::Sqlite(_) => format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"),
        Database::Postgres(_) => format!(
            "SELECT CAST(column_name AS TEXT) AS name FROM information_schema.columns \
             WHERE table_schema = current_schema() AND table_name = '{table}' ORDER BY ordinal_position"
        ),
    };
    names(database, &columns)
}

fn names(database: &mut Database, query: &str) -> Result<Vec<String>, Error> {
    let rows: Vec<NameRow> = diesel::sql_query(query).load(database)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// The query that gives each row as `column=value` pairs, quoted so that no two rows read alike.
fn all_rows(columns: &[String], table: &str) -> String {
    let cell = |name: &String| {
        let quoted = format!("'\"' || replace(CAST({name} AS TEXT), '\"', '\"\"') || '\"'");
        format!("'{name}=' || coalesce({quoted}, 'NULL')")
    };
    format!("SELECT {} AS line FROM {table}", columns.iter().map(cell).collect::<Vec<_>>().join(" || ' ' || "))
}

fn rows(database: &mut Database, query: &str) -> Result<Vec<String>, Error> {
    let rows: Vec<DumpRow> = diesel::sql_query(query).load(database)?;
    let mut lines: Vec<String> = rows.into_iter().map(|row| row.line).collect();
    lines.sort_unstable();
    Ok(lines)
}
