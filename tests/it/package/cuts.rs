//! Packages cut short or changed at random: always an answer, never a panic, and a cut is never taken for the whole.

use proptest::{prelude::*, sample::Index};

use cartulaire::package::{
    limits::Limits,
    open::{Package, Source},
};

use super::{
    MANIFEST, file_of,
    hand::{bzip2, deflated, gzip, stored, tar_of, zip_by_hand, zip_of},
    readable, survives, walked,
};

fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..length).map(|_| next()).collect()
}

fn containers() -> Vec<(&'static str, Vec<u8>)> {
    let (one, two) = (noise(3_000), noise(2_500));
    let files = [("Content/a", one.as_slice()), MANIFEST, ("Content/b", two.as_slice())];
    let tar = tar_of(&files);
    vec![("zip", zip_of(&files)), ("tar.gz", gzip(&tar)), ("tar.bz2", bzip2(&tar)), ("tar", tar)]
}

#[test]
fn a_cut_package_is_never_taken_for_the_whole() {
    for (container, bytes) in containers() {
        assert!(survives(&bytes, &Limits::default()), "{container} is good before it is cut");
        // The second block of zeros at the end of a plain tar carries nothing.
        let last = if container == "tar" { bytes.len() - 512 } else { bytes.len() };
        let tenths = (1..10).map(|tenth| last * tenth / 10);
        for length in tenths.chain([1, 3, 4, 30, 511, 512, 513, last - 1]) {
            assert!(!survives(&bytes[..length], &Limits::default()), "{container} cut at {length} of {last}");
        }
    }
}

#[test]
fn a_package_cut_behind_an_inner_zip_is_not_that_zip() {
    let inner = zip_of(&[MANIFEST]);
    let bytes = zip_by_hand(&[stored("inner.zip", &inner), stored("manifest.xml", b"<outer/>")]);
    let end_of_inner = 30 + 9 + inner.len();
    assert_eq!(&bytes[30 + 9..end_of_inner], inner);
    assert!(!survives(&bytes[..end_of_inner], &Limits::default()));
}

#[test]
fn a_file_cut_while_it_is_open_is_a_fault_and_no_short_content() {
    for (container, bytes) in containers() {
        let file = file_of(&bytes);
        let handle = file.try_clone().unwrap();
        let package = readable(Package::open(Source::File(file), &Limits::default()).unwrap());
        handle.set_len(2_000).unwrap();
        let (read, faults) = walked(&package);
        assert!(!faults.is_empty() && read.is_empty(), "{container}: {faults:?}");
    }
}

fn bounded() -> Limits {
    Limits { unpacked_bytes: 10 << 20, ratio_floor_bytes: 1 << 20, ..Limits::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn arbitrary_bytes_get_an_answer(
        magic in prop::sample::select(vec![&b""[..], b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08\x00", b"BZh9"]),
        bytes in prop::collection::vec(any::<u8>(), 0..2_000),
    ) {
        survives(&[magic, bytes.as_slice()].concat(), &bounded());
    }

    #[test]
    fn changed_containers_get_an_answer(
        which in any::<Index>(),
        changes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..8),
    ) {
        let files: [(&str, &[u8]); 3] = [("Content/é", &[5; 300]), MANIFEST, ("b", b"x")];
        let tar = tar_of(&files);
        let zip = zip_by_hand(&[stored("a", b"1"), deflated("b", &[9; 500]), stored("manifest.xml", b"<a/>")]);
        let containers = [zip_of(&files), gzip(&tar), bzip2(&tar), tar, zip];
        let mut bytes = which.get(&containers).clone();
        for (place, byte) in changes {
            *place.get_mut(&mut bytes) = byte;
        }
        survives(&bytes, &bounded());
    }

    #[test]
    fn a_changed_end_of_a_zip_gets_an_answer(changes in prop::collection::vec((0usize..120, any::<u8>()), 1..4)) {
        let mut bytes = zip_by_hand(&[stored("a", b"1"), stored("manifest.xml", b"<a/>")]);
        let length = bytes.len();
        for (back, byte) in changes {
            bytes[length - 1 - back] = byte;
        }
        survives(&bytes, &bounded());
    }
}
