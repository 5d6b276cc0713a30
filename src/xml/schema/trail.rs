//! Lines and columns of a text that streams by. Only the bytes behind the last place that was asked for are kept.

use std::{
    cell::RefCell,
    io::{self, BufRead, Read},
};

/// Bytes kept behind the last known place; the place moves on by itself beyond them.
const WINDOW_BYTES: usize = 1024 * 1024;

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
}

/// The last known place, and what was read since.
pub(super) struct Trail {
    offset: u64,
    place: Place,
    ahead: Vec<u8>,
}

impl Trail {
    pub fn new() -> Self {
        Self { offset: 0, place: Place { line: 1, column: 1 }, ahead: Vec::new() }
    }

    /// The place of byte `offset`. Offsets are asked for in rising order; an earlier one gets the last known place.
    pub fn place_of(&mut self, offset: u64) -> Place {
        let count = usize::try_from(offset.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        self.walk(count.min(self.ahead.len()));
        self.place
    }

    /// The place of the last `<` read: where the tag that was just read begins.
    pub fn place_of_tag(&mut self) -> Place {
        let back = self.ahead.iter().rev().position(|byte| *byte == b'<');
        self.walk(back.map_or(0, |back| self.ahead.len().saturating_sub(back.saturating_add(1))));
        self.place
    }

    /// The place behind everything read.
    pub fn end(&mut self) -> Place {
        self.walk(self.ahead.len());
        self.place
    }

    /// Bytes read so far.
    pub fn total(&self) -> u64 {
        self.offset.saturating_add(u64::try_from(self.ahead.len()).unwrap_or(u64::MAX))
    }

    fn read(&mut self, bytes: &[u8]) {
        self.ahead.extend_from_slice(bytes);
        if self.ahead.len() > WINDOW_BYTES.saturating_mul(2) {
            self.walk(self.ahead.len().saturating_sub(WINDOW_BYTES));
        }
    }

    fn walk(&mut self, count: usize) {
        for byte in self.ahead.drain(..count) {
            if byte == b'\n' {
                self.place = Place { line: self.place.line.saturating_add(1), column: 1 };
            } else if byte & 0b1100_0000 != 0b1000_0000 {
                self.place.column = self.place.column.saturating_add(1);
            }
        }
        self.offset = self.offset.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

/// A source that leaves a trail of what is read from it.
pub(super) struct Trailed<'t, R> {
    source: R,
    trail: &'t RefCell<Trail>,
}

impl<'t, R: BufRead> Trailed<'t, R> {
    pub fn new(source: R, trail: &'t RefCell<Trail>) -> Self {
        Self { source, trail }
    }

    /// Reads on until byte `offset`, where the engine has looked without reading, and gives its place.
    pub fn place_of(&mut self, offset: u64) -> Place {
        loop {
            let missing = offset.saturating_sub(self.trail.borrow().total());
            let Ok(available) = self.fill_buf().map(<[u8]>::len) else { break };
            let step = available.min(usize::try_from(missing).unwrap_or(usize::MAX));
            if step == 0 {
                break;
            }
            self.consume(step);
        }
        self.trail.borrow_mut().place_of(offset)
    }
}

impl<R: BufRead> Read for Trailed<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let copied = self.fill_buf()?.read(into)?;
        self.consume(copied);
        Ok(copied)
    }
}

impl<R: BufRead> BufRead for Trailed<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.source.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        // What was filled stays filled until it is consumed, so asking for it again reads nothing.
        if let Ok(filled) = self.source.fill_buf() {
            self.trail.borrow_mut().read(filled.get(..amount).unwrap_or(filled));
        }
        self.source.consume(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters_and_lines() {
        let trail = RefCell::new(Trail::new());
        let mut source = Trailed::new("é\né<a>\n".as_bytes(), &trail);
        assert_eq!(source.place_of(5), Place { line: 2, column: 2 });
        source.read_to_string(&mut String::new()).unwrap();
        assert_eq!(trail.borrow_mut().place_of_tag(), Place { line: 2, column: 2 });
        assert_eq!(trail.borrow_mut().end(), Place { line: 3, column: 1 });
    }

    #[test]
    fn the_window_does_not_grow_with_the_text() {
        let trail = RefCell::new(Trail::new());
        let text = "x".repeat(4096) + "\n";
        for _ in 0..2000 {
            trail.borrow_mut().read(text.as_bytes());
        }
        assert!(trail.borrow().ahead.len() <= WINDOW_BYTES * 2);
        assert_eq!(trail.borrow_mut().end(), Place { line: 2001, column: 1 });
    }
}
