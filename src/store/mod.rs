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
mod holdings;

mod tenants;
mod actors;
mod transfers;
mod archives;
mod shelf;
mod unit_rows;
mod units;
mod rule_uses;
mod objects;
mod agreements;
mod profiles;
mod referentials;

mod days;
mod words;
mod search;

mod jobs;
mod uploads;
mod leases;
mod fixity;

mod dump;

use crate::store::database::{Database, Pools};

pub use crate::store::{
    actors::Credential,
    archives::{ArchiveFilter, Kept, Place},
    dump::NOT_REBUILT,
    error::Error,
    fixity::{Audit, Fixity, FixityCount},
    holdings::Holdings,
    jobs::{Job, JobId},
    pen::Pen,
    referentials::Edition,
    seals::Sealed,
    search::COUNT_LIMIT,
    transfers::Registered,
    units::UnitEntry,
    uploads::Upload,
};

/// The catalog: one database, opened. It is shared by all threads; each call borrows a connection.
pub struct Store {
    pools: Pools,
}

impl Store {
    /// Opens the database at `url` (`sqlite:PATH` or `postgres://…`), making and migrating it as needed.
    pub fn open(url: &str) -> Result<Self, Error> {
        Ok(Self { pools: Pools::open(url)? })
    }

    /// Reads with a connection that, on SQLite, cannot write.
    fn read<T>(&self, query: impl FnOnce(&mut Database) -> Result<T, Error>) -> Result<T, Error> {
        query(&mut *self.pools.readers.get()?)
    }
}
