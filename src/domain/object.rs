//! Data objects and their groups in our normal form.

use crate::domain::{
    digest::{DeclaredDigest, Digest},
    id::{GroupId, ObjectId},
    name::Name,
};

/// A `DataObjectGroup`, declared or implied by a lone object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its system identifier.
    pub id: GroupId,
    /// Its `id` in the manifest; `None` when a unit refers straight to an object without a group.
    pub local_id: Option<String>,
    /// What the group holds beside objects (`LogBook`), as received.
    pub source: Option<String>,
}

/// A `BinaryDataObject` or a `PhysicalDataObject`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataObject {
    /// Its system identifier.
    pub id: ObjectId,
    /// Its `id` attribute in the manifest.
    pub local_id: String,
    /// The group it stands in.
    pub group: GroupId,
    /// `DataObjectVersion`, as `BinaryMaster_1`, as written.
    pub version: Option<String>,
    /// Digital or physical.
    pub matter: Matter,
    /// The element as received, whole, with its namespace declarations.
    pub source: String,
}

/// What an object is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matter {
    /// Bytes.
    Binary(Binary),
    /// Paper or another thing, by its `PhysicalId`.
    Physical(Option<String>),
}

/// The bytes of a `BinaryDataObject`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binary {
    /// The entry of the package that holds it, under the name it came with.
    pub name: Name,
    /// `FileInfo/Filename`, or the name's last step.
    pub filename: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its digest.
    pub digest: Digest,
    /// The digests that the manifest declares.
    pub declared: Vec<DeclaredDigest>,
    /// What the manifest says of its format.
    pub format: DeclaredFormat,
}

/// `FormatIdentification`, as declared: nothing here was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeclaredFormat {
    /// `FormatId`, a PUID.
    pub puid: Option<String>,
    /// `MimeType`.
    pub mime: Option<String>,
    /// `FormatLitteral`.
    pub name: Option<String>,
}
