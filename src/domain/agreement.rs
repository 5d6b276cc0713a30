//! Archival agreements: what an archival agency accepts, from whom, and how.

use crate::domain::seda::{Dialect, SedaVersion};

/// Who accepts a transfer whose controls pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acceptance {
    /// The archive does, at once.
    Automatic,
    /// A person with the right to validate does.
    Human,
}

/// What the agreement asks of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignaturePolicy {
    /// Signed or not.
    Allowed,
    /// A signed document is required.
    Mandatory,
    /// None may be signed.
    Forbidden,
}

/// An `ArchivalAgreement`. An empty list means "any".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// As messages name it.
    pub identifier: String,
    /// For people.
    pub name: String,
    /// Whether deposits may refer to it.
    pub active: bool,
    /// `TransferringAgency` identifiers allowed.
    pub transferring_agencies: Vec<String>,
    /// `OriginatingAgency` identifiers allowed.
    pub originating_agencies: Vec<String>,
    /// SEDA versions allowed.
    pub versions: Vec<SedaVersion>,
    /// Dialects allowed; empty means strict only.
    pub dialects: Vec<Dialect>,
    /// Who accepts.
    pub acceptance: Acceptance,
    /// PUIDs allowed.
    pub formats: Vec<String>,
    /// What is asked of signatures.
    pub signatures: SignaturePolicy,
    /// The `ArchivalProfile` that transfers must name and follow.
    pub profile: Option<String>,
    /// The most bytes that a package may hold once unpacked.
    pub max_bytes: Option<u64>,
    /// The most objects that a transfer may hold.
    pub max_objects: Option<u64>,
    /// Whether every group of digital objects must have a master (`BinaryMaster` or `PhysicalMaster`).
    pub master_mandatory: bool,
}

impl Agreement {
    /// The agreement that `init` makes: it accepts any agency, version and dialect until the archivist imports its own.
    pub fn open(identifier: &str, name: &str) -> Self {
        Self {
            identifier: identifier.to_owned(),
            name: name.to_owned(),
            active: true,
            transferring_agencies: Vec::new(),
            originating_agencies: Vec::new(),
            versions: Vec::new(),
            dialects: vec![Dialect::Strict, Dialect::Vitam],
            acceptance: Acceptance::Automatic,
            formats: Vec::new(),
            signatures: SignaturePolicy::Allowed,
            profile: None,
            max_bytes: None,
            max_objects: None,
            master_mandatory: false,
        }
    }
}
