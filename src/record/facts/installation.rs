//! Facts of the installation: tenants, volumes, the log's keys and time.
//!
//! The structs are the wire itself: fields stand in the order of their keys, and are never renamed.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{clock::Timestamp, digest::Digest, tenant::TenantId},
    record::form,
};

/// A tenant was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantCreated {
    /// The identifier that messages carry as `ArchivalAgency`.
    pub archival_agency: String,
    /// Its name for people: a community's, not a person's.
    pub name: String,
    /// The tenant.
    #[serde(with = "form")]
    pub tenant: TenantId,
}

/// Files of a volume were made again from another volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeRepaired {
    /// How many bytes were written.
    pub bytes: u64,
    /// How many files were written.
    pub files: u64,
    /// The OCFL object, or the path of the volume's other file, that was repaired.
    pub object: String,
    /// The volume that gave the good copy.
    pub source: String,
    /// The volume that was repaired.
    pub volume: String,
}

/// The log is signed by a key from the next checkpoint on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogKey {
    /// The key, as a C2SP verifier key.
    pub key: String,
    /// The origin of the log's checkpoints.
    pub origin: String,
    /// The post-quantum key that signs beside it (ML-DSA-44), if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<String>,
}

/// A checkpoint was time-stamped by an authority (RFC 3161).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeStamped {
    /// The authority's name in the configuration.
    pub authority: String,
    /// How many entries the checkpoint covers.
    pub size: u64,
    /// Whether the authority is another party than the archive.
    pub third_party: bool,
    /// The instant that the token states.
    #[serde(with = "form")]
    pub time: Timestamp,
    /// The digest of the token, in DER.
    #[serde(with = "form")]
    pub token: Digest,
}

/// No authority gave a time-stamp when one was due: told once, until one does again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimeStampMissed {
    /// The authorities that were asked, and how each failed: a word per authority.
    pub failures: Vec<String>,
    /// How many entries the checkpoint covers that waits for its time-stamp.
    pub size: u64,
}

/// The policy's quorum of witnesses is lacking for longer than it allows, or is there again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witnessed {
    /// Whether a quorum cosigned.
    pub quorum: bool,
    /// How many entries the last checkpoint covers that a quorum cosigned; 0 when none did.
    pub size: u64,
}

/// An audit of a volume's copies ended: how many were read, and what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audited {
    /// Copies that were not what was kept.
    pub bad: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Copies read.
    pub copies: u64,
    /// Bad copies that were made again from good ones.
    pub repaired: u64,
    /// When it began.
    #[serde(with = "form")]
    pub since: Timestamp,
    /// The only tenant whose copies were read; every owner's when none.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub tenant: Option<TenantId>,
    /// The volume whose copies were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<String>,
}

/// The hash tree of a period's archives was time-stamped, or the time-stamp renewed (RFC 4998).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceMade {
    /// How many archives the period has.
    pub archives: u64,
    /// The first day of the period, in UTC.
    #[serde(with = "form")]
    pub day: chrono::NaiveDate,
    /// The digest of the archive time-stamp sequence, in DER.
    #[serde(with = "form")]
    pub evidence: Digest,
    /// `first`, `time-stamp renewal` or `hash-tree renewal`.
    pub step: String,
}
