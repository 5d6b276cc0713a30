//! What journal lines say that a rebuild needs: typed facts, each with its event type and the journal it belongs to.
//!
//! A fact's detail is a JSON object on one line, keys sorted, without personal data: opaque identifiers, digests,
//! counts and the identifiers of agencies and messages, never a person's or a file's name. Lines of other kinds carry
//! no fact. Event types are PREMIS's (`eventType` vocabulary of the Library of Congress) where one fits, else our own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        digest::Digest,
        id::{ActorId, ArchiveId, MessageId, ObjectId, TransferId},
        journal::{Event, JournalId},
        mandate::Permission,
        seda::SedaVersion,
        tenant::TenantId,
        transfer::TransferKey,
    },
    record::{
        Error,
        form::{self, mirrored, spoken},
    },
};

/// PREMIS "ingestion start": a package is durable and acknowledged.
pub const INGESTION_START: &str = "ingestion start";
/// PREMIS "accession": an archive is kept, and the archive answers for it from here on.
pub const ACCESSION: &str = "accession";
/// Our own: a transfer whose controls pass waits for a person.
pub const AWAITING_VALIDATION: &str = "awaiting validation";
/// Our own: a transfer is refused.
pub const REFUSAL: &str = "refusal";
/// Our own: one object's content was read.
pub const ACCESS: &str = "access";
/// PREMIS "dissemination": archives were delivered to a requester.
pub const DISSEMINATION: &str = "dissemination";
/// Our own: a referential was imported.
pub const REFERENTIAL_IMPORT: &str = "referential import";
/// Our own: a credential was issued.
pub const CREDENTIAL_ISSUE: &str = "credential issue";
/// Our own: a credential was revoked.
pub const CREDENTIAL_REVOCATION: &str = "credential revocation";
/// Our own: a tenant was made.
pub const TENANT_CREATION: &str = "tenant creation";
/// PREMIS "replication": files of a volume were made again, bit for bit, from a good copy.
pub const REPLICATION: &str = "replication";

/// Which of the three journals a fact belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// The installation's.
    Installation,
    /// The life cycle of a tenant's archives.
    LifeCycle,
    /// A tenant's other events.
    Events,
}

impl Chain {
    /// The journal within `tenant`; the installation's whatever the tenant.
    pub fn within(self, tenant: &TenantId) -> JournalId {
        match self {
            Self::Installation => JournalId::Installation,
            Self::LifeCycle => JournalId::LifeCycle(tenant.clone()),
            Self::Events => JournalId::Events(tenant.clone()),
        }
    }
}

/// What happened, typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A package is durable and acknowledged.
    Received(Received),
    /// An archive is kept.
    Accepted(Accepted),
    /// A transfer waits for a person.
    AwaitingValidation(AwaitingValidation),
    /// A transfer is refused.
    Refused(Refused),
    /// An object's content was read.
    ContentRead(ContentRead),
    /// Archives were delivered.
    Delivered(Delivered),
    /// A referential was imported.
    ReferentialImported(ReferentialImported),
    /// A credential was issued.
    CredentialIssued(CredentialIssued),
    /// A credential was revoked.
    CredentialRevoked(CredentialRevoked),
    /// A tenant was made.
    TenantCreated(TenantCreated),
    /// Files of a volume were repaired.
    VolumeRepaired(VolumeRepaired),
}

