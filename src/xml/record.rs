//! An element kept as received while it is read, made self-standing at the end.

use std::collections::BTreeMap;

use crate::xml::{escape, event::Start, fault::Fault, scope::Scope};

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The recording of one element.
#[derive(Debug)]
pub(crate) struct Record {
    text: String,
    /// The depth of the recorded element.
    depth: usize,
    /// Where missing declarations go: after the name in the start tag.
    seam: usize,
    /// Declarations used within but made above, by prefix.
    needed: BTreeMap<String, String>,
    limit: usize,
}

impl Record {
    /// Starts with the start tag, as received.
    pub(crate) fn new(start: &Start, raw: &str, scope: &Scope, limit: usize) -> Result<Self, Fault> {
        let seam = 1 + start.name.len();
        let mut record = Self { text: String::new(), depth: start.depth, seam, needed: BTreeMap::new(), limit };
        record.push(raw)?;
        record.note(start, scope);
        Ok(record)
    }

    /// The depth of the recorded element.
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// Adds what was received.
    pub(crate) fn push(&mut self, raw: &str) -> Result<(), Fault> {
        if self.text.len() + raw.len() > self.limit {
            return Err(Fault::Record(self.limit));
        }
        self.text.push_str(raw);
        Ok(())
    }

    /// Notes which declarations of above an element within uses.
    pub(crate) fn note(&mut self, start: &Start, scope: &Scope) {
        self.need(prefix_of(&start.name), scope);
        for attribute in &start.attributes {
            let prefix = prefix_of(&attribute.name);
            if !prefix.is_empty() {
                self.need(prefix, scope);
            }
            if attribute.local() == "type" && attribute.namespace.as_deref() == Some(XSI) {
                self.need(prefix_of(attribute.value.trim()), scope);
            }
        }
    }

    fn need(&mut self, prefix: &str, scope: &Scope) {
        match scope.binding(prefix) {
            Some(binding) if binding.depth < self.depth => {
                self.needed.insert(prefix.to_owned(), binding.namespace.to_string());
            }
            // Without a default namespace above, none may come in where the element will stand.
            None if prefix.is_empty() => {
                self.needed.insert(String::new(), String::new());
            }
            _ => {}
        }
    }

    /// The element, whole, with the declarations that it needs.
    pub(crate) fn finish(mut self) -> String {
        let mut declarations = String::new();
        for (prefix, namespace) in &self.needed {
            let colon = if prefix.is_empty() { "" } else { ":" };
            for part in [" xmlns", colon, prefix, "=\"", &escape::attribute(namespace), "\""] {
                declarations.push_str(part);
            }
        }
        self.text.insert_str(self.seam, &declarations);
        self.text
    }
}

/// The prefix of a qualified name, empty when it has none.
pub(crate) fn prefix_of(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}
