//! The two engines behind one connection, how each is opened, and their pools.

use std::{fs, io, os::unix::fs::OpenOptionsExt as _, time::Duration};

use diesel::{
    Connection as _, PgConnection, SqliteConnection,
    connection::SimpleConnection as _,
    r2d2::{self, ManageConnection, Pool, R2D2Connection as _},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};

use crate::store::error::Error;

const COMMON: EmbeddedMigrations = embed_migrations!("migrations/common");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Readers on SQLite; connections in all on PostgreSQL.
const CONNECTIONS: u32 = 8;

/// How long an act waits for its turn to write, or a query for a connection.
const PATIENCE: Duration = Duration::from_mins(5);

/// Set on every SQLite connection: an act that another process holds up waits, what is committed is on the disk, and what
/// is deleted is overwritten with zeroes.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 300000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
     PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;";

/// The lock that one PostgreSQL node takes while it migrates; the number is ours, and arbitrary.
const MIGRATION_LOCK: &str = "SELECT pg_advisory_lock(20261122)";
const MIGRATION_UNLOCK: &str = "SELECT pg_advisory_unlock(20261122)";

/// Either engine. What both understand is written once; what differs is matched on, in `batch` and `search` above all.
#[derive(diesel::MultiConnection)]
pub enum Database {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// Where a database is, and what a connection to it may do.
#[derive(Clone, Debug)]
pub enum Opening {
    Postgres { url: String },
    Sqlite { path: String, reads_only: bool },
}

/// The connections of one store. On SQLite one writes and the others cannot; on PostgreSQL all are alike.
pub struct Pools {
    pub writers: Pool<Opening>,
    pub readers: Pool<Opening>,
}

impl Pools {
    /// Opens the database that `url` names, making and migrating it as needed.
    pub fn open(url: &str) -> Result<Self, Error> {
        let pools = if let Some(path) = url.strip_prefix("sqlite:") {
            make_private(path).map_err(|error| Error::Unavailable(Box::new(error)))?;
            let opening = |reads_only| Opening::Sqlite { path: path.to_owned(), reads_only };
            migrate(&mut opening(false).connect()?)?;
            Self { writers: pool(opening(false), 1)?, readers: pool(opening(true), CONNECTIONS)? }
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let opening = Opening::Postgres { url: url.to_owned() };
            migrate(&mut opening.connect()?)?;
            let pool = pool(opening, CONNECTIONS)?;
            Self { writers: pool.clone(), readers: pool }
        } else {
            return Err(Error::Address);
        };
        Ok(pools)
    }
}

impl ManageConnection for Opening {
    type Connection = Database;
    type Error = r2d2::Error;

    fn connect(&self) -> Result<Database, r2d2::Error> {
        match self {
            Self::Postgres { url } => {
                PgConnection::establish(url).map(Database::Postgres).map_err(r2d2::Error::ConnectionError)
            }
            Self::Sqlite { path, reads_only } => {
                let mut connection = SqliteConnection::establish(path).map_err(r2d2::Error::ConnectionError)?;
                connection.batch_execute(SQLITE_SETTINGS).map_err(r2d2::Error::QueryError)?;
                if *reads_only {
                    connection.batch_execute("PRAGMA query_only = ON").map_err(r2d2::Error::QueryError)?;
                }
                Ok(Database::Sqlite(connection))
            }
        }
    }

    fn is_valid(&self, database: &mut Database) -> Result<(), r2d2::Error> {
        database.ping().map_err(r2d2::Error::QueryError)
    }

    /// A connection whose act panicked may stand within a transaction: it is closed, which rolls back.
    fn has_broken(&self, database: &mut Database) -> bool {
        std::thread::panicking() || database.is_broken()
    }
}

/// Connections are made when they are needed, and kept.
fn pool(opening: Opening, size: u32) -> Result<Pool<Opening>, Error> {
    let builder = Pool::builder().max_size(size).min_idle(Some(1)).connection_timeout(PATIENCE);
    Ok(builder.test_on_check_out(matches!(opening, Opening::Postgres { .. })).build(opening)?)
}

/// Makes a database file that nobody else can read, if there is none.
fn make_private(path: &str) -> io::Result<()> {
    fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path).map(drop)
}

fn migrate(database: &mut Database) -> Result<(), Error> {
    if let Database::Postgres(connection) = database {
        connection.batch_execute(MIGRATION_LOCK)?;
    }
    let own = match database {
        Database::Postgres(_) => POSTGRES,
        Database::Sqlite(_) => SQLITE,
    };
    for migrations in [COMMON, own] {
        database.run_pending_migrations(migrations).map_err(Error::Unavailable)?;
    }
    if let Database::Postgres(connection) = database {
        connection.batch_execute(MIGRATION_UNLOCK)?;
    }
    Ok(())
}
