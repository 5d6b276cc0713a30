//! Amendments: what may be changed of a unit's description and rules, and what a change makes of them.

use chrono::NaiveDate;

use crate::domain::{
    clock::Timestamp,
    id::{ActorId, AmendmentId, ArchiveId},
    rule::{Category, CategoryRules, Management, RuleUse},
    unit::Content,
};

/// What becomes of a value that may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is taken away.
    Clear,
    /// It becomes this.
    Set(T),
}

impl<T: Clone> Edit<T> {
    /// What it makes of a value.
    pub fn of(&self, value: Option<&T>) -> Option<T> {
        match self {
            Self::Keep => value.cloned(),
            Self::Clear => None,
            Self::Set(new) => Some(new.clone()),
        }
    }

    /// Whether it changes nothing.
    pub const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }
}

/// What is added to a list and taken out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members<T> {
    /// Added at the end, unless they stand there.
    pub add: Vec<T>,
    /// Taken out, wherever they stand.
    pub remove: Vec<T>,
}

impl<T> Default for Members<T> {
    fn default() -> Self {
        Self { add: Vec::new(), remove: Vec::new() }
    }
}

impl<T: Clone + PartialEq> Members<T> {
    /// What it makes of a list.
    pub fn of(&self, list: &[T]) -> Vec<T> {
        let mut made: Vec<T> = list.iter().filter(|member| !self.remove.contains(member)).cloned().collect();
        for member in &self.add {
            if !made.contains(member) {
                made.push(member.clone());
            }
        }
        made
    }

    /// Whether it changes nothing.
    pub const fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }
}

/// A set of changes, made to each unit of a selection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The first `Title`.
    pub title: Option<String>,
    /// The first `Description`.
    pub description: Edit<String>,
    /// `DescriptionLevel`.
    pub level: Edit<String>,
    /// `StartDate`: a year, a month, a day or an instant.
    pub start_date: Edit<String>,
    /// `EndDate`.
    pub end_date: Edit<String>,
    /// `OriginatingAgency/Identifier`; without one, the transfer's stands for it.
    pub originating_agency: Edit<String>,
    /// `SubmissionAgency/Identifier`.
    pub submission_agency: Edit<String>,
    /// `DocumentType`.
    pub document_type: Edit<String>,
    /// `Keyword` and `Tag`.
    pub keywords: Members<String>,
    /// Identifiers: element's name and value.
    pub identifiers: Members<(String, String)>,
    /// Rules, by category.
    pub rules: Vec<CategoryChange>,
}

/// What changes of what a unit says of one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryChange {
    /// The category.
    pub category: Category,
    /// Rules that it names from now on.
    pub add: Vec<RuleUse>,
    /// Rules that it names already, with other dates.
    pub update: Vec<RuleUpdate>,
    /// Rules that it names no longer.
    pub remove: Vec<String>,
    /// `FinalAction`.
    pub final_action: Edit<String>,
    /// `PreventInheritance`.
    pub prevent_inheritance: Option<bool>,
    /// `RefNonRuleId`.
    pub ref_non_rule_ids: Members<String>,
}

/// Other dates for a rule that a unit names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleUpdate {
    /// The rule.
    pub rule: String,
    /// `StartDate`.
    pub start: Edit<NaiveDate>,
    /// `HoldEndDate`.
    pub hold_end: Edit<NaiveDate>,
}

impl CategoryChange {
    /// A change of a category that changes nothing yet.
    pub fn of(category: Category) -> Self {
        Self {
            category,
            add: Vec::new(),
            update: Vec::new(),
            remove: Vec::new(),
            final_action: Edit::Keep,
            prevent_inheritance: None,
            ref_non_rule_ids: Members::default(),
        }
    }

