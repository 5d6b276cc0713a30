//! The days that a date as written spans: SEDA allows a year, a month, a day or an instant.

use chrono::{Days, Months, NaiveDate};

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

    #[test]
    fn a_unit_with_one_date_spans_it() {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        assert_eq!(span_of(Some("2024"), None), (day("2024-01-01"), day("2024-12-31")));
        assert_eq!(span_of(None, Some("2025-01-02")), (day("2025-01-02"), day("2025-01-02")));
        assert_eq!(span_of(Some("2024"), Some("2025")), (day("2024-01-01"), day("2025-12-31")));
        assert_eq!(span_of(Some("?"), None), (None, None));
    }
}
