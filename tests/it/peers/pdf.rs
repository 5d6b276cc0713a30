//! A sealed report in the hands of pyHanko: whether the seal is good, covers all, and betrays each change.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use cartulaire::{
    digest,
    domain::{clock::Timestamp, transfer::TransferStatus},
    pdf::{
        reading::{self, Coverage},
        signing::{self, Field},
    },
    pki::{
        cms::{self, ContentType, Enclosed, Terms},
        seal::{self, Signer},
    },
};
use lopdf::{Document, IncrementalDocument};
use serde_json::{Value, json};

use crate::pdf::sample;

const MADE: &str = "2026-11-22T08:00:00Z";

/// A PDF with a seal, and the certificate of the seal in PEM.
fn sealed(pdf: &[u8], name: &str) -> (Vec<u8>, String) {
    let at = Timestamp::parse(MADE).unwrap();
    let made = seal::create_self_signed(name, at, 200).unwrap();
    let signer = Signer::from_pem(made.certificate.as_bytes(), made.key.as_bytes()).unwrap();
    let field = Field {
        reason: "Cachet du rapport d’intégrité".into(),
        place: "Soissons".into(),
        name: name.into(),
        at,
        reserved_bytes: 8_192,
    };
    let prepared = signing::prepare(pdf, &field).unwrap();
    let digest = digest::sha512(&prepared.bytes_to_sign().concat());
    let terms = Terms { content_type: ContentType::Data, at: None, certificates: Enclosed::Signer };
    let signature = cms::sign_detached(&signer, &digest.into(), &terms).unwrap();
    (prepared.finish(&signature).unwrap(), made.certificate)
}

