//! Time-stamps asked for, given, read and verified; every refusal told apart.

use crate::{
    domain::{
        clock::Timestamp,
        digest::{Algorithm, Digest},
    },
    pki::{
        Error,
        authority::{Authority, Files, POLICY},
        fault::{Fault, Part},
        imprint::Imprint,
        seal::{self, Signer},
        timestamp::{Asked, Token, read_response, request},
        trust::Trust,
    },
};

const SERIAL: [u8; 16] = [0xab; 16];

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn born() -> Timestamp {
    at("2026-11-22T08:00:00Z")
}

fn noon() -> Timestamp {
    at("2026-11-22T12:00:00.120Z")
}

/// An authority of a hundred days, and the trust in it.
fn authority() -> (Authority, Trust) {
    let Files { root, certificate, key } = Authority::create("Horodatage d’essai", born(), 100).unwrap();
    let authority = Authority::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    (authority, Trust::from_pem(root.as_bytes(), b"").unwrap())
}

fn asked() -> Asked {
    let imprint = Imprint::from(Digest::new([7; 64]));
    Asked { imprint, nonce: Some(0x8000_0000_0000_0001), policy: None }
}

fn answer(authority: &Authority, asked: &Asked) -> Vec<u8> {
    authority.answer(&request(asked).unwrap(), noon(), SERIAL).unwrap()
}

#[test]
fn a_token_says_what_was_asked_and_verifies() {
    let (authority, trust) = authority();
    let asked = Asked { policy: Some(POLICY.to_owned()), ..asked() };
    let token = read_response(&answer(&authority, &asked), &asked).unwrap();
    let info = token.info();
    assert_eq!((info.at, &info.imprint, info.policy.as_str()), (noon(), &asked.imprint, POLICY));
    assert_eq!(info.serial, "ab".repeat(16));
    assert_eq!(info.accuracy, Some(1_000_000));
    assert_eq!(info.authority.as_deref(), Some("CN=Horodatage d’essai"));
    let verified = Token::read(token.der()).unwrap().verify(&trust, noon()).unwrap();
    assert_eq!(verified.signer, "CN=Horodatage d’essai");
    assert_eq!(verified.root, "CN=Horodatage d’essai (racine)");
    assert_eq!(verified.fingerprint, authority.certificate().sha512());
    assert_eq!(verified.not_after, at("2027-03-02T08:00:00Z"));
    assert!(!verified.revocation_examined);
}

#[test]
fn a_digest_of_each_strong_algorithm_is_stamped() {
    let (authority, trust) = authority();
    for (algorithm, length) in [(Algorithm::Sha256, 32), (Algorithm::Sha384, 48), (Algorithm::Sha512, 64)] {
        let asked = Asked { imprint: Imprint { algorithm, value: vec![1; length] }, nonce: None, policy: None };
        read_response(&answer(&authority, &asked), &asked).unwrap().verify(&trust, noon()).unwrap();
    }
}

#[test]
fn an_answer_to_another_request_is_refused_for_its_reason() {
    let (authority, _) = authority();
    let bytes = answer(&authority, &asked());
    let other = Imprint::from(Digest::new([8; 64]));
    let refused = |asked: Asked| read_response(&bytes, &asked).unwrap_err();
    assert!(
        matches!(refused(Asked { imprint: other.clone(), ..asked() }), Fault::OtherDigest { asked, .. } if asked == other)
    );
    assert_eq!(refused(Asked { nonce: Some(1), ..asked() }), Fault::OtherNonce);
    assert_eq!(refused(Asked { policy: Some("1.2.3".to_owned()), ..asked() }), Fault::OtherPolicy(POLICY.to_owned()));
    let silent = answer(&authority, &Asked { nonce: None, ..asked() });
    assert_eq!(read_response(&silent, &asked()).unwrap_err(), Fault::OtherNonce);
}

#[test]
fn a_token_without_its_certificate_is_refused() {
    let (authority, trust) = authority();
    let mut bytes = request(&Asked { nonce: None, ..asked() }).unwrap();
    // `certReq` is the last member: it is taken away.
    assert_eq!(bytes.split_off(bytes.len() - 3), [1, 1, 0xff]);
    bytes[1] -= 3;
    let response = authority.answer(&bytes, noon(), SERIAL).unwrap();
    assert_eq!(read_response(&response, &Asked { nonce: None, ..asked() }).unwrap_err(), Fault::NoCertificate);
    let token = Token::read(&response[9..]).unwrap();
    assert_eq!(token.info().authority, None);
    assert_eq!(token.verify(&trust, noon()).unwrap_err(), Fault::NoCertificate);
}

