//! Our schemas against the official ones and against the transfers of others; how documents are made is in `schemas/`.

mod engine;
mod instance;
mod model;
mod mutate;
mod sets;

use std::collections::BTreeSet;

use engine::{Judge, compile};
use instance::{frame, rooted, ways, write};
use model::{Id, Model};
use mutate::{Mutation, named};
use sets::{VERSIONS, Version};

#[test]
fn seda_2_1_is_judged_as_by_the_official_schema() {
    compare(&VERSIONS[0]);
}

#[test]
fn seda_2_2_is_judged_as_by_the_official_schema() {
    compare(&VERSIONS[1]);
}

#[test]
fn seda_2_3_is_judged_as_by_the_official_schema() {
    compare(&VERSIONS[2]);
}

/// Counts of documents, and the first disagreements.
#[derive(Default)]
struct Tally {
    valid: usize,
    invalid: usize,
    disagreements: usize,
    narrower: usize,
    first: Vec<String>,
}

fn compare(version: &Version) {
    let Some(official) = version.official() else {
        return println!("skipped: the official schemas of SEDA {} are not at hand", version.name);
    };
    let model = Model::read(official.texts());
    let sets = [
        compile(&official, version.official_files[0]),
        compile(&version.strict(), version.strict_files()[0]),
        compile(&version.vitam(), version.vitam_files()[0]),
    ];
    let judges = sets.each_ref().map(Judge::new);
    let mut tally = Tally::default();
    let mut mutation = Mutation { model: &model, tried: BTreeSet::new() };
    for (kind, way) in ways(&model) {
        let (before, after) = frame(&model, &way, version.name);
        let declaration = way[way.len() - 1].0;
        let t0 = std::time::Instant::now(); let n0 = tally.valid + tally.invalid;
        for base in mutation.fillings(declaration, &kind) {
            let text = document(&base, &before, &after, version.name);
            assert_eq!(judges[0].fault(&text), None, "a document for {kind} should be valid: {text}");
            mutation.mutate(&base, &kind, &mut |mutant| {
                tally.judge(&judges, &document(mutant, &before, &after, version.name));
            });
        }
        println!("{kind} {} docs {:?} bytes {}", tally.valid + tally.invalid - n0, t0.elapsed(), before.len());
    }
    println!("SEDA {}: {} documents, {} valid, {} invalid, {} disagreements, {} narrower", version.name, tally.valid + tally.invalid, tally.valid, tally.invalid, tally.disagreements, tally.narrower);
    for f in &tally.first { println!("{f}\n"); }
    for tag in ["element", "attribute", "enumeration", "minLength"] {
        let all: BTreeSet<Id> = model.all("", tag).collect();
        let missing: Vec<&str> = all.difference(&mutation.tried).map(|id| model.attribute(*id, "value").unwrap_or(model.name(*id))).collect();
        println!("{tag}: {} missing {missing:?}", all.len());
    }
    assert_eq!(tally.disagreements + tally.narrower, 0);
}

impl Tally {
    fn judge(&mut self, judges: &[Judge<'_>; 3], document: &str) {
        let [official, strict, vitam] = judges;
        let (theirs, ours) = (official.fault(document), strict.fault(document));
        if theirs.is_none() { self.valid += 1 } else { self.invalid += 1 }
        if theirs.is_none() != ours.is_none() {
            self.disagreements += 1;
            if self.first.len() < 8 { self.first.push(format!("{theirs:?} / {ours:?}\n{document}")); }
        }
        if theirs.is_none() && let Some(fault) = vitam.fault(document) {
            self.narrower += 1;
            if self.first.len() < 8 { self.first.push(format!("vitam {fault}\n{document}")); }
        }
    }
}

fn document(element: &instance::Element, before: &str, after: &str, version: &str) -> String {
    let mut text = String::new();
    write(element, "n", &mut text);
    if before.is_empty() { rooted(&text, version) } else { format!("{before}{text}{after}") }
}
