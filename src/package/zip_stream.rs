//! Writing ZIP: entries streamed to a writer that cannot seek, for deliveries and restitutions.
//!
//! The same entries give the same bytes: no time is written but the ZIP format's zero, 1980-01-01.

use std::{
    io::{self, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use zip::{
    CompressionMethod, ZipWriter,
    result::ZipError,
    write::{SimpleFileOptions, StreamWriter},
};

use crate::package::Error;

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
        let open = Arc::new(AtomicBool::new(true));
        let spout = Spout { out, open: Arc::clone(&open) };
        Self { tap: Tap(open), zip: ZipWriter::new_stream(spout) }
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
        let mut body = Told { body, failed: false };
        io::copy(&mut body, &mut self.zip)
            .map_err(|error| if body.failed { Error::Content(error) } else { Error::Write(error) })
    }

    /// Writes the central directory and gives the writer back.
    pub fn finish(self) -> Result<W, Error> {
        let spout = self.zip.finish().map_err(|error| refused("", error))?.into_inner();
        drop(self.tap);
        Ok(spout.out)
    }
}

fn refused(name: &str, error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => Error::Write(error),
        other => Error::Entry { name: name.to_owned(), reason: other.to_string() },
    }
}

/// Shuts the spout when it is dropped: before the ZIP writer, whose own drop would write a central directory.
struct Tap(Arc<AtomicBool>);

impl Drop for Tap {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// The writer, until the tap is shut; what comes after is swallowed.
struct Spout<W> {
    out: W,
    open: Arc<AtomicBool>,
}

impl<W: Write> Write for Spout<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.open.load(Ordering::Relaxed) { self.out.write(bytes) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.open.load(Ordering::Relaxed) { self.out.flush() } else { Ok(()) }
    }
}

/// A body that remembers whether it was the one that failed.
struct Told<'b> {
    body: &'b mut dyn Read,
    failed: bool,
}

impl Read for Told<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.body.read(out);
        self.failed |= read.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        read
    }
}
