//! The exchange standard's versions and dialects.

/// A version of the SEDA (NF Z44-022 profile) that the archive takes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SedaVersion {
    /// SEDA 2.1 (2018).
    V2_1,
    /// SEDA 2.2 (2022).
    V2_2,
    /// SEDA 2.3 (2024).
    V2_3,
}

impl SedaVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 3] = [Self::V2_1, Self::V2_2, Self::V2_3];

    /// The number, as `2.1`.
    pub const fn number(self) -> &'static str {
        match self {
            Self::V2_1 => "2.1",
            Self::V2_2 => "2.2",
            Self::V2_3 => "2.3",
        }
    }

    /// The version of a number.
    pub fn from_number(number: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.number() == number)
    }

    /// The XML namespace of its messages.
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::V2_1 => "fr:gouv:culture:archivesdefrance:seda:v2.1",
            Self::V2_2 => "fr:gouv:culture:archivesdefrance:seda:v2.2",
            Self::V2_3 => "fr:gouv:culture:archivesdefrance:seda:v2.3",
        }
    }

    /// The version of a namespace.
    pub fn from_namespace(namespace: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.namespace() == namespace)
    }
}

/// A way of writing the SEDA: the standard's own, or a named extension of it that an agreement may allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// The official schemas.
    Strict,
    /// What VITAM adds: extension elements, `HoldRule` in 2.1, attachments, existing object groups.
    Vitam,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Self; 2] = [Self::Strict, Self::Vitam];

    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Vitam => "vitam",
        }
    }

    /// The dialect that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.word() == word)
    }
}
