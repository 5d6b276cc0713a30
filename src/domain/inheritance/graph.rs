//! The graph of units, and what is in force at each of them, computed from above downwards.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use crate::domain::{
    id::{ArchiveId, UnitId},
    inheritance::{How, InForce, Inherited, Origin, Rules, end_of},
    rule::{Category, CategoryRules, Rule, RuleUse},
};

/// A unit of the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The archive that holds it.
    pub archive: ArchiveId,
    /// The units just above it, of its archive or of others. One that is not in the graph counts for nothing.
    pub parents: Vec<UnitId>,
    /// What its `Management` says.
    pub said: Vec<CategoryRules>,
}

/// Units, with all that stands above them, and what their archives' headers say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    nodes: HashMap<UnitId, Node>,
    headers: HashMap<ArchiveId, Vec<CategoryRules>>,
}

impl Graph {
    /// Adds a unit, in the place of what was known of it.
    pub fn add(&mut self, unit: UnitId, node: Node) {
        self.nodes.insert(unit, node);
    }

    /// Adds what an archive's `ManagementMetadata` says.
    pub fn add_header(&mut self, archive: ArchiveId, said: Vec<CategoryRules>) {
        self.headers.insert(archive, said);
    }

    /// A unit.
    pub fn node(&self, unit: UnitId) -> Option<&Node> {
        self.nodes.get(&unit)
    }

    /// Whether nothing stands above a unit in its own archive: the header of that archive then speaks for it.
    pub fn is_root(&self, node: &Node) -> bool {
        let above = node.parents.iter().filter_map(|parent| self.nodes.get(parent));
        above.into_iter().all(|parent| parent.archive != node.archive)
    }

    /// The archives of its roots: those whose header counts.
    pub fn archives_of_roots(&self) -> HashSet<ArchiveId> {
        self.nodes.values().filter(|node| self.is_root(node)).map(|node| node.archive).collect()
    }
}

/// What is in force, computed once for each unit asked for and for each above it.
#[derive(Debug)]
pub struct Computation<'a> {
    pub(super) graph: &'a Graph,
    rules: &'a HashMap<String, Rule>,
    units: HashMap<UnitId, Rules>,
    headers: HashMap<ArchiveId, Rules>,
    nothing: Rules,
}

impl<'a> Computation<'a> {
    /// A computation on `graph` with the rules of a referential.
    pub fn new(graph: &'a Graph, rules: &'a HashMap<String, Rule>) -> Self {
        Self { graph, rules, units: HashMap::new(), headers: HashMap::new(), nothing: Rules::from([]) }
    }

    /// What is in force for a unit, without paths; nothing for one that the graph does not hold.
    ///
    /// The cost is linear in the units above that were not asked for before, without recursion. Where units form a loop,
    /// which no examination lets in, each is passed once.
    pub fn of(&mut self, unit: UnitId) -> Rules {
        let mut open: HashSet<UnitId> = HashSet::new();
        let mut path = vec![unit];
        while let Some(current) = path.last().copied() {
            let Some(node) = self.graph.nodes.get(&current).filter(|_| !self.units.contains_key(&current)) else {
                path.pop();
                continue;
            };
            if open.insert(current) {
                let waiting = |parent: &&UnitId| !self.units.contains_key(parent) && !open.contains(parent);
                path.extend(node.parents.iter().filter(waiting));
            } else {
                path.pop();
                let computed = self.joined(current, node);
                self.units.insert(current, computed);
            }
        }
        self.known(unit)
    }

    /// What is in force for a unit as far as it was computed.
    pub(super) fn known(&self, unit: UnitId) -> Rules {
        self.units.get(&unit).unwrap_or(&self.nothing).clone()
    }

    /// What comes to a unit from above, before it cuts anything: each source once.
    pub(super) fn above(&mut self, node: &Node) -> Vec<Rules> {
        let mut above: Vec<Rules> = Vec::new();
        let of_parents: Vec<Rules> = node.parents.iter().map(|parent| self.known(*parent)).collect();
        let of_header = self.graph.is_root(node).then(|| self.header(node.archive));
        for rules in of_parents.into_iter().chain(of_header) {
            if !rules.is_empty() && !above.iter().any(|known| Arc::ptr_eq(known, &rules)) {
                above.push(rules);
            }
        }
        above
    }

