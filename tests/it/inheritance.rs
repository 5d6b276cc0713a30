//! The laws of inheritance, against a model that walks every path of small graphs.

#![expect(clippy::indexing_slicing, reason = "a test that cannot go on stops; what it prints is for its reader")]

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cartulaire::domain::{
    id::{ArchiveId, UnitId},
    inheritance::{Computation, End, FinalAction, Graph, How, InForce, Node, Origin, PATHS, end_of},
    rule::{Category, CategoryRules, Duration, Rule, RuleUse},
};
use chrono::NaiveDate;
use proptest::prelude::*;

const CATEGORIES: [Category; 3] = [Category::Appraisal, Category::Access, Category::Hold];

/// A unit of the model: the places of its parents, all before its own.
#[derive(Clone, Debug)]
struct Made {
    archive: usize,
    parents: Vec<usize>,
    said: Vec<CategoryRules>,
}

#[derive(Clone, Debug)]
struct World {
    units: Vec<Made>,
    headers: Vec<Vec<CategoryRules>>,
}

fn unit(place: usize) -> UnitId {
    format!("00000000-0000-7000-8000-{place:012}").parse().unwrap()
}

fn archive(place: usize) -> ArchiveId {
    format!("00000000-0000-7000-9000-{place:012}").parse().unwrap()
}

impl World {
    fn graph(&self) -> Graph {
        let mut graph = Graph::default();
        for (place, made) in self.units.iter().enumerate() {
            let parents = made.parents.iter().map(|parent| unit(*parent)).collect();
            graph.add(unit(place), Node { archive: archive(made.archive), parents, said: made.said.clone() });
        }
        for (place, said) in self.headers.iter().enumerate() {
            graph.add_header(archive(place), said.clone());
        }
        graph
    }

    /// What is in force at every unit, with paths.
    fn explained(&self, rules: &HashMap<String, Rule>) -> Vec<Vec<InForce>> {
        let graph = self.graph();
        let mut computation = Computation::new(&graph, rules);
        (0..self.units.len()).map(|place| computation.explained(unit(place))).collect()
    }

    fn is_root(&self, place: usize) -> bool {
        let made = &self.units[place];
        made.parents.iter().all(|parent| self.units[*parent].archive != made.archive)
    }

    /// Every way up from a unit, each from the unit itself.
    fn ways(&self, place: usize) -> Vec<Vec<usize>> {
        let mut ways = vec![vec![place]];
        let parents: BTreeSet<usize> = self.units[place].parents.iter().copied().collect();
        for parent in parents {
            ways.extend(self.ways(parent).into_iter().map(|way| [vec![place], way].concat()));
        }
        ways
    }

    fn said(&self, place: usize, category: Category) -> impl Iterator<Item = &CategoryRules> {
        self.units[place].said.iter().filter(move |one| one.category == category)
    }

    fn header(&self, place: usize, category: Category) -> impl Iterator<Item = &CategoryRules> {
        self.headers[self.units[place].archive].iter().filter(move |one| one.category == category)
    }

    /// Whether every unit of a way lets a rule from above through.
    fn lets_rule(&self, way: &[usize], category: Category, rule: &str) -> bool {
        way.iter().flat_map(|place| self.said(*place, category)).all(|said| {
            let names = said.rules.iter().any(|used| used.rule == rule);
            !said.prevent_inheritance && !said.ref_non_rule_ids.iter().any(|id| id == rule) && !names
        })
    }

    fn lets_action(&self, way: &[usize], category: Category) -> bool {
        let said = way.iter().flat_map(|place| self.said(*place, category));
        said.into_iter().all(|said| !said.prevent_inheritance && said.final_action.is_none())
    }

