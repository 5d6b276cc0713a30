//! Archival profiles: what the messages of a kind must hold, as an archivist drew it. What a profile says stands in its
//! files; how it is read is not here.

use crate::domain::{clock::Timestamp, digest::Digest};

/// The language that a profile is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// RELAX NG 1.0, in its XML syntax.
    RelaxNg,
    /// XML Schema 1.0.
    XmlSchema,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::RelaxNg, Self::XmlSchema];

    /// The word that stands for it, also the extension of its files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::RelaxNg => "rng",
            Self::XmlSchema => "xsd",
        }
    }

    /// The language that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.word() == word)
    }
}

/// A file of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileFile {
    /// The name by which the others refer to it, without folders.
    pub name: String,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
}

/// An `ArchivalProfile`, as imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// As agreements and messages name it.
    pub identifier: String,
    /// The language of its files.
    pub language: Language,
    /// The edition of the tenant's profiles that brought it in its present form, from 1.
    pub version: u64,
    /// When that was.
    pub imported_at: Timestamp,
    /// Its files, the main one first.
    pub files: Vec<ProfileFile>,
}
