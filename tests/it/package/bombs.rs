//! Packages that cost more than they weigh: each limit, on both of its sides.

use cartulaire::package::{fault::FaultKind, limits::Limits};

use super::{
    MANIFEST, at, faults_of, faults_within,
    hand::{Hand, bzip2, deflated, gzip, manifest, stored, tar_of, zip_by_hand, zip_of},
    manifest_of, open_within, readable, walked, whole,
};

/// Limits small enough that a bomb fits a test.
fn strict() -> Limits {
    Limits { ratio: 100, ratio_floor_bytes: 100_000, ..Limits::default() }
}

#[test]
fn what_is_packed_too_well_is_a_bomb() {
    let zeros = vec![0; 1_000_000];
    let high = FaultKind::RatioTooHigh { limit: 100 };
    let zip = zip_by_hand(&[manifest(), deflated("zeros", &zeros)]);
    assert_eq!(faults_within(&zip, &strict()), [at(high.clone(), "zeros")]);
    assert!(walked(&readable(open_within(&zip, &strict()))).0.is_empty(), "a bomb was unpacked");
    let tar = tar_of(&[MANIFEST, ("zeros", &zeros)]);
    for bytes in [gzip(&tar), bzip2(&tar)] {
        assert_eq!(faults_within(&bytes, &strict()), [whole(high.clone())]);
        assert_eq!(faults_of(&bytes), [], "below the floor no ratio is too high");
    }
    assert_eq!(faults_of(&zip), []);
    assert_eq!(faults_within(&tar, &strict()), [], "a plain tar is not packed");
}

#[test]
fn a_bomb_is_not_unpacked_to_its_end() {
    let layer = gzip(&tar_of(&[MANIFEST, ("zeros", &vec![0; 40_000_000])]));
    let limits = Limits { ratio: 100, ratio_floor_bytes: 1_000_000, unpacked_bytes: 1 << 40, ..Limits::default() };
    let package = readable(open_within(&layer, &limits));
    let faults = super::shown(package.faults());
    assert_eq!(faults, [whole(FaultKind::RatioTooHigh { limit: 100 })]);
    // The bomb itself was listed before its body was met; reading it stops at the same limit.
    let mut read = 0;
    let faults = package.walk::<std::io::Error>(&mut |_, body| {
        read += std::io::copy(body, &mut std::io::sink())?;
        Ok(())
    });
    assert!(matches!(faults.unwrap()[0].kind, FaultKind::RatioTooHigh { .. }));
    assert_eq!(read, 0, "the visitor's copy must have failed");
}

#[test]
fn there_is_a_limit_to_all_bytes() {
    let files = [MANIFEST, ("a", &[1; 5_000][..]), ("b", &[2; 5_000][..])];
    let limits = |unpacked_bytes| Limits { unpacked_bytes, ..Limits::default() };
    let large = |limit| [whole(FaultKind::TooLarge { limit })];
    for bytes in [zip_of(&files), tar_of(&files)] {
        assert_eq!(faults_within(&bytes, &limits(10_018)), []);
        assert_eq!(faults_within(&bytes, &limits(10_017)), large(10_017));
        let (read, faults) = walked(&readable(open_within(&bytes, &limits(9_000))));
        assert_eq!(read.into_keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(faults, [at(FaultKind::TooLarge { limit: 9_000 }, "b")]);
    }
    let tar = tar_of(&files);
    let length = u64::try_from(tar.len()).unwrap();
    assert_eq!(faults_within(&gzip(&tar), &limits(length)), []);
    assert_eq!(faults_within(&gzip(&tar), &limits(length - 1)), large(length - 1));
}

#[test]
fn there_is_a_limit_to_the_manifest() {
    let limits = |manifest_bytes| Limits { manifest_bytes, ..Limits::default() };
    for bytes in [zip_of(&[MANIFEST, ("a", b"x")]), tar_of(&[MANIFEST, ("a", b"x")])] {
        assert_eq!(faults_within(&bytes, &limits(18)), []);
        let large = vec![at(FaultKind::TooLarge { limit: 17 }, "manifest.xml")];
        assert_eq!(faults_within(&bytes, &limits(17)), large);
        assert_eq!(manifest_of(&readable(open_within(&bytes, &limits(18)))), Ok(MANIFEST.1.to_vec()));
        assert_eq!(manifest_of(&readable(open_within(&bytes, &limits(17)))), Err(large));
    }
}

#[test]
fn there_is_a_limit_to_entries() {
    let names: Vec<String> = (0..10).map(|index| format!("{index}")).collect();
    let mut files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    files.push(MANIFEST);
    let limits = |entries| Limits { entries, ..Limits::default() };
    for bytes in [zip_of(&files), tar_of(&files), gzip(&tar_of(&files))] {
        assert_eq!(faults_within(&bytes, &limits(11)), []);
        let many = [whole(FaultKind::TooManyEntries { limit: 10 })];
        assert_eq!(faults_within(&bytes, &limits(10)), many, "what was not looked at is not missing");
    }
}

#[test]
fn entries_that_share_their_bytes_are_refused() {
    let content = vec![0; 10_000];
    let first = deflated("0", &content);
    // The manifest lies first, so the kernel that all others point at begins where it ends.
    let kernel = u32::try_from(30 + 12 + 18).unwrap();
    let same =
        |name: &str| Hand { offset: Some(kernel), is_ghost: true, ..Hand { name: name.into(), ..first.clone() } };
    let mut entries = vec![manifest(), first.clone()];
    entries.push(same("0"));
    let faults = faults_of(&zip_by_hand(&entries));
    assert!(faults.contains(&at(FaultKind::Overlap, "0")), "{faults:?}");
    assert!(faults.contains(&at(FaultKind::DuplicateName, "0")), "{faults:?}");
    // A stored entry whose data hold another entry's header and data: one is within the other.
    let within = zip_by_hand(&[stored("x", b"y")]);
    let outer = stored("outer", &within);
    let hidden = Hand { offset: Some(kernel + 30 + 5), is_ghost: true, ..stored("x", b"y") };
    let faults = faults_of(&zip_by_hand(&[manifest(), outer, hidden]));
    assert_eq!(faults, [at(FaultKind::Overlap, "outer"), at(FaultKind::Overlap, "x")]);
}
