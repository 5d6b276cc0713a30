//! Configuration: `DIR/cartulaire.toml`, then the environment. The only reader of the environment.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

/// The file's name within the installation's directory.
pub const FILE: &str = "cartulaire.toml";

/// Everything that can be chosen. Relative paths start at the installation's directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the catalog stands: `sqlite:FILE`, or `postgres://…`.
    pub database: String,
    /// The volumes: every byte kept stands on each of them.
    pub volumes: Vec<PathBuf>,
    /// How many volumes must be writable for a deposit to be taken.
    pub required_volumes: usize,
    /// Bytes left free on each volume: deposits are refused before the disk is full.
    pub reserve_bytes: u64,
    /// The address that `serve` listens on.
    pub listen: String,
    /// The public address of the service, as messages and links name it; the listening one when empty.
    pub public_url: String,
    /// Bytes that one deposit may bring over HTTP.
    pub upload_bytes: u64,
    /// Threads that examine and keep transfers; as many as processors when 0.
    pub workers: usize,
    /// Minutes between two time-stamps while there is news; 0 when the service asks for none by itself.
    pub time_stamp_minutes: u32,
    /// Days within which every copy of every object is read again; 0 when the service audits nothing by itself.
    pub audit_days: u32,
    /// Bytes that the audit reads per second at most, so that deposits stay quick; as many as it can when 0.
    pub audit_bytes_per_second: u64,
    /// How many witnesses must cosign a checkpoint.
    pub witness_quorum: usize,
    /// Hours that the quorum may be lacking before it is told.
    pub witness_patience_hours: u32,
    /// The time-stamp authorities, the preferred one first; the installation's own, no third party, when there is none.
    pub authorities: Vec<Authority>,
    /// The witnesses of the log.
    pub witnesses: Vec<Witness>,
}

/// A time-stamp authority (RFC 3161 over HTTP).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Its name in files and journals: 1 to 40 characters of `a-z 0-9 -`.
    pub name: String,
    /// Its address.
    pub url: String,
    /// A file of the certificates under which its tokens are believed, in PEM.
    pub roots: PathBuf,
    /// Whether it is another party than the archive.
    #[serde(default)]
    pub third_party: bool,
    /// The policy asked for, dotted; its own when none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// A witness of the log (C2SP tlog-witness).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witness {
    /// Its verifier key.
    pub key: String,
    /// Its submission prefix.
    pub url: String,
    /// Whether it stands on this very machine, so that it is no third party.
    #[serde(default)]
    pub same_host: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: "sqlite:catalogue.sqlite".to_owned(),
            volumes: vec![PathBuf::from("volumes/a"), PathBuf::from("volumes/b")],
            required_volumes: 2,
            reserve_bytes: 256 << 20,
            listen: "127.0.0.1:8425".to_owned(),
            public_url: String::new(),
            upload_bytes: 200 << 30,
            workers: 0,
            time_stamp_minutes: 60,
            audit_days: 90,
            audit_bytes_per_second: 20 << 20,
            witness_quorum: 0,
            witness_patience_hours: 24,
            authorities: Vec::new(),
            witnesses: Vec::new(),
        }
    }
}

/// Why a configuration cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no installation there.
    #[error("no installation in {0}: run `cartulaire --data {0} init` first")]
    Absent(PathBuf),
    /// The file cannot be read or written.
    #[error("cannot read or write {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{path} is not a valid configuration: {reason}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong, in the parser's words.
        reason: String,
    },
}

impl Config {
    /// Reads the installation's file, then what the environment overrides (`CARTULAIRE_DATABASE`,
    /// `CARTULAIRE_LISTEN`, `CARTULAIRE_PUBLIC_URL`).
    pub fn load(data: &Path) -> Result<Self, Error> {
        let path = data.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Error::Absent(data.to_owned())),
            Err(source) => return Err(Error::Io { path, source }),
        };
        Self::parse(&text).map(Self::with_environment).map_err(|reason| Error::Invalid { path, reason })
    }

    /// Reads a configuration from text; what it does not say has its default.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        match config.volumes.len() {
            0 => Err("at least one volume is needed".to_owned()),
            n if config.required_volumes == 0 || config.required_volumes > n => {
                Err(format!("required_volumes must be between 1 and {n}"))
            }
            _ => Ok(config),
        }
    }

    /// Writes the configuration of a new installation.
    pub fn save(&self, data: &Path) -> Result<(), Error> {
        let path = data.join(FILE);
        let text = toml::to_string_pretty(self)
            .map_err(|error| Error::Invalid { path: path.clone(), reason: error.to_string() })?;
        fs::write(&path, text).map_err(|source| Error::Io { path, source })
    }

    /// The database's address, its path made absolute when it is a file.
    pub fn database_url(&self, data: &Path) -> String {
        match self.database.strip_prefix("sqlite:") {
            Some(file) => format!("sqlite:{}", data.join(file).display()),
            None => self.database.clone(),
        }
    }

    /// The volumes' paths.
    pub fn volume_paths(&self, data: &Path) -> Vec<PathBuf> {
        self.volumes.iter().map(|volume| data.join(volume)).collect()
    }

    fn with_environment(mut self) -> Self {
        for (name, field) in [
            ("CARTULAIRE_DATABASE", &mut self.database),
            ("CARTULAIRE_LISTEN", &mut self.listen),
            ("CARTULAIRE_PUBLIC_URL", &mut self.public_url),
        ] {
            if let Some(value) = variable(name) {
                *field = value;
            }
        }
        self
    }
}

/// The filter of the log, from `CARTULAIRE_LOG` (as `info` or `cartulaire=debug`).
pub fn log_filter() -> Option<String> {
    variable("CARTULAIRE_LOG")
}

/// The secret of the account named by `--as`, or a service's token, from `CARTULAIRE_TOKEN`.
pub fn token() -> Option<String> {
    variable("CARTULAIRE_TOKEN")
}

/// The password under which transfers are pushed to another archive, from `CARTULAIRE_PUSH_SECRET`.
pub fn push_secret() -> Option<String> {
    variable("CARTULAIRE_PUSH_SECRET")
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commented_sample_says_the_defaults() {
        let sample = include_str!("../docs/cartulaire.toml");
        assert_eq!(Config::parse(sample), Ok(Config::default()));
    }

    #[test]
    fn a_mistyped_key_or_an_impossible_number_is_told() {
        assert!(Config::parse("databse = \"x\"").unwrap_err().contains("databse"));
        assert!(Config::parse("required_volumes = 3").unwrap_err().contains("between 1 and 2"));
        assert!(Config::parse("volumes = []").unwrap_err().contains("at least one volume"));
    }
}
