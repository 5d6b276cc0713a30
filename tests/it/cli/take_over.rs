//! `take-over` through the real binary: a tenant moves, killed on the way at each of its stages; the kit's verifier and
//! OCFL validators look at it before and after.

#![expect(clippy::print_stdout, reason = "what is skipped is said, and a test that cannot go on stops")]

use std::{
    fs, io,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use crate::{
    cli::{Desk, Said},
    parcels::parcel,
};

/// Archives that move. The measured run is made by hand with the release binary, see the report of the work.
const ARCHIVES: usize = 120;

/// A desk with an installation that has no tenant.
fn empty() -> Desk {
    let desk = Desk { room: tempfile::tempdir().unwrap() };
    desk.does(&["init", "--empty"]).ends_with(0);
    desk
}

/// A desk with archives, and where they are given back.
fn given_back() -> (Desk, String) {
    let desk = Desk::open();
    let parcels = desk.room.path().join("parcels");
    fs::create_dir(&parcels).unwrap();
    let mut arguments = vec!["deposit".to_owned()];
    for number in 0..ARCHIVES {
        let path = parcels.join(format!("{number}.zip"));
        fs::write(&path, parcel(&format!("REPRISE-{number}"))).unwrap();
        arguments.push(path.display().to_string());
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    desk.does(&arguments).ends_with(0);
    let out = desk.path("restitution");
    desk.does(&["restitute", "--out", &out]).ends_with(0);
    (desk, out)
}

fn starting(desk: &Desk, out: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cartulaire"));
    command.arg("--data").arg(desk.data()).args(["take-over", out]).env_remove("CARTULAIRE_TOKEN");
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The kit's verifier and the OCFL validators that are there find a folder whole.
fn seen_by_others(folder: &Path) {
    let kit = folder.join("kit/verifier.py");
    let mut python = Command::new("python3");
    python.arg("-B").arg(kit).args(["--json", "--silencieux"]).arg(folder);
    match python.output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => println!("skipped: python3 is not installed"),
        other => {
            let said = String::from_utf8_lossy(&other.unwrap().stdout).into_owned();
            let verdict: serde_json::Value = serde_json::from_str(&said).unwrap();
            assert_eq!(verdict.pointer("/breaks_total"), Some(&0.into()), "{verdict:#}");
            assert!(verdict.pointer("/unreadable").is_none_or(serde_json::Value::is_null), "{verdict:#}");
        }
    }
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin/ocfl-validate.py");
    match Command::new(if peers.exists() { peers } else { "ocfl-validate.py".into() }).arg(folder.join("ocfl")).output()
    {
        Err(error) if error.kind() == io::ErrorKind::NotFound => println!("skipped: ocfl-validate.py is not installed"),
        other => {
            let other = other.unwrap();
            assert!(other.status.success(), "{}", String::from_utf8_lossy(&other.stdout));
        }
    }
}

#[test]
fn a_take_over_killed_at_any_stage_goes_on_and_the_kit_and_ocfl_validators_agree() {
    let (_desk, out) = given_back();
    seen_by_others(Path::new(&out));
    let new = empty();
    let first = new.data().join("volumes/a");
    for stage in ["arriving/principal", "arriving/principal/ocfl/records/log-1", "ocfl/principal"] {
        let mut child = starting(&new, &out);
        while !first.join(stage).exists() && child.try_wait().unwrap().is_none() {
            thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let said = new.does(&["--json", "take-over", &out]);
    // The last kill may have come after the act.
    assert!(said.status == 0 || said.notes.contains("Il y a déjà un service"), "{}{}", said.data, said.notes);
    let tenants = new.lines(&["tenants"]);
    assert_eq!(tenants.len(), 1, "{tenants:?}");
    new.does(&["verify"]).ends_with(0);
    new.does(&["seal"]).ends_with(0);
    new.does(&["verify"]).ends_with(0);
    for volume in ["a", "b"] {
        let folder = new.data().join("volumes").join(volume);
        assert!(!folder.join("arriving").exists());
        seen_by_others(&folder);
        let rebuilt = new.does(&["rebuild", "--from", &folder.display().to_string()]).ends_with(0);
        assert!(!rebuilt.notes.contains("Sans ligne de journal"), "{}", rebuilt.notes);
    }
    let again = new.path("encore");
    new.does(&["restitute", "--out", &again]).ends_with(0);
    seen_by_others(Path::new(&again));
}

#[test]
fn each_refusal_has_its_sentence_and_changes_nothing() {
    let (desk, out) = given_back();
    let new = empty();
    let refused = |new: &Desk, path: &str, words: &str| {
        let said: Said = new.does(&["take-over", path]).ends_with(1);
        assert!(said.notes.contains(words), "{}", said.notes);
    };
    refused(&desk, &out, "Il y a déjà un service « principal »");
    refused(&new, &new.path(""), "n’est pas une restitution");
    let told = Path::new(&out).join("restitution.json");
    let text = fs::read_to_string(&told).unwrap();
    fs::write(&told, text.replace("cartulaire restitution 1", "cartulaire restitution 2")).unwrap();
    refused(&new, &out, "« cartulaire restitution 2 »");
    fs::write(&told, &text).unwrap();
    let line = Path::new(&out).join("installation.jsonl");
    let lines = fs::read_to_string(&line).unwrap();
    fs::write(&line, lines.replacen("\"at\":\"20", "\"at\":\"19", 1)).unwrap();
    refused(&new, &out, "rien n’a été repris");
    fs::write(&line, lines).unwrap();
    assert_eq!(new.lines(&["tenants"]).len(), 0);
    new.does(&["take-over", "--key", "autre+01020304+AfGkPFbVaIDVq9fvqRn1Vw2WnhXfJTzK2mD5dsyXWFXt", &out]);
    let taken = new.line(&["take-over", &out]);
    assert_eq!((taken["tenant"].as_str(), taken["pending"].as_array().map(Vec::len)), (Some("principal"), Some(0)));
    let local = new.lines(&["token", "list"]);
    assert_eq!(taken["accounts_locked"].as_u64(), u64::try_from(local.len()).ok(), "{taken}");
    new.does(&["token", "enrol", local[0]["id"].as_str().unwrap()]).ends_with(1);
    let issued = new.line(&["token", "issue", "Portail"]);
    let again = new.line(&["token", "enrol", issued["id"].as_str().unwrap()]);
    assert_ne!(issued["token"], again["token"]);
}
