//! Proofs as pure functions of bytes: the Merkle log in C2SP's forms, its witnesses, and evidence records (RFC 4998).
//!
//! It opens no file, asks no network and reads no clock: hashes and tiles come from closures, instants are handed in.

pub mod error;
pub mod json;
pub mod merkle;
pub mod tile;
pub mod vkey;
pub mod note;
pub mod checkpoint;
pub mod cosignature;
pub mod signer;
pub mod policy;
pub mod entry;
pub mod tlog_proof;
pub mod exchange;
pub mod witness;

pub mod evidence;
