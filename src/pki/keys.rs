//! Keys that sign statements of the log and of its witnesses: Ed25519 (RFC 8032) and ML-DSA-44 (FIPS 204).
//!
//! What is signed, and where keys are kept, is others' affair. A secret leaves only as PKCS#8, when it is asked for.

use std::{fmt, io};

use openssl::{
    error::ErrorStack,
    pkey::{KeyType, PKey, Private, Public},
    sign::{Signer, Verifier},
};

use crate::digest::random;

/// Bytes of the seed from which an ML-DSA key is made (FIPS 204, algorithm 1).
const ML_DSA_SEED_BYTES: usize = 32;

/// The signature algorithms that the log's statements use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// Ed25519 (RFC 8032).
    Ed25519,
    /// ML-DSA-44 (FIPS 204), which a quantum computer does not break.
    MlDsa44,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 2] = [Self::Ed25519, Self::MlDsa44];

    /// Bytes of a public key.
    pub const fn public_bytes(self) -> usize {
        match self {
            Self::Ed25519 => 32,
            Self::MlDsa44 => 1312,
        }
    }

    /// Bytes of a signature.
    pub const fn signature_bytes(self) -> usize {
        match self {
            Self::Ed25519 => 64,
            Self::MlDsa44 => 2420,
        }
    }

    const fn key_type(self) -> KeyType {
        match self {
            Self::Ed25519 => KeyType::ED25519,
            Self::MlDsa44 => KeyType::ML_DSA_44,
        }
    }
}

/// Why a key cannot be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is not an unencrypted private key of a known algorithm.
    #[error("not an unencrypted private key, Ed25519 or ML-DSA-44, in PKCS#8")]
    NotAPrivateKey,
    /// The bytes are not a public key of the algorithm.
    #[error("not a public key of the algorithm")]
    NotAPublicKey,
    /// The machine has no random bytes.
    #[error("no random bytes")]
    Random(#[source] io::Error),
    /// OpenSSL fails.
    #[error("OpenSSL failed")]
    OpenSsl(#[from] ErrorStack),
}

/// A secret key. Its `Debug` shows the algorithm alone.
pub struct SigningKey {
    algorithm: Algorithm,
    key: PKey<Private>,
}

impl SigningKey {
    /// Makes a new key.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        let key = match algorithm {
            Algorithm::Ed25519 => PKey::generate_ed25519()?,
            Algorithm::MlDsa44 => {
                let seed = random::<ML_DSA_SEED_BYTES>().map_err(KeyError::Random)?;
                PKey::private_key_from_seed(None, algorithm.key_type(), None, &seed)?
            }
        };
        Ok(Self { algorithm, key })
    }

    /// Reads an unencrypted PKCS#8 key in PEM (RFC 5958, RFC 7468). An encrypted one is refused: nobody is asked.
    pub fn from_pem(pem: &[u8]) -> Result<Self, KeyError> {
        let key = PKey::private_key_from_pem_callback(pem, |_| Ok(0)).map_err(|_| KeyError::NotAPrivateKey)?;
        let known = Algorithm::ALL.into_iter().find(|algorithm| key.is_a(algorithm.key_type()));
        Ok(Self { algorithm: known.ok_or(KeyError::NotAPrivateKey)?, key })
    }

    /// Writes the secret as unencrypted PKCS#8 in PEM: for a file that only its owner reads.
    pub fn to_pem(&self) -> Result<Vec<u8>, KeyError> {
        Ok(self.key.private_key_to_pem_pkcs8()?)
    }

    /// The algorithm that the key is for.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The public half.
    pub fn verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        VerifyingKey::from_raw(self.algorithm, &self.key.raw_public_key()?)
    }

    /// Signs a message, whole.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(Signer::new_without_digest(&self.key)?.sign_oneshot_to_vec(message)?)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// A public key.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    bytes: Vec<u8>,
    key: PKey<Public>,
}

impl VerifyingKey {
    /// Reads the bytes that RFC 8032 or FIPS 204 gives a public key.
    pub fn from_raw(algorithm: Algorithm, bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() != algorithm.public_bytes() {
            return Err(KeyError::NotAPublicKey);
        }
        let key = PKey::public_key_from_raw_bytes_ex(None, algorithm.key_type(), None, bytes)
            .map_err(|_| KeyError::NotAPublicKey)?;
        Ok(Self { algorithm, bytes: bytes.to_vec(), key })
    }

    /// The algorithm that the key is for.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The bytes that RFC 8032 or FIPS 204 gives it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether the key's owner signed the message. What is not a signature at all did not.
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        signature.len() == self.algorithm.signature_bytes()
            && Verifier::new_without_digest(&self.key)
                .and_then(|mut verifier| verifier.verify_oneshot(signature, message))
                .unwrap_or(false)
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.bytes == other.bytes
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::digest::{from_hex, to_hex};

    #[test]
    fn keys_of_both_algorithms_sign_and_survive_their_pem() {
        for algorithm in Algorithm::ALL {
            let key = SigningKey::generate(algorithm).unwrap();
            let again = SigningKey::from_pem(&key.to_pem().unwrap()).unwrap();
            let public = key.verifying_key().unwrap();
            assert_eq!(again.algorithm(), algorithm);
            assert_eq!(again.verifying_key().unwrap(), public);
            let mut signature = again.sign(b"message").unwrap();
            assert_eq!(signature.len(), algorithm.signature_bytes());
            assert_eq!(public.bytes().len(), algorithm.public_bytes());
            assert!(public.verify(b"message", &signature));
            assert!(!public.verify(b"massage", &signature));
            assert!(!public.verify(b"message", &[]));
            signature[7] ^= 1;
            assert!(!public.verify(b"message", &signature));
            assert_ne!(SigningKey::generate(algorithm).unwrap().verifying_key().unwrap(), public);
        }
    }

    #[test]
    fn ed25519_is_that_of_rfc_8032() {
        // Section 7.1, test 2.
        let public = from_hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c").unwrap();
        let signature = from_hex(
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        )
        .unwrap();
        let key = VerifyingKey::from_raw(Algorithm::Ed25519, &public).unwrap();
        assert!(key.verify(&[0x72], &signature));
        assert!(!key.verify(&[0x73], &signature));
        let secret = from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
        let secret = SigningKey {
            algorithm: Algorithm::Ed25519,
            key: PKey::private_key_from_raw_bytes(&secret, openssl::pkey::Id::ED25519).unwrap(),
        };
        assert_eq!(to_hex(&secret.sign(&[0x72]).unwrap()), to_hex(&signature));
    }

    #[test]
    fn what_is_no_key_is_refused_and_nobody_is_asked_for_a_password() {
        assert!(SigningKey::from_pem(b"").is_err());
        assert!(SigningKey::from_pem(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").is_err());
        let agreement = PKey::generate_x25519().unwrap().private_key_to_pem_pkcs8().unwrap();
        assert!(SigningKey::from_pem(&agreement).is_err());
        let key = PKey::generate_ed25519().unwrap();
        let locked = key.private_key_to_pem_pkcs8_passphrase(openssl::symm::Cipher::aes_128_cbc(), b"secret").unwrap();
        assert!(SigningKey::from_pem(&locked).is_err());
        assert!(VerifyingKey::from_raw(Algorithm::MlDsa44, &[0; 1311]).is_err());
        assert!(VerifyingKey::from_raw(Algorithm::Ed25519, &[0; 33]).is_err());
    }

    #[test]
    fn a_secret_is_not_shown() {
        let key = SigningKey::generate(Algorithm::Ed25519).unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey { algorithm: Ed25519, .. }");
    }
}