    /// What it makes of what a unit says; `None` when nothing is said any more.
    pub fn made_of(&self, said: Option<&CategoryRules>) -> Option<CategoryRules> {
        let none = CategoryRules {
            category: self.category,
            rules: Vec::new(),
            prevent_inheritance: false,
            ref_non_rule_ids: Vec::new(),
            final_action: None,
        };
        let mut made = said.unwrap_or(&none).clone();
        made.rules.retain(|used| !self.remove.contains(&used.rule));
        for update in &self.update {
            for used in made.rules.iter_mut().filter(|used| used.rule == update.rule) {
                used.start = update.start.of(used.start.as_ref());
                used.hold_end = update.hold_end.of(used.hold_end.as_ref());
            }
        }
        made.rules.extend(self.add.iter().cloned());
        made.final_action = self.final_action.of(made.final_action.as_ref());
        made.prevent_inheritance = self.prevent_inheritance.unwrap_or(made.prevent_inheritance);
        made.ref_non_rule_ids = self.ref_non_rule_ids.of(&made.ref_non_rule_ids);
        (made != none).then_some(made)
    }

    /// What it cannot do to what a unit says, if anything.
    fn fault(&self, said: Option<&CategoryRules>) -> Option<ChangeFault> {
        let names = |rule: &str| said.is_some_and(|said| said.rules.iter().any(|used| used.rule == rule));
        let absent = self.remove.iter().chain(self.update.iter().map(|update| &update.rule));
        if let Some(rule) = absent.into_iter().find(|rule| !names(rule)) {
            return Some(ChangeFault::NotNamed { category: self.category, rule: rule.clone() });
        }
        let twice = |used: &&RuleUse| {
            let again = self.add.iter().filter(|other| other.rule == used.rule).count() > 1;
            again || (names(&used.rule) && !self.remove.contains(&used.rule))
        };
        if let Some(used) = self.add.iter().find(twice) {
            return Some(ChangeFault::NamedAlready { category: self.category, rule: used.rule.clone() });
        }
        let made = self.made_of(said)?;
        let wants_action = matches!(self.category, Category::Appraisal | Category::Storage);
        if wants_action && made.final_action.is_none() {
            return Some(ChangeFault::NoFinalAction(self.category));
        }
        let known: &[&str] = match self.category {
            Category::Appraisal => &["Keep", "Destroy"],
            Category::Storage => &["Copy", "RestrictAccess", "Transfer"],
            _ => &[],
        };
        if let Edit::Set(action) = &self.final_action
            && !known.contains(&action.as_str())
        {
            return Some(ChangeFault::NotAFinalAction { category: self.category, action: action.clone() });
        }
        if made.prevent_inheritance && !made.ref_non_rule_ids.is_empty() {
            return Some(ChangeFault::BothCuts(self.category));
        }
        if self.category == Category::Classification && said.is_none() {
            return Some(ChangeFault::NewClassification);
        }
        let ends = self.add.iter().any(|used| used.hold_end.is_some())
            || self.update.iter().any(|update| !update.hold_end.is_keep());
        (ends && self.category != Category::Hold).then_some(ChangeFault::NotAHold(self.category))
    }
}

/// Why a set of changes cannot be made to a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeFault {
    /// The unit does not name the rule that should change or go.
    NotNamed {
        /// The category.
        category: Category,
        /// The rule.
        rule: String,
    },
    /// The unit names the rule that should come, or it comes twice.
    NamedAlready {
        /// The category.
        category: Category,
        /// The rule.
        rule: String,
    },
    /// `FinalAction` must stand in this category.
    NoFinalAction(Category),
    /// This category knows no such `FinalAction`.
    NotAFinalAction {
        /// The category.
        category: Category,
        /// What was given.
        action: String,
    },
    /// `PreventInheritance` and `RefNonRuleId` exclude each other.
    BothCuts(Category),
    /// A `ClassificationRule` needs a level and an owner, which are not among what can be changed.
    NewClassification,
    /// Only a hold has a `HoldEndDate`.
    NotAHold(Category),
}

