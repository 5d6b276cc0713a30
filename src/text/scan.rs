//! Cutting a text into pieces: words without their elision, and the codes that join several parts.

use unicode_normalization::UnicodeNormalization as _;

use crate::text::fold::fold;

/// What stands before an apostrophe and is dropped with it.
const ELISIONS: &[&str] = &["c", "d", "j", "l", "m", "n", "s", "t", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"];

/// The word that keeps its apostrophe, as its two halves.
const AUJOURDHUI: (&str, &str) = ("aujourd", "hui");

/// The most characters of a word that are looked at; the rest is cut.
const WORD_CHARACTERS: usize = 64;

/// The most parts that a code may join; past it, its parts stand alone.
const CODE_PARTS: usize = 8;

/// A run of words that nothing but `-`, `_`, `/`, `.` or an apostrophe parts.
pub struct Piece {
    /// Its words, without elisions.
    pub words: Vec<Word>,
}

/// A word in its two spellings.
pub struct Word {
    /// In lower case, accents kept.
    pub accented: String,
    /// Folded.
    pub folded: String,
}

impl Word {
    /// `None` for what folds to nothing, or to something else than letters and digits.
    fn new(text: &str) -> Option<Self> {
        let accented: String = text.chars().take(WORD_CHARACTERS).collect();
        let folded = fold(&accented);
        let sound = !folded.is_empty() && folded.chars().all(char::is_alphanumeric);
        sound.then_some(Self { accented, folded })
    }
}

impl Piece {
    /// The piece as one code, its parts folded and joined by `-`, when it has several and a digit.
    pub fn whole_code(&self) -> Option<String> {
        self.code_parts().map(|parts| parts.join("-"))
    }

    /// Every run of two or more parts of the code, so that `2026-012` finds `DEL-2026-012`.
    pub fn codes(&self) -> Vec<String> {
        let Some(parts) = self.code_parts() else { return Vec::new() };
        let starts = 0..parts.len();
        starts
            .flat_map(|start| (start + 2..=parts.len()).map(move |end| (start, end)))
            .filter_map(|(start, end)| Some(parts.get(start..end)?.join("-")))
            .collect()
    }

    fn code_parts(&self) -> Option<Vec<&str>> {
        let several = (2..=CODE_PARTS).contains(&self.words.len());
        let digit = self.words.iter().any(|word| word.folded.contains(char::is_numeric));
        (several && digit).then(|| self.words.iter().map(|word| word.folded.as_str()).collect())
    }
}

/// The pieces of a text, in order.
pub fn pieces(text: &str) -> Vec<Piece> {
    let composed: String =
        if text.is_ascii() { text.to_ascii_lowercase() } else { text.nfkc().flat_map(char::to_lowercase).collect() };
    composed
        .split(|c: char| !(c.is_alphanumeric() || is_joint(c) || is_apostrophe(c)))
        .map(|run| Piece { words: run.split(is_joint).flat_map(without_elision).collect() })
        .filter(|piece| !piece.words.is_empty())
        .collect()
}

fn is_joint(c: char) -> bool {
    matches!(c, '-' | '_' | '/' | '.' | '\u{2010}' | '\u{2011}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{02bc}' | '`')
}

/// The words between apostrophes, without those that an elision leaves.
fn without_elision(run: &str) -> Vec<Word> {
    let halves: Vec<&str> = run.split(is_apostrophe).collect();
    let mut words = Vec::new();
    let mut at = halves.iter().peekable();
    while let Some(half) = at.next() {
        let next = at.peek().copied().copied();
        if (Some(*half), next) == (Some(AUJOURDHUI.0), Some(AUJOURDHUI.1)) {
            at.next();
            words.extend(Word::new(&[AUJOURDHUI.0, AUJOURDHUI.1].concat()));
        } else if !(next.is_some_and(|next| !next.is_empty()) && ELISIONS.contains(half)) {
            words.extend(Word::new(half));
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        pieces(text).into_iter().flat_map(|piece| piece.words).map(|word| word.accented).collect()
    }

    #[test]
    fn elisions_are_dropped_and_other_apostrophes_part_words() {
        assert_eq!(words("L’arrêté qu'il jusqu'à d'"), ["arrêté", "il", "à", "d"]);
        assert_eq!(words("prud'hommes, aujourd’hui"), ["prud", "hommes", "aujourdhui"]);
    }

    #[test]
    fn a_code_is_every_run_of_its_parts() {
        let codes: Vec<String> = pieces("DEL-2026/012").iter().flat_map(Piece::codes).collect();
        assert_eq!(codes, ["del-2026", "del-2026-012", "2026-012"]);
        assert!(pieces("procès-verbal").iter().all(|piece| piece.codes().is_empty()));
    }
}
