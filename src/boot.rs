//! Makes an archive out of a configuration; where the system clock lets time in.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    archive::{Archive, error, limits::Limits},
    config::{self, Config},
    domain::{
        clock::{Clock, Timestamp},
        id::Id,
        tenant::Tenant,
    },
    store::{self, Store},
    vault::{self, Vault},
};

/// Why an archive cannot be made or opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration cannot be had.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// There is already an installation there.
    #[error("{0} already holds an installation")]
    Taken(PathBuf),
    /// The directory cannot be made.
    #[error("cannot make {path}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The catalog cannot be opened.
    #[error("cannot open the catalog")]
    Store(#[from] store::Error),
    /// The volumes cannot be opened.
    #[error("cannot open the volumes")]
    Vault(#[from] vault::error::Error),
    /// The archive cannot be opened.
    #[error("cannot open the archive")]
    Archive(#[from] error::Error),
}

/// The only clock of the house.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "time comes in here and nowhere else")]
    fn now(&self) -> Timestamp {
        let now = chrono::Utc::now().timestamp_millis();
        Timestamp::from_millis(now).or_else(|| Timestamp::from_millis(0)).unwrap_or_else(|| unreachable!("the epoch is an instant"))
    }
}
