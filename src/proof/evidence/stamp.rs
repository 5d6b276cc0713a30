//! What evidence needs to know of a time-stamp token, and the two questions that it puts to whoever reads tokens.

use crate::domain::{clock::Timestamp, digest::Algorithm};

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The algorithm of the imprint; `None` when it is not known.
    pub algorithm: Option<Algorithm>,
    /// The imprint.
    pub imprint: Vec<u8>,
    /// The instant attested.
    pub at: Timestamp,
    /// Who attests it.
    pub authority: String,
}

/// Whether a token proves at some instant what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Its signature and the chain of its certificate hold, the certificate until this instant.
    Holds(Timestamp),
    /// Its signature holds, but its authority is not known to be trustworthy; why, in French.
    Untrusted(String),
    /// It proves nothing; why, in French.
    Broken(String),
}

/// Who reads tokens.
pub struct Tokens<'a> {
    /// What a token (DER) says, or why it cannot be read, in French.
    pub read: &'a dyn Fn(&[u8]) -> Result<Stamp, String>,
    /// Whether a token (DER) still proves it at an instant: that of the time-stamp that renewed it.
    pub standing: &'a dyn Fn(&[u8], Timestamp) -> Standing,
}
