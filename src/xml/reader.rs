//! A streaming, namespace-resolving pull reader that checks well-formedness and can keep an element as received.
//!
//! It assumes UTF-8. It reads no document type declaration and expands no entity but the five predefined ones.

use std::{io, io::BufRead};

use quick_xml::events::{BytesStart, Event as Raw};

use crate::xml::{
    bounds::{Bounds, Meter},
    escape,
    event::{Attribute, Event, Start},
    fault::{Error, Fault},
    record::{Record, prefix_of},
    scope::Scope,
};

/// The reader.
pub struct Reader<R> {
    source: quick_xml::Reader<Meter<R>>,
    bounds: Bounds,
    scope: Scope,
    /// Names of the open elements, as written.
    open: Vec<String>,
    /// The markup of the last event, as received.
    raw: String,
    /// The line on which the next event begins.
    line: u64,
    /// Whether an empty element's end is still to be told.
    closing: bool,
    rooted: bool,
    /// Whether anything was read, so that no XML declaration may come.
    begun: bool,
    record: Option<Record>,
    recorded: Option<String>,
    buffer: Vec<u8>,
}

/// An event with what only this file needs to know.
enum Read {
    Told(Event),
    Nothing,
    Over,
}

impl<R: BufRead> Reader<R> {
    /// Reads from `source` within `bounds`.
    pub fn new(source: R, bounds: Bounds) -> Self {
        let mut source = quick_xml::Reader::from_reader(Meter::new(source));
        let config = source.config_mut();
        config.check_comments = true;
        // End tags are checked here, so that they are kept as received.
        config.check_end_names = false;
        config.trim_markup_names_in_closing_tags = false;
        Self {
            source,
            bounds,
            scope: Scope::new(bounds.namespaces),
            open: Vec::new(),
            raw: String::new(),
            line: 1,
            closing: false,
            rooted: false,
            begun: false,
            record: None,
            recorded: None,
            buffer: Vec::new(),
        }
    }

    /// The next event; `None` once, at the end of a well-formed document.
    #[expect(clippy::should_implement_trait, reason = "an iterator could be read on after a fault")]
    pub fn next(&mut self) -> Result<Option<Event>, Error> {
        if std::mem::take(&mut self.closing) {
            self.raw.clear();
            return Ok(Some(self.shut()));
        }
        loop {
            match self.read()? {
                Read::Told(event) => return Ok(Some(event)),
                Read::Over => return Ok(None),
                Read::Nothing => {}
            }
        }
    }

    /// The markup of the last event, byte for byte; empty for the end of an empty element.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The line, counted from 1, at which the next event begins.
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// Begins to keep the element that `start`, the last event, opens. [`Reader::recorded`] gives it after its end.
    pub fn record(&mut self, start: &Start) -> Result<(), Error> {
        let record = Record::new(start, &self.raw, &self.scope, self.bounds.record);
        self.record = Some(record.map_err(|fault| self.malformed(fault))?);
        Ok(())
    }

    /// The element kept, whole and as received, with the namespace declarations of above that it uses.
    pub fn recorded(&mut self) -> Option<String> {
        self.recorded.take()
    }

    /// Keeps the element that `start`, the last event, opens, and reads on to its end.
    pub fn capture(&mut self, start: &Start) -> Result<String, Error> {
        self.record(start)?;
        self.skip(start)?;
        Ok(self.recorded().unwrap_or_default())
    }

    /// Reads to the end of the element that `start`, the last event, opens.
    pub fn skip(&mut self, start: &Start) -> Result<(), Error> {
        while self.next()?.is_some() {
            if self.open.len() < start.depth {
                break;
            }
        }
        Ok(())
    }

    /// Reads to the end of the element that `start`, the last event, opens, and gives all the text within, trimmed.
    pub fn text(&mut self, start: &Start) -> Result<String, Error> {
        let mut text = String::new();
        while let Some(event) = self.next()? {
            match event {
                Event::Text(piece) => text.push_str(&piece),
                Event::End if self.open.len() < start.depth => break,
                _ => {}
            }
        }
        Ok(text.trim().to_owned())
    }

