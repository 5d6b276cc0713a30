//! Signed data (CMS, RFC 5652): read with its attributes cut from the bytes as they came, verified, and made.
//!
//! Chains of certificates are `trust`'s; what the content says is the caller's.

mod make;
mod shape;
mod signer;

use crate::{
    domain::digest::Algorithm,
    pki::{
        algorithm,
        certificate::Certificate,
        der,
        fault::{Fault, Part},
        imprint::Imprint,
        oid,
    },
};

pub use make::{Enclosed, Terms, sign_detached};
pub use signer::{Attribute, SignerInfo};

pub(in crate::pki) use make::sign_enclosed;

/// What is signed, as the `eContentType` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// Any bytes (`id-data`).
    Data,
    /// A time-stamp's `TSTInfo`.
    TimeStamp,
}

impl ContentType {
    /// The object identifier, dotted.
    pub const fn oid(self) -> &'static str {
        match self {
            Self::Data => oid::DATA,
            Self::TimeStamp => oid::TST_INFO,
        }
    }
}

/// A `SignedData`, read.
#[derive(Clone, Debug)]
pub struct SignedData {
    version: u32,
    content_type: String,
    content: Option<Vec<u8>>,
    certificates: Vec<Certificate>,
    signers: Vec<SignerInfo>,
    digest_algorithms: Vec<Algorithm>,
}

impl SignedData {
    /// Reads a `ContentInfo` that holds signed data, in DER or BER.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        Self::from_shape(der::read(bytes, Part::SignedData)?)
    }

    /// Reads it from a field of fixed length: zeros may follow, as in a PDF's `/Contents`.
    pub fn read_padded(bytes: &[u8]) -> Result<Self, Fault> {
        match rasn::ber::decode_with_remainder(bytes) {
            Ok((shape, rest)) if rest.iter().all(|byte| *byte == 0) => Self::from_shape(shape),
            _ => Err(Fault::Malformed(Part::SignedData)),
        }
    }

    fn from_shape(outer: shape::ContentInfo) -> Result<Self, Fault> {
        let malformed = Fault::Malformed(Part::SignedData);
        let named = |any: &rasn::types::Any| oid::from_contents(any.as_bytes());
        let shape = outer.content;
        if named(&outer.content_type).as_deref() != Some(oid::SIGNED_DATA) {
            return Err(malformed);
        }
        // Attribute certificates and forms of old are let pass: no signer can be found in them.
        let certificates = shape.certificates.iter().flat_map(|all| all.to_vec());
        let certificates = certificates.filter_map(|any| Certificate::from_der(any.as_bytes()).ok()).collect();
        let signers = shape.signers.to_vec().into_iter().map(SignerInfo::from_shape).collect::<Result<_, _>>()?;
        let digests = shape.digest_algorithms.to_vec().into_iter().map(algorithm::digest_named);
        Ok(Self {
            version: der::small(&shape.version).ok_or_else(|| malformed.clone())?,
            content_type: named(&shape.encapsulated.content_type).ok_or(malformed)?,
            content: shape.encapsulated.content.map(|octets| octets.to_vec()),
            certificates,
            signers,
            digest_algorithms: digests.filter_map(Result::ok).collect(),
        })
    }

    /// The `CMSVersion` (RFC 5652 5.1).
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The type of the content, dotted.
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// The content, when it is enclosed.
    pub fn content(&self) -> Option<&[u8]> {
        self.content.as_deref()
    }

    /// The certificates that came with it, in their order.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// The signers.
    pub fn signers(&self) -> &[SignerInfo] {
        &self.signers
    }

    /// The digest algorithms announced ahead, those that we know.
    pub fn digest_algorithms(&self) -> &[Algorithm] {
        &self.digest_algorithms
    }

    /// The one signer.
    pub fn only_signer(&self) -> Result<&SignerInfo, Fault> {
        match self.signers.as_slice() {
            [one] => Ok(one),
            others => Err(Fault::Signers(others.len())),
        }
    }

    /// Verifies `signer` over content whose digest, by the signer's own algorithm, is `content`; answers the certificate
    /// whose key signed. Whether to believe that certificate is another question.
    pub fn verify(&self, signer: &SignerInfo, content: &Imprint) -> Result<&Certificate, Fault> {
        let certificate = signer.certificate_among(&self.certificates).ok_or(Fault::NoCertificate)?;
        signer.verify(&self.content_type, content, certificate)?;
        Ok(certificate)
    }

    /// Verifies `signer` over the enclosed content.
    pub fn verify_enclosed(&self, signer: &SignerInfo) -> Result<&Certificate, Fault> {
        let malformed = || Fault::Malformed(Part::SignedData);
        let content = self.content.as_deref().ok_or_else(malformed)?;
        let algorithm = signer.digest_algorithm();
        let value = algorithm::hash(algorithm, content).map_err(|_| malformed())?;
        self.verify(signer, &Imprint { algorithm, value })
    }
}
