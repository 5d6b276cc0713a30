//! Requests to be given archives, written and read: `ArchiveDeliveryRequest` for a requester, `ArchiveRestitutionRequest`
//! for an originating agency. A `DataObjectPackage` within them is not read.

use std::io::{self, BufRead, Write};

use crate::{
    domain::{clock::Timestamp, seda::SedaVersion},
    seda::{
        envelope,
        field::walk,
        misread::{Misread, filled},
    },
    xml::{bounds::Bounds, event::Event, reader::Reader},
};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A communication; `derogation` when the requester knows that the delays have not run out.
    Delivery {
        /// `Derogation`.
        derogation: bool,
    },
    /// A restitution.
    Restitution,
}

impl Asked {
    const fn root(self) -> &'static str {
        match self {
            Self::Delivery { .. } => "ArchiveDeliveryRequest",
            Self::Restitution => "ArchiveRestitutionRequest",
        }
    }

    /// The element that names who asks.
    const fn asker(self) -> &'static str {
        match self {
            Self::Delivery { .. } => "Requester",
            Self::Restitution => "OriginatingAgency",
        }
    }
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asking {
    /// What is asked for.
    pub asked: Asked,
    /// The version that the message is written in.
    pub version: SedaVersion,
    /// `MessageIdentifier`.
    pub message_identifier: String,
    /// The first `Comment`.
    pub comment: Option<String>,
    /// `UnitIdentifier`, as written.
    pub units: Vec<String>,
    /// `ArchivalAgency/Identifier`.
    pub archival_agency: String,
    /// `Requester/Identifier`, or `OriginatingAgency/Identifier`.
    pub asker: String,
}

/// Writes the message.
pub fn write<W: Write>(asking: &Asking, date: Timestamp, out: W) -> io::Result<W> {
    let (root, comment) = (asking.asked.root(), asking.comment.as_deref());
    let mut writer = envelope::begin(out, root, asking.version, comment, date, &asking.message_identifier)?;
    writer.element("CodeListVersions", "")?;
    if let Asked::Delivery { derogation } = asking.asked {
        writer.element("Derogation", if derogation { "true" } else { "false" })?;
    }
    for unit in &asking.units {
        writer.element("UnitIdentifier", unit)?;
    }
    envelope::agency(&mut writer, "ArchivalAgency", &asking.archival_agency)?;
    envelope::agency(&mut writer, asking.asked.asker(), &asking.asker)?;
    writer.finish()
}

/// Reads a message of either kind, in SEDA 2.1 to 2.3.
///
/// # Errors
/// It is no such message, or lacks what a request must say.
pub fn read(source: impl BufRead, bounds: Bounds) -> Result<Asking, Misread> {
    let mut reader = Reader::new(source, bounds);
    let mut root = None;
    let mut told = Told::default();
    while let Some(event) = reader.next()? {
        let Event::Start(start) = event else { continue };
        if root.is_none() {
            root = Some(known(start.local(), start.namespace.as_deref())?);
            continue;
        }
        match start.local() {
            "DataObjectPackage" | "Signature" | "CodeListVersions" => reader.skip(&start)?,
            name => {
                let name = name.to_owned();
                let (mut text, mut words) = (String::new(), String::new());
                walk(&mut reader, &start, &mut words, |field| {
                    if field.path == "Identifier" {
                        field.text.clone_into(&mut text);
                    }
                })?;
                let own = words.trim();
                told.take(&name, if text.is_empty() { own.to_owned() } else { text });
            }
        }
    }
    let (asked, version) = root.ok_or(Misread::Lacking("ArchiveDeliveryRequest"))?;
    told.into_asking(asked, version)
}

fn known(name: &str, namespace: Option<&str>) -> Result<(Asked, SedaVersion), Misread> {
    let asked = [Asked::Delivery { derogation: false }, Asked::Restitution].into_iter().find(|one| one.root() == name);
    let version = namespace.and_then(SedaVersion::from_namespace);
    let another = || Misread::Another { name: name.to_owned(), namespace: namespace.map(str::to_owned) };
    asked.zip(version).ok_or_else(another)
}

