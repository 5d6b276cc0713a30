//! Keys, certificates, CMS and RFC 3161 time-stamps: everything that speaks ASN.1 or calls a cryptographic library.
//!
//! Nothing here opens a file, asks a network or reads a clock: bytes and instants are handed in. What is wrong with what
//! others made is a [`fault::Fault`]; [`Error`] is for the house's own keys and requests.

pub mod authority;
pub mod certificate;
pub mod cms;
pub mod fault;
pub mod imprint;
pub mod keys;
pub mod seal;
pub mod timestamp;
pub mod trust;

mod algorithm;
mod der;
mod name;
mod oid;

use openssl::error::ErrorStack;

/// The house failed: its own key, certificate or request cannot be used or made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// OpenSSL refuses.
    #[error("the cryptographic library refuses")]
    Library(#[from] ErrorStack),
    /// A key or certificate of the house is not what it should be.
    #[error("a key or certificate of the house is unusable: {0}")]
    Unusable(&'static str),
    /// A certificate of the house does not read.
    #[error("a certificate of the house does not read")]
    Certificate(#[from] fault::Fault),
    /// An instant or a length that no field can hold.
    #[error("cannot be written: {0}")]
    Unwritable(&'static str),
}
