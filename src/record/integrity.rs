//! The integrity report on one archive, as JSON that programs read: what was verified, when, and with what result.
//!
//! Nothing is verified here. What nobody could verify is said as such, never left out.

use serde::Serialize;

use crate::{
    domain::{
        clock::Timestamp,
        digest::Digest,
        id::{ActorId, ArchiveId, MessageId, TransferId},
        journal::JournalId,
        seda::{Dialect, SedaVersion},
        tenant::TenantId,
        transfer::PackageFacts,
    },
    record::{Error, form, report::Summary},
};

/// The format that is written.
pub const FORMAT: &str = "cartulaire-integrity/1";

/// Everything that the report says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Integrity {
    /// The instant at which all was verified.
    #[serde(with = "form")]
    pub made_at: Timestamp,
    /// What follows from the rest.
    pub verdict: Verdict,
    /// What the archive is.
    pub archive: Identity,
    /// What brought it.
    pub deposit: Deposit,
    /// What its examination found, as it was kept with it; absent when no copy of that can be read.
    #[serde(with = "form", skip_serializing_if = "Option::is_none")]
    pub examination: Option<Summary>,
    /// Its copies, each read whole for this report.
    pub copies: Vec<Copy>,
    /// The journals' lines about it and its transfer, by their order in the log.
    pub lines: Vec<LineSeen>,
    /// The log's checkpoint under which the lines were verified; absent when none could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// The first time-stamp of each authority that covers its acceptance.
    pub time_stamps: Vec<TimeStamp>,
    /// The first checkpoint cosigned by a quorum that covers its acceptance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned: Option<Cosigned>,
    /// Audits of the installation's copies since its acceptance, and repairs of its own, the last ones.
    pub fixity: Vec<Fixity>,
    /// What was done for the evidence record (RFC 4998) of its day.
    pub evidence: Vec<EvidenceStep>,
    /// Its evidence record (RFC 4998), completed and verified; absent while that of its day is not made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_record: Option<EvidenceRecord>,
    /// What this report does not prove, in French.
    pub not_verified: Vec<String>,
}

/// What follows from everything that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every copy is whole, and the log proves every line.
    Intact,
    /// A copy is whole and the log proves it; another is not, or something could not be verified.
    Degraded,
    /// No copy is whole, or the log does not prove what the journal says.
    Broken,
}

/// What became of one verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Verified, and right.
    Verified,
    /// Verified, and wrong.
    Faulty,
    /// Not verified: never to be read as right.
    NotVerified,
}

/// What the archive is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Its identifier.
    #[serde(with = "form")]
    pub id: ArchiveId,
    /// Its number within the tenant.
    pub number: u64,
    /// Its generation, from 1.
    pub generation: u32,
    /// The tenant that holds it.
    #[serde(with = "form")]
    pub tenant: TenantId,
    /// The tenant's name.
    pub service: String,
    /// The titles of its first root units.
    pub titles: Vec<String>,
    /// `MessageIdentifier`.
    pub message_identifier: String,
    /// `ArchivalAgreement`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<String>,
    /// `ArchivalAgency`.
    pub archival_agency: String,
    /// `TransferringAgency`.
    pub transferring_agency: String,
    /// `OriginatingAgencyIdentifier`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub originating_agency: Option<String>,
    /// `SubmissionAgencyIdentifier`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission_agency: Option<String>,
    /// The version of its manifest.
    #[serde(with = "form")]
    pub seda_version: SedaVersion,
    /// The dialect of its manifest.
    #[serde(with = "form")]
    pub dialect: Dialect,
    /// Archive units.
    pub units: u64,
    /// Data objects.
    pub objects: u64,
    /// Bytes of the digital objects.
    pub bytes: u64,
}

/// What brought the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deposit {
    /// The transfer.
    #[serde(with = "form")]
    pub transfer: TransferId,
    /// Who deposited it, opaque.
    #[serde(with = "form")]
    pub deposited_by: ActorId,
    /// When it was received.
    #[serde(with = "form")]
    pub received_at: Timestamp,
    /// When it was accepted.
    #[serde(with = "form")]
    pub accepted_at: Timestamp,
    /// The package as it came.
    #[serde(with = "form")]
    pub package: PackageFacts,
    /// The identifier of its `Acknowledgement`.
    #[serde(with = "form")]
    pub acknowledgement: MessageId,
    /// The identifier of its `ArchiveTransferReply`.
    #[serde(with = "form")]
    pub reply: MessageId,
    /// The digest of the OCFL inventory that the journal tells.
    #[serde(with = "form")]
    pub inventory: Digest,
}

/// One copy, as it was just read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Copy {
    /// The volume, from 1, in the order of the configuration.
    pub volume: usize,
    /// What it was found to be.
    pub state: CopyState,
    /// When it had been read.
    #[serde(with = "form")]
    pub verified_at: Timestamp,
    /// Bytes of content that were read and are right.
    pub bytes: u64,
    /// What is wrong with it, file by file.
    pub faults: Vec<FileFault>,
}

/// What a copy was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CopyState {
    /// Every byte is what was kept, and the inventory is the one that the journal tells.
    Whole,
    /// A file is not what was kept.
    Altered,
    /// There is no copy.
    Missing,
    /// The volume cannot be read: nothing is known of the copy.
    Unreachable,
}

