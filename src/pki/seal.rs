//! The keys with which the house itself signs: read from PEM, or made with a certificate of their own.

use std::fmt;

use openssl::{
    asn1::{Asn1Integer, Asn1Time},
    bn::BigNum,
    ec::{Asn1Flag, EcGroup, EcKey},
    hash::MessageDigest,
    nid::Nid,
    pkey::{PKey, PKeyRef, Private},
    rand::rand_bytes,
    x509::{
        X509, X509Builder, X509Extension,
        extension::{AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier},
    },
};

use crate::{
    domain::clock::Timestamp,
    pki::{Error, certificate::Certificate, name},
};

/// A key with its certificate and, when known, the chain above it.
pub struct Signer {
    certificate: Certificate,
    chain: Vec<Certificate>,
    key: PKey<Private>,
}

impl Signer {
    /// Reads the signer's certificate followed by its chain, and the private key, all in PEM.
    ///
    /// # Errors
    /// One does not read, or the key is not the certificate's.
    pub fn from_pem(certificates: &[u8], key: &[u8]) -> Result<Self, Error> {
        let mut chain = Certificate::all_from_pem(certificates)?;
        if chain.is_empty() {
            return Err(Error::Unusable("no certificate"));
        }
        let certificate = chain.remove(0);
        let key = PKey::private_key_from_pem_callback(key, |_| Ok(0))?;
        if !certificate.key()?.public_eq(&key) {
            return Err(Error::Unusable("the private key is not that of the certificate"));
        }
        Ok(Self { certificate, chain, key })
    }

    /// The signer's certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The certificates above it, nearest first.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    pub(in crate::pki) fn key(&self) -> &PKeyRef<Private> {
        &self.key
    }
}

/// A key is never printed.
impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({:?})", self.certificate)
    }
}

/// A new key and its certificate, in PEM. The key is a secret of the installation, never written on a volume.
pub struct Made {
    /// The certificate.
    pub certificate: String,
    /// The private key (PKCS#8).
    pub key: String,
}

/// Makes an installation's seal: a P-256 key and a self-signed certificate for `name`, fit to sign documents
/// (`digitalSignature`, `nonRepudiation`), valid from `at` for so many `years` of 365 days.
pub fn create_self_signed(name: &str, at: Timestamp, years: u32) -> Result<Made, Error> {
    let key = new_key()?;
    let days = years.checked_mul(365).ok_or(Error::Unwritable("so many years"))?;
    let certificate = Draft { name, issuer: None, role: Role::Seal, at, days }.certified(&key)?;
    Ok(Made { certificate: pem(&certificate)?, key: secret(&key)? })
}

/// What a new certificate is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Seal,
    Root,
    TimeStamping,
}

/// A certificate to be made.
pub(super) struct Draft<'a> {
    pub name: &'a str,
    /// Who signs it; itself when none.
    pub issuer: Option<(&'a X509, &'a PKey<Private>)>,
    pub role: Role,
    pub at: Timestamp,
    pub days: u32,
}

impl Draft<'_> {
    /// Makes the certificate of `key`.
    pub fn certified(&self, key: &PKey<Private>) -> Result<X509, Error> {
        let subject = name::common(self.name)?;
        let mut builder = X509::builder()?;
        builder.set_version(2)?;
        builder.set_serial_number(&*serial()?)?;
        builder.set_subject_name(&subject)?;
        builder.set_issuer_name(self.issuer.map_or(&*subject, |(issuer, _)| issuer.subject_name()))?;
        builder.set_pubkey(key)?;
        let from = self.at.millis().div_euclid(1000);
        builder.set_not_before(&*Asn1Time::from_unix(from)?)?;
        builder.set_not_after(&*Asn1Time::from_unix(from + i64::from(self.days) * 86_400)?)?;
        for extension in self.extensions(&builder)? {
            builder.append_extension2(&extension)?;
        }
        builder.sign(self.issuer.map_or(key, |(_, key)| key), MessageDigest::sha256())?;
        Ok(builder.build())
    }

    fn extensions(&self, builder: &X509Builder) -> Result<Vec<X509Extension>, Error> {
        let issuer = self.issuer.map(|(issuer, _)| &**issuer);
        let context = builder.x509v3_context(issuer, None);
        let mut extensions = vec![SubjectKeyIdentifier::new().build(&context)?];
        if issuer.is_some() {
            extensions.push(AuthorityKeyIdentifier::new().keyid(true).build(&context)?);
        }
        let mut usage = KeyUsage::new();
        usage.critical();
        let mut constraints = BasicConstraints::new();
        constraints.critical();
        match self.role {
            Role::Seal => extensions.push(usage.digital_signature().non_repudiation().build()?),
            Role::TimeStamping => {
                extensions.push(usage.digital_signature().non_repudiation().build()?);
                extensions.push(ExtendedKeyUsage::new().critical().time_stamping().build()?);
            }
            Role::Root => {
                extensions.push(usage.key_cert_sign().crl_sign().build()?);
                constraints.ca().pathlen(0);
            }
        }
        extensions.push(constraints.build()?);
        Ok(extensions)
    }
}

/// A new key on the curve P-256.
pub(super) fn new_key() -> Result<PKey<Private>, Error> {
    let mut group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?;
    group.set_asn1_flag(Asn1Flag::NAMED_CURVE);
    Ok(PKey::from_ec_key(EcKey::generate(&group)?)?)
}

pub(super) fn pem(certificate: &X509) -> Result<String, Error> {
    String::from_utf8(certificate.to_pem()?).map_err(|_| Error::Unusable("its PEM is no text"))
}

pub(super) fn secret(key: &PKey<Private>) -> Result<String, Error> {
    String::from_utf8(key.private_key_to_pem_pkcs8()?).map_err(|_| Error::Unusable("its PEM is no text"))
}

/// 127 random bits: positive, and never met twice (RFC 5280 4.1.2.2).
fn serial() -> Result<Asn1Integer, Error> {
    let mut bytes = [0; 16];
    rand_bytes(&mut bytes)?;
    let [first, ..] = &mut bytes;
    *first = *first & 0x7f | 0x40;
    Ok(BigNum::from_slice(&bytes)?.to_asn1_integer()?)
}