    /// What the law says of a unit, path by path.
    fn model(&self, place: usize, category: Category) -> Modelled {
        let mut found = Modelled::default();
        for way in self.ways(place) {
            let (Some(last), Some(below)) = (way.last(), way.get(..way.len() - 1)) else { continue };
            let path: Vec<UnitId> = way.iter().map(|step| unit(*step)).collect();
            for said in self.said(*last, category) {
                for used in said.rules.iter().filter(|used| self.lets_rule(below, category, &used.rule)) {
                    found.add(used, Origin::Unit(unit(*last)), &path);
                }
                if let Some(action) = said.final_action.as_ref().filter(|_| self.lets_action(below, category)) {
                    found.actions.insert((action.clone(), Origin::Unit(unit(*last))));
                }
            }
            if self.is_root(*last) {
                let origin = Origin::Archive(archive(self.units[*last].archive));
                for said in self.header(*last, category) {
                    for used in said.rules.iter().filter(|used| self.lets_rule(&way, category, &used.rule)) {
                        found.add(used, origin, &path);
                    }
                    if let Some(action) = said.final_action.as_ref().filter(|_| self.lets_action(&way, category)) {
                        found.actions.insert((action.clone(), origin));
                    }
                }
            }
        }
        found
    }
}

type Known = (String, Origin, Option<NaiveDate>, Option<NaiveDate>);

#[derive(Debug, Default, PartialEq)]
struct Modelled {
    rules: BTreeMap<Known, BTreeSet<Vec<UnitId>>>,
    actions: BTreeSet<(String, Origin)>,
}

impl Modelled {
    fn add(&mut self, used: &RuleUse, origin: Origin, path: &[UnitId]) {
        let key = (used.rule.clone(), origin, used.start, None);
        self.rules.entry(key).or_default().insert(path.to_vec());
    }

    /// What the program found, in the model's words.
    fn of(found: Option<&InForce>) -> Self {
        let Some(found) = found else { return Self::default() };
        let rules = found.rules.iter().map(|rule| {
            ((rule.rule.clone(), rule.origin, rule.start, None), rule.paths.iter().cloned().collect::<BTreeSet<_>>())
        });
        Self { rules: rules.collect(), actions: found.final_actions.iter().cloned().collect() }
    }
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (1950..2100_i32, 1..=12_u32, 1..=28_u32).prop_map(|(y, m, d)| NaiveDate::from_ymd_opt(y, m, d).unwrap())
}

fn used() -> impl Strategy<Value = RuleUse> {
    (0..4_u32, proptest::option::of(day())).prop_map(|(rule, start)| RuleUse {
        rule: format!("R{rule}"),
        start,
        hold_end: None,
    })
}

fn category_rules() -> impl Strategy<Value = CategoryRules> {
    let refused = proptest::collection::btree_set((0..4_u32).prop_map(|rule| format!("R{rule}")), 0..2);
    let action = proptest::option::weighted(0.4, prop_oneof![Just("Keep".to_owned()), Just("Destroy".to_owned())]);
    let rules = proptest::collection::vec(used(), 0..3);
    (proptest::sample::select(&CATEGORIES), rules, proptest::bool::weighted(0.15), refused, action).prop_map(
        |(category, rules, prevent_inheritance, refused, final_action)| CategoryRules {
            category,
            rules,
            prevent_inheritance,
            ref_non_rule_ids: refused.into_iter().collect(),
            final_action,
        },
    )
}

fn said() -> impl Strategy<Value = Vec<CategoryRules>> {
    proptest::collection::vec(category_rules(), 0..3).prop_map(|mut said| {
        said.sort_by_key(|one| one.category);
        said.dedup_by_key(|one| one.category);
        said
    })
}

fn world() -> impl Strategy<Value = World> {
    (1..8_usize).prop_flat_map(|n| {
        let parents: Vec<_> = (0..n).map(|at| proptest::collection::btree_set(0..at.max(1), 0..=at.min(3))).collect();
        let places = (proptest::collection::vec(0..2_usize, n), parents);
        let said = (proptest::collection::vec(said(), n), proptest::collection::vec(said(), 2));
        (places, said).prop_map(|((archives, parents), (said, headers))| {
            let units = archives.into_iter().zip(parents).zip(said).enumerate();
            let made = |(at, ((archive, parents), said)): (usize, ((usize, BTreeSet<usize>), _))| Made {
                archive,
                parents: parents.into_iter().filter(|parent| *parent < at).collect(),
                said,
            };
            World { units: units.map(made).collect(), headers }
        })
    })
}

