//! Patterns of a simplified grammar (RELAX NG, section 4), each kept once: equal patterns have equal identifiers, and
//! the patterns that reading a document makes stand above those of the grammar, which many readings share.

use std::collections::HashMap;

use crate::xml::relaxng::limits::Limits;

/// A pattern, by its place in a table.
pub(super) type PatternId = usize;
/// An element of the grammar.
pub(super) type ElementId = usize;

/// The pattern that nothing matches.
pub(super) const NOT_ALLOWED: PatternId = 0;
/// The pattern that only nothing matches.
pub(super) const EMPTY: PatternId = 1;
/// The pattern that any text matches.
pub(super) const TEXT: PatternId = 2;

/// Something is larger than a limit allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// More patterns than allowed.
    #[error("more than {0} patterns are needed")]
    Patterns(usize),
    /// A pattern within more patterns than allowed.
    #[error("patterns stand within each other on more than {0} levels")]
    Height(usize),
    /// More ways of reading one element than allowed.
    #[error("an element can be read in more than {0} ways")]
    Ways(usize),
    /// A value longer than allowed.
    #[error("a value is longer than {0} bytes")]
    Value(usize),
}

impl Excess {
    /// The French sentence for who uses the grammar.
    pub fn sentence(self) -> String {
        match self {
            Self::Patterns(most) => format!("le profil demande plus de {most} motifs"),
            Self::Height(most) => format!("ses motifs s’imbriquent sur plus de {most} niveaux"),
            Self::Ways(most) => format!("un élément peut s’y lire de plus de {most} façons"),
            Self::Value(most) => format!("une valeur à contrôler dépasse {most} octets"),
        }
    }
}

/// A simplified pattern.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Pattern {
    NotAllowed,
    Empty,
    Text,
    /// Alternatives: two at least, sorted, none of them a choice or `NotAllowed`.
    Choice(Box<[PatternId]>),
    Group(PatternId, PatternId),
    Interleave(PatternId, PatternId),
    OneOrMore(PatternId),
    List(PatternId),
    /// A datatype, and what is excepted from it.
    Data(usize, Option<PatternId>),
    /// A value of the grammar.
    Value(usize),
    /// A name class, and the pattern of the value.
    Attribute(usize, PatternId),
    Element(ElementId),
}

/// A pattern with what is often asked of it.
#[expect(clippy::struct_excessive_bools, reason = "each is the answer to a question of its own")]
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub pattern: Pattern,
    /// Whether it matches nothing at all.
    pub nullable: bool,
    /// Whether an attribute stands in it.
    pub attributes: bool,
    /// Whether one of these attributes looks at its value.
    pub checks_attributes: bool,
    /// Whether it takes text.
    pub text: bool,
    /// Whether it looks at that text.
    pub checks_text: bool,
    height: usize,
}

static NOTHING: Node = Node {
    pattern: Pattern::NotAllowed,
    nullable: false,
    attributes: false,
    checks_attributes: false,
    text: false,
    checks_text: false,
    height: 0,
};

/// Patterns, by identifier and by what they are.
#[derive(Debug, Default)]
pub(super) struct Table {
    nodes: Vec<Node>,
    known: HashMap<Pattern, PatternId>,
}

impl Table {
    /// Every pattern; parts come before what they are part of.
    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.nodes.iter().map(|node| &node.pattern)
    }
}

/// A grammar's patterns, and those made above them.
pub(super) struct Patterns<'g> {
    base: &'g Table,
    own: Table,
    limits: Limits,
    /// Datatypes that any text is a value of.
    any_text: &'g [bool],
}

impl<'g> Patterns<'g> {
    /// Patterns above those of a grammar. `any_text` tells, for each datatype, whether any text is a value of it.
    pub fn above(base: &'g Table, any_text: &'g [bool], limits: Limits) -> Self {
        Self { base, own: Table::default(), limits, any_text }
    }

    /// The table of all that was made; only of use where nothing stands below.
    pub fn into_table(self) -> Table {
        self.own
    }

    /// How many patterns were made here.
    pub fn made(&self) -> usize {
        self.own.nodes.len()
    }

    /// Whether a pattern is the grammar's own.
    pub fn is_base(&self, id: PatternId) -> bool {
        id < self.base.nodes.len()
    }

    pub fn node(&self, id: PatternId) -> &Node {
        let found = match id.checked_sub(self.base.nodes.len()) {
            None => self.base.nodes.get(id),
            Some(own) => self.own.nodes.get(own),
        };
        found.unwrap_or(&NOTHING)
    }

    pub fn pattern(&self, id: PatternId) -> &Pattern {
        &self.node(id).pattern
    }

