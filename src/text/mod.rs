//! Words of a French text as the full-text indexes of both engines hold them, and what a reader's query asks of them.
//!
//! No index and no SQL here: `store` hands the tokens to the engines, which only look them up. Each word is held twice,
//! folded (lower case, no accent) and as French stems, so that `proces` finds « procès » and `délibéré` « délibérations ».

pub mod fold;
mod scan;
mod stem;

use std::{collections::BTreeSet, fmt, iter};

use crate::text::scan::Word;

pub use crate::text::fold::fold;

/// What an index holds of a word.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Token {
    /// The folded word, or a code such as `2026-12`: characters are alphanumeric, or `-` between a code's parts.
    Word(String),
    /// A folded French stem, written with a leading `~` so that no word meets it.
    Stem(String),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Stem(stem) => write!(f, "~{stem}"),
        }
    }
}

/// One wish of a query; all of a query's terms are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// One of these tokens stands in the text.
    AnyOf(Vec<Token>),
    /// A word of the text, folded, begins so.
    Prefix(String),
}

/// Words too common to be wanted for themselves: a query drops them unless it holds nothing else.
const STOP_WORDS: &[&str] = &[
    "a", "au", "aux", "avec", "ce", "ces", "dans", "de", "des", "du", "en", "est", "et", "il", "la", "le", "les", "ou",
    "par", "pour", "que", "qui", "sa", "se", "ses", "son", "sur", "un", "une",
];

/// The fewest characters that a prefix needs; a shorter one is taken as a word.
const PREFIX_CHARACTERS: usize = 3;

/// Every token of `text`, each once.
pub fn tokens(text: &str) -> BTreeSet<Token> {
    let mut tokens = BTreeSet::new();
    for piece in scan::pieces(text) {
        for code in piece.codes() {
            tokens.insert(Token::Word(code));
        }
        for word in piece.words {
            tokens.extend(of_word(&word));
        }
    }
    tokens
}

/// What a reader's `text` asks for. A trailing `*` makes a prefix; an empty answer asks for nothing.
pub fn query(text: &str) -> Vec<Term> {
    let wanted: Vec<Wanted> = text.split_whitespace().flat_map(wanted).collect();
    let only_stop_words = wanted.iter().all(|one| one.stop);
    wanted.into_iter().filter(|one| only_stop_words || !one.stop).map(|one| one.term).collect()
}

struct Wanted {
    term: Term,
    stop: bool,
}

/// The terms of one blank-separated part of a query.
fn wanted(part: &str) -> Vec<Wanted> {
    let mut all = Vec::new();
    for piece in scan::pieces(part) {
        match piece.whole_code() {
            Some(code) => all.push(Wanted { term: Term::AnyOf(vec![Token::Word(code)]), stop: false }),
            None => all.extend(piece.words.iter().map(|word| Wanted {
                term: Term::AnyOf(of_word(word).collect()),
                stop: STOP_WORDS.contains(&word.folded.as_str()),
            })),
        }
    }
    if part.ends_with('*')
        && let Some(last) = all.last_mut()
        && let Term::AnyOf(tokens) = &last.term
        && let Some(Token::Word(start)) = tokens.first()
        && start.chars().count() >= PREFIX_CHARACTERS
    {
        *last = Wanted { term: Term::Prefix(start.clone()), stop: false };
    }
    all
}

/// The folded word first, then its stems.
fn of_word(word: &Word) -> impl Iterator<Item = Token> {
    let stems = stem::stems(&word.accented, &word.folded).into_iter().map(Token::Stem);
    iter::once(Token::Word(word.folded.clone())).chain(stems)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a reader who asks `asked` finds `text`.
    fn finds(asked: &str, text: &str) -> bool {
        let held = tokens(text);
        query(asked).iter().all(|term| match term {
            Term::AnyOf(any) => any.iter().any(|token| held.contains(token)),
            Term::Prefix(start) => {
                held.iter().any(|token| matches!(token, Token::Word(word) if word.starts_with(start.as_str())))
            }
        })
    }

    #[test]
    fn a_query_finds_whatever_the_case_the_accents_and_the_inflexion() {
        for (asked, text) in [
            ("délibéré", "Les délibérations du conseil"),
            ("deliberation", "Les délibérations du conseil"),
            ("DÉLIBÉRATIONS", "délibération"),
            ("proces", "Procès-verbal"),
            ("procès", "PROCES VERBAL"),
            ("l'assemblée", "assemblee générale"),
            ("assemblée", "Décision de l’assemblée"),
            ("oeuvre", "Chefs-d'œuvre"),
            ("marché public", "Marchés publics"),
            ("e\u{301}tat", "État civil"),
            ("compte rendu de réunion", "Compte rendu réunion"),
            ("aujourd'hui", "C’est aujourd’hui"),
            ("ΑΘΗΝΑ", "αθηνα"),
        ] {
            assert!(finds(asked, text), "« {asked} » must find « {text} »");
        }
        for (asked, text) in [("budget", "Les délibérations"), ("hui", "aujourd'hui"), ("conseil budget", "conseil")]
        {
            assert!(!finds(asked, text), "« {asked} » must not find « {text} »");
        }
    }

    #[test]
    fn codes_are_found_whole_in_part_and_by_their_beginning() {
        for (asked, text) in [
            ("2026-12", "arrêté n°2026-12"),
            ("2026-12", "séance du 2026-12-05"),
            ("2026_012", "DEL-2026/012"),
            ("012", "DEL-2026/012"),
            ("del-2026*", "DEL-2026/012"),
            ("délib*", "délibération"),
            ("2026", "le 05/03/2026"),
        ] {
            assert!(finds(asked, text), "« {asked} » must find « {text} »");
        }
        assert!(!finds("2026-13", "2026-12 et 13"));
        assert!(!finds("libé*", "délibération"));
    }

    #[test]
    fn stop_words_are_dropped_from_a_query_that_holds_others() {
        assert_eq!(query("de la").len(), 2);
        assert_eq!(query("vente de la halle").len(), 2);
        assert_eq!(query(" '’ - * ! "), vec![]);
    }

    #[test]
    fn a_stem_never_meets_a_word() {
        let held = tokens("délibérer");
        assert!(held.contains(&Token::Stem("deliber".to_owned())));
        assert!(!finds("deliber*", "x") && !held.contains(&Token::Word("deliber".to_owned())));
        assert_eq!(Token::Stem("deliber".to_owned()).to_string(), "~deliber");
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_tokens_that_an_engine_can_quote(text in ".{0,200}") {
            for token in tokens(&text) {
                let shown = token.to_string();
                let body = shown.strip_prefix('~').unwrap_or(&shown);
                proptest::prop_assert!(!body.is_empty() && body.len() <= 4 * 64 * 8);
                proptest::prop_assert!(body.chars().all(|c| c.is_alphanumeric() || c == '-'), "{}", shown);
                proptest::prop_assert!(!body.chars().any(|c| c.is_ascii_uppercase()), "{}", shown);
            }
        }

        #[test]
        fn every_word_of_a_text_finds_it(text in "[a-zéèàç'’ -]{0,60}") {
            proptest::prop_assert!(finds(&text, &text), "{}", text);
        }
    }
}
