//! Restitution: everything that a tenant confided, given back at once, as a folder or as a ZIP or tar stream, browsable
//! and verifiable without us. It is a copy: nothing leaves.
//!
//! A restitution is taken at a checkpoint of the log (`cut`): what came later is not in it, however long it takes.

mod attestation;
mod browse;
mod cut;
mod error;
mod journals;
mod log;
mod objects;
mod papers;
mod sink;

pub use error::RestituteError;

use std::{
    collections::BTreeSet,
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
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
            browse::catalogue::Notice,
            cut::Asked,
            sink::{Folder, Packer, Sink},
        },
    },
    digest::{self, Hasher},
    domain::{
        archive::Counts,
        digest::Digest,
        mandate::{Administer, Mandate},
    },
    record::restitution::{self, Holds, Restitution},
    store::Kept,
    vault::outside::{Outside, Stage, standing_files},
};

/// Archives read from the catalog at once.
const ARCHIVES_AT_ONCE: u32 = 500;

/// Threads that copy, beyond one per processor: while some wait for the disk, others hash.
const MORE_THREADS: usize = 2;

/// The folders of what is written for single archives, several at a time.
const OWN: [&str; 2] = ["navigation/archives/", "descriptions/"];

/// Where a restitution goes.
pub enum Destination<'a> {
    /// A folder, empty or begun by an earlier run.
    Folder(PathBuf),
    /// A ZIP, stored, written as it comes.
    Zip(&'a mut (dyn Write + Send)),
    /// A tar, written as it comes.
    Tar(&'a mut (dyn Write + Send)),
}

/// How far a restitution is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Advance {
    /// Archives given back so far.
    pub archives: u64,
    /// Archives that the tenant holds.
    pub archives_total: u64,
    /// Bytes given back, or found whole, so far.
    pub bytes: u64,
}

/// Told of every advance; answers whether to go on.
pub type OnAdvance<'a> = dyn Fn(Advance) -> bool + Sync + 'a;

/// What was given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restituted {
    /// What `restitution.json` says.
    pub restitution: Restitution,
    /// The SHA-512 of that file.
    pub digest: Digest,
    /// Whether an earlier run had begun it.
    pub resumed: bool,
    /// Whether an earlier run had ended it: nothing was done.
    pub already: bool,
    /// Why no authority gave a time-stamp, authority by authority, in French; empty when one did.
    pub untimed: Vec<String>,
}

impl Archive {
    /// Gives back everything that the mandate's tenant holds. Whoever administers the tenant may, and nobody can forbid it.
    /// `on` is told of every advance, and may stop: a folder then goes on when it is called again.
    ///
    /// # Errors
    /// The destination is not fit, or too small; a content is whole on no volume; something was destroyed meanwhile.
    pub fn restitute(
        &self,
        by: &Mandate<Administer>,
        out: Destination<'_>,
        on: &OnAdvance<'_>,
    ) -> Result<Restituted, RestituteError> {
        match out {
            Destination::Folder(path) => self.to_folder(by, &path, on),
            Destination::Zip(out) => self.to_stream(by, "zip", Packer::zip(out), on),
            Destination::Tar(out) => self.to_stream(by, "tar", Packer::tar(out), on),
        }
    }

    fn to_folder(
        &self,
        by: &Mandate<Administer>,
        path: &Path,
        on: &OnAdvance<'_>,
    ) -> Result<Restituted, RestituteError> {
        let (mut outside, found) = Outside::open(path, restitution::FILE)?;
        let held = self.held_by(by.tenant())?;
        let (cut, resumed, untimed) = match found {
            Stage::Whole(bytes) => {
                let already = self.already(by, &bytes, path)?;
                outside.tidy()?;
                return Ok(already);
            }
            Stage::Begun(noted) => {
                outside.take_up()?;
                (self.known_cut(by.tenant(), &noted, path)?, true, Vec::new())
            }
            Stage::Fresh => {
                let needed = held.room();
                let free = outside.room()?;
                if free < needed {
                    return Err(RestituteError::NoRoom { needed, free });
                }
                outside.take_up()?;
                let (cut, untimed) = self.cut(&Asked { by, form: "folder", held })?;
                outside.begin(&cut.to_json().map_err(Error::from)?)?;
                (cut, false, untimed)
            }
        };
        let task = Task::new(self, cut, held.archives, on);
        let copied = |bytes| task.advance(0, bytes);
        let mut folder = Folder { outside: &outside, on: &copied };
        task.roots(&mut folder)?;
        task.archives_with(|| Folder { outside: &outside, on: &copied })?;
        task.rest(&mut folder)?;
        let (last, bytes) = task.end(&mut folder)?;
        outside.finish(restitution::FILE, &bytes)?;
        Ok(Restituted { restitution: last, digest: digest::sha512(&bytes), resumed, already: false, untimed })
    }

