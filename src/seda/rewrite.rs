//! Sources written back into another message: identifiers made unique, references followed, the version changed.
//!
//! Everything else comes out byte for byte. A reference to what is not in the message would make it invalid: where the
//! schema has another way to say it (`ExternalReference`) it is taken, where the reference is optional it is left out.

use std::io::{BufRead, Read};

use crate::{
    domain::seda::SedaVersion,
    seda::ledger::Ledger,
    xml::{
        bounds::Bounds,
        escape,
        event::{Event, Start},
        fault::Error,
        reader::Reader,
    },
};

/// How sources are rewritten.
#[derive(Clone, Copy)]
pub(crate) struct Rewriting<'a> {
    /// Goes before every identifier and reference.
    pub(crate) prefix: &'a str,
    /// The version of the message.
    pub(crate) version: SedaVersion,
    /// What is in the message, of the archive that the source comes from.
    pub(crate) ledger: &'a Ledger,
}

/// What changes in a data object beside its identifiers.
#[derive(Clone, Copy, Default)]
pub(crate) struct ObjectChange<'a> {
    /// Its new `Uri`, where it has one.
    pub(crate) uri: Option<&'a str>,
    /// The group that it must name, when it does not stand in it.
    pub(crate) group: Option<&'a str>,
}

/// Rewrites the elements of a source, which are self-standing and stand one after the other.
pub(crate) fn rewrite(source: &str, rewriting: Rewriting<'_>) -> Result<String, Error> {
    Pen::new(rewriting, None, source.len()).run(source)
}

/// Rewrites the source of a data object.
pub(crate) fn rewrite_object(
    source: &str,
    rewriting: Rewriting<'_>,
    change: ObjectChange<'_>,
) -> Result<String, Error> {
    Pen::new(rewriting, Some(change), source.len()).run(source)
}

/// Text that may still be taken back: what an element wrote whose reference leads nowhere.
#[derive(Default)]
struct Sheet {
    text: String,
    /// The depth and the name of that element; none for the sheet that holds everything.
    holder: Option<(usize, String)>,
    /// The reference that leads nowhere.
    lost: Option<String>,
}

/// Copies a source and changes what must change on the way.
struct Pen<'a> {
    rewriting: Rewriting<'a>,
    object: Option<ObjectChange<'a>>,
    /// The group reference is still to be written.
    owes_group: bool,
    sheets: Vec<Sheet>,
}

/// The depth of the source's own elements within the wrapper.
const TOP: usize = 2;

impl<'a> Pen<'a> {
    fn new(rewriting: Rewriting<'a>, object: Option<ObjectChange<'a>>, length: usize) -> Self {
        let sheet = Sheet { text: String::with_capacity(length), ..Sheet::default() };
        let owes_group = object.is_some_and(|change| change.group.is_some());
        Self { rewriting, object, owes_group, sheets: vec![sheet] }
    }

    fn run(mut self, source: &str) -> Result<String, Error> {
        let wrapped = (&b"<x>"[..]).chain(source.as_bytes()).chain(&b"</x>"[..]);
        let mut reader = Reader::new(wrapped, Bounds::NONE);
        let mut ends: Vec<String> = Vec::new();
        while let Some(event) = reader.next()? {
            match event {
                Event::Start(start) if start.depth < TOP => {}
                Event::Start(start) => self.start(&mut reader, &start, &mut ends)?,
                Event::End if reader.depth() + 1 < TOP => {}
                Event::End => self.end(&reader, &mut ends),
                Event::Text(_) | Event::Comment(_) | Event::Instruction(_) => self.push(reader.raw()),
            }
        }
        Ok(self.sheets.pop().map(|sheet| sheet.text).unwrap_or_default())
    }

    fn start<R: BufRead>(
        &mut self,
        reader: &mut Reader<R>,
        start: &Start,
        ends: &mut Vec<String>,
    ) -> Result<(), Error> {
        let is_seda = start.namespace.as_deref().and_then(SedaVersion::from_namespace).is_some();
        let local = if is_seda { start.local() } else { "" };
        let is_field = self.object.is_some() && start.depth == TOP + 1;
        if is_field && is_seda {
            match local {
                "DataObjectGroupId" | "DataObjectGroupReferenceId" => return reader.skip(start),
                "Relationship" if !self.leads_somewhere(start) => return reader.skip(start),
                "DataObjectProfile" | "DataObjectSystemId" | "DataObjectGroupSystemId" | "Relationship" => {}
                _ => self.pay_group(start),
            }
        }
        let opening = self.tag(reader.raw(), start, is_seda);
        match local {
            "Uri" if is_field => self.uri(reader, start, &opening),
            "ArchiveUnitRefId"
            | "DataObjectReferenceId"
            | "DataObjectGroupReferenceId"
            | "SignedObjectId"
            | "SignedDocumentReferenceId" => self.reference(reader, start, &opening),
            _ => {
                if matches!(local, "DataObjectReference" | "CustodialHistoryFile") {
                    let holder = Some((start.depth, start.name.clone()));
                    self.sheets.push(Sheet { holder, ..Sheet::default() });
                }
                self.push(&opening);
                ends.push(start.name.clone());
                Ok(())
            }
        }
    }