/// What is wrong with one file of a copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileFault {
    /// The file, below the object's root.
    pub path: String,
    /// `missing`, `altered` or `extra`.
    pub kind: String,
}

/// A journal line, and whether the log has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineSeen {
    /// The journal.
    #[serde(with = "form")]
    pub journal: JournalId,
    /// Its place in the journal.
    pub position: u64,
    /// Its place in the log.
    pub entry: u64,
    /// When it was written.
    #[serde(with = "form")]
    pub at: Timestamp,
    /// What happened (PREMIS `eventType`).
    pub kind: String,
    /// To what.
    pub object: String,
    /// How it came out.
    pub outcome: String,
    /// Who acted, opaque; absent for the archive itself.
    #[serde(with = "form", skip_serializing_if = "Option::is_none")]
    pub actor: Option<ActorId>,
    /// Its digest.
    #[serde(with = "form")]
    pub digest: Digest,
    /// Whether its digest is that of what it says, and the log has it under the checkpoint.
    pub state: State,
}

/// A checkpoint of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checkpoint {
    /// The log's identity.
    pub origin: String,
    /// How many entries it covers.
    pub size: u64,
    /// The root of its tree, in base64 (C2SP tlog-checkpoint).
    pub root: String,
    /// The key that should have signed it, as the installation's journal tells it.
    pub key: String,
    /// Whether that key did.
    pub state: State,
}

/// A time-stamp (RFC 3161) of a checkpoint that covers the acceptance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimeStamp {
    /// The authority's name in the configuration.
    pub authority: String,
    /// Whether it is another party than the archive; when not, no third party vouches for the time.
    pub third_party: bool,
    /// Entries of the checkpoint.
    pub size: u64,
    /// The instant that the token states.
    #[serde(with = "form")]
    pub time: Timestamp,
    /// The digest of the token, in DER.
    #[serde(with = "form")]
    pub token: Digest,
    /// Whether the token holds now, is about that checkpoint, and the checkpoint covers the acceptance.
    pub state: State,
    /// Why it is not verified or wrong, in French.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is known of it when it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<TokenSigner>,
}

/// Who signed a token that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenSigner {
    /// The subject of the certificate.
    pub subject: String,
    /// When the first certificate of the chain expires.
    #[serde(with = "form")]
    pub not_after: Timestamp,
    /// Whether revocation lists were at hand; when not, revocation was not examined.
    pub revocation_examined: bool,
}

/// A checkpoint that a quorum of witnesses cosigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cosigned {
    /// Entries of the checkpoint.
    pub size: u64,
    /// How many witnesses must have cosigned.
    pub quorum: usize,
    /// Those whose cosignatures hold.
    pub witnesses: Vec<Witness>,
    /// Whether they are a quorum, and the checkpoint covers the acceptance.
    pub state: State,
}

/// A witness whose cosignature holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Witness {
    /// Its name.
    pub name: String,
    /// The instant that it states.
    #[serde(with = "form")]
    pub time: Timestamp,
    /// Whether it stands on the archive's own machine, so that it is no third party.
    pub same_host: bool,
}

/// An audit of copies, or a repair.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fixity {
    /// When it ended.
    #[serde(with = "form")]
    pub at: Timestamp,
    /// The entry of its line in the log.
    pub entry: u64,
    /// `fixity check` of the whole installation, or `replication` of this archive (PREMIS `eventType`).
    pub kind: String,
    /// Copies read by the audit; 1 for a repair.
    pub copies: u64,
    /// Copies that were bad.
    pub bad: u64,
    /// Bad copies that were made again.
    pub repaired: u64,
}

/// A step in the life of the evidence record of the archive's day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceStep {
    /// When it was told.
    #[serde(with = "form")]
    pub at: Timestamp,
    /// The entry of its line in the log.
    pub entry: u64,
    /// `first`, `time-stamp renewal` or `hash-tree renewal`.
    pub step: String,
    /// The digest of the archive time-stamp sequence, in DER.
    #[serde(with = "form")]
    pub evidence: Digest,
}

/// The evidence record of the archive, verified over the digests of all its files as they were accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceRecord {
    /// Whether it proves each file at this instant, for who believes the configured authorities.
    pub state: State,
    /// Files of the archive that it was verified over.
    pub files: usize,
    /// Why it is not verified or wrong, in French.
    pub reasons: Vec<String>,
}

impl Integrity {
    /// The report as JSON, indented, with a line feed at its end.
    pub fn to_json(&self) -> Result<String, Error> {
        Ok(serde_json::to_string_pretty(&self.versioned())? + "\n")
    }

    /// The report as JSON on one line, without a line feed.
    pub fn to_line(&self) -> Result<String, Error> {
        Ok(serde_json::to_string(&self.versioned())?)
    }

    const fn versioned(&self) -> Versioned<'_> {
        Versioned { format: FORMAT, report: self }
    }
}

#[derive(Serialize)]
struct Versioned<'a> {
    format: &'static str,
    #[serde(flatten)]
    report: &'a Integrity,
}
