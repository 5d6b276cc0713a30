//! The differential test: documents made from the official schema, and their mutants, judged by it and by ours.

use std::{
    collections::{BTreeSet, HashMap, hash_map::DefaultHasher},
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

/// Of how many documents one is shown to `xmllint` too; what strangers bring is all shown, because our engine does not
/// look whether the type that a stranger names is abstract.
const SAMPLED: usize = 50;

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
    let sets = [compile(&official), compile(&version.strict()), compile(&version.vitam())];
    let mut tally = Tally::new(sets.each_ref().map(Judge::new));
    let mut mutation = Mutation { model: &model, tried: BTreeSet::new() };
    every_document(&mut mutation, version, &mut |text| tally.judge(text));
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

/// Has every document made from the model judged; `judge` says whether the official schema takes it.
fn every_document(mutation: &mut Mutation<'_>, version: &Version, judge: &mut dyn FnMut(&str) -> bool) {
    let ways = ways(mutation.model);
    for (kind, way) in &ways {
        every_mutant(mutation, kind, way, version, judge);
    }
    let (before, after) = frame(mutation.model, &ways["SignatureMessageType"], version.name);
    let frame = (format!("{before}<Signature>"), format!("</Signature>{after}"));
    strangers(mutation, &mut |stranger| {
        judge(&document(stranger, &frame.0, &frame.1, version));
    });
    roots(mutation, version, judge);
}

/// All fillings of the type `kind` where `way` leads, and their mutants; the fillings themselves must be valid.
fn every_mutant(
    mutation: &mut Mutation<'_>,
    kind: &str,
    way: &[Step],
    version: &Version,
    judge: &mut dyn FnMut(&str) -> bool,
) {
    let (before, after) = frame(mutation.model, way, version.name);
    for base in mutation.fillings(way[way.len() - 1].0, kind) {
        let text = document(&base, &before, &after, version);
        assert!(judge(&text), "a document for {kind} should be valid: {text}");
        mutation.mutate(&base, kind, &mut |mutant| {
            judge(&document(mutant, &before, &after, version));
        });
    }
}

/// Elements of another namespace in an open type: they bring attributes, types and elements that the schemas know.
fn strangers(mutation: &mut Mutation<'_>, judge: &mut dyn FnMut(&Element)) {
    let model = mutation.model;
    for attribute in model.names("attribute") {
        let declared = model.global("attribute", attribute).unwrap();
        mutation.tried.insert(declared);
        let facets = model.facets_below(declared);
        let values = [mutation.values(&model.type_of(declared), true), mutation.values_around(facets, false)];
        for value in values.concat() {
            judge(&Element { attributes: vec![(attribute.to_owned(), value)], ..named("x:e") });
        }
    }
    for name in model.names("element") {
        let declared = model.global("element", name).unwrap();
        mutation.tried.insert(declared);
        for filled in mutation.fillings(declared, &model.type_of(declared)) {
            let known = Element { name: name.to_owned(), ..filled };
            judge(&known);
            judge(&Element { children: vec![known], ..named("x:e") });
        }
    }
    for kind in model.names("type") {
        let typed = Element { attributes: vec![("xsi:type".to_owned(), kind.to_owned())], ..named("x:e") };
        judge(&typed);
        judge(&Element { children: vec![named("x:f")], ..typed.clone() });
        for filled in mutation.fillings(model.global("element", "ArchiveTransfer").unwrap(), kind) {
            judge(&Element { name: "x:e".to_owned(), attributes: typed_as(filled.attributes, kind), ..filled });
        }
        if model.is_simple(kind) {
            for text in mutation.values(kind, false) {
                judge(&Element { text, ..typed.clone() });
            }
        } else if kind.starts_with("xlink:") {
            for filled in mutation.fillings(model.global("element", "xlink:title").unwrap(), kind) {
                let attributes = typed_as(filled.attributes, kind);
                mutation.mutate(&Element { name: "x:e".to_owned(), attributes, ..filled }, kind, judge);
            }
        }
    }
}

/// `attributes`, with `kind` for their element's type.
fn typed_as(mut attributes: Vec<(String, String)>, kind: &str) -> Vec<(String, String)> {
    attributes.retain(|(name, _)| name != "xsi:type");
    attributes.push(("xsi:type".to_owned(), kind.to_owned()));
    attributes
}

/// What may stand at the top: every element and every type, in this namespace, in another and in none.
fn roots(mutation: &mut Mutation<'_>, version: &Version, judge: &mut dyn FnMut(&str) -> bool) {
    let model = mutation.model;
    let transfer = model.global("element", "ArchiveTransfer").unwrap();
    for name in model.names("element").chain(["Inconnu", "x:inconnu"]) {
        let declared = model.global("element", name);
        let kind = declared.map_or_else(|| model.type_of(transfer), |id| model.type_of(id));
        mutation.tried.extend(declared);
        for base in mutation.fillings(transfer, &kind) {
            let text = document(&Element { name: name.to_owned(), ..base }, "", "", version);
            judge(&text);
            judge(&text.replacen(&format!("seda:v{}", version.name), "seda:v9.9", 1));
            judge(&text.replacen(" xmlns=", " xmlns:sans=", 1));
        }
    }
    for kind in model.names("type") {
        judge(&document(&mutation.fillings(transfer, kind).remove(0), "", "", version));
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
    /// Whether the official schema takes a document, by its hash.
    seen: HashMap<u64, bool>,
    sample: Vec<String>,
    disagreements: usize,
    /// The first disagreements.
    faults: Vec<String>,
}

impl<'a> Tally<'a> {
    fn new(judges: [Judge<'a>; 3]) -> Self {
        Self { judges, seen: HashMap::new(), sample: Vec::new(), disagreements: 0, faults: Vec::new() }
    }

    /// Has a document judged, unless it has been: ours must agree with the official, and VITAM's take what it takes.
    /// Says whether the official schema takes it.
    fn judge(&mut self, document: &str) -> bool {
        let [official, strict, vitam] = &self.judges;
        let mut hasher = DefaultHasher::new();
        document.hash(&mut hasher);
        let key = hasher.finish();
        if let Some(valid) = self.seen.get(&key) {
            return *valid;
        }
        let (theirs, ours) = (official.fault(document), strict.fault(document));
        let valid = theirs.is_none();
        let narrower = if valid { vitam.fault(document) } else { None };
        if valid != ours.is_none() {
            self.disagree(format!("official {theirs:?}, ours {ours:?}: {document}"));
        }
        if let Some(fault) = narrower {
            self.disagree(format!("VITAM's refuses, {fault}: {document}"));
        }
        self.seen.insert(key, valid);
        if self.seen.len().is_multiple_of(SAMPLED) || document.contains("<x:e ") {
            self.sample.push(document.to_owned());
        }
        valid
    }

    fn disagree(&mut self, fault: String) {
        self.disagreements += 1;
        if self.faults.len() < 5 {
            self.faults.push(fault);
        }
    }

    fn tell(&self, version: &str, mutation: &Mutation<'_>) {
        let count = |tag: &str| mutation.tried.iter().filter(|id| mutation.model.node(**id).tag == tag).count();
        let (elements, attributes, listed) = (count("element"), count("attribute"), count("enumeration"));
        let facets = mutation.tried.len() - elements - attributes - listed;
        let valid = self.seen.values().filter(|valid| **valid).count();
        println!(
            "SEDA {version}: {elements} elements, {attributes} attributes, {listed} enumerated values and {facets} other facets \
             changed in {} documents, {valid} valid and {} invalid; {} disagreements",
            self.seen.len(),
            self.seen.len() - valid,
            self.disagreements,
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
    let strict = version.strict();
    official.write(&theirs);
    strict.write(&ours);
    fs::create_dir(&documents).unwrap();
    for (at, text) in sample.iter().enumerate() {
        fs::write(documents.join(format!("{at}.xml")), text).unwrap();
    }
    let theirs = verdicts(&theirs.join(&official.main), &documents, sample.len());
    let ours = verdicts(&ours.join(&strict.main), &documents, sample.len());
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