#[test]
fn the_authority_says_why_it_refuses() {
    let (authority, _) = authority();
    let refused = |bytes: &[u8], when| read_response(&authority.answer(bytes, when, SERIAL).unwrap(), &asked());
    let whole = request(&asked()).unwrap();
    let weak = Imprint { algorithm: Algorithm::Sha1, value: vec![0; 20] };
    let weak = request(&Asked { imprint: weak, ..asked() }).unwrap();
    let policy = request(&Asked { policy: Some("1.2.3".to_owned()), ..asked() }).unwrap();
    let late = at("2028-01-01T00:00:00Z");
    let mut second = whole.clone();
    second[4] = 2;
    for (bytes, when, name, word) in [
        (&b"bonjour"[..], noon(), "badDataFormat", "ne se lit pas"),
        (&second, noon(), "badRequest", "version 1"),
        (&weak, noon(), "badAlg", "SHA-512"),
        (&policy, noon(), "unacceptedPolicy", "politique"),
        (&whole, late, "timeNotAvailable", "certificat"),
    ] {
        let Err(fault @ Fault::Refused { .. }) = refused(bytes, when) else { panic!("{name}: granted") };
        let Fault::Refused { status, text } = &fault else { unreachable!() };
        assert_eq!(*status, format!("rejection, {name}"));
        assert!(text.contains(word), "{text}");
        assert!(fault.sentence().contains(text), "{}", fault.sentence());
    }
}

#[test]
fn a_token_of_a_stranger_is_untrusted() {
    let (house, _) = authority();
    let (_, others) = authority();
    let token = read_response(&answer(&house, &asked()), &asked()).unwrap();
    let untrusted = Fault::Untrusted("CN=Horodatage d’essai".to_owned());
    assert_eq!(token.verify(&others, noon()).unwrap_err(), untrusted);
    assert_eq!(token.verify(&Trust::default(), noon()).unwrap_err(), untrusted);
}

#[test]
fn a_token_stops_proving_when_its_chain_expires() {
    let (authority, trust) = authority();
    let token = read_response(&answer(&authority, &asked()), &asked()).unwrap();
    token.verify(&trust, at("2027-03-02T07:59:59Z")).unwrap();
    let fault = token.verify(&trust, at("2027-03-02T08:00:02Z")).unwrap_err();
    assert!(matches!(fault, Fault::Expired { not_after, .. } if not_after == at("2027-03-02T08:00:00Z")), "{fault:?}");
    let fault = token.verify(&trust, at("2026-11-22T07:59:59Z")).unwrap_err();
    assert!(matches!(fault, Fault::NotYetValid { not_before, .. } if not_before == born()), "{fault:?}");
}

#[test]
fn a_certificate_of_another_use_makes_no_authority() {
    let made = seal::create_self_signed("Ville de Sault-les-Bruyères", born(), 10).unwrap();
    let signer = Signer::from_pem(made.certificate.as_bytes(), made.key.as_bytes()).unwrap();
    assert!(matches!(Authority::new(signer), Err(Error::Unusable(_))));
}

#[test]
fn what_is_cut_short_or_followed_is_malformed() {
    let (authority, _) = authority();
    let bytes = answer(&authority, &asked());
    for length in 0..bytes.len() {
        assert_eq!(
            read_response(&bytes[..length], &asked()).unwrap_err(),
            Fault::Malformed(Part::Response),
            "{length}"
        );
    }
    let followed = [bytes.as_slice(), &[0]].concat();
    assert_eq!(read_response(&followed, &asked()).unwrap_err(), Fault::Malformed(Part::Response));
}

#[test]
fn no_altered_bit_of_a_token_verifies() {
    let (authority, trust) = authority();
    let token = read_response(&answer(&authority, &asked()), &asked()).unwrap();
    let mut survivors = Vec::new();
    for at in 0..token.der().len() {
        for bit in 0..8 {
            let mut altered = token.der().to_vec();
            altered[at] ^= 1 << bit;
            if Token::read(&altered).is_ok_and(|token| token.verify(&trust, noon()).is_ok()) {
                survivors.push((at, bit, token.der()[at]));
            }
        }
    }
    assert_eq!(survivors, []);
}
