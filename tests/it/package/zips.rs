//! What is particular to ZIP: encryption, methods, links, headers that disagree, checksums, ZIP64.

use std::io::Write;

use cartulaire::package::fault::FaultKind;

use super::{
    MANIFEST, at, faults_of,
    hand::{Hand, deflated, manifest, stored, zip_by_hand},
    manifest_of, package_of, walked,
};

#[test]
fn encrypted_entries_are_refused() {
    let locked = Hand { flags: 1, ..stored("secret.pdf", b"twelve bytes and more") };
    let bytes = zip_by_hand(&[manifest(), locked, stored("open.pdf", b"x")]);
    assert_eq!(faults_of(&bytes), [at(FaultKind::Encrypted, "secret.pdf")]);
    assert_eq!(walked(&package_of(&bytes)).0.into_keys().collect::<Vec<_>>(), ["open.pdf"]);
}

#[test]
fn an_encrypted_manifest_is_not_missing() {
    let locked = Hand { flags: 1, ..manifest() };
    let bytes = zip_by_hand(&[locked, stored("a", b"x")]);
    assert_eq!(faults_of(&bytes), [at(FaultKind::Encrypted, "manifest.xml")]);
}

#[test]
fn only_stored_and_deflated_are_supported() {
    for method in [1, 9, 12, 14, 93, 99] {
        let odd = Hand { method, ..stored("odd", b"x") };
        assert_eq!(faults_of(&zip_by_hand(&[manifest(), odd])), [at(FaultKind::UnsupportedMethod, "odd")]);
    }
    assert_eq!(faults_of(&zip_by_hand(&[manifest(), deflated("a", b"x"), stored("b", b"y")])), []);
}

#[test]
fn links_and_devices_are_refused() {
    let of_mode = |mode| Hand { mode, ..stored("odd", b"/etc/passwd") };
    assert_eq!(faults_of(&zip_by_hand(&[manifest(), of_mode(0o120_777)])), [at(FaultKind::Link, "odd")]);
    assert_eq!(faults_of(&zip_by_hand(&[manifest(), of_mode(0o020_644)])), [at(FaultKind::Device, "odd")]);
    assert_eq!(faults_of(&zip_by_hand(&[manifest(), of_mode(0o100_644)])), []);
}

#[test]
fn an_entry_whose_own_header_says_otherwise_is_refused() {
    let renamed = Hand { local_name: Some(b"b.exe".to_vec()), ..stored("a.pdf", b"x") };
    assert_eq!(faults_of(&zip_by_hand(&[manifest(), renamed])), [at(FaultKind::HeadersDisagree, "a.pdf")]);
}

#[test]
fn an_entry_without_its_own_header_is_refused() {
    for offset in [5, 1_000_000, u32::MAX - 1] {
        let ghost = Hand { offset: Some(offset), is_ghost: true, ..stored("ghost", b"x") };
        let faults = faults_of(&zip_by_hand(&[manifest(), ghost]));
        assert!(
            matches!(faults.as_slice(), [(FaultKind::Corrupt(_) | FaultKind::Truncated, Some(name))] if name == "ghost"),
            "{faults:?}"
        );
    }
}

#[test]
fn a_directory_that_counts_too_few_hides_nothing() {
    let mut bytes = zip_by_hand(&[manifest(), stored("a", b"x"), stored("hidden", b"y")]);
    assert_eq!(faults_of(&bytes), []);
    let counts = bytes.len() - 22 + 8;
    bytes.splice(counts..counts + 4, [2, 0, 2, 0]);
    let faults = faults_of(&bytes);
    assert!(matches!(faults.as_slice(), [(FaultKind::Corrupt(_), None)]), "{faults:?}");
}

#[test]
fn a_wrong_checksum_is_a_fault_of_the_entry_alone() {
    let bad = Hand { crc: 1, ..deflated("bad", b"content") };
    let package = package_of(&zip_by_hand(&[manifest(), bad, stored("good", b"x")]));
    assert_eq!(package.faults(), []);
    let (read, faults) = walked(&package);
    assert!(matches!(faults.as_slice(), [(FaultKind::Corrupt(_), Some(name))] if name == "bad"), "{faults:?}");
    assert_eq!(read.into_keys().collect::<Vec<_>>(), ["good"]);
}

#[test]
fn a_bad_manifest_gives_faults_and_no_answer() {
    let package = package_of(&zip_by_hand(&[Hand { crc: 1, ..manifest() }, stored("a", b"x")]));
    let answer = manifest_of(&package);
    assert!(matches!(answer.as_ref().unwrap_err().as_slice(), [(FaultKind::Corrupt(_), Some(_))]), "{answer:?}");
}

#[test]
fn a_size_that_lies_cuts_the_entry() {
    for (lie, data) in [(3, deflated("liar", b"longer than three")), (3, stored("liar", b"longer than three"))] {
        let package = package_of(&zip_by_hand(&[manifest(), Hand { size: lie, ..data }]));
        let mut read = 0;
        let faults = package.walk::<std::io::Error>(&mut |_, body| {
            let mut buffer = [0; 64];
            loop {
                match body.read(&mut buffer)? {
                    0 => return Ok(()),
                    n => read += n,
                }
            }
        });
        let faults = faults.unwrap();
        assert!(matches!(faults[0].kind, FaultKind::Corrupt(_)), "{faults:?}");
        assert!(read <= 3, "{read} bytes were handed out of an entry that declares 3");
    }
}

#[test]
fn zip64_entries_are_read() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::DEFAULT.large_file(true);
    for (name, content) in [MANIFEST, ("Content/a", b"small, but announced large")] {
        zip.start_file(name, options).unwrap();
        zip.write_all(content).unwrap();
    }
    let package = package_of(&zip.finish().unwrap().into_inner());
    assert_eq!(package.faults(), []);
    assert_eq!(manifest_of(&package), Ok(MANIFEST.1.to_vec()));
    assert_eq!(walked(&package).0["Content/a"], b"small, but announced large");
}

#[test]
fn more_entries_than_sixteen_bits_count_are_read() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::DEFAULT.compression_method(zip::CompressionMethod::Stored);
    for index in 0..66_000 {
        zip.start_file(format!("Content/{index}"), options).unwrap();
    }
    zip.start_file("manifest.xml", options).unwrap();
    zip.write_all(MANIFEST.1).unwrap();
    let package = package_of(&zip.finish().unwrap().into_inner());
    assert_eq!((package.faults(), package.entries().len()), (&[][..], 66_001));
    assert_eq!(manifest_of(&package), Ok(MANIFEST.1.to_vec()));
}
