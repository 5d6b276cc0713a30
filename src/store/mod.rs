//! What the archive remembers, in SQLite or PostgreSQL; all SQL.
//!
//! One door writes what a rebuild restores (`Store::write`, through a `Pen`), one door reads a tenant's data
//! (`Store::holdings`). What a unit or an object holds as received (`source`) is not here: it stands on the volumes.

mod batch;
mod cells;
mod database;
mod error;
mod schema;

mod pen;
mod lines;
mod seals;
mod seams;
mod holdings;

mod tenants;
mod actors;
mod transfers;
mod archives;
mod shelf;
mod departures;
mod scrub;
mod unit_rows;
mod units;
mod rule_uses;
mod ancestry;
mod amendments;
mod holds;
mod objects;
mod graph;
mod stale;
mod due;
mod agreements;
mod requests;
mod profiles;
mod referentials;
mod disposals;
mod below;

mod days;
mod words;
mod search;

mod jobs;
mod uploads;
mod leases;
mod fixity;

mod dump;

use std::path::PathBuf;

use crate::store::database::{Database, Pools};

pub use crate::store::{
    actors::Credential,
    ancestry::Ancestry,
    archives::{ArchiveFilter, Kept, Place},
    below::Kernel,
    departures::{Departed, Tie},
    due::{CONFLICT, Reckoned},
    dump::NOT_REBUILT,
    error::Error,
    fixity::{Audit, Fixity, FixityCount},
    graph::Lineage,
    holdings::Holdings,
    jobs::{Job, JobId},
    pen::Pen,
    referentials::Edition,
    requests::Destination,
    rule_uses::Users,
    seals::Sealed,
    seams::Seam,
    search::COUNT_LIMIT,
    shelf::PARTS_OF_ARCHIVE as UNITS_OF_ARCHIVE,
    stale::Stale,
    transfers::Registered,
    units::UnitEntry,
    uploads::Upload,
};

/// The catalog: one database, opened. It is shared by all threads; each call borrows a connection.
pub struct Store {
    pools: Pools,
    /// SQLite's write-ahead log.
    log: Option<PathBuf>,
}

impl Store {
    /// Opens the database at `url` (`sqlite:PATH` or `postgres://…`), making and migrating it as needed.
    pub fn open(url: &str) -> Result<Self, Error> {
        let log = url.strip_prefix("sqlite:").map(|path| PathBuf::from(format!("{path}-wal")));
        Ok(Self { pools: Pools::open(url)?, log })
    }

    /// Reads with a connection that, on SQLite, cannot write.
    fn read<T>(&self, query: impl FnOnce(&mut Database) -> Result<T, Error>) -> Result<T, Error> {
        query(&mut *self.pools.readers.get()?)
    }
}
