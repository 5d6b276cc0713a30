//! The kinds of referential that a tenant's archivist imports.

/// A referential of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Referential {
    /// Agencies and their roles.
    Agencies,
    /// Archival agreements.
    Agreements,
    /// Management rules.
    Rules,
}

impl Referential {
    /// Every referential.
    pub const ALL: [Self; 3] = [Self::Agencies, Self::Agreements, Self::Rules];

    /// The word that stands for it, also the stem of its files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agencies => "agencies",
            Self::Agreements => "agreements",
            Self::Rules => "rules",
        }
    }

    /// The referential that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|referential| referential.word() == word)
    }
}
