//! An installation, or one volume's folder, opened to be verified: nothing is raised, repaired or made.

use std::path::{Path, PathBuf};

use crate::{
    archive::verify::{Subject, trust::Known},
    boot::{Error, SystemClock, means},
    config::Config,
    domain::clock::Clock as _,
    pki::seal,
    proof::checkpoint::SignedCheckpoint,
    store::Store,
    vault::Vault,
};

/// What is to be verified.
pub struct Inspected {
    volumes: Vec<PathBuf>,
    catalog: Option<Store>,
    known: Known,
    seal: Option<seal::Signer>,
}

/// The installation in `data`: its volumes, its catalog when it is there, and its own keys.
///
/// # Errors
/// The configuration cannot be read, or the catalog not be reached.
pub fn inspect(data: &Path) -> Result<Inspected, Error> {
    let config = Config::load(data)?;
    let volumes = config.volume_paths(data);
    let url = config.database_url(data);
    // Opening an embedded catalog that is not there would make one.
    let is_there = url.strip_prefix("sqlite:").is_none_or(|file| Path::new(file).exists());
    let catalog = is_there.then(|| Store::open(&url)).transpose()?;
    let installation = volumes.iter().find_map(|path| Vault::inspect(path.clone()).ok());
    let installation = installation.map(|vault| vault.installation().to_owned()).unwrap_or_default();
    let known = means::known(data, &config, &installation)?;
    let seal = means::known_seal(data, &installation, SystemClock.now())?;
    Ok(Inspected { volumes, catalog, known, seal })
}

impl Inspected {
    /// One volume's folder, or a copy of it, of which nothing else is known.
    pub fn folder(path: PathBuf) -> Self {
        Self { volumes: vec![path], catalog: None, known: Known::default(), seal: None }
    }

    /// Who signs the report: the installation's seal, when it is at hand.
    pub const fn seal(&self) -> Option<&seal::Signer> {
        self.seal.as_ref()
    }

    /// What is handed to the verification; `since` is a checkpoint that somebody kept elsewhere.
    pub fn subject(&self, since: Option<SignedCheckpoint>) -> Subject<'_> {
        let (volumes, known) = (self.volumes.clone(), self.known.clone());
        Subject { volumes, catalog: self.catalog.as_ref(), now: SystemClock.now(), known, since }
    }
}
