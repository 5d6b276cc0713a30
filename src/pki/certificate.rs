//! X.509 certificates (RFC 5280): what they say, and their digests. Whether one is to be trusted is `trust`'s to say.

use std::fmt;

use openssl::{
    pkey::{PKey, Public},
    x509::X509,
};
use rasn::{
    prelude::*,
    types::{Any, Integer},
};

use crate::{
    digest,
    domain::{
        clock::Timestamp,
        digest::{Algorithm, Digest, to_hex},
    },
    pki::{
        Error, algorithm,
        der::{self, Extension},
        fault::{Fault, Part},
        name, oid,
    },
};

/// A certificate, its bytes kept as they came.
#[derive(Clone)]
pub struct Certificate {
    x509: X509,
    der: Vec<u8>,
    issuer: Vec<u8>,
    serial: Vec<u8>,
    not_before: Timestamp,
    not_after: Timestamp,
    extensions: Vec<Extension>,
}

/// What a key may be used for (`keyUsage`, RFC 5280 4.2.1.3), as far as seals and time-stamps ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyUsage {
    /// `digitalSignature`.
    pub digital_signature: bool,
    /// `nonRepudiation` (`contentCommitment`).
    pub non_repudiation: bool,
    /// `keyCertSign`.
    pub certificate_sign: bool,
}

impl Certificate {
    /// Reads a certificate in DER.
    pub fn from_der(bytes: &[u8]) -> Result<Self, Fault> {
        let outer: Outer = der::read(bytes, Part::Certificate)?;
        let x509 = X509::from_der(bytes).map_err(|_| Fault::Malformed(Part::Certificate))?;
        // OpenSSL overlooks some laxities of encoding: a certificate has one form only.
        if x509.to_der().ok().as_deref() != Some(bytes) {
            return Err(Fault::Malformed(Part::Certificate));
        }
        Ok(Self {
            x509,
            der: bytes.to_vec(),
            issuer: outer.tbs.issuer.into_bytes(),
            serial: outer.tbs.serial.into_bytes(),
            not_before: outer.tbs.validity.not_before.instant(),
            not_after: outer.tbs.validity.not_after.instant(),
            extensions: outer.tbs.extensions.unwrap_or_default(),
        })
    }

    /// Reads the one certificate of a PEM text.
    pub fn from_pem(text: &[u8]) -> Result<Self, Fault> {
        match <[Self; 1]>::try_from(Self::all_from_pem(text)?) {
            Ok([certificate]) => Ok(certificate),
            Err(_) => Err(Fault::Malformed(Part::Certificate)),
        }
    }

    /// Reads every certificate of a PEM text, in its order.
    pub fn all_from_pem(text: &[u8]) -> Result<Vec<Self>, Fault> {
        let all = X509::stack_from_pem(text).map_err(|_| Fault::Malformed(Part::Certificate))?;
        all.iter()
            .map(|x509| Self::from_der(&x509.to_der().map_err(|_| Fault::Malformed(Part::Certificate))?))
            .collect()
    }

    /// The bytes in DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The text in PEM.
    pub fn pem(&self) -> Result<String, Error> {
        String::from_utf8(self.x509.to_pem()?).map_err(|_| Error::Unusable("its PEM is no text"))
    }

    /// Whose certificate it is, as `CN=…, O=…`.
    pub fn subject(&self) -> String {
        name::text(self.x509.subject_name())
    }

    /// Who made it, as `CN=…, O=…`.
    pub fn issuer(&self) -> String {
        name::text(self.x509.issuer_name())
    }

    /// The serial number in lower-case hexadecimal.
    pub fn serial(&self) -> String {
        to_hex(&self.serial)
    }

    /// The first instant of its validity.
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last instant of its validity.
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Whether `at` is within its validity, both ends included.
    pub fn is_valid_at(&self, at: Timestamp) -> bool {
        // A certificate counts in seconds, and lives to the end of its last one.
        self.not_before <= at && at.millis() - self.not_after.millis() < 1000
    }

    /// The SHA-512 of its DER.
    pub fn sha512(&self) -> Digest {
        digest::sha512(&self.der)
    }

