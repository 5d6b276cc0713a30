//! The store, on both engines: every test here runs on SQLite, and on PostgreSQL when `TEST_DATABASE_URL` names one.

mod isolation;
mod journals;
mod nouns;
mod rebuild;
mod sample;
mod search;
mod work;

use std::{
    path::Path,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use cartulaire::store::Store;
use diesel::{Connection as _, PgConnection, SqliteConnection, connection::SimpleConnection as _};

/// A fresh store, and what must outlive it.
pub struct Fresh {
    pub store: Store,
    pub url: String,
    pub engine: &'static str,
    _place: Place,
}

enum Place {
    Folder { _folder: tempfile::TempDir },
    Schema { url: String, name: String },
}

/// A fresh store on each engine at hand.
pub fn stores() -> Vec<Fresh> {
    let mut stores = vec![on_sqlite()];
    match server() {
        Some(url) => stores.push(on_postgres(&url)),
        None => say("skipped: PostgreSQL, since TEST_DATABASE_URL is not set"),
    }
    stores
}

#[expect(clippy::disallowed_methods, reason = "the tests' only setting: where a PostgreSQL may be used")]
fn server() -> Option<String> {
    std::env::var("TEST_DATABASE_URL").ok()
}

#[expect(clippy::print_stdout, reason = "what is not tested is said")]
fn say(line: &str) {
    println!("{line}");
}

fn on_sqlite() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let url = sqlite_url(folder.path());
    let store = Store::open(&url).unwrap();
    Fresh { store, url, engine: "SQLite", _place: Place::Folder { _folder: folder } }
}

fn sqlite_url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("catalog.db").display())
}

/// A store in a schema of its own, dropped at the end of the test.
fn on_postgres(server: &str) -> Fresh {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("test_{}_{}", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::establish(server).unwrap();
    connection.batch_execute(&format!("CREATE SCHEMA {name}")).unwrap();
    let mark = if server.contains('?') { '&' } else { '?' };
    let url = format!("{server}{mark}options=-csearch_path%3D{name}");
    let store = Store::open(&url).unwrap();
    Fresh { store, url, engine: "PostgreSQL", _place: Place::Schema { url: server.to_owned(), name } }
}

impl Fresh {
    /// Runs SQL that the store does not know of.
    pub fn execute(&self, sql: &str) {
        match self.url.strip_prefix("sqlite:") {
            Some(file) => SqliteConnection::establish(file).unwrap().batch_execute(sql).unwrap(),
            None => PgConnection::establish(&self.url).unwrap().batch_execute(sql).unwrap(),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Self::Schema { url, name } = self {
            let mut connection = PgConnection::establish(url).unwrap();
            connection.batch_execute(&format!("DROP SCHEMA {name} CASCADE")).unwrap();
        }
    }
}
