//! The ASN.1 of RFC 4998, read and written in DER, byte for byte the same; what it means is said elsewhere.

#![expect(clippy::no_effect_underscore_binding, reason = "the derive of rasn binds each field so")]

use rasn::{
    prelude::*,
    types::{Any, ObjectIdentifier, OctetString, SequenceOf, SetOf},
};
use rasn_pkix::{AlgorithmIdentifier, Attribute};

use crate::{domain::digest::Algorithm, proof::evidence::Error};

/// An evidence record (RFC 4998, 3.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub struct EvidenceRecord {
    /// The version, 1.
    pub version: Integer,
    /// Every algorithm by which the data objects are hashed in the record.
    pub digest_algorithms: SequenceOf<AlgorithmIdentifier>,
    /// Data for the validation of what is archived, kept as it is.
    #[rasn(tag(0))]
    pub crypto_infos: Option<SequenceOf<Attribute>>,
    /// How the data objects were encrypted, kept as it is.
    #[rasn(tag(1))]
    pub encryption_info: Option<EncryptionInfo>,
    /// The chains, oldest first.
    pub sequence: ArchiveTimeStampSequence,
}

/// How data objects were encrypted (RFC 4998, 6.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub struct EncryptionInfo {
    /// What the value is.
    pub kind: ObjectIdentifier,
    /// The value.
    pub value: Any,
}

/// Chains, each opened by a renewal of the hash tree (RFC 4998, 5.1).
pub type ArchiveTimeStampSequence = SequenceOf<ArchiveTimeStampChain>;

/// Archive time-stamps by one algorithm, each renewing the one before.
pub type ArchiveTimeStampChain = SequenceOf<ArchiveTimeStamp>;

/// A list of hashes of a reduced tree.
pub type PartialHashtree = SequenceOf<OctetString>;

/// An archive time-stamp (RFC 4998, 4.1).
#[derive(AsnType, Clone, Debug, Decode, Encode, PartialEq, Eq)]
pub struct ArchiveTimeStamp {
    /// The algorithm of the tree; that of the time-stamp when it is not said.
    #[rasn(tag(0))]
    pub digest_algorithm: Option<AlgorithmIdentifier>,
    /// Attributes, kept as they are.
    #[rasn(tag(1))]
    pub attributes: Option<SetOf<Attribute>>,
    /// The reduced tree, absent when the time-stamp is on the hash itself.
    #[rasn(tag(2))]
    pub reduced_hashtree: Option<SequenceOf<PartialHashtree>>,
    /// The time-stamp: an RFC 3161 token, as received.
    pub time_stamp: Any,
}

/// Writes a value in DER.
///
/// # Errors
/// The value has no encoding, which ours always have.
pub fn encode<T: Encode>(value: &T) -> Result<Vec<u8>, Error> {
    rasn::der::encode(value).map_err(|error| Error::Encode(error.to_string()))
}

/// Reads a value that must be in DER, without anything after it; `None` when it is not.
pub fn decode<T: Decode + Encode>(der: &[u8]) -> Option<T> {
    let value: T = rasn::der::decode(der).ok()?;
    // What does not come back as it was is not DER: its hashes would not be those of what was received.
    (encode(&value).ok()? == der).then_some(value)
}

const OIDS: [(Algorithm, &[u32]); 5] = [
    (Algorithm::Md5, &[1, 2, 840, 113_549, 2, 5]),
    (Algorithm::Sha1, &[1, 3, 14, 3, 2, 26]),
    (Algorithm::Sha256, &[2, 16, 840, 1, 101, 3, 4, 2, 1]),
    (Algorithm::Sha384, &[2, 16, 840, 1, 101, 3, 4, 2, 2]),
    (Algorithm::Sha512, &[2, 16, 840, 1, 101, 3, 4, 2, 3]),
];

/// The identifier of an algorithm, without parameters (RFC 5754, 2).
pub fn identifier(algorithm: Algorithm) -> AlgorithmIdentifier {
    let arcs = OIDS.iter().find(|(known, _)| *known == algorithm).map(|(_, arcs)| *arcs).unwrap_or_default();
    AlgorithmIdentifier { algorithm: ObjectIdentifier::new_unchecked(arcs.into()), parameters: None }
}

/// The algorithm of an identifier with no parameters or NULL; `None` when it is not known.
pub fn algorithm(identifier: &AlgorithmIdentifier) -> Option<Algorithm> {
    let is_plain = identifier.parameters.as_ref().is_none_or(|parameters| parameters.as_bytes() == [5, 0]);
    let arcs: &[u32] = identifier.algorithm.as_ref();
    OIDS.iter().find(|(_, known)| is_plain && *known == arcs).map(|(algorithm, _)| *algorithm)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(value: &[u8]) -> Attribute {
        let values = SetOf::from_vec(vec![Any::new(value.to_vec())]);
        Attribute { r#type: ObjectIdentifier::new_unchecked(vec![1, 2, 3].into()), values }
    }

    #[test]
    fn a_record_with_everything_in_it_comes_back_byte_for_byte() {
        let stamp = |tree: Option<SequenceOf<PartialHashtree>>| ArchiveTimeStamp {
            digest_algorithm: Some(identifier(Algorithm::Sha512)),
            attributes: Some(SetOf::from_vec(vec![attribute(&[4, 1, 9]), attribute(&[4, 1, 3])])),
            reduced_hashtree: tree,
            time_stamp: Any::new(vec![0x30, 3, 6, 1, 42]),
        };
        let record = EvidenceRecord {
            version: 1.into(),
            digest_algorithms: vec![identifier(Algorithm::Sha256), identifier(Algorithm::Sha512)],
            crypto_infos: Some(vec![attribute(&[5, 0])]),
            encryption_info: Some(EncryptionInfo {
                kind: ObjectIdentifier::new_unchecked(vec![1, 2, 840].into()),
                value: Any::new(vec![4, 1, 7]),
            }),
            sequence: vec![vec![stamp(None), stamp(Some(vec![vec![vec![7; 64].into()], Vec::new()]))], Vec::new()],
        };
        let der = encode(&record).unwrap();
        let again: EvidenceRecord = decode(&der).unwrap();
        assert_eq!(again, record);
        assert_eq!(encode(&again).unwrap(), der);
        for kept in [[0xa0_u8, 0x0a], [0xa1, 0x08], [0xa2, 0x46]] {
            assert!(der.windows(2).any(|window| window == kept), "{kept:x?} in {der:x?}");
        }
    }

    #[test]
    fn what_is_not_der_or_goes_on_is_not_read() {
        let der = encode(&identifier(Algorithm::Sha256)).unwrap();
        assert!(decode::<AlgorithmIdentifier>(&der).is_some());
        assert!(decode::<AlgorithmIdentifier>(&[der.as_slice(), &[0]].concat()).is_none());
        let long = [&[0x30, 0x81], &der[1..]].concat();
        assert!(decode::<AlgorithmIdentifier>(&long).is_none());
    }

    #[test]
    fn an_algorithm_survives_its_identifier_with_null_or_without() {
        for known in Algorithm::ALL {
            let mut written = identifier(known);
            assert_eq!(algorithm(&written), Some(known));
            written.parameters = Some(Any::new(vec![5, 0]));
            assert_eq!(algorithm(&written), Some(known));
            written.parameters = Some(Any::new(vec![4, 0]));
            assert_eq!(algorithm(&written), None);
        }
    }
}
