//! `ArchiveTransferReply`: the answer to a transfer, accepted or refused, with everything that was found.
//!
//! Findings stand in `Operation/Event`, which the schemas allow in both answers.

use std::io::{self, Write};

use crate::{
    domain::{
        archive::Part,
        check::{Finding, Outcome, Report},
        clock::Timestamp,
        object::{DataObject, Matter},
        seda::SedaVersion,
        unit::Unit,
    },
    seda::{
        envelope,
        ledger::{self, Ledger, Target},
        package::Package,
    },
    xml::writer::Writer,
};

/// What a reply says around its package.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// Its own identifier (`MessageIdentifier`).
    pub message_identifier: &'a str,
    /// The identifier of the transfer (`MessageRequestIdentifier`).
    pub request_identifier: &'a str,
    /// `ReplyCode`: `OK`, `WARNING` or `KO` in the standard form.
    pub code: &'a str,
    /// When it is given.
    pub date: Timestamp,
    /// A French sentence for people.
    pub comment: Option<&'a str>,
    /// `ArchivalAgreement`.
    pub agreement: Option<&'a str>,
    /// `ArchivalAgency/Identifier`.
    pub archival_agency: &'a str,
    /// `TransferringAgency/Identifier`.
    pub transferring_agency: &'a str,
    /// What was found. What is merely fine is not written.
    pub report: &'a Report,
}

/// Writes the refusal of a transfer.
pub fn write_refused<W: Write>(reply: &Reply<'_>, version: SedaVersion, out: W) -> io::Result<W> {
    let writer = begin(reply, version, out)?;
    end(reply, None, writer)
}

/// Writes the acceptance of a transfer: each part under its local identifier, with its system identifier.
///
/// `parts` come groups and objects first, then units; a group's objects best follow it. The first root unit carries
/// the archive's public identifier, `archive`, as its `ArchivalAgencyArchiveUnitIdentifier`: exactly one unit does,
/// because readers want exactly one.
pub fn write_accepted<W: Write, E: From<io::Error>>(
    reply: &Reply<'_>,
    granted_at: Timestamp,
    archive: &str,
    parts: impl IntoIterator<Item = Result<Part, E>>,
    version: SedaVersion,
    out: W,
) -> Result<W, E> {
    let mut writer = begin(reply, version, out)?;
    let mut package = Package::begin(&mut writer)?;
    let mut ledger = Ledger::default();
    let mut archive = Some(archive);
    for part in parts {
        let part = part?;
        ledger.enter(&part);
        match &part {
            Part::Group(group) => {
                if let Some(id) = ledger::group_id(group) {
                    package.group(group.id, &id, None)?;
                }
            }
            Part::Object(object) => self::object(&mut package, &ledger, object)?,
            Part::Unit(unit) => {
                let identifier = if unit.parents.is_empty() { archive.take() } else { None };
                self::unit(&mut package, &ledger, unit, identifier)?;
            }
        }
    }
    package.finish("<ManagementMetadata/>")?;
    Ok(end(reply, Some(granted_at), writer)?)
}

fn begin<W: Write>(reply: &Reply<'_>, version: SedaVersion, out: W) -> io::Result<Writer<W>> {
    let root = "ArchiveTransferReply";
    let mut writer = envelope::begin(out, root, version, reply.comment, reply.date, reply.message_identifier)?;
    writer.optional("ArchivalAgreement", reply.agreement)?;
    writer.element("CodeListVersions", "")?;
    Ok(writer)
}

fn end<W: Write>(reply: &Reply<'_>, granted_at: Option<Timestamp>, mut writer: Writer<W>) -> io::Result<W> {
    writer.element("ReplyCode", reply.code)?;
    operation(&mut writer, reply.report, reply.date)?;
    writer.element("MessageRequestIdentifier", reply.request_identifier)?;
    writer.optional("GrantDate", granted_at.map(|at| at.to_string()).as_deref())?;
    envelope::agency(&mut writer, "ArchivalAgency", reply.archival_agency)?;
    envelope::agency(&mut writer, "TransferringAgency", reply.transferring_agency)?;
    writer.finish()
}

