//! Signing notes: a secret key with the name and the scheme under which it signs.

use crate::{
    pki::keys::{KeyError, SigningKey},
    proof::{
        cosignature,
        error::Malformed,
        note::Signature,
        vkey::{Scheme, Vkey},
    },
};

/// Why a note is not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The name or the key cannot sign so.
    #[error(transparent)]
    Vkey(#[from] Malformed),
    /// The key fails.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The text is none that the scheme signs: an ML-DSA cosignature is of a checkpoint.
    #[error("the text is none that the scheme signs")]
    Text,
}

/// Signs notes under a name.
#[derive(Debug)]
pub struct Signer {
    vkey: Vkey,
    key: SigningKey,
}

impl Signer {
    /// A signer for a scheme, with a key of the scheme's algorithm.
    pub fn new(name: &str, scheme: Scheme, key: SigningKey) -> Result<Self, SignError> {
        Ok(Self { vkey: Vkey::new(name, scheme, key.verifying_key()?)?, key })
    }

    /// The public half, to publish.
    pub const fn vkey(&self) -> &Vkey {
        &self.vkey
    }

    /// Signs a note's text; `time` is in seconds since 1970-01-01T00:00:00Z, and of no use to [`Scheme::Note`].
    pub fn sign(&self, text: &str, time: u64) -> Result<Signature, SignError> {
        Ok(Signature::new(&self.vkey, self.bytes(text, time)?))
    }

    /// The bytes that follow the key's identifier in a signature line.
    pub(super) fn bytes(&self, text: &str, time: u64) -> Result<Vec<u8>, SignError> {
        let scheme = self.vkey.scheme();
        let message = cosignature::message(scheme, self.vkey.name(), text, time).ok_or(SignError::Text)?;
        let mut bytes = if scheme.is_timed() { time.to_be_bytes().to_vec() } else { Vec::new() };
        bytes.extend(self.key.sign(&message)?);
        Ok(bytes)
    }
}
