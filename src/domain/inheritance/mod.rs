//! The rules in force for a unit: what it says itself, and what comes to it from above by every path of the graph.
//!
//! A unit inherits the rules and the final action of each category from every parent and, when it is a root of its
//! archive, from the archive's `ManagementMetadata`. `PreventInheritance` cuts a category, `RefNonRuleId` cuts one rule,
//! naming the same rule again replaces the instance from above, and a final action of its own replaces those from above
//! (VITAM's reading of the SEDA). Nothing here reads a catalog nor the time of day.

mod end;
mod graph;
mod trace;

use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::{
    id::{ArchiveId, UnitId},
    rule::Category,
};

pub use crate::domain::inheritance::{
    end::end_of,
    graph::{Computation, Graph, Node},
    trace::PATHS,
};

/// When a rule ends. In this order, the greatest of several decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum End {
    /// On this day, Europe/Paris: from then on the rule no longer holds.
    Day(NaiveDate),
    /// Nobody can tell: there is no start date, or the referential does not hold the rule. It never matures.
    Unknown,
    /// Without end: unlimited, a hold without a term, or past the year 9999.
    Never,
}

impl End {
    /// Whether the rule no longer holds on a day.
    pub fn is_past(self, on: NaiveDate) -> bool {
        matches!(self, Self::Day(day) if day <= on)
    }
}

/// Who says a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A unit, in its `Management`.
    Unit(UnitId),
    /// An archive, in its `ManagementMetadata`.
    Archive(ArchiveId),
}

/// A rule in force for a unit, its own or from above.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Inherited {
    /// The rule's identifier.
    pub rule: String,
    /// Who says it.
    pub origin: Origin,
    /// `StartDate`, as its origin says.
    pub start: Option<NaiveDate>,
    /// When it ends.
    pub end: End,
    /// The paths by which it comes, each from the unit itself up to the origin (the last step is the origin's unit, or
    /// the root of the archive that says it). At most `PATHS`; only `Computation::explained` traces them.
    pub paths: Vec<Vec<UnitId>>,
}

/// Why something does not come down through a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// `PreventInheritance` cuts the whole category.
    PreventInheritance,
    /// `RefNonRuleId` names the rule.
    RefNonRuleId,
    /// The unit names the same rule itself.
    Redefined,
    /// The unit has a final action of its own.
    FinalAction,
}

/// What comes from above and a unit does not let through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// The unit that does not let it through.
    pub by: UnitId,
    /// Why.
    pub how: How,
    /// The rule, or the final action.
    pub what: String,
    /// Who says it.
    pub origin: Origin,
}

/// What holds for a unit in one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InForce {
    /// The category.
    pub category: Category,
    /// The rules, in the order of their identifiers.
    pub rules: Vec<Inherited>,
    /// The final actions as written, each with who says it. The unit's own stands alone.
    pub final_actions: Vec<(String, Origin)>,
    /// What would come from above and is cut on the way, or by the unit. Only `Computation::explained` tells it.
    pub cuts: Vec<Cut>,
}

/// What holds for a unit in every category, in the schemas' order. Units below one another share it.
pub type Rules = Arc<[InForce]>;

/// What becomes of a unit in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FinalAction<'a> {
    /// Nothing says it: it is kept.
    None,
    /// This action, as written.
    One(&'a str),
    /// Several paths say different actions.
    Conflict,
}

impl InForce {
    /// What is in force in a category, before anything is said.
    const fn empty(category: Category) -> Self {
        Self { category, rules: Vec::new(), final_actions: Vec::new(), cuts: Vec::new() }
    }

    /// The last of the rules' ends; a rule that nobody can tell the end of, or without end, decides. `None` without rules.
    pub fn last_end(&self) -> Option<End> {
        self.rules.iter().map(|rule| rule.end).max()
    }

    /// What becomes of the unit in the end.
    pub fn final_action(&self) -> FinalAction<'_> {
        let mut said = self.final_actions.iter().map(|(action, _)| action.as_str());
        match said.next() {
            None => FinalAction::None,
            Some(first) if said.all(|other| other == first) => FinalAction::One(first),
            Some(_) => FinalAction::Conflict,
        }
    }

    /// Whether no rule of the category holds any more on a day: each has ended, or there is none.
    pub fn is_over(&self, on: NaiveDate) -> bool {
        self.rules.iter().all(|rule| rule.end.is_past(on))
    }
}

/// What is in force in one category; `None` when nothing is.
pub fn of_category(rules: &[InForce], category: Category) -> Option<&InForce> {
    rules.iter().find(|one| one.category == category)
}

/// Whether a unit is communicable on a day (code du patrimoine, L. 213-1 and L. 213-2): every access rule has ended, or
/// there is none. A rule without a known end keeps it closed.
pub fn is_communicable(rules: &[InForce], on: NaiveDate) -> bool {
    of_category(rules, Category::Access).is_none_or(|access| access.is_over(on))
}
