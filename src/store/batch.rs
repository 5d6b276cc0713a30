//! What the two engines do not say alike: inserts of many rows, inserts that let a known row stand, claims.

use diesel::{prelude::*, result::QueryResult};

use crate::store::{
    actors::{ActorRow, VerifierRow},
    agreements::AgreementRow,
    amendments::AmendedUnitRow,
    archives::ArchiveRow,
    database::Database,
    departures::DepartedRow,
    due::DueRow,
    fixity::FixityRow,
    holds::HoldUnitRow,
    jobs::JobRow,
    lines::{HeadRow, LineRow},
    objects::{GroupRow, ObjectRow},
    profiles::ProfileRow,
    referentials::{AgencyRow, RuleRow},
    rule_uses::{CategoryRow, UseRow},
    schema,
    seams::SeamRow,
    unit_rows::{IdentifierRow, KeywordRow, ParentRow, UnitRow},
};

/// Rows per statement: the widest table stays under SQLite's 32,766 and PostgreSQL's 65,535 parameters.
const ROWS: usize = 500;

/// Says the same to whichever engine it is.
macro_rules! both {
    ($database:expr, $connection:ident => $statement:expr) => {
        match $database {
            Database::Postgres($connection) => $statement,
            Database::Sqlite($connection) => $statement,
        }
    };
}

/// A row that is inserted by the many.
pub trait Batch: Sized {
    /// Inserts every row, or none.
    fn insert(rows: &[Self], database: &mut Database) -> QueryResult<()>;
}

macro_rules! batches {
    ($($row:ty => $table:ident),* $(,)?) => {$(
        impl Batch for $row {
            fn insert(rows: &[Self], database: &mut Database) -> QueryResult<()> {
                for chunk in rows.chunks(ROWS) {
                    both!(database, c => diesel::insert_into(schema::$table::table).values(chunk).execute(c))?;
                }
                Ok(())
            }
        }
    )*};
}

batches! {
    LineRow => lines,
    ActorRow => actors,
    VerifierRow => verifiers,
    ArchiveRow => archives,
    UnitRow => units,
    ParentRow => unit_parents,
    IdentifierRow => unit_identifiers,
    KeywordRow => unit_keywords,
    CategoryRow => rule_categories,
    UseRow => rule_uses,
    GroupRow => object_groups,
    ObjectRow => objects,
    HoldUnitRow => hold_units,
    AmendedUnitRow => amended_units,
    AgencyRow => agencies,
    AgreementRow => agreements,
    ProfileRow => profiles,
    RuleRow => rules,
    SeamRow => seams,
    DepartedRow => departed,
    DueRow => due,
    FixityRow => fixity,
}

/// Makes a journal's head, unless it stands already.
pub fn insert_head(database: &mut Database, head: &HeadRow) -> QueryResult<usize> {
    use schema::heads::table;
    both!(database, c => diesel::insert_into(table).values(head).on_conflict_do_nothing().execute(c))
}

/// Makes a counter that stands at zero, unless it stands already.
pub fn insert_counter(database: &mut Database, name: &str) -> QueryResult<usize> {
    use schema::counters::{self, table};
    let row = (counters::name.eq(name), counters::value.eq(0_i64));
    both!(database, c => diesel::insert_into(table).values(row).on_conflict_do_nothing().execute(c))
}

/// Marks an archive whose rules are to be computed, unless it is marked already.
pub fn insert_mark(database: &mut Database, tenant: &str, archive: &str, spreads: bool) -> QueryResult<usize> {
    use schema::stale::{self, table};
    let key = (stale::tenant.eq(tenant), stale::archive.eq(archive));
    let row = (key, stale::mark.eq(1_i64), stale::spreads.eq(spreads));
    both!(database, c => diesel::insert_into(table).values(row).on_conflict_do_nothing().execute(c))
}

/// Makes a lease, unless it stands already.
pub fn insert_lease(database: &mut Database, name: &str, holder: &str, until: i64) -> QueryResult<usize> {
    use schema::leases::{self, table};
    let row = (leases::name.eq(name), leases::holder.eq(holder), leases::until.eq(until));
    both!(database, c => diesel::insert_into(table).values(row).on_conflict_do_nothing().execute(c))
}

