//! When a rule ends: calendar arithmetic on legal days.

use chrono::{Datelike as _, Days, Months, NaiveDate};

use crate::domain::{
    inheritance::End,
    rule::{Category, Duration, Rule, RuleUse},
};

/// The last year that SEDA dates and ours can write.
const LAST_YEAR: i32 = 9999;

/// When `used`, said in `category`, ends; `rule` is what the referential says of it.
///
/// A hold ends on its `HoldEndDate` when it has one; without a term it has no end.
pub fn end_of(category: Category, used: &RuleUse, rule: Option<&Rule>) -> End {
    if let (Category::Hold, Some(day)) = (category, used.hold_end) {
        return End::Day(day);
    }
    let Some(rule) = rule.filter(|rule| rule.category == category) else { return End::Unknown };
    match (rule.duration, used.start) {
        (Some(Duration::Unlimited), _) => End::Never,
        (Some(duration), Some(start)) => after(start, duration),
        _ if category == Category::Hold => End::Never,
        _ => End::Unknown,
    }
}

/// The day that lies `duration` after `start`. The day of the month is kept, or brought back to the month's last.
fn after(start: NaiveDate, duration: Duration) -> End {
    let day = match duration {
        Duration::Days(days) => start.checked_add_days(Days::new(u64::from(days))),
        Duration::Months(months) => start.checked_add_months(Months::new(months)),
        Duration::Years(years) => {
            years.checked_mul(12).and_then(|months| start.checked_add_months(Months::new(months)))
        }
        Duration::Unlimited => None,
    };
    day.filter(|day| day.year() <= LAST_YEAR).map_or(End::Never, End::Day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn end(category: Category, duration: Option<Duration>, start: Option<&str>, hold_end: Option<&str>) -> End {
        let used = RuleUse { rule: "R".to_owned(), start: start.map(day), hold_end: hold_end.map(day) };
        let value = String::new();
        let rule = Rule { identifier: "R".to_owned(), category, value, description: None, duration };
        end_of(category, &used, Some(&rule))
    }

    #[test]
    fn a_rule_ends_on_the_same_day_of_the_calendar_or_on_the_last_of_the_month() {
        for (start, duration, expected) in [
            ("2000-02-29", Duration::Years(1), "2001-02-28"),
            ("2000-02-29", Duration::Years(4), "2004-02-29"),
            ("2000-01-31", Duration::Months(1), "2000-02-29"),
            ("2001-10-31", Duration::Months(13), "2002-11-30"),
            ("1999-12-31", Duration::Days(1), "2000-01-01"),
            ("2010-06-15", Duration::Years(0), "2010-06-15"),
            ("1900-01-01", Duration::Years(100), "2000-01-01"),
        ] {
            let found = end(Category::Appraisal, Some(duration), Some(start), None);
            assert_eq!(found, End::Day(day(expected)), "{start} {duration:?}");
        }
    }

    #[test]
    fn what_has_no_start_is_unknown_and_what_has_no_term_never_ends() {
        assert_eq!(end(Category::Access, Some(Duration::Years(25)), None, None), End::Unknown);
        assert_eq!(end(Category::Access, Some(Duration::Unlimited), None, None), End::Never);
        assert_eq!(end(Category::Access, Some(Duration::Years(999)), Some("9500-01-01"), None), End::Never);
        assert_eq!(end(Category::Access, Some(Duration::Days(u32::MAX)), Some("2000-01-01"), None), End::Never);
        assert_eq!(end(Category::Access, Some(Duration::Years(u32::MAX)), Some("2000-01-01"), None), End::Never);
        assert_eq!(end(Category::Access, Some(Duration::Years(8999)), Some("1000-12-31"), None), {
            End::Day(day("9999-12-31"))
        });
    }

    #[test]
    fn a_hold_ends_as_it_says_else_after_its_duration_else_never() {
        let hold = Category::Hold;
        let told = Some("2030-01-01");
        assert_eq!(end(hold, Some(Duration::Years(1)), Some("2000-01-01"), told), End::Day(day("2030-01-01")));
        assert_eq!(end(hold, Some(Duration::Years(1)), Some("2000-01-01"), None), End::Day(day("2001-01-01")));
        assert_eq!(end(hold, Some(Duration::Years(1)), None, None), End::Never);
        assert_eq!(end(hold, None, Some("2000-01-01"), None), End::Never);
    }

    #[test]
    fn a_rule_that_the_referential_does_not_hold_in_this_category_is_unknown() {
        let used = RuleUse { rule: "R".to_owned(), start: Some(day("2000-01-01")), hold_end: None };
        let duration = Some(Duration::Years(1));
        let (identifier, value) = ("R".to_owned(), String::new());
        let rule = Rule { identifier, category: Category::Access, value, description: None, duration };
        assert_eq!(end_of(Category::Appraisal, &used, Some(&rule)), End::Unknown);
        assert_eq!(end_of(Category::Appraisal, &used, None), End::Unknown);
        assert_eq!(end_of(Category::Hold, &used, None), End::Unknown);
        assert!(End::Never > End::Unknown && End::Unknown > End::Day(NaiveDate::MAX));
        assert!(!End::Unknown.is_past(NaiveDate::MAX) && !End::Never.is_past(NaiveDate::MAX));
    }
}
