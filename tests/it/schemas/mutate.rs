//! Changes one thing at a time in an element: its children, their order and values, its attributes, its type.

use std::collections::BTreeSet;

use crate::schemas::{
    instance::{Element, Fill, NEW_ID, ROOT_ID, element},
    model::{Id, Model},
};

/// Values that tell the built-in types apart, on both sides of their borders.
const VALUES: [&str; 40] = [
    "",
    "mot",
    "2024-02-29",
    "2024-02-29T12:00:00.5+14:00",
    "true",
    "7",
    "AQID",
    NEW_ID,
    " ",
    " deux  mots ",
    "été",
    "fr-FR",
    "fr_FR",
    "2023-02-29",
    "2024-02-29Z",
    "2024-02-29T24:00:00",
    "2024-02-29T12:00:00+15:00",
    "2024",
    "02024",
    "2024-13",
    "2024-12",
    "--12",
    "--13",
    "--02-30",
    "--02-29",
    "---31",
    "---32",
    "TRUE",
    "1",
    "0",
    "-1",
    "+7",
    "07",
    "1.5",
    "1.",
    "1e3",
    "2147483647",
    "2147483648",
    "0aF",
    "a b:c",
];

/// How many of them to try where a declaration is met again: in another type, or in another filling.
const AGAIN: usize = 8;

/// Makes the mutants of elements, and remembers which nodes of the model they have tried.
pub struct Mutation<'a> {
    pub model: &'a Model,
    pub tried: BTreeSet<Id>,
}

impl Mutation<'_> {
    /// The fillings of the type at the end of a way, none twice: the least, and the most for every branch.
    pub fn fillings(&self, declaration: Id, kind: &str) -> Vec<Element> {
        let fills = [Fill::Least].into_iter().chain((0..6).map(Fill::Most));
        let mut seen = BTreeSet::new();
        fills
            .map(|fill| element(self.model, declaration, kind, fill))
            .filter(|made| {
                let children: Vec<Id> = made.children.iter().map(|child| child.declaration).collect();
                seen.insert((children, made.attributes.len()))
            })
            .collect()
    }

    /// Hands all mutants of `base`, which is of the type `kind`, to `judge`.
    pub fn mutate(&mut self, base: &Element, kind: &str, judge: &mut dyn FnMut(&Element)) {
        for at in 0..base.children.len() {
            move_child(base, at, judge);
            dress_child(base, at, judge);
            self.retype_child(base, at, judge);
            self.revalue_child(base, at, judge);
        }
        self.heads(base, kind, judge);
        self.attributes(base, kind, judge);
        if self.model.is_simple(kind) {
            for value in self.values(kind, true) {
                judge(&edit(base, |e| e.text.clone_from(&value)));
            }
            judge(&edit(base, |e| e.children.push(named("Inconnu"))));
        } else {
            judge(&edit(base, |e| "texte".clone_into(&mut e.text)));
            judge(&edit(base, |e| " \n\t".clone_into(&mut e.text)));
        }
    }

    /// The heads that the content refers to are never seen as such, wherever they stand.
    fn heads(&mut self, base: &Element, kind: &str, judge: &mut dyn FnMut(&Element)) {
        let particles = self.model.particles(kind);
        for head in particles.into_iter().flat_map(|p| self.model.elements(p)).filter(|id| self.model.is_abstract(*id))
        {
            self.tried.insert(head);
            for at in [0, base.children.len()] {
                for typed in [None, Some("CodeType"), Some("OrganizationDescriptiveMetadataType"), Some("xs:string")] {
                    let mut child = named(self.model.name(head));
                    child.attributes.extend(typed.map(|name| ("xsi:type".to_owned(), name.to_owned())));
                    judge(&edit(base, |e| e.children.insert(at, child)));
                }
            }
        }
    }

    fn attributes(&mut self, base: &Element, kind: &str, judge: &mut dyn FnMut(&Element)) {
        for attribute in self.model.attributes(kind) {
            let first = self.tried.insert(attribute);
            let name = self.model.name(attribute);
            judge(&edit(base, |e| e.attributes.retain(|(n, _)| n != name)));
            for value in self.values(&self.model.type_of(attribute), first) {
                judge(&edit(base, |e| set(e, name, &value)));
            }
            judge(&edit(base, |e| {
                e.attributes.retain(|(n, _)| n != name);
                set(e, &name.to_uppercase().replace(':', ""), "mot");
            }));
            judge(&edit(base, |e| set(e, &format!("x:{}", name.replace(':', "")), "mot")));
        }
        for name in
            ["inconnu", "id", "x:a", "xml:id", "xml:lang", "xml:space", "xml:base", "xlink:href", "xsi:nil", "xsi:type"]
        {
            if base.attributes.iter().all(|(n, _)| n != name) {
                judge(&edit(base, |e| set(e, name, NEW_ID)));
            }
        }
    }

    fn retype_child(&self, base: &Element, at: usize, judge: &mut dyn FnMut(&Element)) {
        let declared = self.model.type_of(base.children[at].declaration);
        let mut kinds: BTreeSet<String> = self.model.ancestry(&declared).into_iter().collect();
        kinds.extend(self.model.derived(&declared).into_iter().map(str::to_owned));
        let others: Vec<&str> = self.model.names("type").collect();
        kinds.extend(
            [others[at * 7 % others.len()], "NonEmptyTokenType", "TextType", "Inconnu", "xs:token", "xs:anyType"]
                .map(str::to_owned),
        );
        for kind in kinds {
            judge(&edit(base, |e| set(&mut e.children[at], "xsi:type", &kind)));
        }
    }

    fn revalue_child(&mut self, base: &Element, at: usize, judge: &mut dyn FnMut(&Element)) {
        let kind = self.model.type_of(base.children[at].declaration);
        let first = self.tried.insert(base.children[at].declaration);
        if self.model.is_simple(&kind) {
            for value in self.values(&kind, first) {
                judge(&edit(base, |e| e.children[at].text.clone_from(&value)));
            }
        }
        if self.model.global("type", &kind).is_some_and(|id| !self.model.is_abstract(id)) {
            judge(&edit(base, |e| {
                e.children[at] = element(self.model, e.children[at].declaration, &kind, Fill::Most(0));
            }));
        }
    }

    /// Values to try for the type `kind`: those it lists and their neighbours, references that hold or dangle, and those
    /// that tell all types apart, or fewer of them where it is not the `first` time.
    pub fn values(&mut self, kind: &str, first: bool) -> Vec<String> {
        self.values_around(self.model.facets(kind), first)
    }

    /// The same, for facets that no named type holds.
    pub fn values_around(&mut self, facets: Vec<Id>, first: bool) -> Vec<String> {
        let any = VALUES.iter().take(if first { VALUES.len() } else { AGAIN });
        let mut values: Vec<String> = any.chain(&[ROOT_ID, "nulle-part"]).map(|value| (*value).to_owned()).collect();
        for facet in facets {
            self.tried.insert(facet);
            let value = self.model.attribute(facet, "value").unwrap_or_default();
            if self.model.node(facet).tag == "enumeration" {
                values.extend([
                    value.to_owned(),
                    format!(" {value} "),
                    format!("{value}x"),
                    value.to_lowercase(),
                    value.chars().skip(1).collect(),
                ]);
            }
        }
        values
    }
}

