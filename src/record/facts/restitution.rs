//! Facts of restitution: a tenant was given back whole.
//!
//! The structs are the wire itself: fields stand in the order of their keys, and are never renamed.

use serde::{Deserialize, Serialize};

use crate::{domain::id::RestitutionId, record::form};

/// Everything that a tenant held up to this line was given back, as a copy: nothing leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restituted {
    /// Archives that the tenant held.
    pub archives: u64,
    /// Bytes of their digital objects.
    pub bytes: u64,
    /// The form: `folder`, `zip` or `tar`.
    pub form: String,
    /// Their objects, digital and physical.
    pub objects: u64,
    /// The restitution.
    #[serde(with = "form")]
    pub restitution: RestitutionId,
    /// Their units.
    pub units: u64,
}
