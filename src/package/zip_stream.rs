//! Writing ZIP: entries streamed to a writer that cannot seek, for deliveries and restitutions.
//!
//! The same entries give the same bytes: no time is written but the ZIP format's zero, 1980-01-01.

use std::io::{self, Read, Write};

use zip::{
    CompressionMethod, ZipWriter,
    result::ZipError,
    write::{SimpleFileOptions, StreamWriter},
};

use crate::package::{
    Error,
    spout::{Spout, Tap, Told},
};

/// From this size on, in bytes, an entry is written as ZIP64 (APPNOTE 4.3.9.2); somewhat below 4 GiB, because what does
/// not compress grows a little.
const ZIP64_FROM_BYTES: u64 = 0xFF00_0000;

/// How an entry is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packed {
    /// As it is: for what is compressed already.
    Stored,
    /// Deflated.
    Deflated,
}

/// A ZIP being written. Dropped before [`ZipStream::finish`] it writes no central directory, so that a delivery that
/// broke off can never pass for a whole one.
pub struct ZipStream<W: Write> {
    tap: Tap,
    zip: ZipWriter<StreamWriter<Spout<W>>>,
}

impl<W: Write> ZipStream<W> {
    /// Begins a ZIP.
    pub fn new(out: W) -> Self {
        let (spout, tap) = Spout::new(out);
        Self { tap, zip: ZipWriter::new_stream(spout) }
    }

    /// Adds a file of `size` bytes under a UTF-8 name whose steps are separated by `/`; answers the bytes written. The
    /// size decides between ZIP and ZIP64, and a body of more than 4 GiB that was announced smaller is refused. After
    /// an error the ZIP is to be dropped.
    pub fn add(&mut self, name: &str, size: u64, packed: Packed, body: &mut dyn Read) -> Result<u64, Error> {
        let method = match packed {
            Packed::Stored => CompressionMethod::Stored,
            Packed::Deflated => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::DEFAULT
            .compression_method(method)
            .large_file(size >= ZIP64_FROM_BYTES)
            .unix_permissions(0o644);
        self.zip.start_file(name, options).map_err(|error| refused(name, error))?;
        let mut body = Told::new(body);
        io::copy(&mut body, &mut self.zip)
            .map_err(|error| if body.failed { Error::Content(error) } else { Error::Write(error) })
    }

    /// Writes the central directory and gives the writer back.
    pub fn finish(self) -> Result<W, Error> {
        let spout = self.zip.finish().map_err(|error| refused("", error))?.into_inner();
        drop(self.tap);
        Ok(spout.into_inner())
    }
}

fn refused(name: &str, error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => Error::Write(error),
        other => Error::Entry { name: name.to_owned(), reason: other.to_string() },
    }
}
