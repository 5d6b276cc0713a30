//! How units leave for good: an elimination, a transfer to another archive, a restitution to the originating agency. Each
//! is planned, shown, authorised, then carried out.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::{
    clock::Timestamp,
    digest::Digest,
    id::{ActorId, ArchiveId, DisposalId, MessageId, UnitId},
};

/// Why units leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Disposition {
    /// Destroyed at the end of their administrative use (code du patrimoine, L. 212-2 and L. 212-3).
    Elimination,
    /// Sent to another archive, which answers for them from then on.
    Transfer,
    /// Given back to their originating agency.
    Restitution,
}

impl Disposition {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Elimination, Self::Transfer, Self::Restitution];

    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Elimination => "elimination",
            Self::Transfer => "transfer",
            Self::Restitution => "restitution",
        }
    }

    /// The one that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// How far a plan has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DisposalState {
    /// Made; it binds nobody.
    Planned,
    /// Sent to the agency that takes the units (a transfer, a restitution).
    Sent,
    /// Every originating agency concerned agreed (an elimination).
    Agreed,
    /// It may be carried out: the control authority gave its visa, or the receiver took the units.
    Authorised,
    /// An agency refused it: another plan is needed.
    Refused,
    /// Given up.
    Abandoned,
    /// Carried out to its end.
    Done,
}

impl DisposalState {
    /// Every state.
    pub const ALL: [Self; 7] =
        [Self::Planned, Self::Sent, Self::Agreed, Self::Authorised, Self::Refused, Self::Abandoned, Self::Done];

    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Sent => "sent",
            Self::Agreed => "agreed",
            Self::Authorised => "authorised",
            Self::Refused => "refused",
            Self::Abandoned => "abandoned",
            Self::Done => "done",
        }
    }

    /// The state that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A plan by which units leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disposal {
    /// Its identifier.
    pub id: DisposalId,
    /// Why they leave.
    pub disposition: Disposition,
    /// Who made it.
    pub by: ActorId,
    /// When.
    pub made_at: Timestamp,
    /// The day for which rules were computed.
    pub on: NaiveDate,
    /// The digest of the list of units on the volumes: what is authorised, and nothing else.
    pub list: Digest,
    /// The originating agencies that must agree, in order.
    pub agencies: Vec<String>,
    /// The agency that takes the units, when one does.
    pub receiver: Option<String>,
    /// The plan that an agency refused in part, and that this one replaces.
    pub replaces: Option<DisposalId>,
    /// How far it has come.
    pub state: DisposalState,
    /// How much leaves.
    pub leaving: Leaving,
    /// What carried the units away, once they were sent.
    pub sent: Option<Sending>,
    /// The papers that tell its end, once it is carried out.
    pub attested: Option<Attested>,
}

/// What carried units to the agency that takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sending {
    /// The identifier of the message.
    pub message: MessageId,
    /// The digest of the package.
    pub package: Digest,
}

/// The papers that tell that a plan was carried out, by their digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attested {
    /// The certificate (PDF).
    pub certificate: Digest,
    /// The SEDA message.
    pub notification: Digest,
}

/// How much leaves under a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Archives of which something leaves.
    pub archives: u64,
    /// Units.
    pub units: u64,
    /// Digital objects.
    pub objects: u64,
    /// Bytes of these.
    pub bytes: u64,
}

/// What leaves of one archive under a plan, as the archive stood when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doomed {
    /// The archive.
    pub archive: ArchiveId,
    /// Its generation.
    pub generation: u32,
    /// The digest of its inventory: another means that it changed since.
    pub inventory: Digest,
    /// The units that leave.
    pub units: BTreeSet<UnitId>,
}
