//! Up to where a restitution goes: the line that tells it, the seals over it, the checkpoint, and where the journals stand
//! there. What came later is not in it.

use std::{path::Path, thread, time::Duration};

use crate::{
    archive::{Archive, error::Error, ingest::seal, restitute::RestituteError, stamps::Stamping, writer::Act},
    domain::{
        archive::Counts,
        id::{Id, RestitutionId},
        journal::{Head, JournalId, Line},
        mandate::{Administer, Mandate},
        tenant::TenantId,
    },
    record::{
        facts::{Fact, RESTITUTION, restitution::Restituted},
        restitution::{FORMAT, JournalAsOf, LogAsOf, Restitution},
    },
    store::{ArchiveFilter, Kept},
};

/// Archives read from the catalog at once.
const ARCHIVES_AT_ONCE: u32 = 1_000;

/// How often sealing is tried again while another process is at it, and how long apart.
const SEALING_TRIES: u32 = 300;
const SEALING_PAUSE: Duration = Duration::from_millis(100);

/// Bytes that a file takes on a disk beyond its own, about: half a block and an inode.
const FILE_BYTES: u64 = 4_096;

/// Files that an archive has beside those of its objects: inventories, messages, descriptions, a page.
const FILES_PER_ARCHIVE: u64 = 12;

/// How much a tenant holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held {
    pub(super) archives: u64,
    pub(super) counts: Counts,
}

impl Held {
    /// The room that a restitution takes, about, in bytes.
    pub(super) const fn room(&self) -> u64 {
        let files = self.counts.objects.saturating_add(self.archives.saturating_mul(FILES_PER_ARCHIVE));
        self.counts.bytes.saturating_add(files.saturating_mul(FILE_BYTES))
    }
}

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) by: &'a Mandate<Administer>,
    pub(super) form: &'static str,
    pub(super) held: Held,
}

impl Archive {
    /// How much a tenant holds now.
    pub(super) fn held_by(&self, tenant: &TenantId) -> Result<Held, Error> {
        let mut held = Held::default();
        self.each_kept(tenant, ARCHIVES_AT_ONCE, &mut |kept| {
            let (counts, own) = (&mut held.counts, kept.archive.counts);
            held.archives += 1;
            counts.units += own.units;
            counts.groups += own.groups;
            counts.objects += own.objects;
            counts.bytes += own.bytes;
            Ok::<(), Error>(())
        })?;
        Ok(held)
    }

    /// Every archive of the catalog, newest first.
    pub(super) fn each_kept<E: From<Error>>(
        &self,
        tenant: &TenantId,
        at_once: u32,
        each: &mut dyn FnMut(Kept) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut before = None;
        loop {
            let page = self.store.holdings(tenant).archives(&ArchiveFilter::default(), before, at_once);
            let page = page.map_err(Error::from)?;
            let Some(last) = page.last() else { return Ok(()) };
            before = Some(last.place.number);
            page.into_iter().try_for_each(&mut *each)?;
        }
    }

    /// Tells the restitution, seals up to it, has the checkpoint time-stamped; and why that could not be done.
    pub(super) fn cut(&self, asked: &Asked<'_>) -> Result<(Restitution, Vec<String>), RestituteError> {
        let tenant = asked.by.tenant();
        let (restitution, position) = self.tell_restitution(asked)?;
        self.seal_up_to(tenant, position)?;
        let untimed = match self.stamp(true)? {
            Stamping::Missed(failures) => failures,
            Stamping::NoNews | Stamping::Stamped(_) => Vec::new(),
        };
        let told = self.store.lines(&JournalId::LifeCycle(tenant.clone()), position, 1)?.pop();
        let told = told.ok_or_else(|| Error::Inconsistent("the line of a restitution is gone".to_owned()))?;
        Ok((self.cut_over(tenant, restitution, &told)?, untimed))
    }

    /// The cut that an earlier run noted: it must be this tenant's, and its line must stand in this installation's journal.
    pub(super) fn known_cut(
        &self,
        tenant: &TenantId,
        noted: &[u8],
        path: &Path,
    ) -> Result<Restitution, RestituteError> {
        let foreign = || RestituteError::NotEmpty { path: path.to_owned() };
        let known = Restitution::from_json(noted).map_err(|_| foreign())?;
        if known.tenant.id != *tenant || known.installation != self.vault.installation() {
            return Err(foreign());
        }
        let journal = JournalId::LifeCycle(tenant.clone());
        let lines = self.store.told_of(&journal, &known.restitution.to_string(), RESTITUTION)?;
        if lines.iter().any(|line| line.entry == known.log.line) { Ok(known) } else { Err(foreign()) }
    }

