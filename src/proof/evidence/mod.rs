//! Evidence records: RFC 4998 made, renewed and verified; RFC 6283 (XMLERS) read and verified.
//!
//! Nothing here opens a file, calls a time-stamp authority or reads a clock: hashes, tokens and instants are handed in.

pub mod asn1;
pub mod hash;
pub mod make;
pub mod record;
pub mod stamp;
pub mod tree;
pub mod verdict;
pub mod verify;
pub mod xml;

mod element;
mod subject;

use std::io;

/// Why the house could not do its work. What is wrong with a record is data: [`record::Unreadable`] or a verdict.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cryptographic library refuses to hash.
    #[error("cannot hash")]
    Hash(#[from] io::Error),
    /// A structure could not be written in DER.
    #[error("cannot write the evidence in DER: {0}")]
    Encode(String),
    /// What the archive kept as an archive time-stamp sequence is none that it wrote.
    #[error("not an archive time-stamp sequence of the archive's own: {0}")]
    Kept(&'static str),
}
