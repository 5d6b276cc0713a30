//! A cheap look at a document's root element: is it XML, which message, which version.

use std::io::{self, BufRead};

use crate::{
    domain::seda::SedaVersion,
    xml::{
        bounds::Bounds,
        event::Event,
        fault::{Error, Fault},
        reader::Reader,
    },
};

/// What a document begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// A root element.
    Element {
        /// Its name without a prefix, as `ArchiveTransfer`.
        local_name: String,
        /// Its namespace.
        namespace: Option<String>,
        /// The version of the SEDA whose namespace it is.
        version: Option<SedaVersion>,
    },
    /// No XML, up to the first start tag.
    NotXml {
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        fault: Fault,
    },
}

/// Reads `source` to its first start tag.
pub fn detect(source: impl BufRead, bounds: Bounds) -> io::Result<Root> {
    let mut reader = Reader::new(source, bounds);
    loop {
        match reader.next() {
            Ok(Some(Event::Start(start))) => {
                let namespace = start.namespace.as_deref().map(str::to_owned);
                let version = namespace.as_deref().and_then(SedaVersion::from_namespace);
                return Ok(Root::Element { local_name: start.local().to_owned(), namespace, version });
            }
            Ok(Some(_)) => {}
            Ok(None) => return Ok(Root::NotXml { line: reader.line(), fault: Fault::Root }),
            Err(Error::Malformed { line, fault }) => return Ok(Root::NotXml { line, fault }),
            Err(Error::Read(error)) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &str) -> Root {
        detect(text.as_bytes(), Bounds::default()).unwrap()
    }

    #[test]
    fn the_root_tells_message_and_version_whatever_follows() {
        let text = "<?xml version=\"1.0\"?>\n<!-- x -->\n<s:ArchiveTransfer xmlns:s=\"fr:gouv:culture:archivesdefrance:seda:v2.2\"><broken";
        let Root::Element { local_name, version, .. } = look(text) else { panic!("not XML") };
        assert_eq!((local_name.as_str(), version), ("ArchiveTransfer", Some(SedaVersion::V2_2)));
        let Root::Element { namespace, version, .. } =
            look("<ArchiveTransfer xmlns=\"fr:gouv:culture:archivesdefrance:seda:v2.0\"/>")
        else {
            panic!("not XML")
        };
        assert_eq!((namespace.as_deref(), version), (Some("fr:gouv:culture:archivesdefrance:seda:v2.0"), None));
    }

    #[test]
    fn what_is_not_xml_is_said_with_its_line() {
        assert_eq!(look(""), Root::NotXml { line: 1, fault: Fault::Root });
        assert_eq!(look("\n\n%PDF-1.7"), Root::NotXml { line: 1, fault: Fault::Root });
    }
}