/// What pyHanko thinks; `None`, and a word on it, when it is not there.
fn judged(pdf: &[u8], certificate: &str) -> Option<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/peers/bin/python");
    let has = |python: &PathBuf| Command::new(python).args(["-c", "import pyhanko"]).output();
    if !has(&python).is_ok_and(|output| output.status.success()) {
        println!("skipped: pyHanko is not installed in target/peers");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let (file, root_of_trust) = (folder.path().join("rapport.pdf"), folder.path().join("seal.pem"));
    fs::write(&file, pdf).unwrap();
    fs::write(&root_of_trust, certificate).unwrap();
    let output =
        Command::new(python).arg(root.join("tests/peers/signed_pdf.py")).args([file, root_of_trust]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn a_sealed_report_is_sound_to_pyhanko_and_covered_whole() {
    let (pdf, certificate) = sealed(&sample::written(), "Cachet d’essai");
    let Some(judged) = judged(&pdf, &certificate) else { return };
    let expected = json!({
        "form": "/ETSI.CAdES.detached",
        "signatures": 1,
        "revisions": 2,
        "intact": true,
        "valid": true,
        "trusted": true,
        "coverage": "ENTIRE_FILE",
        "modified": "NONE",
        "digest": "sha512",
        "time": "2026-11-22 08:00:00+00:00",
        "sound": true,
    });
    assert_eq!(judged, expected);
}

#[test]
fn a_changed_report_is_not_intact_to_pyhanko() {
    let (mut pdf, certificate) = sealed(&sample::written(), "Cachet d’essai");
    let verdict = b"/Subject";
    let at = pdf.windows(verdict.len()).position(|window| window == verdict).unwrap() + verdict.len() + 12;
    pdf[at] ^= 1;
    let Some(judged) = judged(&pdf, &certificate) else { return };
    assert_eq!((&judged["intact"], &judged["sound"]), (&false.into(), &false.into()), "{judged}");
}

#[test]
fn a_report_sealed_again_is_sound_to_pyhanko_and_its_first_seal_covers_a_revision() {
    let (pdf, certificate) = sealed(&sample::written(), "Cachet d’essai");
    let (twice, _) = sealed(&pdf, "Cachet d’un autre");
    let Some(judged) = judged(&twice, &certificate) else { return };
    assert_eq!((&judged["intact"], &judged["sound"]), (&true.into(), &true.into()), "{judged}");
    assert_eq!((&judged["signatures"], &judged["coverage"]), (&2.into(), &"ENTIRE_REVISION".into()), "{judged}");
}

#[test]
fn a_page_emptied_by_a_later_update_is_seen_by_pyhanko_and_by_us() {
    let (pdf, certificate) = sealed(&sample::written(), "Cachet d’essai");
    let mut update = IncrementalDocument::create_from(pdf.clone(), Document::load_mem(&pdf).unwrap());
    let page = update.get_prev_documents().get_pages()[&1];
    update.opt_clone_object_to_new_document(page).unwrap();
    update.new_document.get_dictionary_mut(page).unwrap().remove(b"Contents");
    let mut emptied = Vec::new();
    update.save_to(&mut emptied).unwrap();
    let read = reading::read(&emptied, reading::Limits { inflated_bytes: 16 << 20, fields: 100 });
    assert_eq!((read.revisions, read.signatures[0].coverage), (3, Coverage::Revision(2)));
    let Some(judged) = judged(&emptied, &certificate) else { return };
    assert_eq!((&judged["sound"], &judged["modified"]), (&false.into(), &"OTHER".into()), "{judged}");
}

#[test]
fn a_seal_of_another_is_not_trusted_by_pyhanko() {
    let (pdf, _) = sealed(&sample::written(), "Cachet d’essai");
    let (_, stranger) = sealed(&sample::written(), "Cachet d’un autre");
    let Some(judged) = judged(&pdf, &stranger) else { return };
    assert_eq!((&judged["intact"], &judged["trusted"], &judged["sound"]), (&true.into(), &false.into(), &false.into()));
}

/// The text of a PDF as pdftotext reads it; `None`, and a word on it, when it is not installed.
fn text_of(pdf: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("papier.pdf");
    fs::write(&file, pdf).unwrap();
    let Ok(output) = Command::new("pdftotext").args(["-layout"]).arg(&file).arg("-").output() else {
        println!("skipped: pdftotext is not installed");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// The papers of a house with one archive, and the certificate of its seal: the report, the attestation.
fn issued() -> (Vec<u8>, Vec<u8>, String) {
    let house = crate::archive::houses().remove(0);
    let settled = house.settle(&crate::fixtures::accepted().remove(0).path);
    let TransferStatus::Accepted { archive, .. } = settled.transfer.status else { panic!("{settled:?}") };
    house.archive().stamp(true).unwrap();
    let report = house.archive().integrity_report(&house.may(), archive).unwrap().unwrap();
    let pdf = house.archive().integrity_pdf(&report).unwrap();
    let attestation = house.archive().deposit_attestation(&house.may(), settled.transfer.id).unwrap().unwrap();
    let kit = house.archive().kit().unwrap();
    let (_, seal) = kit.into_iter().find(|(name, _)| name == "certificats/scellement.pem").unwrap();
    (pdf, attestation, String::from_utf8(seal).unwrap())
}

#[test]
fn the_papers_that_a_house_issues_are_sound_to_pyhanko_and_to_qpdf() {
    let (report, attestation, seal) = issued();
    for pdf in [report, attestation] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("papier.pdf");
        fs::write(&file, &pdf).unwrap();
        match Command::new("qpdf").arg("--check").arg(&file).output() {
            Ok(checked) => assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout)),
            Err(_) => println!("skipped: qpdf is not installed"),
        }
        let Some(judged) = judged(&pdf, &seal) else { return };
        assert_eq!((&judged["sound"], &judged["coverage"]), (&true.into(), &"ENTIRE_FILE".into()), "{judged}");
        assert_eq!((&judged["signatures"], &judged["form"]), (&1.into(), &"/ETSI.CAdES.detached".into()));
    }
}

#[test]
fn the_papers_that_a_house_issues_read_in_french_and_claim_no_third_party() {
    let (report, attestation, _) = issued();
    let Some(text) = text_of(&report) else { return };
    for words in
        ["L’archive est intègre", "heure non attestée par un tiers", "Ce que ce rapport ne prouve pas", "vérifié"]
    {
        assert!(text.contains(words), "{words} in:\n{text}");
    }
    let text = text_of(&attestation).unwrap();
    for words in ["Attestation de dépôt", "Dépôt accepté", "archive n° 1", "Empreinte SHA-512"] {
        assert!(text.contains(words), "{words} in:\n{text}");
    }
}