    fn to_stream(
        &self,
        by: &Mandate<Administer>,
        form: &'static str,
        mut packer: Packer<'_>,
        on: &OnAdvance<'_>,
    ) -> Result<Restituted, RestituteError> {
        let held = self.held_by(by.tenant())?;
        let (cut, untimed) = self.cut(&Asked { by, form, held })?;
        let task = Task::new(self, cut, held.archives, on);
        task.roots(&mut packer)?;
        task.archives(&mut packer)?;
        task.rest(&mut packer)?;
        let (last, bytes) = task.end(&mut packer)?;
        packer.put(restitution::FILE, &bytes)?;
        packer.finish()?;
        Ok(Restituted { restitution: last, digest: digest::sha512(&bytes), resumed: false, already: false, untimed })
    }

    /// A folder that is whole already.
    fn already(&self, by: &Mandate<Administer>, bytes: &[u8], path: &Path) -> Result<Restituted, RestituteError> {
        let known = self.known_cut(by.tenant(), bytes, path)?;
        let (digest, untimed) = (digest::sha512(bytes), Vec::new());
        Ok(Restituted { restitution: known, digest, resumed: false, already: true, untimed })
    }
}

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
struct Task<'a> {
    archive: &'a Archive,
    cut: Restitution,
    total: u64,
    on: &'a OnAdvance<'a>,
    n_archives: AtomicU64,
    n_bytes: AtomicU64,
    found: Mutex<Found>,
}

/// What was found on the way.
struct Found {
    /// The list of the digests of files that were written one after the other.
    list: SpooledTempFile,
    notices: Vec<Notice>,
    counts: Counts,
    records: u64,
    entries: BTreeSet<String>,
    /// Files of single archives, and their digests: several are written at a time.
    own: Vec<(String, Digest)>,
}

impl<'a> Task<'a> {
    fn new(archive: &'a Archive, cut: Restitution, total: u64, on: &'a OnAdvance<'a>) -> Self {
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
    fn advance(&self, archives: u64, bytes: u64) -> bool {
        let done = |counter: &AtomicU64, more| counter.fetch_add(more, Ordering::Relaxed) + more;
        let (archives, bytes) = (done(&self.n_archives, archives), done(&self.n_bytes, bytes));
        (self.on)(Advance { archives, archives_total: self.total, bytes })
    }

    fn found(&self) -> std::sync::MutexGuard<'_, Found> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a file, and notes its digest.
    fn put(&self, sink: &mut dyn Sink, path: &str, bytes: &[u8]) -> Result<(), RestituteError> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        sink.put(path, bytes)?;
        self.list(path, || digest::sha512(bytes))?;
        if self.advance(0, length) { Ok(()) } else { Err(RestituteError::Stopped) }
    }

    /// Writes a file of `size` bytes, and notes its digest.
    fn pour(&self, sink: &mut dyn Sink, path: &str, size: u64, source: &mut dyn Read) -> Result<(), RestituteError> {
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
    fn roots(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        for (path, text) in standing_files() {
            self.put(sink, &path, text.as_bytes())?;
        }
        for (name, bytes) in self.archive.kit()? {
            self.put(sink, &format!("kit/{name}"), &bytes)?;
        }
        Ok(())
    }

    /// Every archive, one after the other.
    fn archives(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        self.each_archive(&mut |kept| self.one_archive(&kept, sink))
    }

    /// Every archive, several at a time.
    fn archives_with<S: Sink>(&self, sink: impl Fn() -> S + Sync) -> Result<(), RestituteError> {
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
    fn rest(&self, sink: &mut dyn Sink) -> Result<(), RestituteError> {
        self.records(sink)?;
        self.papers(sink)?;
        self.journals(sink)?;
        self.referentials(sink)?;
        self.log(sink)?;
        browse::lists(self, sink)
    }

    /// The attestation; then what `restitution.json` says, and its bytes, which are to be written last.
    fn end(&self, sink: &mut dyn Sink) -> Result<(Restitution, Vec<u8>), RestituteError> {
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
