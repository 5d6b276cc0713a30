//! A small source as a tree that is written back byte for byte, but for what is changed in it.

use std::io::Read as _;

use crate::{
    domain::seda::SedaVersion,
    xml::{
        bounds::Bounds,
        escape,
        event::{Event, Start},
        fault::Error,
        reader::Reader,
    },
};

/// What stands in an element.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// An element.
    Element(Element),
    /// Anything else: its markup, and its text with references resolved.
    Other {
        /// As written.
        raw: String,
        /// What it says; empty for a comment.
        text: String,
    },
}

/// An element, with its tags as written.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    /// Its name as written.
    name: String,
    /// Its local name when it is of the SEDA, else empty.
    local: String,
    /// The namespace of its name.
    namespace: Option<String>,
    opening: String,
    closing: String,
    /// What stands in it.
    pub(crate) nodes: Vec<Node>,
}

impl Element {
    /// A new element beside or within `kin`, of its namespace.
    pub(crate) fn beside(kin: &Self, local: &str, nodes: Vec<Node>) -> Self {
        let prefix = kin.name.split_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
        let name = format!("{prefix}{local}");
        Self {
            opening: format!("<{name}>"),
            closing: format!("</{name}>"),
            name,
            local: local.to_owned(),
            namespace: kin.namespace.clone(),
            nodes,
        }
    }

    /// A new element with a text.
    pub(crate) fn saying(kin: &Self, local: &str, text: &str) -> Self {
        Self::beside(kin, local, vec![Node::text(text)])
    }

    /// A new element that declares its namespace itself.
    pub(crate) fn declaring(namespace: &str, local: &str) -> Self {
        Self {
            name: local.to_owned(),
            local: local.to_owned(),
            namespace: Some(namespace.to_owned()),
            opening: format!("<{local} xmlns=\"{}\">", escape::attribute(namespace)),
            closing: format!("</{local}>"),
            nodes: Vec::new(),
        }
    }

    /// Its local name when it is of the SEDA, else empty.
    pub(crate) fn local(&self) -> &str {
        &self.local
    }

    /// The namespace of its name.
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// Its own text, trimmed.
    pub(crate) fn text(&self) -> String {
        let texts = self.nodes.iter().map(|node| match node {
            Node::Other { text, .. } => text.as_str(),
            Node::Element(_) => "",
        });
        texts.collect::<String>().trim().to_owned()
    }

    /// Makes `text` all that stands in it.
    pub(crate) fn say(&mut self, text: &str) {
        self.nodes = vec![Node::text(text)];
    }

    /// The elements in it.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &Self> {
        self.nodes.iter().filter_map(Node::element)
    }

    /// The first element of this name in it that holds what is asked.
    pub(crate) fn find_mut(&mut self, local: &str, holds: impl Fn(&Self) -> bool) -> Option<&mut Self> {
        self.nodes.iter_mut().find_map(|node| match node {
            Node::Element(element) => Some(element).filter(|element| element.local == local && holds(element)),
            Node::Other { .. } => None,
        })
    }

    /// Takes out the elements that `goes` names, each with the white space before it.
    pub(crate) fn remove(&mut self, goes: impl Fn(&Self) -> bool) {
        let mut kept: Vec<Node> = Vec::with_capacity(self.nodes.len());
        for node in std::mem::take(&mut self.nodes) {
            if node.element().is_some_and(&goes) {
                if kept.last().is_some_and(Node::is_blank) {
                    kept.pop();
                }
            } else {
                kept.push(node);
            }
        }
        self.nodes = kept;
    }

    /// Puts an element before the first of those in it that `order` places after it; at the end when there is none.
    pub(crate) fn insert(&mut self, element: Self, order: &[&str]) {
        let rank = |local: &str| order.iter().position(|name| *name == local).unwrap_or(usize::MAX);
        let own = rank(&element.local);
        let after = |node: &Node| node.element().is_some_and(|other| rank(&other.local) > own);
        let last = self.nodes.iter().rposition(|node| node.element().is_some()).map_or(0, |at| at + 1);
        let mut at = self.nodes.iter().position(after).unwrap_or(last);
        // The white space before what follows stays before it, and a copy of it comes before the new one.
        let blank = at.checked_sub(1).and_then(|before| self.nodes.get(before)).filter(|node| node.is_blank()).cloned();
        self.nodes.insert(at, Node::Element(element));
        if let Some(blank) = blank {
            at += 1;
            self.nodes.insert(at, blank);
        }
    }

    fn write(&self, out: &mut String) {
        if self.nodes.is_empty() && self.closing.is_empty() {
            out.push_str(&self.opening);
            return;
        }
        match self.opening.strip_suffix("/>") {
            Some(opening) => {
                out.push_str(opening);
                out.push('>');
            }
            None => out.push_str(&self.opening),
        }
        write(&self.nodes, out);
        if self.closing.is_empty() {
            out.push_str("</");
            out.push_str(&self.name);
            out.push('>');
        } else {
            out.push_str(&self.closing);
        }
    }
}