fn object<W: Write>(package: &mut Package<'_, W>, ledger: &Ledger, object: &DataObject) -> io::Result<()> {
    let nested = package.object(object.group)?;
    let writer = &mut *package.writer;
    writer.open(match object.matter {
        Matter::Binary(_) => "BinaryDataObject",
        Matter::Physical(_) => "PhysicalDataObject",
    })?;
    writer.attribute("id", &ledger::xml_id(&object.local_id, object.id))?;
    writer.element("DataObjectSystemId", &object.id.to_string())?;
    writer.element("DataObjectGroupSystemId", &object.group.to_string())?;
    if !nested && let Some(Target::Group(id)) = ledger.target(object.group) {
        writer.element("DataObjectGroupReferenceId", id)?;
    }
    writer.optional("DataObjectVersion", object.version.as_deref())?;
    match &object.matter {
        Matter::Binary(binary) => {
            writer.element("Uri", &binary.name.display())?;
            writer.open("MessageDigest")?;
            writer.attribute("algorithm", "SHA-512")?;
            writer.text(&binary.digest.to_string())?;
            writer.close()?;
            // The schemas know no empty file: `Size` is positive.
            if binary.size > 0 {
                writer.element("Size", &binary.size.to_string())?;
            }
        }
        Matter::Physical(physical) => writer.optional("PhysicalId", physical.as_deref())?,
    }
    writer.close()
}

fn unit<W: Write>(package: &mut Package<'_, W>, ledger: &Ledger, unit: &Unit, archive: Option<&str>) -> io::Result<()> {
    package.unit()?;
    let writer = &mut *package.writer;
    writer.open("ArchiveUnit")?;
    writer.attribute("id", &ledger::unit_id(unit))?;
    writer.open("Content")?;
    writer.optional("Title", Some(&unit.content.title))?;
    writer.element("SystemId", &unit.id.to_string())?;
    writer.optional("ArchivalAgencyArchiveUnitIdentifier", archive)?;
    writer.close()?;
    ledger::refer(writer, unit.group.and_then(|group| ledger.target(group)), "")?;
    writer.close()
}

/// The findings, and for each code with more of them than are listed, how many there are in all.
fn operation<W: Write>(writer: &mut Writer<W>, report: &Report, at: Timestamp) -> io::Result<()> {
    let told: Vec<&Finding> = report.findings().iter().filter(|finding| finding.outcome != Outcome::Ok).collect();
    if told.is_empty() {
        return Ok(());
    }
    writer.open("Operation")?;
    for finding in &told {
        event(writer, finding, at)?;
    }
    for (code, total) in report.totals() {
        let listed: Vec<&&Finding> = told.iter().filter(|finding| finding.code == *code).collect();
        let Some(first) = listed.first().filter(|_| u64::try_from(listed.len()).unwrap_or(u64::MAX) < *total) else {
            continue;
        };
        let detailed = match listed.len() {
            1 => "seul le premier est détaillé ci-dessus".to_owned(),
            many => format!("les {many} premiers sont détaillés ci-dessus"),
        };
        let message = format!("{total} constats portent ce code\u{202f}; {detailed}.");
        let total = Finding { code: code.clone(), outcome: first.outcome, place: String::new(), message };
        event(writer, &total, at)?;
    }
    writer.close()
}

fn event<W: Write>(writer: &mut Writer<W>, finding: &Finding, at: Timestamp) -> io::Result<()> {
    let kind = finding.code.split('.').next().unwrap_or_default();
    let outcome = finding.outcome.word();
    writer.open("Event")?;
    writer.optional("EventTypeCode", Some(&finding.code))?;
    writer.optional("EventType", Some(kind))?;
    writer.element("EventDateTime", &at.to_string())?;
    writer.element("Outcome", outcome)?;
    writer.element("OutcomeDetail", &format!("{}.{outcome}", finding.code))?;
    writer.optional("OutcomeDetailMessage", Some(&finding.message))?;
    writer.optional("EventDetailData", Some(&finding.place))?;
    writer.close()
}
