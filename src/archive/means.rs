//! What an archive proves itself with: the log's keys, time-stamp authorities, witnesses, and its seal. `boot` brings
//! them; nothing here reads a configuration.

use crate::{
    archive::log::LogKeys,
    net::Caller,
    pki::{authority, seal, trust::Trust},
    proof::{policy::Policy, vkey::Vkey},
};

/// What an archive proves itself with.
pub struct Means {
    /// The keys that sign the log.
    pub log: LogKeys,
    /// The time-stamp authorities, the preferred one first.
    pub authorities: Vec<Authority>,
    /// The witnesses.
    pub witnesses: Witnesses,
    /// Who signs reports and attestations.
    pub seal: seal::Signer,
    /// Who calls outside.
    pub caller: Caller,
}

/// A time-stamp authority (RFC 3161).
pub struct Authority {
    /// Its name in the configuration: 1 to 40 characters of `a-z 0-9 -`.
    pub name: String,
    /// Whether it is another party than the archive.
    pub third_party: bool,
    /// The roots under which its tokens are believed, in PEM.
    pub roots: String,
    /// The same, read.
    pub trust: Trust,
    /// The policy asked for, dotted; its own when none.
    pub policy: Option<String>,
    /// How it is asked.
    pub door: Door,
}

/// How an authority is asked.
pub enum Door {
    /// Over HTTP.
    Http(String),
    /// It is the installation's own.
    Own(Box<authority::Authority>),
}

/// Witnesses of the log, and how many must cosign.
pub struct Witnesses {
    /// Whom to believe, and how many of them.
    pub policy: Policy,
    /// Where to ask.
    pub doors: Vec<WitnessDoor>,
    /// How long a quorum may be lacking before it is told: milliseconds.
    pub patience_millis: i64,
}

/// Where a witness is asked.
pub struct WitnessDoor {
    /// Its key.
    pub key: Vkey,
    /// Its submission prefix.
    pub url: String,
    /// Whether it stands on this very machine, so that it is no third party.
    pub same_host: bool,
}
