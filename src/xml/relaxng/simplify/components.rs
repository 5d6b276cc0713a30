//! Grammars and references: definitions gathered through divisions and inclusions, combined, and resolved by name
//! (RELAX NG, sections 4.6, 4.7, 4.11, 4.17 to 4.19).

use std::{collections::BTreeMap, sync::Arc};

use crate::xml::relaxng::{
    GrammarFault,
    pattern::PatternId,
    simplify::{Place, Simplifier},
    tree::Node,
};

/// Inclusions within each other.
const INCLUSIONS: usize = 32;

/// The definitions of one grammar.
#[derive(Default)]
pub(super) struct Components<'t> {
    /// The grammar around it.
    pub parent: Option<usize>,
    /// By name; the start has none.
    definitions: BTreeMap<Option<String>, Vec<Definition<'t>>>,
}

struct Definition<'t> {
    node: &'t Node,
    place: Place,
}

impl<'t> Simplifier<'t> {
    /// The start of a nested or outermost grammar.
    pub(super) fn grammar(&mut self, node: &'t Node, place: &Place) -> Result<PatternId, GrammarFault> {
        let number = self.grammars.len();
        self.grammars.push(Components { parent: place.grammar, ..Components::default() });
        let within = Place { grammar: Some(number), ..place.clone() };
        let mut gathered = BTreeMap::new();
        self.gather(&node.children, &within, 0, &mut gathered)?;
        if let Some(grammar) = self.grammars.get_mut(number) {
            grammar.definitions = gathered;
        }
        self.definition(number, None, node, &within)
    }

    fn gather(
        &self,
        nodes: &'t [Node],
        around: &Place,
        inclusions: usize,
        into: &mut BTreeMap<Option<String>, Vec<Definition<'t>>>,
    ) -> Result<(), GrammarFault> {
        for node in nodes {
            let mut place = around.clone();
            if let Some(namespace) = node.attribute("ns") {
                place.namespace = Arc::from(namespace);
            }
            match node.element {
                "start" | "define" => {
                    let name = name_of(node, &place)?;
                    into.entry(name).or_default().push(Definition { node, place });
                }
                "div" => self.gather(&node.children, &place, inclusions, into)?,
                "include" => self.include(node, &place, inclusions, into)?,
                other => {
                    let message = format!("« {other} » n’a pas sa place directement dans une grammaire.");
                    return Err(place.fault(node.line, message));
                }
            }
        }
        Ok(())
    }

    /// What an included grammar defines, but for what the inclusion defines instead.
    fn include(
        &self,
        node: &'t Node,
        place: &Place,
        inclusions: usize,
        into: &mut BTreeMap<Option<String>, Vec<Definition<'t>>>,
    ) -> Result<(), GrammarFault> {
        if inclusions >= INCLUSIONS {
            return Err(place.fault(node.line, format!("Plus de {INCLUSIONS} inclusions sont imbriquées.")));
        }
        let (file, root) = self.given(node, place)?;
        if root.element != "grammar" {
            return Err(place.fault(node.line, format!("« {file} » n’est pas une grammaire entière.")));
        }
        let mut within = Place { file, ..place.clone() };
        if let Some(namespace) = root.attribute("ns") {
            within.namespace = Arc::from(namespace);
        }
        let (mut included, mut instead) = (BTreeMap::new(), BTreeMap::new());
        self.gather(&root.children, &within, inclusions + 1, &mut included)?;
        self.gather(&node.children, place, inclusions + 1, &mut instead)?;
        for name in instead.keys() {
            if included.remove(name).is_none() {
                let name = name.as_deref().unwrap_or("start");
                return Err(place.fault(node.line, format!("« {name} » remplace ce qui n’est pas défini.")));
            }
        }
        for (name, definitions) in included.into_iter().chain(instead) {
            into.entry(name).or_default().extend(definitions);
        }
        Ok(())
    }

