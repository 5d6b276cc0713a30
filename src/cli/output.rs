//! The one writer that commands write to: data on one hand, words for people on the other.

use std::{
    fmt::Display,
    io::{self, Write},
};

use serde::Serialize;

/// Where a command writes.
pub(super) struct Output<'a> {
    data: &'a mut dyn Write,
    notes: &'a mut dyn Write,
    json: bool,
    colour: bool,
}

impl<'a> Output<'a> {
    /// Data goes to `data`, words for people to `notes`. Colours are for a terminal that is not asked for JSON.
    pub(super) fn new(data: &'a mut dyn Write, notes: &'a mut dyn Write, json: bool, is_terminal: bool) -> Self {
        Self { data, notes, json, colour: is_terminal && !json }
    }

    /// Whether every item is to be one JSON line.
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    /// Writes a line of data.
    pub(super) fn line(&mut self, text: impl Display) -> io::Result<()> {
        writeln!(self.data, "{text}")
    }

    /// Writes an item as one JSON line.
    pub(super) fn item(&mut self, item: &impl Serialize) -> anyhow::Result<()> {
        serde_json::to_writer(&mut *self.data, item)?;
        Ok(writeln!(self.data)?)
    }

    /// The hand for data, for bytes that are not lines.
    pub(super) fn bytes(&mut self) -> &mut dyn Write {
        self.data
    }

    /// Tells people something that is not data.
    pub(super) fn note(&mut self, text: impl Display) -> io::Result<()> {
        self.data.flush()?;
        writeln!(self.notes, "{text}")
    }

    /// Brings out what is still held back.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.data.flush()?;
        self.notes.flush()
    }

    /// The text, in colour on a terminal.
    pub(super) fn painted(&self, paint: Paint, text: &str) -> String {
        if self.colour { format!("\u{1b}[{}m{text}\u{1b}[0m", paint.code()) } else { text.to_owned() }
    }
}

/// The few colours that mean something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    /// All is well.
    Green,
    /// To look at.
    Yellow,
    /// Refused or broken.
    Red,
    /// Secondary.
    Dim,
    /// A title.
    Bold,
}

impl Paint {
    const fn code(self) -> &'static str {
        match self {
            Self::Green => "32",
            Self::Yellow => "33",
            Self::Red => "31",
            Self::Dim => "2",
            Self::Bold => "1",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_and_words_for_people_never_mix_and_only_a_terminal_has_colours() {
        let (mut data, mut notes) = (Vec::new(), Vec::new());
        let mut out = Output::new(&mut data, &mut notes, false, false);
        out.line("une donnée").unwrap();
        out.note("un mot").unwrap();
        assert_eq!(out.painted(Paint::Red, "refusé"), "refusé");
        assert_eq!((data.as_slice(), notes.as_slice()), ("une donnée\n".as_bytes(), "un mot\n".as_bytes()));
        let painted = Output::new(&mut Vec::new(), &mut Vec::new(), false, true).painted(Paint::Red, "refusé");
        assert_eq!(painted, "\u{1b}[31mrefusé\u{1b}[0m");
        let json = Output::new(&mut Vec::new(), &mut Vec::new(), true, true).painted(Paint::Red, "refusé");
        assert_eq!(json, "refusé");
    }
}
