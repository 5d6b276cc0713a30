//! Writing tar: entries streamed to a writer that cannot seek, for restitutions.
//!
//! The same entries give the same bytes: no time is written but zero. Names longer than a header's field, and sizes
//! beyond 8 GiB, are written as GNU tar does.

use std::io::{Read, Write};

use tar::{Builder, Header};

use crate::package::{
    Error,
    spout::{Spout, Tap, Told},
};

/// A tar being written. Dropped before [`TarStream::finish`] it writes no end, so that what broke off can be told from a
/// whole one.
pub struct TarStream<W: Write> {
    tap: Tap,
    tar: Builder<Spout<W>>,
}

impl<W: Write> TarStream<W> {
    /// Begins a tar.
    pub fn new(out: W) -> Self {
        let (spout, tap) = Spout::new(out);
        Self { tap, tar: Builder::new(spout) }
    }

    /// Adds a file of exactly `size` bytes under a UTF-8 name whose steps are separated by `/`. After an error the tar is
    /// to be dropped.
    ///
    /// # Errors
    /// `body` cannot be read or is shorter than announced; the tar cannot be written.
    pub fn add(&mut self, name: &str, size: u64, body: &mut dyn Read) -> Result<(), Error> {
        let mut header = Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o644);
        header.set_mtime(0);
        let mut body = Told::new(body);
        let written = self.tar.append_data(&mut header, name, (&mut body).take(size));
        match written {
            Err(error) if body.failed => Err(Error::Content(error)),
            Err(error) => Err(Error::Write(error)),
            Ok(()) if body.read < size => {
                Err(Error::Entry { name: name.to_owned(), reason: "it is shorter than announced".to_owned() })
            }
            // Whoever verifies at the end of a body is asked for that end.
            Ok(()) => match body.read(&mut [0]) {
                Ok(0) => Ok(()),
                Ok(_) => Err(Error::Entry { name: name.to_owned(), reason: "it is longer than announced".to_owned() }),
                Err(error) => Err(Error::Content(error)),
            },
        }
    }

    /// Writes the end and gives the writer back.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> Result<W, Error> {
        let spout = self.tar.into_inner().map_err(Error::Write)?;
        drop(self.tap);
        Ok(spout.into_inner())
    }
}
