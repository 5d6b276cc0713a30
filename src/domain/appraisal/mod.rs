//! What becomes of units at the end of their administrative use: kept or destroyed, and why (VITAM's elimination analysis).
//! Pure: rules in force, holds and links are handed in.

mod felling;
mod judging;

pub use felling::{Survivor, survivors};
pub use judging::{Judgement, Situation, judge};

/// What becomes of a unit (VITAM's global status).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// It stays.
    Keep,
    /// It may go.
    Destroy,
    /// Rules contradict each other, or a hold stops them: a person must settle it first.
    Conflict,
}

impl Decision {
    /// Every decision.
    pub const ALL: [Self; 3] = [Self::Keep, Self::Destroy, Self::Conflict];

    /// VITAM's word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Keep => "KEEP",
            Self::Destroy => "DESTROY",
            Self::Conflict => "CONFLICT",
        }
    }

    /// The decision that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// Why: VITAM's words for conflicts and surviving children, our own where it gives none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// No appraisal rule is in force.
    NoAppraisalRule,
    /// A rule has not run out on the day.
    RuleNotExpired,
    /// A rule has no end: no start date, an unknown rule, or an unlimited one.
    RuleWithoutEnd,
    /// The final action in force is `Keep`, or none is said.
    FinalActionKeep,
    /// Several paths bring `Keep` and `Destroy` to one agency.
    FinalActionInconsistency,
    /// Its own agency lets it go, another keeps it.
    KeepAccessSp,
    /// One parent brings agencies of which some let it go and others keep it.
    AccessLinkInconsistency,
    /// A hold is in force.
    BlockedByHoldRule,
    /// Something below it stays.
    NonDestroyableHasChildUnits,
    /// A unit of another archive that stays refers to its objects.
    ObjectsInUse,
    /// An agency asked that it be kept.
    ExceptedByAgency,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 11] = [
        Self::NoAppraisalRule,
        Self::RuleNotExpired,
        Self::RuleWithoutEnd,
        Self::FinalActionKeep,
        Self::FinalActionInconsistency,
        Self::KeepAccessSp,
        Self::AccessLinkInconsistency,
        Self::BlockedByHoldRule,
        Self::NonDestroyableHasChildUnits,
        Self::ObjectsInUse,
        Self::ExceptedByAgency,
    ];

    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoAppraisalRule => "NO_APPRAISAL_RULE",
            Self::RuleNotExpired => "RULE_NOT_EXPIRED",
            Self::RuleWithoutEnd => "RULE_WITHOUT_END",
            Self::FinalActionKeep => "FINAL_ACTION_KEEP",
            Self::FinalActionInconsistency => "FINAL_ACTION_INCONSISTENCY",
            Self::KeepAccessSp => "KEEP_ACCESS_SP",
            Self::AccessLinkInconsistency => "ACCESS_LINK_INCONSISTENCY",
            Self::BlockedByHoldRule => "BLOCKED_BY_HOLD_RULE",
            Self::NonDestroyableHasChildUnits => "NON_DESTROYABLE_HAS_CHILD_UNITS",
            Self::ObjectsInUse => "OBJECTS_IN_USE",
            Self::ExceptedByAgency => "EXCEPTED_BY_AGENCY",
        }
    }

    /// The reason that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// A reason, and what it is about: agencies, rules, holds, units.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Because {
    /// The reason.
    pub reason: Reason,
    /// Identifiers that make it plain.
    pub about: Vec<String>,
}