    /// Writes the line, and gives its position.
    fn tell_restitution(&self, asked: &Asked<'_>) -> Result<(RestitutionId, u64), Error> {
        let (tenant, who, clock) = (asked.by.tenant().clone(), asked.by.actor(), self.clock.clone());
        let restitution = Id::mint(clock.now());
        let Held { archives, counts: Counts { units, objects, bytes, .. } } = asked.held;
        let form = asked.form.to_owned();
        let fact = Fact::Restituted(Restituted { archives, bytes, form, objects, restitution, units });
        let within = tenant.clone();
        self.writer.commit(Act::telling(move |pen, lines| {
            lines.push(seal(pen, &within, &fact, Some(who), clock.now())?);
            Ok(true)
        }))?;
        let journal = JournalId::LifeCycle(tenant);
        let told = self.store.told_of(&journal, &restitution.to_string(), RESTITUTION)?.pop();
        let line = told.ok_or_else(|| Error::Inconsistent("the line of a restitution is gone".to_owned()))?;
        Ok((restitution, line.position))
    }

    /// Seals the tenant's journals until a line of its life cycle is sealed.
    fn seal_up_to(&self, tenant: &TenantId, position: u64) -> Result<(), RestituteError> {
        let is_sealed = || -> Result<bool, Error> {
            Ok(self.store.last_seal(Some(tenant))?.is_some_and(|last| last.life_cycle > position))
        };
        for _ in 0..SEALING_TRIES {
            self.seal_now_of(tenant)?;
            if is_sealed()? {
                return Ok(());
            }
            // Another node seals now, or was faster and has to end.
            thread::sleep(SEALING_PAUSE);
        }
        Err(RestituteError::Busy)
    }

    /// Where the log and the journals stand under the last checkpoint.
    fn cut_over(&self, id: &TenantId, restitution: RestitutionId, told: &Line) -> Result<Restitution, Error> {
        let tenant = self.store.tenant(id)?;
        let tenant = tenant.ok_or_else(|| Error::Inconsistent(format!("there is no tenant {id}")))?;
        let published = self.last_checkpoint()?.filter(|(signed, _)| signed.checkpoint().size() > told.entry);
        let (signed, bytes) =
            published.ok_or_else(|| Error::Inconsistent("no checkpoint covers the restitution".to_owned()))?;
        let size = signed.checkpoint().size();
        let sealed = self.store.last_seal(Some(id))?;
        let of = |journal: JournalId, sealed: u64| -> Result<JournalAsOf, Error> {
            let head = self.head_at(&journal, size)?;
            let (first, length) = (head.first.filter(|_| head.length > 0), head.length);
            Ok(JournalAsOf { journal, first, length, head: head.digest, sealed: sealed.min(length) })
        };
        let (events, life_cycle) = sealed.map_or((0, 0), |last| (last.events, last.life_cycle));
        let stamped = self.stamps()?.iter().rev().map(|kept| kept.size).find(|stamped| *stamped <= size);
        let text = |_| Error::Inconsistent("a checkpoint that is no text".to_owned());
        Ok(Restitution {
            format: FORMAT.to_owned(),
            restitution,
            made_at: told.at,
            tenant,
            installation: self.vault.installation().to_owned(),
            log: LogAsOf {
                origin: signed.checkpoint().origin().to_owned(),
                size,
                checkpoint: String::from_utf8(bytes).map_err(text)?,
                line: told.entry,
                stamped,
            },
            journals: vec![
                of(JournalId::Events(id.clone()), events)?,
                of(JournalId::LifeCycle(id.clone()), life_cycle)?,
            ],
            holds: None,
        })
    }

    /// Where a journal stood when the log had `size` entries.
    fn head_at(&self, journal: &JournalId, size: u64) -> Result<Head, Error> {
        let mut head = self.store.head(journal)?;
        while let Some(last) = head.length.checked_sub(1) {
            let line = self.store.lines(journal, last, 1)?.pop();
            let line = line.ok_or_else(|| Error::Inconsistent(format!("{journal} lacks its line {last}")))?;
            if line.entry < size {
                return Ok(Head { digest: line.digest, at: Some(line.at), ..head });
            }
            head.length = last;
        }
        Ok(Head::EMPTY)
    }
}
