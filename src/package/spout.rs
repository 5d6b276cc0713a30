//! The end of a stream that no writer's own drop can put there: what broke off never passes for whole.

use std::{
    io::{self, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// Shuts the spout when it is dropped: before the writer of the container, whose own drop would write an end.
pub(super) struct Tap(Arc<AtomicBool>);

impl Drop for Tap {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// The writer, until the tap is shut; what comes after is swallowed.
pub(super) struct Spout<W> {
    out: W,
    open: Arc<AtomicBool>,
}

impl<W> Spout<W> {
    /// A spout, and the tap that shuts it.
    pub(super) fn new(out: W) -> (Self, Tap) {
        let open = Arc::new(AtomicBool::new(true));
        (Self { out, open: Arc::clone(&open) }, Tap(open))
    }

    pub(super) fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write> Write for Spout<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.open.load(Ordering::Relaxed) { self.out.write(bytes) } else { Ok(bytes.len()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.open.load(Ordering::Relaxed) { self.out.flush() } else { Ok(()) }
    }
}

/// A body that remembers how much of it was read, and whether it was the one that failed.
pub(super) struct Told<'b> {
    pub(super) body: &'b mut dyn Read,
    pub(super) read: u64,
    pub(super) failed: bool,
}

impl<'b> Told<'b> {
    pub(super) fn new(body: &'b mut dyn Read) -> Self {
        Self { body, read: 0, failed: false }
    }
}

impl Read for Told<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.body.read(out);
        self.failed |= read.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        self.read += read.as_ref().map_or(0, |read| u64::try_from(*read).unwrap_or(u64::MAX));
        read
    }
}
