//! A deposit's life: received, examined, kept or refused.

use crate::domain::{
    check::Finding,
    clock::Timestamp,
    digest::Digest,
    id::{ActorId, ArchiveId, MessageId, TransferId},
    seda::SedaVersion,
    tenant::TenantId,
};

/// A deposit, from its reception on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Its identifier.
    pub id: TransferId,
    /// The tenant it was deposited in.
    pub tenant: TenantId,
    /// Who deposited it.
    pub by: ActorId,
    /// When it was received.
    pub received_at: Timestamp,
    /// The package as it came.
    pub package: PackageFacts,
    /// Its key, when a manifest could be read: no two transfers that are not refused share one within a tenant.
    pub key: Option<TransferKey>,
    /// The version of its manifest, when it could be read.
    pub version: Option<SedaVersion>,
    /// The identifier of its acknowledgement.
    pub acknowledgement: MessageId,
    /// Where it stands.
    pub status: TransferStatus,
}

/// The package as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFacts {
    /// The file's name as the depositor gave it.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its digest: the same bytes again get the same answer.
    pub digest: Digest,
}

/// What makes a deposit the same as another: who sends, and what it calls it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TransferKey {
    /// `TransferringAgency/Identifier`.
    pub transferring_agency: String,
    /// `MessageIdentifier`.
    pub message_identifier: String,
}

/// Where a transfer stands. Each state holds what it alone has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferStatus {
    /// Durable and acknowledged; its examination is to come.
    Received,
    /// Its controls pass; the agreement asks for a person.
    AwaitingValidation {
        /// When the controls passed.
        since: Timestamp,
    },
    /// Kept on every required volume.
    Accepted {
        /// What it left.
        archive: ArchiveId,
        /// The identifier of its reply.
        reply: MessageId,
        /// When it was accepted.
        at: Timestamp,
        /// Whether a finding is a warning.
        with_warnings: bool,
    },
    /// Refused: its reply says why.
    Refused {
        /// The identifier of its reply.
        reply: MessageId,
        /// When it was refused.
        at: Timestamp,
    },
}

impl TransferStatus {
    /// The word that stands for it in storage and the API.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::AwaitingValidation { .. } => "awaiting-validation",
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
        }
    }
}

/// A finding as it is told in a report: in the reply up to a limit, in the report file without one.
pub type Findings = Vec<Finding>;
