//! Management rules: the referential's rules, and what a unit says of them (SEDA `Management`).

use chrono::NaiveDate;

/// The seven categories of management rules (SEDA 2.2 and later; `HoldRule` in VITAM's dialect of 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// Current use (DUC).
    Storage,
    /// Administrative use (DUA), then `Keep` or `Destroy`.
    Appraisal,
    /// Communicability (code du patrimoine, L. 213-1 and following).
    Access,
    /// Dissemination.
    Dissemination,
    /// Reuse.
    Reuse,
    /// Classification of defence secrecy.
    Classification,
    /// Hold (gel).
    Hold,
}

impl Category {
    /// Every category, in the order of the schemas.
    pub const ALL: [Self; 7] = [
        Self::Storage,
        Self::Appraisal,
        Self::Access,
        Self::Dissemination,
        Self::Reuse,
        Self::Classification,
        Self::Hold,
    ];

    /// The element's name, as `AppraisalRule`.
    pub const fn element(self) -> &'static str {
        match self {
            Self::Storage => "StorageRule",
            Self::Appraisal => "AppraisalRule",
            Self::Access => "AccessRule",
            Self::Dissemination => "DisseminationRule",
            Self::Reuse => "ReuseRule",
            Self::Classification => "ClassificationRule",
            Self::Hold => "HoldRule",
        }
    }

    /// The category of an element's name.
    pub fn from_element(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.element() == name)
    }
}

/// How long a rule runs from its start date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duration {
    /// So many days.
    Days(u32),
    /// So many months.
    Months(u32),
    /// So many years, 999 at most.
    Years(u32),
    /// Without end.
    Unlimited,
}

/// A rule of the referential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// As transfers name it, like `APP-00001`.
    pub identifier: String,
    /// Its category.
    pub category: Category,
    /// Its short text.
    pub value: String,
    /// Its description or legal reference.
    pub description: Option<String>,
    /// How long it runs; `None` where the category allows none (a hold).
    pub duration: Option<Duration>,
}

/// One `Rule` that a unit names, with its dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleUse {
    /// The rule's identifier as written.
    pub rule: String,
    /// `StartDate`.
    pub start: Option<NaiveDate>,
    /// `HoldEndDate`, for a hold.
    pub hold_end: Option<NaiveDate>,
}

/// What a unit, or a whole transfer, says of one category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryRules {
    /// The category.
    pub category: Category,
    /// The rules named, in order.
    pub rules: Vec<RuleUse>,
    /// `PreventInheritance`: nothing of this category comes from above.
    pub prevent_inheritance: bool,
    /// `RefNonRuleId`: these rules do not come from above.
    pub ref_non_rule_ids: Vec<String>,
    /// `FinalAction`, as written.
    pub final_action: Option<String>,
}

/// Where a unit is attached under one that already exists (VITAM's `UpdateOperation`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attachment {
    /// By its system identifier.
    SystemId(String),
    /// By a metadata that exactly one unit holds.
    Key {
        /// `MetadataName`.
        name: String,
        /// `MetadataValue`.
        value: String,
    },
}

/// What a unit's `Management`, or the transfer's `ManagementMetadata`, says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Management {
    /// By category, in the order of the source.
    pub categories: Vec<CategoryRules>,
    /// `NeedAuthorization`.
    pub need_authorization: Option<bool>,
    /// The unit of the archive to which this one is attached, or which this one stands for.
    pub attachment: Option<Attachment>,
}
