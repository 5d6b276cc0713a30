//! The record of a plan by which units leave: `plan.json`, and `units.jsonl`, whose digest is what agencies authorise.
//!
//! `units.jsonl` holds, for each archive looked at, in the catalog's order, one line that names it, then one per unit.

use std::{
    collections::BTreeSet,
    io::{Read, Write},
};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        appraisal::{Because, Decision, Reason},
        clock::Timestamp,
        digest::Digest,
        disposal::{Disposition, Doomed},
        id::{ActorId, ArchiveId, DisposalId, ObjectId, UnitId},
    },
    record::{
        Error,
        form::{self, mirrored, spoken},
        jsonl,
    },
};

/// The file of what the plan is.
pub const PLAN: &str = "plan.json";

/// The file of the units looked at.
pub const UNITS: &str = "units.jsonl";

/// The format that this version writes.
const FORMAT: &str = "cartulaire disposal 1";

/// The name of the tenant's record that holds a plan: 40 characters at most, the identifier goes without its hyphens.
pub fn object_name(id: DisposalId) -> String {
    format!("plan-{}", id.to_string().replace('-', ""))
}

/// What a plan is, in words and figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// `cartulaire disposal 1`.
    pub format: String,
    /// The plan.
    #[serde(with = "form")]
    pub disposal: DisposalId,
    /// Why units leave.
    #[serde(with = "form")]
    pub disposition: Disposition,
    /// Who made it.
    #[serde(with = "form")]
    pub by: ActorId,
    /// When.
    #[serde(with = "form")]
    pub made_at: Timestamp,
    /// The day for which rules were computed.
    #[serde(with = "form")]
    pub on: NaiveDate,
    /// How the units were chosen, in words.
    pub chosen: String,
    /// The originating agencies that must agree.
    pub agencies: Vec<String>,
    /// The agency that takes the units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<String>,
    /// The plan that this one replaces.
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<DisposalId>,
    /// How many units were looked at.
    pub looked_at: u64,
    /// Archives of which something leaves.
    pub archives: u64,
    /// Units that leave.
    pub units: u64,
    /// Digital objects that leave.
    pub objects: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// The digest of `units.jsonl`.
    #[serde(with = "form")]
    pub list: Digest,
}

impl Plan {
    /// The name of the format that this version writes.
    pub fn format() -> String {
        FORMAT.to_owned()
    }

    /// Writes it.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        crate::record::to_text(self)
    }

    /// Reads it.
    ///
    /// # Errors
    /// It is not what this version or an earlier one wrote.
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        let plan: Self = serde_json::from_slice(text)?;
        if plan.format == FORMAT { Ok(plan) } else { Err(Error::Format { found: plan.format, known: FORMAT }) }
    }
}

/// A line of `units.jsonl`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listed {
    /// The archive of the units that follow.
    Archive(ListedArchive),
    /// A unit looked at.
    Unit(Box<ListedUnit>),
}

/// An archive of the list, as it stood when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedArchive {
    /// The archive.
    pub archive: ArchiveId,
    /// Its public number.
    pub number: u64,
    /// Its generation.
    pub generation: u32,
    /// The digest of its inventory.
    pub inventory: Digest,
    /// Its originating agency.
    pub agency: String,
    /// `MessageIdentifier` of its transfer.
    pub message_identifier: String,
}

/// A unit looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedUnit {
    /// The unit.
    pub unit: UnitId,
    /// What becomes of it.
    pub decision: Decision,
    /// Why.
    pub reasons: Vec<Because>,
    /// `Title`.
    pub title: String,
    /// `DescriptionLevel`.
    pub level: Option<String>,
    /// `StartDate`, as written.
    pub start_date: Option<String>,
    /// `EndDate`, as written.
    pub end_date: Option<String>,
    /// The units just above it, in whatever archive.
    pub parents: Vec<UnitId>,
    /// The originating agencies that have a say in it.
    pub agencies: Vec<String>,
    /// The appraisal rules in force.
    pub rules: Vec<ListedRule>,
    /// The final actions in force.
    pub final_actions: Vec<String>,
    /// The digital objects that leave with it: empty when it stays, or when another unit keeps them.
    pub objects: Vec<ListedObject>,
}

