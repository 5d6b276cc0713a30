//! Canonical XML 1.0 and Exclusive XML Canonicalization 1.0, of a whole document or of an element kept whole.
//!
//! Documents with a DTD are not read at all, so attribute defaults and attribute types never matter here.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::xml::{
    bounds::Bounds,
    escape,
    event::{Attribute, Event, Start},
    fault::Error,
    reader::Reader,
    record::prefix_of,
    scope::XML,
};

/// Which namespace declarations are written, and whether comments are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Canonical XML 1.0: every declaration in scope, on the outermost element where it holds.
    Inclusive {
        /// Whether comments are written.
        comments: bool,
    },
    /// Exclusive canonicalization: declarations only where their prefix is seen.
    Exclusive {
        /// Whether comments are written.
        comments: bool,
    },
}

/// The canonical form of `document`.
pub fn canonical(document: &str, form: Form, bounds: Bounds) -> Result<String, Error> {
    let mut reader = Reader::new(document.as_bytes(), bounds);
    let mut writing = Writing { out: String::with_capacity(document.len()), form, levels: Vec::new(), rooted: false };
    while let Some(event) = reader.next()? {
        writing.write(&event);
    }
    Ok(writing.out)
}

/// Declarations by prefix.
type Declarations = BTreeMap<String, String>;

/// One open element.
struct Level {
    name: String,
    /// Declarations in scope in the document.
    scope: Declarations,
    /// Declarations that stand in the output, here or above.
    written: Declarations,
}

struct Writing {
    out: String,
    form: Form,
    levels: Vec<Level>,
    rooted: bool,
}

impl Writing {
    fn write(&mut self, event: &Event) {
        match event {
            Event::Start(start) => self.start(start),
            Event::End => {
                if let Some(level) = self.levels.pop() {
                    let _ = write!(self.out, "</{}>", level.name);
                }
            }
            Event::Text(text) => self.out.push_str(&canonical_text(text)),
            Event::Comment(text) if self.has_comments() => self.aside("<!--", text, "-->"),
            Event::Comment(_) => {}
            Event::Instruction(text) => {
                let (target, data) = text.split_once([' ', '\t', '\n']).unwrap_or((text, ""));
                let data = data.trim_start();
                let space = if data.is_empty() { "" } else { " " };
                self.aside("<?", &format!("{target}{space}{data}"), "?>");
            }
        }
    }

    const fn has_comments(&self) -> bool {
        matches!(self.form, Form::Inclusive { comments: true } | Form::Exclusive { comments: true })
    }

    /// A comment or an instruction; outside the root element it has a line of its own.
    fn aside(&mut self, before: &str, text: &str, after: &str) {
        let outside = self.levels.is_empty();
        if outside && self.rooted {
            self.out.push('\n');
        }
        // Here a carriage return is written by reference, nothing else is escaped.
        let text = text.replace('\r', "&#xD;");
        let _ = write!(self.out, "{before}{text}{after}");
        if outside && !self.rooted {
            self.out.push('\n');
        }
    }

    fn start(&mut self, start: &Start) {
        self.rooted = true;
        let mut scope = self.levels.last().map(|level| level.scope.clone()).unwrap_or_default();
        scope.extend(start.declarations.iter().cloned());
        let mut written = self.levels.last().map(|level| level.written.clone()).unwrap_or_default();
        let _ = write!(self.out, "<{}", start.name);
        for (prefix, namespace) in self.wanted(start, &scope) {
            if written.get(&prefix).map(String::as_str).unwrap_or_default() == namespace {
                continue;
            }
            let colon = if prefix.is_empty() { "" } else { ":" };
            let _ = write!(self.out, " xmlns{colon}{prefix}=\"{}\"", canonical_value(&namespace));
            written.insert(prefix, namespace);
        }
        let mut attributes: Vec<&Attribute> = start.attributes.iter().collect();
        attributes.sort_by_key(|attribute| (attribute.namespace.clone(), attribute.local().to_owned()));
        for attribute in attributes {
            let _ = write!(self.out, " {}=\"{}\"", attribute.name, canonical_value(&attribute.value));
        }
        self.out.push('>');
        self.levels.push(Level { name: start.name.clone(), scope, written });
    }