    /// What an archive's header says, as rules in force.
    fn header(&mut self, archive: ArchiveId) -> Rules {
        match self.headers.entry(archive) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(unknown) => {
                let said = self.graph.headers.get(&archive).map_or(&[][..], Vec::as_slice);
                let found = merged(&[], said, Origin::Archive(archive), self.rules);
                unknown.insert(if found.is_empty() { self.nothing.clone() } else { found.into() }).clone()
            }
        }
    }

    fn joined(&mut self, unit: UnitId, node: &Node) -> Rules {
        let above = self.above(node);
        match above.as_slice() {
            [] if node.said.is_empty() => self.nothing.clone(),
            [only] if node.said.is_empty() => only.clone(),
            _ => merged(&above, &node.said, Origin::Unit(unit), self.rules).into(),
        }
    }
}

/// What is in force where `above` comes down and `said` is said: by category, in canonical order.
fn merged(above: &[Rules], said: &[CategoryRules], by: Origin, rules: &HashMap<String, Rule>) -> Vec<InForce> {
    let of_category = |category| {
        let own = Own::of(said, category);
        let mut found = InForce::empty(category);
        for inherited in above.iter().flat_map(|rules| rules.iter()).filter(|one| one.category == category) {
            found.rules.extend(inherited.rules.iter().filter(|rule| own.lets_through(&rule.rule)).cloned());
            if own.cuts_action().is_none() {
                found.final_actions.extend(inherited.final_actions.iter().cloned());
            }
        }
        found.rules.extend(own.uses.iter().map(|used| Inherited {
            rule: used.rule.clone(),
            origin: by,
            start: used.start,
            end: end_of(category, used, rules.get(&used.rule)),
            paths: Vec::new(),
        }));
        found.final_actions.extend(own.final_actions.iter().map(|action| ((*action).to_owned(), by)));
        found.rules.sort();
        found.rules.dedup();
        found.final_actions.sort();
        found.final_actions.dedup();
        found
    };
    let something = |found: &InForce| !found.rules.is_empty() || !found.final_actions.is_empty();
    Category::ALL.into_iter().map(of_category).filter(something).collect()
}

/// What a unit says itself of one category.
pub(super) struct Own<'a> {
    uses: Vec<&'a RuleUse>,
    pub(super) prevents: bool,
    refused: Vec<&'a str>,
    final_actions: Vec<&'a str>,
}

impl<'a> Own<'a> {
    pub(super) fn of(said: &'a [CategoryRules], category: Category) -> Self {
        let own = || said.iter().filter(move |one| one.category == category);
        Self {
            uses: own().flat_map(|one| &one.rules).collect(),
            prevents: own().any(|one| one.prevent_inheritance),
            refused: own().flat_map(|one| &one.ref_non_rule_ids).map(String::as_str).collect(),
            final_actions: own().filter_map(|one| one.final_action.as_deref()).collect(),
        }
    }

    /// Whether a rule from above comes down to and through the unit.
    pub(super) fn lets_through(&self, rule: &str) -> bool {
        self.cuts_rule(rule).is_none()
    }

    /// Why a rule from above does not come down to the unit.
    pub(super) fn cuts_rule(&self, rule: &str) -> Option<How> {
        if self.prevents {
            Some(How::PreventInheritance)
        } else if self.refused.contains(&rule) {
            Some(How::RefNonRuleId)
        } else {
            self.uses.iter().any(|used| used.rule == rule).then_some(How::Redefined)
        }
    }

    /// Why a final action from above does not come down to the unit.
    pub(super) fn cuts_action(&self) -> Option<How> {
        if self.final_actions.is_empty() {
            self.prevents.then_some(How::PreventInheritance)
        } else {
            Some(How::FinalAction)
        }
    }
}
