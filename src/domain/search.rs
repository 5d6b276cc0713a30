//! What can be asked of the catalog, and what it answers.

use chrono::NaiveDate;

use crate::domain::{
    id::{ArchiveId, GroupId, UnitId},
    unit::Content,
};

/// What is searched for among a tenant's units. Every criterion given must hold; none given means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Criteria {
    /// Words in the description, each of them wanted, whatever their case, accents or French inflexion.
    pub text: String,
    /// `OriginatingAgency` identifier.
    pub originating_agency: Option<String>,
    /// `DescriptionLevel`.
    pub level: Option<String>,
    /// The value of any identifier of the unit, exactly.
    pub identifier: Option<String>,
    /// A keyword, exactly but for case and accents.
    pub keyword: Option<String>,
    /// The unit's dates reach this day or later.
    pub from: Option<NaiveDate>,
    /// The unit's dates begin this day or before.
    pub until: Option<NaiveDate>,
    /// The archive that holds the unit.
    pub archive: Option<ArchiveId>,
    /// Only units without a parent in their archive.
    pub roots_only: bool,
}

/// Units that someone chose: by name, or by what they have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// These.
    Units(Vec<UnitId>),
    /// Those that a search finds.
    Found(Criteria),
}

/// A page of answers, newest deposit first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The units found.
    pub hits: Vec<Hit>,
    /// How many there are in all, counted up to a limit.
    pub total: Total,
    /// Where the next page starts; `None` when this is the last.
    pub next: Option<Cursor>,
}

/// A count that stops at a limit: `12`, or "more than 10,000".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// The number counted.
    pub counted: u64,
    /// Whether the count stopped at its limit.
    pub capped: bool,
}

/// Where a page starts: after this row, in the order of the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor(pub i64);

/// A unit found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its place in the catalog's order.
    pub cursor: Cursor,
    /// The unit.
    pub unit: UnitId,
    /// Its identifier in its manifest.
    pub local_id: String,
    /// The archive that holds it.
    pub archive: ArchiveId,
    /// Its parents.
    pub parents: Vec<UnitId>,
    /// Its group of objects.
    pub group: Option<GroupId>,
    /// Its description.
    pub content: Content,
}

/// How many units share a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet {
    /// The value.
    pub value: String,
    /// How many units have it, counted up to a limit.
    pub total: Total,
}

/// The facets of an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// By `OriginatingAgency`.
    pub originating_agencies: Vec<Facet>,
    /// By year of the unit's start date.
    pub years: Vec<Facet>,
    /// By `DescriptionLevel`.
    pub levels: Vec<Facet>,
}