    /// The declarations that may have to be written on this element, by prefix.
    fn wanted(&self, start: &Start, scope: &Declarations) -> Declarations {
        let in_force = |prefix: &str| scope.get(prefix).cloned().unwrap_or_default();
        let mut wanted = match self.form {
            Form::Inclusive { .. } => scope.clone(),
            Form::Exclusive { .. } => {
                let prefixed = start.attributes.iter().map(|a| prefix_of(&a.name)).filter(|prefix| !prefix.is_empty());
                let seen = std::iter::once(prefix_of(&start.name)).chain(prefixed);
                seen.map(|prefix| (prefix.to_owned(), in_force(prefix))).collect()
            }
        };
        // `xml` is bound for ever; it is never declared in a canonical form.
        wanted.retain(|prefix, namespace| prefix != "xml" && namespace != XML);
        wanted
    }
}

fn canonical_text(text: &str) -> std::borrow::Cow<'_, str> {
    escape::escaped(text, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    })
}

fn canonical_value(value: &str) -> std::borrow::Cow<'_, str> {
    escape::escaped(value, |c| match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn c14n(document: &str, form: Form) -> String {
        canonical(document, form, Bounds::default()).unwrap()
    }

    const PLAIN: Form = Form::Inclusive { comments: false };
    const EXCLUSIVE: Form = Form::Exclusive { comments: false };

    #[test]
    fn instructions_and_comments_stand_as_in_section_3_1_of_the_recommendation() {
        let document = "<?xml version=\"1.0\"?>\n\n<?xml-stylesheet   href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n\n\
            <doc>Hello, world!<!-- Comment 1 --></doc>\n\n<?pi-without-data     ?>\n\n<!-- Comment 2 -->\n\n<!-- Comment 3 -->";
        let stylesheet = "<?xml-stylesheet href=\"doc.xsl\"\n   type=\"text/xsl\"   ?>\n";
        assert_eq!(c14n(document, PLAIN), format!("{stylesheet}<doc>Hello, world!</doc>\n<?pi-without-data?>"));
        assert_eq!(
            c14n(document, Form::Inclusive { comments: true }),
            format!(
                "{stylesheet}<doc>Hello, world!<!-- Comment 1 --></doc>\n<?pi-without-data?>\n\
                 <!-- Comment 2 -->\n<!-- Comment 3 -->"
            )
        );
    }

    #[test]
    fn white_space_in_content_is_kept_as_in_section_3_2() {
        let document = "<doc>\n   <clean>   </clean>\n   <dirty>   A   B   </dirty>\n   <mixed>\n      A\n      <clean>   </clean>\n      B\n   </mixed>\n</doc>";
        assert_eq!(c14n(document, PLAIN), document);
    }

    #[test]
    fn tags_attributes_and_declarations_are_ordered_as_in_section_3_3() {
        let document = "<doc>\n   <e1   />\n   <e2   ></e2>\n   <e3   name = \"elem3\"   id=\"elem3\"   />\n   \
            <e5 a:attr=\"out\" b:attr=\"sorted\" attr2=\"all\" attr=\"I'm\"\n      xmlns:b=\"http://www.ietf.org\"\n      \
            xmlns:a=\"http://www.w3.org\"\n      xmlns=\"http://example.org\"/>\n   <e6 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n       \
            <e7 xmlns=\"http://www.ietf.org\">\n           <e8 xmlns=\"\" xmlns:a=\"http://www.w3.org\">\n               \
            <e9 xmlns=\"\" xmlns:a=\"http://www.ietf.org\"/>\n           </e8>\n       </e7>\n   </e6>\n</doc>";
        let expected = "<doc>\n   <e1></e1>\n   <e2></e2>\n   <e3 id=\"elem3\" name=\"elem3\"></e3>\n   \
            <e5 xmlns=\"http://example.org\" xmlns:a=\"http://www.w3.org\" xmlns:b=\"http://www.ietf.org\" attr=\"I'm\" attr2=\"all\" \
            b:attr=\"sorted\" a:attr=\"out\"></e5>\n   <e6 xmlns:a=\"http://www.w3.org\">\n       <e7 xmlns=\"http://www.ietf.org\">\n           \
            <e8 xmlns=\"\">\n               <e9 xmlns:a=\"http://www.ietf.org\"></e9>\n           </e8>\n       </e7>\n   </e6>\n</doc>";
        assert_eq!(c14n(document, PLAIN), expected);
    }

    #[test]
    fn characters_and_references_are_written_as_in_section_3_4() {
        let document = "<doc>\n   <text>First line&#x0d;&#10;Second line</text>\n   <value>&#x32;</value>\n   \
            <compute><![CDATA[value>\"0\" && value<\"10\" ?\"valid\":\"error\"]]></compute>\n   \
            <compute expr='value>\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"'>valid</compute>\n   \
            <norm attr=' &apos;   &#x20;&#13;&#xa;&#9;   &apos; '/>\n</doc>";
        let expected = "<doc>\n   <text>First line&#xD;\nSecond line</text>\n   <value>2</value>\n   \
            <compute>value&gt;\"0\" &amp;&amp; value&lt;\"10\" ?\"valid\":\"error\"</compute>\n   \
            <compute expr=\"value>&quot;0&quot; &amp;&amp; value&lt;&quot;10&quot; ?&quot;valid&quot;:&quot;error&quot;\">valid</compute>\n   \
            <norm attr=\" '    &#xD;&#xA;&#x9;   ' \"></norm>\n</doc>";
        assert_eq!(c14n(document, PLAIN), expected);
    }

    #[test]
    fn the_exclusive_form_writes_only_the_prefixes_that_are_seen() {
        // The example of section 2.2 of Exclusive XML Canonicalization.
        let within = "<n1:elem2 xmlns:n0=\"http://a.example\" xmlns:n1=\"http://b.example\" xmlns:n3=\"ftp://example.org\" \
            xml:lang=\"en\">\n     <n3:stuff xmlns:n3=\"ftp://example.org\"/>\n   </n1:elem2>";
        let expected = "<n1:elem2 xmlns:n1=\"http://b.example\" xml:lang=\"en\">\n     \
            <n3:stuff xmlns:n3=\"ftp://example.org\"></n3:stuff>\n   </n1:elem2>";
        assert_eq!(c14n(within, EXCLUSIVE), expected);
        assert_eq!(
            c14n("<a xmlns='u'><p:b xmlns:p='v'><c/></p:b></a>", EXCLUSIVE),
            "<a xmlns=\"u\"><p:b xmlns:p=\"v\"><c></c></p:b></a>"
        );
        assert_eq!(
            c14n("<a xmlns='u'><b xmlns=''><c xmlns='u'/></b></a>", EXCLUSIVE),
            "<a xmlns=\"u\"><b xmlns=\"\"><c xmlns=\"u\"></c></b></a>"
        );
    }

    #[test]
    fn two_ways_of_writing_the_same_element_have_one_form() {
        let one = c14n("<a b='1' c=\"2\" xmlns='u' xmlns:unused='v'><d/>&#65;</a>", EXCLUSIVE);
        assert_eq!(one, c14n("<a xmlns=\"u\" c='2'   b='1'><d></d>A</a>", EXCLUSIVE));
        assert_ne!(one, c14n("<a xmlns=\"u\" c='2'   b='1'><d> </d>A</a>", EXCLUSIVE));
    }
}
