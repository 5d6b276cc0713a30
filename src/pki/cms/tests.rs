//! What is sealed reads back and verifies; what is altered does not; what is hostile only makes faults.

use super::*;
use crate::{
    digest,
    domain::clock::Timestamp,
    pki::seal::{Made, Signer, create_self_signed},
};

fn born() -> Timestamp {
    Timestamp::parse("2026-11-22T08:00:00Z").unwrap()
}

fn signer() -> Signer {
    let Made { certificate, key } = create_self_signed("Ville de Sault-les-Bruyères", born(), 5).unwrap();
    Signer::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap()
}

fn imprint() -> Imprint {
    Imprint::from(digest::sha512(b"acte"))
}

fn sealed(signer: &Signer, at: Option<Timestamp>, certificates: Enclosed) -> Vec<u8> {
    sign_detached(signer, &imprint(), &Terms { content_type: ContentType::Data, at, certificates }).unwrap()
}

#[test]
fn a_seal_says_its_time_only_when_asked_and_verifies() {
    let signer = signer();
    for at in [None, Some(born())] {
        let read = SignedData::read(&sealed(&signer, at, Enclosed::Signer)).unwrap();
        let one = read.only_signer().unwrap();
        assert_eq!(one.claimed_time(), at);
        assert!(one.names_its_certificate() && one.unsigned_attributes().is_empty());
        assert_eq!(read.verify(one, &imprint()).unwrap(), signer.certificate());
        assert_eq!((read.content(), read.content_type(), read.version()), (None, ContentType::Data.oid(), 1));
        assert_eq!(read.verify(one, &Imprint::from(digest::sha512(b"autre"))).unwrap_err(), Fault::OtherContent);
    }
}

#[test]
fn the_certificate_of_a_seal_is_made_for_it() {
    let certificate = signer().certificate().clone();
    let usage = certificate.key_usage().unwrap();
    assert!(usage.digital_signature && usage.non_repudiation && !usage.certificate_sign);
    assert!(!certificate.is_for_time_stamping());
    assert_eq!(certificate.subject(), "CN=Ville de Sault-les-Bruyères");
    assert_eq!(certificate.not_before(), born());
    assert_eq!(certificate.not_after().to_string(), "2031-11-21T08:00:00.000Z");
    assert_eq!(Certificate::from_pem(certificate.pem().unwrap().as_bytes()).unwrap(), certificate);
}

#[test]
fn a_key_that_is_not_the_certificate_s_signs_nothing() {
    let make = || create_self_signed("Ville", born(), 1).unwrap();
    assert!(Signer::from_pem(make().certificate.as_bytes(), make().key.as_bytes()).is_err());
    assert!(Signer::from_pem(b"", make().key.as_bytes()).is_err());
}

#[test]
fn a_seal_without_its_certificate_needs_it_from_elsewhere() {
    let signer = signer();
    let read = SignedData::read(&sealed(&signer, None, Enclosed::None)).unwrap();
    let one = read.only_signer().unwrap();
    assert_eq!(read.verify(one, &imprint()).unwrap_err(), Fault::NoCertificate);
    one.verify(read.content_type(), &imprint(), signer.certificate()).unwrap();
}

#[test]
fn a_certificate_that_only_looks_like_the_signer_s_is_refused() {
    let signer = signer();
    let read = SignedData::read(&sealed(&signer, None, Enclosed::None)).unwrap();
    let other = self::signer();
    let fault = read.only_signer().unwrap().verify(read.content_type(), &imprint(), other.certificate());
    assert_eq!(fault.unwrap_err(), Fault::OtherCertificate);
}

#[test]
fn a_padded_field_reads_when_only_zeros_follow() {
    let bytes = sealed(&signer(), None, Enclosed::Signer);
    let padded = [bytes.as_slice(), &[0; 100]].concat();
    assert!(SignedData::read(&padded).is_err());
    SignedData::read_padded(&padded).unwrap();
    assert!(SignedData::read_padded(&[padded.as_slice(), &[1]].concat()).is_err());
}

#[test]
fn weak_or_cut_digests_are_not_signed() {
    let terms = Terms { content_type: ContentType::Data, at: None, certificates: Enclosed::Signer };
    for (algorithm, length) in [(Algorithm::Sha1, 20), (Algorithm::Md5, 16), (Algorithm::Sha512, 63)] {
        assert!(sign_detached(&signer(), &Imprint { algorithm, value: vec![0; length] }, &terms).is_err());
    }
}

#[test]
fn nothing_cut_short_reads_and_nothing_signed_can_be_altered() {
    let bytes = sealed(&signer(), Some(born()), Enclosed::Signer);
    for length in 0..bytes.len() {
        assert!(SignedData::read(&bytes[..length]).is_err(), "{length}");
    }
    // From the content's imprint to the end stand the signed attributes, their algorithm and the signature.
    let from = bytes.windows(64).position(|window| window == imprint().value).unwrap();
    let end = bytes.windows(10).position(|window| window == [6, 8, 42, 134, 72, 206, 61, 4, 3, 4]).unwrap() - 2;
    for at in from..end {
        let mut altered = bytes.clone();
        altered[at] ^= 0xff;
        let verified = SignedData::read(&altered)
            .and_then(|read| read.only_signer().and_then(|one| read.verify(one, &imprint()).map(drop)));
        assert!(verified.is_err(), "{at}");
    }
}

#[test]
fn a_tower_of_nested_values_is_refused_without_falling() {
    let tower = [0x30, 0x80].repeat(200_000);
    assert!(SignedData::read(&tower).is_err());
    let octets =
        [&[0x30, 0x80, 6, 9, 42, 134, 72, 134, 247, 13, 1, 7, 2, 0xa0, 0x80][..], &[0x24, 0x80].repeat(200_000)]
            .concat();
    assert!(SignedData::read(&octets).is_err());
}
