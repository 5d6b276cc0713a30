//! Which algorithms are known, and what OpenSSL does with them: digests, and RSA (PKCS#1 v1.5, PSS) and ECDSA.

use openssl::{
    hash::{MessageDigest, hash as digest},
    pkey::{HasPrivate, Id, PKeyRef, Public},
    rsa::Padding,
    sign::{RsaPssSaltlen, Signer, Verifier},
};
use rasn::{prelude::*, types::Integer};

use crate::{
    domain::digest::Algorithm,
    pki::{
        Error,
        der::{self, AlgorithmIdentifier},
        fault::{Fault, Part},
        oid,
    },
};

/// RSA moduli from this many bits prove something (ANSSI, until 2030).
const RSA_BITS: u32 = 2048;
/// Curves from this many bits do.
const CURVE_BITS: u32 = 224;

/// How a signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Rsa(Algorithm),
    /// The digest, that of MGF1, and the salt's length in bytes.
    Pss(Algorithm, Algorithm, i32),
    Ecdsa(Algorithm),
}

impl Scheme {
    /// The scheme that a `SignatureAlgorithmIdentifier` names; `content` is the digest algorithm beside it, which plain
    /// `rsaEncryption` means (RFC 3370 3.2).
    pub fn named(identifier: &AlgorithmIdentifier, content: Algorithm) -> Result<Self, Fault> {
        use Algorithm::{Sha1, Sha256, Sha384, Sha512};
        let name = identifier.oid();
        let scheme = match name.as_str() {
            oid::RSA_PSS => return pss(identifier),
            oid::RSA => Self::Rsa(content),
            oid::RSA_SHA1 => Self::Rsa(Sha1),
            oid::RSA_SHA256 => Self::Rsa(Sha256),
            oid::RSA_SHA384 => Self::Rsa(Sha384),
            oid::RSA_SHA512 => Self::Rsa(Sha512),
            oid::ECDSA_SHA1 => Self::Ecdsa(Sha1),
            oid::ECDSA_SHA256 => Self::Ecdsa(Sha256),
            oid::ECDSA_SHA384 => Self::Ecdsa(Sha384),
            oid::ECDSA_SHA512 => Self::Ecdsa(Sha512),
            _ => return Err(Fault::UnknownAlgorithm(name)),
        };
        if identifier.is_plain() { Ok(scheme) } else { Err(Fault::Malformed(Part::SignerInfo)) }
    }

    /// The digest that it signs.
    pub const fn digest(self) -> Algorithm {
        match self {
            Self::Rsa(digest) | Self::Pss(digest, _, _) | Self::Ecdsa(digest) => digest,
        }
    }

    /// Whether `signature` was made over `bytes` by the key that belongs to `key`.
    pub fn verify(self, key: &PKeyRef<Public>, bytes: &[u8], signature: &[u8]) -> Result<(), Fault> {
        let fits = match self {
            Self::Rsa(_) => key.id() == Id::RSA,
            Self::Pss(..) => key.id() == Id::RSA || key.id() == Id::RSA_PSS,
            Self::Ecdsa(_) => key.id() == Id::EC,
        };
        let holds = fits && self.holds(key, bytes, signature).unwrap_or(false);
        if holds { Ok(()) } else { Err(Fault::BadSignature) }
    }

    fn holds(self, key: &PKeyRef<Public>, bytes: &[u8], signature: &[u8]) -> Result<bool, Error> {
        let mut verifier = Verifier::new(engine(self.digest()), key)?;
        if let Self::Pss(_, mask, salt) = self {
            verifier.set_rsa_padding(Padding::PKCS1_PSS)?;
            verifier.set_rsa_mgf1_md(engine(mask))?;
            verifier.set_rsa_pss_saltlen(RsaPssSaltlen::custom(salt))?;
        }
        Ok(verifier.verify_oneshot(signature, bytes)?)
    }
}

/// Signs `bytes`: RSA in PKCS#1 v1.5, or ECDSA. Gives the `SignatureAlgorithmIdentifier` in DER, and the signature.
pub fn sign<T: HasPrivate>(key: &PKeyRef<T>, digest: Algorithm, bytes: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let identifier = match (key.id(), digest) {
        (Id::RSA, Algorithm::Sha256) => der::algorithm(oid::RSA_SHA256, Some(der::null()))?,
        (Id::RSA, Algorithm::Sha384) => der::algorithm(oid::RSA_SHA384, Some(der::null()))?,
        (Id::RSA, Algorithm::Sha512) => der::algorithm(oid::RSA_SHA512, Some(der::null()))?,
        (Id::EC, Algorithm::Sha256) => der::algorithm(oid::ECDSA_SHA256, None)?,
        (Id::EC, Algorithm::Sha384) => der::algorithm(oid::ECDSA_SHA384, None)?,
        (Id::EC, Algorithm::Sha512) => der::algorithm(oid::ECDSA_SHA512, None)?,
        _ => return Err(Error::Unusable("a key or digest of another kind than RSA or ECDSA with SHA-2")),
    };
    let signature = Signer::new(engine(digest), key)?.sign_oneshot_to_vec(bytes)?;
    Ok((identifier, signature))
}

