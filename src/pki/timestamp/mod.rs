//! Time-stamps (RFC 3161, RFC 5816): the request, the answer read strictly, and the token with what it proves.
//!
//! No HTTP here: the caller carries the bytes. See `authority` for the other side.

mod exchange;
mod shape;
mod token;

#[cfg(test)]
mod tests;

pub use exchange::{Asked, read_response, request};
pub use token::{Token, TokenInfo, Verified};

pub(in crate::pki) use shape::{MessageImprint, Request};

/// The media type of a request (RFC 3161 3.4).
pub const QUERY: &str = "application/timestamp-query";
/// The media type of an answer (RFC 3161 3.4).
pub const REPLY: &str = "application/timestamp-reply";
