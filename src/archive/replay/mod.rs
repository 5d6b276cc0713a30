//! Brings the catalog up to the volumes: every line that they hold and the catalog lacks is replayed, with the rows that
//! it stands for. `rebuild` does this from nothing; opening does it for what a crash left.

mod apply;
pub(super) mod departures;
pub(super) mod requests;
mod describing;
pub(super) mod disposals;
pub mod destroyed;
mod taken;

mod profiles;

pub use crate::archive::replay::taken::tenant_taken;

use crate::{
    archive::{error::Error, sealed},
    domain::journal::{JournalId, Line},
    record,
    store::{Kept, Pen, Store},
    vault::{Intended, Vault, layout::OcflId},
};

/// Lines replayed in one transaction.
const LINES_PER_TRANSACTION: usize = 500;

/// How many lines were replayed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// Lines that the volumes had and the catalog lacked.
    pub lines: u64,
}

/// Makes the volumes' open days level, then replays what the catalog lacks, from every readable volume.
pub fn roll_forward(store: &Store, vault: &Vault) -> Result<Forwarded, Error> {
    if vault.uneven()? {
        // Whoever holds the pen is the only one who appends.
        store.restore(|_| vault.level().map_err(Error::from))?;
    }
    let mut forwarded = Forwarded::default();
    for volume in vault.reachable() {
        forwarded.lines += roll_forward_from(store, vault, volume, &mut |_| {})?.lines;
    }
    destroyed::all_told(store)?;
    Ok(forwarded)
}

/// Replays what the catalog lacks from one volume: sealed days journal by journal, where the catalog is so old that it
/// lacks some; then the open days in the order in which things happened.
pub fn roll_forward_from(
    store: &Store,
    vault: &Vault,
    volume: usize,
    on_line: &mut dyn FnMut(&Line),
) -> Result<Forwarded, Error> {
    let mut replay = Replay { store, vault, waiting: Vec::new(), on_line, replayed: 0 };
    let (known, logged) = (store.own_lines()?, store.log_size()?);
    let first_open = first_open(vault, volume)?;
    if first_open.is_none_or(|first| known < first) {
        sealed::lines_of_installation(vault, volume, &mut |line| replay.wait(line))?;
        // A tenant may be sealed further than the installation, whose open days then tell that it was made.
        open_lines(vault, volume, 0, &mut |line| match line.journal {
            JournalId::Installation => replay.wait(line),
            _ => Ok(()),
        })?;
        let mut brought = taken::Brought::default();
        sealed::lines_of_tenants(vault, volume, &mut |line| {
            // What a tenant brought with it comes with the line that tells so.
            if brought.has(vault, &line)? { Ok(()) } else { replay.wait(line) }
        })?;
    }
    replay.flush()?;
    // Fewer lines than entries: an earlier replay was stopped between two journals.
    let from = if known == logged { logged } else { 0 };
    open_lines(vault, volume, from, &mut |line| replay.wait(line))?;
    replay.flush()?;
    Ok(Forwarded { lines: replay.replayed })
}

/// Lines on their way to the catalog.
struct Replay<'a> {
    store: &'a Store,
    vault: &'a Vault,
    waiting: Vec<Line>,
    on_line: &'a mut dyn FnMut(&Line),
    replayed: u64,
}

impl Replay<'_> {
    fn wait(&mut self, line: Line) -> Result<(), Error> {
        self.waiting.push(line);
        if self.waiting.len() >= LINES_PER_TRANSACTION { self.flush() } else { Ok(()) }
    }

    /// Replays what waits in one transaction. Holding the pen, it looks again at what is lacking: another process may
    /// have been in the midst of committing it.
    fn flush(&mut self) -> Result<(), Error> {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        self.replayed += self.store.restore(|pen| {
            let mut replayed = 0;
            for line in &waiting {
                if replay_line(pen, self.vault, line)? {
                    (self.on_line)(line);
                    replayed += 1;
                }
            }
            Ok::<_, Error>(replayed)
        })?;
        Ok(())
    }
}

/// Replays a line unless the catalog has it already.
fn replay_line(pen: &mut Pen<'_>, vault: &Vault, line: &Line) -> Result<bool, Error> {
    if line.position < pen.head(&line.journal)?.length {
        return Ok(false);
    }
    pen.replay(line)?;
    apply::apply(pen, vault, line)?;
    Ok(true)
}

/// Replays, under a pen already held, what another process appended and did not live to commit: a line sealed without it
/// would take its place.
pub fn overtake(pen: &mut Pen<'_>, vault: &Vault) -> Result<(), Error> {
    let mut is_behind = false;
    for volume in vault.reachable() {
        if let Some(tail) = vault.segment_tail(volume)? {
            is_behind |= record::line::from_json(&tail.line)?.entry >= pen.log_size();
        }
    }
    if !is_behind {
        return Ok(());
    }
    tracing::warn!("lines that a dead process appended are replayed");
    vault.level()?;
    let Some(volume) = vault.reachable().first().copied() else { return Ok(()) };
    open_lines(vault, volume, pen.log_size(), &mut |line| replay_line(pen, vault, &line).map(|_| ()))
}

/// The entry of the first line of the open days on a volume; `None` when they have no line.
fn first_open(vault: &Vault, volume: usize) -> Result<Option<u64>, Error> {
    for day in vault.segments(volume)? {
        if let Some(text) = vault.read_segment(volume, day)?.next() {
            return Ok(Some(record::line::from_json(&text?)?.entry));
        }
    }
    Ok(None)
}

/// The lines of the open days on a volume, in the log's order: at least those from the entry `from` on.
fn open_lines(
    vault: &Vault,
    volume: usize,
    from: u64,
    each: &mut dyn FnMut(Line) -> Result<(), Error>,
) -> Result<(), Error> {
    for day in vault.segments(volume)? {
        for text in vault.read_segment(volume, day)? {
            let line = record::line::from_json(&text?)?;
            if line.entry >= from {
                each(line)?;
            }
        }
    }
    Ok(())
}

/// Whether the catalog accepted a version that an unsettled batch made visible.
pub fn is_accepted(store: &Store, vault: &Vault, intended: &Intended) -> Result<bool, Error> {
    match &intended.object {
        OcflId::Archive { tenant, archive, generation } => {
            let kept = store.holdings(tenant).archive(*archive)?;
            let is_told = |kept: Kept| (kept.archive.generation, kept.inventory) == (*generation, intended.inventory);
            // A later version is only made of one that was accepted.
            Ok(kept.is_some_and(is_told)
                || vault.read_inventory(&intended.object).is_ok_and(|now| now.head() > intended.version))
        }
        // A record's version that no line names holds nothing that anybody was told; keeping it harms nothing, while
        // removing one that a line names would lose it. One that is whole nowhere has no line: lines come after it.
        OcflId::Record { .. } | OcflId::Installation { .. } => Ok(vault.holds(intended)),
    }
}

/// Whether the catalog knows an object at all.
pub fn is_known(store: &Store, object: &OcflId) -> Result<bool, Error> {
    match object {
        OcflId::Archive { tenant, archive, generation } => {
            let kept = store.holdings(tenant).archive(*archive)?;
            Ok(kept.is_some_and(|kept| kept.archive.generation == *generation))
        }
        OcflId::Record { .. } | OcflId::Installation { .. } => Ok(true),
    }
}
