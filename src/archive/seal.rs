//! Sealing: the lines of a day that is over become a version of their owner's journal of the month, each seal holding the
//! digest of the one before. Also at once, on demand: a day may have several parts.

use std::io::{Seek, Write};

use chrono::NaiveDate;
use tempfile::SpooledTempFile;

use crate::{
    archive::{
        Archive,
        error::Error,
        sealed::{folder, record_name},
        writer::Act,
    },
    digest,
    domain::{
        clock::Timestamp,
        digest::Digest,
        journal::{JournalId, Line},
        name::Name,
        tenant::TenantId,
    },
    record::{
        self,
        facts::{Fact, events::DaySealed},
        seal::{self, Seal, SealedJournal},
    },
    store::{Pen, Sealed},
    vault::{layout::OcflId, staging::Staged},
};

/// The lease under which one node seals.
const LEASE: &str = "sealing";

/// How long the lease is held without being renewed: 10 minutes, in milliseconds.
const LEASE_MILLIS: i64 = 600_000;

/// Owners whose days are committed together.
const OWNERS_AT_ONCE: usize = 64;

/// Lines of a journal read at once.
const LINES_AT_ONCE: u32 = 1_000;

/// What was sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sealing {
    /// Days, or parts of days, of one owner each.
    pub parts: u64,
    /// Lines in them.
    pub lines: u64,
}

impl Archive {
    /// Seals every day that is over and not sealed yet, also the empty ones, of the installation and of each tenant;
    /// then forgets the open days whose lines all stand in seals. Nothing when another node is at it.
    pub fn seal_due(&self) -> Result<Sealing, Error> {
        let Some(_lease) = self.lease(LEASE, LEASE_MILLIS)? else { return Ok(Sealing::default()) };
        let today = self.clock.now().day();
        let mut sealing = Sealing::default();
        loop {
            let mut due = Vec::new();
            for owner in self.owners()? {
                let last = self.store.last_seal(owner.as_ref())?;
                if let Some(day) = self.next_day(owner.as_ref(), last.as_ref())?.filter(|day| *day < today) {
                    due.push(Part::new(owner, last, day, true));
                }
            }
            if due.is_empty() {
                break;
            }
            let before = sealing.parts;
            self.seal_parts(due, &mut sealing)?;
            if sealing.parts == before {
                // Lines of the day came in the very moment: the next round finds them.
                return Ok(sealing);
            }
        }
        self.forget_sealed_days(today)?;
        Ok(sealing)
    }

    /// Seals at once what stands of the present day, of the installation and of each tenant.
    pub fn seal_now(&self) -> Result<Sealing, Error> {
        let mut sealing = self.seal_due()?;
        let Some(_lease) = self.lease(LEASE, LEASE_MILLIS)? else { return Ok(sealing) };
        let today = self.clock.now().day();
        let mut parts = Vec::new();
        for owner in self.owners()? {
            let last = self.store.last_seal(owner.as_ref())?;
            if self.next_day(owner.as_ref(), last.as_ref())? == Some(today) {
                parts.push(Part::new(owner, last, today, false));
            }
        }
        self.seal_parts(parts, &mut sealing)?;
        Ok(sealing)
    }

    /// Seals at once what stands of a tenant's journals, day after day up to the present one. Nothing when another node is
    /// at it.
    pub(super) fn seal_now_of(&self, tenant: &TenantId) -> Result<Sealing, Error> {
        let mut sealing = Sealing::default();
        let Some(_lease) = self.lease(LEASE, LEASE_MILLIS)? else { return Ok(sealing) };
        let today = self.clock.now().day();
        loop {
            let last = self.store.last_seal(Some(tenant))?;
            let next = self.next_day(Some(tenant), last.as_ref())?;
            let Some(day) = next.filter(|day| *day <= today) else { return Ok(sealing) };
            let before = sealing.parts;
            self.seal_parts(vec![Part::new(Some(tenant.clone()), last, day, day < today)], &mut sealing)?;
            if day == today || sealing.parts == before {
                return Ok(sealing);
            }
        }
    }