/// The digest algorithm that an identifier names.
pub fn digest_named(identifier: &AlgorithmIdentifier) -> Result<Algorithm, Fault> {
    let name = identifier.oid();
    let algorithm = Algorithm::ALL.into_iter().find(|algorithm| digest_oid(*algorithm) == name);
    algorithm.filter(|_| identifier.is_plain()).ok_or(Fault::UnknownAlgorithm(name))
}

/// The identifier of a digest algorithm, in dotted text.
pub const fn digest_oid(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Md5 => oid::MD5,
        Algorithm::Sha1 => oid::SHA1,
        Algorithm::Sha256 => oid::SHA256,
        Algorithm::Sha384 => oid::SHA384,
        Algorithm::Sha512 => oid::SHA512,
    }
}

/// Refuses digests in which collisions were made.
pub fn ensure_strong(algorithm: Algorithm) -> Result<(), Fault> {
    match algorithm {
        Algorithm::Md5 | Algorithm::Sha1 => Err(Fault::Weak(algorithm.name().to_owned())),
        Algorithm::Sha256 | Algorithm::Sha384 | Algorithm::Sha512 => Ok(()),
    }
}

/// Refuses keys that are too short.
pub fn ensure_long(key: &PKeyRef<Public>) -> Result<(), Fault> {
    let (kind, least) = if key.id() == Id::EC { ("EC", CURVE_BITS) } else { ("RSA", RSA_BITS) };
    if key.bits() < least { Err(Fault::Weak(format!("{kind} {}", key.bits()))) } else { Ok(()) }
}

/// Hashes bytes in memory.
pub fn hash(algorithm: Algorithm, bytes: &[u8]) -> Result<Vec<u8>, Error> {
    Ok(digest(engine(algorithm), bytes)?.to_vec())
}

pub fn engine(algorithm: Algorithm) -> MessageDigest {
    match algorithm {
        Algorithm::Md5 => MessageDigest::md5(),
        Algorithm::Sha1 => MessageDigest::sha1(),
        Algorithm::Sha256 => MessageDigest::sha256(),
        Algorithm::Sha384 => MessageDigest::sha384(),
        Algorithm::Sha512 => MessageDigest::sha512(),
    }
}

/// `RSASSA-PSS-params` (RFC 4055 3.1); what is absent means SHA-1 and a salt of 20 bytes.
#[derive(AsnType, Decode)]
struct PssParameters {
    #[rasn(tag(explicit(0)))]
    hash: Option<AlgorithmIdentifier>,
    #[rasn(tag(explicit(1)))]
    mask: Option<AlgorithmIdentifier>,
    #[rasn(tag(explicit(2)))]
    salt: Option<Integer>,
    #[rasn(tag(explicit(3)))]
    trailer: Option<Integer>,
}

fn pss(identifier: &AlgorithmIdentifier) -> Result<Scheme, Fault> {
    let malformed = Fault::Malformed(Part::SignerInfo);
    let bytes = identifier.parameters.as_ref().ok_or_else(|| malformed.clone())?;
    let parameters: PssParameters = der::read(bytes.as_bytes(), Part::SignerInfo)?;
    let digest = parameters.hash.as_ref().map_or(Ok(Algorithm::Sha1), digest_named)?;
    let mask = match &parameters.mask {
        None => Algorithm::Sha1,
        Some(mask) if mask.oid() == oid::MGF1 => {
            let inner = mask.parameters.as_ref().ok_or_else(|| malformed.clone())?;
            digest_named(&der::read(inner.as_bytes(), Part::SignerInfo)?)?
        }
        Some(mask) => return Err(Fault::UnknownAlgorithm(mask.oid())),
    };
    let salt = parameters.salt.as_ref().map_or(Some(20), der::small);
    let salt = salt.and_then(|salt| i32::try_from(salt).ok()).filter(|salt| *salt <= 512);
    match (salt, parameters.trailer.as_ref().map(der::small)) {
        (Some(salt), None | Some(Some(1))) => Ok(Scheme::Pss(digest, mask, salt)),
        _ => Err(malformed),
    }
}
