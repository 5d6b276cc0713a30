//! Chosen units, groups and objects written as a message again: for a requester, a producer, or another system.
//!
//! The hierarchy is written by references (`ArchiveUnitRefId`), which say every parent and need no order. Sources are
//! written back as they are but for identifiers, references, `Uri` and the way an object names its group.

use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Read, Write},
};

use crate::{
    domain::{
        archive::Part,
        clock::Timestamp,
        id::UnitId,
        object::{DataObject, Group},
        seda::SedaVersion,
        unit::Unit,
    },
    seda::{
        envelope,
        ledger::{self, Ledger, Target},
        package::Package,
        rewrite::{ObjectChange, Rewriting, rewrite, rewrite_object},
    },
    xml::{bounds::Bounds, event::Event, fault::Error, reader::Reader, writer::Writer},
};

/// Which message carries the units.
#[derive(Clone, Copy, Debug)]
pub enum Message<'a> {
    /// `ArchiveDeliveryRequestReply`: a communication.
    DeliveryReply {
        /// The request's identifier (`MessageRequestIdentifier`).
        request: &'a str,
        /// The authorisation that allows it (`AuthorizationRequestReplyIdentifier`).
        authorization: Option<&'a str>,
        /// The units asked for (`UnitIdentifier`); the schema wants one at least.
        units: &'a [String],
        /// `Requester/Identifier`.
        requester: &'a str,
    },
    /// `ArchiveRestitutionRequestReply`: a restitution to the producer.
    RestitutionReply {
        /// The request's identifier (`MessageRequestIdentifier`).
        request: &'a str,
        /// The units asked for (`UnitIdentifier`); the schema wants one at least.
        units: &'a [String],
        /// `OriginatingAgency/Identifier`.
        originating_agency: &'a str,
    },
    /// `ArchiveTransfer`: for another archiving system.
    Transfer {
        /// `TransferringAgency/Identifier`.
        transferring_agency: &'a str,
    },
}

/// What the message says around its package.
#[derive(Clone, Copy, Debug)]
pub struct Delivery<'a> {
    /// Which message it is.
    pub message: Message<'a>,
    /// The version it is written in. Sources of another version take its namespace.
    pub version: SedaVersion,
    /// `MessageIdentifier`.
    pub message_identifier: &'a str,
    /// When it is written.
    pub date: Timestamp,
    /// A French sentence for people.
    pub comment: Option<&'a str>,
    /// `ArchivalAgreement`.
    pub agreement: Option<&'a str>,
    /// `ArchivalAgency/Identifier`.
    pub archival_agency: &'a str,
    /// `CodeListVersions` and `ManagementMetadata` (`Header::source`), when all comes from one archive or from archives
    /// that say the same there.
    pub header_source: Option<&'a str>,
}

/// A part, and which archive of the selection it comes from.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// Any number that is the archive's own within the selection. When there are several, it goes into identifiers.
    pub archive: u32,
    /// The part.
    pub part: Part,
}

/// Writes the message. `parts` is called twice and gives the same each time: groups, each best followed by its
/// objects, then units. `uri` says where each object's bytes stand in the package.
pub fn write<W, E, I>(
    delivery: &Delivery<'_>,
    parts: impl Fn() -> I,
    mut uri: impl FnMut(&DataObject) -> String,
    out: W,
) -> Result<W, E>
where
    W: Write,
    E: From<io::Error>,
    I: IntoIterator<Item = Result<Chosen, E>>,
{
    let plan = Plan::draw(parts())?;
    let mut writer = begin(delivery, &plan, out)?;
    let mut package = Package::begin(&mut writer)?;
    let mut links = plan.links();
    for chosen in parts() {
        let Chosen { archive, part } = chosen?;
        let rewriting = plan.rewriting(archive, delivery.version);
        match &part {
            Part::Group(group) => write_group(&mut package, rewriting, group)?,
            Part::Object(object) => write_object(&mut package, rewriting, object, &uri(object))?,
            Part::Unit(unit) => write_unit(&mut package, rewriting, unit, plan.children(unit), &mut links)?,
        }
    }
    let management = from_header(delivery, &plan, "ManagementMetadata")?;
    package.finish(management.as_deref().unwrap_or("<ManagementMetadata/>"))?;
    Ok(end(delivery, writer)?)
}

