//! What stands in a written report, read again by other hands.

use std::{collections::BTreeSet, fs};

use cartulaire::pdf::{
    self, Error,
    document::{Block, Column, Document, Section, Table, Value},
    layout::Limits,
};

use crate::pdf::{said, sample};

/// The text of a PDF as a reader selects it, its spaces all alike.
fn text(bytes: &[u8]) -> Option<String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    let text = said("pdftotext", &["-layout", file.path().to_str().unwrap(), "-"])?;
    Some(text.replace('\u{a0}', " "))
}

fn contains(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|window| window == part.as_bytes())
}

#[test]
fn a_report_is_read_again_with_its_accents_and_ligatures() {
    let Some(text) = text(&sample::written()) else { return };
    for part in [
        "Rapport d’intégrité",
        "Cœuvres-et-Valsery, séance du 12 octobre 2026",
        "L’archive est intègre",
        "annexes/plan de financement",
        "« pièces jointes »",
        "page 1 sur 4",
        "page 4 sur 4",
        "établi le 22 novembre 2026 à 08:00:00 UTC",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    assert!(text.contains(&sample::digest(1)[..64]), "half a digest stands on one line");
    assert_eq!(text.matches("Empreinte (début)").count(), 3, "the head of a table is repeated on each page");
}

#[test]
fn a_report_claims_pdf_a_3a_and_pdf_ua_1_and_tells_the_same_each_time() {
    let written = sample::written();
    assert_eq!(written, sample::written());
    for claim in [
        "<pdfaid:part>3<",
        "<pdfaid:conformance>A<",
        "<pdfuaid:part>1<",
        "/MarkInfo",
        "/OutputIntents",
        "/AFRelationship/Data",
    ] {
        assert!(contains(&written, claim) || contains(&written, &claim.replace("n/", "n /")), "{claim} is not there");
    }
    let other = pdf::write(&Document { reference: "Archive 43".into(), ..sample::report() }, sample::LIMITS).unwrap();
    assert_ne!(written, other);
}

#[test]
fn a_report_is_sound_to_qpdf_and_gives_back_its_embedded_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.pdf");
    fs::write(&path, sample::written()).unwrap();
    let path = path.to_str().unwrap();
    if let Some(checked) = said("qpdf", &["--check", path]) {
        assert!(checked.contains("No syntax or stream encoding errors found"), "{checked}");
    }
    if let Some(embedded) = said("qpdf", &["--show-attachment=rapport.json", path]) {
        assert_eq!(embedded, r#"{"verdict":"intact"}"#);
    }
}

/// A report whose table has so many lines.
fn long(lines: usize) -> Document {
    let row = |at: usize| vec![Value::Text(format!("ligne {at}")), Value::Exact(sample::digest(7))];
    let table = Table {
        columns: vec![Column::new("N°", 1), Column::new("Empreinte", 3)],
        rows: (0..lines).map(row).collect(),
    };
    let section = Section { title: "Fichiers".into(), blocks: vec![Block::Table(table)] };
    Document { sections: vec![section], ..sample::report() }
}

#[test]
fn a_table_of_ten_thousand_lines_is_written_whole() {
    let written = pdf::write(&long(10_000), sample::LIMITS).unwrap();
    let Some(text) = text(&written) else { return };
    let found: BTreeSet<usize> =
        text.split("ligne ").skip(1).filter_map(|rest| rest.split(' ').next()?.parse().ok()).collect();
    assert_eq!(found, (0..10_000).collect());
}

#[test]
fn a_report_longer_than_its_pages_is_refused() {
    assert!(matches!(pdf::write(&long(500), Limits { pages: 3 }), Err(Error::TooLong { pages: 3 })));
    assert!(pdf::write(&long(1), Limits { pages: 1 }).is_ok());
}

#[test]
fn two_files_of_one_name_are_refused() {
    let mut report = sample::report();
    report.attachments.extend(report.attachments.clone());
    assert!(matches!(pdf::write(&report, sample::LIMITS), Err(Error::SameName(name)) if name == "rapport.json"));
}

#[test]
fn hostile_words_are_shown_and_break_no_rule() {
    let hostile = "\u{0}\u{7}\u{202e}fdp.exe\u{feff}\u{e000}\u{fffd} 日本 👩‍🚒 e\u{301}\u{300}\r\n\t".repeat(400);
    let mut report = sample::report();
    report.title.clone_from(&hostile);
    report.sections = vec![Section {
        title: hostile.clone(),
        blocks: vec![
            Block::Table(Table {
                columns: vec![Column::new(hostile.clone(), 1), Column::new("", 0)],
                rows: vec![
                    vec![],
                    vec![Value::Exact(hostile.clone()), Value::Text("x".repeat(20_000)), Value::Text(String::new())],
                ],
            }),
            Block::Table(Table { columns: vec![], rows: vec![vec![]] }),
            Block::Code(hostile),
            Block::Facts(vec![]),
            Block::Steps(vec![String::new()]),
        ],
    }];
    let written = pdf::write(&report, sample::LIMITS).unwrap();
    let Some(text) = text(&written) else { return };
    assert!(text.contains("‹U+202E›fdp.exe"));
}
