//! Reads schema documents into a tree that can be asked what may stand where; it judges no document.

use std::collections::BTreeMap;

use quick_xml::{Reader, events::Event};

/// Where a node stands in its [`Model`].
pub type Id = usize;

/// One element of a schema document.
pub struct Node {
    /// Its local name: `element`, `sequence`, `enumeration`…
    pub tag: String,
    pub children: Vec<Id>,
    attributes: BTreeMap<String, String>,
    /// The prefix of its document's namespace: empty for SEDA, else `xml:` or `xlink:`.
    pub space: &'static str,
}

/// Schema documents, and what they declare globally, by kind and name.
#[derive(Default)]
pub struct Model {
    nodes: Vec<Node>,
    globals: BTreeMap<(String, String), Id>,
}

impl Model {
    /// Reads all `texts`; they must be well-formed and use the prefixes of the official documents.
    pub fn read<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut model = Self::default();
        texts.for_each(|text| model.read_document(text));
        model
    }

    fn read_document(&mut self, text: &str) {
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Id> = Vec::new();
        let mut space = "";
        loop {
            let event = reader.read_event().unwrap();
            let (Event::Start(tag) | Event::Empty(tag)) = &event else {
                match event {
                    Event::End(_) => drop(open.pop()),
                    Event::Eof => return,
                    _ => {}
                }
                continue;
            };
            let attributes: BTreeMap<String, String> = tag
                .attributes()
                .map(Result::unwrap)
                .map(|a| {
                    (String::from_utf8(a.key.as_ref().to_vec()).unwrap(), String::from_utf8(a.value.to_vec()).unwrap())
                })
                .collect();
            match attributes.get("targetNamespace").map(String::as_str) {
                Some("http://www.w3.org/XML/1998/namespace") => space = "xml:",
                Some("http://www.w3.org/1999/xlink") => space = "xlink:",
                _ => {}
            }
            let id = self.nodes.len();
            let tag = String::from_utf8(tag.local_name().as_ref().to_vec()).unwrap();
            if let (1, Some(name)) = (open.len(), attributes.get("name")) {
                self.globals.insert((kind(&tag).to_owned(), format!("{space}{name}")), id);
            }
            self.nodes.push(Node { tag, children: Vec::new(), attributes, space });
            if let Some(parent) = open.last() {
                self.nodes[*parent].children.push(id);
            }
            if matches!(event, Event::Start(_)) {
                open.push(id);
            }
        }
    }

    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    /// All that a document can be wrong about: elements, attributes and facets, wherever they are declared. The XML
    /// namespace's own list of its attributes is left out: no type refers to it.
    pub fn subjects(&self) -> impl Iterator<Item = Id> + '_ {
        let is_subject = |node: &Node| match node.tag.as_str() {
            "attribute" => node.space != "xml:" || node.attributes.contains_key("name"),
            tag => tag == "element" || node.attributes.contains_key("value"),
        };
        (0..self.nodes.len()).filter(move |id| is_subject(&self.nodes[*id]))
    }

    /// The names of what is declared globally as a `kind` (`type`, `element`, `attribute`, `group`, `attributeGroup`).
    pub fn names(&self, kind: &str) -> impl Iterator<Item = &str> {
        self.globals.keys().filter(move |(k, _)| k == kind).map(|(_, name)| name.as_str())
    }

    pub fn global(&self, kind: &str, name: &str) -> Option<Id> {
        self.globals.get(&(kind.to_owned(), name.to_owned())).copied()
    }

    pub fn attribute(&self, id: Id, name: &str) -> Option<&str> {
        self.nodes[id].attributes.get(name).map(String::as_str)
    }

    /// The name that an element or attribute bears in a document.
    pub fn name(&self, id: Id) -> &str {
        self.attribute(id, "name").or_else(|| self.attribute(id, "ref")).unwrap_or_default()
    }

    /// The type of an element or attribute; a reference has that of what it refers to.
    pub fn type_of(&self, id: Id) -> String {
        let declared = self.attribute(id, "ref").map_or(id, |name| self.global(&self.nodes[id].tag, name).unwrap());
        self.attribute(declared, "type")
            .map_or_else(|| "xs:anyType".to_owned(), |name| plain(name, self.nodes[declared].space))
    }

    /// Whether the element that `id` declares or refers to, or the type that it is, is abstract.
    pub fn is_abstract(&self, id: Id) -> bool {
        let declared = self.attribute(id, "ref").and_then(|name| self.global("element", name)).unwrap_or(id);
        self.attribute(declared, "abstract") == Some("true")
    }

    /// The first child of `id` with one of the tags.
    pub fn child(&self, id: Id, tags: &[&str]) -> Option<Id> {
        self.nodes[id].children.iter().copied().find(|child| tags.contains(&self.nodes[*child].tag.as_str()))
    }

    /// What the type `name` is derived from: its restriction or extension, and the base's name.
    pub fn base(&self, name: &str) -> Option<(Id, String)> {
        let id = self.global("type", name)?;
        let holder = self.child(id, &["simpleContent", "complexContent"]).unwrap_or(id);
        let derivation = self.child(holder, &["extension", "restriction"])?;
        Some((derivation, plain(self.attribute(derivation, "base")?, self.nodes[id].space)))
    }

    /// `name` and all that it is derived from, nearest first.
    pub fn ancestry(&self, name: &str) -> Vec<String> {
        let mut line = vec![name.to_owned()];
        while let Some((_, base)) = self.base(&line[line.len() - 1]) {
            line.push(base);
        }
        line
    }

    /// The global types that are `name` or derived from it, in the order of their names.
    pub fn derived(&self, name: &str) -> Vec<&str> {
        self.names("type").filter(|candidate| self.ancestry(candidate).iter().any(|line| line == name)).collect()
    }

    /// The attributes of the type `name`, with those of its bases and groups.
    pub fn attributes(&self, name: &str) -> Vec<Id> {
        let mut found = Vec::new();
        for link in self.ancestry(name) {
            let holders = [self.global("type", &link), self.base(&link).map(|(id, _)| id)];
            holders.into_iter().flatten().for_each(|holder| self.attributes_in(holder, &mut found));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn attributes_in(&self, holder: Id, found: &mut Vec<Id>) {
        for child in &self.nodes[holder].children {
            match self.nodes[*child].tag.as_str() {
                "attribute" => found.push(*child),
                "attributeGroup" => {
                    let group = self.attribute(*child, "ref").and_then(|name| self.global("attributeGroup", name));
                    self.attributes_in(group.unwrap(), found);
                }
                _ => {}
            }
        }
    }

    /// The particles that make up the content of the complex type `name`, those of its bases first.
    pub fn particles(&self, name: &str) -> Vec<Id> {
        let holders = self.ancestry(name).into_iter().rev().filter_map(|link| {
            let own = self.global("type", &link)?;
            Some(self.base(&link).map_or(own, |(derivation, _)| derivation))
        });
        holders.filter_map(|holder| self.child(holder, &["sequence", "choice", "all", "group"])).collect()
    }

    /// The element declarations and references below `particle`, through groups, in their order.
    pub fn elements(&self, particle: Id) -> Vec<Id> {
        match self.nodes[particle].tag.as_str() {
            "element" => vec![particle],
            "group" => self.elements(self.group(particle)),
            "sequence" | "choice" | "all" => {
                self.nodes[particle].children.iter().flat_map(|child| self.elements(*child)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The model group that the reference `id` names.
    pub fn group(&self, id: Id) -> Id {
        let named = self.attribute(id, "ref").and_then(|name| self.global("group", name)).unwrap();
        self.child(named, &["sequence", "choice", "all"]).unwrap()
    }

    /// Whether the type `name` has text only: a simple type, or a complex one with simple content.
    pub fn is_simple(&self, name: &str) -> bool {
        name != "xs:anyType"
            && self.ancestry(name).iter().any(|link| {
                let of = |id: Id| self.nodes[id].tag == "simpleType" || self.child(id, &["simpleContent"]).is_some();
                link.starts_with("xs:") || self.global("type", link).is_some_and(of)
            })
    }

    /// The facets that bear on a simple value of type `name`: of its bases, and of the members of its union.
    pub fn facets(&self, name: &str) -> Vec<Id> {
        let links = self.ancestry(name);
        let own = links.iter().filter_map(|link| self.base(link)).flat_map(|(id, _)| &self.nodes[id].children);
        own.copied().filter(|id| self.attribute(*id, "value").is_some()).collect()
    }

    /// The facets written below `id`.
    pub fn facets_below(&self, id: Id) -> Vec<Id> {
        let below = self.nodes[id].children.iter().flat_map(|child| self.facets_below(*child));
        below.chain(self.attribute(id, "value").map(|_| id)).collect()
    }
}

fn kind(tag: &str) -> &str {
    if tag == "simpleType" || tag == "complexType" { "type" } else { tag }
}

/// A type's name with the prefix that this model gives its namespace.
fn plain(name: &str, space: &str) -> String {
    match name.split_once(':') {
        Some(("xs" | "xsd", local)) => format!("xs:{local}"),
        Some(_) => name.to_owned(),
        None => format!("{space}{name}"),
    }
}
