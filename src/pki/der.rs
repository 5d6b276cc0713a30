//! Small hands for ASN.1: whole values read by `rasn` (BER tolerated), and DER written piece by piece.

use chrono::Utc;
use rasn::{
    prelude::*,
    types::{Any, Integer},
};

use crate::{
    domain::clock::Timestamp,
    pki::{
        Error,
        fault::{Fault, Part},
        oid,
    },
};

pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;
pub const OCTET_STRING: u8 = 0x04;
/// The constructed, context-specific tag `[0]`.
pub const CONTEXT_0: u8 = 0xa0;
const BOOLEAN: u8 = 0x01;
pub const INTEGER: u8 = 0x02;
pub const BIT_STRING: u8 = 0x03;
pub const UTF8_STRING: u8 = 0x0c;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
pub const GENERALIZED_TIME: u8 = 0x18;
const UTC_TIME: u8 = 0x17;

/// `AlgorithmIdentifier`, its identifier in contents and its parameters whole.
#[derive(AsnType, Clone, Debug, Decode, PartialEq, Eq, Hash)]
pub struct AlgorithmIdentifier {
    #[rasn(tag(universal, 6))]
    pub algorithm: Any,
    pub parameters: Option<Any>,
}

impl AlgorithmIdentifier {
    /// The identifier in dotted text; empty when it is not in DER.
    pub fn oid(&self) -> String {
        oid::from_contents(self.algorithm.as_bytes()).unwrap_or_default()
    }

    /// Whether the parameters are absent or NULL, as those of digests and most signatures must be.
    pub fn is_plain(&self) -> bool {
        self.parameters.as_ref().is_none_or(|any| any.as_bytes() == [NULL, 0])
    }
}

/// `Extension` of certificates, lists, requests and time-stamps.
#[derive(AsnType, Clone, Debug, Decode)]
pub struct Extension {
    #[rasn(tag(universal, 6))]
    pub id: Any,
    #[rasn(default)]
    pub critical: bool,
    pub value: OctetString,
}

impl Extension {
    pub fn oid(&self) -> String {
        oid::from_contents(self.id.as_bytes()).unwrap_or_default()
    }
}

/// Reads the whole of `bytes` as one value.
pub fn read<T: Decode>(bytes: &[u8], part: Part) -> Result<T, Fault> {
    match rasn::ber::decode_with_remainder(bytes) {
        Ok((value, [])) => Ok(value),
        _ => Err(Fault::Malformed(part)),
    }
}

/// The small number that a version or a status is.
pub fn small(integer: &Integer) -> Option<u32> {
    u32::try_from(integer).ok()
}

/// The instant of a time field.
pub fn instant(time: &GeneralizedTime) -> Timestamp {
    time.with_timezone(&Utc).into()
}

/// A value: tag, length, contents.
pub fn value(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    let length = contents.len();
    match u8::try_from(length) {
        Ok(short) if short < 0x80 => bytes.push(short),
        _ => {
            let big: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
            // A length has eight bytes at most.
            bytes.push(0x80 | u8::try_from(big.len()).unwrap_or(8));
            bytes.extend(big);
        }
    }
    bytes.extend_from_slice(contents);
    bytes
}

pub fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    value(SEQUENCE, &parts.concat())
}

/// `SET OF`, its members sorted as DER asks.
pub fn set_of(mut parts: Vec<Vec<u8>>) -> Vec<u8> {
    parts.sort();
    value(SET, &parts.concat())
}

pub fn octets(bytes: &[u8]) -> Vec<u8> {
    value(OCTET_STRING, bytes)
}

pub fn null() -> Vec<u8> {
    vec![NULL, 0]
}

pub fn truth() -> Vec<u8> {
    vec![BOOLEAN, 1, 0xff]
}

/// A dotted object identifier.
pub fn identifier(text: &str) -> Result<Vec<u8>, Error> {
    let contents = oid::to_contents(text).ok_or(Error::Unwritable("an object identifier"))?;
    Ok(value(OBJECT_IDENTIFIER, &contents))
}

/// A natural number from its big-endian bytes.
pub fn natural(big_endian: &[u8]) -> Vec<u8> {
    value(INTEGER, &natural_contents(big_endian))
}

/// The contents of a natural number: no needless zero in front, and one where the sign would show.
pub fn natural_contents(big_endian: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = big_endian.iter().copied().skip_while(|byte| *byte == 0).collect();
    if digits.first().is_none_or(|first| *first >= 0x80) {
        digits.insert(0, 0);
    }
    digits
}

/// An algorithm without parameters (elliptic curves), or with NULL (RSA), or with those given.
pub fn algorithm(text: &str, parameters: Option<Vec<u8>>) -> Result<Vec<u8>, Error> {
    Ok(sequence(&[identifier(text)?, parameters.unwrap_or_default()]))
}

/// A `GeneralizedTime` as RFC 3161 2.4.2 writes it: no trailing zero, no point when nothing follows.
pub fn generalized_time(at: Timestamp) -> Vec<u8> {
    let text = digits(at);
    let millis = at.millis().rem_euclid(1000);
    let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}") };
    value(GENERALIZED_TIME, format!("{text}{}Z", fraction.trim_end_matches('0')).as_bytes())
}

/// A `Time` as CMS writes it (RFC 5652 11.3): `UTCTime` from 1950 to 2049, to the second.
pub fn time(at: Timestamp) -> Vec<u8> {
    let text = digits(at);
    match text.get(..4).zip(text.get(2..)) {
        Some((year, short)) if ("1950".."2050").contains(&year) => value(UTC_TIME, format!("{short}Z").as_bytes()),
        _ => value(GENERALIZED_TIME, format!("{text}Z").as_bytes()),
    }
}

/// `20261122080000`.
fn digits(at: Timestamp) -> String {
    at.to_string().chars().filter(char::is_ascii_digit).take(14).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn lengths_take_the_fewest_bytes() {
        assert_eq!(value(4, &[0; 127])[..2], [4, 127]);
        assert_eq!(value(4, &[0; 128])[..3], [4, 0x81, 128]);
        assert_eq!(value(4, &[0; 256])[..4], [4, 0x82, 1, 0]);
    }

    #[test]
    fn natural_numbers_keep_their_sign_and_lose_their_zeros() {
        assert_eq!(natural(&[0, 0, 5]), [2, 1, 5]);
        assert_eq!(natural(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(natural(&[]), [2, 1, 0]);
    }

    #[test]
    fn times_are_written_as_their_standards_ask() {
        assert_eq!(generalized_time(at("2026-11-22T08:00:00.120Z"))[2..], *b"20261122080000.12Z");
        assert_eq!(generalized_time(at("2026-11-22T08:00:00Z"))[2..], *b"20261122080000Z");
        assert_eq!(time(at("2026-11-22T08:00:00.120Z"))[2..], *b"261122080000Z");
        assert_eq!(time(at("2051-11-22T08:00:00Z"))[2..], *b"20511122080000Z");
    }
}
