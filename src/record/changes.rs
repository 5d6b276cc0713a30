//! A set of changes as JSON: what `amend --changes FILE.json` and the API take. A key that is absent keeps, `null` takes
//! away, a value sets.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};

use crate::{
    domain::{
        amendment::{CategoryChange, Changes, Edit, Members, RuleUpdate},
        rule::{Category, RuleUse},
    },
    record::{Error, form},
};

/// Reads a set of changes.
pub fn from_json(bytes: &[u8]) -> Result<Changes, Error> {
    from_value(serde_json::from_slice(bytes)?)
}

/// Reads a set of changes from a value.
pub fn from_value(value: serde_json::Value) -> Result<Changes, Error> {
    // A list would be taken for the fields in their order.
    let named: serde_json::Map<String, serde_json::Value> = serde_json::from_value(value)?;
    Ok(serde_json::from_value::<ChangesForm>(named.into())?.into_changes())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangesForm {
    #[serde(default)]
    title: Option<String>,
    #[serde(default, deserialize_with = "edit")]
    description: Edit<String>,
    #[serde(default, deserialize_with = "edit")]
    level: Edit<String>,
    #[serde(default, deserialize_with = "edit")]
    start_date: Edit<String>,
    #[serde(default, deserialize_with = "edit")]
    end_date: Edit<String>,
    #[serde(default, deserialize_with = "edit")]
    originating_agency: Edit<String>,
    #[serde(default, deserialize_with = "edit")]
    submission_agency: Edit<String>,
    #[serde(default, deserialize_with = "edit")]
    document_type: Edit<String>,
    #[serde(default)]
    keywords: MembersForm<String>,
    #[serde(default)]
    identifiers: MembersForm<IdentifierForm>,
    #[serde(default)]
    rules: Vec<CategoryForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MembersForm<T> {
    #[serde(default = "Vec::new")]
    add: Vec<T>,
    #[serde(default = "Vec::new")]
    remove: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentifierForm {
    kind: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryForm {
    #[serde(with = "form")]
    category: Category,
    #[serde(default)]
    add: Vec<AddedForm>,
    #[serde(default)]
    update: Vec<UpdateForm>,
    #[serde(default)]
    remove: Vec<String>,
    #[serde(default, deserialize_with = "edit")]
    final_action: Edit<String>,
    #[serde(default)]
    prevent_inheritance: Option<bool>,
    #[serde(default)]
    ref_non_rule_ids: MembersForm<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddedForm {
    rule: String,
    #[serde(default)]
    start: Option<NaiveDateForm>,
    #[serde(default)]
    hold_end: Option<NaiveDateForm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UpdateForm {
    rule: String,
    #[serde(default, deserialize_with = "edit")]
    start: Edit<NaiveDateForm>,
    #[serde(default, deserialize_with = "edit")]
    hold_end: Edit<NaiveDateForm>,
}

/// A day, as `2026-11-22`.
#[derive(Deserialize)]
struct NaiveDateForm(#[serde(with = "form")] NaiveDate);

impl<T> Default for MembersForm<T> {
    fn default() -> Self {
        Self { add: Vec::new(), remove: Vec::new() }
    }
}

impl<T> MembersForm<T> {
    fn into_members<U>(self, of: impl Fn(T) -> U) -> Members<U> {
        Members { add: self.add.into_iter().map(&of).collect(), remove: self.remove.into_iter().map(of).collect() }
    }
}

/// A key that stands there: `null` takes away, a value sets. (An absent key never comes here.)
fn edit<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Edit<T>, D::Error> {
    Ok(Option::<T>::deserialize(from)?.map_or(Edit::Clear, Edit::Set))
}

fn day(edit: &Edit<NaiveDateForm>) -> Edit<NaiveDate> {
    match edit {
        Edit::Keep => Edit::Keep,
        Edit::Clear => Edit::Clear,
        Edit::Set(NaiveDateForm(day)) => Edit::Set(*day),
    }
}

impl ChangesForm {
    fn into_changes(self) -> Changes {
        Changes {
            title: self.title,
            description: self.description,
            level: self.level,
            start_date: self.start_date,
            end_date: self.end_date,
            originating_agency: self.originating_agency,
            submission_agency: self.submission_agency,
            document_type: self.document_type,
            keywords: self.keywords.into_members(|keyword| keyword),
            identifiers: self.identifiers.into_members(|one| (one.kind, one.value)),
            rules: self.rules.into_iter().map(CategoryForm::into_change).collect(),
        }
    }
}

impl CategoryForm {
    fn into_change(self) -> CategoryChange {
        let added = |one: AddedForm| RuleUse {
            rule: one.rule,
            start: one.start.map(|day| day.0),
            hold_end: one.hold_end.map(|day| day.0),
        };
        let updated =
            |one: UpdateForm| RuleUpdate { rule: one.rule, start: day(&one.start), hold_end: day(&one.hold_end) };
        CategoryChange {
            category: self.category,
            add: self.add.into_iter().map(added).collect(),
            update: self.update.into_iter().map(updated).collect(),
            remove: self.remove,
            final_action: self.final_action,
            prevent_inheritance: self.prevent_inheritance,
            ref_non_rule_ids: self.ref_non_rule_ids.into_members(|rule| rule),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_key_keeps_null_takes_away_and_a_value_sets() {
        let text = r#"{"title": "Budget", "description": null, "keywords": {"add": ["eau"]},
            "rules": [{"category": "AppraisalRule", "update": [{"rule": "APP-1", "start": "2020-01-01"}],
                       "final_action": "Keep"}]}"#;
        let changes = from_json(text.as_bytes()).unwrap();
        assert_eq!(changes.title.as_deref(), Some("Budget"));
        assert_eq!((changes.description, changes.level), (Edit::Clear, Edit::Keep));
        assert_eq!(changes.keywords.add, ["eau"]);
        assert_eq!(changes.rules[0].update[0].start, Edit::Set("2020-01-01".parse().unwrap()));
        assert_eq!(changes.rules[0].update[0].hold_end, Edit::Keep);
    }

    #[test]
    fn what_is_no_change_is_refused() {
        for text in [
            "",
            "[]",
            r#"{"titre": "x"}"#,
            r#"{"title": 1}"#,
            r#"{"rules": [{"category": "Appraisal"}]}"#,
            r#"{"rules": [{"category": "AppraisalRule", "add": [{"rule": "A", "start": "2023-02-29"}]}]}"#,
        ] {
            assert!(from_json(text.as_bytes()).is_err(), "{text}");
        }
    }
}