    /// How many elements are open.
    pub const fn depth(&self) -> usize {
        self.open.len()
    }

    fn read(&mut self) -> Result<Read, Error> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        self.source.get_mut().refill(self.bounds.piece);
        let told = match self.source.read_event_into(&mut buffer) {
            Ok(raw) => {
                let lines = raw.split(|byte| *byte == b'\n').count() - 1;
                let told = self.tell(&raw).map_err(|fault| self.malformed(fault));
                self.begun = true;
                self.line += u64::try_from(lines).unwrap_or_default();
                told
            }
            Err(error) => Err(self.failed(error)),
        };
        self.buffer = buffer;
        told
    }

    fn failed(&self, error: quick_xml::Error) -> Error {
        match error {
            quick_xml::Error::Io(_) if self.source.get_ref().is_spent() => {
                self.malformed(Fault::Piece(self.bounds.piece))
            }
            quick_xml::Error::Io(error) => Error::Read(io::Error::new(error.kind(), error)),
            quick_xml::Error::IllFormed(quick_xml::errors::IllFormedError::UnmatchedEndTag(found)) => {
                self.malformed(Fault::End { expected: String::new(), found })
            }
            other => self.malformed(Fault::Markup(other.to_string())),
        }
    }

    const fn malformed(&self, fault: Fault) -> Error {
        Error::Malformed { line: self.line, fault }
    }

    fn tell(&mut self, raw: &Raw<'_>) -> Result<Read, Fault> {
        let content = std::str::from_utf8(raw).map_err(|_| Fault::Encoding)?;
        match raw {
            Raw::Start(tag) => return self.enter(tag, content, false).map(Read::Told),
            Raw::Empty(tag) => return self.enter(tag, content, true).map(Read::Told),
            Raw::End(_) => return self.close(content).map(Read::Told),
            Raw::Eof => return self.over(),
            Raw::Decl(_) if self.begun => return Err(Fault::Markup("a second XML declaration".to_owned())),
            Raw::Decl(_) => return Ok(Read::Nothing),
            Raw::DocType(_) => return Err(Fault::Doctype),
            Raw::Text(_) | Raw::CData(_) | Raw::GeneralRef(_) | Raw::Comment(_) | Raw::PI(_) => {}
        }
        escape::check_characters(content)?;
        let (before, after) = match raw {
            Raw::CData(_) => ("<![CDATA[", "]]>"),
            Raw::GeneralRef(_) => ("&", ";"),
            Raw::Comment(_) => ("<!--", "-->"),
            Raw::PI(_) => ("<?", "?>"),
            _ => ("", ""),
        };
        self.note(&[before, content, after])?;
        let event = match raw {
            Raw::Comment(_) => Event::Comment(escape::line_ends(content)),
            Raw::PI(_) => Event::Instruction(escape::line_ends(content)),
            Raw::GeneralRef(_) => Event::Text(escape::entity(content)?.to_string()),
            Raw::Text(_) if content.contains("]]>") => return Err(Fault::Markup("`]]>` in text".to_owned())),
            _ => Event::Text(escape::line_ends(content)),
        };
        if self.open.is_empty() && matches!(event, Event::Text(_)) {
            let blank = matches!(raw, Raw::Text(_)) && content.trim_matches([' ', '\t', '\r', '\n']).is_empty();
            return if blank { Ok(Read::Nothing) } else { Err(Fault::Root) };
        }
        Ok(Read::Told(event))
    }

    /// Keeps the markup of an event, and records it.
    fn note(&mut self, parts: &[&str]) -> Result<(), Fault> {
        self.raw.clear();
        for part in parts {
            self.raw.push_str(part);
        }
        self.record.as_mut().map_or(Ok(()), |record| record.push(&self.raw))
    }

    fn enter(&mut self, tag: &BytesStart<'_>, content: &str, empty: bool) -> Result<Event, Fault> {
        escape::check_characters(content)?;
        if self.open.is_empty() && std::mem::replace(&mut self.rooted, true) {
            return Err(Fault::Root);
        }
        if self.open.len() >= self.bounds.depth {
            return Err(Fault::Depth(self.bounds.depth));
        }
        self.note(&["<", content, if empty { "/>" } else { ">" }])?;
        let name = name(tag.name().as_ref())?;
        self.open.push(name.clone());
        let start = self.start(tag, name, empty)?;
        if let Some(record) = &mut self.record {
            record.note(&start, &self.scope);
        }
        self.closing = empty;
        Ok(Event::Start(start))
    }

    fn start(&mut self, tag: &BytesStart<'_>, name: String, empty: bool) -> Result<Start, Fault> {
        let depth = self.open.len();
        check_spaces(tag.attributes_raw())?;
        let mut attributes = Vec::new();
        let mut declarations = Vec::new();
        for (at, attribute) in tag.attributes().with_checks(false).enumerate() {
            if at >= self.bounds.attributes {
                return Err(Fault::Attributes(self.bounds.attributes));
            }
            let attribute = attribute.map_err(|error| Fault::Markup(error.to_string()))?;
            let name = self::name(attribute.key.as_ref())?;
            let raw = std::str::from_utf8(&attribute.value).map_err(|_| Fault::Encoding)?;
            let value = escape::attribute_value(raw)?;
            let declared = if name == "xmlns" { Some("") } else { name.strip_prefix("xmlns:") };
            if let Some(prefix) = declared {
                self.scope.declare(prefix, &value, depth)?;
                declarations.push((prefix.to_owned(), value));
            } else {
                attributes.push(Attribute { name, namespace: None, value });
            }
        }
        for attribute in &mut attributes {
            attribute.namespace = self.scope.attribute(prefix_of(&attribute.name))?;
        }
        check_twice(&attributes)?;
        let namespace = self.scope.element(prefix_of(&name))?;
        Ok(Start { name, namespace, attributes, declarations, empty, depth, line: self.line })
    }

    fn close(&mut self, content: &str) -> Result<Event, Fault> {
        self.note(&["</", content, ">"])?;
        let found = content.trim_end_matches([' ', '\t', '\r', '\n']);
        let expected = self.open.last().map(String::as_str).unwrap_or_default();
        if found != expected {
            return Err(Fault::End { expected: expected.to_owned(), found: found.to_owned() });
        }
        Ok(self.shut())
    }

    /// Leaves the innermost open element.
    fn shut(&mut self) -> Event {
        let depth = self.open.len();
        if self.record.as_ref().is_some_and(|record| record.depth() == depth) {
            self.recorded = self.record.take().map(Record::finish);
        }
        self.open.pop();
        self.scope.leave(self.open.len());
        Event::End
    }

    fn over(&self) -> Result<Read, Fault> {
        match self.open.last() {
            Some(name) => Err(Fault::Unclosed(name.clone())),
            None if self.rooted => Ok(Read::Over),
            None => Err(Fault::Root),
        }
    }
}