/// Removed, doubled, swapped, first, last, inside its neighbour, under other names.
fn move_child(base: &Element, at: usize, judge: &mut dyn FnMut(&Element)) {
    let last = base.children.len() - 1;
    judge(&edit(base, |e| drop(e.children.remove(at))));
    judge(&edit(base, |e| e.children.insert(at, e.children[at].clone())));
    judge(&edit(base, |e| e.children.truncate(at)));
    judge(&edit(base, |e| drop(e.children.drain(..at))));
    judge(&edit(base, |e| e.children = vec![e.children[at].clone()]));
    judge(&edit(base, |e| e.children.push(e.children[at].clone())));
    if at < last {
        judge(&edit(base, |e| e.children.swap(at, at + 1)));
        judge(&edit(base, |e| e.children.swap(at, last)));
        judge(&edit(base, |e| e.children.swap(at, 0)));
        judge(&edit(base, |e| {
            let child = e.children.remove(at);
            e.children[at].children.push(child);
        }));
    }
    let own = base.children[at].name.clone();
    for name in
        ["Inconnu".to_owned(), "x:ailleurs".to_owned(), format!("x:{own}"), own.to_lowercase(), "Content".to_owned()]
    {
        judge(&edit(base, |e| e.children[at].name = name));
    }
}

/// Nil, with what should not be there, without what should, among strangers.
fn dress_child(base: &Element, at: usize, judge: &mut dyn FnMut(&Element)) {
    let empty = |e: &mut Element| {
        e.children[at].text.clear();
        e.children[at].children.clear();
    };
    judge(&edit(base, empty));
    judge(&edit(base, |e| e.children[at].attributes.clear()));
    for nil in ["true", "false", "oui"] {
        judge(&edit(base, |e| set(&mut e.children[at], "xsi:nil", nil)));
        judge(&edit(base, |e| {
            set(&mut e.children[at], "xsi:nil", nil);
            empty(e);
        }));
    }
    for (name, value) in [
        ("inconnu", "1"),
        ("id", NEW_ID),
        ("id", ROOT_ID),
        ("x:a", "1"),
        ("xml:lang", "fr"),
        ("xml:id", NEW_ID),
        ("xml:id", ROOT_ID),
    ] {
        judge(&edit(base, |e| set(&mut e.children[at], name, value)));
    }
    for stranger in ["Inconnu", "x:etranger"] {
        judge(&edit(base, |e| e.children.insert(at, named(stranger))));
        judge(&edit(base, |e| e.children.insert(at + 1, named(stranger))));
        judge(&edit(base, |e| e.children[at].children.push(named(stranger))));
    }
    judge(&edit(base, |e| e.children[at].text.push_str("texte")));
}

/// An empty element called `name`.
pub fn named(name: &str) -> Element {
    Element { name: name.to_owned(), ..Element::default() }
}

/// A copy of `base` with one change.
fn edit(base: &Element, change: impl FnOnce(&mut Element)) -> Element {
    let mut copy = base.clone();
    change(&mut copy);
    copy
}

fn set(element: &mut Element, name: &str, value: &str) {
    element.attributes.retain(|(n, _)| n != name);
    element.attributes.push((name.to_owned(), value.to_owned()));
}
