//! `description.jsonl`: what an archive holds, one JSON object per line, groups first, then objects, then units.
//!
//! Nothing of a manifest is interpreted here. What is absent or empty is not written, except an optional text that is
//! there and empty, so that each line gives back exactly the value that it was written from.

use std::{
    borrow::Cow,
    io::{Read, Write},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{
    domain::{
        archive::Part,
        digest::{DeclaredDigest, Digest, from_hex, to_hex},
        id::{GroupId, ObjectId, UnitId},
        name::Name,
        object::{Binary, DataObject, DeclaredFormat, Group, Matter},
        rule::Management,
        unit::{Content, Signing, Unit},
    },
    record::{
        Error,
        form::{self, Form, mirrored},
        jsonl,
        management::{is_false, is_silent},
    },
};

/// Writes a group, an object or a unit as one line. Fails past 64 MiB for one line.
pub fn write_part(part: &Part, out: impl Write) -> Result<(), Error> {
    jsonl::write(part, out)
}

/// Reads the lines of a description one by one, to the end or the first error.
pub fn parts(text: impl Read) -> impl Iterator<Item = Result<Part, Error>> {
    jsonl::read(text)
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Part", tag = "kind", rename_all = "snake_case")]
enum PartForm {
    Group(#[serde(with = "form")] Group),
    Object(#[serde(with = "form")] Box<DataObject>),
    Unit(#[serde(with = "form")] Box<Unit>),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Group", deny_unknown_fields)]
struct GroupForm {
    #[serde(with = "form")]
    id: GroupId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    local_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "DataObject", deny_unknown_fields)]
struct DataObjectForm {
    #[serde(with = "form")]
    id: ObjectId,
    local_id: String,
    #[serde(with = "form")]
    group: GroupId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(with = "form")]
    matter: Matter,
    source: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Matter", rename_all = "snake_case")]
enum MatterForm {
    Binary(#[serde(with = "form")] Binary),
    Physical(#[serde(with = "physical")] Option<String>),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "DeclaredDigest", deny_unknown_fields)]
struct DeclaredDigestForm {
    algorithm: String,
    value: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "DeclaredFormat", deny_unknown_fields)]
struct DeclaredFormatForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    puid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mime: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Unit", deny_unknown_fields)]
struct UnitForm {
    #[serde(with = "form")]
    id: UnitId,
    local_id: String,
    #[serde(with = "form", default, skip_serializing_if = "Vec::is_empty")]
    parents: Vec<UnitId>,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    group: Option<GroupId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    existing_group: Option<String>,
    #[serde(with = "form")]
    content: Content,
    #[serde(with = "form", default, skip_serializing_if = "is_silent")]
    management: Management,
    source: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    text: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Content", deny_unknown_fields)]
struct ContentForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    originating_agency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    submission_agency: Option<String>,
    #[serde(with = "identifiers", default, skip_serializing_if = "Vec::is_empty")]
    identifiers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    keywords: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    document_type: Option<String>,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    signing: Option<Signing>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Signing", deny_unknown_fields)]
struct SigningForm {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    detached_roles: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    signed_document_references: Vec<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    described: bool,
}

mirrored! {
    Part => PartForm,
    Group => GroupForm,
    DataObject => DataObjectForm,
    Matter => MatterForm,
    DeclaredDigest => DeclaredDigestForm,
    DeclaredFormat => DeclaredFormatForm,
    Unit => UnitForm,
    Content => ContentForm,
    Signing => SigningForm,
}

/// The bytes of an object. Its name has two keys, hence no mirror.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BinaryForm<'a> {
    name: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name_hex: Option<String>,
    filename: Cow<'a, str>,
    size: u64,
    #[serde(with = "form")]
    digest: Digest,
    #[serde(with = "form", default, skip_serializing_if = "Vec::is_empty")]
    declared: Vec<DeclaredDigest>,
    #[serde(with = "form", default, skip_serializing_if = "is_undeclared")]
    format: DeclaredFormat,
}

impl Form for Binary {
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (name, name_hex) = name_to_text(&self.name);
        let form = BinaryForm {
            name,
            name_hex,
            filename: Cow::Borrowed(&self.filename),
            size: self.size,
            digest: self.digest,
            declared: self.declared.clone(),
            format: self.format.clone(),
        };
        form.serialize(to)
    }

    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let BinaryForm { name, name_hex, filename, size, digest, declared, format } = BinaryForm::deserialize(from)?;
        let name = name_from_text(&name, name_hex.as_deref()).ok_or_else(|| D::Error::custom(NOT_THE_NAME))?;
        Ok(Self { name, filename: filename.into_owned(), size, digest, declared, format })
    }
}

/// Said of a name whose bytes and display form do not agree.
pub(super) const NOT_THE_NAME: &str = "the bytes in hexadecimal are not those of the name";

/// A name's display form, and its bytes in hexadecimal when they are not UTF-8.
pub(super) fn name_to_text(name: &Name) -> (Cow<'_, str>, Option<String>) {
    match name.text() {
        Some(text) => (Cow::Borrowed(text), None),
        None => (Cow::Owned(name.display()), Some(to_hex(name.bytes()))),
    }
}

/// The name that a display form and bytes in hexadecimal stand for; `None` when they do not agree.
pub(super) fn name_from_text(shown: &str, hex: Option<&str>) -> Option<Name> {
    let Some(hex) = hex else { return Some(Name::from(shown)) };
    Some(Name::new(from_hex(hex)?)).filter(|name| name.display() == shown)
}

fn is_undeclared(format: &DeclaredFormat) -> bool {
    *format == DeclaredFormat::default()
}

/// A physical object: `{"physical_id": "…"}`, or `{}` when the manifest gives none.
mod physical {
    use super::{Cow, Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct PhysicalForm<'a> {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        physical_id: Option<Cow<'a, str>>,
    }

    #[expect(clippy::ref_option, reason = "serde hands a reference to the field")]
    pub(super) fn serialize<S: Serializer>(id: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
        PhysicalForm { physical_id: id.as_deref().map(Cow::Borrowed) }.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
        Ok(PhysicalForm::deserialize(from)?.physical_id.map(Cow::into_owned))
    }
}

/// A unit's identifiers: `[{"kind": "ArchivalAgencyArchiveUnitIdentifier", "value": "…"}]`.
mod identifiers {
    use super::{Cow, Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct IdentifierForm<'a> {
        kind: Cow<'a, str>,
        value: Cow<'a, str>,
    }

    pub(super) fn serialize<S: Serializer>(identifiers: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
        let form = |(kind, value)| IdentifierForm { kind: Cow::Borrowed(kind), value: Cow::Borrowed(value) };
        to.collect_seq(identifiers.iter().map(|(kind, value)| form((kind.as_str(), value.as_str()))))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, String)>, D::Error> {
        let forms = Vec::<IdentifierForm<'static>>::deserialize(from)?;
        Ok(forms.into_iter().map(|form| (form.kind.into_owned(), form.value.into_owned())).collect())
    }
}
