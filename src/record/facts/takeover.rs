//! Facts of a tenant that comes from another installation, with the log in which its lines stand until then.
//!
//! The structs are the wire itself: fields stand in the order of their keys, and are never renamed.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{clock::Timestamp, digest::Digest, tenant::TenantId},
    record::form,
};

/// A tenant was taken over from another installation: what its restitution holds is here, and its journals go on here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantTaken {
    /// The identifier that messages carry as `ArchivalAgency`.
    pub archival_agency: String,
    /// The last state of the log that it brings.
    pub checkpoint: Cited,
    /// When the tenant was made, wherever that was.
    #[serde(with = "form")]
    pub created_at: Timestamp,
    /// The installation that gave it back.
    pub installation: String,
    /// The digest of the inventory of the record that keeps that log.
    #[serde(with = "form")]
    pub inventory: Digest,
    /// Which of the logs that the tenant brings is the last one: that of its record `log-NUMBER`.
    pub log: u32,
    /// Its name for people: a community's, not a person's.
    pub name: String,
    /// The rank of this installation's last archive before: an archive of the tenant that bears the number N has the rank
    /// that follows it by N.
    pub rank: u64,
    /// The digest of the restitution's `restitution.json`.
    #[serde(with = "form")]
    pub restitution: Digest,
    /// The tenant.
    #[serde(with = "form")]
    pub tenant: TenantId,
}

/// The tenant's journals go on in another log: the first line there of its life cycle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenOver {
    /// The last state of the log in which the lines before stand.
    pub checkpoint: Cited,
    /// The installation that gave the tenant back.
    pub installation: String,
    /// The digest of the inventory of the record that keeps that log.
    #[serde(with = "form")]
    pub inventory: Digest,
    /// Which of the logs that the tenant brings it is: that of its record `log-NUMBER`.
    pub log: u32,
    /// The digest of the restitution's `restitution.json`.
    #[serde(with = "form")]
    pub restitution: Digest,
}

/// A checkpoint of a log, as others cite it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cited {
    /// The log's origin.
    pub origin: String,
    /// The hash of the tree, in base64.
    pub root: String,
    /// How many entries it covers.
    pub size: u64,
}
