//! What stands on volumes, in imports and in exports as JSON and CSV: pure conversion between domain and text.
//!
//! No file is opened here, no clock read, no digest computed. Forms are private; what they write is pinned by tests and
//! by the schemas of `schemas/cartulaire`, because it is read for ever.

mod form;
mod jsonl;
mod management;
pub mod archive_json;
pub mod departure;
pub mod description;
pub mod line;
pub mod seal;
pub mod kit;
pub mod restitution;
pub mod evidence;
pub mod facts;
pub mod report;
pub mod integrity;
pub mod hold;
pub mod amendment;
pub mod changes;
pub mod transfer_json;
pub mod request;
pub mod accounts;
pub mod disposal;
pub mod bordereau;
pub mod profiles;
pub mod referential;

use std::io;

/// A text could not be written, or is not what the archive wrote.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bytes could not be read.
    #[error("the text cannot be read")]
    Read(#[source] io::Error),
    /// The bytes could not be written.
    #[error("the text cannot be written")]
    Write(#[source] io::Error),
    /// The text is not JSON of the form expected.
    #[error("the JSON is not of the form expected")]
    Json(#[from] serde_json::Error),
    /// A line of a JSON Lines text is not of the form expected.
    #[error("line {line} is not of the form expected")]
    Line {
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A text, or one line of it, is longer than it may be.
    #[error("the text, or one line of it, is longer than {limit} bytes")]
    TooLong {
        /// The most bytes allowed.
        limit: u64,
    },
    /// The text is of a format that this version does not know.
    #[error("the format {found:?} is not known, {known:?} is")]
    Format {
        /// The format that the text names.
        found: String,
        /// The format that is known.
        known: &'static str,
    },
    /// A journal line is not written in its one canonical way, so that its bytes are not those that were sealed.
    #[error("the journal line is not in canonical form")]
    NotCanonical,
    /// A field that a journal's digest delimits by line breaks holds one.
    #[error("the field {0} of a journal line holds a line break")]
    LineBreak(&'static str),
    /// A CSV text could not be written.
    #[error("the CSV cannot be written")]
    Csv(#[from] csv::Error),
}

/// A value as indented JSON that ends with a line break, for a file that people open.
fn to_text(value: &impl serde::Serialize) -> Result<Vec<u8>, Error> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    Ok(text)
}
