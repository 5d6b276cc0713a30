//! JSON Lines: one value per line, written and read one at a time, each line of a bounded length.

use std::{
    io::{BufRead, BufReader, Read, Write},
    marker::PhantomData,
};

use crate::record::{
    Error,
    form::{Form, Owned, Written},
};

/// The most bytes of one line, its line feed included: 64 MiB. What is longer is refused when it is written, so that
/// whatever was written can be read.
pub(super) const LINE_BYTES: u64 = 64 * 1024 * 1024;

/// Writes `value` as one line.
pub(super) fn write<T: Form>(value: &T, mut out: impl Write) -> Result<(), Error> {
    let mut line = serde_json::to_vec(&Written(value))?;
    line.push(b'\n');
    if u64::try_from(line.len()).is_ok_and(|length| length <= LINE_BYTES) {
        out.write_all(&line).map_err(Error::Write)
    } else {
        Err(Error::TooLong { limit: LINE_BYTES })
    }
}

/// Reads values, one per line, to the end or the first error.
pub(super) fn read<T: Form, R: Read>(text: R) -> Values<R, T> {
    Values {
        text: BufReader::with_capacity(64 * 1024, text),
        line: 0,
        buffer: Vec::new(),
        over: false,
        value: PhantomData,
    }
}

/// The values of a text, one per line.
pub(super) struct Values<R, T> {
    text: BufReader<R>,
    line: u64,
    buffer: Vec<u8>,
    over: bool,
    value: PhantomData<fn() -> T>,
}

impl<R: Read, T: Form> Values<R, T> {
    fn step(&mut self) -> Result<Option<T>, Error> {
        self.buffer.clear();
        self.line += 1;
        let mut bounded = self.text.by_ref().take(LINE_BYTES);
        bounded.read_until(b'\n', &mut self.buffer).map_err(Error::Read)?;
        if self.buffer.is_empty() {
            return Ok(None);
        }
        if bounded.limit() == 0 && !self.buffer.ends_with(b"\n") {
            return Err(Error::TooLong { limit: LINE_BYTES });
        }
        let value: Owned<T> =
            serde_json::from_slice(&self.buffer).map_err(|source| Error::Line { line: self.line, source })?;
        Ok(Some(value.0))
    }
}

impl<R: Read, T: Form> Iterator for Values<R, T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let step = self.step().transpose();
        self.over = !matches!(step, Some(Ok(_)));
        step
    }
}
