//! A hash value of up to 64 bytes, and the one way that evidence records join several: sorted, concatenated, hashed.

use std::{fmt, io};

use crate::{
    digest::{self, Digests, Hasher},
    domain::digest::{Algorithm, Digest, from_hex, to_hex},
};

/// The longest hash value, in bytes: that of SHA-512.
const LONGEST: usize = 64;

/// A hash value of 1 to 64 bytes; its order among values of one length is the binary ascending one of RFC 4998.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HashValue {
    length: u8,
    bytes: [u8; LONGEST],
}

impl HashValue {
    /// Takes bytes that are a hash value; `None` when there is none of them or more than 64.
    pub fn new(value: &[u8]) -> Option<Self> {
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..value.len())?.copy_from_slice(value);
        let length = u8::try_from(value.len()).ok().filter(|length| *length > 0)?;
        Some(Self { length, bytes })
    }

    /// Reads hexadecimal of either case; `None` when it is no hash value.
    pub fn from_hex(text: &str) -> Option<Self> {
        Self::new(&from_hex(text)?)
    }

    /// Hashes `parts`, one after the other, by `algorithm`.
    ///
    /// # Errors
    /// The cryptographic library refuses the algorithm.
    pub fn of(algorithm: Algorithm, parts: &[&[u8]]) -> io::Result<Self> {
        if algorithm == Algorithm::Sha512 {
            return Ok(digest::sha512(&parts.concat()).into());
        }
        let mut hasher = Hasher::new(&[algorithm])?;
        for part in parts {
            hasher.update(part)?;
        }
        Self::taken(&hasher.finish()?, algorithm).ok_or_else(|| io::Error::other("a hash was not computed"))
    }

    /// The value by `algorithm` among those of one pass; `None` when it was not asked for.
    pub fn taken(digests: &Digests, algorithm: Algorithm) -> Option<Self> {
        Self::from_hex(&digests.get(algorithm)?)
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}

impl From<Digest> for HashValue {
    fn from(digest: Digest) -> Self {
        Self { length: 64, bytes: *digest.bytes() }
    }
}

impl fmt::Display for HashValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(self.bytes()))
    }
}

impl fmt::Debug for HashValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The length of a value by `algorithm`, in bytes.
pub const fn length(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::Md5 => 16,
        Algorithm::Sha1 => 20,
        Algorithm::Sha256 => 32,
        Algorithm::Sha384 => 48,
        Algorithm::Sha512 => 64,
    }
}

/// Joins values: sorted in binary ascending order, concatenated and hashed; a value alone is itself (RFC 4998, 4.2).
/// `None` when there is nothing to join.
///
/// # Errors
/// The cryptographic library refuses the algorithm.
pub fn joined(algorithm: Algorithm, mut values: Vec<HashValue>) -> io::Result<Option<HashValue>> {
    values.sort_unstable();
    match values.as_slice() {
        [] => Ok(None),
        [alone] => Ok(Some(*alone)),
        several => {
            let parts: Vec<&[u8]> = several.iter().map(HashValue::bytes).collect();
            HashValue::of(algorithm, &parts).map(Some)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_joined_in_binary_order_whatever_their_own() {
        let low = HashValue::new(&[0x01; 32]).unwrap();
        let high = HashValue::new(&[0xf0; 32]).unwrap();
        let expected = HashValue::of(Algorithm::Sha256, &[&[[0x01; 32], [0xf0; 32]].concat()]).unwrap();
        for values in [vec![low, high], vec![high, low]] {
            assert_eq!(joined(Algorithm::Sha256, values).unwrap(), Some(expected));
        }
        assert_eq!(joined(Algorithm::Sha256, vec![high]).unwrap(), Some(high));
        assert_eq!(joined(Algorithm::Sha256, Vec::new()).unwrap(), None);
    }

    #[test]
    fn every_algorithm_gives_values_of_its_length() {
        for algorithm in Algorithm::ALL {
            assert_eq!(HashValue::of(algorithm, &[b"a", b"bc"]).unwrap().bytes().len(), length(algorithm));
        }
        assert_eq!(HashValue::of(Algorithm::Sha512, &[b"a", b"bc"]).unwrap(), digest::sha512(b"abc").into());
        assert_eq!((HashValue::new(&[]), HashValue::new(&[0; 65])), (None, None));
    }
}
