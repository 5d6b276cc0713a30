//! `archive.json`: the header of an archive, what brought it, and what its examination found.
//!
//! Units, groups and objects stand in `description.jsonl`. The archive's public number is given by the journal line
//! that accepts it, not here.

use std::{
    borrow::Cow,
    io::{Read, Write},
};

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        archive::{Archive, Counts, Header},
        clock::Timestamp,
        digest::Digest,
        id::{ActorId, ArchiveId, MessageId, TransferId},
        name::Name,
        rule::Management,
        seda::{Dialect, SedaVersion},
        tenant::TenantId,
        transfer::PackageFacts,
    },
    record::{
        Error,
        description::{NOT_THE_NAME, name_from_text, name_to_text},
        form::{self, mirrored},
        management::is_silent,
        report::Summary,
    },
};

/// The format that is written, and the only one read so far.
pub const FORMAT: &str = "cartulaire-archive/1";

/// The most bytes of an `archive.json`: 64 MiB. What is longer is refused when it is written.
const TEXT_BYTES: u64 = 64 * 1024 * 1024;

/// What `archive.json` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveRecord {
    /// The archive's header.
    pub archive: Archive,
    /// The package as it came.
    pub package: PackageFacts,
    /// The manifest's name in the package.
    pub manifest: Name,
    /// Who deposited it.
    pub deposited_by: ActorId,
    /// When it was received.
    pub received_at: Timestamp,
    /// The identifier of its `Acknowledgement`.
    pub acknowledgement: MessageId,
    /// The identifier of its `ArchiveTransferReply`.
    pub reply: MessageId,
    /// What its examination found.
    pub examination: Summary,
}

/// Writes `archive.json`, indented, with a line feed at its end.
pub fn write(record: &ArchiveRecord, mut out: impl Write) -> Result<(), Error> {
    let text = crate::record::to_text(&RecordForm::new(record))?;
    within_limit(&text)?;
    out.write_all(&text).map_err(Error::Write)
}

/// Reads `archive.json`. A format that this version does not know is refused before anything else is looked at.
pub fn read(text: impl Read) -> Result<ArchiveRecord, Error> {
    let mut bytes = Vec::new();
    text.take(TEXT_BYTES + 1).read_to_end(&mut bytes).map_err(Error::Read)?;
    within_limit(&bytes)?;
    let Versioned { format } = serde_json::from_slice(&bytes)?;
    if format != FORMAT {
        return Err(Error::Format { found: format, known: FORMAT });
    }
    let form: RecordForm<'_> = serde_json::from_slice(&bytes)?;
    form.into_record()
}

fn within_limit(text: &[u8]) -> Result<(), Error> {
    let within = u64::try_from(text.len()).is_ok_and(|length| length <= TEXT_BYTES);
    if within { Ok(()) } else { Err(Error::TooLong { limit: TEXT_BYTES }) }
}

#[derive(Deserialize)]
struct Versioned {
    format: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordForm<'a> {
    format: Cow<'a, str>,
    #[serde(with = "form")]
    archive: ArchiveId,
    #[serde(with = "form")]
    tenant: TenantId,
    generation: u32,
    #[serde(with = "form")]
    transfer: TransferId,
    #[serde(with = "form")]
    version: SedaVersion,
    #[serde(with = "form")]
    dialect: Dialect,
    #[serde(with = "form")]
    accepted_at: Timestamp,
    #[serde(with = "form")]
    received_at: Timestamp,
    #[serde(with = "form")]
    deposited_by: ActorId,
    #[serde(with = "form")]
    acknowledgement: MessageId,
    #[serde(with = "form")]
    reply: MessageId,
    #[serde(with = "form")]
    package: PackageFacts,
    manifest: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    manifest_hex: Option<String>,
    #[serde(with = "form")]
    counts: Counts,
    #[serde(with = "form")]
    header: Header,
    #[serde(with = "form")]
    examination: Summary,
}

impl<'a> RecordForm<'a> {
    fn new(record: &'a ArchiveRecord) -> Self {
        let archive = &record.archive;
        let (manifest, manifest_hex) = name_to_text(&record.manifest);
        Self {
            format: Cow::Borrowed(FORMAT),
            archive: archive.id,
            tenant: archive.tenant.clone(),
            generation: archive.generation,
            transfer: archive.transfer,
            version: archive.version,
            dialect: archive.dialect,
            accepted_at: archive.accepted_at,
            received_at: record.received_at,
            deposited_by: record.deposited_by,
            acknowledgement: record.acknowledgement,
            reply: record.reply,
            package: record.package.clone(),
            manifest,
            manifest_hex,
            counts: archive.counts,
            header: archive.header.clone(),
            examination: record.examination.clone(),
        }
    }

    fn into_record(self) -> Result<ArchiveRecord, Error> {
        let manifest = name_from_text(&self.manifest, self.manifest_hex.as_deref())
            .ok_or_else(|| <serde_json::Error as serde::de::Error>::custom(NOT_THE_NAME))?;
        let archive = Archive {
            id: self.archive,
            tenant: self.tenant,
            generation: self.generation,
            transfer: self.transfer,
            version: self.version,
            dialect: self.dialect,
            header: self.header,
            accepted_at: self.accepted_at,
            counts: self.counts,
        };
        Ok(ArchiveRecord {
            archive,
            package: self.package,
            manifest,
            deposited_by: self.deposited_by,
            received_at: self.received_at,
            acknowledgement: self.acknowledgement,
            reply: self.reply,
            examination: self.examination,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PackageFacts", deny_unknown_fields)]
struct PackageForm {
    name: String,
    size: u64,
    #[serde(with = "form")]
    digest: Digest,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Counts", deny_unknown_fields)]
struct CountsForm {
    units: u64,
    groups: u64,
    objects: u64,
    bytes: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Header", deny_unknown_fields)]
struct HeaderForm {
    message_identifier: String,
    date: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agreement: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service_level: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    acquisition: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    legal_status: Option<String>,
    archival_agency: String,
    transferring_agency: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    originating_agency: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    submission_agency: Option<String>,
    #[serde(with = "form", default, skip_serializing_if = "is_silent")]
    management: Management,
    source: String,
}

mirrored! { PackageFacts => PackageForm, Counts => CountsForm, Header => HeaderForm }
