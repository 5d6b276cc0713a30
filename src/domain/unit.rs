//! An archive unit in our normal form: what we model, and the source that loses nothing.

use crate::domain::{
    id::{GroupId, UnitId},
    rule::Management,
};

/// An `ArchiveUnit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// Its system identifier.
    pub id: UnitId,
    /// Its `id` attribute in the manifest.
    pub local_id: String,
    /// Its parents within the archive, in the order of the source; empty for a root.
    pub parents: Vec<UnitId>,
    /// The group of objects it refers to, within the archive.
    pub group: Option<GroupId>,
    /// A group of another archive it refers to (`DataObjectGroupExistingReferenceId`), as written.
    pub existing_group: Option<String>,
    /// What its `Content` says that we model.
    pub content: Content,
    /// What its `Management` says.
    pub management: Management,
    /// The source: `ArchiveUnitProfile`, `Management` and `Content` as received, each element whole with its
    /// namespace declarations, one after the other. What we do not model lives here and comes back from here.
    pub source: String,
    /// Every word of the source's text, for the full-text index.
    pub text: String,
}

/// What we model of a unit's `Content`. Dates are kept as written: SEDA allows a year, a month, a day or an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// `DescriptionLevel`, as `RecordGrp`, `File` or `Item`.
    pub level: Option<String>,
    /// The first `Title`.
    pub title: String,
    /// The first `Description`.
    pub description: Option<String>,
    /// `StartDate`, as written.
    pub start_date: Option<String>,
    /// `EndDate`, as written.
    pub end_date: Option<String>,
    /// `OriginatingAgency/Identifier`; the transfer's when the unit says nothing.
    pub originating_agency: Option<String>,
    /// `SubmissionAgency/Identifier`.
    pub submission_agency: Option<String>,
    /// Every identifier of the unit: kind (element's name) and value.
    pub identifiers: Vec<(String, String)>,
    /// `Keyword/KeywordContent` and `Tag`.
    pub keywords: Vec<String>,
    /// `DocumentType`.
    pub document_type: Option<String>,
    /// What `SigningInformation` (2.3) or `Signature` says, when present.
    pub signing: Option<Signing>,
}

/// What a unit says of its own signing; the signatures themselves are validated elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signing {
    /// `SigningRole` values: `SignedDocument`, `Signature`, `Timestamp`, `AdditionalProof`.
    pub roles: Vec<String>,
    /// `DetachedSigningRole` values: roles held by other units or groups.
    pub detached_roles: Vec<String>,
    /// `SignedDocumentReferenceId` values: local identifiers.
    pub signed_document_references: Vec<String>,
    /// Whether signatories, validators, a time-stamp, a proof or a described signature stands in it.
    pub described: bool,
}
