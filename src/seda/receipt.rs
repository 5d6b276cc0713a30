//! What the receiver of a transfer answers: `Acknowledgement` and `ArchiveTransferReply`, as other systems write them.
//!
//! Read are SEDA 0.2, 1.0 and 2.x, and in 2.x both orders of the two identifiers: the standard's, and as@lae's, where
//! `MessageIdentifier` is the transfer's. What the receiver lists of units and objects is told one by one (2.x only).

use std::io::BufRead;

use crate::{
    domain::seda::SedaVersion,
    seda::{field::walk, misread::Misread},
    xml::{
        bounds::Bounds,
        event::{Event, Start},
        fault::Error,
        reader::Reader,
    },
};

/// The namespaces of the SEDA of old.
const SEDA_0_2: &str = "fr:gouv:ae:archive:draft:standard_echange_v0.2";
const SEDA_1_0: &str = "fr:gouv:culture:archivesdefrance:seda:v1.0";

/// The codes of an acceptance: the standard's words, then SEDA 1.0's list, whose 001 and 002 are reserves.
const ACCEPTING: &[&str] = &["OK", "WARNING", "000", "001", "002"];

/// A reply to a transfer, or an acknowledgement of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The root element's name.
    pub message: String,
    /// The version, when it is one that we write ourselves.
    pub version: Option<SedaVersion>,
    /// Whose message this is, in the standard's order (`MessageIdentifier`, `TransferReplyIdentifier`…).
    pub identifier: Option<String>,
    /// Which message it answers (`MessageRequestIdentifier`, `TransferIdentifier`, `MessageReceivedIdentifier`).
    pub answered: Option<String>,
    /// `ReplyCode`; a SEDA 0.2 acceptance without one says `000`.
    pub code: Option<String>,
    /// Every `Comment` of the message itself.
    pub comments: Vec<String>,
    /// The identifier under which the receiver keeps the archives, of the first that it names.
    pub archive: Option<String>,
    /// Who answers: `ArchivalAgency`, or an acknowledgement's `Sender`.
    pub agency: Option<String>,
}

/// Something that a reply lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// An `ArchiveUnit`, by its `id`.
    Unit(String),
    /// A `BinaryDataObject`.
    Object {
        /// Its `id`.
        id: String,
        /// `MessageDigest`: the algorithm as written, and the value in lower case.
        digest: Option<(String, String)>,
        /// `Size`, in bytes.
        size: Option<u64>,
    },
}

impl Receipt {
    /// Whether it answers the message of this identifier, in either order.
    pub fn answers(&self, message: &str) -> bool {
        let is = |one: &Option<String>| one.as_deref() == Some(message);
        is(&self.answered) || (self.version.is_some() && self.message == REPLY && is(&self.identifier))
    }

    /// The reply's own identifier, when it answers the message of this identifier.
    pub fn own_identifier(&self, message: &str) -> Option<&str> {
        if self.answered.as_deref() == Some(message) { self.identifier.as_deref() } else { self.answered.as_deref() }
    }

    /// Whether it is an acknowledgement only, which takes nothing over.
    pub fn is_acknowledgement(&self) -> bool {
        self.message == "Acknowledgement"
    }

    /// Whether it says that the archives were taken; `None` when it does not say.
    pub fn accepts(&self) -> Option<bool> {
        self.code.as_deref().map(|code| ACCEPTING.contains(&code))
    }
}

const REPLY: &str = "ArchiveTransferReply";
const ACCEPTANCE: &str = "ArchiveTransferAcceptance";

