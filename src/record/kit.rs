//! `kit/installation.json`: whom to believe when the installation's proofs are verified, in canonical JSON.

use serde::{Deserialize, Serialize};

use crate::record::Error;

/// Whom to believe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Installation {
    /// The time-stamp authorities.
    pub authorities: Vec<Authority>,
    /// The log's keys, first first.
    pub keys: Vec<Key>,
    /// The origin of the log's checkpoints.
    pub origin: String,
    /// The file of the certificate that seals reports.
    pub seal: String,
    /// The version of the form: 1.
    pub version: u32,
    /// The witnesses.
    pub witnesses: Witnesses,
}

/// A time-stamp authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authority {
    /// Its name in files and journals.
    pub name: String,
    /// The files of its roots, in PEM.
    pub roots: Vec<String>,
    /// Whether it is another party than the archive.
    pub third_party: bool,
}

/// A key of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The size of the first checkpoint that it signs.
    pub from: u64,
    /// The post-quantum key beside it, as a C2SP verifier key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<String>,
    /// The key, as a C2SP verifier key.
    pub vkey: String,
}

/// The witnesses, and how many of them must have cosigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witnesses {
    /// How many must have cosigned.
    pub quorum: usize,
    /// Their keys, as C2SP verifier keys.
    pub vkeys: Vec<String>,
}

impl Installation {
    /// The file's bytes.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads the file.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        Ok(serde_json::from_slice(bytes)?)
    }
}
