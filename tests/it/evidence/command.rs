//! `cartulaire evidence verify` on records, objects and certificates in files.

use std::{fs, process::Command};

use super::*;

/// Runs the command in a folder; its status and what it wrote as data.
fn cartulaire(folder: &tempfile::TempDir, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cartulaire"));
    let ended = command.current_dir(folder.path()).args(["evidence", "verify"]).args(arguments).output().unwrap();
    let text = [ended.stdout, ended.stderr].concat();
    (ended.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// A folder with a record, its roots, and the files 1 to 3.
fn desk() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (authorities, der) = authorities::record(true);
    fs::write(folder.path().join("preuve.ers"), der).unwrap();
    fs::write(folder.path().join("racines.pem"), authorities.pem()).unwrap();
    for file in 1..4_u32 {
        let bytes = [b"file ".as_slice(), &file.to_be_bytes()].concat();
        fs::write(folder.path().join(format!("{file}.bin")), bytes).unwrap();
    }
    folder
}

#[test]
fn a_record_is_verified_from_files_alone_and_answers_with_its_status() {
    let desk = desk();
    let at = day(450).to_string();
    let all = ["preuve.ers", "--object", "1.bin", "2.bin", "--trust", "racines.pem", "--at", &at];
    let (status, told) = cartulaire(&desk, &all);
    assert_eq!(status, 0, "{told}");
    assert!(told.starts_with("valide  enregistrement de preuve « preuve.ers »"), "{told}");
    assert!(told.contains("chaîne 3, horodatage 1 : 2028-01-10") && told.contains("objet « 2.bin »"), "{told}");

    let (status, told) = cartulaire(&desk, &[&["--json"], all.as_slice()].concat());
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((status, told["verdict"].as_str(), &told["reason"]), (0, Some("valid"), &Value::Null));
    assert_eq!((told["time_stamps"].as_array().unwrap().len(), told["objects"].as_array().unwrap().len()), (5, 2));
    assert_eq!(told["time_stamps"][0]["valid_until"], day(100).to_string());
    assert_eq!(told["time_stamps"][2]["algorithm"], "SHA-384");
}

#[test]
fn without_trust_without_objects_or_with_another_file_nothing_is_valid() {
    let desk = desk();
    let at = day(450).to_string();
    for (arguments, verdict, reason) in [
        (&["--object", "1.bin"][..], "not_verified", "aucune racine de confiance n’est donnée"),
        (&["--trust", "racines.pem"], "not_verified", "Objets non fournis"),
        (&["--object", "1.bin", "3.bin", "--trust", "racines.pem"], "invalid", "Objet « 3.bin »"),
    ] {
        let (status, told) = cartulaire(&desk, &[&["--json", "preuve.ers", "--at", &at], arguments].concat());
        let told: Value = serde_json::from_str(&told).unwrap();
        assert_eq!((status, told["verdict"].as_str()), (1, Some(verdict)), "{told}");
        assert!(told["reason"].as_str().unwrap().contains(reason), "{told}");
    }
    let (status, told) = cartulaire(&desk, &["1.bin", "--object", "1.bin"]);
    assert_eq!(status, 1, "{told}");
    assert!(told.contains("Ce n’est pas un enregistrement de preuve en DER"), "{told}");
    assert_eq!(cartulaire(&desk, &["absent.ers"]).0, 2);
    assert_eq!(cartulaire(&desk, &["preuve.ers", "--at", "hier"]).0, 2);
    assert_eq!(cartulaire(&desk, &["preuve.ers", "--trust", "1.bin"]).0, 1);
}
