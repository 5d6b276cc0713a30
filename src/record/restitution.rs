//! `restitution.json`: what a restitution is, up to where the journals go in it, and how much it holds.
//!
//! The same text without counts stands aside while a restitution is being written: it says where the next run goes on.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        archive::Counts,
        clock::Timestamp,
        digest::Digest,
        id::RestitutionId,
        journal::{Head, JournalId},
        tenant::{Tenant, TenantId},
    },
    record::{Error, form, form::mirrored},
};

/// The file, at the root of the restitution; it is written last.
pub const FILE: &str = "restitution.json";

/// The list of the SHA-512 of every file but those of `ocfl/` and `log/`, which prove themselves, as `sha512sum` reads it.
pub const DIGESTS: &str = "empreintes.sha512";

/// The lines of the installation's journal that proofs need.
pub const INSTALLATION: &str = "installation.jsonl";

/// The attestation, which names the digest of [`FILE`].
pub const ATTESTATION: &str = "attestation.pdf";

/// The folder of what is unfinished; it is gone when the restitution is whole.
pub const UNFINISHED: &str = ".reprise";

/// The format that is written, and the only one read so far.
pub const FORMAT: &str = "cartulaire restitution 1";

/// What a restitution is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restitution {
    /// [`FORMAT`].
    pub format: String,
    /// The restitution's identifier, as its line tells it.
    #[serde(with = "form")]
    pub restitution: RestitutionId,
    /// When its line was written.
    #[serde(with = "form")]
    pub made_at: Timestamp,
    /// The tenant.
    #[serde(with = "form")]
    pub tenant: Tenant,
    /// The installation that gives it back.
    pub installation: String,
    /// The installation's log.
    pub log: LogAsOf,
    /// The tenant's journals, by name, as the log covers them.
    pub journals: Vec<JournalAsOf>,
    /// How much it holds; absent while it is being written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Holds>,
}

/// The log, as the restitution has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogAsOf {
    /// The origin of its checkpoints.
    pub origin: String,
    /// Entries that the checkpoint covers: whatever came later is not in the restitution.
    pub size: u64,
    /// The checkpoint, as its file has it, byte for byte.
    pub checkpoint: String,
    /// The entry of the line that tells the restitution.
    pub line: u64,
    /// The size of the last checkpoint that is time-stamped; absent when none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stamped: Option<u64>,
}

/// A journal of the tenant, as the log covers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalAsOf {
    /// The journal.
    #[serde(with = "form")]
    pub journal: JournalId,
    /// The log's entry of its first line; absent when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// How many lines it has.
    pub length: u64,
    /// The digest of the last one.
    #[serde(with = "form")]
    pub head: Digest,
    /// How many of them stand in sealed days; the others stand in `journal/`.
    pub sealed: u64,
}

/// How much a restitution holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holds {
    /// Archives.
    pub archives: u64,
    /// What they hold.
    #[serde(with = "form")]
    pub counts: Counts,
    /// The digest of [`DIGESTS`].
    #[serde(with = "form")]
    pub digests: Digest,
    /// Lasting records: journals, referentials, accounts and others.
    pub records: u64,
    /// What stands at the root, folders with a closing slash.
    pub entries: Vec<String>,
}

impl Restitution {
    /// The file's bytes.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        crate::record::to_text(self)
    }

    /// Reads the file. A format that this version does not know is refused before anything else is looked at.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        let Versioned { format } = serde_json::from_slice(bytes)?;
        if format != FORMAT {
            return Err(Error::Format { found: format, known: FORMAT });
        }
        Ok(serde_json::from_slice(bytes)?)
    }

    /// A journal of the tenant.
    pub fn journal(&self, journal: &JournalId) -> Option<&JournalAsOf> {
        self.journals.iter().find(|one| one.journal == *journal)
    }
}

impl JournalAsOf {
    /// Where the journal stands; when its last line was written is not said.
    pub const fn head(&self) -> Head {
        Head { length: self.length, digest: self.head, at: None, first: self.first }
    }
}

#[derive(Deserialize)]
struct Versioned {
    format: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Tenant", deny_unknown_fields)]
struct TenantForm {
    #[serde(with = "form")]
    id: TenantId,
    name: String,
    archival_agency: String,
    #[serde(with = "form")]
    created_at: Timestamp,
}

mirrored! { Tenant => TenantForm }
