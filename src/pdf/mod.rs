//! PDF: writes the archive's own reports and attestations as PDF/A, prepares them for a signature, and reads back what a
//! file says of its revisions and signatures.
//!
//! No cryptography stands here: the signature itself comes from elsewhere, as finished bytes.

pub mod document;
pub mod layout;
pub mod paint;
pub mod reading;
pub mod signing;
pub mod typeface;

mod column;
mod lines;
mod properties;
mod revisions;
mod table;

pub use properties::in_french;

use document::Document;
use layout::Limits;

/// Writes a report as PDF/A-3a and PDF/UA-1 (ISO 19005-3, ISO 14289-1): equal input gives equal bytes.
pub fn write(document: &Document, limits: Limits) -> Result<Vec<u8>, Error> {
    let faces = typeface::Faces::load()?;
    let laid = layout::lay(document, &faces, limits)?;
    paint::paint(document, &laid, &faces)
}

/// Why a PDF could not be written or signed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A typeface that is embedded in the program cannot be read.
    #[error("a typeface of the house cannot be read")]
    Typeface,
    /// The report does not fit in the pages that it may have.
    #[error("the report takes more than {pages} pages")]
    TooLong {
        /// How many pages it might have had.
        pages: usize,
    },
    /// Two files to embed have the same name.
    #[error("two embedded files are named `{0}`")]
    SameName(String),
    /// What was asked for cannot be said in PDF/A.
    #[error("the report breaks a rule of PDF/A or PDF/UA: {0}")]
    NotArchival(String),
    /// The PDF to be signed cannot be read.
    #[error("the PDF to be signed cannot be read: {0}")]
    Unreadable(String),
    /// The signature is longer than the room that was kept for it.
    #[error("the signature takes {needed} bytes, and {reserved} were kept for it")]
    NoRoom {
        /// Bytes of the signature.
        needed: usize,
        /// Bytes kept.
        reserved: usize,
    },
}
