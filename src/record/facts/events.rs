//! Facts of a tenant's other events: referentials and credentials.
//!
//! The structs are the wire itself: fields stand in the order of their keys, and are never renamed.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{digest::Digest, id::ActorId, mandate::Permission, referential::Referential},
    record::form::{self, spoken},
};

/// A referential was imported whole, in place of the one before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferentialImported {
    /// How many entries it has.
    pub count: u64,
    /// The digest of what stands on the volumes.
    #[serde(with = "form")]
    pub digest: Digest,
    /// Which referential.
    #[serde(with = "form")]
    pub kind: Referential,
    /// Its version, from 1.
    pub version: u64,
}

/// A credential was issued; its secret is nowhere in a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialIssued {
    /// Whom it lets act.
    #[serde(with = "form")]
    pub actor: ActorId,
    /// What it allows.
    #[serde(with = "form")]
    pub permissions: Vec<Permission>,
}

/// A credential was revoked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialRevoked {
    /// Whom it let act.
    #[serde(with = "form")]
    pub actor: ActorId,
}

spoken! { Referential, |referential: &Self| referential.word(), Self::from_word; }
