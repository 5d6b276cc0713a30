//! Questions about one unit at a time: its title, its dates, its rules, what it attaches to.

use chrono::NaiveDate;

use crate::{
    archive::examine::{
        question::{Fault, Question},
        terms::Terms,
    },
    domain::{
        check::Outcome,
        rule::{Attachment, CategoryRules, Management},
        unit::Content,
    },
};

/// A unit, or the transfer's own `ManagementMetadata` (whose `content` is none).
pub struct UnitSubject<'a> {
    /// What bears the description, for people: `ArchiveUnit ID12 (ligne 34)`.
    pub place: String,
    /// What its `Content` says; `None` for `ManagementMetadata` and for a unit that only attaches.
    pub content: Option<&'a Content>,
    /// What its `Management` says.
    pub management: &'a Management,
    /// What the house knows.
    pub terms: &'a Terms<'a>,
}

/// The last day on which a rule may start (VITAM's threshold: later dates are mistakes of typing).
const LAST_RULE_DAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(9000, 12, 31);

impl<'a> UnitSubject<'a> {
    /// The questions put to each unit, in the profession's order.
    pub const QUESTIONS: &'a [Question<Self>] = &[
        Question {
            code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.NOT_FOUND_ATTACHMENT",
            weight: Outcome::Ko,
            question: "L'unité de rattachement existe-t-elle ?",
            ask: |unit, tell| attachment(unit, tell, |found| found == 0, "ne désigne aucune unité conservée"),
        },
        Question {
            code: "CHECK_DATAOBJECTPACKAGE.CHECK_MANIFEST.TOO_MANY_FOUND_ATTACHMENT",
            weight: Outcome::Ko,
            question: "L'unité de rattachement est-elle unique ?",
            ask: |unit, tell| attachment(unit, tell, |found| found > 1, "désigne plusieurs unités conservées"),
        },
        Question {
            code: "CHECK_UNIT_SCHEMA.EMPTY_REQUIRED_FIELD",
            weight: Outcome::Ko,
            question: "Chaque unité a-t-elle un intitulé ?",
            ask: |unit, tell| {
                if unit.content.is_some_and(|content| content.title.trim().is_empty()) {
                    tell(Fault::at(unit.place.clone(), "L'unité n'a pas d'intitulé : remplissez « Title »."));
                }
            },
        },
        Question {
            code: "CHECK_UNIT_SCHEMA.CONSISTENCY",
            weight: Outcome::Ko,
            question: "La date de début précède-t-elle la date de fin ?",
            ask: dates_in_order,
        },
        Question {
            code: "CHECK_UNIT_SCHEMA.RULE_DATE_THRESHOLD",
            weight: Outcome::Ko,
            question: "Les règles partent-elles avant le 31 décembre 9000 ?",
            ask: |unit, tell| {
                for (category, rule, day) in rule_days(unit.management).filter(|(.., day)| Some(*day) > LAST_RULE_DAY) {
                    tell(Fault::at(
                        unit.place.clone(),
                        format!(
                            "Dans « {} », la règle « {rule} » porte la date {day}, après le 31 décembre 9000 : corrigez-la.",
                            category.category.element()
                        ),
                    ));
                }
            },
        },
        Question {
            code: "UNITS_RULES_COMPUTE.UNKNOWN",
            weight: Outcome::Ko,
            question: "Les règles citées figurent-elles au référentiel ?",
            ask: |unit, tell| {
                let Some(known) = &unit.terms.referentials.rules else { return };
                for (category, rule) in rules_used(unit.management).filter(|(_, rule)| !known.contains_key(*rule)) {
                    tell(Fault::at(
                        unit.place.clone(),
                        format!(
                            "La règle « {rule} », citée dans « {} », ne figure pas au référentiel des règles : corrigez l'identifiant ou faites ajouter la règle.",
                            category.category.element()
                        ),
                    ));
                }
            },
        },
        Question {
            code: "UNITS_RULES_COMPUTE.CONSISTENCY",
            weight: Outcome::Ko,
            question: "Les règles citées sont-elles de la bonne catégorie ?",
            ask: |unit, tell| of_another_category(unit, rules_used(unit.management), "citée", tell),
        },
        Question {
            code: "UNITS_RULES_COMPUTE.REF_INCONSISTENCY",
            weight: Outcome::Ko,
            question: "Les règles écartées existent-elles, dans la bonne catégorie ?",
            ask: |unit, tell| {
                let Some(known) = &unit.terms.referentials.rules else { return };
                for (category, rule) in rules_set_aside(unit.management).filter(|(_, rule)| !known.contains_key(*rule))
                {
                    tell(Fault::at(
                        unit.place.clone(),
                        format!(
                            "La règle « {rule} », écartée par « RefNonRuleId » dans « {} », ne figure pas au référentiel des règles.",
                            category.category.element()
                        ),
                    ));
                }
                of_another_category(unit, rules_set_aside(unit.management), "écartée", tell);
            },
        },
    ];
}

