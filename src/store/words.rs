//! A unit's entries in the full-text index, and a search's wishes in each engine's words. Both engines hold the same.
//!
//! An entry is the tenant, `/`, and a token of `text` or, for a search by value, `=`, a letter and the value. One index
//! thus answers words and values together, newest first, without reading what does not match.

use std::{
    collections::BTreeSet,
    fmt::{self, Write as _},
};

use crate::{
    domain::{search::Criteria, unit::Unit},
    store::{database::Database, days},
    text::{self, Term},
};

/// The most bytes of a unit's entries: a `tsvector` holds 1 MiB. Words past it are not searchable.
const ENTRIES_BYTES: usize = 900_000;

/// The most bytes of one entry: a lexeme holds 2 KiB.
const ENTRY_BYTES: usize = 1_000;

/// The token that every unit without a parent has.
const ROOT: &str = "=r";

/// The entries of a unit, parted by blanks: values first, then words.
pub fn of_unit(tenant: &str, unit: &Unit) -> String {
    let content = &unit.content;
    let mut joined = String::new();
    let mut add = |token: &dyn fmt::Display| {
        let entry = entry_of(tenant, token);
        if joined.len() + entry.len() < ENTRIES_BYTES {
            joined.push_str(if joined.is_empty() { "" } else { " " });
            joined.push_str(&entry);
        }
    };
    content.originating_agency.iter().for_each(|agency| add(&value('a', agency)));
    content.level.iter().for_each(|level| add(&value('l', level)));
    content.keywords.iter().for_each(|keyword| add(&value('k', &text::fold(keyword.trim()))));
    if unit.parents.is_empty() {
        add(&ROOT);
    }
    if let (Some(first), Some(last)) = days::span_of(content.start_date.as_deref(), content.end_date.as_deref()) {
        for token in days::tokens(first, last) {
            add(&token);
        }
    }
    let mut tokens = BTreeSet::new();
    for text in texts(unit) {
        tokens.append(&mut text::tokens(text));
    }
    for token in &tokens {
        add(token);
    }
    joined
}

/// What a unit's words are taken from: its text, and what that text should hold but does not.
fn texts(unit: &Unit) -> impl Iterator<Item = &str> {
    let content = &unit.content;
    let values = content.identifiers.iter().map(|(_, value)| value);
    let told = std::iter::once(&content.title).chain(&content.description).chain(&content.keywords).chain(values);
    let untold = told.map(String::as_str).filter(|told| !unit.text.contains(told));
    std::iter::once(unit.text.as_str()).chain(untold)
}

/// One wish: an entry among several, or one that begins so.
enum Wish {
    AnyOf(Vec<String>),
    Prefix(String),
}

/// What `criteria` ask of the index, in the engine's words; `None` when they ask nothing of it.
pub fn wishes(database: &Database, tenant: &str, criteria: &Criteria) -> Option<String> {
    let mut wishes = Vec::new();
    let mut wish = |entry: String| wishes.push(Wish::AnyOf(vec![entry_of(tenant, &entry)]));
    criteria.originating_agency.iter().for_each(|agency| wish(value('a', agency)));
    criteria.level.iter().for_each(|level| wish(value('l', level)));
    criteria.keyword.iter().for_each(|keyword| wish(value('k', &text::fold(keyword.trim()))));
    if criteria.roots_only {
        wish(ROOT.to_owned());
    }
    if let Some(spans) = criteria.from.zip(criteria.until).and_then(|(from, until)| days::tokens_met(from, until)) {
        wishes.push(Wish::AnyOf(spans.iter().map(|token| entry_of(tenant, token)).collect()));
    }
    wishes.extend(text::query(&criteria.text).into_iter().map(|term| match term {
        Term::AnyOf(tokens) => Wish::AnyOf(tokens.iter().map(|token| entry_of(tenant, token)).collect()),
        Term::Prefix(start) => Wish::Prefix(entry_of(tenant, &start)),
    }));
    let speech = match database {
        Database::Sqlite(_) => &FTS5,
        Database::Postgres(_) => &TSQUERY,
    };
    (!wishes.is_empty()).then(|| speech.say(&wishes))
}

/// How an engine writes a query. Entries hold no quote, so that quoting needs no escape.
struct Speech {
    quote: &'static str,
    or: &'static str,
    and: &'static str,
    prefix: &'static str,
}

const FTS5: Speech = Speech { quote: "\"", or: " OR ", and: " AND ", prefix: "*" };
const TSQUERY: Speech = Speech { quote: "'", or: " | ", and: " & ", prefix: ":*" };

impl Speech {
    fn say(&self, wishes: &[Wish]) -> String {
        let quoted = |entry: &String| format!("{0}{entry}{0}", self.quote);
        let said: Vec<String> = wishes
            .iter()
            .map(|wish| match wish {
                Wish::AnyOf(entries) => {
                    format!("({})", entries.iter().map(quoted).collect::<Vec<_>>().join(self.or))
                }
                Wish::Prefix(start) => format!("{}{}", quoted(start), self.prefix),
            })
            .collect();
        said.join(self.and)
    }
}

/// The entry of a token within a tenant, cut to what an engine holds.
fn entry_of(tenant: &str, token: &dyn fmt::Display) -> String {
    let mut entry = format!("{tenant}/{token}");
    entry.truncate(entry.floor_char_boundary(ENTRY_BYTES));
    entry
}

/// The token of a value to be found exactly: what is not `a-z0-9` is written as `_` and its byte in hexadecimal, since
/// an index folds case and parts words.
fn value(kind: char, value: &str) -> String {
    let mut token = format!("={kind}");
    for byte in value.bytes() {
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => token.push(char::from(byte)),
            other => {
                // Writing into a String cannot fail.
                let _ = write!(token, "_{other:02x}");
            }
        }
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_differ_from_each_other_and_from_words() {
        assert_eq!(value('a', "FR é"), "=a_46_52_20_c3_a9");
        assert_ne!(value('a', "a"), value('a', "A"));
        assert_ne!(value('a', "x"), value('l', "x"));
    }

    #[test]
    fn an_entry_is_cut_between_characters() {
        let entry = entry_of("t", &"é".repeat(1_000));
        assert!(entry.len() <= ENTRY_BYTES && entry.ends_with('é'));
    }
}
