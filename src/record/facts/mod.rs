//! What journal lines say that a rebuild needs: typed facts, each with its event type and the journal it belongs to.
//!
//! A fact's detail is a JSON object on one line, keys sorted, without personal data: opaque identifiers, digests,
//! counts and the identifiers of agencies and messages, never a person's or a file's name. Lines of other kinds carry
//! no fact. Event types are PREMIS's (`eventType` vocabulary of the Library of Congress) where one fits, else our own.

pub mod life_cycle;
pub mod events;
pub mod profiles;
pub mod installation;
pub mod describing;
pub mod communication;
pub mod holding;
pub mod takeover;
pub mod restitution;
pub mod disposal;

use crate::{
    domain::{
        id::ActorId,
        journal::{Event, JournalId},
        tenant::TenantId,
    },
    record::{
        Error,
        facts::{
            communication::{CommunicationRequested, DerogationAnswered},
            describing::Amended,
            disposal::{Consented, Destroyed, DisposalAbandoned, DisposalPlanned, DisposalSent, Disposed},
            events::{CredentialEnrolled, CredentialIssued, CredentialRevoked, DaySealed, ReferentialImported},
            holding::{HoldLifted, HoldPlaced},
            installation::{
                Audited, EvidenceMade, LogKey, TenantCreated, TimeStampMissed, TimeStamped, VolumeRepaired, Witnessed,
            },
            life_cycle::{Accepted, AwaitingValidation, ContentRead, Delivered, Received, Refused},
            profiles::ProfileImported,
            restitution::Restituted,
            takeover::{TakenOver, TenantTaken},
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
/// Our own: a tenant was given back whole.
pub const RESTITUTION: &str = "restitution";
/// Our own: a referential was imported.
pub const REFERENTIAL_IMPORT: &str = "referential import";
/// Our own: an archival profile was imported.
pub const PROFILE_IMPORT: &str = "profile import";
/// Our own: a credential was issued.
pub const CREDENTIAL_ISSUE: &str = "credential issue";
/// Our own: an account was given a new secret.
pub const CREDENTIAL_ENROLMENT: &str = "credential enrolment";
/// Our own: a credential was revoked.
pub const CREDENTIAL_REVOCATION: &str = "credential revocation";
/// Our own: a tenant was made.
pub const TENANT_CREATION: &str = "tenant creation";
/// Our own: a tenant was taken over from another installation.
pub const TENANT_TAKING: &str = "tenant take-over";
/// PREMIS "migration" is of formats; our own: a tenant's journals go on in another installation's log.
pub const TAKING_OVER: &str = "take-over";
/// PREMIS "replication": files of a volume were made again, bit for bit, from a good copy.
pub const REPLICATION: &str = "replication";

/// PREMIS "metadata modification": descriptions, rules or places of units were amended.
pub const AMENDMENT: &str = "metadata modification";
/// Our own: a hold was placed.
pub const HOLD: &str = "hold";
/// Our own: a hold was lifted.
pub const HOLD_LIFTING: &str = "hold lifting";
/// Our own: a plan was made by which units leave.
pub const DISPOSAL_PLAN: &str = "disposal plan";
/// Our own: archives were asked for.
pub const COMMUNICATION_REQUEST: &str = "communication request";
/// Our own: an agency granted a derogation, or refused it.
pub const DEROGATION: &str = "derogation";
/// Our own: an agency agreed to a plan, or refused.
pub const CONSENT: &str = "consent";
/// PREMIS "transfer": units were sent to the agency that takes them.
pub const TRANSFER: &str = "transfer";
/// Our own: a plan was given up.
pub const DISPOSAL_ABANDONMENT: &str = "disposal abandonment";
/// PREMIS "deletion": what a plan names in one archive was destroyed.
pub const DELETION: &str = "deletion";
/// Our own: a plan was carried out to its end.
pub const DISPOSAL: &str = "disposal";

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

/// Makes the enumeration of facts: each with its struct of the same name, its event type and its journal.
macro_rules! facts {
    ($($(#[$doc:meta])* $fact:ident => $kind:ident, $chain:ident;)+) => {
        /// What happened, typed.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Fact {
            $($(#[$doc])* $fact($fact),)+
        }

        impl Fact {
            /// Its event type.
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$fact(_) => $kind,)+
                }
            }

            /// The journal it belongs to.
            pub const fn chain(&self) -> Chain {
                match self {
                    $(Self::$fact(_) => Chain::$chain,)+
                }
            }

            /// Its detail: a JSON object on one line, keys sorted.
            pub fn detail(&self) -> Result<String, Error> {
                Ok(match self {
                    $(Self::$fact(fact) => serde_json::to_string(fact)?,)+
                })
            }

            /// The fact that an event tells; `None` for a kind that carries none.
            pub fn read(event: &Event) -> Result<Option<Self>, Error> {
                Ok(match event.kind.as_str() {
                    $($kind => Some(Self::$fact(serde_json::from_str(&event.detail)?)),)+
                    _ => None,
                })
            }
        }
    };
}

facts! {
    /// A package is durable and acknowledged.
    Received => INGESTION_START, LifeCycle;
    /// An archive is kept.
    Accepted => ACCESSION, LifeCycle;
    /// A transfer waits for a person.
    AwaitingValidation => AWAITING_VALIDATION, LifeCycle;
    /// A transfer is refused.
    Refused => REFUSAL, LifeCycle;
    /// An object's content was read.
    ContentRead => ACCESS, LifeCycle;
    /// Archives were delivered.
    Delivered => DISSEMINATION, LifeCycle;
    /// A tenant was given back whole.
    Restituted => RESTITUTION, LifeCycle;
    /// A referential was imported.
    ReferentialImported => REFERENTIAL_IMPORT, Events;
    /// An archival profile was imported.
    ProfileImported => PROFILE_IMPORT, Events;
    /// A credential was issued.
    CredentialIssued => CREDENTIAL_ISSUE, Events;
    /// An account was given a new secret.
    CredentialEnrolled => CREDENTIAL_ENROLMENT, Events;
    /// A credential was revoked.
    CredentialRevoked => CREDENTIAL_REVOCATION, Events;
    /// A tenant was made.
    TenantCreated => TENANT_CREATION, Installation;
    /// A tenant was taken over from another installation.
    TenantTaken => TENANT_TAKING, Installation;
    /// The tenant's journals go on in another log.
    TakenOver => TAKING_OVER, LifeCycle;
    /// Files of a volume were repaired.
    VolumeRepaired => REPLICATION, Installation;
    /// A day of a tenant's journals was sealed. That of the installation's own is told in its own journal.
    DaySealed => SEALING, Events;
    /// The log has a key.
    LogKey => LOG_KEY, Installation;
    /// A checkpoint was time-stamped.
    TimeStamped => TIME_STAMPING, Installation;
    /// No time-stamp could be had.
    TimeStampMissed => TIME_STAMP_MISSING, Installation;
    /// The quorum of witnesses is lacking, or there again.
    Witnessed => WITNESSING, Installation;
    /// An audit ended.
    Audited => FIXITY_CHECK, Installation;
    /// Evidence was made or renewed.
    EvidenceMade => EVIDENCE, Installation;
    /// Descriptions, rules or places of units of an archive were amended.
    Amended => AMENDMENT, LifeCycle;
    /// Archives were asked for.
    CommunicationRequested => COMMUNICATION_REQUEST, LifeCycle;
    /// An agency granted a derogation, or refused it.
    DerogationAnswered => DEROGATION, LifeCycle;
    /// A hold was placed.
    HoldPlaced => HOLD, LifeCycle;
    /// A hold was lifted.
    HoldLifted => HOLD_LIFTING, LifeCycle;
    /// A plan was made by which units leave.
    DisposalPlanned => DISPOSAL_PLAN, LifeCycle;
    /// An agency agreed to a plan, or refused.
    Consented => CONSENT, LifeCycle;
    /// The units of a plan were sent to the agency that takes them.
    DisposalSent => TRANSFER, LifeCycle;
    /// A plan was given up.
    DisposalAbandoned => DISPOSAL_ABANDONMENT, LifeCycle;
    /// What a plan names in one archive was destroyed.
    Destroyed => DELETION, LifeCycle;
    /// A plan was carried out to its end, and attested.
    Disposed => DISPOSAL, LifeCycle;
}

impl Fact {
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
            Self::Restituted(fact) => fact.restitution.to_string(),
            Self::ReferentialImported(fact) => fact.kind.word().to_owned(),
            Self::ProfileImported(_) => "profiles".to_owned(),
            Self::CredentialIssued(fact) => fact.actor.to_string(),
            Self::CredentialEnrolled(fact) => fact.actor.to_string(),
            Self::CredentialRevoked(fact) => fact.actor.to_string(),
            Self::TenantCreated(fact) => fact.tenant.to_string(),
            Self::TenantTaken(fact) => fact.tenant.to_string(),
            Self::TakenOver(fact) => fact.installation.clone(),
            Self::VolumeRepaired(fact) => fact.object.clone(),
            Self::DaySealed(fact) => fact.day.to_string(),
            Self::LogKey(_) => LOG_OBJECT.to_owned(),
            Self::TimeStamped(fact) => fact.size.to_string(),
            Self::TimeStampMissed(fact) => fact.size.to_string(),
            Self::Witnessed(fact) => fact.size.to_string(),
            Self::Audited(_) => "volumes".to_owned(),
            Self::EvidenceMade(fact) => fact.day.to_string(),
            Self::Amended(fact) => fact.archive.to_string(),
            Self::CommunicationRequested(fact) => fact.request.to_string(),
            Self::DerogationAnswered(fact) => fact.request.to_string(),
            Self::HoldPlaced(fact) => fact.hold.to_string(),
            Self::HoldLifted(fact) => fact.hold.to_string(),
            Self::DisposalPlanned(fact) => fact.disposal.to_string(),
            Self::Consented(fact) => fact.disposal.to_string(),
            Self::DisposalSent(fact) => fact.disposal.to_string(),
            Self::DisposalAbandoned(fact) => fact.disposal.to_string(),
            Self::Destroyed(fact) => fact.archive.to_string(),
            Self::Disposed(fact) => fact.disposal.to_string(),
        }
    }

    /// Its outcome: `KO` for what was refused or failed, `WARNING` for what was accepted with one or made good, `OK`
    /// otherwise.
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Refused(_)
            | Self::TimeStampMissed(_)
            | Self::Witnessed(Witnessed { quorum: false, .. })
            | Self::DerogationAnswered(DerogationAnswered { granted: false, .. })
            | Self::Consented(Consented { granted: false, .. }) => "KO",
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
}
