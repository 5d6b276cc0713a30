//! A small XML document in memory, each element with what was received, so that it can be put in canonical form alone.

use std::sync::Arc;

use crate::xml::{
    bounds::Bounds,
    canonical::{self, Form},
    event::{Event, Start},
    fault::{Error, Fault},
    reader::Reader,
};

/// What a record may hold at most: it is read whole, and its elements nest little.
const BOUNDS: Bounds = Bounds { depth: 64, attributes: 64, namespaces: 16, piece: 16 << 20, record: 16 << 20 };

/// Prefixes and namespaces, shared by all elements that add none: a hostile document must not make them multiply.
type Declarations = Arc<Vec<(String, String)>>;

/// An element with all that is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    start: Start,
    /// The start tag as received.
    opening: String,
    items: Vec<Item>,
    /// The end tag as received; empty for an empty element.
    closing: String,
    /// The namespace declarations of the elements above, outermost first.
    above: Declarations,
    /// The same with those of the element itself.
    scope: Declarations,
    /// Whether an element above has an attribute that is inherited (`xml:lang` and its like).
    inherits: bool,
}

/// What stands in an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// An element.
    Element(Element),
    /// Text: as it reads, and as received.
    Text(String, String),
    /// A comment or an instruction, as received.
    Aside(String),
}

impl Element {
    /// Reads a document; why it is none, in French.
    pub(super) fn read(document: &[u8]) -> Result<Self, String> {
        let mut reader = Reader::new(document, BOUNDS);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        while let Some(event) = reader.next().map_err(|error| sentence(&error))? {
            let raw = reader.raw().to_owned();
            let item = match event {
                Event::Start(start) => {
                    open.push(Self::opened(start, raw, open.last()));
                    continue;
                }
                Event::End => match open.pop() {
                    Some(element) => Item::Element(Self { closing: raw, ..element }),
                    None => continue,
                },
                Event::Text(text) => Item::Text(text, raw),
                Event::Comment(_) | Event::Instruction(_) => Item::Aside(raw),
            };
            match (open.last_mut(), item) {
                (Some(above), item) => above.items.push(item),
                (None, Item::Element(element)) => root = Some(element),
                (None, _) => {}
            }
        }
        root.ok_or_else(|| Fault::Root.sentence())
    }

    fn opened(start: Start, opening: String, parent: Option<&Self>) -> Self {
        let above = parent.map(|parent| Arc::clone(&parent.scope)).unwrap_or_default();
        let has_xml = |start: &Start| start.attributes.iter().any(|attribute| attribute.name.starts_with("xml:"));
        let inherits = parent.is_some_and(|parent| parent.inherits || has_xml(&parent.start));
        let scope = if start.declarations.is_empty() {
            Arc::clone(&above)
        } else {
            Arc::new(above.iter().chain(&start.declarations).cloned().collect())
        };
        Self { start, opening, items: Vec::new(), closing: String::new(), above, scope, inherits }
    }

    /// Whether the element has this name.
    pub(super) fn is(&self, namespace: &str, local: &str) -> bool {
        self.start.is(Some(namespace), local)
    }

    /// The value of an attribute.
    pub(super) fn attribute(&self, local: &str) -> Option<&str> {
        self.start.attribute(local)
    }

    /// The elements of this name right below, in the same namespace.
    pub(super) fn below<'a>(&'a self, local: &'a str) -> impl Iterator<Item = &'a Self> {
        self.items.iter().filter_map(move |item| match item {
            Item::Element(element) if element.start.is(self.start.namespace.as_deref(), local) => Some(element),
            _ => None,
        })
    }

    /// The text right below.
    pub(super) fn text(&self) -> String {
        self.items
            .iter()
            .filter_map(|item| if let Item::Text(text, _) = item { Some(text.as_str()) } else { None })
            .collect()
    }

    /// What is right below, in order.
    pub(super) fn items(&self) -> &[Item] {
        &self.items
    }