impl Changes {
    /// Whether they change nothing, whatever the unit.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What they make of a unit's content.
    pub fn made_of_content(&self, content: &Content) -> Content {
        Content {
            level: self.level.of(content.level.as_ref()),
            title: self.title.clone().unwrap_or_else(|| content.title.clone()),
            description: self.description.of(content.description.as_ref()),
            start_date: self.start_date.of(content.start_date.as_ref()),
            end_date: self.end_date.of(content.end_date.as_ref()),
            originating_agency: self.originating_agency.of(content.originating_agency.as_ref()),
            submission_agency: self.submission_agency.of(content.submission_agency.as_ref()),
            identifiers: self.identifiers.of(&content.identifiers),
            keywords: self.keywords.of(&content.keywords),
            document_type: self.document_type.of(content.document_type.as_ref()),
            signing: content.signing.clone(),
        }
    }

    /// What they make of what a unit says of rules; new categories come last.
    pub fn made_of_management(&self, management: &Management) -> Management {
        let mut made = management.clone();
        for change in &self.rules {
            let at = made.categories.iter().position(|said| said.category == change.category);
            let said = at.map(|at| made.categories.remove(at));
            if let Some(rules) = change.made_of(said.as_ref()) {
                made.categories.insert(at.unwrap_or(made.categories.len()), rules);
            }
        }
        made
    }

    /// What they cannot do to a unit that says this of rules.
    pub fn faults(&self, management: &Management) -> Vec<ChangeFault> {
        let said = |category| management.categories.iter().find(|said| said.category == category);
        self.rules.iter().filter_map(|change| change.fault(said(change.category))).collect()
    }
}

/// What was amended in one archive by one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amendment {
    /// The operation, which may span archives.
    pub id: AmendmentId,
    /// The archive.
    pub archive: ArchiveId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: ActorId,
    /// The amendment that it undoes.
    pub reverts: Option<AmendmentId>,
    /// How many units of the archive changed.
    pub units: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(final_action: Option<&str>, rules: &[&str]) -> CategoryRules {
        let used = |rule: &&str| RuleUse { rule: (*rule).to_owned(), start: None, hold_end: None };
        CategoryRules {
            category: Category::Appraisal,
            rules: rules.iter().map(used).collect(),
            prevent_inheritance: false,
            ref_non_rule_ids: Vec::new(),
            final_action: final_action.map(str::to_owned),
        }
    }

    #[test]
    fn a_category_that_says_nothing_any_more_goes() {
        let change = CategoryChange {
            remove: vec!["APP-1".to_owned()],
            final_action: Edit::Clear,
            ..CategoryChange::of(Category::Appraisal)
        };
        assert_eq!(change.made_of(Some(&said(Some("Keep"), &["APP-1"]))), None);
        assert_eq!(change.fault(Some(&said(Some("Keep"), &["APP-1"]))), None);
        let left = said(Some("Keep"), &["APP-1", "APP-2"]);
        assert_eq!(change.fault(Some(&left)), Some(ChangeFault::NoFinalAction(Category::Appraisal)));
    }

    #[test]
    fn what_is_not_named_cannot_go_and_what_is_named_cannot_come() {
        let used = |rule: &str| RuleUse { rule: rule.to_owned(), start: None, hold_end: None };
        let unit = said(Some("Keep"), &["APP-1"]);
        let add = CategoryChange { add: vec![used("APP-1")], ..CategoryChange::of(Category::Appraisal) };
        assert!(matches!(add.fault(Some(&unit)), Some(ChangeFault::NamedAlready { .. })));
        let swap = CategoryChange { remove: vec!["APP-1".to_owned()], ..add };
        assert_eq!(swap.fault(Some(&unit)), None);
        let go = CategoryChange { remove: vec!["APP-9".to_owned()], ..CategoryChange::of(Category::Appraisal) };
        assert!(matches!(go.fault(Some(&unit)), Some(ChangeFault::NotNamed { .. })));
    }
}
