//! Our schemas against the official ones and against the transfers of others; how documents are made is in `schemas/`.

mod engine;

use std::path::PathBuf;

use engine::{Documents, Judge, compile};

const SHARED: [&str; 7] =
    ["xml.xsd", "xlink.xsd", "values.xsd", "objects.xsd", "rules.xsd", "description.xsd", "messages.xsd"];

struct Version { name: &'static str, main: &'static str, vitam: &'static str, strict_own: &'static [&'static str], vitam_own: &'static [&'static str], official: &'static [&'static str] }

const VERSIONS: [Version; 3] = [
    Version { name: "2.1", main: "seda-2.1.xsd", vitam: "seda-2.1-vitam.xsd", strict_own: &["strict.xsd", "signatures-2.1-2.2.xsd"], vitam_own: &["vitam.xsd", "since-2.2.xsd", "persistent-identifiers.xsd", "signatures-2.1-2.2.xsd"], official: &["seda-2.1-main.xsd", "seda-2.1-ontology-and-types.xsd", "seda-2.1-technical.xsd", "seda-2.1-management.xsd", "seda-2.1-descriptive.xsd"] },
    Version { name: "2.2", main: "seda-2.2.xsd", vitam: "seda-2.2-vitam.xsd", strict_own: &["strict.xsd", "since-2.2.xsd", "strict-since-2.2.xsd", "signatures-2.1-2.2.xsd"], vitam_own: &["vitam.xsd", "since-2.2.xsd", "persistent-identifiers.xsd", "signatures-2.1-2.2.xsd"], official: &["seda-2.2-main.xsd", "seda-2.2-ontology-and-types.xsd", "seda-2.2-technical.xsd", "seda-2.2-management.xsd", "seda-2.2-descriptive.xsd"] },
    Version { name: "2.3", main: "seda-2.3.xsd", vitam: "seda-2.3-vitam.xsd", strict_own: &["strict.xsd", "since-2.2.xsd", "strict-since-2.2.xsd", "persistent-identifiers.xsd", "signatures-2.3.xsd"], vitam_own: &["vitam.xsd", "since-2.2.xsd", "persistent-identifiers.xsd", "signatures-2.3.xsd"], official: &["seda-2.3-main.xsd", "seda-2.3-ontology.xsd", "seda-2.3-types.xsd", "seda-2.3-technical.xsd", "seda-2.3-management.xsd", "seda-2.3-descriptive.xsd"] },
];

fn root() -> PathBuf { PathBuf::from(env!("CARGO_MANIFEST_DIR")) }

#[test]
fn tmp() {
    for v in &VERSIONS {
        for (main, own) in [(v.main, v.strict_own), (v.vitam, v.vitam_own)] {
            let mut names = vec![main];
            names.extend(SHARED); names.extend(own);
            let set = compile(&Documents::read(&root().join("schemas"), &names), main);
            let judge = Judge::new(&set);
            println!("== {main}");
            for e in std::fs::read_dir("/tmp/sips").unwrap() {
                let p = e.unwrap().path();
                let Ok(t) = std::fs::read_to_string(&p) else { continue };
                if t.len() > 500000 || !t.contains(&format!("seda:v{}\"", v.name)) { continue }
                if let Some(f) = judge.fault(&t) { println!("{} {}", p.display(), f) }
            }
        }
    }
}