/// What must be known before the first part is written: a compact record, one entry per part and per link.
#[derive(Default)]
struct Plan {
    /// By archive: what is in the message, and what goes before its identifiers.
    archives: BTreeMap<u32, (Ledger, String)>,
    /// By parent: the identifiers that its children have in the message, by the archive of each.
    children: HashMap<UnitId, Vec<(u32, Box<str>)>>,
    none: Ledger,
}

impl Plan {
    fn draw<E>(parts: impl IntoIterator<Item = Result<Chosen, E>>) -> Result<Self, E> {
        let mut plan = Self::default();
        for chosen in parts {
            let Chosen { archive, part } = chosen?;
            plan.archives.entry(archive).or_default().0.enter(&part);
            if let Part::Unit(unit) = &part {
                let id = ledger::unit_id(unit);
                for parent in &unit.parents {
                    plan.children.entry(*parent).or_default().push((archive, id.as_str().into()));
                }
            }
        }
        if plan.archives.len() > 1 {
            for (archive, (_, prefix)) in &mut plan.archives {
                *prefix = format!("a{archive}-");
            }
        }
        Ok(plan)
    }

    fn rewriting(&self, archive: u32, version: SedaVersion) -> Rewriting<'_> {
        let (ledger, prefix) =
            self.archives.get(&archive).map_or((&self.none, ""), |(ledger, prefix)| (ledger, prefix));
        Rewriting { prefix, version, ledger }
    }

    /// The identifiers of a unit's children, as they stand in the message.
    fn children(&self, unit: &Unit) -> impl Iterator<Item = String> {
        let children = self.children.get(&unit.id).map_or(&[][..], Vec::as_slice);
        let prefix = |archive| self.archives.get(archive).map_or("", |(_, prefix)| prefix.as_str());
        children.iter().map(move |(archive, child)| format!("{}{child}", prefix(archive)))
    }

    /// Identifiers for the elements that only refer, none of which is a part's.
    fn links(&self) -> impl Iterator<Item = String> {
        let is_taken = |id: &str| self.archives.values().any(|(ledger, prefix)| prefix.is_empty() && ledger.knows(id));
        (1_u64..).map(|number| format!("lien-{number}")).filter(move |id| !is_taken(id))
    }
}

fn begin<W: Write>(delivery: &Delivery<'_>, plan: &Plan, out: W) -> io::Result<Writer<W>> {
    let root = match delivery.message {
        Message::DeliveryReply { .. } => "ArchiveDeliveryRequestReply",
        Message::RestitutionReply { .. } => "ArchiveRestitutionRequestReply",
        Message::Transfer { .. } => "ArchiveTransfer",
    };
    let Delivery { version, message_identifier, date, comment, agreement, .. } = *delivery;
    let mut writer = envelope::begin(out, root, version, comment, date, message_identifier)?;
    writer.optional("ArchivalAgreement", agreement)?;
    let lists = from_header(delivery, plan, "CodeListVersions")?;
    writer.raw(lists.as_deref().unwrap_or("<CodeListVersions/>"))?;
    Ok(writer)
}

