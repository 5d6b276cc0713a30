//! The ASN.1 of signed data (RFC 5652), reading only; what must stay byte for byte is held as it came.

use rasn::{
    prelude::*,
    types::{Any, Integer},
};

use crate::pki::der::AlgorithmIdentifier;

/// `ContentInfo` of a `SignedData`.
#[derive(AsnType, Decode)]
pub struct ContentInfo {
    #[rasn(tag(universal, 6))]
    pub content_type: Any,
    #[rasn(tag(explicit(0)))]
    pub content: SignedData,
}

#[derive(AsnType, Decode)]
pub struct SignedData {
    pub version: Integer,
    pub digest_algorithms: SetOf<AlgorithmIdentifier>,
    pub encapsulated: Encapsulated,
    #[rasn(tag(0))]
    pub certificates: Option<SetOf<Any>>,
    #[rasn(tag(1))]
    #[expect(dead_code, reason = "a sequence is read in its order")]
    pub revocation: Option<SetOf<Any>>,
    pub signers: SetOf<SignerInfo>,
}

/// `EncapsulatedContentInfo`.
#[derive(AsnType, Decode)]
pub struct Encapsulated {
    #[rasn(tag(universal, 6))]
    pub content_type: Any,
    #[rasn(tag(explicit(0)))]
    pub content: Option<OctetString>,
}

#[derive(AsnType, Decode, PartialEq, Eq, Hash)]
pub struct SignerInfo {
    pub version: Integer,
    pub signer: SignerIdentifier,
    pub digest_algorithm: AlgorithmIdentifier,
    /// The members of `signedAttrs`, each as it came and in its place.
    #[rasn(tag(0))]
    pub signed: Option<SetOf<Any>>,
    pub signature_algorithm: AlgorithmIdentifier,
    pub signature: OctetString,
    #[rasn(tag(1))]
    pub unsigned: Option<SetOf<Any>>,
}

#[derive(AsnType, Decode, PartialEq, Eq, Hash)]
#[rasn(choice)]
pub enum SignerIdentifier {
    Issuer(IssuerAndSerial),
    #[rasn(tag(0))]
    Key(OctetString),
}

/// `IssuerAndSerialNumber`.
#[derive(AsnType, Decode, PartialEq, Eq, Hash)]
pub struct IssuerAndSerial {
    pub issuer: Any,
    #[rasn(tag(universal, 2))]
    pub serial: Any,
}

#[derive(AsnType, Decode, PartialEq, Eq, Hash)]
pub struct Attribute {
    #[rasn(tag(universal, 6))]
    pub id: Any,
    pub values: SetOf<Any>,
}

/// `SigningCertificate` and `SigningCertificateV2` (RFC 5035).
#[derive(AsnType, Decode)]
pub struct SigningCertificate<T: Decode + AsnType> {
    pub certificates: SequenceOf<T>,
    #[expect(dead_code, reason = "a sequence is read in its order")]
    pub policies: Option<Any>,
}

/// `ESSCertID`: SHA-1.
#[derive(AsnType, Decode)]
pub struct CertificateId {
    pub digest: OctetString,
    #[expect(dead_code, reason = "a sequence is read in its order")]
    pub issuer: Option<Any>,
}

/// `ESSCertIDv2`: SHA-256 unless said otherwise.
#[derive(AsnType, Decode)]
pub struct CertificateIdV2 {
    pub algorithm: Option<AlgorithmIdentifier>,
    pub digest: OctetString,
    #[expect(dead_code, reason = "a sequence is read in its order")]
    pub issuer: Option<Any>,
}
