//! What one accepted transfer leaves in storage.

use crate::domain::{
    clock::Timestamp,
    id::{ArchiveId, TransferId},
    rule::Management,
    seda::{Dialect, SedaVersion},
    tenant::TenantId,
};

/// An archive's header: everything but its units and objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// Its identifier, the same for ever.
    pub id: ArchiveId,
    /// The tenant that holds it.
    pub tenant: TenantId,
    /// Raised by each partial destruction; 1 at first.
    pub generation: u32,
    /// The transfer that brought it.
    pub transfer: TransferId,
    /// The version of its manifest.
    pub version: SedaVersion,
    /// The dialect of its manifest.
    pub dialect: Dialect,
    /// What the manifest's header says.
    pub header: Header,
    /// When it was accepted.
    pub accepted_at: Timestamp,
    /// How much it holds.
    pub counts: Counts,
}

/// What the manifest says around its units and objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// `MessageIdentifier`.
    pub message_identifier: String,
    /// The message's `Date`, as written.
    pub date: String,
    /// The first `Comment`.
    pub comment: Option<String>,
    /// `ArchivalAgreement`.
    pub agreement: Option<String>,
    /// `ArchivalProfile`.
    pub profile: Option<String>,
    /// `ServiceLevel`.
    pub service_level: Option<String>,
    /// `AcquisitionInformation`.
    pub acquisition: Option<String>,
    /// `LegalStatus`.
    pub legal_status: Option<String>,
    /// `ArchivalAgency/Identifier`.
    pub archival_agency: String,
    /// `TransferringAgency/Identifier`.
    pub transferring_agency: String,
    /// `ManagementMetadata/OriginatingAgencyIdentifier`.
    pub originating_agency: Option<String>,
    /// `ManagementMetadata/SubmissionAgencyIdentifier`.
    pub submission_agency: Option<String>,
    /// The rules of `ManagementMetadata`, which apply to the root units.
    pub management: Management,
    /// `CodeListVersions` and `ManagementMetadata` as received, whole, one after the other.
    pub source: String,
}

/// How much an archive holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Archive units.
    pub units: u64,
    /// Object groups.
    pub groups: u64,
    /// Data objects, digital and physical.
    pub objects: u64,
    /// Bytes of the digital objects.
    pub bytes: u64,
}

/// One line of an archive's description, in the order they are written: groups, objects, units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A group of objects.
    Group(crate::domain::object::Group),
    /// A data object.
    Object(Box<crate::domain::object::DataObject>),
    /// An archive unit.
    Unit(Box<crate::domain::unit::Unit>),
}
