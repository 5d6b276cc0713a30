//! Requests to be given archives, and what must be asked before they are: communicability and derogations (code du
//! patrimoine, L. 213-1 to L. 213-3).

use chrono::NaiveDate;

use crate::domain::{
    agency::Role,
    clock::Timestamp,
    digest::Digest,
    id::{ActorId, MessageId, RequestId, UnitId},
};

/// What archives are asked for: a word, because free text could name a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Motive {
    /// An agency needs them for its work.
    Administration,
    /// A study or a publication.
    Research,
    /// Somebody proves a right of theirs.
    Evidence,
    /// A court, or who inquires for one.
    Justice,
    /// Anything else.
    Other,
}

impl Motive {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Administration, Self::Research, Self::Evidence, Self::Justice, Self::Other];

    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Administration => "administration",
            Self::Research => "research",
            Self::Evidence => "evidence",
            Self::Justice => "justice",
            Self::Other => "other",
        }
    }

    /// The one that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestState {
    /// Everything asked for may be given.
    Open,
    /// A derogation is asked for, and not every agency has answered.
    Waiting,
    /// Every agency asked granted the derogation.
    Granted,
    /// An agency refused the derogation.
    Refused,
    /// What was asked for was delivered; it may be again.
    Delivered,
}

impl RequestState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Open, Self::Waiting, Self::Granted, Self::Refused, Self::Delivered];

    /// The word that stands for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Waiting => "waiting",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Delivered => "delivered",
        }
    }

    /// The state that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether it may be delivered: nothing was needed, or all was granted.
    pub const fn is_deliverable(self) -> bool {
        matches!(self, Self::Open | Self::Granted | Self::Delivered)
    }
}

/// A request to be given archives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its identifier.
    pub id: RequestId,
    /// Who registered it.
    pub by: ActorId,
    /// When.
    pub made_at: Timestamp,
    /// The day on which communicability was looked at.
    pub on: NaiveDate,
    /// Who asks, as messages name it (`Requester/Identifier`).
    pub requester: String,
    /// Whether the requester is an agency of the referential, under that identifier.
    pub is_agency: bool,
    /// What for.
    pub motive: Motive,
    /// The digest of the list of units on the volumes: what agencies grant, and nothing else.
    pub list: Digest,
    /// How many units are asked for.
    pub units: u64,
    /// How many of them were not communicable on that day.
    pub blocked: u64,
    /// How far it has come.
    pub state: RequestState,
    /// The last delivery made under it.
    pub delivery: Option<MessageId>,
}

/// An agency whose word a derogation needs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Consulted {
    /// The agency, as the referential names it.
    pub agency: String,
    /// As what it is asked: originating agency, or control authority.
    pub role: Role,
}

/// What an agency was asked about a derogation, and what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Derogation {
    /// Who was asked.
    pub consulted: Consulted,
    /// What it said; nothing yet when none.
    pub answer: Option<Answer>,
}

/// What an agency said of a derogation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether it grants it.
    pub granted: bool,
    /// Who said so, or handed in the message that does.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// The digest of the message that says so; an account said so when none.
    pub message: Option<Digest>,
}

/// The state that the answers bring a request to: one refusal refuses it, the last grant grants it.
pub fn state_of(derogations: &[Derogation]) -> RequestState {
    let said = |derogation: &Derogation| derogation.answer.map(|answer| answer.granted);
    if derogations.is_empty() {
        RequestState::Open
    } else if derogations.iter().any(|one| said(one) == Some(false)) {
        RequestState::Refused
    } else if derogations.iter().all(|one| said(one) == Some(true)) {
        RequestState::Granted
    } else {
        RequestState::Waiting
    }
}

/// From when on a unit may be communicated to anybody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// It may be: no access rule holds it any more.
    Open,
    /// Not before a day.
    Until {
        /// The day.
        day: NaiveDate,
        /// The rule that ends last.
        rule: String,
    },
    /// Never: the rule has no end.
    Never {
        /// The rule.
        rule: String,
    },
    /// Nobody can tell: the rule has no start date, or the referential does not hold it.
    Unknown {
        /// The rule.
        rule: String,
    },
}

impl Access {
    /// Whether it may be communicated to anybody.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// The word that stands for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Until { .. } => "until",
            Self::Never { .. } => "never",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// The rule that keeps it closed.
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Open => None,
            Self::Until { rule, .. } | Self::Never { rule } | Self::Unknown { rule } => Some(rule),
        }
    }

    /// The day from which it is open.
    pub const fn day(&self) -> Option<NaiveDate> {
        match self {
            Self::Until { day, .. } => Some(*day),
            _ => None,
        }
    }

    /// In French, for people.
    pub fn in_french(&self) -> String {
        match self {
            Self::Open => "communicable".to_owned(),
            Self::Until { day, rule } => {
                format!("non communicable avant le {} (règle {rule})", day.format("%d/%m/%Y"))
            }
            Self::Never { rule } => format!("non communicable, sans terme (règle {rule})"),
            Self::Unknown { rule } => {
                format!("non communicable : la règle {rule} n’a pas de date de départ connue")
            }
        }
    }
}

/// A unit, its agency, and from when on it may be communicated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Communicability {
    /// The unit.
    pub unit: UnitId,
    /// Its originating agency.
    pub agency: Option<String>,
    /// From when on.
    pub access: Access,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Id;

    #[test]
    fn one_refusal_refuses_and_only_the_last_grant_grants() {
        let derogation = |granted: Option<bool>| Derogation {
            consulted: Consulted { agency: "A".to_owned(), role: Role::Originating },
            answer: granted.map(|granted| {
                let at = Timestamp::from_millis(0).unwrap();
                Answer { granted, by: Id::mint(at), at, message: None }
            }),
        };
        for (answers, expected) in [
            (&[][..], RequestState::Open),
            (&[None, None][..], RequestState::Waiting),
            (&[Some(true), None], RequestState::Waiting),
            (&[Some(true), Some(true)], RequestState::Granted),
            (&[Some(true), Some(false)], RequestState::Refused),
            (&[None, Some(false)], RequestState::Refused),
        ] {
            let all: Vec<Derogation> = answers.iter().map(|granted| derogation(*granted)).collect();
            assert_eq!(state_of(&all), expected, "{answers:?}");
        }
    }

    #[test]
    fn words_stand_for_what_they_say() {
        assert!(Motive::ALL.into_iter().all(|one| Motive::from_word(one.word()) == Some(one)));
        assert!(RequestState::ALL.into_iter().all(|one| RequestState::from_word(one.word()) == Some(one)));
    }
}
