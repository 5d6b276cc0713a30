//! Facts of description: what changed in archives that are kept.
//!
//! The structs are the wire itself: fields stand in the order of their keys, and are never renamed.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        digest::Digest,
        id::{AmendmentId, ArchiveId},
    },
    record::form,
};

/// Descriptions, rules or places of units of one archive were amended: a new version of its object holds the changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amended {
    /// The operation, which may span several archives.
    #[serde(with = "form")]
    pub amendment: AmendmentId,
    /// The archive.
    #[serde(with = "form")]
    pub archive: ArchiveId,
    /// The digest of `amendments/AMENDMENT.jsonl`.
    #[serde(with = "form")]
    pub delta: Digest,
    /// The digest of the OCFL inventory of the new version.
    #[serde(with = "form")]
    pub inventory: Digest,
    /// The amendment that this one undoes.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub reverts: Option<AmendmentId>,
    /// How many units changed.
    pub units: u64,
}
