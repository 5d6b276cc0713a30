//! `evidence make`, `renew`, `export` and `verify`, as an archivist types them, two days after a deposit.

use cartulaire::{
    boot::{self, Init, SystemClock},
    config::Config,
    domain::clock::{Clock, Timestamp},
};

use super::*;
use crate::{
    archive::{Hands, accept},
    cli::proof,
};

/// A desk whose installation took an archive in two days ago; the archive.
fn two_days_ago() -> (Desk, String) {
    let desk = Desk { room: tempfile::tempdir().unwrap() };
    let then = Timestamp::from_millis(SystemClock.now().millis() - 2 * 86_400_000).unwrap();
    let init = Init {
        tenant: "ville".parse().unwrap(),
        name: "Ville".to_owned(),
        archival_agency: "VILLE".to_owned(),
        config: Config::default(),
    };
    let installation = boot::init_at(&desk.data(), &init, Hands::at(&then.to_string())).unwrap();
    let actor = installation.archive.local_actor(None).unwrap();
    let archive = accept(&installation.archive, &actor, Path::new(&fixture(LIBRARY)));
    (desk, archive.to_string())
}

/// Verifies a record over the archive's files as they stand on the first volume, of which one may be altered.
fn verify(desk: &Desk, record: &str, archive: &str, altered: bool) -> Said {
    let content = format!("{archive}.1/v1/content/");
    let kept = proof::files(&desk.data().join("volumes/a/ocfl"));
    let kept: Vec<_> = kept.into_iter().filter(|file| file.display().to_string().contains(&content)).collect();
    assert!(kept.len() > 4, "{kept:?}");
    let (folder, root) = (tempfile::tempdir().unwrap(), desk.data().join("keys/tsa/root.pem").display().to_string());
    let mut arguments = vec!["--json".to_owned(), "evidence".to_owned(), "verify".to_owned(), record.to_owned()];
    arguments.push("--object".to_owned());
    for (place, file) in kept.iter().enumerate() {
        let mut bytes = fs::read(file).unwrap();
        if let Some(first) = bytes.first_mut() {
            *first ^= u8::from(altered && place == 0);
        }
        let copy = folder.path().join(place.to_string());
        fs::write(&copy, bytes).unwrap();
        arguments.push(copy.display().to_string());
    }
    arguments.extend(["--trust".to_owned(), root]);
    cartulaire(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn a_past_day_gets_its_evidence_which_is_exported_verified_and_renewed() {
    let (desk, archive) = two_days_ago();
    let record = desk.path("archive.ers");
    let refused = desk.does(&["evidence", "export", &archive, "--out", &record]).ends_with(1);
    assert!(refused.notes.contains("pas encore faite"), "{}", refused.notes);
    let made = desk.line(&["evidence", "make"]);
    assert_eq!((made["days"].as_array().unwrap().len(), &made["archives"]), (1, &1.into()), "{made}");
    let idle = desk.does(&["evidence", "make"]).ends_with(0);
    assert_eq!(idle.data, "Aucune journée finie n’attend sa preuve.\n");
    let idle = desk.does(&["evidence", "renew"]).ends_with(0);
    assert_eq!(idle.data, "Aucune preuve n’est à renouveler.\n");

    let told = desk.does(&["evidence", "export", &archive, "--out", &record]).ends_with(0);
    assert!(told.data.contains("enregistrement de preuve"), "{}", told.data);
    assert_eq!(verify(&desk, &record, &archive, false).ends_with(0).lines()[0]["verdict"], "valid");
    assert_eq!(verify(&desk, &record, &archive, true).ends_with(1).lines()[0]["verdict"], "invalid");

    let renewed = desk.line(&["evidence", "renew", "--algorithm", "sha-384"]);
    assert_eq!(renewed["hash_trees"], made["days"], "{renewed}");
    desk.does(&["evidence", "renew", "--algorithm", "md5"]).ends_with(2);
    desk.does(&["evidence", "export", &archive, "--out", &record]).ends_with(0);
    let verdict = verify(&desk, &record, &archive, false).ends_with(0).lines().remove(0);
    assert_eq!(verdict["time_stamps"].as_array().unwrap().len(), 2, "{verdict}");
    assert_eq!(verify(&desk, &record, &archive, true).ends_with(1).lines()[0]["verdict"], "invalid");

    let nobody = "01939e6c-0000-7000-8000-000000000001";
    desk.does(&["evidence", "export", nobody, "--out", &record]).ends_with(1);
}

#[test]
fn the_kit_alone_finds_the_archive_in_the_evidence_of_its_day() {
    let (desk, _) = two_days_ago();
    desk.line(&["evidence", "make"]);
    desk.line(&["evidence", "renew", "--algorithm", "SHA-256"]);
    desk.does(&["seal"]).ends_with(0);
    let Some(said) = proof::verify(&desk, "b") else { return };
    let verdict: Value = serde_json::from_str(&said.ends_with(0).data).unwrap();
    assert_eq!(verdict["breaks_total"], 0, "{verdict}");
    assert!(verdict.to_string().contains("archives retrouvées dans un dossier de preuve"), "{verdict}");
    assert!(verdict["not_verified"].to_string().contains("un renouvellement de l’arbre"), "{verdict}");
}