/// A referential in which every rule lasts so many years; `R3` it does not hold.
fn referential(category: Category, years: [u32; 3]) -> HashMap<String, Rule> {
    let rule = |(at, years)| {
        let identifier = format!("R{at}");
        let duration = Some(Duration::Years(years));
        (identifier.clone(), Rule { identifier, category, value: String::new(), description: None, duration })
    };
    years.into_iter().enumerate().map(rule).collect()
}

fn one(found: &[InForce], category: Category) -> Option<&InForce> {
    found.iter().find(|one| one.category == category)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_in_force_is_what_every_path_brings(world in world()) {
        let rules = referential(Category::Access, [1, 2, 3]);
        for (place, found) in world.explained(&rules).iter().enumerate() {
            for category in CATEGORIES {
                let told = Modelled::of(one(found, category));
                prop_assert_eq!(told, world.model(place, category), "unit {} {:?}", place, category);
            }
        }
    }

    #[test]
    fn each_rule_ends_as_its_origin_says_and_the_last_end_is_the_greatest(world in world()) {
        let rules = referential(Category::Access, [1, 2, 3]);
        for found in world.explained(&rules) {
            for in_force in found {
                for inherited in &in_force.rules {
                    let used = RuleUse { rule: inherited.rule.clone(), start: inherited.start, hold_end: None };
                    prop_assert_eq!(inherited.end, end_of(in_force.category, &used, rules.get(&inherited.rule)));
                }
                let ends: BTreeSet<End> = in_force.rules.iter().map(|rule| rule.end).collect();
                prop_assert_eq!(in_force.last_end(), ends.last().copied());
            }
        }
    }

    #[test]
    fn a_longer_duration_never_brings_an_end_nearer(world in world(), years in [0..200_u32, 0..200, 0..200], more in 0..200_u32) {
        let (short, long) = (referential(Category::Access, years), referential(Category::Access, years.map(|y| y + more)));
        for (before, after) in world.explained(&short).iter().zip(world.explained(&long)) {
            for (before, after) in before.iter().zip(&after) {
                prop_assert_eq!(before.category, after.category);
                prop_assert!(before.last_end() <= after.last_end());
            }
        }
    }

    #[test]
    fn an_ancestor_more_takes_no_rule_away_from_what_units_say_themselves(
        world in world(), said in said(), child in any::<prop::sample::Index>(),
    ) {
        let mut grown = world.clone();
        let (child, new) = (child.index(world.units.len()), world.units.len());
        grown.units.push(Made { archive: 0, parents: Vec::new(), said });
        grown.units[child].parents.push(new);
        let rules = referential(Category::Access, [1, 2, 3]);
        for (place, (before, after)) in world.explained(&rules).iter().zip(grown.explained(&rules)).enumerate() {
            for category in CATEGORIES {
                let own = |found: &[InForce]| -> Vec<_> {
                    let rules = one(found, category).into_iter().flat_map(|found| found.rules.clone());
                    rules.filter(|rule| rule.origin == Origin::Unit(unit(place))).collect()
                };
                prop_assert_eq!(own(before), own(&after));
            }
        }
    }

    #[test]
    fn prevent_inheritance_cuts_one_category_and_no_other(world in world(), at in any::<prop::sample::Index>()) {
        let (at, cut) = (at.index(world.units.len()), Category::Access);
        let mut cutting = world.clone();
        match cutting.units[at].said.iter_mut().find(|said| said.category == cut) {
            Some(said) => said.prevent_inheritance = true,
            None => cutting.units[at].said.push(CategoryRules {
                category: cut,
                rules: Vec::new(),
                prevent_inheritance: true,
                ref_non_rule_ids: Vec::new(),
                final_action: None,
            }),
        }
        let rules = referential(Category::Access, [1, 2, 3]);
        let (before, after) = (world.explained(&rules), cutting.explained(&rules));
        for (before, after) in before.iter().zip(&after) {
            for category in CATEGORIES.into_iter().filter(|category| *category != cut) {
                prop_assert_eq!(one(before, category), one(after, category));
            }
        }
        let own = Origin::Unit(unit(at));
        if let Some(found) = one(&after[at], cut) {
            prop_assert!(found.rules.iter().all(|rule| rule.origin == own));
            prop_assert!(found.final_actions.iter().all(|(_, origin)| *origin == own));
        }
    }

    #[test]
    fn the_order_of_parents_and_of_units_changes_nothing(world in world()) {
        let mut turned = world.clone();
        turned.units.iter_mut().for_each(|made| made.parents.reverse());
        let rules = referential(Category::Appraisal, [1, 2, 3]);
        let graph = turned.graph();
        let mut computation = Computation::new(&graph, &rules);
        let mut from_below: Vec<_> = (0..turned.units.len()).rev().map(|place| computation.of(unit(place))).collect();
        from_below.reverse();
        for (explained, known) in world.explained(&rules).iter().zip(from_below) {
            let bare: Vec<InForce> = explained.iter().cloned().filter_map(bare).collect();
            prop_assert_eq!(bare.as_slice(), &*known);
        }
    }

    #[test]
    fn a_conflict_is_one_whichever_side_is_named_first(world in world()) {
        let rules = referential(Category::Appraisal, [1, 2, 3]);
        let mut swapped = world.clone();
        let own = swapped.units.iter_mut().flat_map(|made| &mut made.said);
        for said in own.chain(swapped.headers.iter_mut().flatten()) {
            said.final_action = said.final_action.take().map(|action| {
                if action == "Keep" { "Destroy".to_owned() } else { "Keep".to_owned() }
            });
        }
        for (found, other) in world.explained(&rules).iter().zip(swapped.explained(&rules)) {
            for category in CATEGORIES {
                let action = |found: &[InForce]| match one(found, category).map(InForce::final_action) {
                    None | Some(FinalAction::None) => None,
                    Some(FinalAction::One(action)) => Some(action.to_owned()),
                    Some(FinalAction::Conflict) => Some("CONFLICT".to_owned()),
                };
                let turned = |action: Option<String>| action.map(|action| match action.as_str() {
                    "Keep" => "Destroy".to_owned(),
                    "Destroy" => "Keep".to_owned(),
                    _ => action,
                });
                prop_assert_eq!(turned(action(found)), action(&other));
            }
        }
    }

    #[test]
    fn an_end_is_never_before_its_start(start in day(), count in 0..20_000_u32, kind in 0..3_u8) {
        let duration = match kind {
            0 => Duration::Days(count),
            1 => Duration::Months(count),
            _ => Duration::Years(count),
        };
        let used = RuleUse { rule: "R0".to_owned(), start: Some(start), hold_end: None };
        let (identifier, value) = ("R0".to_owned(), String::new());
        let rule = Rule { identifier, category: Category::Access, value, description: None, duration: Some(duration) };
        match end_of(Category::Access, &used, Some(&rule)) {
            End::Day(end) => prop_assert!(end >= start && end.format("%Y").to_string().len() == 4),
            End::Never => prop_assert!(count > 6_000),
            End::Unknown => prop_assert!(false, "it has a start and a rule"),
        }
    }
}