    /// The installation, then each tenant.
    pub(super) fn owners(&self) -> Result<Vec<Option<TenantId>>, Error> {
        let tenants = self.store.tenants()?.into_iter().map(|tenant| Some(tenant.id));
        Ok(std::iter::once(None).chain(tenants).collect())
    }

    /// The day that the owner's next seal is of; `None` before its first line.
    fn next_day(&self, owner: Option<&TenantId>, last: Option<&Sealed>) -> Result<Option<NaiveDate>, Error> {
        Ok(match last {
            Some(last) if last.closed => last.day.succ_opt(),
            Some(last) => Some(last.day),
            None => self.store.lines(&events_of(owner), 0, 1)?.first().map(|line| line.at.day()),
        })
    }

    fn seal_parts(&self, parts: Vec<Part>, sealing: &mut Sealing) -> Result<(), Error> {
        let _one_at_a_time = self.records();
        let mut parts = parts.into_iter().peekable();
        while parts.peek().is_some() {
            let acts =
                parts.by_ref().take(OWNERS_AT_ONCE).map(|part| self.prepare(part)).collect::<Result<Vec<_>, _>>()?;
            let (acts, lines): (Vec<_>, Vec<u64>) = acts.into_iter().unzip();
            for (stands, lines) in self.writer.commit_all(acts).into_iter().zip(lines) {
                if stands? {
                    sealing.parts += 1;
                    sealing.lines += lines;
                }
            }
        }
        Ok(())
    }

    /// The act that seals a part, and how many lines it has.
    fn prepare(&self, part: Part) -> Result<(Act, u64), Error> {
        let object = part.object()?;
        let exists = self.vault.read_inventory(&object).is_ok();
        let mut staging = if exists { self.vault.new_version(&object)? } else { self.vault.stage(&object)? };
        let below = folder(part.day, part.number());
        let (mut journals, mut ends) = (Vec::new(), Vec::new());
        for (journal, from) in part.journals() {
            let mut written = self.write_lines(&journal, from, part.day)?;
            let name = Name::from(format!("{below}{}", seal::file_of(&journal)).as_str());
            let digests = staging.put(&name, &mut written.file, &[])?.digests;
            ends.push((journal.clone(), from + written.lines, written.is_end));
            let (lines, head) = (written.lines, written.head);
            journals.push(SealedJournal { first: from, head, journal, lines, sha512: digests.sha512() });
        }
        let previous = part.last.as_ref().map_or(Digest::ZERO, |last| last.seal);
        let lines = journals.iter().map(|journal| journal.lines).sum();
        let text = Seal::new(part.day, part.number(), part.closed, previous, journals).to_json()?;
        staging.put_bytes(&format!("{below}{}", seal::FILE), &text)?;
        let now = self.clock.now();
        let staged = staging.finish("Scellement", "cartulaire", now)?;
        Ok((part.act(staged, ends, digest::sha512(&text), now), lines))
    }

    /// The lines of a journal from a position on, up to the end of a day, in a work file that stands at its beginning.
    fn write_lines(&self, journal: &JournalId, from: u64, day: NaiveDate) -> Result<Written, Error> {
        let before = from.checked_sub(1).map(|at| self.store.lines(journal, at, 1)).transpose()?;
        let head = before.and_then(|lines| lines.first().map(|line| line.digest)).unwrap_or(Digest::ZERO);
        let mut written = Written { file: self.work_file(), lines: 0, head, is_end: true };
        'pages: loop {
            let page = self.store.lines(journal, from + written.lines, LINES_AT_ONCE)?;
            for line in &page {
                if line.at.day() > day {
                    written.is_end = false;
                    break 'pages;
                }
                written.file.write_all(record::line::to_json(line)?.as_bytes())?;
                written.file.write_all(b"\n")?;
                written.lines += 1;
                written.head = line.digest;
            }
            if page.is_empty() {
                break;
            }
        }
        written.file.rewind()?;
        Ok(written)
    }

    /// Removes the open days that every owner has sealed to their end.
    fn forget_sealed_days(&self, today: NaiveDate) -> Result<(), Error> {
        let mut open_from = today;
        for owner in self.owners()? {
            let last = self.store.last_seal(owner.as_ref())?;
            if let Some(day) = self.next_day(owner.as_ref(), last.as_ref())? {
                open_from = open_from.min(day);
            }
        }
        let mut over = std::collections::BTreeSet::new();
        for volume in self.vault.reachable() {
            over.extend(self.vault.segments(volume)?.into_iter().filter(|day| *day < open_from));
        }
        if !over.is_empty() {
            // What was derived from these days (the log's tiles) is made durable before they go.
            self.vault.make_all_durable()?;
        }
        for day in over {
            self.vault.remove_segment(day)?;
        }
        Ok(())
    }
}

