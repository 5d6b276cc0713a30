//! The digest of something with its algorithm, as time-stamps and signatures carry it (`MessageImprint`, RFC 3161).

use std::fmt;

use crate::domain::digest::{Algorithm, Digest, to_hex};

/// A digest and its algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imprint {
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The digest's bytes.
    pub value: Vec<u8>,
}

impl Imprint {
    /// Whether the value is as long as its algorithm says.
    pub fn is_whole(&self) -> bool {
        self.value.len() == bytes(self.algorithm)
    }
}

impl From<Digest> for Imprint {
    fn from(digest: Digest) -> Self {
        Self { algorithm: Algorithm::Sha512, value: digest.bytes().to_vec() }
    }
}

impl fmt::Display for Imprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm.name(), to_hex(&self.value))
    }
}

/// How many bytes a digest has.
const fn bytes(algorithm: Algorithm) -> usize {
    match algorithm {
        Algorithm::Md5 => 16,
        Algorithm::Sha1 => 20,
        Algorithm::Sha256 => 32,
        Algorithm::Sha384 => 48,
        Algorithm::Sha512 => 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_imprint_is_whole_only_when_as_long_as_its_algorithm_says() {
        let whole = Imprint::from(Digest::ZERO);
        assert!(whole.is_whole());
        assert!(!Imprint { algorithm: Algorithm::Sha256, ..whole }.is_whole());
    }
}
