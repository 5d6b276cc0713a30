//! The official SEDA 2.1 schema on transfers made by others, when they are at hand.

use std::{
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
};

use cartulaire::xml::{
    encoding,
    schema::Schema,
    violation::{Kind, Violation},
};
use zip::ZipArchive;

use crate::xml::violations;

/// The reference data, which stands beside the project and not in it.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
fn reference(part: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference")).join(part);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no reference data for {part}");
    None
}

/// The schema of a version, whose main document is `main`.
fn schema(version: &str, main: &str) -> Option<Schema> {
    let folder = reference(&format!("seda/{version}"))?;
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort_by_key(|(name, _)| (name != main, name.clone()));
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    Some(Schema::compile(&files).unwrap())
}

/// Every schema document under `folder`, decoded: those of SEDA 0.2 are in ISO-8859-1.
fn collect(folder: &Path, into: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "xsd") {
            let mut text = String::new();
            encoding::utf8(File::open(&path).unwrap()).read_to_string(&mut text).unwrap();
            into.push((path.file_name().unwrap().to_str().unwrap().to_owned(), text));
        }
    }
}

fn manifest(package: &str) -> Option<String> {
    let mut archive = ZipArchive::new(File::open(reference(&format!("sips/{package}"))?).unwrap()).unwrap();
    let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let name = names.iter().find(|name| name.to_ascii_lowercase().ends_with("manifest.xml"))?;
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    Some(text)
}

fn seda_2_1() -> Option<Schema> {
    schema("2.1", "seda-2.1-main.xsd")
}

#[test]
fn every_official_schema_compiles() {
    for (version, main) in [
        ("0.2", "seda_v0-2.xsd"),
        ("1.0", "seda_v1-0.xsd"),
        ("2.0", "seda-2.0-main.xsd"),
        ("2.1", "seda-2.1-main.xsd"),
        ("2.2", "seda-2.2-main.xsd"),
        ("2.3", "seda-2.3-main.xsd"),
    ] {
        let compiled = schema(version, main);
        assert!(compiled.is_some() || reference("seda").is_none(), "{version}");
    }
}

#[test]
fn transfers_of_others_are_valid_under_the_official_schema() {
    let Some(schema) = seda_2_1() else { return };
    let packages = [
        "OK_12_UNITS_12_GOTS.zip",
        "OK_3_UNITS_2_GOTS.zip",
        "OK_ARBO-COMPLEXE.zip",
        "OK_SIP_2_GO.zip",
        "OK_SIP_sans_objet.zip",
        "perf_1001_units_1000_objects_100kB.zip",
        "perf_10002_units_10000_objects.zip",
    ];
    for package in packages {
        let Some(text) = manifest(package) else { continue };
        assert_eq!(violations(&schema, text.as_bytes()), [], "{package}");
    }
}

#[test]
fn mutants_of_a_valid_manifest_are_found_on_their_lines() {
    let Some(schema) = seda_2_1() else { return };
    let Some(text) = manifest("OK_3_UNITS_2_GOTS.zip") else { return };
    let mutants: &[(&str, &str, Kind)] = &[
        ("<DescriptionLevel>", "<DescriptionLevel>Box", Kind::Enumeration),
        ("<MessageIdentifier>", "<Inconnu/><MessageIdentifier>", Kind::UnknownElement),
        ("<MessageDigest algorithm=", "<MessageDigest algorythm=", Kind::UnknownAttribute),
        ("<Size>", "<Size>gros", Kind::WrongValue),
        ("<DataObjectGroupReferenceId>", "<DataObjectGroupReferenceId>ID999", Kind::UnknownReference),
        ("</Content>", "</Contenu>", Kind::NotWellFormed),
    ];
    for (before, after, kind) in mutants {
        let Some(at) = text.find(before) else { panic!("{before} is not in the manifest") };
        let line = 1 + u64::try_from(text[..at].matches('\n').count()).unwrap();
        let mutant = format!("{}{after}{}", &text[..at], &text[at + before.len()..]);
        let found = violations(&schema, mutant.as_bytes());
        let first: Option<&Violation> = found.iter().find(|violation| violation.kind == *kind);
        let Some(first) = first else { panic!("{after}: {found:?}") };
        assert_eq!(first.line, line, "{first}");
        println!("{} {first}", first.path);
    }
}
