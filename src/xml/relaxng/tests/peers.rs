//! Profiles and records made by others: the same verdicts as xmllint, on what stands and on what is altered.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::xml::{
    bounds::Bounds,
    relaxng::{Grammar, Limits, tests::LANDMARKS},
};

/// Alterations of each kind, spread over a document.
const ALTERATIONS: usize = 12;

/// The files of the reference with an extension.
fn files(extension: &str) -> Option<Vec<PathBuf>> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/reference/pastell"));
    let Ok(entries) = fs::read_dir(folder) else {
        println!("skipped: the reference profiles are not beside the project");
        return None;
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == extension));
    files.sort();
    Some(files)
}

fn grammar(path: &Path) -> Grammar {
    let name = path.file_name().unwrap().to_string_lossy();
    Grammar::compile(&[(&name, &fs::read(path).unwrap())], Limits::default()).unwrap_or_else(|fault| panic!("{fault}"))
}

fn follows(grammar: &Grammar, document: &[u8]) -> bool {
    grammar.validate(document, Bounds::default(), &LANDMARKS).unwrap().violations.is_empty()
}

/// What xmllint says of each document; nothing when it is not there.
fn xmllint(grammar: &Path, documents: &[PathBuf]) -> Option<BTreeMap<PathBuf, bool>> {
    let command = Command::new("xmllint").args(["--noout", "--relaxng"]).arg(grammar).args(documents).output();
    let Ok(output) = command else {
        println!("skipped: xmllint is not there");
        return None;
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = said.lines().collect();
    let judged = documents.iter().map(|document| {
        let valid = lines.contains(&format!("{} validates", document.display()).as_str());
        let broken = lines.contains(&format!("{} fails to validate", document.display()).as_str());
        assert!(valid != broken, "{}: {said}", document.display());
        (document.clone(), valid)
    });
    Some(judged.collect())
}

#[test]
fn every_profile_compiles_and_judges_every_record_as_xmllint_does() {
    let (Some(profiles), Some(records)) = (files("rng"), files("xml")) else { return };
    assert!(!profiles.is_empty() && !records.is_empty());
    let mut following = 0;
    for profile in &profiles {
        let compiled = grammar(profile);
        let Some(judged) = xmllint(profile, &records) else { return };
        for (record, valid) in judged {
            let ours = follows(&compiled, &fs::read(&record).unwrap());
            assert_eq!(ours, valid, "{} by {}", record.display(), profile.display());
            following += usize::from(valid);
        }
    }
    assert!(following >= 8, "{following}");
}

#[test]
fn altered_records_are_judged_as_xmllint_does() {
    let (Some(profiles), Some(records)) = (files("rng"), files("xml")) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mut altered, mut refused) = (0, 0);
    for profile in &profiles {
        let compiled = grammar(profile);
        for record in records.iter().filter(|record| follows(&compiled, &fs::read(record).unwrap())) {
            let mut documents = Vec::new();
            for (at, text) in alterations(&fs::read_to_string(record).unwrap()).into_iter().enumerate() {
                let path = folder.path().join(format!("{at}.xml"));
                fs::write(&path, text).unwrap();
                documents.push(path);
            }
            let Some(judged) = xmllint(profile, &documents) else { return };
            for (document, valid) in judged {
                let text = fs::read_to_string(&document).unwrap();
                let ours = follows(&compiled, text.as_bytes());
                assert_eq!(ours, valid, "{} by {}:\n{text}", record.display(), profile.display());
                (altered, refused) = (altered + 1, refused + usize::from(!valid));
            }
        }
    }
    println!("{altered} altered records, of which {refused} do not follow their profile");
    assert!(altered == 0 || (altered > 300 && refused > 200), "{altered} {refused}");
}

/// A document with, each time, one element left out, doubled, swapped with the next, renamed, emptied, given a foreign
/// attribute, robbed of its attributes, or followed by text; spread over the document.
fn alterations(text: &str) -> Vec<String> {
    let elements = elements(text);
    let mut altered = Vec::new();
    let step = (elements.len() / ALTERATIONS).max(1);
    for (at, (start, end)) in elements.iter().enumerate().skip(1).step_by(step) {
        let (before, element, after) = (&text[..*start], &text[*start..*end], &text[*end..]);
        let tag_end = element.find('>').unwrap();
        let name_end = element.find([' ', '\n', '\t', '>', '/']).unwrap();
        let (name, empty) = (&element[1..name_end], element[..tag_end].ends_with('/'));
        altered.push(format!("{before}{after}"));
        altered.push(format!("{before}{element}{element}{after}"));
        altered.push(format!("{before}{element}x{after}"));
        altered.push(format!("{before}<{name} zz=\"1\"{}{after}", &element[name_end..]));
        altered.push(format!("{before}<{name}/>{after}"));
        let tail = if empty { "/>" } else { &element[tag_end..] };
        altered.push(format!("{before}<{name}{tail}{after}"));
        if !empty {
            let inner = &element[name_end..element.len() - name.len() - 3];
            altered.push(format!("{before}<Autre{inner}</Autre>{after}"));
            let value = element[tag_end + 1..].split('<').next().unwrap();
            if !value.trim().is_empty() {
                altered.push(format!("{before}{}{after}", element.replacen(value, "autre valeur", 1)));
            }
        }
        if let Some((next_start, next_end)) = elements.get(at + 1).filter(|next| next.0 >= *end) {
            let (between, next) = (&text[*end..*next_start], &text[*next_start..*next_end]);
            altered.push(format!("{before}{next}{between}{element}{}", &text[*next_end..]));
        }
    }
    altered
}

/// Start and end of every element, in document order.
fn elements(text: &str) -> Vec<(usize, usize)> {
    let (mut found, mut open) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|offset| at + offset) {
        let rest = &text[start..];
        let end =
            start + if rest.starts_with("<!--") { rest.find("-->").unwrap() + 3 } else { rest.find('>').unwrap() + 1 };
        match rest.as_bytes()[1] {
            b'!' | b'?' => {}
            b'/' => {
                let index: usize = open.pop().unwrap();
                let (opened, _) = found[index];
                found[index] = (opened, end);
            }
            _ => {
                found.push((start, end));
                if !text[start..end].ends_with("/>") {
                    open.push(found.len() - 1);
                }
            }
        }
        at = end;
    }
    found
}
