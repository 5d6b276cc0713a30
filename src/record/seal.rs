//! `seal.json`: what a sealed day, or a part of it, holds of its owner's journals, in canonical JSON (RFC 8785).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{digest::Digest, journal::JournalId},
    record::{Error, form},
};

/// The version of the form.
const VERSION: u32 = 1;

/// The file's name within the folder of its day and part.
pub const FILE: &str = "seal.json";

/// A sealed day, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seal {
    /// Whether the day is over, so that this is its last part.
    pub closed: bool,
    /// The day, in UTC.
    #[serde(with = "form")]
    pub day: NaiveDate,
    /// The owner's journals.
    pub journals: Vec<SealedJournal>,
    /// Its number within the day, from 1.
    pub part: u32,
    /// The digest of the owner's `seal.json` before this one; zero for the first.
    #[serde(with = "form")]
    pub previous: Digest,
    version: u32,
}

/// The lines of one journal in a seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedJournal {
    /// The position of the first line; of the next one when there is none.
    pub first: u64,
    /// The digest of the journal's last line up to here; zero when it has none.
    #[serde(with = "form")]
    pub head: Digest,
    /// The journal.
    #[serde(with = "form")]
    pub journal: JournalId,
    /// How many lines the file has.
    pub lines: u64,
    /// The digest of the file.
    #[serde(with = "form")]
    pub sha512: Digest,
}

impl Seal {
    /// A seal of the present form.
    pub const fn new(day: NaiveDate, part: u32, closed: bool, previous: Digest, journals: Vec<SealedJournal>) -> Self {
        Self { closed, day, journals, part, previous, version: VERSION }
    }

    /// The bytes that are kept and whose digest is told.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads a seal; other bytes than those that would be written for it are refused.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        let seal: Self = serde_json::from_slice(bytes)?;
        if seal.version == VERSION && seal.to_json()? == bytes { Ok(seal) } else { Err(Error::NotCanonical) }
    }
}

/// The file that holds a journal's lines within the folder of its day and part.
pub const fn file_of(journal: &JournalId) -> &'static str {
    match journal {
        JournalId::LifeCycle(_) => "life-cycle.jsonl",
        JournalId::Installation | JournalId::Events(_) => "events.jsonl",
    }
}
