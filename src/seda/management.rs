//! What a unit's `Management`, or a transfer's `ManagementMetadata`, says.

use chrono::NaiveDate;

use crate::{
    domain::rule::{Attachment, Category, CategoryRules, Management, RuleUse},
    seda::{field::Field, piece::Mark},
};

/// A `Management` while it is read.
#[derive(Debug, Default)]
pub(crate) struct ManagementReading {
    pub(crate) management: Management,
    pub(crate) rules: Vec<Mark>,
    pub(crate) dates: Vec<Mark>,
    current: Option<CategoryRules>,
    key: Option<String>,
}

impl ManagementReading {
    pub(crate) fn tell(&mut self, field: &Field<'_>) {
        let (top, rest) = field.path.split_once('/').unwrap_or((field.path, ""));
        if let Some(category) = Category::from_element(top) {
            return self.category(category, rest, field);
        }
        match field.path {
            "NeedAuthorization" => self.management.need_authorization = Some(field.is_true()),
            "UpdateOperation/SystemId" => self.management.attachment = field.filled().map(Attachment::SystemId),
            "UpdateOperation/ArchiveUnitIdentifierKey/MetadataName" => self.key = field.filled(),
            "UpdateOperation/ArchiveUnitIdentifierKey/MetadataValue" => {
                let name = self.key.take().unwrap_or_default();
                self.management.attachment = Some(Attachment::Key { name, value: field.text.to_owned() });
            }
            _ => {}
        }
    }

    fn category(&mut self, category: Category, rest: &str, field: &Field<'_>) {
        let current = self.current.get_or_insert_with(|| none_of(category));
        match rest {
            // The category's own element is told last.
            "" => self.management.categories.extend(self.current.take()),
            "Rule" => {
                current.rules.push(RuleUse { rule: field.text.to_owned(), start: None, hold_end: None });
                self.rules.push(field.mark());
            }
            "RefNonRuleId" => {
                current.ref_non_rule_ids.push(field.text.to_owned());
                self.rules.push(field.mark());
            }
            "PreventInheritance" => current.prevent_inheritance = field.is_true(),
            "FinalAction" => current.final_action = field.filled(),
            _ if rest.ends_with("Date") && !field.text.is_empty() => {
                self.dates.push(field.mark());
                if let Some(rule) = current.rules.last_mut() {
                    match rest {
                        "StartDate" => rule.start = day(field.text),
                        "HoldEndDate" => rule.hold_end = day(field.text),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

const fn none_of(category: Category) -> CategoryRules {
    CategoryRules {
        category,
        rules: Vec::new(),
        prevent_inheritance: false,
        ref_non_rule_ids: Vec::new(),
        final_action: None,
    }
}

/// The day of an `xsd:date`; its time zone, when it has one, does not move a legal date.
fn day(text: &str) -> Option<NaiveDate> {
    let (day, zone) = text.split_at_checked(10)?;
    let is_zone = zone.is_empty() || zone == "Z" || (zone.len() == 6 && zone.starts_with(['+', '-']));
    if is_zone { NaiveDate::parse_from_str(day, "%Y-%m-%d").ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_date_is_a_day_whatever_its_zone() {
        let expected = NaiveDate::from_ymd_opt(2020, 2, 29);
        for text in ["2020-02-29", "2020-02-29Z", "2020-02-29+02:00"] {
            assert_eq!(day(text), expected, "{text}");
        }
        for text in ["2021-02-29", "2020-02-29T00:00:00", "", "20200229", "2020-02-é9"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