/// An appraisal rule in force on a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedRule {
    /// The rule's identifier.
    pub rule: String,
    /// Its start.
    pub start: Option<NaiveDate>,
    /// Its end; none when it has none.
    pub end: Option<NaiveDate>,
}

/// A digital object that leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedObject {
    /// The object.
    pub object: ObjectId,
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Listed", rename_all = "snake_case")]
enum ListedForm {
    Archive(#[serde(with = "form")] ListedArchive),
    Unit(#[serde(with = "form")] Box<ListedUnit>),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ListedArchive", deny_unknown_fields)]
struct ListedArchiveForm {
    #[serde(with = "form")]
    archive: ArchiveId,
    number: u64,
    generation: u32,
    #[serde(with = "form")]
    inventory: Digest,
    agency: String,
    message_identifier: String,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ListedUnit", deny_unknown_fields)]
struct ListedUnitForm {
    #[serde(with = "form")]
    unit: UnitId,
    #[serde(with = "form")]
    decision: Decision,
    #[serde(with = "form", default, skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Because>,
    title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start_date: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_date: Option<String>,
    #[serde(with = "form", default, skip_serializing_if = "Vec::is_empty")]
    parents: Vec<UnitId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    agencies: Vec<String>,
    #[serde(with = "form", default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<ListedRule>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    final_actions: Vec<String>,
    #[serde(with = "form", default, skip_serializing_if = "Vec::is_empty")]
    objects: Vec<ListedObject>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Because", deny_unknown_fields)]
struct BecauseForm {
    #[serde(with = "form")]
    reason: Reason,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    about: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ListedRule", deny_unknown_fields)]
struct ListedRuleForm {
    rule: String,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    start: Option<NaiveDate>,
    #[serde(with = "form", default, skip_serializing_if = "Option::is_none")]
    end: Option<NaiveDate>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ListedObject", deny_unknown_fields)]
struct ListedObjectForm {
    #[serde(with = "form")]
    object: ObjectId,
    #[serde(with = "form")]
    digest: Digest,
    size: u64,
}

mirrored! {
    Listed => ListedForm,
    ListedArchive => ListedArchiveForm,
    ListedUnit => ListedUnitForm,
    ListedRule => ListedRuleForm,
    ListedObject => ListedObjectForm,
    Because => BecauseForm,
}

spoken! {
    Decision, |decision: &Self| decision.word(), Self::from_word;
    Reason, |reason: &Self| reason.word(), Self::from_word;
}

/// Writes one line of the list.
///
/// # Errors
/// It cannot be written.
pub fn write(listed: &Listed, out: impl Write) -> Result<(), Error> {
    jsonl::write(listed, out)
}

/// Reads a list, line after line, to the end or the first error.
pub fn read(text: impl Read) -> impl Iterator<Item = Result<Listed, Error>> {
    jsonl::read(text)
}

/// What leaves according to a list, archive after archive.
pub fn doomed(list: impl Iterator<Item = Result<Listed, Error>>) -> impl Iterator<Item = Result<Doomed, Error>> {
    DoomedOf { list, archive: None }
}

/// Archives of a list, each with the units that leave it.
struct DoomedOf<I> {
    list: I,
    archive: Option<Doomed>,
}

impl<I: Iterator<Item = Result<Listed, Error>>> DoomedOf<I> {
    fn next_archive(&mut self) -> Option<Result<Doomed, Error>> {
        for listed in self.list.by_ref() {
            match listed {
                Err(error) => return Some(Err(error)),
                Ok(Listed::Archive(archive)) => {
                    let ListedArchive { archive, generation, inventory, .. } = archive;
                    let next = Doomed { archive, generation, inventory, units: BTreeSet::new() };
                    if let Some(whole) = self.archive.replace(next) {
                        return Some(Ok(whole));
                    }
                }
                Ok(Listed::Unit(unit)) => {
                    if let Some(archive) = self.archive.as_mut().filter(|_| unit.decision == Decision::Destroy) {
                        archive.units.insert(unit.unit);
                    }
                }
            }
        }
        self.archive.take().map(Ok)
    }
}

impl<I: Iterator<Item = Result<Listed, Error>>> Iterator for DoomedOf<I> {
    type Item = Result<Doomed, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.next_archive()? {
                Ok(doomed) if doomed.units.is_empty() => {}
                found => return Some(found),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::Id;

    fn id<K>(number: u8) -> Id<K> {
        format!("01939e6c-0000-7000-8000-0000000000{number:02x}").parse().unwrap()
    }

    fn archive(number: u8) -> Listed {
        Listed::Archive(ListedArchive {
            archive: id(number),
            number: 7,
            generation: 2,
            inventory: Digest::new([0xcc; 64]),
            agency: "MAIRIE_SAULT".to_owned(),
            message_identifier: "VERS-12".to_owned(),
        })
    }

    fn unit(number: u8, decision: Decision) -> Listed {
        Listed::Unit(Box::new(ListedUnit {
            unit: id(number),
            decision,
            reasons: vec![Because { reason: Reason::BlockedByHoldRule, about: vec!["HOL-1".to_owned()] }],
            title: "Délibérations".to_owned(),
            level: Some("File".to_owned()),
            start_date: Some("1999".to_owned()),
            end_date: None,
            parents: vec![id(1)],
            agencies: vec!["MAIRIE_SAULT".to_owned()],
            rules: vec![ListedRule { rule: "APP-1".to_owned(), start: "1999-01-01".parse().ok(), end: None }],
            final_actions: vec!["Destroy".to_owned()],
            objects: vec![ListedObject { object: id(9), digest: Digest::new([0xdd; 64]), size: 12 }],
        }))
    }

    #[test]
    fn a_list_comes_back_as_it_was_written_and_is_pinned() {
        let bare = Listed::Unit(Box::new(ListedUnit {
            unit: id(3),
            decision: Decision::Keep,
            reasons: Vec::new(),
            title: String::new(),
            level: None,
            start_date: None,
            end_date: None,
            parents: Vec::new(),
            agencies: Vec::new(),
            rules: Vec::new(),
            final_actions: Vec::new(),
            objects: Vec::new(),
        }));
        let list = vec![archive(1), unit(2, Decision::Conflict), bare];
        let mut text = Vec::new();
        for listed in &list {
            write(listed, &mut text).unwrap();
        }
        let back: Vec<Listed> = read(text.as_slice()).collect::<Result<_, _>>().unwrap();
        assert_eq!(back, list);
        let lines = String::from_utf8(text).unwrap();
        assert_eq!(
            lines.lines().last(),
            Some(r#"{"unit":{"unit":"01939e6c-0000-7000-8000-000000000003","decision":"KEEP","title":""}}"#)
        );
        assert!(lines.starts_with(r#"{"archive":{"archive":"01939e6c-0000-7000-8000-000000000001","number":7,"#));
    }

    #[test]
    fn what_leaves_is_told_by_archive_and_an_archive_that_loses_nothing_is_left_out() {
        let destroy = |number| unit(number, Decision::Destroy);
        let list = [archive(1), unit(2, Decision::Keep), archive(3), destroy(4), unit(5, Decision::Keep), destroy(6)];
        let doomed: Vec<Doomed> = doomed(list.into_iter().map(Ok)).collect::<Result<_, _>>().unwrap();
        let units = BTreeSet::from([id(4), id(6)]);
        let inventory = Digest::new([0xcc; 64]);
        assert_eq!(doomed, [Doomed { archive: id(3), generation: 2, inventory, units }]);
    }

    #[test]
    fn a_plan_comes_back_and_another_format_is_refused() {
        let plan = Plan {
            format: Plan::format(),
            disposal: id(1),
            disposition: Disposition::Elimination,
            by: id(2),
            made_at: Timestamp::parse("2026-11-22T08:30:00Z").unwrap(),
            on: "2027-01-01".parse().unwrap(),
            chosen: "tout ce qui est échu".to_owned(),
            agencies: vec!["A".to_owned()],
            receiver: None,
            replaces: Some(id(3)),
            looked_at: 3,
            archives: 1,
            units: 2,
            objects: 1,
            bytes: 12,
            list: Digest::ZERO,
        };
        let text = plan.to_json().unwrap();
        assert_eq!(Plan::from_json(&text).unwrap(), plan);
        let other = String::from_utf8(text).unwrap().replace("disposal 1", "disposal 2");
        assert!(matches!(Plan::from_json(other.as_bytes()), Err(Error::Format { .. })));
    }
}
