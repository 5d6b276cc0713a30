//! The writer: gathers the acts that are ready and makes them durable as one group commit.
//!
//! What an act means is not known here. The order is the invariant: objects durable and in place under an intent; lines
//! sealed and rows written in one transaction; lines appended to every volume and synced; transaction committed; intents
//! forgotten; everybody answered.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread::JoinHandle,
};

use chrono::NaiveDate;

use crate::{
    archive::error::Error,
    domain::journal::{JournalId, Line},
    record,
    store::{self, Pen, Store},
    vault::{Draft, Segment, Vault},
};

/// What one act writes to the catalog: rows and sealed lines. It may be called again, when a neighbour in the group
/// had to be left out.
pub type Work = Box<dyn FnMut(&mut Pen<'_>) -> Result<(), store::Error> + Send>;

/// Something that must become durable as a whole.
pub struct Act {
    /// Objects, versions, papers and packages, written and not yet synced.
    pub drafts: Vec<Draft>,
    /// The journals that `work` writes in.
    pub journals: Vec<JournalId>,
    /// What it writes to the catalog.
    pub work: Work,
}

/// Hands acts to the one thread that commits.
pub struct Writer {
    acts: Option<Sender<(Act, Sender<Result<(), Error>>)>>,
    thread: Option<JoinHandle<()>>,
    stopped: Arc<AtomicBool>,
}

impl Writer {
    /// Starts the thread. `forward` brings the catalog up to the segments when a commit's outcome is not known.
    pub fn start(
        store: Arc<Store>,
        vault: Arc<Vault>,
        acts_per_commit: usize,
        forward: impl Fn() -> Result<(), Error> + Send + 'static,
    ) -> Result<Self, Error> {
        let (acts, received) = mpsc::channel();
        let stopped = Arc::new(AtomicBool::new(false));
        let committer = Committer { store, vault, acts_per_commit, forward: Box::new(forward), stopped: stopped.clone() };
        let thread = std::thread::Builder::new().name("writer".to_owned()).spawn(move || committer.run(&received))?;
        Ok(Self { acts: Some(acts), thread: Some(thread), stopped })
    }

    /// Makes an act durable; returns once it is, or once it is known not to be.
    pub fn commit(&self, act: Act) -> Result<(), Error> {
        let (done, answer) = mpsc::channel();
        let acts = self.acts.as_ref().ok_or(Error::Stopped)?;
        acts.send((act, done)).map_err(|_| Error::Stopped)?;
        answer.recv().map_err(|_| Error::Stopped)?
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

type Waiting = (Act, Sender<Result<(), Error>>);

struct Committer {
    store: Arc<Store>,
    vault: Arc<Vault>,
    acts_per_commit: usize,
    forward: Box<dyn Fn() -> Result<(), Error> + Send>,
    stopped: Arc<AtomicBool>,
}

impl Committer {
    fn run(&self, acts: &Receiver<Waiting>) {
        while let Ok(first) = acts.recv() {
            let mut group = vec![first];
            while group.len() < self.acts_per_commit {
                let Ok(next) = acts.try_recv() else { break };
                group.push(next);
            }
            self.settle(group);
        }
    }

    /// Commits a group and answers everybody. A group that one act spoils is committed act by act.
    fn settle(&self, group: Vec<Waiting>) {
        let (mut acts, answers): (Vec<Act>, Vec<_>) = group.into_iter().unzip();
        match self.commit(&mut acts) {
            Ok(()) => answers.iter().for_each(|waiting| tell(waiting, Ok(()))),
            Err(_) if acts.len() > 1 => {
                for (mut act, waiting) in acts.into_iter().zip(answers) {
                    tell(&waiting, self.commit(std::slice::from_mut(&mut act)));
                }
            }
            Err(error) => {
                if let Some(waiting) = answers.first() {
                    tell(waiting, Err(error));
                }
            }
        }
    }

    fn commit(&self, acts: &mut [Act]) -> Result<(), Error> {
        if self.stopped.load(Ordering::Acquire) {
            return Err(Error::Stopped);
        }
        let drafts: Vec<&Draft> = acts.iter().flat_map(|act| &act.drafts).collect();
        let published = self.vault.publish(&drafts)?;
        let journals: BTreeSet<JournalId> = acts.iter().flat_map(|act| act.journals.iter().cloned()).collect();
        let appended = Cell::new(Appended::No);
        let written = self.store.write(&journals, |pen| -> Result<(), Error> {
            for act in acts.iter_mut() {
                (act.work)(pen)?;
            }
            appended.set(Appended::Maybe);
            self.vault.append(&segments(pen.sealed()))?;
            appended.set(Appended::Yes);
            Ok(())
        });
        match (written, appended.get()) {
            (Ok(()), _) => Ok(self.vault.settle(published)?),
            (Err(error), Appended::No) => {
                self.vault.withdraw(published)?;
                Err(error)
            }
            (Err(error), Appended::Maybe) => Err(self.stop(&error)),
            (Err(error), Appended::Yes) => {
                tracing::error!(%error, "a commit failed after its lines were appended; rolling forward");
                (self.forward)().map_err(|again| self.stop(&again))?;
                Ok(self.vault.settle(published)?)
            }
        }
    }

    /// Refuses every further act: what stands on the volumes is not known until a restart looks.
    fn stop(&self, error: &Error) -> Error {
        tracing::error!(%error, "writing stops until a restart");
        self.stopped.store(true, Ordering::Release);
        Error::Stopped
    }
}

/// Whether the group's lines stand in the segments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Appended {
    No,
    Maybe,
    Yes,
}

/// Lines by the segment they belong to: one per journal and day.
fn segments(lines: &[Line]) -> Vec<Segment> {
    let mut segments: BTreeMap<(JournalId, NaiveDate), Vec<String>> = BTreeMap::new();
    for line in lines {
        segments.entry((line.journal.clone(), line.at.day())).or_default().push(record::line::to_json(line));
    }
    segments.into_iter().map(|((journal, day), lines)| Segment { journal, day, lines }).collect()
}

/// Answers one caller; a caller that went away needs no answer.
fn tell(waiting: &Sender<Result<(), Error>>, answer: Result<(), Error>) {
    let _ = waiting.send(answer);
}
