//! Makes an archive out of a configuration; where the system clock lets time in.

pub mod authority;

mod inspect;
mod keys;
mod means;

pub use inspect::{Inspected, inspect};

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    archive::{
        Archive, error,
        limits::Limits,
        rebuild::{self, Rebuilt},
    },
    config::{self, Config},
    domain::{
        clock::{Clock, Timestamp},
        id::Id,
        journal::Line,
        tenant::TenantId,
    },
    store::{self, Store},
    vault::{self, Terms, Vault},
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
    /// Too many processes work here.
    #[error("{0} processes already work on these volumes")]
    Busy(u32),
    /// The directory cannot be made.
    #[error("cannot make {path}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A key cannot be read, made or used.
    #[error("cannot use the key {path}: {reason}")]
    Key {
        /// Its file.
        path: PathBuf,
        /// Why.
        reason: String,
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

/// An installation, open.
pub struct Installation {
    /// Its configuration.
    pub config: Config,
    /// The archive.
    pub archive: Arc<Archive>,
    /// What a person should know, in French: copies on one disk, and the like.
    pub notices: Vec<String>,
}

/// What a new installation is.
#[derive(Clone, Debug)]
pub struct Init {
    /// Its first tenant.
    pub tenant: TenantId,
    /// The tenant's name for people.
    pub name: String,
    /// The identifier that messages carry as `ArchivalAgency`.
    pub archival_agency: String,
    /// Its configuration.
    pub config: Config,
}

/// Processes that may work beside each other on one machine: one serves, others are commands.
const NODES: u32 = 64;

/// Makes an installation in `data`, with its volumes and its first tenant.
pub fn init(data: &Path, init: &Init) -> Result<Installation, Error> {
    init_at(data, init, Arc::new(SystemClock))
}

/// Makes an installation, with another clock than the system's.
pub fn init_at(data: &Path, init: &Init, clock: Arc<dyn Clock>) -> Result<Installation, Error> {
    let opened = init_empty(data, &init.config, clock)?;
    opened.archive.create_tenant(init.tenant.clone(), &init.name, &init.archival_agency)?;
    Ok(opened)
}

/// Makes an installation without a tenant: one that will take over another's.
pub fn init_empty(data: &Path, config: &Config, clock: Arc<dyn Clock>) -> Result<Installation, Error> {
    make_directory(data)?;
    if data.join(config::FILE).exists() {
        return Err(Error::Taken(data.to_owned()));
    }
    let at = clock.now();
    let installation = Id::<InstallationKind>::mint(at).to_string();
    Vault::create(&config.volume_paths(data), &installation, at)?;
    config.save(data)?;
    open_at(data, clock)
}

/// Marks the identifiers of installations.
#[derive(Debug)]
enum InstallationKind {}

/// Opens the installation in `data`.
pub fn open(data: &Path) -> Result<Installation, Error> {
    open_at(data, Arc::new(SystemClock))
}

/// Opens the installation in `data`, with another clock than the system's.
pub fn open_at(data: &Path, clock: Arc<dyn Clock>) -> Result<Installation, Error> {
    let config = Config::load(data)?;
    let store = Store::open(&config.database_url(data))?;
    let vault = vault(data, &config)?;
    let notices = notices(&vault);
    let means = means::of(data, &config, vault.installation(), clock.now())?;
    let archive = Archive::open(store, vault, means, clock, Limits::default())?;
    Ok(Installation { config, archive: Arc::new(archive), notices })
}

/// Makes a new key, has it told in the log, and puts it in the place of the one that signs it. Stopped midway, it goes on
/// where it stopped.
pub fn rotate_log_key(data: &Path) -> Result<(), Error> {
    let config = Config::load(data)?;
    let installation = vault(data, &config)?.installation().to_owned();
    keys::make_next(data, &installation)?;
    open(data)?.archive.rotate_log_key()?;
    keys::take_next(data)
}

/// Makes the catalog of the installation in `data` again from the volume `from`. The former catalog must be out of the
/// way: an embedded one is set aside beside the new one.
pub fn rebuild(data: &Path, from: &Path, on_line: &mut dyn FnMut(&Line)) -> Result<Rebuilt, Error> {
    let config = Config::load(data)?;
    let url = config.database_url(data);
    if let Some(file) = url.strip_prefix("sqlite:") {
        set_aside(Path::new(file))?;
    }
    let store = Store::open(&url)?;
    let vault = Vault::open(Terms { required: Some(1), ..terms(vec![from.to_owned()], &config, "rebuild") })?;
    Ok(rebuild::rebuild(&store, &vault, on_line)?)
}

/// Takes the first free node's name: a name belongs to one process at a time, and whoever takes it clears what its last
/// bearer left unfinished.
fn vault(data: &Path, config: &Config) -> Result<Vault, Error> {
    for number in 0..NODES {
        let terms = terms(config.volume_paths(data), config, &format!("node-{number}"));
        match Vault::open(terms) {
            Err(vault::error::Error::NodeBusy { .. }) => {}
            opened => return Ok(opened?),
        }
    }
    Err(Error::Busy(NODES))
}

fn terms(volumes: Vec<PathBuf>, config: &Config, node: &str) -> Terms {
    Terms { required: Some(config.required_volumes), reserve_bytes: config.reserve_bytes, ..Terms::new(volumes, node) }
}

fn notices(vault: &Vault) -> Vec<String> {
    let mut notices = Vec::new();
    if vault.shares_device() {
        notices.push("Les volumes sont sur un seul disque : sa panne emporterait toutes les copies.".to_owned());
    }
    for status in vault.status().into_iter().filter(|status| !status.reachable) {
        notices.push(format!("Le volume {} est hors d'atteinte.", status.path.display()));
    }
    notices
}

fn set_aside(catalog: &Path) -> Result<(), Error> {
    for suffix in ["", "-wal", "-shm"] {
        let path = PathBuf::from(format!("{}{suffix}", catalog.display()));
        let aside = PathBuf::from(format!("{}{suffix}.avant-reconstruction", catalog.display()));
        if path.exists() {
            fs::rename(&path, &aside).map_err(|source| Error::Directory { path, source })?;
        }
    }
    Ok(())
}

fn make_directory(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| Error::Directory { path: path.to_owned(), source })
}

/// The only clock of the house.
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "time comes in here and nowhere else")]
    fn now(&self) -> Timestamp {
        Timestamp::from(chrono::Utc::now())
    }
}
