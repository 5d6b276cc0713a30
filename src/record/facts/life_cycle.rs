//! Facts of the life of archives: received, accepted, refused, read, delivered.
//!
//! The structs are the wire itself: fields stand in the order of their keys, and are never renamed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        digest::Digest,
        id::{ArchiveId, MessageId, ObjectId, RequestId, TransferId},
        seda::SedaVersion,
        transfer::TransferKey,
    },
    record::form::{self, mirrored, spoken},
};

/// A package is durable and acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// The identifier of its acknowledgement.
    #[serde(with = "form")]
    pub acknowledgement: MessageId,
    /// Its key, when a manifest could be read.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub key: Option<TransferKey>,
    /// The package's digest.
    #[serde(with = "form")]
    pub package: Digest,
    /// The package's length in bytes.
    pub size: u64,
    /// The transfer.
    #[serde(with = "form")]
    pub transfer: TransferId,
    /// The version of its manifest, when it could be read.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<SedaVersion>,
}

/// An archive is kept on every required volume.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// The archive.
    #[serde(with = "form")]
    pub archive: ArchiveId,
    /// Bytes of its digital objects.
    pub bytes: u64,
    /// Its generation.
    pub generation: u32,
    /// The digest of its OCFL inventory.
    #[serde(with = "form")]
    pub inventory: Digest,
    /// Its public number within the tenant.
    pub number: u64,
    /// Its data objects.
    pub objects: u64,
    /// The identifier of its reply.
    #[serde(with = "form")]
    pub reply: MessageId,
    /// Its place in the order of the catalog.
    pub sequence: u64,
    /// The transfer that brought it.
    #[serde(with = "form")]
    pub transfer: TransferId,
    /// Its archive units.
    pub units: u64,
    /// Whether a finding is a warning.
    pub with_warnings: bool,
}

/// A transfer whose controls pass waits for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwaitingValidation {
    /// The transfer.
    #[serde(with = "form")]
    pub transfer: TransferId,
}

/// A transfer is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// How many findings of each code.
    pub counts: BTreeMap<String, u64>,
    /// The identifier of its reply.
    #[serde(with = "form")]
    pub reply: MessageId,
    /// The digest of its whole report.
    #[serde(with = "form")]
    pub report: Digest,
    /// The transfer.
    #[serde(with = "form")]
    pub transfer: TransferId,
}

/// An object's content was read, or an archive's manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentRead {
    /// The archive that holds it.
    #[serde(with = "form")]
    pub archive: ArchiveId,
    /// The object; the archive's manifest when none.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectId>,
    /// What for.
    #[serde(with = "form")]
    pub purpose: Purpose,
}

/// What a content is read for: a word, because free text could name a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A person or a tool looks at it or downloads it.
    Consultation,
    /// It is put into a delivery.
    Delivery,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 2] = [Self::Consultation, Self::Delivery];

    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Consultation => "consultation",
            Self::Delivery => "delivery",
        }
    }

    /// The purpose that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.word() == word)
    }
}

/// Archives were delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivered {
    /// The archives of which units were delivered.
    #[serde(with = "form")]
    pub archives: Vec<ArchiveId>,
    /// The identifier of the `ArchiveDeliveryRequestReply`.
    #[serde(with = "form")]
    pub reply: MessageId,
    /// The request that it answers, when it was one that was registered.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// How many units.
    pub units: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TransferKey", deny_unknown_fields)]
struct TransferKeyForm {
    message_identifier: String,
    transferring_agency: String,
}

mirrored! { TransferKey => TransferKeyForm }

spoken! { Purpose, |purpose: &Self| purpose.word(), Self::from_word; }