    fn end<R: BufRead>(&mut self, reader: &Reader<R>, ends: &mut Vec<String>) {
        let depth = reader.depth() + 1;
        let name = ends.pop().unwrap_or_default();
        if depth == TOP && self.owes_group && !reader.raw().is_empty() {
            self.pay(prefix(&name));
        }
        self.push(reader.raw());
        if self.sheets.last().is_some_and(|sheet| sheet.holder.as_ref().is_some_and(|(at, _)| *at == depth)) {
            self.turn();
        }
    }

    /// Ends a sheet: its text is kept, or the reference that leads nowhere takes its place.
    fn turn(&mut self) {
        let Some(Sheet { text, holder: Some((_, name)), lost }) = self.sheets.pop() else { return };
        match lost {
            None => self.push(&text),
            Some(id) if name.ends_with("DataObjectReference") => self.external(&name, &id),
            Some(_) => {}
        }
    }

    /// Says a reference to what is elsewhere, with the namespace prefix of the element `like`.
    fn external(&mut self, like: &str, id: &str) {
        let prefix = prefix(like);
        let id = escape::text(id);
        self.push(&format!("<{prefix}ExternalReference>{id}</{prefix}ExternalReference>"));
    }

    /// Whether the object to which a `Relationship` points is in the message.
    fn leads_somewhere(&self, start: &Start) -> bool {
        start.attribute("target").is_some_and(|target| self.rewriting.ledger.knows(target.trim()))
    }

    /// Writes the group that the object names, before the first element that may follow it.
    fn pay_group(&mut self, before: &Start) {
        if self.owes_group {
            self.pay(prefix(&before.name));
        }
    }

    fn pay(&mut self, prefix: &str) {
        self.owes_group = false;
        if let Some(id) = self.object.and_then(|change| change.group) {
            let id = escape::text(id);
            self.push(&format!("<{prefix}DataObjectGroupReferenceId>{id}</{prefix}DataObjectGroupReferenceId>"));
        }
    }

    fn uri<R: BufRead>(&mut self, reader: &mut Reader<R>, start: &Start, opening: &str) -> Result<(), Error> {
        let written = reader.text(start)?;
        let uri = self.object.and_then(|change| change.uri).unwrap_or(&written);
        self.leaf(start, opening, uri);
        Ok(())
    }

    fn reference<R: BufRead>(&mut self, reader: &mut Reader<R>, start: &Start, opening: &str) -> Result<(), Error> {
        let written = reader.text(start)?;
        let target = format!("{}{written}", self.rewriting.prefix);
        if self.rewriting.ledger.knows(&written) || start.local() == "SignedObjectId" {
            self.leaf(start, opening, &target);
        } else if start.local() == "ArchiveUnitRefId" {
            self.external(&start.name, &written);
        } else if let Some(sheet) = self.sheets.last_mut() {
            sheet.lost = Some(written);
        }
        Ok(())
    }

    fn leaf(&mut self, start: &Start, opening: &str, text: &str) {
        let opening = opening.strip_suffix("/>").or_else(|| opening.strip_suffix('>')).unwrap_or(opening);
        self.push(&format!("{opening}>{}</{}>", escape::text(text), start.name));
    }

    fn push(&mut self, markup: &str) {
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.text.push_str(markup);
        }
    }

    /// The start tag: as received when nothing in it changes.
    fn tag(&self, raw: &str, start: &Start, is_seda: bool) -> String {
        let Rewriting { prefix, version, .. } = self.rewriting;
        let mut changed = false;
        let mut tag = format!("<{}", start.name);
        for (bound, namespace) in &start.declarations {
            let is_other = SedaVersion::from_namespace(namespace).is_some_and(|known| known != version);
            let namespace = if is_other { version.namespace() } else { namespace };
            // The message's own namespace is the default one where the source will stand.
            let is_idle = start.depth == TOP && bound.is_empty() && namespace == version.namespace();
            changed |= is_other || is_idle;
            if !is_idle {
                let colon = if bound.is_empty() { "" } else { ":" };
                push_attribute(&mut tag, &format!("xmlns{colon}{bound}"), namespace);
            }
        }
        for attribute in &start.attributes {
            let names_something = attribute.name == "xml:id"
                || (is_seda && attribute.name == "id")
                || (is_seda && attribute.name == "target" && start.local() == "Relationship");
            let prefix = if names_something { prefix } else { "" };
            changed |= !prefix.is_empty();
            push_attribute(&mut tag, &attribute.name, &format!("{prefix}{}", attribute.value));
        }
        tag.push_str(if start.empty { "/>" } else { ">" });
        if changed { tag } else { raw.to_owned() }
    }
}