impl Node {
    /// Text, escaped.
    pub(crate) fn text(text: &str) -> Self {
        Self::Other { raw: escape::text(text).into_owned(), text: text.to_owned() }
    }

    /// The element that it is.
    pub(crate) const fn element(&self) -> Option<&Element> {
        match self {
            Self::Element(element) => Some(element),
            Self::Other { .. } => None,
        }
    }

    fn is_blank(&self) -> bool {
        matches!(self, Self::Other { raw, text } if raw == text && text.trim().is_empty())
    }
}

/// Writes nodes one after the other.
pub(crate) fn write(nodes: &[Node], out: &mut String) {
    for node in nodes {
        match node {
            Node::Element(element) => element.write(out),
            Node::Other { raw, .. } => out.push_str(raw),
        }
    }
}

/// Reads a source: elements that are self-standing and stand one after the other.
pub(crate) fn read(source: &str) -> Result<Vec<Node>, Error> {
    let wrapped = (&b"<x>"[..]).chain(source.as_bytes()).chain(&b"</x>"[..]);
    let mut reader = Reader::new(wrapped, Bounds::NONE);
    let mut open: Vec<Element> = Vec::new();
    let mut top: Vec<Node> = Vec::new();
    while let Some(event) = reader.next()? {
        let node = match event {
            Event::Start(start) if start.depth < 2 => continue,
            Event::Start(start) => {
                open.push(opened(&start, reader.raw()));
                continue;
            }
            Event::End => match open.pop() {
                None => continue,
                Some(mut element) => {
                    reader.raw().clone_into(&mut element.closing);
                    Node::Element(element)
                }
            },
            Event::Text(text) => Node::Other { raw: reader.raw().to_owned(), text },
            Event::Comment(_) | Event::Instruction(_) => {
                Node::Other { raw: reader.raw().to_owned(), text: String::new() }
            }
        };
        open.last_mut().map_or(&mut top, |parent| &mut parent.nodes).push(node);
    }
    Ok(top)
}

fn opened(start: &Start, raw: &str) -> Element {
    let namespace = start.namespace.as_deref().map(str::to_owned);
    let is_seda = namespace.as_deref().and_then(SedaVersion::from_namespace).is_some();
    Element {
        name: start.name.clone(),
        local: if is_seda { start.local().to_owned() } else { String::new() },
        namespace,
        opening: raw.to_owned(),
        closing: String::new(),
        nodes: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "<s:Content xmlns:s=\"fr:gouv:culture:archivesdefrance:seda:v2.1\">\n  <s:Title xml:lang='fr'>A &amp; B</s:Title>\n  <!-- x --><y xmlns=''/>\n  <s:Tag/>\n</s:Content>";

    fn content(source: &str) -> Element {
        match read(source).unwrap().remove(0) {
            Node::Element(element) => element,
            Node::Other { .. } => panic!("no element"),
        }
    }

    fn text_of(element: Element) -> String {
        let mut out = String::new();
        write(&[Node::Element(element)], &mut out);
        out
    }

    #[test]
    fn what_is_not_changed_is_written_back_byte_for_byte() {
        assert_eq!(text_of(content(SOURCE)), SOURCE);
    }

    #[test]
    fn elements_are_said_anew_put_in_their_place_and_taken_out() {
        let mut tree = content(SOURCE);
        assert_eq!(tree.find_mut("Title", |_| true).unwrap().text(), "A & B");
        tree.find_mut("Title", |_| true).unwrap().say("C < D");
        tree.find_mut("Tag", |_| true).unwrap().say("été");
        let new = Element::saying(&tree, "Description", "x");
        tree.insert(new, &["Title", "Description", "Tag"]);
        let expected = "<s:Content xmlns:s=\"fr:gouv:culture:archivesdefrance:seda:v2.1\">\n  <s:Title xml:lang='fr'>C &lt; D</s:Title>\n  <!-- x --><s:Description>x</s:Description><y xmlns=''/>\n  <s:Tag>été</s:Tag>\n</s:Content>";
        assert_eq!(text_of(tree.clone()), expected);
        tree.remove(|element| matches!(element.local(), "Title" | "Tag" | "Description"));
        assert!(!text_of(tree).contains("s:T"));
    }
}