/// Without what only an explanation tells.
fn bare(mut found: InForce) -> Option<InForce> {
    found.cuts.clear();
    found.rules.iter_mut().for_each(|rule| rule.paths.clear());
    (!found.rules.is_empty() || !found.final_actions.is_empty()).then_some(found)
}

fn saying(rule: &str, final_action: Option<&str>) -> Vec<CategoryRules> {
    let start = NaiveDate::from_ymd_opt(2000, 1, 1);
    vec![CategoryRules {
        category: Category::Appraisal,
        rules: vec![RuleUse { rule: rule.to_owned(), start, hold_end: None }],
        prevent_inheritance: false,
        ref_non_rule_ids: Vec::new(),
        final_action: final_action.map(str::to_owned),
    }]
}

#[test]
fn a_chain_of_a_hundred_thousand_units_is_walked_without_recursion_and_shares_what_comes_down() {
    let mut units = vec![Made { archive: 0, parents: Vec::new(), said: saying("R0", Some("Keep")) }];
    units.extend((1..100_000).map(|at| Made { archive: 0, parents: vec![at - 1], said: Vec::new() }));
    let (graph, rules) = (World { units, headers: Vec::new() }.graph(), referential(Category::Appraisal, [5; 3]));
    let mut computation = Computation::new(&graph, &rules);
    let (last, first) = (computation.of(unit(99_999)), computation.of(unit(0)));
    assert_eq!(last[0].last_end(), Some(End::Day("2005-01-01".parse().unwrap())));
    assert!(std::sync::Arc::ptr_eq(&last, &first));
}

