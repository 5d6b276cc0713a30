//! Facts of a tenant's other events: referentials, credentials and sealed days.
//!
//! The structs are the wire itself: fields stand in the order of their keys, and are never renamed.

use chrono::NaiveDate;
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
    /// The agency for which they speak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency: Option<String>,
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

/// An account was given a new secret, in the place of any former one; the secret is nowhere in a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CredentialEnrolled {
    /// Whom it lets act.
    #[serde(with = "form")]
    pub actor: ActorId,
}

/// A day of the owner's journals, or a part of it, was sealed: what its `seal.json` says, for the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DaySealed {
    /// Whether the day is over, so that this is its last part.
    pub closed: bool,
    /// The day, in UTC.
    #[serde(with = "form")]
    pub day: NaiveDate,
    /// How many lines the owner's events journal has up to here.
    pub events: u64,
    /// The digest of the inventory of the version that holds it.
    #[serde(with = "form")]
    pub inventory: Digest,
    /// How many lines the life cycle's journal has up to here; 0 for the installation, which has none.
    pub life_cycle: u64,
    /// Its number within the day, from 1.
    pub part: u32,
    /// The digest of `seal.json`.
    #[serde(with = "form")]
    pub seal: Digest,
}

spoken! { Referential, |referential: &Self| referential.word(), Self::from_word; }
