//! One signature: its attributes, its certificate, and whether it holds (RFC 5652 5.4, 5.6; RFC 5035).

use rasn::{
    prelude::*,
    types::{Any, SetOf},
};

use crate::{
    domain::{clock::Timestamp, digest::Algorithm},
    pki::{
        algorithm::{self, Scheme},
        certificate::Certificate,
        cms::shape::{self, CertificateId, CertificateIdV2, SigningCertificate},
        der,
        fault::{Fault, Part},
        imprint::Imprint,
        oid,
    },
};

/// An attribute, signed or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its type, dotted.
    pub oid: String,
    /// Its values, each as it came.
    pub values: Vec<Vec<u8>>,
}

/// A signer's part of a `SignedData`.
#[derive(Clone, Debug)]
pub struct SignerInfo {
    version: u32,
    named: Named,
    digest_algorithm: Algorithm,
    scheme: Scheme,
    signature: Vec<u8>,
    /// What was signed: `signedAttrs` as a SET, its contents as they came.
    signed_bytes: Vec<u8>,
    signed: Vec<Attribute>,
    unsigned: Vec<Attribute>,
}

#[derive(Clone, Debug)]
enum Named {
    Issuer { issuer: Vec<u8>, serial: Vec<u8> },
    Key(Vec<u8>),
}

impl SignerInfo {
    /// Whether its `CMSVersion` is the one that goes with how it names its certificate (RFC 5652 5.3).
    pub const fn has_its_version(&self) -> bool {
        matches!((&self.named, self.version), (Named::Issuer { .. }, 1) | (Named::Key(_), 3))
    }

    /// The digest algorithm by which the content is to be hashed.
    pub const fn digest_algorithm(&self) -> Algorithm {
        self.digest_algorithm
    }

    /// The value of the signature: what a signature's own time-stamp is about.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The signed attributes, in their order.
    pub fn signed_attributes(&self) -> &[Attribute] {
        &self.signed
    }

    /// The unsigned attributes, in their order.
    pub fn unsigned_attributes(&self) -> &[Attribute] {
        &self.unsigned
    }

    /// What the signer claims as its time (`signingTime`): nobody else attests it.
    pub fn claimed_time(&self) -> Option<Timestamp> {
        let value = self.only_value(oid::SIGNING_TIME).ok()??;
        if let Ok(time) = der::read::<GeneralizedTime>(value, Part::SignerInfo) {
            return Some(der::instant(&time));
        }
        der::read::<UtcTime>(value, Part::SignerInfo).ok().map(Timestamp::from)
    }

    /// Whether the signature commits to a certificate by its digest (`signingCertificate` of either version).
    pub fn names_its_certificate(&self) -> bool {
        self.signed.iter().any(|one| one.oid == oid::SIGNING_CERTIFICATE || one.oid == oid::SIGNING_CERTIFICATE_V2)
    }

