//! The days that a date as written spans: SEDA allows a year, a month, a day or an instant.

use chrono::{Datelike as _, Days, Months, NaiveDate};

/// The first and the last day that `written` spans, when it is a date of the years 0001 to 9999.
///
/// An instant is the day that it writes, whatever its zone: legal dates are those of the act.
pub fn span(written: &str) -> Option<(NaiveDate, NaiveDate)> {
    let date = written.trim().split('T').next()?;
    let digits = |from: usize, to: usize| date.get(from..to)?.parse::<u32>().ok();
    let year = i32::try_from(digits(0, 4)?).ok().filter(|year| *year > 0)?;
    let parts_at = |at: usize| date.as_bytes().get(at) == Some(&b'-');
    // What follows a date without time may be its zone: `2026-03-05Z`, `2026+01:00`.
    if !parts_at(4) || is_zone(date.get(4..)?) {
        let ends_well = date.len() == 4 || is_zone(date.get(4..)?);
        let whole = (NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year, 12, 31)?);
        return ends_well.then_some(whole);
    }
    let month = digits(5, 7)?;
    if date.len() == 7 || is_zone(date.get(7..)?) {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        return Some((first, first.checked_add_months(Months::new(1))?.checked_sub_days(Days::new(1))?));
    }
    let day = NaiveDate::from_ymd_opt(year, month, digits(8, 10)?).filter(|_| parts_at(7))?;
    (date.len() == 10 || is_zone(date.get(10..)?)).then_some((day, day))
}

/// The span of a unit: from the first day of what starts it to the last day of what ends it.
pub fn span_of(start: Option<&str>, end: Option<&str>) -> (Option<NaiveDate>, Option<NaiveDate>) {
    let (start, end) = (start.and_then(span), end.and_then(span));
    let first = start.or(end).map(|(first, _)| first);
    let last = end.or(start).map(|(_, last)| last);
    (first, last)
}

/// The most months that a span is told by.
const MONTHS: usize = 12;

/// The most years that a longer span is told by.
const YEARS: usize = 50;

/// The tokens of a unit's span in the full-text index: its months when they are few, else its years, else that it is
/// long. A short span tells its years too, apart, for searches over years.
pub fn tokens(first: NaiveDate, last: NaiveDate) -> Vec<String> {
    match (months(first, last), years(first, last)) {
        (Some(months), Some(years)) => told("=m", &months).chain(told("=s", &years)).collect(),
        (None, Some(years)) => told("=y", &years).collect(),
        (_, None) => vec![LONG.to_owned()],
    }
}

/// The tokens of which a unit has at least one when its span meets that from `from` to `until`; `None` when they would
/// be too many. Having one is not yet meeting it.
pub fn tokens_met(from: NaiveDate, until: NaiveDate) -> Option<Vec<String>> {
    let years = years(from, until)?;
    let short: Vec<String> = match months(from, until) {
        Some(months) => told("=m", &months).collect(),
        None => told("=s", &years).collect(),
    };
    Some(short.into_iter().chain(told("=y", &years)).chain([LONG.to_owned()]).collect())
}

/// The token of a span that is too long to be told.
const LONG: &str = "=y";

fn told(kind: &str, all: &[String]) -> impl Iterator<Item = String> {
    all.iter().map(move |one| format!("{kind}{one}"))
}

/// The months from one day to another, as `202403`; `None` when they are too many.
fn months(first: NaiveDate, last: NaiveDate) -> Option<Vec<String>> {
    let start = first.with_day(1)?;
    let steps = (0..).map_while(|step| start.checked_add_months(Months::new(step)));
    let all: Vec<String> = steps
        .take_while(|month| *month <= last)
        .take(MONTHS + 1)
        .map(|month| month.format("%Y%m").to_string())
        .collect();
    (all.len() <= MONTHS).then_some(all)
}

/// The years from one day to another; `None` when they are too many.
fn years(first: NaiveDate, last: NaiveDate) -> Option<Vec<String>> {
    let all: Vec<String> = (first.year()..=last.year()).take(YEARS + 1).map(|year| format!("{year:04}")).collect();
    (all.len() <= YEARS).then_some(all)
}

/// Whether the text is a zone as XML writes it.
fn is_zone(text: &str) -> bool {
    let offset = |text: &str| text.len() == 5 && text.as_bytes().get(2) == Some(&b':');
    text == "Z" || text.strip_prefix(['+', '-']).is_some_and(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_spans_what_it_leaves_open() {
        for (written, first, last) in [
            ("2024", "2024-01-01", "2024-12-31"),
            ("2024-02", "2024-02-01", "2024-02-29"),
            ("2024-12", "2024-12-01", "2024-12-31"),
            ("2024-02-03", "2024-02-03", "2024-02-03"),
            ("2024-02-03Z", "2024-02-03", "2024-02-03"),
            ("2024-02-03+02:00", "2024-02-03", "2024-02-03"),
            ("2024+01:00", "2024-01-01", "2024-12-31"),
            ("2024-02-03T23:59:59+02:00", "2024-02-03", "2024-02-03"),
            (" 1789-07-14T10:00:00 ", "1789-07-14", "1789-07-14"),
        ] {
            let spanned = span(written).map(|(first, last)| (first.to_string(), last.to_string()));
            assert_eq!(spanned, Some((first.to_owned(), last.to_owned())), "{written}");
        }
        for written in ["", "hier", "24", "0000", "2024-13", "2024-02-30", "2024-02-03x", "20240203", "-500", "2024é"]
        {
            assert_eq!(span(written), None, "{written}");
        }
    }

    proptest::proptest! {
        #[test]
        fn spans_that_meet_share_a_token(a in 0..40_000_u64, b in 0..40_000_u64, c in 0..40_000_u64, d in 0..40_000_u64, near in 0..500_u64) {
            let day = |n: u64| NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + Days::new(n);
            for (c, d) in [(c, d), (a, a + near), (c, c + near)] {
                let unit = (day(a.min(b)), day(a.max(b)));
                let asked = (day(c.min(d)), day(c.max(d)));
                let meet = unit.0 <= asked.1 && unit.1 >= asked.0;
                if let Some(met) = tokens_met(asked.0, asked.1).filter(|_| meet) {
                    proptest::prop_assert!(tokens(unit.0, unit.1).iter().any(|token| met.contains(token)));
                }
            }
        }
    }

    #[test]
    fn a_search_of_a_month_asks_for_few_tokens_and_of_a_century_for_none() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(tokens_met(day("2024-03-01"), day("2024-03-31")).unwrap(), ["=m202403", "=y2024", "=y"]);
        assert_eq!(tokens_met(day("1900-01-01"), day("2024-01-01")), None);
        assert_eq!(tokens(day("2024-03-05"), day("2024-03-05")), ["=m202403", "=s2024"]);
        assert_eq!(tokens(day("1800-01-01"), day("2024-01-01")), ["=y"]);
    }

    #[test]
    fn a_unit_with_one_date_spans_it() {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        assert_eq!(span_of(Some("2024"), None), (day("2024-01-01"), day("2024-12-31")));
        assert_eq!(span_of(None, Some("2025-01-02")), (day("2025-01-02"), day("2025-01-02")));
        assert_eq!(span_of(Some("2024"), Some("2025")), (day("2024-01-01"), day("2025-12-31")));
        assert_eq!(span_of(Some("?"), None), (None, None));
    }
}