    /// The same element with other things in it.
    pub(super) fn with(&self, items: Vec<Item>) -> Self {
        Self {
            start: self.start.clone(),
            opening: self.opening.clone(),
            items,
            closing: self.closing.clone(),
            above: Arc::clone(&self.above),
            scope: Arc::clone(&self.scope),
            inherits: self.inherits,
        }
    }

    /// The canonical form of the element as a part of its document; `None` when it depends on what is not looked at.
    pub(super) fn canonical(&self, form: Form) -> Option<String> {
        if self.inherits {
            return None;
        }
        let mut text = String::new();
        let rest = self.opening.get(1 + self.start.name.len()..)?;
        text.push('<');
        text.push_str(&self.start.name);
        for (prefix, namespace) in self.inherited() {
            let colon = if prefix.is_empty() { "" } else { ":" };
            for part in [" xmlns", colon, prefix, "=\"", &crate::xml::escape::attribute(namespace), "\""] {
                text.push_str(part);
            }
        }
        text.push_str(rest);
        self.items.iter().for_each(|item| item.write(&mut text));
        text.push_str(&self.closing);
        canonical::canonical(&text, form, BOUNDS).ok()
    }

    /// The declarations of above that are still in force on the start tag.
    fn inherited(&self) -> Vec<(&str, &str)> {
        let mut inherited: Vec<(&str, &str)> = Vec::new();
        for (prefix, namespace) in self.above.iter() {
            inherited.retain(|(known, _)| known != prefix);
            inherited.push((prefix, namespace));
        }
        inherited.retain(|(prefix, _)| self.start.declarations.iter().all(|(own, _)| own != prefix));
        inherited
    }
}

impl Item {
    fn write(&self, text: &mut String) {
        match self {
            Self::Element(element) => {
                text.push_str(&element.opening);
                element.items.iter().for_each(|item| item.write(text));
                text.push_str(&element.closing);
            }
            Self::Text(_, raw) | Self::Aside(raw) => text.push_str(raw),
        }
    }
}

fn sentence(error: &Error) -> String {
    match error {
        Error::Malformed { line, fault } => format!("{} (ligne {line})", fault.sentence()),
        Error::Read(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INCLUSIVE: Form = Form::Inclusive { comments: false };

    #[test]
    fn an_element_alone_has_the_declarations_of_above_in_its_canonical_form() {
        let document =
            "<a xmlns='urn:a' xmlns:b='urn:b' xmlns:c=\"urn:c\"><!--x-->\n<d xmlns:c='urn:e' y='2' x = '1'/></a>";
        let root = Element::read(document.as_bytes()).unwrap();
        let below = root.below("d").next().unwrap();
        assert_eq!(
            below.canonical(INCLUSIVE).unwrap(),
            "<d xmlns=\"urn:a\" xmlns:b=\"urn:b\" xmlns:c=\"urn:e\" x=\"1\" y=\"2\"></d>"
        );
        assert_eq!(
            below.canonical(Form::Exclusive { comments: false }).unwrap(),
            "<d xmlns=\"urn:a\" x=\"1\" y=\"2\"></d>"
        );
        let bare = root.with(root.items().iter().filter(|item| !matches!(item, Item::Element(_))).cloned().collect());
        assert_eq!(bare.canonical(INCLUSIVE).unwrap(), "<a xmlns=\"urn:a\" xmlns:b=\"urn:b\" xmlns:c=\"urn:c\">\n</a>");
    }

    #[test]
    fn what_inherits_attributes_has_no_canonical_form_of_its_own() {
        let root = Element::read(b"<a xml:lang='fr'><d>t<![CDATA[<]]></d></a>").unwrap();
        let below = root.below("d").next().unwrap();
        assert_eq!((below.text().as_str(), below.canonical(INCLUSIVE)), ("t<", None));
        assert!(root.canonical(INCLUSIVE).is_some());
        assert!(Element::read(b"<a>").unwrap_err().contains("ligne"));
    }
}
