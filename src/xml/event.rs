//! What a reader tells: start tags with their names resolved, ends, text, comments, instructions.

use std::sync::Arc;

/// What stands next in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A start tag, or an empty element's tag (an [`Event::End`] follows it all the same).
    Start(Start),
    /// The end of the innermost open element.
    End,
    /// Text, with references resolved and line ends as `\n`. One run of text may come in several pieces.
    Text(String),
    /// A comment's content.
    Comment(String),
    /// A processing instruction's content.
    Instruction(String),
}

/// A start tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The name as written, with its prefix.
    pub name: String,
    /// The namespace of the name.
    pub namespace: Option<Arc<str>>,
    /// The attributes in order, without namespace declarations.
    pub attributes: Vec<Attribute>,
    /// The namespace declarations in order: prefix (empty for the default) and namespace.
    pub declarations: Vec<(String, String)>,
    /// Whether the tag is that of an empty element.
    pub empty: bool,
    /// How many elements are open, this one included.
    pub depth: usize,
    /// The line, counted from 1, on which the tag begins.
    pub line: u64,
}

impl Start {
    /// The name without its prefix.
    pub fn local(&self) -> &str {
        local_of(&self.name)
    }

    /// Whether the element has this local name in this namespace.
    pub fn is(&self, namespace: Option<&str>, local: &str) -> bool {
        self.local() == local && self.namespace.as_deref() == namespace
    }

    /// The value of an attribute that stands in no namespace.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|attribute| attribute.namespace.is_none() && attribute.name == local);
        found.map(|attribute| attribute.value.as_str())
    }

    /// The element's identifier: its `id`, or else its `xml:id`.
    pub fn id(&self) -> Option<&str> {
        let by_xml = || self.attributes.iter().find(|attribute| attribute.name == "xml:id");
        self.attribute("id").or_else(|| by_xml().map(|attribute| attribute.value.as_str()))
    }
}

/// An attribute of a start tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name as written, with its prefix.
    pub name: String,
    /// The namespace of the name; none without a prefix.
    pub namespace: Option<Arc<str>>,
    /// The value, with references resolved and white space normalised.
    pub value: String,
}

impl Attribute {
    /// The name without its prefix.
    pub fn local(&self) -> &str {
        local_of(&self.name)
    }
}

/// A qualified name without its prefix.
fn local_of(name: &str) -> &str {
    name.split_once(':').map_or(name, |(_, local)| local)
}
