//! What the installation issues as PDF/A bears its seal (`PAdES` baseline B, EN 319 142-1); and the words that its
//! papers share.

use crate::{
    archive::{Archive, error::Error},
    digest,
    domain::{check::Outcome, clock::Timestamp},
    pdf::{
        self,
        document::{Block, Column, Document, Table, Value},
        layout::Limits,
        signing::{self, Field},
    },
    pki::{
        cms::{self, ContentType, Enclosed, Terms},
        seal,
    },
};

/// Pages of a paper at most.
const PAGES: usize = 2_000;

/// Bytes kept for the signature: a chain of a few certificates.
const SIGNATURE_BYTES: usize = 16_384;

impl Archive {
    /// A paper as PDF/A under the installation's seal.
    pub(super) fn issue_paper(&self, document: &Document) -> Result<Vec<u8>, Error> {
        under_seal(document, &self.means.seal)
    }
}

/// A paper as PDF/A under a seal.
pub fn under_seal(document: &Document, seal: &seal::Signer) -> Result<Vec<u8>, Error> {
    let written = pdf::write(document, Limits { pages: PAGES })?;
    let field = Field {
        reason: format!("Cachet : {}", document.kind),
        place: String::new(),
        name: seal.certificate().subject(),
        at: document.made_at,
        reserved_bytes: SIGNATURE_BYTES,
    };
    let prepared = signing::prepare(&written, &field)?;
    let digest = digest::sha512(&prepared.bytes_to_sign().concat());
    let terms = Terms { content_type: ContentType::Data, at: None, certificates: Enclosed::Chain };
    let signature = cms::sign_detached(seal, &digest.into(), &terms)?;
    Ok(prepared.finish(&signature)?)
}

/// A paragraph.
pub fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph(text.into())
}

/// A table of ordinary and exact values under titles, each with its part of the width.
pub fn table(columns: &[(&str, u16)], rows: Vec<Vec<Value>>) -> Block {
    Block::Table(Table { columns: columns.iter().map(|(title, share)| Column::new(*title, *share)).collect(), rows })
}

/// Ordinary text in a cell.
pub fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

/// What is compared letter by letter.
pub fn exact(text: impl Into<String>) -> Value {
    Value::Exact(text.into())
}

/// An instant in a cell whose title says UTC: `2026-11-22 08:00:05`.
pub fn instant(at: Timestamp) -> String {
    let text = at.to_string();
    let (day, hour) = (text.get(..10).unwrap_or(&text), text.get(11..19).unwrap_or_default());
    format!("{day} {hour}")
}

/// A count with its thousands apart, and the noun that goes with it.
pub fn counted(count: u64, one: &str, many: &str) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push('\u{202f}');
        }
        shown.push(digit);
    }
    format!("{shown}\u{a0}{}", if count < 2 { one } else { many })
}

/// Bytes as people weigh them: `317 octets`, `1,2 Mo`. Units are decimal.
pub fn volume(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1_000_000_000_000, "To"), (1_000_000_000, "Go"), (1_000_000, "Mo"), (1_000, "ko")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => {
            let tenths = bytes / (unit / 10);
            format!("{},{}\u{a0}{name}", tenths / 10, tenths % 10)
        }
        None => counted(bytes, "octet", "octets"),
    }
}

/// How a control came out.
pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "conforme",
        Outcome::NotExamined => "non examiné",
        Outcome::Warning => "réserve",
        Outcome::Ko => "refus",
    }
}

/// What a line of a journal tells, in French; its own word when we have none.
pub fn happened(kind: &str) -> &str {
    match kind {
        "ingestion start" => "réception du paquet",
        "accession" => "entrée dans l’archive",
        "awaiting validation" => "attente d’une validation",
        "refusal" => "refus",
        "fixity check" => "contrôle des copies",
        "replication" => "réparation d’une copie",
        "disposal plan" => "plan d’élimination, de transfert ou de restitution",
        "consent" => "réponse d’un service à un plan",
        "deletion" => "destruction",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_instants_are_said_in_french() {
        assert_eq!(counted(0, "octet", "octets"), "0\u{a0}octet");
        assert_eq!(counted(1_234_567, "octet", "octets"), "1\u{202f}234\u{202f}567\u{a0}octets");
        assert_eq!((volume(999), volume(1_250_000)), ("999\u{a0}octets".to_owned(), "1,2\u{a0}Mo".to_owned()));
        assert_eq!(instant(Timestamp::parse("2026-11-22T08:00:05.250Z").unwrap()), "2026-11-22 08:00:05");
    }
}
