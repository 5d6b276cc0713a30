//! What is particular to tar: long names, PAX records, links, devices, sparse members, and the mark at the end.

use std::fs;

use cartulaire::package::{
    fault::FaultKind,
    limits::Limits,
    open::{Package, Source},
};

use super::{
    MANIFEST, at, faults_of,
    hand::{bzip2, gzip, member, tar_by_hand, tar_of},
    manifest_of, package_of, readable, shown, walked, whole,
};

/// PAX records, each with its own length before it.
fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let line = |(key, value): &(&str, &str)| {
        let rest = format!(" {key}={value}\n");
        let length = (1..9_999).find(|n: &usize| n.to_string().len() + rest.len() == *n).unwrap();
        format!("{length}{rest}")
    };
    records.iter().map(line).collect::<String>().into_bytes()
}

fn root() -> Vec<u8> {
    member(b'0', b"manifest.xml", b"<a/>")
}

#[test]
fn gnu_long_names_are_whole() {
    let name = format!("{}/{}", "d".repeat(200), "f".repeat(200));
    let tar = tar_of(&[MANIFEST, (&name, b"x")]);
    assert!(tar.windows(13).any(|window| window == b"././@LongLink"), "the case needs a long name");
    let package = package_of(&tar);
    assert_eq!(package.faults(), []);
    assert_eq!(walked(&package).0[&name], b"x");
}

#[test]
fn pax_records_rename_and_size_their_member() {
    let name = format!("Content/{}.pdf", "é".repeat(120));
    let records = pax(&[("mtime", "1700000000.5"), ("path", &name), ("size", "3"), ("SCHILY.xattr.user.a", "b")]);
    let mut sized = member(b'0', b"short", b"");
    sized.extend(b"abc");
    sized.resize(1024, 0);
    let tar = tar_by_hand(&[member(b'x', b"PaxHeaders/short", &records), sized, root()]);
    for bytes in [tar.clone(), gzip(&tar), bzip2(&tar)] {
        let package = package_of(&bytes);
        assert_eq!(package.faults(), []);
        assert_eq!(package.entries()[0].size, 3);
        assert_eq!(walked(&package).0[&name], b"abc");
        assert_eq!(manifest_of(&package), Ok(b"<a/>".to_vec()));
    }
}

#[test]
fn a_global_record_may_comment_but_not_rename() {
    let comment = member(b'g', b"pax_global_header", &pax(&[("comment", "b9c2")]));
    assert_eq!(faults_of(&tar_by_hand(&[comment, root()])), []);
    let rename = member(b'g', b"pax_global_header", &pax(&[("path", "x")]));
    let faults = faults_of(&tar_by_hand(&[root(), rename, member(b'0', b"a", b"x")]));
    assert!(matches!(faults.as_slice(), [(FaultKind::Corrupt(_), None)]), "{faults:?}");
}

#[test]
fn links_devices_and_sparse_members_are_refused() {
    let refused = [
        (b'1', FaultKind::Link),
        (b'2', FaultKind::Link),
        (b'3', FaultKind::Device),
        (b'4', FaultKind::Device),
        (b'6', FaultKind::Device),
        (b'Z', FaultKind::Device),
        (b'S', FaultKind::Sparse),
    ];
    for (kind, fault) in refused {
        let tar = tar_by_hand(&[root(), member(kind, b"odd", b""), member(b'0', b"a", b"x")]);
        assert_eq!(faults_of(&tar), [at(fault, "odd")]);
        assert_eq!(walked(&package_of(&tar)).0.into_keys().collect::<Vec<_>>(), ["a"]);
    }
    let records = member(b'x', b"x", &pax(&[("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0")]));
    let tar = tar_by_hand(&[root(), records, member(b'0', b"odd", b"1\n0\n")]);
    assert_eq!(faults_of(&tar), [at(FaultKind::Sparse, "odd")]);
}

#[test]
fn links_and_pipes_in_a_folder_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("manifest.xml"), "<a/>").unwrap();
    fs::create_dir(path("Content")).unwrap();
    fs::write(path("Content/a#"), "x").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", path("Content/link")).unwrap();
    std::os::unix::fs::symlink("/etc", path("etc")).unwrap();
    std::os::unix::net::UnixListener::bind(path("socket")).unwrap();
    let opened = Package::open(Source::Folder(folder.path().to_owned()), &Limits::default()).unwrap();
    let forbidden = FaultKind::NameUnsafe(cartulaire::package::fault::Unsafe::ForbiddenCharacter);
    let expected = [
        at(FaultKind::Link, "etc"),
        at(FaultKind::Device, "socket"),
        at(forbidden, "Content/a#"),
        at(FaultKind::Link, "Content/link"),
    ];
    assert_eq!(shown(readable(opened).faults()), expected);
}

#[test]
fn a_file_that_became_a_link_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("manifest.xml"), "<a/>").unwrap();
    fs::write(path("a"), "x").unwrap();
    let opened = Package::open(Source::Folder(folder.path().to_owned()), &Limits::default()).unwrap();
    let package = readable(opened);
    fs::remove_file(path("a")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", path("a")).unwrap();
    assert_eq!(walked(&package), ([].into(), vec![at(FaultKind::Link, "a")]));
}

#[test]
fn a_tar_without_its_end_was_cut() {
    let whole_tar = tar_by_hand(&[root(), member(b'0', b"a", b"x")]);
    assert_eq!(faults_of(&whole_tar), []);
    let cut = &whole_tar[..whole_tar.len() - 1024];
    assert_eq!(faults_of(cut), [whole(FaultKind::Truncated)]);
    assert_eq!(faults_of(&gzip(cut)), [whole(FaultKind::Truncated)]);
}

#[test]
fn a_wrong_header_checksum_is_corrupt() {
    let mut second = member(b'0', b"a", b"x");
    second[0] = b'b';
    let faults = faults_of(&tar_by_hand(&[root(), second]));
    assert!(matches!(faults.as_slice(), [(FaultKind::Corrupt(_), None)]), "{faults:?}");
}

#[test]
fn a_damaged_gzip_is_corrupt_even_behind_its_last_member() {
    let mut bytes = gzip(&tar_by_hand(&[root()]));
    let checksum = bytes.len() - 8;
    bytes[checksum] ^= 1;
    let faults = faults_of(&bytes);
    assert!(matches!(faults.as_slice(), [(FaultKind::Corrupt(_), None)]), "{faults:?}");
}

#[test]
fn an_endless_long_name_is_not_kept_in_memory() {
    let endless = member(b'L', b"././@LongLink", &vec![b'a'; (1 << 20) + 1]);
    let faults = faults_of(&tar_by_hand(&[root(), endless, member(b'0', b"a", b"x")]));
    assert!(matches!(faults.as_slice(), [(FaultKind::Corrupt(_), None)]), "{faults:?}");
}
