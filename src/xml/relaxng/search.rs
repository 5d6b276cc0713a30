//! What a pattern would have taken: asked only once something is wrong, and within a budget, so that a hostile grammar
//! costs a poorer sentence and nothing more.

use crate::xml::relaxng::{
    derive::Deriver,
    names::NameId,
    pattern::{EMPTY, ElementId, Excess, NOT_ALLOWED, Pattern, PatternId},
};

/// Something that a pattern cannot do without: one of these elements, one of these attributes (by class), or a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Elements(Vec<ElementId>),
    Attributes(Vec<usize>),
    Value,
}

/// A way to an element over what is missing before it.
pub(super) struct Skip {
    pub element: ElementId,
    pub rest: PatternId,
    pub missing: Vec<Wanted>,
}

/// What a value should have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    /// This value of the grammar.
    Value(usize),
    /// Some value of this datatype.
    Datatype(usize),
    /// A list.
    List,
}

/// How many patterns may still be looked at.
pub(super) struct Budget(pub usize);

impl Budget {
    fn spend(&mut self) -> bool {
        let left = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        left
    }
}

impl Deriver<'_> {
    /// What `id` cannot do without, in order.
    pub fn wanted(&self, id: PatternId, budget: &mut Budget) -> Vec<Wanted> {
        let node = self.patterns.node(id);
        if node.nullable || !budget.spend() {
            return Vec::new();
        }
        match &node.pattern {
            Pattern::Element(element) => vec![Wanted::Elements(vec![*element])],
            Pattern::Attribute(class, _) => vec![Wanted::Attributes(vec![*class])],
            Pattern::Data(..) | Pattern::Value(_) | Pattern::List(_) => vec![Wanted::Value],
            Pattern::OneOrMore(of) => self.wanted(*of, budget),
            Pattern::Group(first, second) | Pattern::Interleave(first, second) => {
                let mut all = self.wanted(*first, budget);
                all.extend(self.wanted(*second, budget));
                all
            }
            Pattern::Choice(parts) => either(parts.iter().map(|part| self.wanted(*part, budget)).collect()),
            _ => Vec::new(),
        }
    }

    /// The ways to an element of this name over required parts that are missing before it.
    pub fn skip(&mut self, id: PatternId, name: NameId, budget: &mut Budget) -> Result<Vec<Skip>, Excess> {
        if !budget.spend() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        match self.patterns.pattern(id).clone() {
            Pattern::Choice(parts) => {
                for part in parts {
                    found.extend(self.skip(part, name, budget)?);
                }
            }
            Pattern::Group(first, second) => {
                for skip in self.skip(first, name, budget)? {
                    found.push(Skip { rest: self.patterns.group(skip.rest, second)?, ..skip });
                }
                let missing = self.wanted(first, budget);
                for mut skip in self.skip(second, name, budget)? {
                    skip.missing.splice(..0, missing.iter().cloned());
                    found.push(skip);
                }
            }
            Pattern::Interleave(one, other) => {
                for skip in self.skip(one, name, budget)? {
                    found.push(Skip { rest: self.patterns.interleave(skip.rest, other)?, ..skip });
                }
                for skip in self.skip(other, name, budget)? {
                    found.push(Skip { rest: self.patterns.interleave(one, skip.rest)?, ..skip });
                }
            }
            Pattern::OneOrMore(of) => {
                for skip in self.skip(of, name, budget)? {
                    let again = self.patterns.again(of)?;
                    found.push(Skip { rest: self.patterns.group(skip.rest, again)?, ..skip });
                }
            }
            Pattern::Element(element) if self.is_named(element, name) => {
                found.push(Skip { element, rest: EMPTY, missing: Vec::new() });
            }
            _ => {}
        }
        Ok(found)
    }

    /// What remains at the end of a start tag when the attributes that lack are let be.
    pub fn close_without(&mut self, id: PatternId, budget: &mut Budget) -> Result<PatternId, Excess> {
        if !self.patterns.node(id).attributes {
            return Ok(id);
        }
        if !budget.spend() {
            return Ok(NOT_ALLOWED);
        }
        match self.patterns.pattern(id).clone() {
            Pattern::Choice(parts) => {
                let mut rests = Vec::new();
                for part in parts {
                    rests.push(self.close_without(part, budget)?);
                }
                self.patterns.choice(rests)
            }
            Pattern::Group(first, second) => {
                let (first, second) = (self.close_without(first, budget)?, self.close_without(second, budget)?);
                self.patterns.group(first, second)
            }
            Pattern::Interleave(first, second) => {
                let (first, second) = (self.close_without(first, budget)?, self.close_without(second, budget)?);
                self.patterns.interleave(first, second)
            }
            Pattern::OneOrMore(of) => {
                let of = self.close_without(of, budget)?;
                self.patterns.one_or_more(of)
            }
            _ => Ok(EMPTY),
        }
    }

    /// The elements that may come first in `id`.
    pub fn first(&self, id: PatternId, found: &mut Vec<ElementId>, budget: &mut Budget) {
        if !budget.spend() {
            return;
        }
        match self.patterns.pattern(id) {
            Pattern::Element(element) if !found.contains(element) => found.push(*element),
            Pattern::Choice(parts) => parts.iter().for_each(|part| self.first(*part, found, budget)),
            Pattern::Interleave(one, other) => [one, other].into_iter().for_each(|p| self.first(*p, found, budget)),
            Pattern::OneOrMore(of) => self.first(*of, found, budget),
            Pattern::Group(first, second) => {
                self.first(*first, found, budget);
                if self.patterns.node(*first).nullable {
                    self.first(*second, found, budget);
                }
            }
            _ => {}
        }
    }

    /// The values that the text of `id`, or its attribute of this name, may have.
    pub fn expected(&self, id: PatternId, attribute: Option<NameId>, found: &mut Vec<Expected>, budget: &mut Budget) {
        if !budget.spend() {
            return;
        }
        let mut keep = |one: Expected| {
            if !found.contains(&one) {
                found.push(one);
            }
        };
        match self.patterns.pattern(id) {
            Pattern::Value(value) if attribute.is_none() => keep(Expected::Value(*value)),
            Pattern::Data(datatype, _) if attribute.is_none() => keep(Expected::Datatype(*datatype)),
            Pattern::List(_) if attribute.is_none() => keep(Expected::List),
            Pattern::Attribute(class, value) if attribute.is_some_and(|name| self.is_in_class(*class, name)) => {
                self.expected(*value, None, found, budget);
            }
            Pattern::Choice(parts) => parts.iter().for_each(|part| self.expected(*part, attribute, found, budget)),
            Pattern::Group(first, second) | Pattern::Interleave(first, second) => {
                self.expected(*first, attribute, found, budget);
                self.expected(*second, attribute, found, budget);
            }
            Pattern::OneOrMore(of) => self.expected(*of, attribute, found, budget),
            _ => {}
        }
    }

    /// Whether an element of this name stands anywhere in `id`.
    pub fn holds(&self, id: PatternId, name: NameId, budget: &mut Budget) -> bool {
        if !budget.spend() {
            return false;
        }
        match self.patterns.pattern(id) {
            Pattern::Element(element) => self.is_named(*element, name),
            Pattern::Choice(parts) => parts.iter().any(|part| self.holds(*part, name, budget)),
            Pattern::Group(first, second) | Pattern::Interleave(first, second) => {
                self.holds(*first, name, budget) || self.holds(*second, name, budget)
            }
            Pattern::OneOrMore(of) => self.holds(*of, name, budget),
            _ => false,
        }
    }

    /// The first value that an element's content imposes: on itself, or on a child that must be there, whose local names
    /// lead to it. A child named in `telling` comes before others.
    pub fn imposed(&self, id: PatternId, telling: &[&str], depth: usize, budget: &mut Budget) -> Option<Imposed> {
        let node = self.patterns.node(id);
        if node.nullable || !budget.spend() {
            return None;
        }
        match &node.pattern {
            Pattern::Value(value) => Some(Imposed { path: Vec::new(), value: *value }),
            Pattern::OneOrMore(of) => self.imposed(*of, telling, depth, budget),
            Pattern::Element(element) => {
                let content = self.grammar.elements.get(*element).filter(|_| depth > 0)?;
                let mut imposed = self.imposed(content.content, telling, depth - 1, budget)?;
                imposed.path.insert(0, self.local(content.class)?.to_owned());
                Some(imposed)
            }
            Pattern::Group(first, second) => {
                let first = self.imposed(*first, telling, depth, budget);
                if first.as_ref().is_some_and(|first| first.tells(telling)) {
                    return first;
                }
                let second = self.imposed(*second, telling, depth, budget);
                if first.is_some() && !second.as_ref().is_some_and(|second| second.tells(telling)) {
                    first
                } else {
                    second
                }
            }
            _ => None,
        }
    }

    /// The local name of a class of one name, or the first of its names.
    pub fn local(&self, class: usize) -> Option<&str> {
        self.grammar.classes.get(class)?.listed().first().map(|(_, local)| *local)
    }
}

/// A value that a content imposes, and where.
pub(super) struct Imposed {
    pub path: Vec<String>,
    pub value: usize,
}

impl Imposed {
    fn tells(&self, telling: &[&str]) -> bool {
        self.path.last().is_some_and(|last| telling.contains(&last.as_str()))
    }
}

/// What one of several alternatives wants: any of the single things that they want, else what the least demanding one
/// wants.
fn either(mut all: Vec<Vec<Wanted>>) -> Vec<Wanted> {
    let elements = |wanted: &Vec<Wanted>| match wanted.as_slice() {
        [Wanted::Elements(elements)] => Some(elements.clone()),
        _ => None,
    };
    let attributes = |wanted: &Vec<Wanted>| match wanted.as_slice() {
        [Wanted::Attributes(classes)] => Some(classes.clone()),
        _ => None,
    };
    if let Some(elements) = all.iter().map(elements).collect::<Option<Vec<_>>>() {
        return vec![Wanted::Elements(elements.concat())];
    }
    if let Some(classes) = all.iter().map(attributes).collect::<Option<Vec<_>>>() {
        return vec![Wanted::Attributes(classes.concat())];
    }
    all.sort_by_key(Vec::len);
    all.into_iter().next().unwrap_or_default()
}
