//! The writer: gathers the acts that are ready and makes them durable as one group commit.
//!
//! What an act means is not known here. The order is the invariant: objects durable and in place under an intent; lines
//! sealed and rows written in one transaction; lines appended to every volume and synced; the log published over them
//! under a checkpoint; transaction committed; intents forgotten; everybody answered.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread::JoinHandle,
};

use chrono::NaiveDate;

use crate::{
    archive::{error::Error, log::Log, replay},
    domain::{clock::Clock, id::TransferId, journal::Line, tenant::TenantId},
    record,
    store::{Pen, Store},
    vault::{Vault, layout::OcflId, papers::Papers, reception::Spooled, segments::Segment, staging::Staged},
};

/// What an act writes to the catalog: rows, and lines sealed into the list. `false` when it found that it must not
/// stand (another came first); it has then written nothing.
pub type Work = Box<dyn FnOnce(&mut Pen<'_>, &mut Vec<Line>) -> Result<bool, Error> + Send>;

/// Something that must become durable as a whole.
pub struct Act {
    /// Objects and versions, written and not yet synced.
    pub objects: Vec<Staged>,
    /// Papers of transfers.
    pub papers: Vec<TransferPapers>,
    /// Packages received and not yet synced.
    pub spooled: Vec<Spooled>,
    /// What it writes to the catalog.
    pub work: Work,
}

impl Act {
    /// An act that writes rows and lines only.
    pub fn telling(work: impl FnOnce(&mut Pen<'_>, &mut Vec<Line>) -> Result<bool, Error> + Send + 'static) -> Self {
        Self { objects: Vec::new(), papers: Vec::new(), spooled: Vec::new(), work: Box::new(work) }
    }
}

/// The papers of one transfer: plain file names and contents.
pub struct TransferPapers {
    /// The tenant.
    pub tenant: TenantId,
    /// The day, in UTC, of its reception.
    pub day: NaiveDate,
    /// The transfer.
    pub transfer: TransferId,
    /// Plain names, as `reply.xml`, and contents.
    pub files: Vec<(&'static str, Vec<u8>)>,
}

/// Whether the act stands.
pub type Answer = Result<bool, Error>;

/// Who is told whether an act stands.
type Caller = Box<dyn FnOnce(Answer) + Send>;

/// Hands acts to the one thread that commits.
pub struct Writer {
    acts: Option<Sender<(Act, Caller)>>,
    thread: Option<JoinHandle<()>>,
    stopped: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the thread, which alone extends the log.
    pub fn start(
        store: Arc<Store>,
        vault: Arc<Vault>,
        log: Log,
        clock: Arc<dyn Clock>,
        acts_per_commit: usize,
    ) -> Result<Self, Error> {
        let (acts, received) = mpsc::channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let mut committer = Committer { store, vault, log, clock, acts_per_commit, stopped: stopped.clone() };
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || committer.run(&received))?;
        Ok(Self { acts: Some(acts), thread: Some(thread), stopped })
    }

    /// Makes an act durable; returns once it is, or once it is known not to be. `false` when it must not stand.
    pub fn commit(&self, act: Act) -> Answer {
        let (caller, answer) = waiting();
        self.commit_then(act, caller)?;
        answer.recv().map_err(|_| Error::Stopped)?
    }

    /// Hands an act over and returns at once; `caller` is told in the writer's thread how it ended.
    pub fn commit_then(&self, act: Act, caller: Caller) -> Result<(), Error> {
        let acts = self.acts.as_ref().ok_or(Error::Stopped)?;
        acts.send((act, caller)).map_err(|_| Error::Stopped)
    }

    /// Makes acts durable, as far as may be in one group; each one's answer, in their order.
    pub fn commit_all(&self, acts: Vec<Act>) -> Vec<Answer> {
        let Some(to) = &self.acts else { return acts.iter().map(|_| Err(Error::Stopped)).collect() };
        let send = |act| {
            let (caller, answer) = waiting();
            to.send((act, caller)).map(|()| answer)
        };
        let waiting: Vec<_> = acts.into_iter().map(send).collect();
        let answer = |waiting: Result<Receiver<Answer>, _>| waiting.ok().and_then(|answer| answer.recv().ok());
        waiting.into_iter().map(|waiting| answer(waiting).unwrap_or(Err(Error::Stopped))).collect()
    }

    /// Waits until whatever was handed in before is durable, or known not to be.
    pub fn flush(&self) -> Result<(), Error> {
        self.commit(Act::telling(|_, _| Ok(false))).map(|_| ())
    }

    /// Whether nothing is written any more until a restart.
    pub fn has_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.acts = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has already told its callers by closing their channels.
            let _ = thread.join();
        }
    }
}

struct Committer {
    store: Arc<Store>,
    vault: Arc<Vault>,
    log: Log,
    clock: Arc<dyn Clock>,
    acts_per_commit: usize,
    stopped: Arc<AtomicBool>,
}

