//! Derivatives of patterns, after J. Clark: what remains to be matched once a start tag, an attribute, its end, or a
//! text was met. Answers that do not depend on values are remembered, whatever the depth of the document.

use std::{collections::HashMap, rc::Rc};

use crate::xml::relaxng::{
    datatype::{self, Judge},
    limits::Limits,
    names::{NameId, Names},
    pattern::{EMPTY, ElementId, Excess, NOT_ALLOWED, Pattern, PatternId, Patterns, TEXT},
    simplify::Simplified,
};

/// An element that a start tag may open, and what remains of the pattern around it.
pub(super) type Opening = (ElementId, PatternId);

/// What is met as a value.
#[derive(Clone, Copy)]
pub(super) enum Said<'t> {
    /// This text.
    This(&'t str),
    /// Whatever the pattern wants: to go on after a wrong value.
    Anything,
}

/// Answers for one value, which are of no use for the next.
type Passing = HashMap<PatternId, PatternId>;

/// Takes derivatives of one grammar's patterns.
pub(super) struct Deriver<'g> {
    pub grammar: &'g Simplified,
    pub patterns: Patterns<'g>,
    pub names: Names,
    judge: Judge<'g>,
    limits: Limits,
    opened: HashMap<(PatternId, NameId), Rc<[Opening]>>,
    closed: HashMap<PatternId, PatternId>,
    given: HashMap<(PatternId, NameId), PatternId>,
    said: HashMap<PatternId, PatternId>,
}

impl<'g> Deriver<'g> {
    pub fn new(grammar: &'g Simplified, judge: Judge<'g>, limits: Limits) -> Self {
        Self {
            grammar,
            patterns: Patterns::above(&grammar.table, &grammar.datatypes.any_text, limits),
            names: Names::default(),
            judge,
            limits,
            opened: HashMap::new(),
            closed: HashMap::new(),
            given: HashMap::new(),
            said: HashMap::new(),
        }
    }

    /// Whether more is remembered than allowed.
    pub fn is_full(&self) -> bool {
        let answers = self.opened.len() + self.closed.len() + self.given.len() + self.said.len();
        self.patterns.made() + answers + self.names.len() > self.limits.memory
    }

