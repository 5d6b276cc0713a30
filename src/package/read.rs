//! Reading a package: the manifest as often as needed, everything else in one pass. The bytes go by; none are kept.

use std::{
    io::{self, Read},
    ops::ControlFlow,
};

use crate::package::{
    Error,
    fault::{Carried, Fault, FaultKind, judge},
    folder,
    listing::Entry,
    open::{Held, Package},
    untar, unzip,
};

/// A walk that did not go to its end.
#[derive(Debug, thiserror::Error)]
pub enum WalkError<E> {
    /// The house could not read on.
    #[error(transparent)]
    Package(#[from] Error),
    /// The visitor wanted no more.
    #[error("the walk was stopped by its visitor")]
    Visitor(E),
}

impl Package {
    /// Gives the manifest to be read, and the reader's answer back; the faults instead of it when there is no manifest
    /// or its bytes turned out to be bad, for then the answer means nothing. Checksums are only proved by a reader that
    /// goes to the end. In a compressed tar every call unpacks all that stands before the manifest.
    pub fn with_manifest<T>(&self, read: impl FnOnce(&mut dyn Read) -> T) -> Result<Result<T, Vec<Fault>>, Error> {
        let Some(manifest) = self.manifest_entry() else {
            return Ok(Err(vec![Fault { kind: FaultKind::ManifestMissing, name: None }]));
        };
        let mut left = self.limits.manifest_bytes;
        let over = FaultKind::TooLarge { limit: left };
        let (mut read, mut answer, mut trouble) = (Some(read), None, None);
        let mut faults = self.pass(&mut std::iter::once(manifest), &mut |_, body| {
            let mut guard = Guard { body, left: &mut left, over: &over, trouble: None };
            answer = read.take().map(|read| read(&mut guard));
            trouble = guard.trouble;
            ControlFlow::Break(())
        })?;
        if let Some(error) = trouble {
            faults.push(Fault { kind: judge(error)?, name: Some(manifest.name.clone()) });
        }
        Ok(answer.filter(|_| faults.is_empty()).ok_or(faults))
    }

    /// Visits every entry but the manifest, in the container's order, in one pass, and tells what turned out to be wrong
    /// while reading. What the visitor answers about an entry whose bytes are bad is dropped in favour of the fault, so a
    /// visitor may pass the error of its reader on; the walk then goes on where it can (ZIP, folder). A visitor that
    /// does not read an entry to its end forgoes its checksum.
    pub fn walk<E>(
        &self,
        visit: &mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), E>,
    ) -> Result<Vec<Fault>, WalkError<E>> {
        let mut left = self.limits.unpacked_bytes;
        let over = FaultKind::TooLarge { limit: left };
        let can_go_on = !matches!(self.held, Held::Tar(..));
        let mut found = Vec::new();
        let mut end = None;
        let manifest = self.manifest_entry().map(|entry| entry.position);
        let mut picks = self.entries().iter().filter(|entry| Some(entry.position) != manifest);
        let mut faults = self.pass(&mut picks, &mut |entry, body| {
            let mut guard = Guard { body, left: &mut left, over: &over, trouble: None };
            let answer = visit(entry, &mut guard);
            match (guard.trouble.map(judge), answer) {
                (Some(Ok(kind)), _) => {
                    let goes_on = can_go_on && kind != over;
                    found.push(Fault { kind, name: Some(entry.name.clone()) });
                    if goes_on { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
                }
                (Some(Err(error)), _) => {
                    end = Some(WalkError::Package(error));
                    ControlFlow::Break(())
                }
                (None, Err(error)) => {
                    end = Some(WalkError::Visitor(error));
                    ControlFlow::Break(())
                }
                (None, Ok(())) => ControlFlow::Continue(()),
            }
        })?;
        if let Some(end) = end {
            return Err(end);
        }
        found.append(&mut faults);
        Ok(found)
    }

    fn pass<'p>(
        &self,
        picks: &mut dyn Iterator<Item = &'p Entry>,
        each: &mut dyn FnMut(&Entry, &mut dyn Read) -> ControlFlow<()>,
    ) -> Result<Vec<Fault>, Error> {
        match &self.held {
            Held::Zip(file) => unzip::pass(file, picks, each),
            Held::Tar(file, packing) => untar::pass((file, *packing), &self.limits, picks, each),
            Held::Folder(folder) => folder::pass(folder, picks, each),
        }
    }
}

/// What a visitor reads through: it counts against a limit, and remembers the first error so that whose failure it was
/// can be told apart from what the visitor made of it.
struct Guard<'g> {
    body: &'g mut dyn Read,
    left: &'g mut u64,
    over: &'g FaultKind,
    trouble: Option<io::Error>,
}

impl Read for Guard<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if let Some(trouble) = &self.trouble {
            return Err(io::Error::new(trouble.kind(), trouble.to_string()));
        }
        match self.read_within(out) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                let told = io::Error::new(error.kind(), error.to_string());
                self.trouble = Some(error);
                Err(told)
            }
            answer => answer,
        }
    }
}

impl Guard<'_> {
    fn read_within(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if *self.left == 0 && !out.is_empty() {
            let is_at_end = self.body.read(&mut [0])? == 0;
            return if is_at_end { Ok(0) } else { Err(Carried::error(self.over.clone())) };
        }
        let read = self.body.take(*self.left).read(out)?;
        *self.left = self.left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}