/// Lines written to a work file.
struct Written {
    file: SpooledTempFile,
    lines: u64,
    /// The digest of the last line up to here.
    head: Digest,
    /// Whether the journal had no further line, of whatever day.
    is_end: bool,
}

/// What is to be sealed: a day of an owner, from where its last seal ended.
struct Part {
    owner: Option<TenantId>,
    last: Option<Sealed>,
    day: NaiveDate,
    closed: bool,
}

impl Part {
    const fn new(owner: Option<TenantId>, last: Option<Sealed>, day: NaiveDate, closed: bool) -> Self {
        Self { owner, last, day, closed }
    }

    fn number(&self) -> u32 {
        self.last.as_ref().filter(|last| last.day == self.day).map_or(1, |last| last.part + 1)
    }

    /// The owner's journals, and the positions from which they are sealed.
    fn journals(&self) -> Vec<(JournalId, u64)> {
        let (events, life_cycle) = self.last.as_ref().map_or((0, 0), |last| (last.events, last.life_cycle));
        let own = (events_of(self.owner.as_ref()), events);
        let life_cycle = self.owner.clone().map(|tenant| (JournalId::LifeCycle(tenant), life_cycle));
        life_cycle.into_iter().chain([own]).collect()
    }

    fn object(&self) -> Result<OcflId, Error> {
        let name = record_name(self.day);
        let object = match &self.owner {
            Some(tenant) => OcflId::record(tenant.clone(), &name),
            None => OcflId::installation(&name),
        };
        object.map_err(|_| Error::Inconsistent(format!("{name} cannot name a record")))
    }

    /// Tells the seal, unless lines of the day came after the file was written, or another sealed it.
    fn act(self, staged: Staged, ends: Vec<(JournalId, u64, bool)>, digest: Digest, now: Timestamp) -> Act {
        let length = |of: &JournalId| ends.iter().find(|(journal, ..)| journal == of).map_or(0, |(_, to, _)| *to);
        let life_cycle = self.owner.clone().map_or(0, |tenant| length(&JournalId::LifeCycle(tenant)));
        let fact = DaySealed {
            closed: self.closed,
            day: self.day,
            events: length(&events_of(self.owner.as_ref())),
            inventory: staged.inventory,
            life_cycle,
            part: self.number(),
            seal: digest,
        };
        let work = move |pen: &mut Pen<'_>, lines: &mut Vec<Line>| {
            if pen.last_seal(self.owner.as_ref())? != self.last {
                return Ok(false);
            }
            for (journal, to, is_end) in &ends {
                if self.closed && *is_end && pen.head(journal)?.length != *to {
                    return Ok(false);
                }
            }
            pen.insert_seal(&row(self.owner.as_ref(), &fact))?;
            let event = Fact::DaySealed(fact).event(None)?;
            lines.push(pen.seal(&events_of(self.owner.as_ref()), event, now, digest::random()?)?);
            Ok(true)
        };
        Act { objects: vec![staged], papers: Vec::new(), spooled: Vec::new(), work: Box::new(work) }
    }
}

/// The row that tells of a seal.
pub(super) fn row(owner: Option<&TenantId>, fact: &DaySealed) -> Sealed {
    let DaySealed { closed, day, events, life_cycle, part, seal, .. } = *fact;
    Sealed { owner: owner.cloned(), day, part, closed, seal, events, life_cycle }
}

/// The journal in which an owner's seals are told.
fn events_of(owner: Option<&TenantId>) -> JournalId {
    owner.map_or(JournalId::Installation, |tenant| JournalId::Events(tenant.clone()))
}
