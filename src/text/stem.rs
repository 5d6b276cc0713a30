//! French stems of a word: of the word as accented, and of the word as a reader without accents types it.

use rust_stemmers::{Algorithm, Stemmer};

use crate::text::fold::fold;

/// Words shorter than this are their own stem.
const STEMMED_FROM: usize = 3;

/// The folded stems of `word`, whose folded form is `folded`; none for what is not made of letters.
pub fn stems(word: &str, folded: &str) -> Vec<String> {
    let letters = folded.chars().all(char::is_alphabetic);
    if !letters || folded.chars().count() < STEMMED_FROM {
        return Vec::new();
    }
    let stemmer = Stemmer::create(Algorithm::French);
    let mut stems = vec![fold(&stemmer.stem(word))];
    if word != folded {
        stems.push(fold(&stemmer.stem(folded)));
        stems.dedup();
    }
    stems.retain(|stem| !stem.is_empty());
    stems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_word_share_a_stem() {
        for (accented, plain) in [("procès", "proces"), ("assemblée", "assemblee"), ("délibérée", "deliberations")]
        {
            let found = stems(plain, plain);
            assert!(stems(accented, &fold(accented)).iter().any(|stem| found.contains(stem)), "{accented}");
        }
        assert!(stems("a4", "a4").is_empty());
    }
}