/// What the elements just below the root say.
#[derive(Default)]
struct Told {
    message: Option<String>,
    comment: Option<String>,
    derogation: bool,
    units: Vec<String>,
    archival_agency: Option<String>,
    requester: Option<String>,
    originating_agency: Option<String>,
}

impl Told {
    fn take(&mut self, name: &str, text: String) {
        match name {
            "MessageIdentifier" => self.message = Some(text),
            "Comment" if self.comment.is_none() => self.comment = Some(text),
            "Derogation" => self.derogation = matches!(text.as_str(), "true" | "1"),
            "UnitIdentifier" if !text.is_empty() => self.units.push(text),
            "ArchivalAgency" => self.archival_agency = Some(text),
            "Requester" => self.requester = Some(text),
            "OriginatingAgency" => self.originating_agency = Some(text),
            _ => {}
        }
    }

    fn into_asking(self, asked: Asked, version: SedaVersion) -> Result<Asking, Misread> {
        let (asked, who) = match asked {
            Asked::Delivery { .. } => (Asked::Delivery { derogation: self.derogation }, self.requester),
            Asked::Restitution => (Asked::Restitution, self.originating_agency),
        };
        if self.units.is_empty() {
            return Err(Misread::Lacking("UnitIdentifier"));
        }
        Ok(Asking {
            asked,
            version,
            message_identifier: filled(self.message, "MessageIdentifier")?,
            comment: self.comment.filter(|text| !text.is_empty()),
            units: self.units,
            archival_agency: filled(self.archival_agency, "ArchivalAgency")?,
            asker: filled(who, asked.asker())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(asked: Asked, version: SedaVersion) -> Asking {
        Asking {
            asked,
            version,
            message_identifier: "DEM-1 & 2".to_owned(),
            comment: Some("Pour une thèse".to_owned()),
            units: vec!["u1".to_owned(), "u2".to_owned()],
            archival_agency: "SLB-ARCHIVES".to_owned(),
            asker: "Élise".to_owned(),
        }
    }

    #[test]
    fn what_is_written_is_read_back_in_every_version() {
        for version in SedaVersion::ALL {
            for asked in
                [Asked::Delivery { derogation: true }, Asked::Delivery { derogation: false }, Asked::Restitution]
            {
                let asking = asking(asked, version);
                let written = write(&asking, Timestamp::from_millis(0).unwrap(), Vec::new()).unwrap();
                assert_eq!(read(written.as_slice(), Bounds::default()).unwrap(), asking);
            }
        }
    }

    #[test]
    fn another_message_or_one_that_lacks_something_is_told() {
        let read = |text: &str| read(text.as_bytes(), Bounds::default()).unwrap_err();
        let namespace = SedaVersion::V2_2.namespace();
        assert!(matches!(read("<a/>"), Misread::Another { name, .. } if name == "a"));
        assert!(matches!(read("<ArchiveDeliveryRequest xmlns='urn:x'/>"), Misread::Another { .. }));
        let empty = format!("<ArchiveDeliveryRequest xmlns='{namespace}'/>");
        assert!(matches!(read(&empty), Misread::Lacking("UnitIdentifier")));
        let nobody = format!(
            "<ArchiveRestitutionRequest xmlns='{namespace}'><MessageIdentifier>m</MessageIdentifier>\
             <UnitIdentifier>u</UnitIdentifier><ArchivalAgency><Identifier>A</Identifier></ArchivalAgency>\
             <Requester><Identifier>R</Identifier></Requester></ArchiveRestitutionRequest>"
        );
        assert!(matches!(read(&nobody), Misread::Lacking("OriginatingAgency")));
        assert!(matches!(read("<a"), Misread::Xml(_)));
    }
}
