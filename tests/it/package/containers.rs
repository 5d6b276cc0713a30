//! Each container, good and empty and unknown; what is read is what was put in.

use std::fs;

use cartulaire::package::{
    fault::FaultKind,
    limits::Limits,
    open::{Container, Opened, Package, Source},
    read::WalkError,
};

use super::{
    MANIFEST, faults_of,
    hand::{bzip2, gzip, stored, tar_by_hand, tar_of, zip_by_hand, zip_of},
    manifest_of, package_of, readable, walked, whole,
};

fn files() -> Vec<(&'static str, &'static [u8])> {
    vec![
        ("Content/acte.pdf", b"%PDF-1.7 acte"),
        MANIFEST,
        ("Content/vide.txt", b""),
        ("Content/b/c.txt", &[7; 100_000]),
    ]
}

#[track_caller]
fn check(package: &Package, container: Container) {
    assert_eq!(package.container(), container);
    assert_eq!(package.faults(), []);
    assert_eq!(package.manifest().unwrap().text(), Some("manifest.xml"));
    assert_eq!(manifest_of(package), Ok(MANIFEST.1.to_vec()));
    assert_eq!(manifest_of(package), Ok(MANIFEST.1.to_vec()), "a manifest can be read twice");
    let (read, faults) = walked(package);
    assert_eq!(faults, []);
    let expected = files().into_iter().filter(|file| *file != MANIFEST);
    assert_eq!(read, expected.map(|(name, content)| (name.to_owned(), content.to_vec())).collect());
    let sizes: u64 = package.entries().iter().map(|entry| entry.size).sum();
    assert_eq!((package.entries().len(), sizes), (4, 100_000 + 13 + 18));
}

