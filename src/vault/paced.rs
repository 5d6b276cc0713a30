//! Reading at a pace that another sets: what is read to be verified must not hold up what is deposited.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use rustix::fs::Advice;

use crate::digest::{self, Digests};

/// Files read one after the other at a pace.
pub(super) struct Paced<'a> {
    /// Told of every piece; answers whether to go on.
    pace: &'a mut dyn FnMut(u64) -> bool,
    stopped: bool,
    /// Whether what the system still has of a file in memory is passed over, before and after.
    from_disk: bool,
}

impl<'a> Paced<'a> {
    /// Reads wherever the system has the bytes.
    pub(super) fn unhurried(pace: &'a mut dyn FnMut(u64) -> bool) -> Self {
        Self { pace, stopped: false, from_disk: false }
    }

    /// Reads from the disk, and leaves in memory what others read there.
    pub(super) fn from_disk(pace: &'a mut dyn FnMut(u64) -> bool) -> Self {
        Self { from_disk: true, ..Self::unhurried(pace) }
    }

    /// Whether it was told to stop: what was read since says nothing.
    pub(super) const fn has_stopped(&self) -> bool {
        self.stopped
    }

    /// The digest of a file.
    pub(super) fn digests(&mut self, path: &Path) -> io::Result<Digests> {
        let file = File::open(path)?;
        self.pass_over_memory(&file);
        let digests = digest::of(&mut Pieces { file: &file, paced: self }, &[]);
        self.pass_over_memory(&file);
        digests
    }

    fn pass_over_memory(&self, file: &File) {
        if self.from_disk {
            // It is an advice: a file system that does not take it is read all the same.
            let _ = rustix::fs::fadvise(file, 0, None, Advice::DontNeed);
        }
    }
}

struct Pieces<'p, 'a> {
    file: &'p File,
    paced: &'p mut Paced<'a>,
}

impl Read for Pieces<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.paced.stopped {
            return Err(io::Error::other("the reading was stopped"));
        }
        let read = self.file.read(buffer)?;
        if read > 0 && !(self.paced.pace)(u64::try_from(read).unwrap_or(u64::MAX)) {
            self.paced.stopped = true;
        }
        Ok(read)
    }
}
