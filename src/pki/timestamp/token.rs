//! A time-stamp token: what it says, and what it proves at an instant.

use openssl::cms::CmsContentInfo;
use rasn::prelude::*;

use crate::{
    domain::{
        clock::Timestamp,
        digest::{Digest, to_hex},
    },
    pki::{
        certificate::Certificate,
        cms::{ContentType, SignedData},
        der,
        fault::{Fault, Part},
        imprint::Imprint,
        oid,
        timestamp::shape,
        trust::{Purpose, Trust},
    },
};

/// A `TimeStampToken`, its bytes kept as they came.
#[derive(Clone, Debug)]
pub struct Token {
    der: Vec<u8>,
    signed: SignedData,
    info: TokenInfo,
}

/// What a token says (`TSTInfo`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    /// The policy, dotted.
    pub policy: String,
    /// What was time-stamped.
    pub imprint: Imprint,
    /// The token's number at its authority, in lower-case hexadecimal.
    pub serial: String,
    /// When; finer parts than the millisecond are cut.
    pub at: Timestamp,
    /// The request's number, as the contents of an INTEGER.
    pub nonce: Option<Vec<u8>>,
    /// How far off the time may be, in microseconds.
    pub accuracy: Option<u64>,
    /// The subject of the signer's certificate, when it is there.
    pub authority: Option<String>,
}

/// What holds when a token is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The subject of the signer's certificate.
    pub signer: String,
    /// When the first certificate of the chain expires: the proof is to be renewed before.
    pub not_after: Timestamp,
    /// The SHA-512 of the signer's certificate.
    pub fingerprint: Digest,
    /// The subject of the root that ends the chain.
    pub root: String,
    /// Whether lists told that nothing was revoked; when not, revocation is not examined.
    pub revocation_examined: bool,
}

impl Token {
    /// Reads a token; nothing of its signature is verified yet.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let malformed = || Fault::Malformed(Part::TimeStamp);
        let signed = SignedData::read(bytes)?;
        // A second reader, stricter about the tags of values that have parts.
        CmsContentInfo::from_der(bytes).map_err(|_| malformed())?;
        // RFC 5652 5.1: 3 for content that is not plain data, 4 and 5 with certificates or lists of other kinds.
        if signed.content_type() != ContentType::TimeStamp.oid() || !matches!(signed.version(), 3..=5) {
            return Err(malformed());
        }
        let info: shape::TstInfo = der::read(signed.content().ok_or_else(malformed)?, Part::TimeStamp)?;
        let info = TokenInfo::from_shape(info)?;
        let mut token = Self { der: bytes.to_vec(), signed, info };
        token.info.authority = token.certificate().map(Certificate::subject);
        Ok(token)
    }

    /// The bytes as they came.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// What it says.
    pub const fn info(&self) -> &TokenInfo {
        &self.info
    }

    /// The signer's certificate, when it came with the token.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.signed.only_signer().ok()?.certificate_among(self.signed.certificates())
    }

    /// Verifies the token as it stood at `at`, the instant of proof: one signer, whose signature holds, whose certificate
    /// the signature names, that is made for time-stamps and covers the token's time, and whose chain reaches a root of
    /// `trust` with every certificate still valid at `at`.
    pub fn verify(&self, trust: &Trust, at: Timestamp) -> Result<Verified, Fault> {
        let signer = self.signed.only_signer()?;
        let certificate = self.signed.verify_enclosed(signer)?;
        let announced = self.signed.digest_algorithms().contains(&signer.digest_algorithm());
        if !signer.names_its_certificate() || !announced || !signer.has_its_version() {
            return Err(Fault::Malformed(Part::SignerInfo));
        }
        signer.ensure_strong(certificate)?;
        if !certificate.is_for_time_stamping() {
            return Err(Fault::WrongKeyUsage(certificate.subject()));
        }
        if !certificate.is_valid_at(self.info.at) {
            return Err(Fault::TimeOutside(self.info.at));
        }
        let chain = trust.chain(certificate, self.signed.certificates(), Purpose::TimeStamping, at)?;
        let ends = chain.certificates.iter().map(Certificate::not_after);
        Ok(Verified {
            signer: certificate.subject(),
            not_after: ends.min().unwrap_or(certificate.not_after()),
            fingerprint: certificate.sha512(),
            root: chain.certificates.last().unwrap_or(certificate).subject(),
            revocation_examined: chain.revocation_examined,
        })
    }
}

impl TokenInfo {
    fn from_shape(shape: shape::TstInfo) -> Result<Self, Fault> {
        let malformed = || Fault::Malformed(Part::TimeStamp);
        // A critical extension that nobody here understands may change everything.
        let critical = shape.extensions.iter().flatten().any(|extension| extension.critical);
        if der::small(&shape.version) != Some(1) || critical || shape.time.as_bytes().last() != Some(&b'Z') {
            return Err(malformed());
        }
        let time: GeneralizedTime =
            der::read(&der::value(der::GENERALIZED_TIME, shape.time.as_bytes()), Part::TimeStamp)?;
        let digits: Vec<u8> = shape.serial.as_bytes().iter().copied().skip_while(|byte| *byte == 0).collect();
        Ok(Self {
            policy: oid::from_contents(shape.policy.as_bytes()).ok_or_else(malformed)?,
            imprint: shape.imprint.imprint()?,
            serial: to_hex(&digits),
            at: der::instant(&time),
            nonce: shape.nonce.map(|nonce| nonce.as_bytes().to_vec()),
            accuracy: shape.accuracy.map(|accuracy| micros(&accuracy)),
            authority: None,
        })
    }
}

/// Microseconds, saturating: an authority that claims centuries says nothing useful.
fn micros(accuracy: &shape::Accuracy) -> u64 {
    let part = |part: &Option<_>, unit: u64| {
        let number = part.as_ref().map_or(Some(0), der::small).map_or(u64::MAX, u64::from);
        number.saturating_mul(unit)
    };
    let seconds = part(&accuracy.seconds, 1_000_000);
    seconds.saturating_add(part(&accuracy.millis, 1000)).saturating_add(part(&accuracy.micros, 1))
}