/// Reads a message, and tells what it lists.
///
/// # Errors
/// It is no such message.
pub fn read(source: impl BufRead, bounds: Bounds, mut tell: impl FnMut(Listed)) -> Result<Receipt, Misread> {
    let mut reader = Reader::new(source, bounds);
    let (mut receipt, mut unit): (Option<Receipt>, Option<String>) = (None, None);
    while let Some(event) = reader.next()? {
        let Event::Start(start) = event else { continue };
        passed(&mut unit, &start, &mut tell);
        match &mut receipt {
            None => receipt = Some(begun(&start)?),
            Some(receipt) => receipt.take(&mut reader, &start, &mut tell)?,
        }
    }
    if let Some(id) = unit {
        tell(Listed::Unit(id));
    }
    receipt.ok_or(Misread::Lacking(REPLY))
}

/// Tells what a message of SEDA 2.x lists of units and objects, whatever the message.
///
/// # Errors
/// It is no well-formed XML.
pub fn listed(source: impl BufRead, bounds: Bounds, mut tell: impl FnMut(Listed)) -> Result<(), Misread> {
    let (mut reader, mut unit) = (Reader::new(source, bounds), None);
    while let Some(event) = reader.next()? {
        let Event::Start(start) = event else { continue };
        passed(&mut unit, &start, &mut tell);
        if start.local() == "BinaryDataObject" {
            tell(object(&mut reader, &start)?);
        }
    }
    if let Some(id) = unit {
        tell(Listed::Unit(id));
    }
    Ok(())
}

fn begun(root: &Start) -> Result<Receipt, Misread> {
    let namespace = root.namespace.as_deref();
    let version = namespace.and_then(SedaVersion::from_namespace);
    let is_known = version.is_some() || matches!(namespace, Some(SEDA_0_2 | SEDA_1_0));
    let name = root.local();
    if !is_known || !matches!(name, REPLY | ACCEPTANCE | "Acknowledgement") {
        return Err(Misread::Another { name: name.to_owned(), namespace: namespace.map(str::to_owned) });
    }
    let code = (name == ACCEPTANCE).then(|| "000".to_owned());
    Ok(Receipt { message: name.to_owned(), version, code, ..Receipt::default() })
}

impl Receipt {
    fn take<R: BufRead>(
        &mut self,
        reader: &mut Reader<R>,
        start: &Start,
        tell: &mut impl FnMut(Listed),
    ) -> Result<(), Error> {
        let below_root = start.depth == 2;
        match start.local() {
            "Comment" if below_root => {
                let comment = reader.text(start)?;
                self.comments.push(comment.trim().to_owned());
            }
            "MessageIdentifier"
            | "TransferReplyIdentifier"
            | "TransferAcceptanceIdentifier"
            | "AcknowledgementIdentifier"
                if below_root =>
            {
                self.identifier = said(reader, start)?;
            }
            "MessageRequestIdentifier" | "TransferIdentifier" | "MessageReceivedIdentifier" if below_root => {
                self.answered = said(reader, start)?;
            }
            "ReplyCode" if below_root => self.code = said(reader, start)?.or(self.code.take()),
            "ArchivalAgency" | "Sender" if below_root => {
                walk(reader, start, &mut String::new(), |field| {
                    if matches!(field.path, "Identifier" | "Identification") {
                        self.agency = field.filled();
                    }
                })?;
            }
            "ArchivalAgencyArchiveIdentifier" | "ArchivalAgencyArchiveUnitIdentifier" => {
                let said = said(reader, start)?;
                self.archive = self.archive.take().or(said);
            }
            "BinaryDataObject" => tell(object(reader, start)?),
            "Operation" => reader.skip(start)?,
            _ => {}
        }
        Ok(())
    }
}

