//! The streaming reader of manifests: `ArchiveTransfer`, `ArchiveDeliveryRequestReply` and their like, SEDA 2.x.
//!
//! It is lenient: what it does not know stays in the sources, and what the schema forbids is the schema's to find.

use std::{collections::VecDeque, io::BufRead, sync::Arc};

use crate::{
    domain::{archive::Header, seda::SedaVersion},
    seda::{
        content::ContentReading,
        field::walk,
        management::ManagementReading,
        object,
        piece::{Alias, Kind, ObjectReference, Piece, Reference, SourceGroup, SourceUnit},
    },
    xml::{
        bounds::Bounds,
        event::{Event, Start},
        fault::Error,
        reader::Reader,
    },
};

/// Reads a manifest, piece by piece. Memory holds the open units, never the closed ones.
pub struct ManifestReader<R> {
    reader: Reader<R>,
    namespace: Option<Arc<str>>,
    places: Vec<Place>,
    group: Option<SourceGroup>,
    units: Vec<OpenUnit>,
    header: Header,
    is_delivery: bool,
    ready: VecDeque<Piece>,
}

/// Which element of the structure stands open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Message,
    Package,
    Group,
    Units,
    Unit,
}

/// A unit whose end is still to come.
#[derive(Debug, Default)]
struct OpenUnit {
    unit: SourceUnit,
    words: String,
    /// Whether it holds anything but a reference to another unit.
    is_described: bool,
}

impl<R: BufRead> ManifestReader<R> {
    /// Reads from `source`, which is UTF-8, within `bounds`.
    pub fn new(source: R, bounds: Bounds) -> Self {
        Self {
            reader: Reader::new(source, bounds),
            namespace: None,
            places: Vec::new(),
            group: None,
            units: Vec::new(),
            header: Header::default(),
            is_delivery: false,
            ready: VecDeque::new(),
        }
    }