fn push_attribute(tag: &mut String, name: &str, value: &str) {
    for part in [" ", name, "=\"", &escape::attribute(value), "\""] {
        tag.push_str(part);
    }
}

/// The prefix of a qualified name, with its colon; empty when it has none.
fn prefix(name: &str) -> &str {
    name.find(':').and_then(|at| name.get(..=at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        archive::Part,
        clock::Timestamp,
        id::Id,
        object::{DataObject, Group, Matter},
    };

    /// A ledger of the group `G` and the objects `O1` and `O2`.
    fn ledger() -> Ledger {
        let at = Timestamp::from_millis(0).unwrap();
        let group = Group { id: Id::mint(at), local_id: Some("G".to_owned()), source: None };
        let object = |local_id: &str| DataObject {
            id: Id::mint(at),
            local_id: local_id.to_owned(),
            group: group.id,
            version: None,
            matter: Matter::Physical(None),
            source: String::new(),
        };
        let mut ledger = Ledger::default();
        ledger.enter(&Part::Group(group.clone()));
        ledger.enter(&Part::Object(Box::new(object("O1"))));
        ledger.enter(&Part::Object(Box::new(object("O2"))));
        ledger
    }

    #[test]
    fn an_object_takes_its_prefix_its_group_and_its_place_and_keeps_the_rest() {
        let ledger = ledger();
        let rewriting = Rewriting { prefix: "a1-", version: SedaVersion::V2_3, ledger: &ledger };
        let source = "<BinaryDataObject xmlns=\"fr:gouv:culture:archivesdefrance:seda:v2.1\" id='O1'>\n \
            <Relationship target=\"O2\" type='x'/><Relationship target=\"O3\" type='x'/><DataObjectGroupId>G</DataObjectGroupId>\
            <DataObjectVersion >Binary&#77;aster</DataObjectVersion><Uri>a&amp;b</Uri><x:id xmlns:x='urn:x' id=\"O1\"/></BinaryDataObject>";
        let change = ObjectChange { uri: Some("c<d"), group: Some("a1-G") };
        assert_eq!(
            rewrite_object(source, rewriting, change).unwrap(),
            "<BinaryDataObject id=\"a1-O1\">\n <Relationship target=\"a1-O2\" type=\"x\"/>\
             <DataObjectGroupReferenceId>a1-G</DataObjectGroupReferenceId><DataObjectVersion >Binary&#77;aster</DataObjectVersion>\
             <Uri>c&lt;d</Uri><x:id xmlns:x='urn:x' id=\"O1\"/></BinaryDataObject>"
        );
    }

    #[test]
    fn references_are_followed_left_out_or_said_otherwise() {
        let ledger = ledger();
        let rewriting = Rewriting { prefix: "", version: SedaVersion::V2_1, ledger: &ledger };
        let content = |inner: &str| {
            let namespace = SedaVersion::V2_1.namespace();
            format!("<s:Content xmlns:s=\"{namespace}\">{inner}</s:Content>")
        };
        let reference = |id: &str| {
            format!(
                "<s:DataObjectReference><s:DataObjectReferenceId>{id}</s:DataObjectReferenceId></s:DataObjectReference>"
            )
        };
        for (inner, expected) in [
            (reference("O2"), reference("O2")),
            (reference("O9"), "<s:ExternalReference>O9</s:ExternalReference>".to_owned()),
            ("<s:ArchiveUnitRefId>U</s:ArchiveUnitRefId>".to_owned(), "<s:ExternalReference>U</s:ExternalReference>".to_owned()),
            ("<s:SignedDocumentReferenceId>U</s:SignedDocumentReferenceId>".to_owned(), String::new()),
            (
                "<s:CustodialHistoryFile><s:DataObjectReferenceId>O9</s:DataObjectReferenceId></s:CustodialHistoryFile>".to_owned(),
                String::new(),
            ),
        ] {
            assert_eq!(rewrite(&content(&inner), rewriting).unwrap(), content(&expected), "{inner}");
        }
        // Nothing to change: byte for byte, several elements in a row.
        let same = format!("{}<!-- k -->{}", content("<a  b='c'/>\r\n&#233;"), content(""));
        assert_eq!(rewrite(&same, rewriting).unwrap(), same);
    }
}
