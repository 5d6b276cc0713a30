//! Names: what is accepted goes through every container unchanged, what is dangerous is refused in every container.

use std::fs;

use cartulaire::package::{
    fault::{FaultKind, Unsafe},
    limits::Limits,
    open::{Package, Source},
};

use super::{
    MANIFEST, at, faults_of,
    hand::{Hand, bzip2, crc, gzip, manifest, member, stored, tar_by_hand, tar_of, zip_by_hand, zip_of},
    package_of, readable, walked,
};

/// Every name that must be kept as it is.
fn zoo() -> Vec<String> {
    let long = format!("{}/{}.pdf", "d".repeat(255), "f".repeat(251));
    let mut names: Vec<String> = [
        "Content/ID13.txt",
        "Délibération n° 12 — été.pdf",
        "e\u{301}te\u{301} de\u{301}compose\u{301}.pdf",
        "R&D + l'annexe (2).odt",
        "議事録/二〇二六年.pdf",
        " commence et finit par une espace ",
        ".cache/..double..point",
        "ab:c ; c = d, %41 @ ~ ^ ` { } [ ] !$.txt",
        "😀.txt",
    ]
    .map(str::to_owned)
    .into();
    names.push(long);
    names
}

#[track_caller]
fn check(package: &Package) {
    assert_eq!(package.faults(), []);
    let (read, faults) = walked(package);
    assert_eq!(faults, []);
    let mut expected = zoo();
    expected.sort();
    assert_eq!(read.keys().cloned().collect::<Vec<_>>(), expected);
    assert!(read.iter().all(|(name, content)| name.as_bytes() == content), "a name leads to another's content");
}

#[test]
fn accepted_names_go_through_every_container() {
    let zoo = zoo();
    let mut files: Vec<(&str, &[u8])> = zoo.iter().map(|name| (name.as_str(), name.as_bytes())).collect();
    files.push(MANIFEST);
    check(&package_of(&zip_of(&files)));
    let tar = tar_of(&files);
    check(&package_of(&tar));
    check(&package_of(&gzip(&tar)));
    check(&package_of(&bzip2(&tar)));
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    check(&readable(Package::open(Source::Folder(folder.path().to_owned()), &Limits::default()).unwrap()));
}

#[test]
fn dangerous_names_are_refused_in_zip_and_tar() {
    let dangers = [
        ("../../BadFile.txt", Unsafe::Traversal),
        ("/etc/passwd", Unsafe::Absolute),
        ("Content/ID\\13.txt", Unsafe::Backslash),
        ("C:autoexec.bat", Unsafe::DriveLetter),
        ("a\nb", Unsafe::ControlCharacter),
        ("a#", Unsafe::ForbiddenCharacter),
        ("a//b", Unsafe::EmptyStep),
    ];
    for (name, reason) in dangers {
        let expected = [at(FaultKind::NameUnsafe(reason), name)];
        let zip = zip_by_hand(&[manifest(), stored(name, b"x")]);
        let tar = tar_by_hand(&[member(b'0', b"manifest.xml", b"<a/>"), member(b'0', name.as_bytes(), b"x")]);
        for bytes in [zip, tar] {
            assert_eq!(faults_of(&bytes), expected);
            assert!(walked(&package_of(&bytes)).0.is_empty(), "an unsafe entry was read");
        }
    }
}

#[test]
fn a_dangerous_folder_is_refused_too() {
    let zip = zip_by_hand(&[manifest(), stored("../up/", b"")]);
    assert_eq!(faults_of(&zip), [at(FaultKind::NameUnsafe(Unsafe::Traversal), "../up/")]);
    assert_eq!(faults_of(&zip_by_hand(&[manifest(), stored("Content/", b"")])), []);
}

#[test]
fn every_fault_is_told_not_only_the_first() {
    let bytes = zip_by_hand(&[stored("../a#", b"x"), manifest(), stored("b?", b"x"), stored("good", b"x")]);
    let expected = [
        at(FaultKind::NameUnsafe(Unsafe::Traversal), "../a#"),
        at(FaultKind::NameUnsafe(Unsafe::ForbiddenCharacter), "../a#"),
        at(FaultKind::NameUnsafe(Unsafe::ForbiddenCharacter), "b?"),
    ];
    assert_eq!(faults_of(&bytes), expected);
    assert_eq!(walked(&package_of(&bytes)).0.into_keys().collect::<Vec<_>>(), ["good"]);
}

