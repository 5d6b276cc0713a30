//! The differential test: documents made from the official schema, and their mutants, judged by it and by ours.

use std::{
    collections::{BTreeSet, HashSet, hash_map::DefaultHasher},
    fs,
    hash::{Hash, Hasher},
    path::Path,
    process::Command,
};

use crate::schemas::{
    engine::{Documents, Judge, compile},
    instance::{Element, Step, frame, rooted, ways, write},
    model::Model,
    mutate::{Mutation, named},
    sets::{VERSIONS, Version},
};

/// Of how many documents one is shown to `xmllint` too.
const SAMPLED: usize = 250;

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

fn compare(version: &Version) {
    let Some(official) = version.official() else {
        return println!("skipped: the official schemas of SEDA {} are not at hand", version.name);
    };
    let model = Model::read(official.texts());
    same_names(&model, &Model::read(version.strict().texts()));
    let sets = [
        compile(&official, version.official_files[0]),
        compile(&version.strict(), version.strict_files()[0]),
        compile(&version.vitam(), version.vitam_files()[0]),
    ];
    let mut tally = Tally::new(sets.each_ref().map(Judge::new));
    let mut mutation = Mutation { model: &model, tried: BTreeSet::new() };
    let ways = ways(&model);
    for (kind, way) in &ways {
        every_mutant(&mut mutation, kind, way, version, &mut tally);
    }
    strangers(&mut mutation, &ways["SignatureMessageType"], version, &mut tally);
    roots(&mut mutation, version, &mut tally);
    tally.tell(version.name, &mutation);
    covered(&mutation);
    assert_eq!(tally.faults, Vec::<String>::new(), "the schemas of SEDA {} disagree", version.name);
    xmllint(&official, version, &tally.sample);
}

/// What is declared globally can be named in a document, by `xsi:type` or as an element: the names must be the same.
fn same_names(official: &Model, ours: &Model) {
    for kind in ["type", "element", "attribute"] {
        assert!(official.names(kind).eq(ours.names(kind)), "our schemas do not declare the same names as a {kind}");
    }
}

/// All fillings of the type `kind` where `way` leads, and their mutants; the fillings themselves must be valid.
fn every_mutant(mutation: &mut Mutation<'_>, kind: &str, way: &[Step], version: &Version, tally: &mut Tally<'_>) {
    let (before, after) = frame(mutation.model, way, version.name);
    for base in mutation.fillings(way[way.len() - 1].0, kind) {
        let text = document(&base, &before, &after, version);
        assert_eq!(tally.judges[0].fault(&text), None, "a document for {kind} should be valid: {text}");
        tally.judge(&text);
        mutation.mutate(&base, kind, &mut |mutant| tally.judge(&document(mutant, &before, &after, version)));
    }
}

/// Elements of another namespace in an open type: they bring attributes, types and elements that the schemas know.
fn strangers(mutation: &mut Mutation<'_>, way: &[Step], version: &Version, tally: &mut Tally<'_>) {
    let model = mutation.model;
    let (before, after) = frame(model, way, version.name);
    let name = model.name(way[way.len() - 1].0);
    let (before, after) = (format!("{before}<{name}>"), format!("</{name}>{after}"));
    let mut judge = |stranger: &Element| tally.judge(&document(stranger, &before, &after, version));
    for attribute in model.names("attribute") {
        let declared = model.global("attribute", attribute).unwrap();
        mutation.tried.insert(declared);
        let values = [
            mutation.values(&model.type_of(declared), true),
            mutation.values_around(model.facets_below(declared), false),
        ];
        for value in values.concat() {
            judge(&Element { attributes: vec![(attribute.to_owned(), value)], ..named("x:e") });
        }
    }
    for element in model.names("element") {
        mutation.tried.insert(model.global("element", element).unwrap());
        judge(&named(element));
        judge(&Element { children: vec![named(element)], ..named("x:e") });
    }
    for kind in model.names("type") {
        let typed = Element { attributes: vec![("xsi:type".to_owned(), kind.to_owned())], ..named("x:e") };
        judge(&typed);
        judge(&Element { children: vec![named("x:f")], ..typed.clone() });
        if model.is_simple(kind) {
            for text in mutation.values(kind, false) {
                judge(&Element { text, ..typed.clone() });
            }
        }
        if kind.starts_with("xlink:") && !model.is_simple(kind) {
            for mut base in mutation.fillings(model.global("element", "xlink:title").unwrap(), kind) {
                base.name = "x:e".to_owned();
                base.attributes.retain(|(name, _)| name != "xsi:type");
                base.attributes.push(("xsi:type".to_owned(), kind.to_owned()));
                mutation.mutate(&base, kind, &mut judge);
            }
        }
    }
}