fn attachment(unit: &UnitSubject<'_>, tell: &mut dyn FnMut(Fault), wrong: fn(usize) -> bool, what: &str) {
    let (Some(attachment), Some(resolve)) = (&unit.management.attachment, unit.terms.resolve) else { return };
    if wrong(resolve(attachment)) {
        let named = match attachment {
            Attachment::SystemId(id) => id.clone(),
            Attachment::Key { name, value } => format!("{name} = {value}"),
        };
        tell(Fault::at(unit.place.clone(), format!("Le rattachement « {named} » {what} : corrigez-le.")));
    }
}

fn dates_in_order(unit: &UnitSubject<'_>, tell: &mut dyn FnMut(Fault)) {
    let Some(content) = unit.content else { return };
    let (Some(start), Some(end)) = (&content.start_date, &content.end_date) else { return };
    let (Some(first), Some(last)) = (first_day(start), last_day(end)) else { return };
    if first > last {
        tell(Fault::at(
            unit.place.clone(),
            format!("La date de début ({start}) suit la date de fin ({end}) : corrigez l'une ou l'autre."),
        ));
    }
}

fn rules_used(management: &Management) -> impl Iterator<Item = (&CategoryRules, &str)> {
    management
        .categories
        .iter()
        .flat_map(|category| category.rules.iter().map(move |used| (category, used.rule.as_str())))
}

fn rules_set_aside(management: &Management) -> impl Iterator<Item = (&CategoryRules, &str)> {
    management
        .categories
        .iter()
        .flat_map(|category| category.ref_non_rule_ids.iter().map(move |rule| (category, rule.as_str())))
}

fn rule_days(management: &Management) -> impl Iterator<Item = (&CategoryRules, &str, NaiveDate)> {
    management.categories.iter().flat_map(|category| {
        category.rules.iter().flat_map(move |used| {
            [used.start, used.hold_end].into_iter().flatten().map(move |day| (category, used.rule.as_str(), day))
        })
    })
}

fn of_another_category<'a>(
    unit: &UnitSubject<'_>,
    rules: impl Iterator<Item = (&'a CategoryRules, &'a str)>,
    how: &str,
    tell: &mut dyn FnMut(Fault),
) {
    let Some(known) = &unit.terms.referentials.rules else { return };
    for (category, name) in rules {
        let Some(rule) = known.get(name).filter(|rule| rule.category != category.category) else { continue };
        tell(Fault::at(
            unit.place.clone(),
            format!(
                "La règle « {name} », {how} dans « {} », est une « {} » au référentiel : citez-la dans sa catégorie.",
                category.category.element(),
                rule.category.element()
            ),
        ));
    }
}

/// The first day of a SEDA date: a year, a month, a day or an instant.
pub fn first_day(date: &str) -> Option<NaiveDate> {
    match date.len() {
        0..=4 => NaiveDate::from_ymd_opt(date.parse().ok()?, 1, 1),
        5..=7 => format!("{date}-01").parse().ok(),
        _ => date.get(..10)?.parse().ok(),
    }
}

/// The last day of a SEDA date.
pub fn last_day(date: &str) -> Option<NaiveDate> {
    match date.len() {
        0..=4 => NaiveDate::from_ymd_opt(date.parse().ok()?, 12, 31),
        5..=7 => first_day(date)?.checked_add_months(chrono::Months::new(1))?.pred_opt(),
        _ => first_day(date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_may_be_a_year_a_month_a_day_or_an_instant() {
        for (date, first, last) in [
            ("2026", "2026-01-01", "2026-12-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2026-11-03", "2026-11-03", "2026-11-03"),
            ("2026-11-03T10:00:00+01:00", "2026-11-03", "2026-11-03"),
        ] {
            assert_eq!(first_day(date).unwrap().to_string(), first);
            assert_eq!(last_day(date).unwrap().to_string(), last);
        }
        assert_eq!(first_day("mardi"), None);
    }
}
