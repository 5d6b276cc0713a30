//! One run of a restitution: the order in which its tree is written, and what is found on the way.

use std::{
    collections::BTreeSet,
    io::{self, Read, Seek, Write},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
};

use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        error::Error,
        restitute::{
            Advance, OnAdvance, RestituteError,
            browse::{self, catalogue::Notice},
            sink::Sink,
        },
    },
    digest::{self, Hasher},
    domain::{archive::Counts, digest::Digest},
    record::restitution::{self, Holds, Restitution},
    store::Kept,
    vault::outside::standing_files,
};

/// Archives read from the catalog at once.
const ARCHIVES_AT_ONCE: u32 = 500;

/// Threads that copy, beyond one per processor: while some wait for the disk, others hash.
const MORE_THREADS: usize = 2;

/// The folders of what is written for single archives, several at a time.
const OWN: [&str; 2] = ["navigation/archives/", "descriptions/"];

/// A body that is hashed while it is read.
struct Hashed<'a> {
    source: &'a mut dyn Read,
    hasher: Hasher,
}

impl Read for Hashed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.hasher.update(buffer.get(..read).unwrap_or_default())?;
        Ok(read)
    }
}

/// One run of a restitution.
pub(super) struct Task<'a> {
    pub(super) archive: &'a Archive,
    pub(super) cut: Restitution,
    total: u64,
    on: &'a OnAdvance<'a>,
    n_archives: AtomicU64,
    n_bytes: AtomicU64,
    found: Mutex<Found>,
}

/// What was found on the way.
pub(super) struct Found {
    /// The list of the digests of files that were written one after the other.
    list: SpooledTempFile,
    pub(super) notices: Vec<Notice>,
    pub(super) counts: Counts,
    pub(super) records: u64,
    pub(super) entries: BTreeSet<String>,
    /// Files of single archives, and their digests: several are written at a time.
    own: Vec<(String, Digest)>,
}

impl<'a> Task<'a> {
    pub(super) fn new(archive: &'a Archive, cut: Restitution, total: u64, on: &'a OnAdvance<'a>) -> Self {
        let (n_archives, n_bytes) = (AtomicU64::new(0), AtomicU64::new(0));
        let found = Found {
            list: archive.work_file(),
            notices: Vec::new(),
            counts: Counts::default(),
            records: 0,
            entries: BTreeSet::new(),
            own: Vec::new(),
        };
        Self { archive, cut, total, on, n_archives, n_bytes, found: Mutex::new(found) }
    }

    /// Tells of an advance; whether to go on.
    pub(super) fn advance(&self, archives: u64, bytes: u64) -> bool {
        let done = |counter: &AtomicU64, more| counter.fetch_add(more, Ordering::Relaxed) + more;
        let (archives, bytes) = (done(&self.n_archives, archives), done(&self.n_bytes, bytes));
        (self.on)(Advance { archives, archives_total: self.total, bytes })
    }