#[test]
fn long_names_are_refused_beyond_the_limit() {
    let step = "a".repeat(256);
    let too_long = |limit, found| FaultKind::NameTooLong { limit, found };
    let path = format!("{}/b", ["c".repeat(255), "d".repeat(255), "e".repeat(255), "f".repeat(255)].join("/"));
    let files = [MANIFEST, (step.as_str(), b"x"), (path.as_str(), b"y")];
    for bytes in [zip_of(&files), tar_of(&files)] {
        assert_eq!(faults_of(&bytes), [at(too_long(255, 256), &step), at(too_long(1024, 1025), &path)]);
    }
}

#[test]
fn a_leading_dot_step_is_dropped() {
    let bytes = tar_by_hand(&[
        member(b'5', b"./", b""),
        member(b'0', b"./manifest.xml", b"<a/>"),
        member(b'5', b"./Content/", b""),
        member(b'0', b"./Content/a", b"x"),
    ]);
    let package = package_of(&bytes);
    assert_eq!(package.faults(), []);
    assert_eq!(package.manifest().unwrap().text(), Some("manifest.xml"));
    assert_eq!(walked(&package).0.into_keys().collect::<Vec<_>>(), ["Content/a"]);
}

#[test]
fn a_name_given_twice_is_a_duplicate_in_either_form() {
    let twice = zip_by_hand(&[manifest(), stored("a", b"1"), stored("a", b"2")]);
    assert_eq!(faults_of(&twice), [at(FaultKind::DuplicateName, "a")]);
    assert_eq!(walked(&package_of(&twice)).0["a"], b"1");
    let forms = tar_of(&[MANIFEST, ("\u{e9}", b"1"), ("e\u{301}", b"2")]);
    assert_eq!(faults_of(&forms), [at(FaultKind::DuplicateName, "e\u{301}")]);
    assert_eq!(faults_of(&tar_of(&[MANIFEST, ("é", b"1"), ("É", b"2")])), []);
}

#[test]
fn old_names_are_read_in_code_page_437_unless_they_are_utf8() {
    let old = Hand { name: b"d\x82lib\x82ration.pdf".to_vec(), ..stored("", b"x") };
    let bare = Hand { name: "mairie d'Évry.pdf".into(), ..stored("", b"y") };
    let flagged = Hand { name: "forêt.pdf".into(), flags: 1 << 11, ..stored("", b"z") };
    let package = package_of(&zip_by_hand(&[manifest(), old, bare, flagged]));
    assert_eq!(package.faults(), []);
    let names: Vec<_> = walked(&package).0.into_keys().collect();
    assert_eq!(names, ["délibération.pdf", "forêt.pdf", "mairie d'Évry.pdf"]);
}

#[test]
fn the_unicode_path_field_is_the_name() {
    let plain = b"d?lib?ration.pdf";
    let mut field = vec![1];
    field.extend(crc(plain).to_le_bytes());
    field.extend("délibération.pdf".as_bytes());
    let mut extra = vec![0x75, 0x70, u8::try_from(field.len()).unwrap(), 0];
    extra.extend(field);
    let entry = Hand { name: plain.to_vec(), extra, ..stored("", b"x") };
    let package = package_of(&zip_by_hand(&[manifest(), entry]));
    assert_eq!(package.faults(), []);
    assert_eq!(walked(&package).0.into_keys().collect::<Vec<_>>(), ["délibération.pdf"]);
}

#[test]
fn a_name_in_latin_1_comes_through_tar_as_bytes() {
    let bytes = tar_by_hand(&[member(b'0', b"manifest.xml", b"<a/>"), member(b'0', b"caf\xe9.txt", b"x")]);
    let package = package_of(&bytes);
    assert_eq!(package.faults(), []);
    assert_eq!(package.entries()[1].name.bytes(), b"caf\xe9.txt");
}