    /// The pattern of another file.
    pub(super) fn external(&mut self, node: &'t Node, place: &Place) -> Result<PatternId, GrammarFault> {
        let (file, root) = self.given(node, place)?;
        let key = (file.to_string(), place.namespace.clone());
        match self.files.get(&key) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => return Err(place.fault(node.line, format!("« {file} » se cite lui-même sans fin."))),
            None => {}
        }
        self.files.insert(key.clone(), None);
        let pattern = self.pattern(root, &Place { file, grammar: None, ..place.clone() })?;
        self.files.insert(key, Some(pattern));
        Ok(pattern)
    }

    /// The given file that `href` names by its last part.
    fn given(&self, node: &Node, place: &Place) -> Result<(Arc<str>, &'t Node), GrammarFault> {
        let href = node.attribute("href").unwrap_or_default();
        let name = href.rsplit('/').next().unwrap_or(href);
        match self.trees.get(name) {
            Some(tree) => Ok((Arc::from(tree.file.as_str()), &tree.root)),
            None => Err(place.fault(
                node.line,
                format!("La grammaire fait appel au fichier « {href} », qui n’est pas fourni : donnez-le avec elle."),
            )),
        }
    }

    /// The pattern that a `ref` or `parentRef` stands for.
    pub(super) fn reference(
        &mut self,
        node: &'t Node,
        grammar: Option<usize>,
        place: &Place,
    ) -> Result<PatternId, GrammarFault> {
        let name = node.attribute("name").unwrap_or_default().to_owned();
        match grammar {
            Some(grammar) => self.definition(grammar, Some(name), node, place),
            None => Err(place.fault(node.line, format!("« {name} » est cité hors de toute grammaire."))),
        }
    }

    fn definition(
        &mut self,
        grammar: usize,
        name: Option<String>,
        cited: &Node,
        place: &Place,
    ) -> Result<PatternId, GrammarFault> {
        let key = (grammar, name);
        let word = || key.1.as_deref().unwrap_or("start").to_owned();
        match self.done.get(&key) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => {
                let message = format!("La définition « {} » se cite elle-même sans élément entre les deux.", word());
                return Err(place.fault(cited.line, message));
            }
            None => {}
        }
        let found = self.grammars.get(grammar).and_then(|grammar| grammar.definitions.get(&key.1));
        let Some(found) = found else {
            return Err(place.fault(cited.line, format!("« {} » n’est pas défini.", word())));
        };
        let bodies: Vec<(&'t Node, Place)> = found.iter().map(|one| (one.node, one.place.clone())).collect();
        let interleaved = combination(&bodies, &word())?;
        self.done.insert(key.clone(), None);
        let mut parts = Vec::new();
        for (node, own) in &bodies {
            parts.push(self.content(node, &Place { depth: place.depth, ..own.clone() })?);
        }
        let combined = if interleaved { self.patterns.interleaves(&parts) } else { self.patterns.choice(parts) };
        let combined = combined.map_err(|excess| place.excess(cited.line, excess))?;
        self.done.insert(key, Some(combined));
        Ok(combined)
    }
}

/// The name of a definition; none for a start.
fn name_of(node: &Node, place: &Place) -> Result<Option<String>, GrammarFault> {
    match (node.element, node.attribute("name")) {
        ("start", _) => Ok(None),
        (_, Some(name)) => Ok(Some(name.to_owned())),
        (_, None) => Err(place.fault(node.line, "« define » n’a pas de nom.")),
    }
}

/// Whether definitions of one name are interleaved, rather than alternatives.
fn combination(bodies: &[(&Node, Place)], word: &str) -> Result<bool, GrammarFault> {
    let mut how: Option<&str> = None;
    let mut n_silent = 0;
    for (node, place) in bodies {
        match node.attribute("combine") {
            None => n_silent += 1,
            Some(combine @ ("choice" | "interleave")) if how.is_none_or(|how| how == combine) => how = Some(combine),
            Some("choice" | "interleave") => {
                return Err(place.fault(node.line, format!("« {word} » est combiné de deux façons.")));
            }
            Some(other) => return Err(place.fault(node.line, format!("« {other} » n’est pas une combinaison."))),
        }
    }
    match bodies {
        [_, (second, place), ..] if n_silent > 1 || how.is_none() => {
            Err(place.fault(second.line, format!("« {word} » est défini deux fois sans combinaison.")))
        }
        _ => Ok(how == Some("interleave")),
    }
}