fn said<R: BufRead>(reader: &mut Reader<R>, start: &Start) -> Result<Option<String>, Error> {
    let text = reader.text(start)?;
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// Tells the unit that began before, unless it only refers to another, and keeps the one that begins now.
fn passed(unit: &mut Option<String>, start: &Start, tell: &mut impl FnMut(Listed)) {
    if let Some(id) = unit.take().filter(|_| start.local() != "ArchiveUnitRefId") {
        tell(Listed::Unit(id));
    }
    if start.local() == "ArchiveUnit" {
        *unit = start.id().map(str::to_owned);
    }
}

fn object<R: BufRead>(reader: &mut Reader<R>, start: &Start) -> Result<Listed, Error> {
    let id = start.id().unwrap_or_default().to_owned();
    let (mut digest, mut size) = (None, None);
    walk(reader, start, &mut String::new(), |field| match field.path {
        "MessageDigest" => {
            let algorithm = field.attribute("algorithm").unwrap_or_default().to_owned();
            digest = Some((algorithm, field.text.to_ascii_lowercase()));
        }
        "Size" => size = field.text.parse().ok(),
        _ => {}
    })?;
    Ok(Listed::Object { id, digest, size })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(text: &str) -> (Receipt, Vec<Listed>) {
        let mut listed = Vec::new();
        let receipt = read(text.as_bytes(), Bounds::default(), |one| listed.push(one)).unwrap();
        (receipt, listed)
    }

    #[test]
    fn both_orders_of_the_identifiers_answer_the_transfer_and_no_other() {
        let reply = |message: &str, request: &str| {
            let namespace = SedaVersion::V2_1.namespace();
            format!(
                "<ArchiveTransferReply xmlns='{namespace}'><MessageIdentifier>{message}</MessageIdentifier>\
                 <ReplyCode>000</ReplyCode><MessageRequestIdentifier>{request}</MessageRequestIdentifier>\
                 <ArchivalAgency><Identifier> FRAD1 </Identifier></ArchivalAgency></ArchiveTransferReply>"
            )
        };
        for text in [reply("ATR", "T"), reply("T", "ATR")] {
            let (receipt, _) = receipt(&text);
            assert!(receipt.answers("T") && !receipt.answers("U"));
            assert_eq!(receipt.own_identifier("T"), Some("ATR"));
            assert_eq!((receipt.accepts(), receipt.agency.as_deref()), (Some(true), Some("FRAD1")));
        }
    }

    #[test]
    fn what_is_listed_is_told_with_its_digest_and_its_size() {
        let namespace = SedaVersion::V2_3.namespace();
        let (receipt, listed) = receipt(&format!(
            "<ArchiveTransferReply xmlns='{namespace}'><DataObjectPackage><DataObjectGroup id='g'><BinaryDataObject id='o'>\
             <MessageDigest algorithm='SHA-512'>AB</MessageDigest><Size>3</Size></BinaryDataObject></DataObjectGroup>\
             <DescriptiveMetadata><ArchiveUnit id='u'><Content><ArchivalAgencyArchiveUnitIdentifier>A7\
             </ArchivalAgencyArchiveUnitIdentifier></Content><ArchiveUnit id='l'><ArchiveUnitRefId>u\
             </ArchiveUnitRefId></ArchiveUnit><ArchiveUnit id='v'/></ArchiveUnit></DescriptiveMetadata>\
             </DataObjectPackage><ReplyCode>KO</ReplyCode></ArchiveTransferReply>"
        ));
        let digest = Some(("SHA-512".to_owned(), "ab".to_owned()));
        let object = Listed::Object { id: "o".to_owned(), digest, size: Some(3) };
        assert_eq!(listed, [object, Listed::Unit("u".to_owned()), Listed::Unit("v".to_owned())]);
        assert_eq!((receipt.archive.as_deref(), receipt.accepts()), (Some("A7"), Some(false)));
    }

    #[test]
    fn what_is_no_reply_is_told() {
        let read = |text: &str| read(text.as_bytes(), Bounds::default(), |_| {}).unwrap_err();
        assert!(matches!(read("<ArchiveTransfer/>"), Misread::Another { .. }));
        assert!(matches!(read("<ArchiveTransferReply xmlns='urn:x'/>"), Misread::Another { .. }));
        assert!(matches!(read("rien"), Misread::Xml(_)));
    }
}
