//! A signature's place in a report: what is signed, what is left as it was, and what is seen of later changes.

use std::fs;

use cartulaire::{
    domain::clock::Timestamp,
    pdf::{
        Error,
        reading::{self, Coverage, Fault, Reading},
        signing::{self, Field},
    },
};
use proptest::prelude::*;

use crate::pdf::{said, sample};

const LIMITS: reading::Limits = reading::Limits { inflated_bytes: 16 << 20, fields: 1_000 };

/// Something in DER, to stand for a signature.
const DER: &[u8] = &[0x30, 0x06, 0x04, 0x04, 1, 2, 3, 4];

pub fn field() -> Field {
    Field {
        reason: "Cachet du rapport d’intégrité (art. 9999999999)".into(),
        place: "Soissons".into(),
        name: "Service d’archivage électronique".into(),
        at: Timestamp::parse("2026-11-22T08:00:00Z").unwrap(),
        reserved_bytes: 8_192,
    }
}

fn read(pdf: &[u8]) -> Reading {
    reading::read(pdf, LIMITS)
}

fn signed() -> Vec<u8> {
    signing::prepare(&sample::written(), &field()).unwrap().finish(DER).unwrap()
}

#[test]
fn a_report_is_signed_as_a_whole_and_keeps_its_first_bytes() {
    let before = sample::written();
    assert_eq!(read(&before), Reading { revisions: 1, signatures: vec![], fault: None });
    let prepared = signing::prepare(&before, &field()).unwrap();
    let to_sign = prepared.bytes_to_sign().map(<[u8]>::to_vec);
    let after = prepared.finish(DER).unwrap();
    assert!(after.starts_with(&before), "an update only adds");
    assert_eq!(after, signed(), "equal input gives equal bytes");
    let Reading { revisions: 2, signatures, fault: None } = read(&after) else { panic!("{:?}", read(&after)) };
    let [signature] = signatures.as_slice() else { panic!("{signatures:?}") };
    assert_eq!(signature.coverage, Coverage::Whole);
    assert_eq!(signature.contents, DER);
    assert_eq!(signature.signed_bytes(&after).unwrap().map(<[u8]>::to_vec), to_sign);
    assert_eq!((signature.field.as_str(), signature.form.as_str()), ("Signature1", "ETSI.CAdES.detached"));
    assert_eq!(signature.reason, field().reason);
}

#[test]
fn a_signed_report_is_sound_to_qpdf_and_still_reads_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.pdf");
    fs::write(&path, signed()).unwrap();
    let path = path.to_str().unwrap();
    if let Some(checked) = said("qpdf", &["--check", path]) {
        assert!(checked.contains("No syntax or stream encoding errors found"), "{checked}");
    }
    if let Some(text) = said("pdftotext", &[path, "-"]) {
        assert!(text.contains("L’archive est intègre"));
    }
}

#[test]
fn a_second_signature_leaves_the_first_one_to_its_revision() {
    let twice = signing::prepare(&signed(), &field()).unwrap().finish(DER).unwrap();
    let read = read(&twice);
    let seen: Vec<_> = read.signatures.iter().map(|signature| (signature.field.as_str(), signature.coverage)).collect();
    assert_eq!(seen, [("Signature1", Coverage::Revision(2)), ("Signature2", Coverage::Whole)]);
    assert_eq!(read.revisions, 3);
}

#[test]
fn what_is_added_or_left_out_is_seen() {
    let signed = signed();
    let coverage = |pdf: &[u8]| read(pdf).signatures.first().map(|signature| signature.coverage);
    assert_eq!(coverage(&[signed.as_slice(), b"\nand more"].concat()), Some(Coverage::Revision(2)));
    let at = signed.windows(11).rposition(|window| window == b"/ByteRange[").unwrap() + 11;
    let end = at + signed[at..].iter().position(|byte| *byte == b']').unwrap();
    let numbers: Vec<usize> = std::str::from_utf8(&signed[at..end])
        .unwrap()
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    for wrong in [
        [1, numbers[1] - 1, numbers[2], numbers[3]],
        [0, numbers[1] - 1, numbers[2], numbers[3]],
        [0, numbers[1], numbers[2] + 1, numbers[3] - 1],
        [0, numbers[1], numbers[2], numbers[3] - 40],
        [0, numbers[1], numbers[2], numbers[3] + 1],
        [0, 0, numbers[2], numbers[3]],
    ] {
        let mut changed = signed.clone();
        let text = wrong.map(|number| number.to_string()).join(" ");
        changed.splice(at..end, format!("{text:<width$}", width = end - at).into_bytes());
        assert_eq!(coverage(&changed), Some(Coverage::Broken), "{text}");
        assert_eq!(read(&changed).signatures[0].signed_bytes(&changed), None);
    }
}

#[test]
fn a_signature_longer_than_its_place_is_refused() {
    let prepared = signing::prepare(&sample::written(), &Field { reserved_bytes: 8, ..field() }).unwrap();
    assert!(prepared.clone().finish(DER).is_ok());
    let refused = prepared.finish(&[DER, &[0]].concat());
    assert!(matches!(refused, Err(Error::NoRoom { needed: 9, reserved: 8 })), "{refused:?}");
}

#[test]
fn what_is_no_pdf_is_a_fault_and_is_not_signed() {
    for bytes in [&b""[..], b"%PDF-1.7", b"PK\x03\x04", &[b'['; 100_000], &b"<<".repeat(50_000)] {
        assert_eq!(read(bytes).fault, Some(Fault::Malformed));
        assert!(matches!(signing::prepare(bytes, &field()), Err(Error::Unreadable(_))));
    }
    assert_eq!(Fault::Malformed.sentence(), "Le fichier n’est pas un PDF lisible.");
}

#[test]
fn a_report_cut_anywhere_is_read_without_harm_and_never_as_whole() {
    let signed = signed();
    let first = sample::written().len();
    for at in (0..signed.len()).step_by(1_009).chain(signed.len() - 64..signed.len()) {
        let cut = read(&signed[..at]);
        let whole = cut.signatures.iter().any(|signature| signature.coverage == Coverage::Whole);
        assert!(!whole, "cut at {at} of {} ({first}): {cut:?}", signed.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_report_with_a_changed_byte_is_read_without_harm(at in any::<prop::sample::Index>(), flip in 1u8..) {
        let mut changed = signed();
        let at = at.index(changed.len());
        changed[at] ^= flip;
        for signature in read(&changed).signatures {
            // the digest of the signed bytes tells of a change among them; here nothing may be out of the file
            prop_assert!(signature.coverage == Coverage::Broken || signature.signed_bytes(&changed).is_some());
        }
        let _ = signing::prepare(&changed, &field());
    }
}