/// What may stand at the top: every element and every type, in this namespace, in another and in none.
fn roots(mutation: &mut Mutation<'_>, version: &Version, tally: &mut Tally<'_>) {
    let model = mutation.model;
    for name in model.names("element").chain(["Inconnu", "x:inconnu"]) {
        mutation.tried.extend(model.global("element", name));
        let kind =
            model.global("element", name).map_or_else(|| "ArchiveTransferType".to_owned(), |id| model.type_of(id));
        for base in mutation.fillings(model.global("element", "ArchiveTransfer").unwrap(), &kind) {
            let text = document(&Element { name: name.to_owned(), ..base }, "", "", version);
            tally.judge(&text);
            tally.judge(&text.replacen(&format!("seda:v{}", version.name), "seda:v9.9", 1));
            tally.judge(&text.replacen(" xmlns=", " xmlns:sans=", 1));
        }
    }
    for kind in model.names("type") {
        let base = mutation.fillings(model.global("element", "ArchiveTransfer").unwrap(), kind).remove(0);
        tally.judge(&document(&base, "", "", version));
    }
}

fn document(element: &Element, before: &str, after: &str, version: &Version) -> String {
    let mut text = String::new();
    write(element, "n", &mut text);
    if before.is_empty() { rooted(&text, version.name) } else { format!("{before}{text}{after}") }
}

/// Every element, attribute and facet that the official documents declare was changed at least once.
fn covered(mutation: &Mutation<'_>) {
    for id in mutation.model.subjects() {
        let (node, name) = (mutation.model.node(id), mutation.model.name(id));
        assert!(
            mutation.tried.contains(&id),
            "{} {name} {:?} was never tried",
            node.tag,
            mutation.model.attribute(id, "value")
        );
    }
}

/// The judges, what they said, and where they disagree.
struct Tally<'a> {
    judges: [Judge<'a>; 3],
    seen: HashSet<u64>,
    valid: usize,
    sample: Vec<String>,
    faults: Vec<String>,
}

impl<'a> Tally<'a> {
    fn new(judges: [Judge<'a>; 3]) -> Self {
        Self { judges, seen: HashSet::new(), valid: 0, sample: Vec::new(), faults: Vec::new() }
    }

    /// Has a document judged, unless it has been: ours must agree with the official, and VITAM's take what it takes.
    fn judge(&mut self, document: &str) {
        let mut hasher = DefaultHasher::new();
        document.hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return;
        }
        if self.seen.len() % SAMPLED == 0 {
            self.sample.push(document.to_owned());
        }
        let [official, strict, vitam] = &self.judges;
        let (theirs, ours) = (official.fault(document), strict.fault(document));
        if theirs.is_some() != ours.is_some() {
            self.faults.push(format!("official {theirs:?}, ours {ours:?}: {document}"));
        }
        if theirs.is_none() {
            self.valid += 1;
            self.faults.extend(vitam.fault(document).map(|fault| format!("VITAM's refuses, {fault}: {document}")));
        }
    }

    fn tell(&self, version: &str, mutation: &Mutation<'_>) {
        let count = |tag: &str| mutation.tried.iter().filter(|id| mutation.model.node(**id).tag == tag).count();
        let (elements, attributes, listed) = (count("element"), count("attribute"), count("enumeration"));
        let facets = mutation.tried.len() - elements - attributes - listed;
        println!(
            "SEDA {version}: {elements} elements, {attributes} attributes, {listed} enumerated values and {facets} other facets \
             changed in {} documents, {} valid and {} invalid; {} disagreements",
            self.seen.len(),
            self.valid,
            self.seen.len() - self.valid,
            self.faults.len(),
        );
    }
}

/// Shows the sample to another engine, against the official schema and against ours.
fn xmllint(official: &Documents, version: &Version, sample: &[String]) {
    if Command::new("xmllint").arg("--version").output().is_err() {
        return println!("skipped: xmllint is not installed, SEDA {} was judged by one engine", version.name);
    }
    let folder = tempfile::tempdir().unwrap();
    let (theirs, ours, documents) =
        (folder.path().join("theirs"), folder.path().join("ours"), folder.path().join("documents"));
    official.write(&theirs);
    version.strict().write(&ours);
    fs::create_dir(&documents).unwrap();
    for (at, text) in sample.iter().enumerate() {
        fs::write(documents.join(format!("{at}.xml")), text).unwrap();
    }
    let theirs = verdicts(&theirs.join(version.official_files[0]), &documents, sample.len());
    let ours = verdicts(&ours.join(version.strict_files()[0]), &documents, sample.len());
    let apart: Vec<&String> =
        sample.iter().zip(theirs.iter().zip(&ours)).filter(|(_, (a, b))| a != b).map(|(text, _)| text).collect();
    println!("SEDA {}: xmllint judged {} of them, {} disagreements", version.name, sample.len(), apart.len());
    assert!(theirs.contains(&true) && theirs.contains(&false), "xmllint does not tell documents apart");
    assert_eq!(apart, Vec::<&String>::new(), "xmllint finds our schema to differ from the official one");
}

/// Whether each document is valid in the eyes of `xmllint`.
fn verdicts(schema: &Path, documents: &Path, count: usize) -> Vec<bool> {
    let mut command = Command::new("xmllint");
    command.args(["--noout", "--nonet", "--schema"]).arg(schema).current_dir(documents);
    let output = command.args((0..count).map(|at| format!("{at}.xml"))).output().unwrap();
    let told: BTreeSet<String> = String::from_utf8_lossy(&output.stderr).lines().map(str::to_owned).collect();
    (0..count).map(|at| told.contains(&format!("{at}.xml validates"))).collect()
}
