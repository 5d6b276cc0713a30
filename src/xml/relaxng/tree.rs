//! A file of a grammar as a tree: its RELAX NG elements with their own attributes, foreign annotations left out, names
//! resolved (sections 4.1 to 4.4 and 4.10). What the elements mean is `simplify`'s.

use std::sync::Arc;

use crate::xml::{
    bounds::Bounds,
    encoding,
    event::{Event, Start},
    fault,
    reader::Reader,
    relaxng::{GrammarFault, limits::Limits},
};

/// The namespace of RELAX NG 1.0.
pub(super) const NAMESPACE: &str = "http://relaxng.org/ns/structure/1.0";

/// Every element of RELAX NG, with the attributes that it may have beside `ns` and `datatypeLibrary`.
const ELEMENTS: &[(&str, &[&str])] = &[
    ("element", &["name"]),
    ("attribute", &["name"]),
    ("group", &[]),
    ("interleave", &[]),
    ("choice", &[]),
    ("optional", &[]),
    ("zeroOrMore", &[]),
    ("oneOrMore", &[]),
    ("list", &[]),
    ("mixed", &[]),
    ("ref", &["name"]),
    ("parentRef", &["name"]),
    ("empty", &[]),
    ("value", &["type"]),
    ("data", &["type"]),
    ("param", &["name"]),
    ("except", &[]),
    ("notAllowed", &[]),
    ("text", &[]),
    ("externalRef", &["href"]),
    ("grammar", &[]),
    ("start", &["combine"]),
    ("define", &["name", "combine"]),
    ("div", &[]),
    ("include", &["href"]),
    ("name", &[]),
    ("anyName", &[]),
    ("nsName", &[]),
];

/// Elements that hold text.
const WITH_TEXT: [&str; 3] = ["value", "param", "name"];

/// A name that a grammar gives, its prefix resolved.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// The namespace of its prefix; none without a prefix.
    pub namespace: Option<Arc<str>>,
    pub local: String,
}

/// An element of a grammar.
#[derive(Debug)]
pub(super) struct Node {
    /// Which, as in [`ELEMENTS`].
    pub element: &'static str,
    pub line: u64,
    /// Its own attributes, trimmed, but for `ns` as written.
    pub attributes: Vec<(String, String)>,
    /// The library of datatypes in force.
    pub library: Arc<str>,
    /// The name that an element, an attribute or a `name` gives.
    pub given: Option<Given>,
    /// The text, as written.
    pub text: String,
    pub children: Vec<Node>,
}

impl Node {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A file of a grammar.
#[derive(Debug)]
pub(super) struct Tree {
    pub file: String,
    pub root: Node,
}

/// Reads a file. `nodes` is what may still be read of elements.
pub(super) fn read(file: &str, bytes: &[u8], limits: &Limits, nodes: &mut usize) -> Result<Tree, GrammarFault> {
    let bounds = Bounds { depth: limits.nesting, ..Bounds::default() };
    let mut reader = Reader::new(encoding::utf8(bytes), bounds);
    let mut building = Building { file, open: Vec::new(), prefixes: Vec::new(), root: None };
    loop {
        match reader.next() {
            Ok(None) => break,
            Ok(Some(Event::Start(start))) => {
                if start.namespace.as_deref() != Some(NAMESPACE) {
                    if building.open.is_empty() {
                        return Err(building.fault(start.line, "Ce fichier n’est pas une grammaire RELAX NG."));
                    }
                    reader.skip(&start).map_err(|error| malformed(file, &error))?;
                    continue;
                }
                *nodes = nodes.checked_sub(1).ok_or_else(|| {
                    building.fault(start.line, format!("La grammaire compte plus de {} éléments.", limits.nodes))
                })?;
                building.start(&start)?;
            }
            Ok(Some(Event::Text(text))) => building.text(&text, reader.line())?,
            Ok(Some(Event::End)) => building.end()?,
            Ok(Some(Event::Comment(_) | Event::Instruction(_))) => {}
            Err(error) => return Err(malformed(file, &error)),
        }
    }
    let root = building.root.take().ok_or_else(|| building.fault(1, "Ce fichier est vide."))?;
    Ok(Tree { file: file.to_owned(), root })
}

fn malformed(file: &str, error: &fault::Error) -> GrammarFault {
    let (line, message) = match error {
        fault::Error::Malformed { line, fault } => (*line, fault.sentence()),
        fault::Error::Read(_) => (1, "Ce fichier n’est pas dans l’encodage qu’il annonce.".to_owned()),
    };
    GrammarFault { file: file.to_owned(), line, message }
}

struct Building<'a> {
    file: &'a str,
    open: Vec<Node>,
    /// Prefixes in force, with the depth of their declaration.
    prefixes: Vec<(usize, String, Arc<str>)>,
    root: Option<Node>,
}