    /// The identifier of a pattern, which is kept when it is new.
    pub fn keep(&mut self, pattern: Pattern) -> Result<PatternId, Excess> {
        if let Some(known) = self.base.known.get(&pattern).or_else(|| self.own.known.get(&pattern)) {
            return Ok(*known);
        }
        if self.own.nodes.len() >= self.limits.patterns {
            return Err(Excess::Patterns(self.limits.patterns));
        }
        let node = self.look(pattern.clone());
        if node.height > self.limits.height {
            return Err(Excess::Height(self.limits.height));
        }
        let id = self.base.nodes.len() + self.own.nodes.len();
        self.own.nodes.push(node);
        self.own.known.insert(pattern, id);
        Ok(id)
    }

    /// Keeps the three patterns whose identifiers are known beforehand.
    pub fn keep_constants(&mut self) -> Result<(), Excess> {
        for constant in [Pattern::NotAllowed, Pattern::Empty, Pattern::Text] {
            self.keep(constant)?;
        }
        Ok(())
    }

    pub fn group(&mut self, first: PatternId, second: PatternId) -> Result<PatternId, Excess> {
        match (first, second) {
            (NOT_ALLOWED, _) | (_, NOT_ALLOWED) => Ok(NOT_ALLOWED),
            (EMPTY, other) | (other, EMPTY) => Ok(other),
            _ => self.keep(Pattern::Group(first, second)),
        }
    }

    pub fn interleave(&mut self, one: PatternId, other: PatternId) -> Result<PatternId, Excess> {
        match (one, other) {
            (NOT_ALLOWED, _) | (_, NOT_ALLOWED) => Ok(NOT_ALLOWED),
            (EMPTY, other) | (other, EMPTY) => Ok(other),
            _ => self.keep(Pattern::Interleave(one.min(other), one.max(other))),
        }
    }

    pub fn one_or_more(&mut self, of: PatternId) -> Result<PatternId, Excess> {
        match self.pattern(of) {
            Pattern::NotAllowed | Pattern::Empty | Pattern::OneOrMore(_) | Pattern::Text => Ok(of),
            _ => self.keep(Pattern::OneOrMore(of)),
        }
    }

    /// What may follow a first time of what comes once or more.
    pub fn again(&mut self, of: PatternId) -> Result<PatternId, Excess> {
        let more = self.one_or_more(of)?;
        self.choice([more, EMPTY])
    }

    pub fn choice(&mut self, parts: impl IntoIterator<Item = PatternId>) -> Result<PatternId, Excess> {
        let mut all = Vec::new();
        for part in parts {
            match self.pattern(part) {
                Pattern::NotAllowed => {}
                Pattern::Choice(within) => all.extend_from_slice(within),
                _ => all.push(part),
            }
        }
        all.sort_unstable();
        all.dedup();
        // To match nothing is also another alternative's business.
        if all.iter().any(|part| *part != EMPTY && self.node(*part).nullable) {
            all.retain(|part| *part != EMPTY);
        }
        match all.as_slice() {
            [] => Ok(NOT_ALLOWED),
            [one] => Ok(*one),
            _ => self.keep(Pattern::Choice(all.into_boxed_slice())),
        }
    }

    /// A group of any number of patterns, as flat as can be.
    pub fn groups(&mut self, parts: &[PatternId]) -> Result<PatternId, Excess> {
        self.balanced(parts, EMPTY, Self::group)
    }

    /// An interleave of any number of patterns, as flat as can be.
    pub fn interleaves(&mut self, parts: &[PatternId]) -> Result<PatternId, Excess> {
        self.balanced(parts, EMPTY, Self::interleave)
    }

    fn balanced(
        &mut self,
        parts: &[PatternId],
        none: PatternId,
        join: fn(&mut Self, PatternId, PatternId) -> Result<PatternId, Excess>,
    ) -> Result<PatternId, Excess> {
        match parts {
            [] => Ok(none),
            [one] => Ok(*one),
            _ => {
                let (left, right) = parts.split_at(parts.len() / 2);
                let (left, right) = (self.balanced(left, none, join)?, self.balanced(right, none, join)?);
                join(self, left, right)
            }
        }
    }

