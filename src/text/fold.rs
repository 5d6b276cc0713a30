//! Folding: lower case without accents or ligatures, so that what looks alike meets.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// The text in lower case, without accents, with ligatures opened (NFKD; `œ`, `æ`, `ß`, `ø`, `ł`, `đ` by hand).
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    let mut folded = String::with_capacity(text.len());
    for c in lower {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' => folded.push('d'),
            // A lower case may bring a mark of its own (the Turkish dotted I does).
            mark if is_combining_mark(mark) => {}
            plain => folded.push(plain),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_ligatures_fold() {
        for (text, folded) in [("Élève", "eleve"), ("CŒUR", "coeur"), ("ﬁn", "fin"), ("Ægir", "aegir"), ("İ", "i")]
        {
            assert_eq!(fold(text), folded, "{text}");
        }
    }
}
