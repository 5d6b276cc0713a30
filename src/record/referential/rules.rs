//! Management rules: VITAM's columns `RuleId,RuleType,RuleValue,RuleDescription,RuleDuration,RuleMeasurement`.
//!
//! Measurements are `Year`, `Month`, `Day`, `Second`, or in French; a duration may be `unlimited`. What a rule means
//! for a unit is computed elsewhere.

use std::io::Write;

use crate::{
    domain::rule::{Category, Duration, Rule},
    record::{
        Error,
        referential::{
            ImportFault, Limits,
            export::{self, Cells},
            import::Import,
            row::{Grammar, Row},
        },
    },
};

const GRAMMAR: Grammar = Grammar {
    columns: &["RuleId", "RuleType", "RuleValue", "RuleDescription", "RuleDuration", "RuleMeasurement"],
    required: &["RuleId", "RuleType", "RuleValue", "RuleDuration", "RuleMeasurement"],
    free: true,
};

/// The longest duration, in years of twelve months or 365 days (VITAM's limit).
pub const YEARS: u32 = 999;

const SECONDS_PER_DAY: u32 = 86_400;

/// Reads rules from CSV; everything wrong with it otherwise.
pub fn from_csv(bytes: &[u8], limits: &Limits) -> Result<Vec<Rule>, Vec<ImportFault>> {
    Import::new(&GRAMMAR, limits, rule, |rule| &rule.identifier).csv(bytes)
}

/// Reads rules from a JSON array; everything wrong with it otherwise.
pub fn from_json(bytes: &[u8], limits: &Limits) -> Result<Vec<Rule>, Vec<ImportFault>> {
    Import::new(&GRAMMAR, limits, rule, |rule| &rule.identifier).json(bytes)
}

/// Writes rules as CSV.
pub fn to_csv<'a>(rules: impl IntoIterator<Item = &'a Rule>, out: impl Write) -> Result<(), Error> {
    export::write_csv(GRAMMAR.columns, rules.into_iter().map(cells), out)
}

/// Writes rules as a JSON array.
pub fn to_json<'a>(rules: impl IntoIterator<Item = &'a Rule>, out: impl Write) -> Result<(), Error> {
    export::write_json(GRAMMAR.columns, rules.into_iter().map(cells), out)
}

fn rule(row: &mut Row) -> Rule {
    let identifier = row.identifier("RuleId");
    let category = category(row);
    let duration = duration(row);
    if duration == Said::Nothing && category.is_some_and(|category| category != Category::Hold) {
        row.fault("RuleDuration", "seule une règle de gel (HoldRule) peut être sans durée : indiquez-la.");
    }
    Rule {
        identifier,
        // A rule without a category has its fault, and is never kept.
        category: category.unwrap_or(Category::Hold),
        value: row.required("RuleValue"),
        description: row.text("RuleDescription"),
        duration: if let Said::Duration(duration) = duration { Some(duration) } else { None },
    }
}

fn category(row: &mut Row) -> Option<Category> {
    let name = row.required("RuleType");
    let category = Category::from_element(&name);
    if category.is_none() && !name.is_empty() {
        row.unknown("RuleType", &name, &Category::ALL.map(Category::element));
    }
    category
}

#[derive(PartialEq, Eq)]
enum Said {
    Nothing,
    Duration(Duration),
    Faulty,
}

fn duration(row: &mut Row) -> Said {
    let (count, measurement) = (row.text("RuleDuration"), row.text("RuleMeasurement"));
    let measure = measurement.as_deref().map(measure);
    if measure == Some(None) {
        row.unknown("RuleMeasurement", &measurement.unwrap_or_default(), &["Year", "Month", "Day", "Second"]);
        return Said::Faulty;
    }
    match (count, measure.flatten()) {
        (None, None) => Said::Nothing,
        (Some(count), _) if is_unlimited(&count) => Said::Duration(Duration::Unlimited),
        (Some(count), Some(measure)) => counted(row, &count, measure).map_or(Said::Faulty, Said::Duration),
        (Some(_), None) => {
            row.fault("RuleMeasurement", "la durée est donnée sans son unité : indiquez Year, Month ou Day.");
            Said::Faulty
        }
        (None, Some(_)) => {
            row.fault("RuleDuration", "l’unité est donnée sans la durée : indiquez-la.");
            Said::Faulty
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Measure {
    Year,
    Month,
    Day,
    Second,
}

fn measure(word: &str) -> Option<Measure> {
    match word.to_lowercase().as_str() {
        "year" | "years" | "année" | "années" | "annee" | "annees" | "an" | "ans" => Some(Measure::Year),
        "month" | "months" | "mois" => Some(Measure::Month),
        "day" | "days" | "jour" | "jours" => Some(Measure::Day),
        "second" | "seconds" | "seconde" | "secondes" => Some(Measure::Second),
        _ => None,
    }
}

fn is_unlimited(count: &str) -> bool {
    ["unlimited", "illimité", "illimitée"].contains(&count.to_lowercase().as_str())
}

fn counted(row: &mut Row, text: &str, measure: Measure) -> Option<Duration> {
    let Ok(count) = text.parse::<u32>() else {
        row.fault("RuleDuration", format!("« {text} » n’est ni un nombre entier positif, ni « unlimited »."));
        return None;
    };
    if measure == Measure::Second && !count.is_multiple_of(SECONDS_PER_DAY) {
        row.fault("RuleDuration", "une durée en secondes doit faire un nombre entier de jours (86 400 secondes).");
        return None;
    }
    let (duration, longest) = match measure {
        Measure::Year => (Duration::Years(count), YEARS),
        Measure::Month => (Duration::Months(count), YEARS * 12),
        Measure::Day => (Duration::Days(count), YEARS * 365),
        Measure::Second => (Duration::Days(count / SECONDS_PER_DAY), u32::MAX),
    };
    if count > longest {
        row.fault("RuleDuration", format!("une durée ne dépasse pas {YEARS} ans."));
        return None;
    }
    Some(duration)
}

fn cells(rule: &Rule) -> Cells {
    let (count, measurement) = match rule.duration {
        None => (String::new(), ""),
        Some(Duration::Unlimited) => ("unlimited".to_owned(), ""),
        Some(Duration::Years(years)) => (years.to_string(), "Year"),
        Some(Duration::Months(months)) => (months.to_string(), "Month"),
        Some(Duration::Days(days)) => (days.to_string(), "Day"),
    };
    export::cells([
        ("RuleId", export::text(&rule.identifier)),
        ("RuleType", export::text(rule.category.element())),
        ("RuleValue", export::text(&rule.value)),
        ("RuleDescription", rule.description.as_deref().and_then(export::text)),
        ("RuleDuration", export::text(&count)),
        ("RuleMeasurement", export::text(measurement)),
    ])
}