impl Building<'_> {
    fn fault(&self, line: u64, message: impl Into<String>) -> GrammarFault {
        GrammarFault { file: self.file.to_owned(), line, message: message.into() }
    }

    fn start(&mut self, start: &Start) -> Result<(), GrammarFault> {
        let known = ELEMENTS.iter().find(|(name, _)| *name == start.local());
        let Some((element, own)) = known else {
            return Err(self.fault(start.line, format!("« {} » n’est pas un élément de RELAX NG.", start.local())));
        };
        let depth = self.open.len() + 1;
        for (prefix, namespace) in &start.declarations {
            self.prefixes.push((depth, prefix.clone(), Arc::from(namespace.as_str())));
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes.iter().filter(|attribute| attribute.namespace.is_none()) {
            let name = attribute.name.as_str();
            if !own.contains(&name) && !["ns", "datatypeLibrary"].contains(&name) {
                return Err(
                    self.fault(start.line, format!("L’attribut « {name} » n’a pas sa place sur « {element} »."))
                );
            }
            let value = if name == "ns" { attribute.value.as_str() } else { attribute.value.trim() };
            attributes.push((name.to_owned(), value.to_owned()));
        }
        let inherited = self.open.last().map_or_else(|| Arc::from(""), |parent| parent.library.clone());
        let library = attributes.iter().find(|(name, _)| name == "datatypeLibrary");
        let library = library.map_or(inherited, |(_, library)| Arc::from(library.as_str()));
        let mut node =
            Node { element, line: start.line, attributes, library, given: None, text: String::new(), children: vec![] };
        if let ("element" | "attribute", Some(name)) = (*element, node.attribute("name")) {
            node.given = Some(self.given(name, start.line)?);
        }
        self.open.push(node);
        Ok(())
    }

    fn given(&self, name: &str, line: u64) -> Result<Given, GrammarFault> {
        let Some((prefix, local)) = name.split_once(':') else {
            return Ok(Given { namespace: None, local: name.to_owned() });
        };
        let bound = self.prefixes.iter().rev().find(|(_, known, _)| known == prefix);
        let namespace = bound.map(|(_, _, namespace)| namespace.clone()).ok_or_else(|| {
            self.fault(line, format!("Le préfixe du nom « {name} » n’est lié à aucun espace de noms."))
        })?;
        Ok(Given { namespace: Some(namespace), local: local.to_owned() })
    }

    fn text(&mut self, text: &str, line: u64) -> Result<(), GrammarFault> {
        let file = self.file;
        match self.open.last_mut() {
            Some(node) if WITH_TEXT.contains(&node.element) => node.text.push_str(text),
            Some(node) if !text.trim().is_empty() => {
                let message = format!("Du texte se trouve dans « {} », qui n’en admet pas.", node.element);
                return Err(GrammarFault { file: file.to_owned(), line, message });
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), GrammarFault> {
        let Some(mut node) = self.open.pop() else { return Ok(()) };
        if node.element == "name" {
            node.given = Some(self.given(node.text.trim(), node.line)?);
        }
        let depth = self.open.len();
        self.prefixes.retain(|(at, ..)| *at <= depth);
        match self.open.last_mut() {
            Some(parent) => parent.children.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }
}