impl Fact {
    /// Its event type.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Received(_) => INGESTION_START,
            Self::Accepted(_) => ACCESSION,
            Self::AwaitingValidation(_) => AWAITING_VALIDATION,
            Self::Refused(_) => REFUSAL,
            Self::ContentRead(_) => ACCESS,
            Self::Delivered(_) => DISSEMINATION,
            Self::ReferentialImported(_) => REFERENTIAL_IMPORT,
            Self::CredentialIssued(_) => CREDENTIAL_ISSUE,
            Self::CredentialRevoked(_) => CREDENTIAL_REVOCATION,
            Self::TenantCreated(_) => TENANT_CREATION,
            Self::VolumeRepaired(_) => REPLICATION,
        }
    }

    /// The journal it belongs to.
    pub const fn chain(&self) -> Chain {
        match self {
            Self::Received(_)
            | Self::Accepted(_)
            | Self::AwaitingValidation(_)
            | Self::Refused(_)
            | Self::ContentRead(_)
            | Self::Delivered(_) => Chain::LifeCycle,
            Self::ReferentialImported(_) | Self::CredentialIssued(_) | Self::CredentialRevoked(_) => Chain::Events,
            Self::TenantCreated(_) | Self::VolumeRepaired(_) => Chain::Installation,
        }
    }

    /// The identifier of what it happened to.
    pub fn object(&self) -> String {
        match self {
            Self::Received(fact) => fact.transfer.to_string(),
            Self::Accepted(fact) => fact.archive.to_string(),
            Self::AwaitingValidation(fact) => fact.transfer.to_string(),
            Self::Refused(fact) => fact.transfer.to_string(),
            Self::ContentRead(fact) => fact.object.to_string(),
            Self::Delivered(fact) => fact.reply.to_string(),
            Self::ReferentialImported(fact) => fact.kind.word().to_owned(),
            Self::CredentialIssued(fact) => fact.actor.to_string(),
            Self::CredentialRevoked(fact) => fact.actor.to_string(),
            Self::TenantCreated(fact) => fact.tenant.to_string(),
            Self::VolumeRepaired(fact) => fact.object.clone(),
        }
    }

    /// Its outcome: `KO` for a refusal, `WARNING` for an archive accepted with one, `OK` otherwise.
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Refused(_) => "KO",
            Self::Accepted(Accepted { with_warnings: true, .. }) => "WARNING",
            _ => "OK",
        }
    }

    /// The event that tells it, done by `actor`, or by the archive itself.
    pub fn event(&self, actor: Option<ActorId>) -> Result<Event, Error> {
        Ok(Event {
            actor,
            kind: self.kind().to_owned(),
            object: self.object(),
            outcome: self.outcome().to_owned(),
            detail: self.detail()?,
        })
    }

    /// Its detail: a JSON object on one line, keys sorted.
    pub fn detail(&self) -> Result<String, Error> {
        let detail = match self {
            Self::Received(fact) => serde_json::to_string(fact),
            Self::Accepted(fact) => serde_json::to_string(fact),
            Self::AwaitingValidation(fact) => serde_json::to_string(fact),
            Self::Refused(fact) => serde_json::to_string(fact),
            Self::ContentRead(fact) => serde_json::to_string(fact),
            Self::Delivered(fact) => serde_json::to_string(fact),
            Self::ReferentialImported(fact) => serde_json::to_string(fact),
            Self::CredentialIssued(fact) => serde_json::to_string(fact),
            Self::CredentialRevoked(fact) => serde_json::to_string(fact),
            Self::TenantCreated(fact) => serde_json::to_string(fact),
            Self::VolumeRepaired(fact) => serde_json::to_string(fact),
        };
        Ok(detail?)
    }

    /// The fact that an event tells; `None` for a kind that carries none.
    pub fn read(event: &Event) -> Result<Option<Self>, Error> {
        let detail = event.detail.as_str();
        Ok(Some(match event.kind.as_str() {
            INGESTION_START => Self::Received(serde_json::from_str(detail)?),
            ACCESSION => Self::Accepted(serde_json::from_str(detail)?),
            AWAITING_VALIDATION => Self::AwaitingValidation(serde_json::from_str(detail)?),
            REFUSAL => Self::Refused(serde_json::from_str(detail)?),
            ACCESS => Self::ContentRead(serde_json::from_str(detail)?),
            DISSEMINATION => Self::Delivered(serde_json::from_str(detail)?),
            REFERENTIAL_IMPORT => Self::ReferentialImported(serde_json::from_str(detail)?),
            CREDENTIAL_ISSUE => Self::CredentialIssued(serde_json::from_str(detail)?),
            CREDENTIAL_REVOCATION => Self::CredentialRevoked(serde_json::from_str(detail)?),
            TENANT_CREATION => Self::TenantCreated(serde_json::from_str(detail)?),
            REPLICATION => Self::VolumeRepaired(serde_json::from_str(detail)?),
            _ => return Ok(None),
        }))
    }
}

// The structs below are the wire itself: fields stand in the order of their keys, and are never renamed.

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

/// An object's content was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentRead {
    /// The archive that holds it.
    #[serde(with = "form")]
    pub archive: ArchiveId,
    /// The object.
    #[serde(with = "form")]
    pub object: ObjectId,
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
    /// How many units.
    pub units: u64,
}

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

/// A referential of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Referential {
    /// Agencies.
    Agencies,
    /// Archival agreements.
    Agreements,
    /// Management rules.
    Rules,
}

impl Referential {
    /// Every referential.
    pub const ALL: [Self; 3] = [Self::Agencies, Self::Agreements, Self::Rules];

    /// The word that stands for it, also the stem of its files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agencies => "agencies",
            Self::Agreements => "agreements",
            Self::Rules => "rules",
        }
    }

    /// The referential that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|referential| referential.word() == word)
    }
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

#[derive(Serialize, Deserialize)]
#[serde(remote = "TransferKey", deny_unknown_fields)]
struct TransferKeyForm {
    message_identifier: String,
    transferring_agency: String,
}

mirrored! { TransferKey => TransferKeyForm }

spoken! {
    Purpose, |purpose: &Self| purpose.word(), Self::from_word;
    Referential, |referential: &Self| referential.word(), Self::from_word;
}
