//! Facts of what leaves for good: planned, consented to, sent, destroyed, attested.
//!
//! The structs are the wire itself: fields stand in the order of their keys, and are never renamed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        agency::Role,
        digest::Digest,
        disposal::Disposition,
        id::{ArchiveId, DisposalId, MessageId},
    },
    record::form::{self, spoken},
};

/// A plan was made by which units leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposalPlanned {
    /// The originating agencies that must agree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub agencies: Vec<String>,
    /// Archives of which something leaves.
    pub archives: u64,
    /// Bytes of the digital objects that leave.
    pub bytes: u64,
    /// The plan.
    #[serde(with = "form")]
    pub disposal: DisposalId,
    /// Why they leave.
    #[serde(with = "form")]
    pub disposition: Disposition,
    /// The digest of the list of units.
    #[serde(with = "form")]
    pub list: Digest,
    /// The digital objects that leave.
    pub objects: u64,
    /// The day for which rules were computed.
    #[serde(with = "form")]
    pub on: NaiveDate,
    /// The agency that takes the units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    /// The plan that an agency refused in part, and that this one replaces.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<DisposalId>,
    /// The units that leave.
    pub units: u64,
}

/// An agency agreed to a plan, or refused: an originating agency, the control authority, or the archive that takes the
/// units (`ArchivalAgency`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consented {
    /// The agency, as the referential names it.
    pub agency: String,
    /// The plan.
    #[serde(with = "form")]
    pub disposal: DisposalId,
    /// Whether it agreed.
    pub granted: bool,
    /// The digest of the list that it saw.
    #[serde(with = "form")]
    pub list: Digest,
    /// The digest of the message that said so; an account said so when none.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Digest>,
    /// As what it spoke.
    #[serde(with = "form")]
    pub role: Role,
}

/// The units of a plan were sent to the agency that takes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposalSent {
    /// The plan.
    #[serde(with = "form")]
    pub disposal: DisposalId,
    /// The identifier of the message that carries them.
    #[serde(with = "form")]
    pub message: MessageId,
    /// The digest of the package.
    #[serde(with = "form")]
    pub package: Digest,
    /// The length of the package in bytes.
    pub size: u64,
}

/// A plan was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisposalAbandoned {
    /// The plan.
    #[serde(with = "form")]
    pub disposal: DisposalId,
}

/// What a plan names in one archive was destroyed; what remains is its successor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Destroyed {
    /// The archive.
    #[serde(with = "form")]
    pub archive: ArchiveId,
    /// Bytes of the digital objects destroyed.
    pub bytes: u64,
    /// The plan.
    #[serde(with = "form")]
    pub disposal: DisposalId,
    /// The generation that goes.
    pub generation: u32,
    /// The digest of the list of what was destroyed, which stands in the tenant's record `gone-…`.
    #[serde(with = "form")]
    pub list: Digest,
    /// Digital objects destroyed.
    pub objects: u64,
    /// The digest of the inventory of the next generation; nothing remains of the archive when none.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<Digest>,
    /// Units destroyed.
    pub units: u64,
}

/// A plan was carried out to its end, and attested.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disposed {
    /// The digest of the certificate (PDF).
    #[serde(with = "form")]
    pub certificate: Digest,
    /// The plan.
    #[serde(with = "form")]
    pub disposal: DisposalId,
    /// The digest of the SEDA message that tells it.
    #[serde(with = "form")]
    pub notification: Digest,
}

spoken! {
    Disposition, |disposition: &Self| disposition.word(), Self::from_word;
    Role, |role: &Self| role.word(), Self::from_word;
}