    /// Forgets all but the patterns in use, which get new identifiers.
    pub fn forget<'a>(&mut self, in_use: impl Iterator<Item = &'a mut PatternId>) -> Result<(), Excess> {
        let fresh = Patterns::above(&self.grammar.table, &self.grammar.datatypes.any_text, self.limits);
        let old = std::mem::replace(&mut self.patterns, fresh);
        let mut done = HashMap::new();
        for id in in_use {
            *id = self.patterns.copy(&old, *id, &mut done)?;
        }
        self.opened.clear();
        self.closed.clear();
        self.given.clear();
        self.said.clear();
        self.names = Names::default();
        Ok(())
    }

    /// The elements that a start tag of this name may open in `id`.
    pub fn open(&mut self, id: PatternId, name: NameId) -> Result<Rc<[Opening]>, Excess> {
        if let Some(known) = self.opened.get(&(id, name)) {
            return Ok(known.clone());
        }
        let mut found = Vec::new();
        match self.patterns.pattern(id).clone() {
            Pattern::Choice(parts) => {
                for part in parts {
                    found.extend_from_slice(&self.open(part, name)?);
                }
            }
            Pattern::Group(first, second) => {
                for (element, rest) in self.open(first, name)?.iter() {
                    found.push((*element, self.patterns.group(*rest, second)?));
                }
                if self.patterns.node(first).nullable {
                    found.extend_from_slice(&self.open(second, name)?);
                }
            }
            Pattern::Interleave(one, other) => {
                for (element, rest) in self.open(one, name)?.iter() {
                    found.push((*element, self.patterns.interleave(*rest, other)?));
                }
                for (element, rest) in self.open(other, name)?.iter() {
                    found.push((*element, self.patterns.interleave(one, *rest)?));
                }
            }
            Pattern::OneOrMore(of) => {
                for (element, rest) in self.open(of, name)?.iter() {
                    let again = self.patterns.again(of)?;
                    found.push((*element, self.patterns.group(*rest, again)?));
                }
            }
            Pattern::Element(element) if self.is_named(element, name) => found.push((element, EMPTY)),
            _ => {}
        }
        let merged: Rc<[Opening]> = Rc::from(self.merged(found)?);
        self.opened.insert((id, name), merged.clone());
        Ok(merged)
    }

    /// One opening per element.
    pub fn merged(&mut self, mut found: Vec<Opening>) -> Result<Vec<Opening>, Excess> {
        found.sort_unstable();
        found.dedup();
        let mut merged: Vec<Opening> = Vec::with_capacity(found.len());
        for (element, rest) in found {
            match merged.last_mut() {
                Some((last, before)) if *last == element => *before = self.patterns.choice([*before, rest])?,
                _ => merged.push((element, rest)),
            }
        }
        Ok(merged)
    }

    /// Whether an element of the grammar may bear a name.
    pub fn is_named(&self, element: ElementId, name: NameId) -> bool {
        self.grammar.elements.get(element).is_some_and(|element| self.is_in_class(element.class, name))
    }

    pub fn is_in_class(&self, class: usize, name: NameId) -> bool {
        let (namespace, local) = self.names.name(name);
        self.grammar.classes.get(class).is_some_and(|class| class.contains(namespace, local))
    }

    /// What remains once an attribute was met.
    pub fn give(&mut self, id: PatternId, name: NameId, value: Said<'_>) -> Result<PatternId, Excess> {
        self.give_within(id, name, value, &mut Passing::new())
    }

    fn give_within(
        &mut self,
        id: PatternId,
        name: NameId,
        value: Said<'_>,
        passing: &mut Passing,
    ) -> Result<PatternId, Excess> {
        let node = self.patterns.node(id);
        if !node.attributes {
            return Ok(NOT_ALLOWED);
        }
        let lasting = !node.checks_attributes;
        let known = if lasting { self.given.get(&(id, name)) } else { passing.get(&id) };
        if let Some(known) = known {
            return Ok(*known);
        }
        let rest = match node.pattern.clone() {
            Pattern::Choice(parts) => {
                let mut rests = Vec::new();
                for part in parts {
                    rests.push(self.give_within(part, name, value, passing)?);
                }
                self.patterns.choice(rests)?
            }
            Pattern::Group(first, second) => {
                let (one, other) = self.give_either(first, second, name, value, passing)?;
                let (one, other) = (self.patterns.group(one, second)?, self.patterns.group(first, other)?);
                self.patterns.choice([one, other])?
            }
            Pattern::Interleave(first, second) => {
                let (one, other) = self.give_either(first, second, name, value, passing)?;
                let (one, other) = (self.patterns.interleave(one, second)?, self.patterns.interleave(first, other)?);
                self.patterns.choice([one, other])?
            }
            Pattern::OneOrMore(of) => {
                let rest = self.give_within(of, name, value, passing)?;
                let again = self.patterns.again(of)?;
                self.patterns.group(rest, again)?
            }
            Pattern::Attribute(class, wanted) if self.is_in_class(class, name) && self.is(wanted, value)? => EMPTY,
            _ => NOT_ALLOWED,
        };
        if lasting {
            self.given.insert((id, name), rest);
        } else {
            passing.insert(id, rest);
        }
        Ok(rest)
    }

    fn give_either(
        &mut self,
        first: PatternId,
        second: PatternId,
        name: NameId,
        value: Said<'_>,
        passing: &mut Passing,
    ) -> Result<(PatternId, PatternId), Excess> {
        Ok((self.give_within(first, name, value, passing)?, self.give_within(second, name, value, passing)?))
    }

    /// Whether a whole value matches.
    pub fn is(&mut self, id: PatternId, value: Said<'_>) -> Result<bool, Excess> {
        if let Said::This(text) = value {
            let blank = text.chars().all(datatype::is_space);
            if blank && self.patterns.node(id).nullable {
                return Ok(true);
            }
        }
        let rest = self.say(id, value)?;
        Ok(self.patterns.node(rest).nullable)
    }

    /// What remains at the end of a start tag: no attribute comes any more.
    pub fn close(&mut self, id: PatternId) -> Result<PatternId, Excess> {
        if !self.patterns.node(id).attributes {
            return Ok(id);
        }
        if let Some(known) = self.closed.get(&id) {
            return Ok(*known);
        }
        let rest = match self.patterns.pattern(id).clone() {
            Pattern::Choice(parts) => {
                let rests = parts.iter().map(|part| self.close(*part)).collect::<Result<Vec<_>, _>>()?;
                self.patterns.choice(rests)?
            }
            Pattern::Group(first, second) => {
                let (first, second) = (self.close(first)?, self.close(second)?);
                self.patterns.group(first, second)?
            }
            Pattern::Interleave(first, second) => {
                let (first, second) = (self.close(first)?, self.close(second)?);
                self.patterns.interleave(first, second)?
            }
            Pattern::OneOrMore(of) => {
                let of = self.close(of)?;
                self.patterns.one_or_more(of)?
            }
            _ => NOT_ALLOWED,
        };
        self.closed.insert(id, rest);
        Ok(rest)
    }

    /// What remains once a text was met.
    pub fn say(&mut self, id: PatternId, text: Said<'_>) -> Result<PatternId, Excess> {
        self.say_within(id, text, &mut Passing::new())
    }

    fn say_within(&mut self, id: PatternId, text: Said<'_>, passing: &mut Passing) -> Result<PatternId, Excess> {
        let node = self.patterns.node(id);
        if !node.text {
            return Ok(NOT_ALLOWED);
        }
        let lasting = !node.checks_text;
        let known = if lasting { self.said.get(&id) } else { passing.get(&id) };
        if let Some(known) = known {
            return Ok(*known);
        }
        let rest = match node.pattern.clone() {
            Pattern::Text => TEXT,
            Pattern::Choice(parts) => {
                let mut rests = Vec::new();
                for part in parts {
                    rests.push(self.say_within(part, text, passing)?);
                }
                self.patterns.choice(rests)?
            }
            Pattern::Group(first, second) => {
                let rest = self.say_within(first, text, passing)?;
                let rest = self.patterns.group(rest, second)?;
                let skipped = if self.patterns.node(first).nullable {
                    self.say_within(second, text, passing)?
                } else {
                    NOT_ALLOWED
                };
                self.patterns.choice([rest, skipped])?
            }
            Pattern::Interleave(one, other) => {
                let (first, second) = (self.say_within(one, text, passing)?, self.say_within(other, text, passing)?);
                let (first, second) = (self.patterns.interleave(first, other)?, self.patterns.interleave(one, second)?);
                self.patterns.choice([first, second])?
            }
            Pattern::OneOrMore(of) => {
                let rest = self.say_within(of, text, passing)?;
                let again = self.patterns.again(of)?;
                self.patterns.group(rest, again)?
            }
            value => self.judged(&value, text)?,
        };
        if lasting {
            self.said.insert(id, rest);
        } else {
            passing.insert(id, rest);
        }
        Ok(rest)
    }

    fn judged(&mut self, wanted: &Pattern, text: Said<'_>) -> Result<PatternId, Excess> {
        let matches = match (wanted, text) {
            (_, Said::Anything) => matches!(wanted, Pattern::Data(..) | Pattern::Value(_) | Pattern::List(_)),
            (Pattern::Data(datatype, except), Said::This(said)) => {
                self.judge.is_of(*datatype, said)
                    && match except {
                        Some(except) => !self.is(*except, text)?,
                        None => true,
                    }
            }
            (Pattern::Value(value), Said::This(said)) => self.judge.is_value(*value, said),
            (Pattern::List(of), Said::This(said)) => {
                let mut rest = *of;
                for word in datatype::words(said) {
                    rest = self.say(rest, Said::This(word))?;
                }
                self.patterns.node(rest).nullable
            }
            _ => false,
        };
        Ok(if matches { EMPTY } else { NOT_ALLOWED })
    }
}
