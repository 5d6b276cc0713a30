//! Digests: the archive's own (SHA-512) and those that a transfer declares.
//!
//! Computing them over files is the room `digest`'s; only what a journal line commits to is hashed in `journal`.

use std::{fmt, str::FromStr};

/// A SHA-512 digest: 128 lower-case hexadecimal characters, 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 64]);

impl Digest {
    /// The digest that stands before the first line of a journal.
    pub const ZERO: Self = Self([0; 64]);

    /// Takes the bytes that a SHA-512 computation gave.
    pub const fn new(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    pub const fn bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

/// The text is not a SHA-512 digest in hexadecimal.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a SHA-512 digest in hexadecimal")]
pub struct NotADigest;

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let bytes = from_hex(text).ok_or(NotADigest)?;
        Ok(Self(bytes.try_into().map_err(|_| NotADigest)?))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The digest algorithms that a transfer may declare (SEDA `MessageDigest/@algorithm`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// MD5: accepted as declared, never relied on.
    Md5,
    /// SHA-1: accepted as declared, never relied on.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512, the archive's own.
    Sha512,
}

impl Algorithm {
    /// Every algorithm, weakest first.
    pub const ALL: [Self; 5] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha384, Self::Sha512];

    /// The algorithm that a declared name means: exactly `SHA-512` and its like, or the last step of a URI. Other
    /// writings, as `sha512`, name nothing in SEDA 2.
    pub fn named(declared: &str) -> Option<Self> {
        let declared = declared.trim();
        let Some((_, last)) = declared.rsplit_once(['#', '/']) else {
            return Self::ALL.into_iter().find(|algorithm| algorithm.name() == declared);
        };
        let plain: String = last.chars().filter(char::is_ascii_alphanumeric).collect();
        match plain.to_ascii_lowercase().as_str() {
            "md5" => Some(Self::Md5),
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha384" => Some(Self::Sha384),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The name that messages carry, as `SHA-512`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

/// A digest as a transfer declares it: the algorithm's name and the value, both as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredDigest {
    /// The algorithm as written.
    pub algorithm: String,
    /// The value as written: hexadecimal in either case, possibly with white space around.
    pub value: String,
}

impl DeclaredDigest {
    /// Whether the value, whatever its case and surrounding space, is `computed` (lower-case hexadecimal).
    pub fn is(&self, computed: &str) -> bool {
        self.value.trim().eq_ignore_ascii_case(computed)
    }
}

/// Writes bytes as lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Reads hexadecimal of either case; `None` when it is not.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_are_known_under_the_names_seen_in_the_field() {
        for (declared, expected) in [
            ("SHA-512", Some(Algorithm::Sha512)),
            ("sha512", None),
            ("MD5", Some(Algorithm::Md5)),
            ("http://www.w3.org/2001/04/xmlenc#sha256", Some(Algorithm::Sha256)),
            ("http://www.w3.org/2000/09/xmldsig#sha1", Some(Algorithm::Sha1)),
            ("http://id.loc.gov/vocabulary/cryptographicHashFunctions/sha-256", Some(Algorithm::Sha256)),
            ("SHA-3000", None),
            ("", None),
        ] {
            assert_eq!(Algorithm::named(declared), expected, "{declared}");
        }
    }

    #[test]
    fn a_digest_survives_its_text() {
        let digest = Digest::new([0xab; 64]);
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!("abc".parse::<Digest>(), Err(NotADigest));
    }
}