    /// The SHA-256 of its DER, in lower-case hexadecimal: the fingerprint that others print.
    pub fn sha256(&self) -> Result<String, Error> {
        Ok(to_hex(&algorithm::hash(Algorithm::Sha256, &self.der)?))
    }

    /// What its key may be used for; `None` when it does not say, which allows everything.
    pub fn key_usage(&self) -> Option<KeyUsage> {
        let extension = self.extension(oid::KEY_USAGE)?;
        let bits: BitString = der::read(&extension.value, Part::Certificate).ok()?;
        let bit = |at: usize| bits.get(at).is_some_and(|bit| *bit);
        Some(KeyUsage { digital_signature: bit(0), non_repudiation: bit(1), certificate_sign: bit(5) })
    }

    /// Whether it is fit to sign time-stamps: a critical `extendedKeyUsage` of time-stamping alone (RFC 3161 2.3), and a
    /// key usage, if any, that signs.
    pub fn is_for_time_stamping(&self) -> bool {
        let purposes = self.extension(oid::EXTENDED_KEY_USAGE).filter(|extension| extension.critical);
        let purposes = purposes.map(|extension| der::read::<SequenceOf<Any>>(&extension.value, Part::Certificate));
        let stamping = der::identifier(oid::TIME_STAMPING).unwrap_or_default();
        let only = matches!(purposes, Some(Ok(all)) if matches!(all.as_slice(), [one] if one.as_bytes() == stamping));
        only && self.key_usage().is_none_or(|usage| usage.digital_signature || usage.non_repudiation)
    }

    pub(in crate::pki) fn key(&self) -> Result<PKey<Public>, Fault> {
        self.x509.public_key().map_err(|_| Fault::Malformed(Part::Certificate))
    }

    pub(in crate::pki) const fn x509(&self) -> &X509 {
        &self.x509
    }

    /// The issuer's name in DER, and the contents of the serial number.
    pub(in crate::pki) fn issuer_and_serial(&self) -> (&[u8], &[u8]) {
        (&self.issuer, &self.serial)
    }

    /// The `subjectKeyIdentifier`.
    pub(in crate::pki) fn key_identifier(&self) -> Option<Vec<u8>> {
        let extension = self.extension(oid::SUBJECT_KEY_IDENTIFIER)?;
        der::read::<OctetString>(&extension.value, Part::Certificate).ok().map(|octets| octets.to_vec())
    }

    fn extension(&self, oid: &str) -> Option<&Extension> {
        self.extensions.iter().find(|extension| extension.oid() == oid)
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({}, serial {})", self.subject(), self.serial())
    }
}

/// `Certificate`: what OpenSSL's binding does not tell, read by our own hand.
#[derive(AsnType, Decode)]
struct Outer {
    tbs: Tbs,
    #[expect(dead_code, reason = "read so that the whole is read")]
    algorithm: Any,
    #[expect(dead_code, reason = "read so that the whole is read")]
    signature: BitString,
}

/// `TBSCertificate`.
#[derive(AsnType, Decode)]
#[expect(dead_code, reason = "a sequence is read in its order")]
struct Tbs {
    #[rasn(tag(explicit(0)))]
    version: Option<Integer>,
    #[rasn(tag(universal, 2))]
    serial: Any,
    algorithm: Any,
    issuer: Any,
    validity: Validity,
    subject: Any,
    key: Any,
    #[rasn(tag(1))]
    issuer_id: Option<BitString>,
    #[rasn(tag(2))]
    subject_id: Option<BitString>,
    #[rasn(tag(explicit(3)))]
    extensions: Option<SequenceOf<Extension>>,
}

#[derive(AsnType, Decode)]
struct Validity {
    not_before: Time,
    not_after: Time,
}

#[derive(AsnType, Decode)]
#[rasn(choice)]
enum Time {
    Utc(UtcTime),
    General(GeneralizedTime),
}

impl Time {
    fn instant(&self) -> Timestamp {
        match self {
            Self::Utc(time) => (*time).into(),
            Self::General(time) => der::instant(time),
        }
    }
}
