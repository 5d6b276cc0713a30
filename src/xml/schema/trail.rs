//! Lines and columns of a text that streams by. Only the bytes behind the last place that was asked for are kept.

use std::{
    cell::RefCell,
    io::{self, BufRead, Read},
};

/// Bytes kept behind the last known place; in one piece of markup or text longer than that, places are not exact.
const WINDOW_BYTES: usize = 1024 * 1024;

/// One piece of markup or text goes on for longer than was allowed.
#[derive(Debug, thiserror::Error)]
#[error("one piece of markup or text is too long")]
pub(super) struct TooLong;

impl TooLong {
    /// Whether this is why reading failed.
    pub fn is(error: &io::Error) -> bool {
        error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()).is_some()
    }
}

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// Line, from 1.
    pub line: u64,
    /// Column in characters, from 1.
    pub column: u64,
}

impl Place {
    const START: Self = Self { line: 1, column: 1 };

    fn pass(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                *self = Self { line: self.line.saturating_add(1), column: 1 };
            } else if byte & 0b1100_0000 != 0b1000_0000 {
                self.column = self.column.saturating_add(1);
            }
        }
    }
}

/// The last known place, and what was read since.
pub(super) struct Trail {
    /// The known place, as an offset and as people count.
    offset: u64,
    place: Place,
    /// What was read since, up to the window.
    ahead: Vec<u8>,
    /// Where the text stands now, when that is beyond the window.
    beyond: Option<Place>,
    /// Bytes read in all, and when the last piece ended.
    total: u64,
    piece: u64,
}

impl Trail {
    pub fn new() -> Self {
        Self { offset: 0, place: Place::START, ahead: Vec::new(), beyond: None, total: 0, piece: 0 }
    }

    /// The place of byte `offset`. Offsets are asked for in rising order; an earlier one gets the last known place.
    pub fn place_of(&mut self, offset: u64) -> Place {
        let count = usize::try_from(offset.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        if count > self.ahead.len() {
            return self.end();
        }
        self.walk(count);
        self.place
    }

    /// The place of the last `<` read: where the tag that was just read begins.
    pub fn place_of_tag(&mut self) -> Place {
        match self.ahead.iter().rposition(|byte| *byte == b'<') {
            Some(at) if self.beyond.is_none() => {
                self.walk(at);
                self.place
            }
            _ => self.end(),
        }
    }

    /// The place behind everything read.
    pub fn end(&mut self) -> Place {
        match self.beyond.take() {
            Some(place) => {
                self.place = place;
                self.ahead.clear();
            }
            None => self.walk(self.ahead.len()),
        }
        self.offset = self.total;
        self.place
    }

    /// The last known place, for want of a better one.
    pub fn known(&self) -> Place {
        self.place
    }

    /// Bytes read so far.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Notes that a piece of markup or text has ended.
    pub fn end_piece(&mut self) {
        self.piece = self.total;
    }

    fn read(&mut self, bytes: &[u8]) {
        self.total = self.total.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if let Some(place) = &mut self.beyond {
            place.pass(bytes);
            return;
        }
        self.ahead.extend_from_slice(bytes);
        if self.ahead.len() > WINDOW_BYTES {
            let mut place = self.place;
            place.pass(&self.ahead);
            self.beyond = Some(place);
        }
    }

    fn walk(&mut self, count: usize) {
        self.place.pass(self.ahead.get(..count).unwrap_or_default());
        self.ahead.drain(..count);
        self.offset = self.offset.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
    }
}

/// A source that leaves a trail of what is read from it.
pub(super) struct Trailed<'t, R> {
    source: R,
    trail: &'t RefCell<Trail>,
    piece_bytes: u64,
}

impl<'t, R: BufRead> Trailed<'t, R> {
    /// Pieces longer than `piece_bytes` stop the reading, with [`TooLong`].
    pub fn new(source: R, trail: &'t RefCell<Trail>, piece_bytes: u64) -> Self {
        Self { source, trail, piece_bytes }
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
        let trail = self.trail.borrow();
        if trail.total.saturating_sub(trail.piece) > self.piece_bytes {
            return Err(io::Error::new(io::ErrorKind::InvalidData, TooLong));
        }
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
        let mut source = Trailed::new("é\né<a>\n".as_bytes(), &trail, 100);
        assert_eq!(source.place_of(5), Place { line: 2, column: 2 });
        source.read_to_string(&mut String::new()).unwrap();
        assert_eq!(trail.borrow_mut().place_of_tag(), Place { line: 2, column: 2 });
        assert_eq!(trail.borrow_mut().end(), Place { line: 3, column: 1 });
    }

    #[test]
    fn the_window_does_not_grow_with_the_text() {
        let mut trail = Trail::new();
        let text = "x".repeat(4096) + "\n";
        for _ in 0..2000 {
            trail.read(text.as_bytes());
        }
        assert!(trail.ahead.len() <= WINDOW_BYTES + text.len());
        assert_eq!(trail.known(), Place::START);
        assert_eq!(trail.end(), Place { line: 2001, column: 1 });
    }

    #[test]
    fn a_piece_without_end_stops_the_reading() {
        let trail = RefCell::new(Trail::new());
        let mut source = Trailed::new(io::BufReader::new(io::repeat(b'x').take(1_000_000)), &trail, 10_000);
        let error = source.read_to_end(&mut Vec::new()).unwrap_err();
        assert!(TooLong::is(&error));
        trail.borrow_mut().end_piece();
        assert!(source.fill_buf().is_ok());
    }
}
