//! The one door for writing: an act takes the log's pen, writes rows, seals lines, commits.

use std::collections::BTreeMap;

use diesel::Connection as _;

use crate::{
    domain::{
        clock::Timestamp,
        journal::{Event, Head, JournalId, Line, Salt},
    },
    store::{
        Store,
        batch::Batch as _,
        database::Database,
        error::Error,
        lines::{self, LineRow},
        seams,
    },
};

/// Lines that wait for their batch; more are written at once.
const LINES_HELD: usize = 500;

/// The right to write, within one transaction: whoever has it is the only one.
pub struct Pen<'a> {
    database: &'a mut Database,
    /// The journals looked at in this act, and where they stand.
    heads: BTreeMap<JournalId, Head>,
    /// How many entries the log has.
    log: u64,
    /// The instant of its last line, before which no line is dated: the open days stand in the log's order.
    at: Option<Timestamp>,
    waiting: Vec<LineRow>,
    sealed: bool,
    changed: bool,
}

impl Store {
    /// Does `work` in one transaction: nothing of it stands unless all does, and nothing changes without a line.
    ///
    /// The log's pen is taken first, since each line has its place in the one log of the installation: acts wait for
    /// each other, on any number of nodes, and cannot deadlock. Whatever `work` does outside (appending the sealed lines
    /// to the volumes) comes before the commit. `work` must not write through the store by another way: its turn would
    /// not come.
    pub fn write<T, E: From<Error>>(&self, work: impl FnOnce(&mut Pen<'_>) -> Result<T, E>) -> Result<T, E> {
        self.restore(|pen| {
            let done = work(pen)?;
            if pen.changed && !pen.sealed { Err(Error::Silent.into()) } else { Ok(done) }
        })
    }

    /// As `write`, for a rebuild: rows may be written whose lines stand already.
    pub fn restore<T, E: From<Error>>(&self, work: impl FnOnce(&mut Pen<'_>) -> Result<T, E>) -> Result<T, E> {
        self.act(|database| {
            let mut pen = Pen::take(database).map_err(E::from)?;
            let done = work(&mut pen)?;
            pen.lay_down()?;
            Ok(done)
        })
    }

    /// Runs `work` in a transaction that writes. What fails within it is rolled back.
    pub(super) fn act<T, E: From<Error>>(&self, work: impl FnOnce(&mut Database) -> Result<T, E>) -> Result<T, E> {
        let mut connection = self.pools.writers.get().map_err(Error::from)?;
        connection.transaction(|database| work(database).map_err(Abort::Work)).map_err(Abort::into_error)
    }
}

/// Why a transaction ended without commit.
enum Abort<E> {
    Work(E),
    Engine(diesel::result::Error),
}

impl<E: From<Error>> Abort<E> {
    fn into_error(self) -> E {
        match self {
            Self::Work(error) => error,
            Self::Engine(error) => Error::from(error).into(),
        }
    }
}

impl<E> From<diesel::result::Error> for Abort<E> {
    fn from(error: diesel::result::Error) -> Self {
        Self::Engine(error)
    }
}

impl<'a> Pen<'a> {
    /// The first statement writes, so that acts queue: no lock has to be raised later.
    fn take(database: &'a mut Database) -> Result<Self, Error> {
        let (log, at) = lines::take_log(database)?;
        Ok(Self { database, heads: BTreeMap::new(), log, at, waiting: Vec::new(), sealed: false, changed: false })
    }

    /// Writes what waits, and where the log and the journals now stand.
    fn lay_down(mut self) -> Result<(), Error> {
        self.write_waiting()?;
        for (journal, head) in &self.heads {
            lines::move_head(self.database, journal, head)?;
        }
        lines::move_log(self.database, self.log, self.at)
    }

    /// Seals `event` as the next line of `journal`, and of the log.
    pub fn seal(&mut self, journal: &JournalId, event: Event, observed: Timestamp, salt: Salt) -> Result<Line, Error> {
        let observed = self.at.map_or(observed, |last| last.max(observed));
        let line = self.head(journal)?.seal(journal, event, observed, salt, self.log);
        self.put(&line)?;
        Ok(line)
    }

    /// Writes a line that was sealed before (roll-forward, rebuild), once it is known to follow.
    pub fn replay(&mut self, line: &Line) -> Result<(), Error> {
        self.head(&line.journal)?.step(line)?;
        self.put(line)
    }

    /// Writes a line of a tenant that is taken over, once it is known to follow. Its entry stands in the log that the
    /// tenant brought: ours neither grows nor is dated by it, and does not know the journal yet.
    pub fn replay_foreign(&mut self, line: &Line, number: u32) -> Result<(), Error> {
        let head = self.head(&line.journal)?.step(line)?;
        self.heads.insert(line.journal.clone(), Head { first: None, ..head });
        self.wait(LineRow::new(line, seams::log_of(&line.journal, number))?)
    }

    /// At most `limit` lines of any journal, from our own log's entry `from` on, as this act has them.
    pub fn logged(&mut self, from: u64, limit: u32) -> Result<Vec<Line>, Error> {
        self.write_waiting()?;
        lines::logged(self.database, from, limit)
    }

    /// At most `limit` lines of one kind, of any journal, from our own log's entry `from` on, as this act has them.
    pub fn logged_of(&mut self, kind: &str, from: u64, limit: u32) -> Result<Vec<Line>, Error> {
        self.write_waiting()?;
        lines::logged_of(self.database, kind, from, limit)
    }

    /// Every line of a journal of one kind about `object`, in order, as this act has them.
    pub fn told_of(&mut self, journal: &JournalId, object: &str, kind: &str) -> Result<Vec<Line>, Error> {
        self.write_waiting()?;
        lines::told_of(self.database, journal, object, kind)
    }

    /// How many entries the log has within this act.
    pub const fn log_size(&self) -> u64 {
        self.log
    }

    /// Does one of several acts that are committed as a group: when it fails, it alone is undone.
    pub fn attempt<T, E: From<Error>>(&mut self, work: impl FnOnce(&mut Pen<'_>) -> Result<T, E>) -> Result<T, E> {
        let (heads, log, at) = (self.heads.clone(), self.log, self.at);
        let (changed, sealed) = (self.changed, self.sealed);
        let attempted = self.database.transaction(|database| {
            let mut pen = Pen { database, heads, log, at, waiting: Vec::new(), sealed, changed };
            let done = work(&mut pen).map_err(Abort::Work)?;
            Ok((done, pen.heads, (pen.log, pen.at), pen.waiting, pen.sealed, pen.changed))
        });
        let (done, heads, log, waiting, sealed, changed) = attempted.map_err(Abort::into_error)?;
        self.heads = heads;
        (self.log, self.at) = log;
        self.sealed = sealed;
        self.changed = changed;
        self.waiting.extend(waiting);
        Ok(done)
    }

    /// Where a journal stands within this act.
    pub fn head(&mut self, journal: &JournalId) -> Result<Head, Error> {
        if let Some(head) = self.heads.get(journal) {
            return Ok(*head);
        }
        let head = lines::head(self.database, journal)?.unwrap_or(Head::EMPTY);
        self.heads.insert(journal.clone(), head);
        Ok(head)
    }

    /// The instant of the log's last line within this act.
    pub(super) const fn at(&self) -> Option<Timestamp> {
        self.at
    }

    /// The connection, for a change that a line of this act tells.
    pub(super) fn changing(&mut self) -> &mut Database {
        self.changed = true;
        self.database
    }

    /// The connection, for a guarded change that may turn out to change nothing: `changed` then tells.
    pub(super) fn trying(&mut self) -> &mut Database {
        self.database
    }

    /// Notes how many rows a guarded change reached; whether it reached any.
    pub(super) fn changed(&mut self, rows: usize) -> bool {
        self.changed |= rows > 0;
        rows > 0
    }

    /// The connection, to look before deciding.
    pub(super) fn looking(&mut self) -> &mut Database {
        self.database
    }

    fn put(&mut self, line: &Line) -> Result<(), Error> {
        let head = self.head(&line.journal)?;
        self.heads.insert(line.journal.clone(), head.after(line));
        self.log = self.log.max(line.entry + 1);
        self.at = self.at.max(Some(line.at));
        self.sealed = true;
        self.wait(LineRow::new(line, lines::OWN.to_owned())?)
    }

    fn wait(&mut self, row: LineRow) -> Result<(), Error> {
        self.waiting.push(row);
        if self.waiting.len() >= LINES_HELD { self.write_waiting() } else { Ok(()) }
    }

    fn write_waiting(&mut self) -> Result<(), Error> {
        LineRow::insert(&self.waiting, self.database)?;
        self.waiting.clear();
        Ok(())
    }
}