#[test]
fn of_a_graph_with_a_billion_paths_a_hundred_are_told() {
    let mut units = vec![Made { archive: 0, parents: Vec::new(), said: saying("R0", None) }];
    for _ in 0..30 {
        let top = units.len() - 1;
        let side = Made { archive: 0, parents: vec![top], said: Vec::new() };
        units.extend([side.clone(), side]);
        units.push(Made { archive: 0, parents: vec![top + 1, top + 2], said: Vec::new() });
    }
    let world = World { units, headers: Vec::new() };
    let (graph, rules) = (world.graph(), HashMap::new());
    let found = Computation::new(&graph, &rules).explained(unit(world.units.len() - 1));
    let paths: BTreeSet<_> = found[0].rules[0].paths.iter().collect();
    assert_eq!(paths.len(), PATHS);
    assert!(paths.iter().all(|path| path.len() == 61 && path.last() == Some(&unit(0))));
}

#[test]
fn units_that_form_a_loop_are_passed_once_each() {
    let loops = Made { archive: 0, parents: vec![1], said: saying("R0", None) };
    let back = Made { archive: 1, parents: vec![0], said: saying("R1", None) };
    let world = World { units: vec![loops, back], headers: Vec::new() };
    let found = world.explained(&HashMap::new());
    let rules: Vec<&str> = found[0][0].rules.iter().map(|rule| rule.rule.as_str()).collect();
    assert_eq!(rules, ["R0", "R1"]);
}

#[test]
fn what_is_cut_is_told_with_who_cuts_it() {
    let mut cutting = saying("R1", Some("Keep"));
    cutting[0].ref_non_rule_ids = vec!["R0".to_owned()];
    let units = vec![
        Made { archive: 0, parents: Vec::new(), said: saying("R0", Some("Destroy")) },
        Made { archive: 0, parents: vec![0], said: cutting },
        Made { archive: 0, parents: vec![1], said: Vec::new() },
    ];
    let headers = vec![saying("R1", None)];
    let found = World { units, headers }.explained(&HashMap::new());
    let told: Vec<_> = found[2][0].cuts.iter().map(|cut| (cut.by, cut.how, cut.what.as_str(), cut.origin)).collect();
    assert_eq!(
        told,
        [
            (unit(1), How::RefNonRuleId, "R0", Origin::Unit(unit(0))),
            (unit(1), How::Redefined, "R1", Origin::Archive(archive(0))),
            (unit(1), How::FinalAction, "Destroy", Origin::Unit(unit(0))),
        ]
    );
    assert_eq!(found[2][0].final_action(), FinalAction::One("Keep"));
}
