//! From the files of a grammar to its simplified form (RELAX NG, section 4): inclusions, divisions, combined
//! definitions, nested grammars and references are resolved, and what remains are patterns.

mod classes;
mod components;

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::xml::relaxng::{
    GrammarFault,
    datatype::{Datatype, Datatypes, Value},
    limits::Limits,
    names::NameClass,
    pattern::{EMPTY, ElementId, Excess, NOT_ALLOWED, Pattern, PatternId, Patterns, TEXT, Table},
    simplify::components::Components,
    tree::{Node, Tree},
};

/// An element of a simplified grammar.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    pub class: usize,
    pub content: PatternId,
}

/// A simplified grammar.
pub(super) struct Simplified {
    pub table: Table,
    pub elements: Vec<Element>,
    pub classes: Vec<NameClass>,
    pub datatypes: Datatypes,
    pub start: PatternId,
}

/// Where a pattern is read: what it inherits and what its references mean.
#[derive(Clone)]
struct Place {
    /// The file that it stands in, for faults.
    file: Arc<str>,
    /// The namespace of unprefixed names.
    namespace: Arc<str>,
    /// The grammar that it stands in; none outside any.
    grammar: Option<usize>,
    /// Patterns around it, references included, up to the next element.
    depth: usize,
}

impl Place {
    fn fault(&self, line: u64, message: impl Into<String>) -> GrammarFault {
        GrammarFault { file: self.file.to_string(), line, message: message.into() }
    }

    fn excess(&self, line: u64, excess: Excess) -> GrammarFault {
        self.fault(line, format!("La grammaire est trop complexe : {}.", excess.sentence()))
    }
}

/// Simplifies the grammar whose main file is `main`.
pub(super) fn simplify(
    main: &str,
    trees: &BTreeMap<String, Tree>,
    limits: &Limits,
) -> Result<Simplified, GrammarFault> {
    let base = Table::default();
    // Which text a datatype takes is only known at the end; nothing asks before.
    let mut simplifier = Simplifier {
        trees,
        limits,
        patterns: Patterns::above(&base, &[], *limits),
        grammars: Vec::new(),
        done: HashMap::new(),
        files: HashMap::new(),
        elements: Vec::new(),
        waiting: Vec::new(),
        classes: Vec::new(),
        datatypes: Kept::default(),
        values: Kept::default(),
        lines: Vec::new(),
    };
    let place = Place { file: Arc::from(main), namespace: Arc::from(""), grammar: None, depth: 0 };
    let tree = trees.get(main).ok_or_else(|| place.fault(1, "Aucun fichier n’est donné."))?;
    simplifier.patterns.keep_constants().map_err(|excess| place.excess(1, excess))?;
    let start = simplifier.pattern(&tree.root, &place)?;
    while let Some((id, node, place)) = simplifier.waiting.pop() {
        let content = simplifier.content(node, &place)?;
        if let Some(element) = simplifier.elements.get_mut(id) {
            element.content = content;
        }
    }
    simplifier.finish(start, &place)
}