/// The words of many units, each as its cursor and its tokens parted by blanks.
pub fn insert_words(database: &mut Database, tenant: &str, words: &[(i64, String)]) -> QueryResult<()> {
    use diesel::sql_types::{Array, BigInt, Text};
    for chunk in words.chunks(ROWS) {
        let (cursors, tokens): (Vec<i64>, Vec<&str>) = chunk.iter().map(|(at, text)| (*at, text.as_str())).unzip();
        match database {
            Database::Postgres(connection) => diesel::sql_query(
                "INSERT INTO words (tenant, cursor, tokens) \
                 SELECT $1, unit.cursor, array_to_tsvector(string_to_array(unit.tokens, ' ')) \
                 FROM unnest($2, $3) AS unit (cursor, tokens)",
            )
            .bind::<Text, _>(tenant)
            .bind::<Array<BigInt>, _>(cursors)
            .bind::<Array<Text>, _>(tokens)
            .execute(connection)?,
            Database::Sqlite(connection) => {
                diesel::insert_into(fts::words::table).values(fts_rows(&cursors, &tokens)).execute(connection)?
            }
        };
    }
    Ok(())
}

/// Deletes the words of units.
pub fn delete_words(database: &mut Database, tenant: &str, cursors: &[i64]) -> QueryResult<()> {
    use diesel::sql_types::{Array, BigInt, Text};
    match database {
        Database::Postgres(connection) => diesel::sql_query("DELETE FROM words WHERE tenant = $1 AND cursor = ANY($2)")
            .bind::<Text, _>(tenant)
            .bind::<Array<BigInt>, _>(cursors)
            .execute(connection)?,
        Database::Sqlite(connection) => {
            diesel::delete(fts::words::table.filter(fts::words::rowid.eq_any(cursors))).execute(connection)?
        }
    };
    Ok(())
}

type FtsRow<'a> = (diesel::dsl::Eq<fts::words::rowid, i64>, diesel::dsl::Eq<fts::words::tokens, &'a str>);

fn fts_rows<'a>(cursors: &[i64], tokens: &[&'a str]) -> Vec<FtsRow<'a>> {
    use fts::words;
    cursors.iter().zip(tokens).map(|(at, text)| (words::rowid.eq(*at), words::tokens.eq(*text))).collect()
}

/// SQLite's full-text table, for inserts.
mod fts {
    diesel::table! {
        words (rowid) {
            rowid -> BigInt,
            tokens -> Text,
        }
    }
}

/// Notes that a replay found an archive on no volume, unless it is noted already.
pub fn insert_awaited(database: &mut Database, tenant: &str, archive: &str) -> QueryResult<usize> {
    use schema::awaited::{self, table};
    let row = (awaited::tenant.eq(tenant), awaited::archive.eq(archive));
    both!(database, c => diesel::insert_into(table).values(row).on_conflict_do_nothing().execute(c))
}

/// Notes that a generation of an archive is to be erased, unless it is noted already.
pub fn insert_erasure(database: &mut Database, tenant: &str, archive: &str, generation: i64) -> QueryResult<usize> {
    use schema::erasures::{self, table};
    let row = (erasures::tenant.eq(tenant), erasures::archive.eq(archive), erasures::generation.eq(generation));
    both!(database, c => diesel::insert_into(table).values(row).on_conflict_do_nothing().execute(c))
}

/// Removes the words of the units of some cursors: from the first, to before the second.
pub fn delete_words_between(database: &mut Database, tenant: &str, (first, end): (i64, i64)) -> QueryResult<usize> {
    use diesel::sql_types::{BigInt, Text};
    match database {
        Database::Postgres(connection) => {
            diesel::sql_query("DELETE FROM words WHERE tenant = $1 AND cursor >= $2 AND cursor < $3")
                .bind::<Text, _>(tenant)
                .bind::<BigInt, _>(first)
                .bind::<BigInt, _>(end)
                .execute(connection)
        }
        // The cursor tells the archive, and so the tenant.
        Database::Sqlite(connection) => diesel::sql_query("DELETE FROM words WHERE rowid >= $1 AND rowid < $2")
            .bind::<BigInt, _>(first)
            .bind::<BigInt, _>(end)
            .execute(connection),
    }
}

/// Claims the first job that is due at `now` and that nobody holds, and gives it back.
pub fn claim_job(database: &mut Database, by: &str, now: i64, until: i64) -> QueryResult<Option<JobRow>> {
    use diesel::sql_types::{BigInt, Text};
    let skip = match database {
        Database::Postgres(_) => " FOR UPDATE SKIP LOCKED",
        Database::Sqlite(_) => "",
    };
    let claim = format!(
        "UPDATE jobs SET claimed_by = $1, claimed_until = $2, attempts = attempts + 1 \
         WHERE (tenant, id) = (SELECT tenant, id FROM jobs \
             WHERE not_before <= $3 AND (claimed_until IS NULL OR claimed_until <= $3) \
             ORDER BY not_before, id LIMIT 1{skip}) \
         RETURNING tenant, id, kind, subject, created_at, not_before, attempts, claimed_by, claimed_until, failure"
    );
    both!(database, c => diesel::sql_query(&claim)
        .bind::<Text, _>(by)
        .bind::<BigInt, _>(until)
        .bind::<BigInt, _>(now)
        .get_result(c))
    .optional()
}
