//! The ASN.1 of RFC 3161, reading only.

use rasn::{
    prelude::*,
    types::{Any, Integer},
};

use crate::pki::{
    algorithm,
    der::{AlgorithmIdentifier, Extension},
    fault::{Fault, Part},
    imprint::Imprint,
};

/// `TimeStampReq`.
#[derive(AsnType, Decode)]
pub struct Request {
    pub version: Integer,
    /// A `MessageImprint`, as it came.
    pub imprint: Any,
    #[rasn(tag(universal, 6))]
    pub policy: Option<Any>,
    #[rasn(tag(universal, 2))]
    pub nonce: Option<Any>,
    #[rasn(default)]
    pub certificate_wanted: bool,
    #[rasn(tag(0))]
    pub extensions: Option<SequenceOf<Extension>>,
}

/// `TimeStampResp`.
#[derive(AsnType, Decode)]
pub struct Response {
    pub status: Status,
    /// The token, as it came.
    pub token: Option<Any>,
}

/// `PKIStatusInfo`.
#[derive(AsnType, Decode)]
pub struct Status {
    pub code: Integer,
    pub text: Option<SequenceOf<Any>>,
    pub failure: Option<BitString>,
}

/// `TSTInfo`.
#[derive(AsnType, Decode)]
pub struct TstInfo {
    pub version: Integer,
    #[rasn(tag(universal, 6))]
    pub policy: Any,
    pub imprint: MessageImprint,
    #[rasn(tag(universal, 2))]
    pub serial: Any,
    /// The contents of a `GeneralizedTime`.
    #[rasn(tag(universal, 24))]
    pub time: Any,
    pub accuracy: Option<Accuracy>,
    #[rasn(default)]
    #[expect(dead_code, reason = "a sequence is read in its order")]
    pub ordering: bool,
    #[rasn(tag(universal, 2))]
    pub nonce: Option<Any>,
    #[rasn(tag(explicit(0)))]
    #[expect(dead_code, reason = "a sequence is read in its order")]
    pub authority: Option<Any>,
    #[rasn(tag(1))]
    pub extensions: Option<SequenceOf<Extension>>,
}

#[derive(AsnType, Decode)]
pub struct MessageImprint {
    pub algorithm: AlgorithmIdentifier,
    pub value: OctetString,
}

impl MessageImprint {
    /// The digest, when its algorithm is known and its length is right.
    pub fn imprint(&self) -> Result<Imprint, Fault> {
        let algorithm = algorithm::digest_named(&self.algorithm)?;
        let imprint = Imprint { algorithm, value: self.value.to_vec() };
        if imprint.is_whole() { Ok(imprint) } else { Err(Fault::Malformed(Part::TimeStamp)) }
    }
}

#[derive(AsnType, Decode)]
pub struct Accuracy {
    pub seconds: Option<Integer>,
    #[rasn(tag(0))]
    pub millis: Option<Integer>,
    #[rasn(tag(1))]
    pub micros: Option<Integer>,
}
