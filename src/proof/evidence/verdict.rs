//! What the verification of an evidence record says, as data: of the whole, of each time-stamp, of each object.

use crate::domain::{clock::Timestamp, digest::Algorithm};

/// What is said of a part or of the whole; the worst of its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Everything that there is to verify was, and holds.
    Valid,
    /// Nothing is known to be wrong, but something could not be verified.
    NotVerified,
    /// Something is wrong.
    Invalid,
}

impl Outcome {
    /// The word of programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotVerified => "not_verified",
            Self::Invalid => "invalid",
        }
    }

    /// The words for people, in French.
    pub const fn french(self) -> &'static str {
        match self {
            Self::Valid => "valide",
            Self::NotVerified => "non vérifié",
            Self::Invalid => "non valide",
        }
    }
}

/// An outcome, and why it is not better: a French sentence for each reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The worst of what was found.
    pub outcome: Outcome,
    /// The reasons, in the order of discovery; none when valid.
    pub reasons: Vec<String>,
}

impl Default for Judgement {
    fn default() -> Self {
        Self { outcome: Outcome::Valid, reasons: Vec::new() }
    }
}

impl Judgement {
    /// Something is wrong.
    pub fn refuse(&mut self, why: impl Into<String>) {
        self.find(Outcome::Invalid, why);
    }

    /// Something could not be verified.
    pub fn doubt(&mut self, why: impl Into<String>) {
        self.find(Outcome::NotVerified, why);
    }

    fn find(&mut self, outcome: Outcome, why: impl Into<String>) {
        self.outcome = self.outcome.max(outcome);
        self.reasons.push(why.into());
    }
}

/// An archive time-stamp, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeStamp {
    /// Its chain, counted from 1.
    pub chain: usize,
    /// Its place in the chain, counted from 1.
    pub place: usize,
    /// The instant that it attests, when the token can be read.
    pub at: Option<Timestamp>,
    /// Who attests it.
    pub authority: Option<String>,
    /// The algorithm of its tree, when it is known.
    pub algorithm: Option<Algorithm>,
    /// The instant until which its certificate stands, when its trust is verified.
    pub until: Option<Timestamp>,
    /// What is said of it.
    pub judgement: Judgement,
}

/// A data object, verified against every chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// The name under which it was given.
    pub name: String,
    /// What is said of it.
    pub judgement: Judgement,
}

/// What is said of a record and of the objects given with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Of the whole: the worst of the parts, and every reason.
    pub judgement: Judgement,
    /// Every archive time-stamp, oldest first.
    pub time_stamps: Vec<TimeStamp>,
    /// Every object given, in the order given.
    pub objects: Vec<Object>,
    /// How many hashes of the first list are of none of the objects given: other objects of the group, or, in a record
    /// made elsewhere, nodes of its tree.
    pub not_given: usize,
}