#[test]
fn each_container_gives_back_what_was_put_in() {
    check(&package_of(&zip_of(&files())), Container::Zip);
    let tar = tar_of(&files());
    check(&package_of(&tar), Container::Tar);
    check(&package_of(&gzip(&tar)), Container::TarGz);
    check(&package_of(&bzip2(&tar)), Container::TarBz2);
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files() {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let opened = Package::open(Source::Folder(folder.path().to_owned()), &Limits::default()).unwrap();
    check(&readable(opened), Container::Folder);
}

#[test]
fn a_gzip_of_several_members_is_one_tar() {
    let tar = tar_of(&files());
    let (one, other) = tar.split_at(700);
    check(&package_of(&[gzip(one), gzip(other)].concat()), Container::TarGz);
    check(&package_of(&[bzip2(one), bzip2(other)].concat()), Container::TarBz2);
}

#[test]
fn order_is_the_container_s() {
    for bytes in [zip_of(&files()), tar_of(&files())] {
        let package = package_of(&bytes);
        let names: Vec<_> = package.entries().iter().map(|entry| entry.name.display()).collect();
        assert_eq!(names, ["Content/acte.pdf", "manifest.xml", "Content/vide.txt", "Content/b/c.txt"]);
    }
}

#[test]
fn an_empty_container_is_empty_and_no_more() {
    let empty = [whole(FaultKind::Empty)];
    assert_eq!(faults_of(b""), empty);
    assert_eq!(faults_of(&zip_of(&[])), empty);
    assert_eq!(faults_of(&gzip(&tar_by_hand(&[]))), empty);
    let folder = tempfile::tempdir().unwrap();
    let opened = Package::open(Source::Folder(folder.path().to_owned()), &Limits::default()).unwrap();
    assert!(matches!(opened, Opened::Unreadable(faults) if faults[0].kind == FaultKind::Empty));
}

#[test]
fn what_is_no_container_is_unknown() {
    let unknown = [whole(FaultKind::UnknownContainer)];
    assert_eq!(faults_of(b"<?xml version=\"1.0\"?><ArchiveTransfer/>"), unknown);
    assert_eq!(faults_of(&[0xff; 2_000]), unknown);
    assert_eq!(faults_of(&gzip(&[b'a'; 2_000])), unknown);
    assert_eq!(faults_of(&bzip2(&[b'a'; 2_000])), unknown);
}

#[test]
fn a_zip_within_a_package_stays_a_file() {
    let inner = zip_of(&[("../evil", b"x"), ("manifest.xml", b"inner")]);
    for bytes in [zip_of(&[MANIFEST, ("inner.zip", &inner)]), tar_of(&[MANIFEST, ("inner.zip", &inner)])] {
        let package = package_of(&bytes);
        assert_eq!((package.faults(), package.entries().len()), (&[][..], 2));
        assert_eq!(walked(&package).0["inner.zip"], inner);
    }
}

#[test]
fn a_zip_behind_something_else_is_not_opened() {
    let zip = zip_of(&[MANIFEST]);
    assert_eq!(faults_of(&[b"#!/bin/sh\n", zip.as_slice()].concat()), [whole(FaultKind::UnknownContainer)]);
    let cut = [b"PK\x03\x04 the rest was lost", zip.as_slice()].concat();
    assert!(!super::survives(&cut, &Limits::default()));
}

#[test]
fn the_manifest_is_missing_or_ambiguous() {
    for bytes in [zip_of(&[("a/manifest.xml", b"x")]), tar_of(&[("Manifest.xml", b"x")])] {
        assert_eq!(faults_of(&bytes), [whole(FaultKind::ManifestMissing)]);
        assert_eq!(manifest_of(&package_of(&bytes)), Err(vec![whole(FaultKind::ManifestMissing)]));
    }
    let two = zip_of(&[MANIFEST, ("bordereau.xml", b"x")]);
    let ambiguous = |name: &str| super::at(FaultKind::ManifestAmbiguous, name);
    assert_eq!(faults_of(&two), [ambiguous("manifest.xml"), ambiguous("bordereau.xml")]);
    assert_eq!(package_of(&two).manifest(), None);
}

#[test]
fn a_manifest_that_came_apart_makes_every_file_content() {
    let one = package_of(&tar_of(&[("a_manifest.xml", b"content"), ("acte.pdf", b"x")])).with_manifest_apart();
    assert_eq!((one.faults(), one.manifest()), (&[][..], None));
    assert_eq!(walked(&one).0.into_keys().collect::<Vec<_>>(), ["a_manifest.xml", "acte.pdf"]);
    for files in [&[("acte.pdf", &b"x"[..])][..], &[("manifest.xml", b"x"), ("bordereau.xml", b"y")]] {
        assert_eq!(package_of(&zip_of(files)).with_manifest_apart().faults(), []);
    }
    let unsafe_name = package_of(&zip_of(&[("a#", b"x"), ("b", b"y")])).with_manifest_apart();
    assert_eq!(unsafe_name.faults().len(), 1, "all other faults stay");
}

#[test]
fn a_visitor_can_stop_the_walk() {
    let package = package_of(&zip_of(&files()));
    let mut visits = 0;
    let answer = package.walk(&mut |_, _| {
        visits += 1;
        Err("enough")
    });
    assert!(matches!(answer, Err(WalkError::Visitor("enough"))));
    assert_eq!(visits, 1);
}

#[test]
fn a_visitor_need_not_read() {
    for bytes in [zip_of(&files()), gzip(&tar_of(&files()))] {
        let mut seen = Vec::new();
        let faults = package_of(&bytes).walk::<()>(&mut |entry, _| {
            seen.push(entry.name.display());
            Ok(())
        });
        assert_eq!(faults.unwrap(), []);
        assert_eq!(seen, ["Content/acte.pdf", "Content/vide.txt", "Content/b/c.txt"]);
    }
}

#[test]
fn an_empty_entry_beside_stored_ones_is_read() {
    let package = package_of(&zip_by_hand(&[stored("manifest.xml", b"<a/>"), stored("a", b""), stored("b", b"x")]));
    assert_eq!(walked(&package).0.len(), 2);
}
