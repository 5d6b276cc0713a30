//! A house's volumes in the hands of others: two OCFL validators, and a stranger with Python alone. Its log is in `log`.

#![expect(clippy::print_stdout, reason = "a test that cannot go on stops, and what it measured or skipped is said")]

pub mod log;
mod kit;
mod restitution;
mod time;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use cartulaire::{
    archive::{deposit::Receipt, referentials::Notation},
    domain::{mandate::Administer, referential::Referential, transfer::TransferStatus},
};

use crate::{
    archive::{House, houses},
    fixtures,
    parcels::parcel,
};

mod pdf;

/// A house with every accepted package but one that needs its referentials first, small ones, and referentials in
/// several versions.
fn furnished() -> (House, usize) {
    let house = houses().remove(0);
    let archive = house.archive();
    let folder = tempfile::tempdir().unwrap();
    let mut paths: Vec<PathBuf> = fixtures::accepted().into_iter().map(|fixture| fixture.path).collect();
    for at in 0..20 {
        let path = folder.path().join(format!("{at}.zip"));
        fs::write(&path, parcel(&format!("SLB-PAIR-{at}"))).unwrap();
        paths.push(path);
    }
    let mut accepted = 0;
    for path in &paths {
        let receipt = archive.deposit(&house.may(), archive.local(path)).unwrap();
        let Receipt::Settled(settled) = receipt else { panic!("{}: {receipt:?}", path.display()) };
        accepted += usize::from(matches!(settled.transfer.status, TransferStatus::Accepted { .. }));
    }
    assert!(accepted > 25, "{accepted}");
    let import = |kind, name: &str, notation| {
        let bytes = fs::read(fixtures::referential(name)).unwrap();
        archive.import(&house.may::<Administer>(), kind, &bytes, notation).unwrap().unwrap();
    };
    for _ in 0..3 {
        import(Referential::Agencies, "agencies.csv", Notation::Csv);
        import(Referential::Rules, "rules.csv", Notation::Csv);
        import(Referential::Agreements, "agreements.json", Notation::Json);
    }
    (house, accepted)
}

fn volumes(house: &House) -> Vec<PathBuf> {
    ["a", "b"].iter().map(|name| house.data.join("volumes").join(name)).collect()
}

/// A tool of `target/peers`, or of the path; says that it is not there.
fn run(name: &str, arguments: &[&str], path: Option<&Path>) -> Option<String> {
    let local = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin").join(name);
    let program = if local.exists() { local } else { PathBuf::from(name) };
    let output = match Command::new(program).args(arguments).args(path).output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            println!("skipped: {name} is not installed");
            return None;
        }
        other => other.unwrap(),
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{name}: {said}{}", String::from_utf8_lossy(&output.stderr));
    Some(said)
}

#[test]
fn the_volumes_of_a_house_are_valid_and_readable_to_others() {
    let (house, accepted) = furnished();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/stranger.py");
    for volume in volumes(&house) {
        let root = volume.join("ocfl");
        if let Some(said) = run("ocfl-validate.py", &["--verbose"], Some(&root)) {
            println!("ocfl-py: {} is valid", root.display());
            assert!(!said.contains("WARN") && !said.contains("[E"), "{said}");
        }
        let root = root.to_str().unwrap();
        if let Some(said) = run("rocfl", &["--root", root, "validate"], None) {
            let told = |what: &str| said.lines().find_map(|line| line.trim().strip_prefix(what)).map(str::trim);
            println!("rocfl: {} objects are valid", told("Total objects:").unwrap_or_default());
            // The archives, the accounts and the referentials.
            assert_eq!(told("Total objects:"), Some(format!("{}", accepted + 2).as_str()), "{said}");
            assert_eq!((told("Invalid objects:"), told("Storage issues:")), (Some("0"), Some("0")), "{said}");
        }
        if let Some(said) = run("python3", &[script.to_str().unwrap()], Some(&volume)) {
            println!("a stranger: {}", said.trim());
            assert!(said.starts_with(&format!("{accepted} archives, ")), "{said}, and {accepted} were accepted");
        }
    }
}

#[test]
fn a_stranger_notices_one_altered_byte() {
    let (house, _) = furnished();
    let volume = &volumes(&house)[1];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/stranger.py");
    let mut python = Command::new("python3");
    match python.arg(&script).arg(volume).output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            println!("skipped: python3 is not installed");
            return;
        }
        other => assert!(other.unwrap().status.success()),
    }
    let victim = content_below(&volume.join("ocfl")).unwrap();
    let mut bytes = fs::read(&victim).unwrap();
    bytes[0] ^= 1;
    fs::write(&victim, bytes).unwrap();
    let output = python.output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("not what the inventory says"), "{said}");
}

/// Some file of some object's content.
fn content_below(folder: &Path) -> Option<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let is_content = |path: &Path| path.parent().is_some_and(|folder| folder.ends_with("v1/content"));
    let below = |path: PathBuf| if path.is_dir() { content_below(&path) } else { is_content(&path).then_some(path) };
    paths.into_iter().find_map(below)
}
