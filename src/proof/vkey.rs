//! Verifier keys of signed notes (C2SP signed-note): a name, a way to sign, a public key, and their one line of text.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    digest,
    pki::keys::{Algorithm, VerifyingKey},
    proof::error::Malformed,
};

/// Bytes of the longest name: an ML-DSA cosignature counts them in one byte.
const NAME_BYTES: usize = 255;

const WHAT: &str = "a verifier key";

/// What a signature line says, and how (the signature types of C2SP signed-note).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Ed25519 over the text, type 0x01: the log itself.
    Note,
    /// Ed25519 over the text and a time, type 0x04: a witness (C2SP tlog-cosignature).
    Cosignature,
    /// ML-DSA-44 over a checkpoint and a time, type 0x06: a witness, or the log beside its Ed25519 signature (C2SP
    /// tlog-cosignature, tlog-checkpoint).
    MlDsaCosignature,
}

impl Scheme {
    const ALL: [Self; 3] = [Self::Note, Self::Cosignature, Self::MlDsaCosignature];

    /// The byte that names it in keys and key identifiers.
    pub const fn byte(self) -> u8 {
        match self {
            Self::Note => 0x01,
            Self::Cosignature => 0x04,
            Self::MlDsaCosignature => 0x06,
        }
    }

    /// The algorithm of its keys.
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Self::Note | Self::Cosignature => Algorithm::Ed25519,
            Self::MlDsaCosignature => Algorithm::MlDsa44,
        }
    }

    /// Whether a signature carries the time at which it was made.
    pub const fn is_timed(self) -> bool {
        !matches!(self, Self::Note)
    }
}

/// A public key that signs notes under a name. Its text is `NAME+ID+KEY`.
#[derive(Clone, PartialEq, Eq)]
pub struct Vkey {
    name: String,
    scheme: Scheme,
    key: VerifyingKey,
    id: u32,
}

impl Vkey {
    /// Gives a public key a name.
    ///
    /// # Errors
    /// The name is empty, longer than 255 bytes, or has a space, a control character or a plus sign; the key is for
    /// another algorithm.
    pub fn new(name: &str, scheme: Scheme, key: VerifyingKey) -> Result<Self, Malformed> {
        if !is_name(name) || name.len() > NAME_BYTES {
            return Err(Malformed::new(WHAT, "its name has characters that no name may have, none, or too many"));
        }
        if key.algorithm() != scheme.algorithm() {
            return Err(Malformed::new(WHAT, "the public key is for another algorithm"));
        }
        let hash = digest::sha256(&[name.as_bytes(), b"\n", &[scheme.byte()], key.bytes()]);
        let [a, b, c, d, ..] = hash;
        Ok(Self { name: name.to_owned(), scheme, key, id: u32::from_be_bytes([a, b, c, d]) })
    }

    /// The name under which it signs: for a log, its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its signatures say.
    pub const fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The short identifier that stands in signature lines. It is no digest to rely on.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The public key.
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }
}

impl FromStr for Vkey {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let malformed = |why| Malformed::new(WHAT, why);
        let parts = text.split_once('+').and_then(|(name, rest)| Some((name, rest.split_once('+')?)));
        let (name, (id, key)) = parts.ok_or(malformed("it is not NAME+ID+KEY"))?;
        let bytes = STANDARD.decode(key).map_err(|_| malformed("the public key is not in base64"))?;
        let (scheme, bytes) = bytes.split_first().ok_or(malformed("there is no public key"))?;
        let scheme = Scheme::ALL.into_iter().find(|known| known.byte() == *scheme);
        let scheme = scheme.ok_or(malformed("its signature type is unknown"))?;
        let key = VerifyingKey::from_raw(scheme.algorithm(), bytes).map_err(|_| malformed("there is no such key"))?;
        let vkey = Self::new(name, scheme, key)?;
        if format!("{:08x}", vkey.id) == id { Ok(vkey) } else { Err(malformed("its identifier is another's")) }
    }
}

impl fmt::Display for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.scheme.byte()], self.key.bytes()].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id, STANDARD.encode(key))
    }
}

impl fmt::Debug for Vkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vkey({}+{:08x}, {:?})", self.name, self.id, self.scheme)
    }
}

/// Whether a text may be a key's name: not empty, without spaces, control characters or plus signs.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::keys::SigningKey;

    /// The key of the examples of Go's `golang.org/x/mod/sumdb/note`.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn keys_of_go_are_read_and_written() {
        let vkey: Vkey = PETER.parse().unwrap();
        assert_eq!((vkey.name(), vkey.id(), vkey.scheme()), ("PeterNeumann", 0xc74f_20a3, Scheme::Note));
        assert_eq!(vkey.to_string(), PETER);
    }

    #[test]
    fn keys_of_every_scheme_survive_their_text() {
        for scheme in Scheme::ALL {
            let key = SigningKey::generate(scheme.algorithm()).unwrap().verifying_key().unwrap();
            let vkey = Vkey::new("example.com/log", scheme, key.clone()).unwrap();
            assert_eq!(vkey.to_string().parse(), Ok(vkey));
            for name in ["", "a b", "a+b", "a\u{a0}b", "a\nb", "a\u{1}b", &"x".repeat(256)] {
                assert!(Vkey::new(name, scheme, key.clone()).is_err(), "{name}");
            }
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for wrong in [
            "",
            "PeterNeumann",
            "PeterNeumann+c74f20a3",
            "PeterNeumann+c74f20a3+",
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumaen+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+AhpcpQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T=",
            " PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        ] {
            assert!(wrong.parse::<Vkey>().is_err(), "{wrong}");
        }
    }
}