impl Committer {
    fn run(&mut self, acts: &Receiver<(Act, Caller)>) {
        while let Ok(first) = acts.recv() {
            let mut group = vec![first];
            while group.len() < self.acts_per_commit {
                let Ok(next) = acts.try_recv() else { break };
                group.push(next);
            }
            let (acts, callers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
            match self.commit(acts) {
                Ok(stand) => stand.into_iter().zip(callers).for_each(|(stands, caller)| caller(Ok(stands))),
                Err(error) => {
                    let shared = Arc::new(error);
                    for caller in callers {
                        caller(Err(Error::NotCommitted(shared.clone())));
                    }
                }
            }
        }
    }

    /// Commits a group; which of its acts stand.
    fn commit(&mut self, acts: Vec<Act>) -> Result<Vec<bool>, Error> {
        if self.stopped.load(Ordering::Acquire) {
            return Err(Error::Stopped);
        }
        let group = Group::of(acts);
        self.vault.make_durable(&group.spooled, &[])?;
        let papers: Vec<Papers<'_>> = group.papers.iter().map(TransferPapers::borrowed).collect();
        let published = self.vault.publish(group.objects, &papers)?;
        let (works, appended, mut worked) = (group.works, Cell::new(Appended::No), Vec::new());
        let (vault, log, now) = (&self.vault, &mut self.log, self.clock.now());
        let written = self.store.write(|pen| -> Result<(), Error> {
            replay::overtake(pen, vault)?;
            let mut lines = Vec::new();
            worked = works.into_iter().map(|work| work.done(pen, &mut lines)).collect::<Result<Vec<_>, _>>()?;
            appended.set(Appended::Maybe);
            vault.append(&segments(&lines)?)?;
            appended.set(Appended::Yes);
            log.extend(pen, &lines, now)
        });
        let left = || worked.iter().filter(|worked| !worked.stands).flat_map(|worked| worked.objects.clone()).collect();
        match (written, appended.get()) {
            (Ok(()), _) => {
                let left: Vec<OcflId> = left();
                self.vault.settle_but(published, &left)?;
                Ok(worked.into_iter().map(|worked| worked.stands).collect())
            }
            (Err(error), Appended::No) => {
                self.vault.withdraw(published)?;
                Err(error)
            }
            (Err(error), Appended::Maybe) => Err(self.stop(&error)),
            (Err(error), Appended::Yes) => {
                tracing::error!(%error, "a commit failed after its lines were appended; rolling forward");
                let left: Vec<OcflId> = left();
                if let Err(again) = self.forward() {
                    return Err(self.stop(&again));
                }
                // Its acts stand, as their lines say; nobody is told so before a checkpoint covers them.
                self.vault.settle_but(published, &left)?;
                Err(error)
            }
        }
    }

    /// Brings the catalog and the log up to the open days. A log that cannot be written now (a full disk) is brought up
    /// by the next commit, before anybody is answered.
    fn forward(&mut self) -> Result<(), Error> {
        replay::roll_forward(&self.store, &self.vault)?;
        match self.log.raise(&self.store, self.clock.now()) {
            Err(Error::Vault(error)) => {
                tracing::error!(%error, "the log is behind the journals until it can be written");
                Ok(())
            }
            other => other,
        }
    }

    /// Refuses every further act: what stands on the volumes is not known until a restart looks.
    fn stop(&self, error: &Error) -> Error {
        tracing::error!(%error, "writing stops until a restart");
        self.stopped.store(true, Ordering::Release);
        Error::Stopped
    }
}

/// The parts of several acts, by what is done with them.
#[derive(Default)]
struct Group {
    objects: Vec<Staged>,
    papers: Vec<TransferPapers>,
    spooled: Vec<Spooled>,
    works: Vec<ToWork>,
}

struct ToWork {
    objects: Vec<OcflId>,
    work: Work,
}

struct Worked {
    objects: Vec<OcflId>,
    stands: bool,
}

impl Group {
    fn of(acts: Vec<Act>) -> Self {
        let mut group = Self::default();
        for act in acts {
            group.works.push(ToWork {
                objects: act.objects.iter().map(|staged| staged.object.clone()).collect(),
                work: act.work,
            });
            group.objects.extend(act.objects);
            group.papers.extend(act.papers);
            group.spooled.extend(act.spooled);
        }
        group
    }
}

impl ToWork {
    fn done(self, pen: &mut Pen<'_>, lines: &mut Vec<Line>) -> Result<Worked, Error> {
        Ok(Worked { objects: self.objects, stands: (self.work)(pen, lines)? })
    }
}

impl TransferPapers {
    fn borrowed(&self) -> Papers<'_> {
        let files = self.files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        Papers { tenant: self.tenant.clone(), day: self.day, transfer: self.transfer, files }
    }
}

/// Whether the group's lines stand in the segments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Appended {
    No,
    Maybe,
    Yes,
}

/// Lines by the day they belong to, in the log's order.
pub(super) fn segments(lines: &[Line]) -> Result<Vec<Segment>, Error> {
    let mut days: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
    for line in lines {
        days.entry(line.at.day()).or_default().push(record::line::to_json(line)?);
    }
    Ok(days.into_iter().map(|(day, lines)| Segment { day, lines }).collect())
}

/// A caller that waits for its answer. One that went away needs none.
fn waiting() -> (Caller, Receiver<Answer>) {
    let (done, answer) = mpsc::channel();
    (Box::new(move |stands| _ = done.send(stands)), answer)
}
