//! Where each rule in force for one unit comes from: by which paths, and what is cut on the way.

use std::collections::{BTreeSet, HashSet};

use crate::domain::{
    id::UnitId,
    inheritance::{Computation, Cut, InForce, Inherited, Origin, graph::Own},
    rule::Category,
};

/// The most paths told of one rule: a graph of diamonds has more than anybody can read.
pub const PATHS: usize = 100;

impl Computation<'_> {
    /// What is in force for a unit, with the paths by which it comes and what is cut on the way.
    pub fn explained(&mut self, unit: UnitId) -> Vec<InForce> {
        let known = self.of(unit);
        let explain = |category| {
            let found = known.iter().find(|one| one.category == category).cloned();
            let mut found = found.unwrap_or_else(|| InForce::empty(category));
            for rule in &mut found.rules {
                rule.paths = self.paths(unit, category, rule);
            }
            found.cuts = self.cuts(unit, category);
            found
        };
        let something =
            |found: &InForce| !found.rules.is_empty() || !found.final_actions.is_empty() || !found.cuts.is_empty();
        Category::ALL.into_iter().map(explain).filter(something).collect()
    }

    /// The paths by which a rule comes to a unit, at most `PATHS`. Only ways that lead to the origin are gone.
    fn paths(&self, unit: UnitId, category: Category, rule: &Inherited) -> Vec<Vec<UnitId>> {
        let mut paths = Vec::new();
        let mut path: Vec<(UnitId, Vec<UnitId>)> = vec![(unit, self.ways_up(unit, category, rule, &mut paths, &[]))];
        while let Some((_, ways)) = path.last_mut() {
            if paths.len() >= PATHS {
                break;
            }
            let Some(next) = ways.pop() else {
                path.pop();
                continue;
            };
            let below: Vec<UnitId> = path.iter().map(|(step, _)| *step).collect();
            if !below.contains(&next) {
                let ways = self.ways_up(next, category, rule, &mut paths, &below);
                path.push((next, ways));
            }
        }
        paths
    }

    /// The parents of `at` from which a rule comes down to it, the last first. Where the rule begins at `at`, the path is
    /// told.
    fn ways_up(
        &self,
        at: UnitId,
        category: Category,
        rule: &Inherited,
        paths: &mut Vec<Vec<UnitId>>,
        below: &[UnitId],
    ) -> Vec<UnitId> {
        let Some(node) = self.graph.node(at) else { return Vec::new() };
        let begins = match rule.origin {
            Origin::Unit(origin) => origin == at,
            Origin::Archive(archive) => archive == node.archive && self.graph.is_root(node),
        };
        if begins && (rule.origin == Origin::Unit(at) || Own::of(&node.said, category).lets_through(&rule.rule)) {
            paths.push(below.iter().copied().chain([at]).collect());
        }
        if rule.origin == Origin::Unit(at) || !Own::of(&node.said, category).lets_through(&rule.rule) {
            return Vec::new();
        }
        let comes_from = |parent: &UnitId| {
            let known = self.known(*parent);
            let same = |one: &Inherited| (&one.rule, one.origin, one.start) == (&rule.rule, rule.origin, rule.start);
            known.iter().any(|one| one.category == category && one.rules.iter().any(same))
        };
        node.parents.iter().rev().copied().filter(comes_from).collect()
    }

    /// What is cut at a unit, and at those above it from which something of the category comes down.
    fn cuts(&mut self, unit: UnitId, category: Category) -> Vec<Cut> {
        let (mut cuts, mut seen, mut waiting) = (BTreeSet::new(), HashSet::from([unit]), vec![unit]);
        while let Some(by) = waiting.pop() {
            let Some(node) = self.graph.node(by) else { continue };
            let own = Own::of(&node.said, category);
            for above in self.above(node).iter().flat_map(|rules| rules.iter()).filter(|one| one.category == category) {
                let rules = above.rules.iter().map(|rule| (own.cuts_rule(&rule.rule), &rule.rule, rule.origin));
                let actions = above.final_actions.iter().map(|(action, by)| (own.cuts_action(), action, *by));
                for (how, what, origin) in rules.chain(actions) {
                    cuts.extend(how.map(|how| Cut { by, how, what: what.clone(), origin }));
                }
            }
            if !own.prevents {
                waiting.extend(node.parents.iter().copied().filter(|parent| seen.insert(*parent)));
            }
        }
        cuts.into_iter().collect()
    }
}
