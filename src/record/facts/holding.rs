//! Facts of holds: placed, lifted. Why, for whom and on which units stands in the tenant's record of holds.
//!
//! The structs are the wire itself: fields stand in the order of their keys, and are never renamed.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{digest::Digest, id::HoldId},
    record::form,
};

/// A hold was placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldPlaced {
    /// The hold.
    #[serde(with = "form")]
    pub hold: HoldId,
    /// The digest of `holds/HOLD.json`.
    #[serde(with = "form")]
    pub order: Digest,
    /// How many units it names.
    pub units: u64,
}

/// A hold was lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldLifted {
    /// The hold.
    #[serde(with = "form")]
    pub hold: HoldId,
    /// The digest of `holds/HOLD-lifted.json`.
    #[serde(with = "form")]
    pub lifting: Digest,
}
