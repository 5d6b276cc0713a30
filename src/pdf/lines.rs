//! Cutting a text into lines of a given width. What a line says and where it stands are not known here.

use crate::pdf::typeface::{Face, Faces};

/// Letters after which a long word may be cut.
const SEAMS: &str = "/\\-_.,;:@&=+?)";

/// How many letters of an exact text stay together.
const GROUP: usize = 8;

/// Cuts a drawable text into lines no wider than `width` points. A line that goes on keeps its space at the end, so that
/// the words stay apart for whoever reads the text without the page.
pub fn cut(faces: &Faces, face: Face, size: f32, width: f32, text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = Line { text: String::new(), width: 0.0 };
        for word in paragraph.split_inclusive(' ') {
            let seen = faces.width(face, size, word.trim_end_matches(' '));
            if line.width + seen > width && !line.text.is_empty() {
                lines.push(line.take());
            }
            if seen > width {
                for part in parts(faces, face, size, width, word) {
                    if !line.text.is_empty() {
                        lines.push(line.take());
                    }
                    line.add(part, faces.width(face, size, part));
                }
            } else {
                line.add(word, faces.width(face, size, word));
            }
        }
        lines.push(line.text);
    }
    lines
}

struct Line {
    text: String,
    width: f32,
}

impl Line {
    fn add(&mut self, text: &str, width: f32) {
        self.text.push_str(text);
        self.width += width;
    }

    fn take(&mut self) -> String {
        self.width = 0.0;
        std::mem::take(&mut self.text)
    }
}

/// A word that is wider than a line, in pieces: a digest by whole groups, its lines as even as they can be; another word
/// after a seam when one is in the second half of the line.
fn parts<'a>(faces: &Faces, face: Face, size: f32, width: f32, word: &'a str) -> Vec<&'a str> {
    let even = even_part(faces, face, size, width, word);
    let mut parts = Vec::new();
    let mut rest = word;
    while faces.width(face, size, rest.trim_end_matches(' ')) > width {
        let (part, after) = rest.split_at(even.unwrap_or_else(|| first_part(faces, face, size, width, rest)));
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

/// How many letters of a digest go on each line; `None` for what is no digest, or for a line too short for one group.
fn even_part(faces: &Faces, face: Face, size: f32, width: f32, word: &str) -> Option<usize> {
    let word = word.trim_end_matches(' ');
    if face != Face::Fixed || !word.bytes().all(|letter| letter.is_ascii_hexdigit()) {
        return None;
    }
    let fit = fitting(faces, face, size, width, word).len();
    let lines = word.len().div_ceil((fit - fit % GROUP).max(1));
    let even = word.len().div_ceil(lines).next_multiple_of(GROUP);
    (fit >= GROUP).then_some(even)
}

/// How many bytes of a word go on the first line; at least one letter.
fn first_part(faces: &Faces, face: Face, size: f32, width: f32, word: &str) -> usize {
    let ends = fitting(faces, face, size, width, word);
    let whole = ends.last().copied().unwrap_or(word.len());
    let after_a_seam = |end: &usize| word.get(..*end).is_some_and(|part| part.ends_with(|mark| SEAMS.contains(mark)));
    ends.iter().skip(ends.len() / 2).rev().copied().find(after_a_seam).unwrap_or(whole)
}

/// Where each letter ends that goes on the first line; one at least, unless the word is empty.
fn fitting(faces: &Faces, face: Face, size: f32, width: f32, word: &str) -> Vec<usize> {
    let mut used = 0.0;
    let mut ends = Vec::new();
    for (at, letter) in word.char_indices() {
        used += faces.advance(face, letter) * size;
        if used > width && !ends.is_empty() {
            break;
        }
        ends.push(at + letter.len_utf8());
    }
    ends
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_go_to_the_next_line_whole() {
        let faces = Faces::load().unwrap();
        let lines = cut(&faces, Face::Text, 10.0, 120.0, "Le conseil municipal de la commune délibère ce soir.\nFin");
        assert_eq!(lines, ["Le conseil municipal de la ", "commune délibère ce soir.", "Fin"]);
    }

    #[test]
    fn a_digest_is_cut_by_groups_of_eight_into_even_lines() {
        let faces = Faces::load().unwrap();
        let digest = "0123456789abcdef".repeat(8);
        for (width, lengths) in [(370.0, &[64, 64][..]), (280.0, &[48, 48, 32]), (30.0, &[6; 21])] {
            let lines = cut(&faces, Face::Fixed, 8.0, width, &digest);
            assert_eq!(lines.concat(), digest);
            let seen: Vec<usize> = lines.iter().map(String::len).collect();
            assert!(seen.starts_with(lengths), "{width}: {seen:?}");
        }
    }

    #[test]
    fn a_long_path_is_cut_after_a_stroke() {
        let faces = Faces::load().unwrap();
        let lines = cut(&faces, Face::Text, 10.0, 120.0, "contenu/deliberations/2026/proces-verbal-du-conseil.pdf");
        assert!(lines.iter().rev().skip(1).all(|line| line.ends_with(['/', '-'])), "{lines:?}");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_line_is_too_wide(text in "[a-zé /0-9f\n-]{0,200}", width in 8.0f32..300.0) {
            let faces = Faces::load().unwrap();
            let lines = cut(&faces, Face::Text, 10.0, width, &text);
            prop_assert_eq!(lines.concat(), text.replace('\n', ""));
            for line in lines {
                let seen = faces.width(Face::Text, 10.0, line.trim_end_matches(' '));
                prop_assert!(seen <= width + 0.01 || line.trim_end().chars().count() <= 1, "{} in {}", line, width);
            }
        }
    }
}
