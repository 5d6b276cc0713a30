//! Who read what: one line per actor, object and hour. A reading is never refused nor held up because its line cannot be
//! written: that is told in the log, and tried again at the next reading.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{
    archive::{Archive, error::Error, ingest::seal, writer::Act},
    domain::{
        clock::Timestamp,
        id::{ActorId, ArchiveId, ObjectId},
        journal::JournalId,
        mandate::{Mandate, Read},
        tenant::TenantId,
    },
    record::facts::{
        ACCESS, Fact,
        life_cycle::{ContentRead, Purpose},
    },
};

/// How long a reading is told for: the hour of the clock, in milliseconds.
const HOUR_MILLIS: i64 = 3_600_000;

/// Readings remembered; past them the journal is asked.
const REMEMBERED: usize = 100_000;

/// Lines that may wait for the writer before a reader waits with them.
const MOST_WAITING: usize = 256;

/// The readings of the present hour that are told, or are being told.
#[derive(Debug, Default)]
pub struct Readings {
    told: Mutex<Told>,
    waiting: AtomicUsize,
}

#[derive(Debug, Default)]
struct Told {
    /// When the hour began, in milliseconds.
    hour: i64,
    readings: HashSet<Reading>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Reading {
    tenant: TenantId,
    actor: ActorId,
    object: String,
}

impl Readings {
    /// Takes a reading to be told; `false` when it is already.
    fn take(&self, reading: &Reading, hour: i64) -> bool {
        let mut told = self.told();
        if told.hour != hour || told.readings.len() >= REMEMBERED {
            *told = Told { hour, readings: HashSet::new() };
        }
        told.readings.insert(reading.clone())
    }

    /// Gives back a reading that could not be told.
    fn give_back(&self, reading: &Reading) {
        self.told().readings.remove(reading);
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Archive {
    /// Journals that an object, or the archive's manifest when none, is read.
    pub(super) fn tell_reading(
        &self,
        by: &Mandate<Read>,
        archive: ArchiveId,
        object: Option<ObjectId>,
        purpose: Purpose,
    ) {
        let fact = Fact::ContentRead(ContentRead { archive, object, purpose });
        let reading = Reading { tenant: by.tenant().clone(), actor: by.actor(), object: fact.object() };
        let now = self.clock.now();
        let hour = now.millis().div_euclid(HOUR_MILLIS) * HOUR_MILLIS;
        if !self.readings.take(&reading, hour) {
            return;
        }
        if let Err(error) = self.hand_over(&reading, fact, hour, now) {
            warn(&error, &reading);
            self.readings.give_back(&reading);
        }
    }

    /// Hands the line to the writer, unless the journal has it; waits for it only when too many wait.
    fn hand_over(&self, reading: &Reading, fact: Fact, hour: i64, now: Timestamp) -> Result<(), Error> {
        let journal = JournalId::LifeCycle(reading.tenant.clone());
        let since = Timestamp::from_millis(hour).unwrap_or(now);
        if self.store.tells(&journal, ACCESS, &reading.object, reading.actor, since)? {
            return Ok(());
        }
        let (tenant, actor) = (reading.tenant.clone(), reading.actor);
        let act = Act::telling(move |pen, lines| {
            lines.push(seal(pen, &tenant, &fact, Some(actor), now)?);
            Ok(true)
        });
        let (readings, reading) = (Arc::clone(&self.readings), reading.clone());
        if readings.waiting.load(Ordering::Relaxed) >= MOST_WAITING {
            return self.writer.commit(act).map(|_| ());
        }
        readings.waiting.fetch_add(1, Ordering::Relaxed);
        self.writer.commit_then(
            act,
            Box::new(move |answer| {
                readings.waiting.fetch_sub(1, Ordering::Relaxed);
                if let Err(error) = answer {
                    warn(&error, &reading);
                    readings.give_back(&reading);
                }
            }),
        )
    }
}

fn warn(error: &Error, reading: &Reading) {
    tracing::warn!(%error, tenant = %reading.tenant, object = reading.object, "a reading could not be journalled");
}