    /// The signer's certificate among `candidates`.
    pub fn certificate_among<'a>(&self, candidates: &'a [Certificate]) -> Option<&'a Certificate> {
        candidates.iter().find(|candidate| match &self.named {
            Named::Issuer { issuer, serial } => candidate.issuer_and_serial() == (issuer, serial),
            Named::Key(key) => candidate.key_identifier().as_ref() == Some(key),
        })
    }

    /// Verifies the signature by `certificate` over content of this type and digest.
    pub fn verify(&self, content_type: &str, content: &Imprint, certificate: &Certificate) -> Result<(), Fault> {
        let malformed = || Fault::Malformed(Part::SignerInfo);
        let kind = self.only_value(oid::CONTENT_TYPE)?.ok_or_else(malformed)?;
        if der::identifier(content_type).ok().as_deref() != Some(kind) {
            return Err(malformed());
        }
        let digest = self.only_value(oid::MESSAGE_DIGEST)?.ok_or_else(malformed)?;
        let digest: OctetString = der::read(digest, Part::SignerInfo)?;
        if content.algorithm != self.digest_algorithm || content.value != *digest {
            return Err(Fault::OtherContent);
        }
        self.ensure_named(certificate)?;
        self.scheme.verify(&*certificate.key()?, &self.signed_bytes, &self.signature)
    }

    /// Refuses digests and keys that prove nothing any more.
    pub fn ensure_strong(&self, certificate: &Certificate) -> Result<(), Fault> {
        algorithm::ensure_strong(self.digest_algorithm)?;
        algorithm::ensure_strong(self.scheme.digest())?;
        algorithm::ensure_long(&*certificate.key()?)
    }

    /// Each `signingCertificate` attribute that is there must be about this certificate.
    fn ensure_named(&self, certificate: &Certificate) -> Result<(), Fault> {
        let malformed = || Fault::Malformed(Part::SignerInfo);
        let is = |algorithm, digest: &[u8]| match algorithm::hash(algorithm, certificate.der()) {
            Ok(computed) if computed == digest => Ok(()),
            _ => Err(Fault::OtherCertificate),
        };
        if let Some(value) = self.only_value(oid::SIGNING_CERTIFICATE)? {
            let read: SigningCertificate<CertificateId> = der::read(value, Part::SignerInfo)?;
            is(Algorithm::Sha1, &read.certificates.first().ok_or_else(malformed)?.digest)?;
        }
        if let Some(value) = self.only_value(oid::SIGNING_CERTIFICATE_V2)? {
            let read: SigningCertificate<CertificateIdV2> = der::read(value, Part::SignerInfo)?;
            let first = read.certificates.first().ok_or_else(malformed)?;
            let algorithm = first.algorithm.as_ref().map_or(Ok(Algorithm::Sha256), algorithm::digest_named)?;
            is(algorithm, &first.digest)?;
        }
        Ok(())
    }

    /// The value of a signed attribute that must have exactly one, and stand once.
    fn only_value(&self, oid: &str) -> Result<Option<&[u8]>, Fault> {
        let mut found = self.signed.iter().filter(|attribute| attribute.oid == oid);
        match (found.next().map(|attribute| attribute.values.as_slice()), found.next()) {
            (None, _) => Ok(None),
            (Some([value]), None) => Ok(Some(value)),
            _ => Err(Fault::Malformed(Part::SignerInfo)),
        }
    }

    pub(super) fn from_shape(shape: &shape::SignerInfo) -> Result<Self, Fault> {
        let malformed = || Fault::Malformed(Part::SignerInfo);
        // Without them nothing says what kind of content was signed (RFC 5652 11.1).
        let signed = shape.signed.as_ref().ok_or_else(malformed)?;
        let digest_algorithm = algorithm::digest_named(&shape.digest_algorithm)?;
        Ok(Self {
            version: der::small(&shape.version).ok_or_else(malformed)?,
            named: match &shape.signer {
                shape::SignerIdentifier::Issuer(id) => {
                    Named::Issuer { issuer: id.issuer.as_bytes().to_vec(), serial: id.serial.as_bytes().to_vec() }
                }
                shape::SignerIdentifier::Key(key) => Named::Key(key.to_vec()),
            },
            digest_algorithm,
            scheme: Scheme::named(&shape.signature_algorithm, digest_algorithm)?,
            signature: shape.signature.to_vec(),
            signed_bytes: der::value(der::SET, &signed.iter().flat_map(Any::as_bytes).copied().collect::<Vec<u8>>()),
            signed: attributes(signed)?,
            unsigned: shape.unsigned.as_ref().map_or(Ok(Vec::new()), attributes)?,
        })
    }
}

fn attributes(set: &SetOf<Any>) -> Result<Vec<Attribute>, Fault> {
    let read = |attribute: &Any| {
        let attribute: shape::Attribute = der::read(attribute.as_bytes(), Part::SignerInfo)?;
        let oid = oid::from_contents(attribute.id.as_bytes()).ok_or(Fault::Malformed(Part::SignerInfo))?;
        Ok(Attribute { oid, values: attribute.values.iter().map(|value| value.as_bytes().to_vec()).collect() })
    };
    set.iter().map(read).collect()
}