    /// Makes a pattern of another table, whose grammar is the same, again in this one.
    pub fn copy(
        &mut self,
        from: &Self,
        id: PatternId,
        done: &mut HashMap<PatternId, PatternId>,
    ) -> Result<PatternId, Excess> {
        if from.is_base(id) {
            return Ok(id);
        }
        if let Some(known) = done.get(&id) {
            return Ok(*known);
        }
        let copied = match from.pattern(id) {
            Pattern::Choice(parts) => {
                let parts = parts.iter().map(|part| self.copy(from, *part, done)).collect::<Result<Vec<_>, _>>()?;
                self.choice(parts)?
            }
            Pattern::Group(first, second) => {
                let (first, second) = (self.copy(from, *first, done)?, self.copy(from, *second, done)?);
                self.group(first, second)?
            }
            Pattern::Interleave(first, second) => {
                let (first, second) = (self.copy(from, *first, done)?, self.copy(from, *second, done)?);
                self.interleave(first, second)?
            }
            Pattern::OneOrMore(of) => {
                let of = self.copy(from, *of, done)?;
                self.one_or_more(of)?
            }
            // Reading makes none of the others: they are the grammar's own.
            other => self.keep(other.clone())?,
        };
        done.insert(id, copied);
        Ok(copied)
    }

    fn look(&self, pattern: Pattern) -> Node {
        let mut node = Node { pattern, ..NOTHING.clone() };
        let parts: Vec<PatternId> = match &node.pattern {
            Pattern::Choice(parts) => parts.to_vec(),
            Pattern::Group(first, second) | Pattern::Interleave(first, second) => vec![*first, *second],
            Pattern::OneOrMore(of) | Pattern::List(of) | Pattern::Attribute(_, of) => vec![*of],
            Pattern::Data(_, except) => except.iter().copied().collect(),
            _ => Vec::new(),
        };
        let parts: Vec<&Node> = parts.into_iter().map(|part| self.node(part)).collect();
        let any = |ask: fn(&Node) -> bool| parts.iter().any(|part| ask(part));
        node.height = parts.iter().map(|part| part.height + 1).max().unwrap_or_default();
        node.nullable = match &node.pattern {
            Pattern::Empty | Pattern::Text => true,
            Pattern::Choice(_) | Pattern::OneOrMore(_) => any(|part| part.nullable),
            Pattern::Group(..) | Pattern::Interleave(..) => parts.iter().all(|part| part.nullable),
            _ => false,
        };
        match &node.pattern {
            Pattern::Attribute(..) => {
                node.attributes = true;
                node.checks_attributes = parts.iter().any(|part| !part.text || part.checks_text);
            }
            Pattern::Text => node.text = true,
            Pattern::Data(datatype, except) => {
                node.text = true;
                node.checks_text = except.is_some() || !self.any_text.get(*datatype).copied().unwrap_or_default();
            }
            Pattern::Value(_) | Pattern::List(_) => (node.text, node.checks_text) = (true, true),
            _ => {
                node.attributes = any(|part| part.attributes);
                node.checks_attributes = any(|part| part.checks_attributes);
                node.text = any(|part| part.text);
                node.checks_text = any(|part| part.checks_text);
            }
        }
        node
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_patterns_are_one_and_choices_are_sets() {
        let base = Table::default();
        let mut patterns = Patterns::above(&base, &[], Limits::default());
        patterns.keep_constants().unwrap();
        let (a, b) = (patterns.keep(Pattern::Element(0)).unwrap(), patterns.keep(Pattern::Element(1)).unwrap());
        let one = patterns.choice([a, b, NOT_ALLOWED]).unwrap();
        assert_eq!(one, patterns.choice([b, one, a]).unwrap());
        assert_eq!(patterns.choice([NOT_ALLOWED]).unwrap(), NOT_ALLOWED);
        assert_eq!(patterns.group(a, EMPTY).unwrap(), a);
        assert_eq!(patterns.group(a, NOT_ALLOWED).unwrap(), NOT_ALLOWED);
        assert_eq!(patterns.interleave(a, b).unwrap(), patterns.interleave(b, a).unwrap());
    }

    #[test]
    fn a_long_group_is_not_high() {
        let base = Table::default();
        let mut patterns = Patterns::above(&base, &[], Limits::default());
        patterns.keep_constants().unwrap();
        let parts: Vec<_> = (0..10_000).map(|at| patterns.keep(Pattern::Element(at)).unwrap()).collect();
        let all = patterns.groups(&parts).unwrap();
        assert!(patterns.node(all).height < 20);
    }

    #[test]
    fn limits_are_kept() {
        let base = Table::default();
        let mut patterns = Patterns::above(&base, &[], Limits { patterns: 4, height: 2, ..Limits::default() });
        patterns.keep_constants().unwrap();
        assert!(patterns.keep(Pattern::Element(0)).is_ok());
        assert_eq!(patterns.keep(Pattern::Element(1)), Err(Excess::Patterns(4)));
    }
}
