//! A restitution in the hands of others: the kit's verifier that stands in it, an OCFL validator, `sha512sum`.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use cartulaire::{archive::restitute::Destination, domain::mandate::Administer};

use super::{furnished, run};

/// The tenant of a furnished house beside another one, given back.
fn given() -> (tempfile::TempDir, PathBuf) {
    let (house, _) = furnished();
    let neighbour = house.neighbour();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voisin.zip");
    fs::write(&path, crate::parcels::parcel("VSN-1")).unwrap();
    crate::archive::accept(house.archive(), &neighbour, &path);
    let to = folder.path().join("rendu");
    house.archive().restitute(&house.may::<Administer>(), Destination::Folder(to.clone()), &|_| true).unwrap();
    (folder, to)
}

/// Runs the verifier that stands in the restitution: its exit status and what it says; `None` without Python.
fn verifier(folder: &Path) -> Option<(i32, serde_json::Value)> {
    let script = folder.join("kit/verifier.py");
    match Command::new("python3").arg("-B").arg(script).args(["--json", "--silencieux"]).arg(folder).output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            println!("skipped: python3 is not installed");
            None
        }
        output => {
            let output = output.unwrap();
            let said = serde_json::from_slice(&output.stdout);
            let said = said.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
            Some((output.status.code().unwrap(), said))
        }
    }
}

#[test]
fn a_restitution_is_whole_to_the_verifier_that_stands_in_it_and_to_validators() {
    let (_room, to) = given();
    if let Some((status, said)) = verifier(&to) {
        assert_eq!((status, said["verdict"].as_str()), (0, Some("whole")), "{said:#}");
        for what in
            ["archives engagées par leur ligne d’entrée", "autres fichiers de la restitution", "jetons d’horodatage"]
        {
            println!("{what}: {}", said["verified"][what]);
        }
        assert!(said["verified"]["fins de journaux annoncées par la restitution"] == 2, "{said:#}");
        let unverified = said["not_verified"].to_string();
        assert!(unverified.contains("dont les lignes ne sont pas ici"), "{unverified}");
    }
    if let Some(said) = run("ocfl-validate.py", &["--verbose"], Some(&to.join("ocfl"))) {
        println!("ocfl-py: the restitution is valid");
        assert!(!said.contains("WARN") && !said.contains("[E"), "{said}");
    }
    let root = to.join("ocfl").display().to_string();
    if let Some(said) = run("rocfl", &["--root", &root, "validate"], None) {
        assert!(said.contains("Invalid objects:   0") || !said.contains("Invalid objects"), "{said}");
    }
    let listed = Command::new("sha512sum").args(["--check", "--quiet", "empreintes.sha512"]).current_dir(&to).output();
    match listed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => println!("skipped: sha512sum is not installed"),
        listed => assert!(listed.unwrap().status.success()),
    }
}

#[test]
fn the_verifier_finds_a_flip_in_each_kind_of_file_of_a_restitution() {
    let (_room, to) = given();
    if verifier(&to).is_none() {
        return;
    }
    let first = |folder: &str, part: &str| {
        let mut open = vec![to.join(folder)];
        loop {
            let next = open.pop().unwrap_or_else(|| panic!("{folder} {part}"));
            if next.is_dir() {
                open.extend(fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()));
            } else if next.to_string_lossy().contains(part) {
                return next;
            }
        }
    };
    for file in [
        first("ocfl/sault", "/content/"),
        first("ocfl/sault", "inventory.json"),
        first("log/tile/entries", ""),
        first("log/times", ".tst"),
        to.join("log/checkpoint"),
        first("journal", ".jsonl"),
        to.join("installation.jsonl"),
        to.join("restitution.json"),
        to.join("empreintes.sha512"),
        to.join("index.html"),
        first("navigation", ".html"),
        first("referentials", ".csv"),
    ] {
        let whole = fs::read(&file).unwrap();
        let mut flipped = whole.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 1;
        fs::write(&file, flipped).unwrap();
        let (status, said) = verifier(&to).unwrap();
        assert!(status == 1 || status == 3, "{}: {said:#}", file.display());
        fs::write(&file, whole).unwrap();
    }
    for gone in ["installation.jsonl", "journal", "navigation"] {
        let (from, aside) = (to.join(gone), to.with_extension("aside"));
        fs::rename(&from, &aside).unwrap();
        let (status, said) = verifier(&to).unwrap();
        fs::rename(&aside, &from).unwrap();
        assert_eq!(status, 1, "{gone}: {said:#}");
    }
    assert_eq!(verifier(&to).unwrap().0, 0);
}