fn name(bytes: &[u8]) -> Result<String, Fault> {
    let name = std::str::from_utf8(bytes).map_err(|_| Fault::Encoding)?;
    if escape::is_name(name) { Ok(name.to_owned()) } else { Err(Fault::Name(name.to_owned())) }
}

/// Refuses two attributes without white space between them.
fn check_spaces(attributes: &[u8]) -> Result<(), Fault> {
    let mut quote = None;
    let mut closed = false;
    for byte in attributes {
        if std::mem::take(&mut closed) && !byte.is_ascii_whitespace() {
            return Err(Fault::Markup("no white space between attributes".to_owned()));
        }
        match quote {
            Some(open) if open == byte => (quote, closed) = (None, true),
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            _ => {}
        }
    }
    Ok(())
}

fn check_twice(attributes: &[Attribute]) -> Result<(), Fault> {
    if attributes.len() < 2 {
        return Ok(());
    }
    let mut names: Vec<_> = attributes.iter().map(|a| (a.namespace.as_deref(), a.local())).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair.first() == pair.last()) {
        Some([(_, name), ..]) => Err(Fault::Twice((*name).to_owned())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Event>, Error> {
        let mut reader = Reader::new(text.as_bytes(), Bounds { depth: 4, attributes: 3, ..Bounds::default() });
        let mut events = Vec::new();
        while let Some(event) = reader.next()? {
            events.push(event);
        }
        Ok(events)
    }

    fn fault(text: &str) -> Fault {
        match read(text) {
            Err(Error::Malformed { fault, .. }) => fault,
            other => panic!("{text}: {other:?}"),
        }
    }

    /// Captures the first element of that local name.
    fn captured(text: &str, local: &str) -> String {
        let mut reader = Reader::new(text.as_bytes(), Bounds::default());
        while let Some(event) = reader.next().unwrap() {
            if let Event::Start(start) = event
                && start.local() == local
            {
                return reader.capture(&start).unwrap();
            }
        }
        panic!("no {local}");
    }

    #[test]
    fn names_are_resolved_and_lines_counted() {
        let events =
            read("<?xml version=\"1.0\"?>\n<s:a xmlns:s=\"urn:s\"\n>\n<b xmlns='urn:d' s:x='1' y='2'/></s:a>\n")
                .unwrap();
        let starts: Vec<&Start> =
            events.iter().filter_map(|e| if let Event::Start(s) = e { Some(s) } else { None }).collect();
        assert!(starts[0].is(Some("urn:s"), "a"));
        assert_eq!((starts[0].line, starts[0].depth), (2, 1));
        assert!(starts[1].is(Some("urn:d"), "b"));
        assert_eq!((starts[1].line, starts[1].depth, starts[1].empty), (4, 2, true));
        assert_eq!(starts[1].attributes[0].namespace.as_deref(), Some("urn:s"));
        assert_eq!(starts[1].attribute("y"), Some("2"));
        assert_eq!(events.iter().filter(|e| **e == Event::End).count(), 2);
    }

    #[test]
    fn text_comes_with_its_references_resolved() {
        let events = read("<a>x &lt; y\r\n<![CDATA[<&]]>&#233;</a>").unwrap();
        let text: String =
            events.iter().filter_map(|e| if let Event::Text(t) = e { Some(t.as_str()) } else { None }).collect();
        assert_eq!(text, "x < y\n<&é");
    }

    const BROKEN: &[&str] = &[
        "<a",
        "<a x=1/>",
        "<a x='<'/>",
        "<a>]]></a>",
        "<a><!-- -- --></a>",
        "<",
        "not XML",
        "<a x='1'y='2'/>",
        "<a><?xml version='1.0'?></a>",
        "<a/><?xml version='1.0'?>",
        " <?xml version='1.0'?><a/>",
        "<a></a b>",
        "<a / >",
        "< a/>",
        "<a>&amp</a>",
        "<a>&#xFFFE;</a>",
        "<!-- a -- b --><a/>",
        "<a><!DOCTYPE x></a>",
        "<a xml:id='1' xml:id='2'/>",
        "<a xmlns:xml='x'/>",
        "<![CDATA[x]]><a/>",
        "<a><![CDATA[x</a>",
        "&amp;<a/>",
        "<a:b:c xmlns:a='u'/>",
        "<a x/>",
        "<a></ a>",
        "<a><?x</a>",
        "<a =''/>",
        "<a>\u{fffe}</a>",
        "<a xmlns:p=''/>",
    ];

    #[test]
    fn what_is_not_well_formed_is_a_fault_and_never_a_panic() {
        assert_eq!(fault("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"), Fault::Doctype);
        assert_eq!(fault("<a>&x;</a>"), Fault::Entity("x".to_owned()));
        assert_eq!(fault("<p:a/>"), Fault::Prefix("p".to_owned()));
        assert_eq!(fault("<a x='1' x='2'/>"), Fault::Twice("x".to_owned()));
        assert_eq!(fault("<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>"), Fault::Attributes(3));
        assert_eq!(fault("<a xmlns:p='u' p:x='1' p:x='2'/>"), Fault::Twice("x".to_owned()));
        assert_eq!(fault("<a/><b/>"), Fault::Root);
        assert_eq!(fault("<a/>x"), Fault::Root);
        assert_eq!(fault(""), Fault::Root);
        assert_eq!(fault("<a>\u{1}</a>"), Fault::Character(1));
        assert_eq!(fault("<a><b></a>"), Fault::End { expected: "b".to_owned(), found: "a".to_owned() });
        assert_eq!(fault("<a></a></a>"), Fault::End { expected: String::new(), found: "a".to_owned() });
        assert_eq!(fault("<a>"), Fault::Unclosed("a".to_owned()));
        assert_eq!(fault("<1a/>"), Fault::Name("1a".to_owned()));
        assert_eq!(fault("<a><a><a><a><a/></a></a></a></a>"), Fault::Depth(4));
        let accepted: Vec<&&str> = BROKEN.iter().filter(|text| read(text).is_ok()).collect();
        assert!(accepted.is_empty(), "{accepted:?}");
        let mut reader = Reader::new(&b"<a>\xff</a>"[..], Bounds::default());
        reader.next().unwrap();
        assert!(matches!(reader.next(), Err(Error::Malformed { fault: Fault::Encoding, .. })));
    }

    #[test]
    fn a_fault_names_its_line_and_has_a_french_sentence() {
        let Err(Error::Malformed { line, fault }) = read("<a>\n\n<b></c></a>") else { panic!("well-formed") };
        assert_eq!(line, 3);
        assert_eq!(fault.sentence(), "La balise fermante « c » se trouve là où « b » doit être fermé.");
    }

    #[test]
    fn a_piece_or_a_record_past_its_bound_is_a_fault() {
        let long = format!("<a>{}</a>", "x".repeat(100));
        let mut reader = Reader::new(long.as_bytes(), Bounds { piece: 20, ..Bounds::default() });
        let Event::Start(start) = reader.next().unwrap().unwrap() else { panic!("no start") };
        assert!(matches!(reader.skip(&start), Err(Error::Malformed { fault: Fault::Piece(20), .. })));
        let mut reader = Reader::new(long.as_bytes(), Bounds { record: 20, ..Bounds::default() });
        reader.next().unwrap();
        assert!(matches!(reader.capture(&start), Err(Error::Malformed { fault: Fault::Record(20), .. })));
    }

    #[test]
    fn a_captured_element_stands_by_itself_and_is_otherwise_as_received() {
        let text = "<r xmlns='urn:d' xmlns:p='urn:p' xmlns:u='urn:unused' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>\
            <c  b = 'é&amp;'>\r\n<!-- k --><p:x\t/><i xmlns:p='urn:own'><p:y xsi:type=\"p:t\"/></i ></c ></r>";
        assert_eq!(
            captured(text, "c"),
            "<c xmlns=\"urn:d\" xmlns:p=\"urn:p\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"  b = 'é&amp;'>\
             \r\n<!-- k --><p:x\t/><i xmlns:p='urn:own'><p:y xsi:type=\"p:t\"/></i ></c >"
        );
        assert_eq!(captured("<r><c/></r>", "c"), "<c xmlns=\"\"/>");
        assert_eq!(captured("<s:r xmlns:s='u'><s:c>1</s:c></s:r>", "c"), "<s:c xmlns:s=\"u\">1</s:c>");
        assert_eq!(captured("<r xmlns='u'><c xmlns='v'/></r>", "c"), "<c xmlns='v'/>");
    }
}
