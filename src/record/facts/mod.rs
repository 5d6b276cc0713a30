//! What journal lines say that a rebuild needs: typed facts, each with its event type and the journal it belongs to.
//!
//! A fact's detail is a JSON object on one line, keys sorted, without personal data: opaque identifiers, digests,
//! counts and the identifiers of agencies and messages, never a person's or a file's name. Lines of other kinds carry
//! no fact. Event types are PREMIS's (`eventType` vocabulary of the Library of Congress) where one fits, else our own.

pub mod life_cycle;
pub mod events;
pub mod installation;

use crate::{
    domain::{
        id::ActorId,
        journal::{Event, JournalId},
        tenant::TenantId,
    },
    record::{
        Error,
        facts::{
            events::{CredentialIssued, CredentialRevoked, DaySealed, ReferentialImported},
            installation::{
                Audited, EvidenceMade, LogKey, TenantCreated, TimeStampMissed, TimeStamped, VolumeRepaired, Witnessed,
            },
            life_cycle::{Accepted, AwaitingValidation, ContentRead, Delivered, Received, Refused},
        },
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

/// Our own: a day of an owner's journals was sealed.
pub const SEALING: &str = "sealing";
/// Our own: the log is signed by another key from here on.
pub const LOG_KEY: &str = "log key";
/// What a line that names the log's key is about.
pub const LOG_OBJECT: &str = "log";
/// Our own: a checkpoint was time-stamped.
pub const TIME_STAMPING: &str = "time-stamping";
/// Our own: no time-stamp could be had.
pub const TIME_STAMP_MISSING: &str = "time-stamp missing";
/// Our own: the quorum of witnesses is lacking, or there again.
pub const WITNESSING: &str = "witnessing";
/// PREMIS "fixity check": copies were read and compared with what was kept.
pub const FIXITY_CHECK: &str = "fixity check";
/// Our own: evidence of a period was made or renewed.
pub const EVIDENCE: &str = "evidence";

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
    /// A day of a tenant's journals was sealed. That of the installation's own is told in its own journal.
    DaySealed(DaySealed),
    /// The log has a key.
    LogKey(LogKey),
    /// A checkpoint was time-stamped.
    TimeStamped(TimeStamped),
    /// No time-stamp could be had.
    TimeStampMissed(TimeStampMissed),
    /// The quorum of witnesses is lacking, or there again.
    Witnessed(Witnessed),
    /// An audit ended.
    Audited(Audited),
    /// Evidence was made or renewed.
    EvidenceMade(EvidenceMade),
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
            Self::DaySealed(_) => SEALING,
            Self::LogKey(_) => LOG_KEY,
            Self::TimeStamped(_) => TIME_STAMPING,
            Self::TimeStampMissed(_) => TIME_STAMP_MISSING,
            Self::Witnessed(_) => WITNESSING,
            Self::Audited(_) => FIXITY_CHECK,
            Self::EvidenceMade(_) => EVIDENCE,
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
            Self::ReferentialImported(_)
            | Self::CredentialIssued(_)
            | Self::CredentialRevoked(_)
            | Self::DaySealed(_) => Chain::Events,
            Self::TenantCreated(_)
            | Self::VolumeRepaired(_)
            | Self::LogKey(_)
            | Self::TimeStamped(_)
            | Self::TimeStampMissed(_)
            | Self::Witnessed(_)
            | Self::Audited(_)
            | Self::EvidenceMade(_) => Chain::Installation,
        }
    }

    /// The identifier of what it happened to.
    pub fn object(&self) -> String {
        match self {
            Self::Received(fact) => fact.transfer.to_string(),
            Self::Accepted(fact) => fact.archive.to_string(),
            Self::AwaitingValidation(fact) => fact.transfer.to_string(),
            Self::Refused(fact) => fact.transfer.to_string(),
            Self::ContentRead(fact) => {
                fact.object.map_or_else(|| fact.archive.to_string(), |object| object.to_string())
            }
            Self::Delivered(fact) => fact.reply.to_string(),
            Self::ReferentialImported(fact) => fact.kind.word().to_owned(),
            Self::CredentialIssued(fact) => fact.actor.to_string(),
            Self::CredentialRevoked(fact) => fact.actor.to_string(),
            Self::TenantCreated(fact) => fact.tenant.to_string(),
            Self::VolumeRepaired(fact) => fact.object.clone(),
            Self::DaySealed(fact) => fact.day.to_string(),
            Self::LogKey(_) => LOG_OBJECT.to_owned(),
            Self::TimeStamped(fact) => fact.size.to_string(),
            Self::TimeStampMissed(fact) => fact.size.to_string(),
            Self::Witnessed(fact) => fact.size.to_string(),
            Self::Audited(_) => "volumes".to_owned(),
            Self::EvidenceMade(fact) => fact.day.to_string(),
        }
    }

    /// Its outcome: `KO` for what was refused or failed, `WARNING` for what was accepted with one or made good, `OK`
    /// otherwise.
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Refused(_) | Self::TimeStampMissed(_) | Self::Witnessed(Witnessed { quorum: false, .. }) => "KO",
            Self::Audited(Audited { bad, repaired, .. }) if *bad > *repaired => "KO",
            Self::Audited(Audited { bad, .. }) if *bad > 0 => "WARNING",
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
            Self::DaySealed(fact) => serde_json::to_string(fact),
            Self::LogKey(fact) => serde_json::to_string(fact),
            Self::TimeStamped(fact) => serde_json::to_string(fact),
            Self::TimeStampMissed(fact) => serde_json::to_string(fact),
            Self::Witnessed(fact) => serde_json::to_string(fact),
            Self::Audited(fact) => serde_json::to_string(fact),
            Self::EvidenceMade(fact) => serde_json::to_string(fact),
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
            SEALING => Self::DaySealed(serde_json::from_str(detail)?),
            LOG_KEY => Self::LogKey(serde_json::from_str(detail)?),
            TIME_STAMPING => Self::TimeStamped(serde_json::from_str(detail)?),
            TIME_STAMP_MISSING => Self::TimeStampMissed(serde_json::from_str(detail)?),
            WITNESSING => Self::Witnessed(serde_json::from_str(detail)?),
            FIXITY_CHECK => Self::Audited(serde_json::from_str(detail)?),
            EVIDENCE => Self::EvidenceMade(serde_json::from_str(detail)?),
            _ => return Ok(None),
        }))
    }
}
