//! How values are shown to people: sizes, dates, verdicts, columns.

use crate::{
    cli::output::{Output, Paint},
    domain::check::Verdict,
};

/// Bytes in the unit that keeps the number short: `317 o`, `1,2 Mo`. Units are decimal.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(1_000_000_000_000, "To"), (1_000_000_000, "Go"), (1_000_000, "Mo"), (1_000, "ko")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => {
            let tenths = bytes / (unit / 10);
            if tenths < 100 {
                format!("{},{} {name}", tenths / 10, tenths % 10)
            } else {
                format!("{} {name}", tenths / 10)
            }
        }
        None => format!("{bytes} o"),
    }
}

/// A count with its thousands apart: `10 002`.
pub(super) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push('\u{a0}');
        }
        shown.push(digit);
    }
    shown
}

/// `1 unité`, `3 unités`.
pub(super) fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{}\u{a0}{}", count(n), if n < 2 { one } else { many })
}

/// The verdict in French, in its colour.
pub(super) fn verdict(verdict: Verdict, out: &Output<'_>) -> String {
    match verdict {
        Verdict::Accepted => out.painted(Paint::Green, "accepté"),
        Verdict::Warning => out.painted(Paint::Yellow, "accepté avec réserves"),
        Verdict::Refused => out.painted(Paint::Red, "refusé"),
    }
}

/// The text on at most `width` characters.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// The text on exactly `width` characters at least.
pub(super) fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.chars().count());
    format!("{text}{}", " ".repeat(missing))
}

/// Rows in aligned columns, two spaces apart; the last column is not padded.
pub(super) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    let n_columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..n_columns)
        .map(|at| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or_default())
        .collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| padded(cell, *width)).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_counts_are_short_and_french() {
        for (n, shown) in
            [(0, "0 o"), (999, "999 o"), (1_000, "1,0 ko"), (1_250_000, "1,2 Mo"), (34_000_000_000, "34 Go")]
        {
            assert_eq!(bytes(n), shown);
        }
        assert_eq!(count(1_234_567), "1\u{a0}234\u{a0}567");
        assert_eq!(counted(1, "unité", "unités"), "1\u{a0}unité");
        assert_eq!(counted(100, "unité", "unités"), "100\u{a0}unités");
    }

    #[test]
    fn columns_align_by_characters_and_not_by_bytes() {
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(columns(&[row(["é", "un"]), row(["deux", ""])]), ["é     un", "deux"]);
        assert_eq!(cut("délibération", 5), "déli…");
    }
}
