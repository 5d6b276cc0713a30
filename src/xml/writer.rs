//! A small streaming writer of XML.

use std::io::{self, Write};

use crate::xml::escape;

/// Writes one document, element by element.
pub struct Writer<W> {
    out: W,
    open: Vec<String>,
    /// Whether the innermost start tag still takes attributes.
    in_tag: bool,
}

impl<W: Write> Writer<W> {
    /// Begins a document with the XML declaration.
    pub fn document(mut out: W) -> io::Result<Self> {
        out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
        Ok(Self::fragment(out))
    }

    /// Begins a fragment, without the XML declaration.
    pub const fn fragment(out: W) -> Self {
        Self { out, open: Vec::new(), in_tag: false }
    }

    /// Opens an element.
    pub fn open(&mut self, name: &str) -> io::Result<()> {
        self.settle()?;
        write!(self.out, "<{name}")?;
        self.open.push(name.to_owned());
        self.in_tag = true;
        Ok(())
    }

    /// Opens an element and makes `namespace` the default one within it.
    pub fn open_in(&mut self, name: &str, namespace: &str) -> io::Result<()> {
        self.open(name)?;
        self.attribute("xmlns", namespace)
    }

    /// Gives an attribute to the element just opened; an error once it has content.
    pub fn attribute(&mut self, name: &str, value: &str) -> io::Result<()> {
        if !self.in_tag {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "an attribute belongs in a start tag"));
        }
        write!(self.out, " {name}=\"{}\"", escape::attribute(value))
    }

    /// Writes text.
    pub fn text(&mut self, text: &str) -> io::Result<()> {
        self.settle()?;
        self.out.write_all(escape::text(text).as_bytes())
    }

    /// Writes markup as it is: an element captured elsewhere.
    pub fn raw(&mut self, markup: &str) -> io::Result<()> {
        self.settle()?;
        self.out.write_all(markup.as_bytes())
    }

    /// Writes an element that holds text only.
    pub fn element(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.open(name)?;
        if !text.is_empty() {
            self.text(text)?;
        }
        self.close()
    }

    /// Writes an element that holds text only, when there is some.
    pub fn optional(&mut self, name: &str, text: Option<&str>) -> io::Result<()> {
        match text.filter(|text| !text.trim().is_empty()) {
            Some(text) => self.element(name, text),
            None => Ok(()),
        }
    }

    /// Closes the innermost open element; an error when none is.
    pub fn close(&mut self) -> io::Result<()> {
        let name = self.open.pop().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "no element is open"))?;
        if std::mem::take(&mut self.in_tag) { self.out.write_all(b"/>") } else { write!(self.out, "</{name}>") }
    }

    /// Closes what is open, flushes, and gives the output back.
    pub fn finish(mut self) -> io::Result<W> {
        while !self.open.is_empty() {
            self.close()?;
        }
        self.out.flush()?;
        Ok(self.out)
    }

    /// Ends a start tag that still takes attributes.
    fn settle(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.in_tag) { self.out.write_all(b">") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::xml::{bounds::Bounds, event::Event, reader::Reader};

    #[test]
    fn elements_attributes_text_and_raw_markup_come_out_in_order() {
        let mut writer = Writer::document(Vec::new()).unwrap();
        writer.open_in("a", "urn:a").unwrap();
        writer.open("b").unwrap();
        writer.attribute("x", "\"<&\n").unwrap();
        writer.close().unwrap();
        writer.raw("<c><!-- k --></c>").unwrap();
        writer.optional("d", Some("  ")).unwrap();
        writer.element("e", "1 < 2").unwrap();
        assert!(writer.attribute("late", "").is_err());
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        let body = "<a xmlns=\"urn:a\"><b x=\"&quot;&lt;&amp;&#10;\"/><c><!-- k --></c><e>1 &lt; 2</e></a>";
        assert_eq!(text, format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{body}"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in any::<String>(), value in any::<String>()) {
            let allowed = |raw: &str| raw.chars().map(|c| if escape::is_allowed(c) { c } else { '\u{fffd}' }).collect::<String>();
            let mut writer = Writer::document(Vec::new()).unwrap();
            writer.open("a").unwrap();
            writer.attribute("v", &value).unwrap();
            writer.text(&text).unwrap();
            let written = writer.finish().unwrap();
            let mut reader = Reader::new(&written[..], Bounds::default());
            let Some(Event::Start(start)) = reader.next().unwrap() else { panic!("no start") };
            prop_assert_eq!(start.attribute("v").map(str::to_owned), Some(allowed(&value)));
            let mut read = String::new();
            while let Some(Event::Text(piece)) = reader.next().unwrap() {
                read.push_str(&piece);
            }
            prop_assert_eq!(read, allowed(&text));
            prop_assert_eq!(reader.next().unwrap(), None);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "(<|>|/|a|b|:|&|;|x|=|'|\"|!|-|\\[|\\]|\\?| |\n){0,40}") {
            let mut reader = Reader::new(text.as_bytes(), Bounds::default());
            while let Ok(Some(_)) = reader.next() {}
        }
    }
}
