//! Chains that hold, and each way in which one does not.

use openssl::{
    asn1::Asn1Time,
    bn::BigNum,
    pkey::{PKey, Private},
    x509::{
        X509, X509CrlBuilder, X509RevokedBuilder,
        extension::{AuthorityKeyIdentifier, CrlNumber},
    },
};

use super::*;
use crate::pki::seal::{self, Draft, Role};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn born() -> Timestamp {
    at("2026-11-22T08:00:00Z")
}

fn later() -> Timestamp {
    at("2026-12-01T00:00:00Z")
}

struct Family {
    root: X509,
    key: PKey<Private>,
    child: Certificate,
}

/// A root and a certificate of `role` below it, both of thirty days.
fn family(role: Role) -> Family {
    let (key, own) = (seal::new_key().unwrap(), seal::new_key().unwrap());
    let root = Draft { name: "Racine", issuer: None, role: Role::Root, at: born(), days: 30 }.certified(&key).unwrap();
    let issuer = Some((&root, &key));
    let child = Draft { name: "Enfant", issuer, role, at: born(), days: 30 }.certified(&own).unwrap();
    Family { child: read(&child), root, key }
}

fn read(x509: &X509) -> Certificate {
    Certificate::from_der(&x509.to_der().unwrap()).unwrap()
}

/// A list of `family`'s root, good until `next`, that revokes its child since `since`.
fn list(family: &Family, since: Option<Timestamp>, next: Timestamp) -> Vec<u8> {
    let time = |at: Timestamp| Asn1Time::from_unix(at.millis() / 1000).unwrap();
    let mut builder = X509CrlBuilder::new().unwrap();
    builder.set_issuer_name(family.root.subject_name()).unwrap();
    builder.set_last_update(&time(born())).unwrap();
    builder.set_next_update(&time(next)).unwrap();
    if let Some(since) = since {
        let mut revoked = X509RevokedBuilder::new().unwrap();
        revoked.set_serial_number(family.child.x509().serial_number()).unwrap();
        revoked.set_revocation_date(&time(since)).unwrap();
        builder.add_revoked(revoked.build()).unwrap();
    }
    let maker = X509::builder().unwrap();
    let context = maker.x509v3_context(Some(&family.root), None);
    builder.append_extension(AuthorityKeyIdentifier::new().keyid(true).build(&context).unwrap()).unwrap();
    builder.append_extension(CrlNumber::new(BigNum::from_u32(1).unwrap()).unwrap().build().unwrap()).unwrap();
    builder.sign(&family.key, openssl::hash::MessageDigest::sha256()).unwrap();
    builder.build().unwrap().to_der().unwrap()
}

#[test]
fn a_chain_goes_from_the_certificate_to_its_root() {
    let family = family(Role::Seal);
    let trust = Trust::new(vec![read(&family.root)], Vec::new());
    let chain = trust.chain(&family.child, &[], Purpose::Signing, later()).unwrap();
    assert_eq!(chain.certificates, [family.child.clone(), read(&family.root)]);
    assert!(!chain.revocation_examined);
}

#[test]
fn who_is_trusted_itself_needs_no_root() {
    let family = family(Role::Seal);
    let trust = Trust::new(vec![family.child.clone()], Vec::new());
    let chain = trust.chain(&family.child, &[], Purpose::Signing, later()).unwrap();
    assert_eq!(chain.certificates, [family.child]);
    assert!(chain.revocation_examined, "what is trusted by name is above every list");
}

#[test]
fn a_stranger_an_impostor_and_another_use_are_told_apart() {
    let (house, other) = (family(Role::Seal), family(Role::Seal));
    let subject = "CN=Enfant".to_owned();
    let refused = |roots: Vec<Certificate>, purpose| {
        Trust::new(roots, Vec::new()).chain(&house.child, &[], purpose, later()).unwrap_err()
    };
    assert_eq!(refused(Vec::new(), Purpose::Signing), Fault::Untrusted(subject.clone()));
    // The other root has the same name and another key.
    assert_eq!(refused(vec![read(&other.root)], Purpose::Signing), Fault::Untrusted(subject.clone()));
    assert_eq!(refused(vec![read(&house.root)], Purpose::TimeStamping), Fault::WrongKeyUsage(subject));
}

#[test]
fn a_list_revokes_from_its_date_on() {
    let family = family(Role::TimeStamping);
    let since = at("2026-11-25T00:00:00Z");
    let bytes = list(&family, Some(since), at("2026-12-10T00:00:00Z"));
    let trust = Trust::new(vec![read(&family.root)], Vec::new()).with_revocation_list(&bytes).unwrap();
    let chain = |at| trust.chain(&family.child, &[], Purpose::TimeStamping, at);
    assert!(chain(at("2026-11-24T23:59:59Z")).unwrap().revocation_examined);
    assert_eq!(chain(since).unwrap_err(), Fault::Revoked { subject: "CN=Enfant".to_owned(), at: since });
}

#[test]
fn a_list_that_has_aged_or_is_another_s_examines_nothing() {
    let (house, other) = (family(Role::TimeStamping), family(Role::TimeStamping));
    let next = at("2026-11-30T00:00:00Z");
    let foreign =
        list(&Family { root: house.root.clone(), key: other.key, child: house.child.clone() }, Some(born()), later());
    let trust = Trust::new(vec![read(&house.root)], Vec::new());
    let trust = trust.with_revocation_list(&list(&house, None, next)).unwrap().with_revocation_list(&foreign).unwrap();
    let examined = |at| trust.chain(&house.child, &[], Purpose::TimeStamping, at).unwrap().revocation_examined;
    assert!(examined(next));
    assert!(!examined(later()));
}

#[test]
fn what_is_no_list_is_malformed() {
    let refused = Trust::default().with_revocation_list(b"bonjour").err();
    assert_eq!(refused, Some(Fault::Malformed(Part::RevocationList)));
}
