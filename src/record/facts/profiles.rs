//! The fact of archival profiles: what a tenant's transfers may be asked to follow.
//!
//! The struct is the wire itself: fields stand in the order of their keys, and are never renamed.

use serde::{Deserialize, Serialize};

use crate::{domain::digest::Digest, record::form};

/// A profile was imported: from here on, the tenant's profiles are those of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileImported {
    /// How many profiles the list has.
    pub count: u64,
    /// The digest of the list, which holds those of the profiles' files.
    #[serde(with = "form")]
    pub digest: Digest,
    /// Its edition, from 1.
    pub version: u64,
}
