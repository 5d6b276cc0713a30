//! Holds (*gels*): what must not leave, nor be moved when the hold says so, whatever its rules allow.

use chrono::NaiveDate;

use crate::domain::{
    clock::Timestamp,
    id::{ActorId, HoldId, UnitId},
};

/// What an archivist decides when a hold is placed. It covers the units named and everything below them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldOrder {
    /// Why.
    pub reason: String,
    /// Who asked for it: a court, a service.
    pub owner: Option<String>,
    /// The units named.
    pub units: Vec<UnitId>,
    /// The day on which someone looks at it again; it holds on past that day.
    pub reassess: Option<NaiveDate>,
    /// Its last day; without one it holds until it is lifted.
    pub until: Option<NaiveDate>,
    /// Whether what it covers may not be moved either (`PreventRearrangement`).
    pub prevents_rearrangement: bool,
}

/// A hold that was placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Its identifier.
    pub id: HoldId,
    /// What was decided.
    pub order: HoldOrder,
    /// Who placed it.
    pub placed_by: ActorId,
    /// When.
    pub placed_at: Timestamp,
    /// Who lifted it, when and why, once someone did.
    pub lifted: Option<Lifting>,
}

/// The end of a hold, decided by someone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifting {
    /// Who lifted it.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

impl Hold {
    /// Whether it holds on a day: not lifted, and not past its last day.
    pub fn is_in_force(&self, on: NaiveDate) -> bool {
        self.lifted.is_none() && self.order.until.is_none_or(|until| until >= on)
    }

    /// Whether someone should have looked at it again by a day.
    pub fn awaits_reassessment(&self, on: NaiveDate) -> bool {
        self.is_in_force(on) && self.order.reassess.is_some_and(|day| day <= on)
    }
}

/// Why a unit is held.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldCause {
    /// A hold that an archivist placed on this unit or on one above it.
    Placed {
        /// The hold.
        hold: HoldId,
        /// Whether what it covers may not be moved.
        prevents_rearrangement: bool,
    },
    /// A `HoldRule` in force, its own or inherited.
    Rule {
        /// The rule.
        rule: String,
        /// Its last day; `None` when it has none or when it cannot be told.
        end: Option<NaiveDate>,
        /// The unit that names it; `None` when the archive's `ManagementMetadata` does.
        origin: Option<UnitId>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Id;

    #[test]
    fn a_hold_ends_by_its_last_day_or_by_a_decision_and_not_by_its_reassessment() {
        let at = Timestamp::parse("2026-01-10T00:00:00.000Z").unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let order = HoldOrder {
            reason: "Contentieux".to_owned(),
            owner: None,
            units: Vec::new(),
            reassess: Some(day("2026-02-01")),
            until: Some(day("2026-03-01")),
            prevents_rearrangement: false,
        };
        let mut hold = Hold { id: Id::mint(at), order, placed_by: Id::mint(at), placed_at: at, lifted: None };
        assert!(hold.is_in_force(day("2026-03-01")) && !hold.is_in_force(day("2026-03-02")));
        assert!(!hold.awaits_reassessment(day("2026-01-31")) && hold.awaits_reassessment(day("2026-02-01")));
        hold.lifted = Some(Lifting { by: Id::mint(at), at, reason: "Jugé".to_owned() });
        assert!(!hold.is_in_force(day("2026-01-11")));
    }
}