/// Things that are kept once each, in order.
struct Kept<T> {
    all: Vec<T>,
    known: HashMap<T, usize>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { all: Vec::new(), known: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Kept<T> {
    fn keep(&mut self, one: T) -> usize {
        let next = self.all.len();
        let at = *self.known.entry(one.clone()).or_insert(next);
        if at == next {
            self.all.push(one);
        }
        at
    }
}

struct Simplifier<'t> {
    trees: &'t BTreeMap<String, Tree>,
    limits: &'t Limits,
    patterns: Patterns<'t>,
    grammars: Vec<Components<'t>>,
    /// The pattern of each definition, by grammar and name; `None` while it is read.
    done: HashMap<(usize, Option<String>), Option<PatternId>>,
    /// The pattern of each file that is referred to, by file and inherited namespace.
    files: HashMap<(String, Arc<str>), Option<PatternId>>,
    elements: Vec<Element>,
    /// Elements whose content is still to be read.
    waiting: Vec<(ElementId, &'t Node, Place)>,
    classes: Vec<NameClass>,
    datatypes: Kept<Datatype>,
    values: Kept<Value>,
    /// Where each datatype is first named: its number, file and line.
    lines: Vec<(usize, Arc<str>, u64)>,
}

impl<'t> Simplifier<'t> {
    /// The pattern that an element of RELAX NG stands for.
    fn pattern(&mut self, node: &'t Node, around: &Place) -> Result<PatternId, GrammarFault> {
        let mut place = Place { depth: around.depth + 1, ..around.clone() };
        if place.depth > self.limits.nesting {
            let message = format!("Plus de {} motifs se contiennent ou se citent l’un l’autre.", self.limits.nesting);
            return Err(place.fault(node.line, message));
        }
        if let Some(namespace) = node.attribute("ns") {
            place.namespace = Arc::from(namespace);
        }
        let excess = |excess| around.excess(node.line, excess);
        match node.element {
            "empty" => Ok(EMPTY),
            "text" => Ok(TEXT),
            "notAllowed" => Ok(NOT_ALLOWED),
            "group" => self.content(node, &place),
            "choice" => {
                let parts = self.patterns_in(node, &place)?;
                self.patterns.choice(parts).map_err(excess)
            }
            "interleave" => {
                let parts = self.patterns_in(node, &place)?;
                self.patterns.interleaves(&parts).map_err(excess)
            }
            "mixed" => {
                let content = self.content(node, &place)?;
                self.patterns.interleave(content, TEXT).map_err(excess)
            }
            "optional" => {
                let content = self.content(node, &place)?;
                self.patterns.choice([content, EMPTY]).map_err(excess)
            }
            "oneOrMore" => {
                let content = self.content(node, &place)?;
                self.patterns.one_or_more(content).map_err(excess)
            }
            "zeroOrMore" => {
                let content = self.content(node, &place)?;
                self.patterns.again(content).map_err(excess)
            }
            "list" => {
                let content = self.content(node, &place)?;
                match content {
                    NOT_ALLOWED => Ok(NOT_ALLOWED),
                    _ => self.patterns.keep(Pattern::List(content)).map_err(excess),
                }
            }
            "element" => self.element(node, place),
            "attribute" => self.attribute(node, &place),
            "data" => self.data(node, &place),
            "value" => self.value(node, &place),
            "ref" => self.reference(node, place.grammar, &place),
            "parentRef" => {
                let parent = place.grammar.and_then(|at| self.grammars.get(at)).and_then(|grammar| grammar.parent);
                self.reference(node, parent, &place)
            }
            "grammar" => self.grammar(node, &place),
            "externalRef" => self.external(node, &place),
            other => Err(place.fault(node.line, format!("« {other} » n’a pas sa place ici."))),
        }
    }

    fn patterns_in(&mut self, node: &'t Node, place: &Place) -> Result<Vec<PatternId>, GrammarFault> {
        if node.children.is_empty() {
            return Err(place.fault(node.line, format!("« {} » doit contenir au moins un motif.", node.element)));
        }
        node.children.iter().map(|child| self.pattern(child, place)).collect()
    }

    /// The group of the patterns within; names within are passed over.
    fn content(&mut self, node: &'t Node, place: &Place) -> Result<PatternId, GrammarFault> {
        let mut parts = Vec::new();
        for child in node.children.iter().skip(usize::from(classes::names_itself(node))) {
            parts.push(self.pattern(child, place)?);
        }
        if parts.is_empty() {
            return Err(place.fault(node.line, format!("« {} » doit contenir au moins un motif.", node.element)));
        }
        self.patterns.groups(&parts).map_err(|excess| place.excess(node.line, excess))
    }

    fn element(&mut self, node: &'t Node, place: Place) -> Result<PatternId, GrammarFault> {
        let class = self.class(node, &place)?;
        let id = self.elements.len();
        self.elements.push(Element { class, content: NOT_ALLOWED });
        let kept = self.patterns.keep(Pattern::Element(id)).map_err(|excess| place.excess(node.line, excess))?;
        self.waiting.push((id, node, Place { depth: 0, ..place }));
        Ok(kept)
    }

    fn attribute(&mut self, node: &'t Node, place: &Place) -> Result<PatternId, GrammarFault> {
        let class = self.class(node, place)?;
        let within = node.children.len() - usize::from(classes::names_itself(node));
        let value = match within {
            0 => TEXT,
            1 => self.content(node, place)?,
            _ => return Err(place.fault(node.line, "« attribute » ne peut contenir qu’un motif.")),
        };
        if value == NOT_ALLOWED {
            return Ok(NOT_ALLOWED);
        }
        self.patterns.keep(Pattern::Attribute(class, value)).map_err(|excess| place.excess(node.line, excess))
    }

    fn class(&mut self, node: &'t Node, place: &Place) -> Result<usize, GrammarFault> {
        let class = classes::of(node, place)?;
        let known = self.classes.iter().rposition(|known| *known == class);
        Ok(known.unwrap_or_else(|| {
            self.classes.push(class);
            self.classes.len() - 1
        }))
    }

    fn data(&mut self, node: &'t Node, place: &Place) -> Result<PatternId, GrammarFault> {
        let name = node.attribute("type").ok_or_else(|| place.fault(node.line, "« data » doit dire son type."))?;
        let (mut params, mut excepted) = (Vec::new(), None);
        for child in &node.children {
            match child.element {
                "param" if excepted.is_none() => {
                    let name = child.attribute("name").unwrap_or_default();
                    params.push((name.to_owned(), child.text.clone()));
                }
                "except" if excepted.is_none() => {
                    let parts = self.patterns_in(child, place)?;
                    excepted = Some(self.patterns.choice(parts).map_err(|excess| place.excess(child.line, excess))?);
                }
                other => return Err(place.fault(child.line, format!("« {other} » n’a pas sa place dans « data »."))),
            }
        }
        let datatype = self.datatype(node, name, params, place)?;
        self.patterns.keep(Pattern::Data(datatype, excepted)).map_err(|excess| place.excess(node.line, excess))
    }

    fn value(&mut self, node: &'t Node, place: &Place) -> Result<PatternId, GrammarFault> {
        let datatype = match node.attribute("type") {
            Some(name) => self.datatype(node, name, Vec::new(), place)?,
            None => self.keep_datatype(
                Datatype { xsd: false, name: "token".to_owned(), params: Vec::new() },
                place,
                node.line,
            ),
        };
        if self.datatypes.all.get(datatype).is_some_and(|datatype| datatype.name == "QName") {
            return Err(place.fault(node.line, "Une valeur imposée ne peut pas être du type « QName »."));
        }
        let value = self.values.keep(Value { datatype, text: node.text.clone() });
        self.patterns.keep(Pattern::Value(value)).map_err(|excess| place.excess(node.line, excess))
    }

    fn datatype(
        &mut self,
        node: &Node,
        name: &str,
        params: Vec<(String, String)>,
        place: &Place,
    ) -> Result<usize, GrammarFault> {
        let datatype = Datatype::new(&node.library, name, params).map_err(|message| place.fault(node.line, message))?;
        Ok(self.keep_datatype(datatype, place, node.line))
    }

    fn keep_datatype(&mut self, datatype: Datatype, place: &Place, line: u64) -> usize {
        let at = self.datatypes.keep(datatype);
        if at == self.lines.len() {
            self.lines.push((at, place.file.clone(), line));
        }
        at
    }

    /// Checks values by their types, now that all are known, and gives the table its last form.
    fn finish(self, start: PatternId, place: &Place) -> Result<Simplified, GrammarFault> {
        let where_is = |datatype: usize| {
            let found = self.lines.get(datatype);
            found.map_or_else(
                || place.fault(1, ""),
                |(_, file, line)| GrammarFault { file: file.to_string(), line: *line, message: String::new() },
            )
        };
        let name = |at: usize| self.datatypes.all.get(at).map(|one| one.name.clone()).unwrap_or_default();
        let datatypes = Datatypes::new(self.datatypes.all.clone(), self.values.all.clone()).map_err(|wrong| {
            let message = format!("Les paramètres du type « {} » ne conviennent pas.", name(wrong));
            GrammarFault { message, ..where_is(wrong) }
        })?;
        let wrong = datatypes
            .lend(|judge| datatypes.values.iter().find(|value| !judge.is_of(value.datatype, &value.text)).cloned());
        if let Ok(Some(wrong)) = wrong {
            let message = format!("« {} » n’est pas une valeur du type « {} ».", wrong.text, name(wrong.datatype));
            return Err(GrammarFault { message, ..where_is(wrong.datatype) });
        }
        let (table, elements, start) =
            again(self.patterns, &self.elements, start, &datatypes, self.limits).map_err(|e| place.excess(1, e))?;
        Ok(Simplified { table, elements, classes: self.classes, datatypes, start })
    }
}

/// The table once more, now that it is known which text each datatype takes.
fn again(
    patterns: Patterns<'_>,
    elements: &[Element],
    start: PatternId,
    datatypes: &Datatypes,
    limits: &Limits,
) -> Result<(Table, Vec<Element>, PatternId), Excess> {
    let base = Table::default();
    let mut last = Patterns::above(&base, &datatypes.any_text, *limits);
    last.keep_constants()?;
    let kept = patterns.into_table();
    for pattern in kept.patterns() {
        // Parts come before what they are part of, so that identifiers stay what they are.
        last.keep(pattern.clone())?;
    }
    Ok((last.into_table(), elements.to_vec(), start))
}
