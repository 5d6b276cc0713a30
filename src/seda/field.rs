//! A walk through one element: every element within is told at its end, with its path, its text and its line.

use std::io::BufRead;

use crate::{
    seda::piece::{Mark, Reference},
    xml::{
        event::{Attribute, Event, Start},
        fault::Error,
        reader::Reader,
    },
};

/// An element within the one that is walked.
pub(crate) struct Field<'a> {
    /// Its path from the walked element, as `AccessRule/Rule`. A step of another namespace is `?`.
    pub(crate) path: &'a str,
    /// Its own text, trimmed.
    pub(crate) text: &'a str,
    pub(crate) line: u64,
    attributes: &'a [Attribute],
}

impl Field<'_> {
    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| attribute.name == name).map(|attribute| attribute.value.as_str())
    }

    /// The text, when there is some.
    pub(crate) fn filled(&self) -> Option<String> {
        (!self.text.is_empty()).then(|| self.text.to_owned())
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { element: self.path.to_owned(), value: self.text.to_owned(), line: self.line }
    }

    pub(crate) fn reference(&self) -> Reference {
        Reference { target: self.text.to_owned(), line: self.line }
    }

    /// What an `xsd:boolean` says.
    pub(crate) fn is_true(&self) -> bool {
        matches!(self.text, "true" | "1")
    }
}

/// An element that is open during the walk.
struct Open {
    /// How long the path was before it.
    before: usize,
    text: String,
    start: Start,
}

/// Walks the element that `top`, the reader's last event, opens, to its end. Its text goes to `words`, with a space
/// at each tag.
pub(crate) fn walk<R: BufRead>(
    reader: &mut Reader<R>,
    top: &Start,
    words: &mut String,
    mut tell: impl FnMut(&Field<'_>),
) -> Result<(), Error> {
    let mut path = String::new();
    let mut open: Vec<Open> = Vec::new();
    while let Some(event) = reader.next()? {
        match event {
            Event::Start(start) => {
                let before = path.len();
                if before > 0 {
                    path.push('/');
                }
                path.push_str(if start.namespace == top.namespace { start.local() } else { "?" });
                open.push(Open { before, text: String::new(), start });
                words.push(' ');
            }
            Event::Text(text) => {
                words.push_str(&text);
                if let Some(innermost) = open.last_mut() {
                    innermost.text.push_str(&text);
                }
            }
            Event::End => {
                words.push(' ');
                let Some(Open { before, text, start }) = open.pop() else { break };
                tell(&Field { path: &path, text: text.trim(), line: start.line, attributes: &start.attributes });
                path.truncate(before);
            }
            Event::Comment(_) | Event::Instruction(_) => {}
        }
    }
    Ok(())
}
