//! The pieces of a manifest in the order they are read, under their local identifiers: the archive mints its own.

use crate::domain::{digest::DeclaredDigest, object::DeclaredFormat, rule::Management, unit::Content};

/// One piece of a manifest, told when its element closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A data object; those of a `DataObjectGroup` come before their group.
    Object(Box<SourceObject>),
    /// A `DataObjectGroup` that stands as an element. Groups that objects declare themselves give no piece.
    Group(SourceGroup),
    /// An archive unit; nested units come before the unit that holds them.
    Unit(Box<SourceUnit>),
    /// An `ArchiveUnit` that only refers to another: a second name for it.
    Alias(Alias),
}

/// A local identifier that the manifest refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The identifier as written.
    pub target: String,
    /// The line, counted from 1.
    pub line: u64,
}

/// An `ArchiveUnit` that holds nothing but an `ArchiveUnitRefId`. Its target is also among the child references of the
/// unit around it; other references may name it instead of its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// Its `id`, empty when it has none.
    pub local_id: String,
    /// The unit around it; without one, its target is a root.
    pub parent: Option<String>,
    /// What it refers to: a unit, or another alias.
    pub target: Reference,
}

/// A value and where it stands, for checks that must name the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The element, as a path within `Content` or `Management`: `StartDate`, `AccessRule/Rule`.
    pub element: String,
    /// The value as written, trimmed.
    pub value: String,
    /// The line, counted from 1.
    pub line: u64,
}

/// What a unit says of its objects, in a `DataObjectReference`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ObjectReference {
    /// `DataObjectReferenceId`: one object.
    Object(Reference),
    /// `DataObjectGroupReferenceId`: a group.
    Group(Reference),
    /// `DataObjectGroupExistingReferenceId`: a group of another archive (VITAM).
    ExistingGroup(Reference),
}

/// An `ArchiveUnit` as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceUnit {
    /// Its `id`, empty when it has none.
    pub local_id: String,
    /// The line, counted from 1, of its start tag.
    pub line: u64,
    /// The unit in which it is nested.
    pub parent: Option<String>,
    /// The units that it holds by reference (`ArchiveUnitRefId`).
    pub child_references: Vec<Reference>,
    /// What it says of its objects.
    pub object_references: Vec<ObjectReference>,
    /// `ArchiveUnitProfile`.
    pub profile: Option<String>,
    /// What its `Content` says that we model.
    pub content: Content,
    /// Whether it has a `Content` at all.
    pub has_content: bool,
    /// The first `Title`, even when it is empty.
    pub title: Option<Mark>,
    /// Every date of its `Content`.
    pub dates: Vec<Mark>,
    /// What its `Management` says.
    pub management: Management,
    /// Every `Rule` and `RefNonRuleId` of its `Management`.
    pub rules: Vec<Mark>,
    /// Every date of its `Management`.
    pub rule_dates: Vec<Mark>,
    /// `ArchiveUnitProfile`, `Management`, `Content` and what extends the schema beside them, each as received and
    /// self-standing, one after the other.
    pub source: String,
    /// The text of the source, white space normalised.
    pub text: String,
}

/// Digital or physical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `BinaryDataObject`.
    Binary,
    /// `PhysicalDataObject`.
    Physical,
}

/// `Attachment`: bytes within the manifest, or a name of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inline {
    /// Its `filename`.
    pub filename: Option<String>,
    /// Its `uri`.
    pub uri: Option<String>,
    /// Whether bytes stand in it.
    pub has_bytes: bool,
}

/// A `BinaryDataObject` or `PhysicalDataObject` as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceObject {
    /// Its `id`, empty when it has none.
    pub local_id: String,
    /// The line, counted from 1, of its start tag.
    pub line: u64,
    /// Digital or physical.
    pub kind: Kind,
    /// The `DataObjectGroup` element in which it stands.
    pub nested_in: Option<String>,
    /// `DataObjectGroupId`: the group that it declares.
    pub group_id: Option<Reference>,
    /// `DataObjectGroupReferenceId`: the group that it joins.
    pub group_reference: Option<Reference>,
    /// `DataObjectGroupExistingReferenceId`: a group of another archive that it joins (VITAM).
    pub existing_group: Option<Reference>,
    /// `DataObjectVersion`, as written.
    pub version: Option<Mark>,
    /// `Uri`.
    pub uri: Option<Mark>,
    /// `MessageDigest`, each one declared.
    pub digests: Vec<DeclaredDigest>,
    /// `Size`, as written.
    pub size: Option<Mark>,
    /// `FileInfo/Filename`.
    pub filename: Option<String>,
    /// `FormatIdentification`.
    pub format: DeclaredFormat,
    /// `PhysicalId`.
    pub physical_id: Option<Mark>,
    /// `Attachment`.
    pub attachment: Option<Inline>,
    /// The element as received, self-standing.
    pub source: String,
}

impl SourceObject {
    /// The local identifier of its group: the element around it, or the one it joins, or the one it declares.
    pub fn group(&self) -> Option<&str> {
        let joined = self.group_reference.as_ref().or(self.group_id.as_ref());
        self.nested_in.as_deref().or_else(|| joined.map(|reference| reference.target.as_str()))
    }
}

/// A `DataObjectGroup` element as read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceGroup {
    /// Its `id`, empty when it has none.
    pub local_id: String,
    /// The line, counted from 1, of its start tag.
    pub line: u64,
    /// What it holds beside objects (`LogBook`), as received and self-standing.
    pub source: Option<String>,
}