    pub(super) fn found(&self) -> MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a file, and notes its digest.
    pub(super) fn put(&self, sink: &mut dyn Sink, path: &str, bytes: &[u8]) -> Result<(), RestituteError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        sink.put(path, bytes)?;
        self.list(path, || digest::sha512(bytes))?;
        if self.advance(0, length) { Ok(()) } else { Err(RestituteError::Stopped) }
    }

    /// Writes a file of `size` bytes, and notes its digest.
    pub(super) fn pour(
        &self,
        sink: &mut dyn Sink,
        path: &str,
        size: u64,
        source: &mut dyn Read,
    ) -> Result<(), RestituteError> {
        let mut source = Hashed { source, hasher: Hasher::new(&[])? };
        sink.pour(path, size, &mut source)?;
        let digest = source.hasher.finish()?.sha512();
        self.list(path, || digest)?;
        if self.advance(0, size) { Ok(()) } else { Err(RestituteError::Stopped) }
    }

    /// Notes a file: what it adds to the root, and its digest unless the log proves it. Objects do not come by here.
    fn list(&self, path: &str, digest: impl FnOnce() -> Digest) -> Result<(), Error> {
        let mut found = self.found();
        let entry = path.split_once('/').map_or_else(|| path.to_owned(), |(folder, _)| format!("{folder}/"));
        let is_proven = entry == "log/";
        found.entries.insert(entry);
        if is_proven {
            return Ok(());
        }
        if OWN.iter().any(|folder| path.starts_with(folder)) {
            found.own.push((path.to_owned(), digest()));
            return Ok(());
        }
        Ok(writeln!(found.list, "{}  {path}", digest())?)
    }

    /// Writes the list of digests, as `sha512sum` reads it; its own digest.
    fn digests(&self, sink: &mut dyn Sink) -> Result<Digest, RestituteError> {
        let mut found = self.found();
        let mut list = std::mem::replace(&mut found.list, self.archive.work_file());
        let mut own = std::mem::take(&mut found.own);
        found.entries.insert(restitution::DIGESTS.to_owned());
        drop(found);
        own.sort();
        for (path, digest) in own {
            writeln!(list, "{digest}  {path}")?;
        }
        let size = list.stream_position()?;
        list.rewind()?;
        let mut source = Hashed { source: &mut list, hasher: Hasher::new(&[])? };
        sink.pour(restitution::DIGESTS, size, &mut source)?;
        Ok(source.hasher.finish()?.sha512())
    }

    /// What stands in every restitution alike, and the kit.
    pub(super) fn roots(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        for (path, text) in standing_files() {
            self.put(sink, &path, text.as_bytes())?;
        }
        for (name, bytes) in self.archive.kit()? {
            self.put(sink, &format!("kit/{name}"), &bytes)?;
        }
        Ok(())
    }

    /// Every archive, one after the other.
    pub(super) fn archives(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        self.each_archive(&mut |kept| self.one_archive(&kept, sink))
    }

    /// Every archive, several at a time.
    pub(super) fn archives_with<S: Sink>(&self, sink: impl Fn() -> S + Sync) -> Result<(), RestituteError> {
        let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get) + MORE_THREADS;
        let (sender, receiver) = mpsc::sync_channel::<Kept>(threads);
        let (receiver, failed) = (Mutex::new(receiver), Mutex::new(None));
        let listed = thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut sink = sink();
                    loop {
                        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok(kept) = next else { break };
                        let fails = || failed.lock().unwrap_or_else(PoisonError::into_inner);
                        if fails().is_none()
                            && let Err(error) = self.one_archive(&kept, &mut sink)
                        {
                            fails().get_or_insert(error);
                        }
                    }
                });
            }
            // The first failure is the one that is told; the list ends with it.
            let has_failed = || failed.lock().unwrap_or_else(PoisonError::into_inner).is_some();
            let listed = self.each_archive(&mut |kept| {
                let goes_on = !has_failed() && sender.send(kept).is_ok();
                if goes_on { Ok(()) } else { Err(RestituteError::Stopped) }
            });
            drop(sender);
            listed
        });
        match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            Some(error) => Err(error),
            None => listed,
        }
    }

    /// The archives of the catalog, newest first.
    fn each_archive(&self, each: &mut dyn FnMut(Kept) -> Result<(), RestituteError>) -> Result<(), RestituteError> {
        self.archive.each_kept(&self.cut.tenant.id, ARCHIVES_AT_ONCE, each)
    }

    /// An archive's object, its pages, and its description as it stands when that is not the one that came.
    fn one_archive(&self, kept: &Kept, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        let Some(standing) = self.archive.standing_at(&self.cut, kept)? else { return Ok(()) };
        let extract = standing.extract(&self.archive.vault)?;
        sink.object(&extract)?;
        let notice = browse::archive(self, &standing, &extract, sink)?;
        if standing.is_changed() {
            self.description(kept, sink)?;
        }
        let mut found = self.found();
        let (counts, own) = (&mut found.counts, notice.counts);
        counts.units += own.units;
        counts.groups += own.groups;
        counts.objects += own.objects;
        counts.bytes += own.bytes;
        found.notices.push(notice);
        drop(found);
        if self.advance(1, 0) { Ok(()) } else { Err(RestituteError::Stopped) }
    }

    /// What is not of one archive.
    pub(super) fn rest(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        self.records(sink)?;
        self.papers(sink)?;
        self.journals(sink)?;
        self.referentials(sink)?;
        self.log(sink)?;
        browse::lists(self, sink)
    }

    /// The attestation; then what `restitution.json` says, and its bytes, which are to be written last.
    pub(super) fn end(&self, sink: &mut dyn Sink) -> Result<(Restitution, Vec<u8>), RestituteError> {
        let mut last = self.cut.clone();
        let digests = self.digests(sink)?;
        let found = self.found();
        let mut entries = found.entries.clone();
        entries.extend([restitution::ATTESTATION, restitution::FILE].map(str::to_owned));
        last.holds = Some(Holds {
            archives: u64::try_from(found.notices.len()).unwrap_or(u64::MAX),
            counts: found.counts,
            digests,
            records: found.records,
            entries: entries.into_iter().collect(),
        });
        drop(found);
        let bytes = last.to_json().map_err(Error::from)?;
        let paper = self.archive.attestation_of(&last, digest::sha512(&bytes))?;
        sink.put(restitution::ATTESTATION, &paper)?;
        Ok((last, bytes))
    }
}