    /// The next piece; `None` at the end of the document.
    #[expect(clippy::should_implement_trait, reason = "an iterator could be read on after a fault")]
    pub fn next(&mut self) -> Result<Option<Piece>, Error> {
        loop {
            if let Some(piece) = self.ready.pop_front() {
                return Ok(Some(piece));
            }
            match self.reader.next()? {
                Some(Event::Start(start)) => self.start(&start)?,
                Some(Event::End) => self.end(),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    /// The version of the message, known from the first piece on; `None` when the namespace is of no known version.
    pub fn version(&self) -> Option<SedaVersion> {
        self.namespace.as_deref().and_then(SedaVersion::from_namespace)
    }

    /// What the message says around its units and objects, complete after the last piece: SEDA 2.x names its agencies
    /// at the end. An `ArchiveDeliveryRequestReply` knows no `TransferringAgency`: its `ArchivalAgency` hands over.
    pub fn header(mut self) -> Header {
        if self.is_delivery && self.header.transferring_agency.is_empty() {
            self.header.transferring_agency.clone_from(&self.header.archival_agency);
        }
        self.header
    }

    fn start(&mut self, start: &Start) -> Result<(), Error> {
        let Some(place) = self.places.last().copied() else {
            self.namespace.clone_from(&start.namespace);
            self.is_delivery = start.local() == "ArchiveDeliveryRequestReply";
            self.places.push(Place::Message);
            return Ok(());
        };
        let local = if start.namespace == self.namespace { start.local() } else { "" };
        match (place, local) {
            (Place::Message, "DataObjectPackage") => self.places.push(Place::Package),
            (Place::Package, "DescriptiveMetadata") => self.places.push(Place::Units),
            (Place::Package, "ManagementMetadata") => self.management_metadata(start)?,
            (Place::Package, "DataObjectGroup") => {
                let local_id = start.id().unwrap_or_default().to_owned();
                self.group = Some(SourceGroup { local_id, line: start.line, source: None });
                self.places.push(Place::Group);
            }
            (Place::Package | Place::Group, "BinaryDataObject") => self.object(start, Kind::Binary)?,
            (Place::Package | Place::Group, "PhysicalDataObject") => self.object(start, Kind::Physical)?,
            (Place::Units | Place::Unit, "ArchiveUnit") => self.open_unit(start),
            (Place::Unit, _) => self.within_unit(local, start)?,
            (Place::Group, _) => {
                let captured = self.reader.capture(start)?;
                if let Some(group) = &mut self.group {
                    group.source.get_or_insert_default().push_str(&captured);
                }
            }
            (Place::Message, _) => self.envelope(local, start)?,
            (Place::Package | Place::Units, _) => self.reader.skip(start)?,
        }
        Ok(())
    }

    fn end(&mut self) {
        match self.places.pop() {
            Some(Place::Group) => self.ready.extend(self.group.take().map(Piece::Group)),
            Some(Place::Unit) => self.close_unit(),
            Some(Place::Message | Place::Package | Place::Units) | None => {}
        }
    }

    fn object(&mut self, start: &Start, kind: Kind) -> Result<(), Error> {
        let group = self.group.as_ref().map(|group| group.local_id.clone());
        let object = object::read(&mut self.reader, start, kind, group)?;
        self.ready.push_back(Piece::Object(Box::new(object)));
        Ok(())
    }

    fn open_unit(&mut self, start: &Start) {
        let parent = self.units.last_mut().map(|open| {
            open.is_described = true;
            open.unit.local_id.clone()
        });
        let local_id = start.id().unwrap_or_default().to_owned();
        let unit = SourceUnit { local_id, line: start.line, parent, ..SourceUnit::default() };
        self.units.push(OpenUnit { unit, ..OpenUnit::default() });
        self.places.push(Place::Unit);
    }

    fn within_unit(&mut self, local: &str, start: &Start) -> Result<(), Error> {
        let Some(open) = self.units.last_mut() else { return Ok(()) };
        match local {
            "ArchiveUnitRefId" => {
                let target = self.reader.text(start)?;
                open.unit.child_references.push(Reference { target, line: start.line });
                Ok(())
            }
            "DataObjectReference" => {
                open.is_described = true;
                let references = &mut open.unit.object_references;
                walk(&mut self.reader, start, &mut String::new(), |field| {
                    references.extend(match field.path {
                        "DataObjectReferenceId" => Some(ObjectReference::Object(field.reference())),
                        "DataObjectGroupReferenceId" => Some(ObjectReference::Group(field.reference())),
                        "DataObjectGroupExistingReferenceId" => Some(ObjectReference::ExistingGroup(field.reference())),
                        _ => None,
                    });
                })
            }
            _ => open.describe(&mut self.reader, local, start),
        }
    }

    fn close_unit(&mut self) {
        let Some(open) = self.units.pop() else { return };
        if open.is_described || open.unit.child_references.is_empty() {
            self.ready.push_back(Piece::Unit(Box::new(open.finish())));
            return;
        }
        // `<ArchiveUnit><ArchiveUnitRefId>X</…>` stands for X, where it stands.
        let SourceUnit { local_id, parent, child_references, .. } = open.unit;
        if let Some(holder) = self.units.last_mut() {
            holder.unit.child_references.extend(child_references.iter().cloned());
        }
        let alias = |target| Alias { local_id: local_id.clone(), parent: parent.clone(), target };
        self.ready.extend(child_references.into_iter().map(alias).map(Piece::Alias));
    }

    fn management_metadata(&mut self, start: &Start) -> Result<(), Error> {
        self.reader.record(start)?;
        let mut reading = ManagementReading::default();
        let header = &mut self.header;
        walk(&mut self.reader, start, &mut String::new(), |field| match field.path {
            "ArchivalProfile" => header.profile = field.filled(),
            "ServiceLevel" => header.service_level = field.filled(),
            "AcquisitionInformation" => header.acquisition = field.filled(),
            "LegalStatus" => header.legal_status = field.filled(),
            "OriginatingAgencyIdentifier" => header.originating_agency = Some(field.text.to_owned()),
            "SubmissionAgencyIdentifier" => header.submission_agency = Some(field.text.to_owned()),
            _ => reading.tell(field),
        })?;
        header.management = reading.management;
        header.source.push_str(&self.reader.recorded().unwrap_or_default());
        Ok(())
    }

    fn envelope(&mut self, local: &str, start: &Start) -> Result<(), Error> {
        let header = &mut self.header;
        match local {
            "Comment" if header.comment.is_none() => header.comment = filled(self.reader.text(start)?),
            "Date" => header.date = self.reader.text(start)?,
            "MessageIdentifier" => header.message_identifier = self.reader.text(start)?,
            "ArchivalAgreement" => header.agreement = filled(self.reader.text(start)?),
            "CodeListVersions" => header.source.push_str(&self.reader.capture(start)?),
            "ArchivalAgency" => header.archival_agency = identifier(&mut self.reader, start)?,
            "TransferringAgency" => header.transferring_agency = identifier(&mut self.reader, start)?,
            _ => self.reader.skip(start)?,
        }
        Ok(())
    }
}

impl OpenUnit {
    /// Reads `Content`, `Management`, `ArchiveUnitProfile` or what extends the schema beside them.
    fn describe<R: BufRead>(&mut self, reader: &mut Reader<R>, local: &str, start: &Start) -> Result<(), Error> {
        self.is_described = true;
        reader.record(start)?;
        let unit = &mut self.unit;
        match local {
            "Content" => {
                let mut reading = ContentReading::default();
                walk(reader, start, &mut self.words, |field| reading.tell(field))?;
                unit.has_content = true;
                (unit.content, unit.title, unit.dates) = (reading.content, reading.title, reading.dates);
            }
            "Management" => {
                let mut reading = ManagementReading::default();
                walk(reader, start, &mut self.words, |field| reading.tell(field))?;
                (unit.management, unit.rules, unit.rule_dates) = (reading.management, reading.rules, reading.dates);
            }
            _ => {
                let before = self.words.len();
                walk(reader, start, &mut self.words, |_| {})?;
                if local == "ArchiveUnitProfile" {
                    unit.profile = filled(self.words.get(before..).unwrap_or_default().trim().to_owned());
                }
            }
        }
        unit.source.push_str(&reader.recorded().unwrap_or_default());
        Ok(())
    }

    fn finish(mut self) -> SourceUnit {
        for word in self.words.split_whitespace() {
            if !self.unit.text.is_empty() {
                self.unit.text.push(' ');
            }
            self.unit.text.push_str(word);
        }
        self.unit
    }
}

/// The `Identifier` of an agency.
fn identifier<R: BufRead>(reader: &mut Reader<R>, start: &Start) -> Result<String, Error> {
    let mut identifier = String::new();
    walk(reader, start, &mut String::new(), |field| {
        if field.path == "Identifier" {
            field.text.clone_into(&mut identifier);
        }
    })?;
    Ok(identifier)
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}