fn end<W: Write>(delivery: &Delivery<'_>, mut writer: Writer<W>) -> io::Result<W> {
    if let Message::DeliveryReply { request, units, .. } | Message::RestitutionReply { request, units, .. } =
        delivery.message
    {
        writer.element("ReplyCode", "OK")?;
        writer.element("MessageRequestIdentifier", request)?;
        if let Message::DeliveryReply { authorization, .. } = delivery.message {
            writer.optional("AuthorizationRequestReplyIdentifier", authorization)?;
        }
        for unit in units {
            writer.element("UnitIdentifier", unit)?;
        }
    }
    envelope::agency(&mut writer, "ArchivalAgency", delivery.archival_agency)?;
    match delivery.message {
        Message::DeliveryReply { requester, .. } => envelope::agency(&mut writer, "Requester", requester)?,
        Message::RestitutionReply { originating_agency, .. } => {
            envelope::agency(&mut writer, "OriginatingAgency", originating_agency)?;
        }
        Message::Transfer { transferring_agency } => {
            envelope::agency(&mut writer, "TransferringAgency", transferring_agency)?;
        }
    }
    writer.finish()
}

/// One element of the archives' common header, rewritten; `None` when there is no header.
fn from_header(delivery: &Delivery<'_>, plan: &Plan, name: &str) -> io::Result<Option<String>> {
    let Some(source) = delivery.header_source else { return Ok(None) };
    let archive = plan.archives.keys().next().copied().unwrap_or_default();
    let rewriting = plan.rewriting(archive, delivery.version);
    let wrapped = (&b"<x>"[..]).chain(source.as_bytes()).chain(&b"</x>"[..]);
    let mut reader = Reader::new(wrapped, Bounds::NONE);
    while let Some(event) = reader.next().map_err(broken)? {
        if let Event::Start(start) = event
            && start.local() == name
        {
            let element = reader.capture(&start).map_err(broken)?;
            return rewrite(&element, rewriting).map(Some).map_err(broken);
        }
    }
    Ok(None)
}

fn write_group<W: Write>(package: &mut Package<'_, W>, rewriting: Rewriting<'_>, group: &Group) -> io::Result<()> {
    // A group that only one unit's reference to a lone object implies has no element.
    let Some(id) = ledger::group_id(group) else { return Ok(()) };
    let log = group.source.as_deref().map(|source| rewrite(source, rewriting)).transpose().map_err(broken)?;
    package.group(group.id, &format!("{}{id}", rewriting.prefix), log)
}

fn write_object<W: Write>(
    package: &mut Package<'_, W>,
    rewriting: Rewriting<'_>,
    object: &DataObject,
    uri: &str,
) -> io::Result<()> {
    let nested = package.object(object.group)?;
    let group = match rewriting.ledger.target(object.group) {
        Some(Target::Group(id)) if !nested => Some(format!("{}{id}", rewriting.prefix)),
        _ => None,
    };
    let change = ObjectChange { uri: Some(uri), group: group.as_deref() };
    let source = rewrite_object(&object.source, rewriting, change).map_err(broken)?;
    package.writer.raw(&source)
}

fn write_unit<W: Write>(
    package: &mut Package<'_, W>,
    rewriting: Rewriting<'_>,
    unit: &Unit,
    children: impl Iterator<Item = String>,
    links: &mut impl Iterator<Item = String>,
) -> io::Result<()> {
    package.unit()?;
    let writer = &mut *package.writer;
    let prefix = rewriting.prefix;
    writer.open("ArchiveUnit")?;
    writer.attribute("id", &format!("{prefix}{}", ledger::unit_id(unit)))?;
    writer.raw(&rewrite(&unit.source, rewriting).map_err(broken)?)?;
    for (child, link) in children.zip(links) {
        writer.open("ArchiveUnit")?;
        writer.attribute("id", &link)?;
        writer.element("ArchiveUnitRefId", &child)?;
        writer.close()?;
    }
    ledger::refer(writer, unit.group.and_then(|group| rewriting.ledger.target(group)), prefix)?;
    if let Some(existing) = &unit.existing_group {
        writer.open("DataObjectReference")?;
        writer.element("DataObjectGroupExistingReferenceId", existing)?;
        writer.close()?;
    }
    writer.close()
}

/// A source that was kept well-formed and is not any more: the house's matter.
fn broken(error: Error) -> io::Error {
    match error {
        Error::Read(error) => error,
        malformed @ Error::Malformed { .. } => io::Error::new(io::ErrorKind::InvalidData, malformed),
    }
}
