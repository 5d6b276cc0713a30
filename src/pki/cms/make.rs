//! Signatures made: `CAdES` baseline B (EN 319 122-1), which is also what a PDF's seal holds (EN 319 142-1).

use crate::{
    domain::{clock::Timestamp, digest::Algorithm},
    pki::{
        Error, algorithm,
        cms::ContentType,
        der::{self, CONTEXT_0, SET},
        imprint::Imprint,
        oid,
        seal::Signer,
    },
};

/// How to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What kind of content.
    pub content_type: ContentType,
    /// The time that the signer claims; none in a PDF, whose dictionary says it (EN 319 142-1 6.3).
    pub at: Option<Timestamp>,
    /// The certificates that go with it.
    pub certificates: Enclosed,
}

/// Which certificates go with a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enclosed {
    /// None: the reader has the signer's.
    None,
    /// The signer's alone.
    Signer,
    /// The signer's and the chain above it.
    Chain,
}

/// Signs content that stands elsewhere, by its SHA-256, SHA-384 or SHA-512. Answers a `ContentInfo` in DER.
pub fn sign_detached(signer: &Signer, content: &Imprint, terms: &Terms) -> Result<Vec<u8>, Error> {
    signed_data(signer, content, None, terms)
}

/// Signs `content` and encloses it.
pub(in crate::pki) fn sign_enclosed(
    signer: &Signer,
    content: &[u8],
    algorithm: Algorithm,
    terms: &Terms,
) -> Result<Vec<u8>, Error> {
    let imprint = Imprint { algorithm, value: algorithm::hash(algorithm, content)? };
    signed_data(signer, &imprint, Some(content), terms)
}

fn signed_data(signer: &Signer, digest: &Imprint, enclosed: Option<&[u8]>, terms: &Terms) -> Result<Vec<u8>, Error> {
    if !digest.is_whole() || algorithm::ensure_strong(digest.algorithm).is_err() {
        return Err(Error::Unwritable("a digest that is not whole, or of a weak algorithm"));
    }
    let content_type = der::identifier(terms.content_type.oid())?;
    let digest_algorithm = der::algorithm(algorithm::digest_oid(digest.algorithm), None)?;
    let content = enclosed.map(|bytes| der::value(CONTEXT_0, &der::octets(bytes))).unwrap_or_default();
    // RFC 5652 5.1: 1 for plain data, 3 for any other type.
    let version = if terms.content_type == ContentType::Data { 1 } else { 3 };
    let whole = der::sequence(&[
        der::natural(&[version]),
        der::value(SET, &digest_algorithm),
        der::sequence(&[content_type, content]),
        certificates(signer, terms.certificates),
        der::value(SET, &signer_info(signer, digest, digest_algorithm, terms)?),
    ]);
    Ok(der::sequence(&[der::identifier(oid::SIGNED_DATA)?, der::value(CONTEXT_0, &whole)]))
}

/// The `certificates` field; nothing when there is none.
fn certificates(signer: &Signer, enclosed: Enclosed) -> Vec<u8> {
    let own = std::iter::once(signer.certificate()).filter(|_| enclosed != Enclosed::None);
    let chain = signer.chain().iter().filter(|_| enclosed == Enclosed::Chain);
    let all: Vec<_> = own.chain(chain).map(|one| one.der().to_vec()).collect();
    if all.is_empty() { Vec::new() } else { retagged(CONTEXT_0, der::set_of(all)) }
}

fn signer_info(signer: &Signer, digest: &Imprint, digest_algorithm: Vec<u8>, terms: &Terms) -> Result<Vec<u8>, Error> {
    let (issuer, serial) = signer.certificate().issuer_and_serial();
    let attributes = signed_attributes(signer, digest, terms)?;
    let (signature_algorithm, signature) = algorithm::sign(signer.key(), digest.algorithm, &attributes)?;
    Ok(der::sequence(&[
        der::natural(&[1]),
        der::sequence(&[issuer.to_vec(), der::value(der::INTEGER, serial)]),
        digest_algorithm,
        retagged(CONTEXT_0, attributes),
        signature_algorithm,
        der::octets(&signature),
    ]))
}

/// `signedAttrs` as the SET that is signed.
fn signed_attributes(signer: &Signer, digest: &Imprint, terms: &Terms) -> Result<Vec<u8>, Error> {
    let certificate = algorithm::hash(Algorithm::Sha256, signer.certificate().der())?;
    // ESSCertIDv2 without its algorithm, which is SHA-256 by default.
    let named = der::sequence(&[der::sequence(&[der::sequence(&[der::octets(&certificate)])])]);
    let mut attributes = vec![
        attribute(oid::CONTENT_TYPE, der::identifier(terms.content_type.oid())?)?,
        attribute(oid::MESSAGE_DIGEST, der::octets(&digest.value))?,
        attribute(oid::SIGNING_CERTIFICATE_V2, named)?,
    ];
    if let Some(at) = terms.at {
        attributes.push(attribute(oid::SIGNING_TIME, der::time(at))?);
    }
    Ok(der::set_of(attributes))
}

fn attribute(oid: &str, value: Vec<u8>) -> Result<Vec<u8>, Error> {
    Ok(der::sequence(&[der::identifier(oid)?, der::set_of(vec![value])]))
}

/// The same value under another tag (`IMPLICIT`).
fn retagged(tag: u8, mut value: Vec<u8>) -> Vec<u8> {
    if let Some(first) = value.first_mut() {
        *first = tag;
    }
    value
}
