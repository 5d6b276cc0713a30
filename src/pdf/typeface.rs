//! The three typefaces of the house: how wide each letter is, and which letters there are. Nothing is placed here.

use std::fmt::Write as _;

use skrifa::{
    FontRef, GlyphId, MetadataProvider as _,
    charmap::Charmap,
    instance::{LocationRef, Size},
    metrics::GlyphMetrics,
};
use unicode_normalization::UnicodeNormalization as _;

use crate::pdf::Error;

/// The bytes of each typeface; `fonts/README.md` says whence they come.
const TEXT: &[u8] = include_bytes!("fonts/IBMPlexSans-Regular.ttf");
const STRONG: &[u8] = include_bytes!("fonts/IBMPlexSans-SemiBold.ttf");
const FIXED: &[u8] = include_bytes!("fonts/IBMPlexMono-Regular.ttf");

/// One of the typefaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Running text.
    Text,
    /// Titles.
    Strong,
    /// What is compared letter by letter.
    Fixed,
}

impl Face {
    /// The bytes of its file.
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Text => TEXT,
            Self::Strong => STRONG,
            Self::Fixed => FIXED,
        }
    }
}

/// The typefaces, read once for a document.
pub struct Faces {
    text: Metrics,
    strong: Metrics,
    fixed: Metrics,
}

/// What is known of the letters of a typeface.
struct Metrics {
    letters: Charmap<'static>,
    widths: GlyphMetrics<'static>,
    em: f32,
}

impl Faces {
    /// Reads the typefaces that are embedded in the program.
    pub fn load() -> Result<Self, Error> {
        Ok(Self {
            text: Metrics::read(Face::Text)?,
            strong: Metrics::read(Face::Strong)?,
            fixed: Metrics::read(Face::Fixed)?,
        })
    }

    /// The number of a letter's glyph; `None` when the typeface has no such letter.
    pub fn glyph(&self, face: Face, letter: char) -> Option<GlyphId> {
        self.metrics(face).letters.map(letter)
    }

    /// How far a letter moves the pen, in ems.
    pub fn advance(&self, face: Face, letter: char) -> f32 {
        let metrics = self.metrics(face);
        metrics.letters.map(letter).and_then(|glyph| metrics.widths.advance_width(glyph)).unwrap_or(0.0) / metrics.em
    }

    /// How wide a text is at a size, in points.
    pub fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        text.chars().map(|letter| self.advance(face, letter)).sum::<f32>() * size
    }

    /// The text as it can be drawn: composed, its French spaces unbreakable, and each letter that the typeface lacks or
    /// that would not be seen (controls, marks of direction) told by its number, as `‹U+202E›`.
    pub fn drawable(&self, face: Face, text: &str) -> String {
        let mut drawn = String::with_capacity(text.len());
        let mut before = ' ';
        let mut letters = text.nfc().peekable();
        while let Some(letter) = letters.next() {
            let after = letters.peek().copied();
            match letter {
                '\n' | ' ' if face == Face::Fixed => drawn.push(letter),
                '\n' => drawn.push('\n'),
                '\t' => drawn.push(' '),
                ' ' if before == '«' || after.is_some_and(|mark| "»:;!?%€".contains(mark)) => drawn.push('\u{a0}'),
                '\u{202f}' if self.glyph(face, letter).is_none() => drawn.push('\u{a0}'),
                _ if self.shows(face, letter) => drawn.push(letter),
                // writing to a string cannot fail
                _ => write!(drawn, "‹U+{:04X}›", u32::from(letter)).unwrap_or_default(),
            }
            before = letter;
        }
        drawn
    }

    fn shows(&self, face: Face, letter: char) -> bool {
        let hidden = letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}');
        let hidden = hidden || matches!(letter, '\u{ad}' | '\u{f0000}'..);
        !hidden && self.glyph(face, letter).is_some()
    }

    fn metrics(&self, face: Face) -> &Metrics {
        match face {
            Face::Text => &self.text,
            Face::Strong => &self.strong,
            Face::Fixed => &self.fixed,
        }
    }
}

impl Metrics {
    fn read(face: Face) -> Result<Self, Error> {
        let font = FontRef::new(face.bytes()).map_err(|_| Error::Typeface)?;
        let em = font.metrics(Size::unscaled(), LocationRef::default()).units_per_em;
        let widths = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        Ok(Self { letters: font.charmap(), widths, em: f32::from(em) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_is_drawn_as_it_is_written_in_every_face() {
        let faces = Faces::load().unwrap();
        let text = "Œuvre d’été à Saint-Denis-lès-Bourg, où l’on paie 12\u{a0}€ — « ça » naïf, aiguë, ÉÀÇ n° 4…";
        let kept =
            "Œuvre d’été à Saint-Denis-lès-Bourg, où l’on paie 12\u{a0}€ — «\u{a0}ça\u{a0}» naïf, aiguë, ÉÀÇ n° 4…";
        assert_eq!(faces.drawable(Face::Text, text), kept);
        assert_eq!(faces.drawable(Face::Strong, text), kept);
        assert_eq!(faces.drawable(Face::Fixed, text), text, "what is exact keeps its spaces");
    }

    #[test]
    fn what_is_decomposed_is_composed_and_what_cannot_be_seen_is_told() {
        let faces = Faces::load().unwrap();
        assert_eq!(faces.drawable(Face::Text, "e\u{301}te\u{301}"), "été");
        let seen = faces.drawable(Face::Text, "acte\u{202e}fdp\u{0}.日");
        assert_eq!(seen, "acte‹U+202E›fdp‹U+0000›.‹U+65E5›");
        assert!(seen.chars().all(|letter| faces.glyph(Face::Text, letter).is_some()));
    }

    #[test]
    fn letters_of_fixed_width_are_all_as_wide() {
        let faces = Faces::load().unwrap();
        assert!((faces.width(Face::Fixed, 10.0, "iiii") - faces.width(Face::Fixed, 10.0, "MMMM")).abs() < 0.001);
        assert!(faces.width(Face::Text, 10.0, "iiii") < faces.width(Face::Text, 10.0, "MMMM"));
    }
}
