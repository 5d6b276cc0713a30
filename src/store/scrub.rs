//! The catalog after a destruction: what the engines keep of removed rows, in their pages, their logs and their indexes,
//! is cleared as far as they allow.
//!
//! SQLite zeroes what it frees (`secure_delete`, on every connection); its full-text index is written anew here. Its
//! write-ahead log holds former pages, and would be removed with them in it by whoever closes the catalog last: it is
//! written over before. PostgreSQL promises nothing of the kind: dead rows are given back to their pages, and what these
//! still hold goes when they are written again.

use std::{fs, path::Path};

use diesel::{connection::SimpleConnection as _, sqlite::SqliteConnection};

use crate::store::{Store, database::Database, error::Error};

/// The tables that hold what a removed archive said.
const POSTGRES: [&str; 11] = [
    "VACUUM units",
    "VACUUM words",
    "VACUUM objects",
    "VACUUM archives",
    "VACUUM unit_identifiers",
    "VACUUM unit_keywords",
    "VACUUM unit_parents",
    "VACUUM object_groups",
    "VACUUM rule_uses",
    "VACUUM rule_categories",
    "VACUUM transfers",
];

/// Writes the full-text index anew, without what was removed.
const SQLITE_INDEX: &str = "INSERT INTO words (words) VALUES ('optimize')";

/// Brings all of the write-ahead log into the database, so that the next act writes it again from its beginning.
const RESTART: &str = "PRAGMA wal_checkpoint(RESTART)";

/// The same, unless somebody reads or writes: then we are not the last, and the log is not removed.
const RESTART_UNLESS_BUSY: &str = "PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(RESTART)";

/// The most bytes of one row that writes over the log: 64 MiB.
const ROW_BYTES: u64 = 64 << 20;

impl Store {
    /// Clears what removed rows left behind. The cost is that of the full-text index (SQLite), or of a pass over the
    /// tables (PostgreSQL): once after many removals, not after each.
    pub fn scrub(&self) -> Result<(), Error> {
        let mut connection = self.pools.writers.get()?;
        match &mut *connection {
            Database::Postgres(connection) => {
                for statement in POSTGRES {
                    connection.batch_execute(statement)?;
                }
            }
            Database::Sqlite(connection) => {
                connection.batch_execute(SQLITE_INDEX)?;
                connection.batch_execute(RESTART)?;
                self.write_over_log(connection)?;
                connection.batch_execute(RESTART)?;
            }
        }
        Ok(())
    }

    /// Writes over the whole of SQLite's write-ahead log, of which nothing is needed any more.
    fn write_over_log(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
        let Some(log) = &self.log else { return Ok(()) };
        let mut left = length_of(log);
        if left == 0 {
            return Ok(());
        }
        let mut act = "BEGIN IMMEDIATE; CREATE TABLE scrub (noise BLOB);".to_owned();
        while left > 0 {
            let row = left.min(ROW_BYTES);
            act.push_str(&format!("INSERT INTO scrub VALUES (zeroblob({row}));"));
            left -= row;
        }
        act.push_str("DROP TABLE scrub; COMMIT;");
        Ok(connection.batch_execute(&act)?)
    }
}

impl Drop for Store {
    /// Whoever closes SQLite last removes its log, and with it the former pages that it holds: they are written over.
    fn drop(&mut self) {
        let Some(log) = self.log.as_ref().filter(|log| length_of(log) > 0) else { return };
        let Ok(mut connection) = self.pools.writers.get() else { return };
        let Database::Sqlite(connection) = &mut *connection else { return };
        let closed = connection.batch_execute(RESTART_UNLESS_BUSY).map_err(Error::from);
        if let Err(error) = closed.and_then(|()| self.write_over_log(connection)) {
            tracing::debug!(%error, log = %log.display(), "the catalog's log is in use by others");
        }
    }
}

fn length_of(log: &Path) -> u64 {
    fs::metadata(log).map_or(0, |metadata| metadata.len())
}
