//! `seal`, `keys` and the verifier of the kit, as an archivist types them.

#![expect(clippy::print_stdout, reason = "what is skipped is said, and a test that cannot go on stops")]

use std::process::Command;

use cartulaire::pdf::reading;

use crate::cli::{Desk, LIBRARY, Said, fixture};

/// Runs the kit's verifier on a volume, or says that it cannot.
pub(super) fn verify(desk: &Desk, volume: &str) -> Option<Said> {
    let folder = desk.data().join("volumes").join(volume);
    let mut python = Command::new("python3");
    python.arg(folder.join("kit/verifier.py")).args(["--json", "--silencieux"]).arg(&folder);
    if python.output().is_err() {
        println!("skipped: python3 is not there to run the kit's verifier");
        return None;
    }
    Some(Said::of(&mut python))
}

#[test]
fn a_day_is_sealed_time_stamped_and_verified_by_the_kit_alone() {
    let desk = Desk::open();
    desk.does(&["deposit", &fixture(LIBRARY)]).ends_with(0);
    let sealed = desk.line(&["seal"]);
    assert!(sealed["parts"].as_u64().unwrap() >= 2 && sealed["lines"].as_u64().unwrap() > 4, "{sealed}");
    assert_eq!(sealed["time_stamp"]["third_party"], false);
    let told = desk.does(&["seal"]).ends_with(0);
    assert!(told.data.contains("son heure n’est pas celle d’un tiers"), "{}", told.data);
    for volume in ["a", "b"] {
        let Some(said) = verify(&desk, volume) else { return };
        let said = said.ends_with(0);
        let verdict: serde_json::Value = serde_json::from_str(&said.data).unwrap();
        assert_eq!(verdict["breaks_total"], 0, "{verdict}");
        assert!(verdict["not_verified"].to_string().contains("témoins"), "{verdict}");
    }
}

#[test]
fn the_report_of_a_verification_bears_the_seal_of_the_installation() {
    let desk = Desk::open();
    desk.does(&["deposit", &fixture(LIBRARY)]).ends_with(0);
    let report = desk.path("rapport.pdf");
    let said = desk.does(&["verify", "--report", &report]).ends_with(0);
    assert!(said.notes.contains("signé par le cachet"), "{}", said.notes);
    let pdf = std::fs::read(&report).unwrap();
    let limits = reading::Limits { inflated_bytes: 10 << 20, fields: 10 };
    let read = reading::read(&pdf, limits);
    assert_eq!(read.signatures.len(), 1);
    assert_eq!(read.signatures.first().unwrap().coverage, reading::Coverage::Whole);
    let volume = desk.data().join("volumes/a").display().to_string();
    let said = desk.does(&["verify", &volume, "--report", &report]).ends_with(0);
    assert!(said.notes.contains("non signé"), "{}", said.notes);
}

#[test]
fn one_flip_in_any_file_of_the_proof_is_seen_by_the_kit() {
    let desk = Desk::open();
    desk.does(&["deposit", &fixture(LIBRARY)]).ends_with(0);
    desk.does(&["seal"]).ends_with(0);
    let volume = desk.data().join("volumes/a");
    let mut unseen = Vec::new();
    for folder in ["log", "journal", "ocfl"] {
        // The layout's description is no archive.
        for file in
            files(&volume.join(folder)).into_iter().filter(|file| !file.to_string_lossy().contains("/extensions/"))
        {
            let whole = std::fs::read(&file).unwrap();
            if whole.is_empty() {
                continue;
            }
            let mut altered = whole.clone();
            // The post-quantum signature, at the end of a checkpoint, is told as not verified: Python cannot.
            let is_checkpoint = file.to_string_lossy().ends_with("checkpoint");
            altered[if is_checkpoint { 5 } else { whole.len() / 2 }] ^= 1;
            std::fs::write(&file, altered).unwrap();
            let Some(said) = verify(&desk, "a") else { return };
            if said.status == 0 {
                unseen.push(file.clone());
            }
            std::fs::write(&file, whole).unwrap();
        }
    }
    assert!(unseen.is_empty(), "{unseen:?}");
}

pub(super) fn files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() { found.extend(files(&entry.path())) } else { found.push(entry.path()) }
    }
    found
}

#[test]
fn the_key_of_the_log_is_shown_and_changed() {
    let desk = Desk::open();
    let before = desk.line(&["keys"]);
    assert_eq!(before["from"], 0);
    let after = desk.lines(&["keys", "rotate"]);
    assert_eq!(after.len(), 2);
    assert_eq!(after[0], before);
    desk.does(&["deposit", &fixture(LIBRARY)]).ends_with(0);
    let Some(said) = verify(&desk, "b") else { return };
    said.ends_with(0);
}
