//! Facts of the installation: tenants and volumes.
//!
//! The structs are the wire itself: fields stand in the order of their keys, and are never renamed.

use serde::{Deserialize, Serialize};

use crate::{domain::tenant::TenantId, record::form};

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
