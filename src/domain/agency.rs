//! Agencies of a tenant's referential, and the roles that they may hold in a transfer.

/// A role of MEDONA (NF Z44-022): who an agency may be in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Keeps the archives (`ArchivalAgency`).
    Archival,
    /// Sends them (`TransferringAgency`, `SubmissionAgency`).
    Transferring,
    /// Made or received them in the course of its activity (`OriginatingAgency`).
    Originating,
    /// Controls (`ControlAuthority`).
    Control,
    /// Asks to see them (`Requester`).
    Requester,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Archival, Self::Transferring, Self::Originating, Self::Control, Self::Requester];

    /// The word that stands for it in imports, storage and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Archival => "ArchivalAgency",
            Self::Transferring => "TransferringAgency",
            Self::Originating => "OriginatingAgency",
            Self::Control => "ControlAuthority",
            Self::Requester => "Requester",
        }
    }

    /// The role that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }
}

/// An agency of the referential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agency {
    /// As messages name it.
    pub identifier: String,
    /// For people.
    pub name: String,
    /// Free text.
    pub description: Option<String>,
    /// What it may be; empty means any role (VITAM's CSV names none).
    pub roles: Vec<Role>,
    /// The certificate, in base64 of its DER, under which alone its signed messages are believed.
    pub certificate: Option<String>,
}

impl Agency {
    /// Whether the agency may hold `role`.
    pub fn may_be(&self, role: Role) -> bool {
        self.roles.is_empty() || self.roles.contains(&role)
    }
}
