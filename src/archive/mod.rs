//! The offices: one file per thing the archive does. They know nothing of HTTP nor of terminals.

pub mod error;
pub mod limits;
pub mod examine;
pub mod deposit;
pub mod uploads;
pub mod access;
pub mod deliver;
pub mod departures;
pub mod requests;
pub mod destroy;
pub mod referentials;
pub mod rules;
pub mod selection;
pub mod amend;
pub mod hold;
pub mod reckoning;
pub mod delays;
pub mod profiles;
pub mod tenants;
pub mod rebuild;
pub mod restitute;
pub mod health;
pub mod verify;
pub mod log;
pub mod means;
pub mod stamps;
pub mod witnesses;
pub mod proofs;
pub mod integrity;
pub mod attest;
pub mod evidence;
pub mod seal;
pub mod takeover;
pub mod audit;
pub mod disposals;

mod bundle;
mod brought;
mod describe;
mod ingest;
mod in_use;
mod keep;
mod readings;
mod refuse;
mod leftovers;
mod pinned;
mod letterhead;
mod messages;
mod published;
mod replay;
mod sealed;
mod kit;
pub mod rounds;
pub mod standing;
mod work;
mod writer;

use std::{
    cell::RefCell,
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use tempfile::SpooledTempFile;

use crate::{
    archive::{
        error::Error,
        examine::terms::Referentials,
        limits::Limits,
        log::Log,
        means::{Authority, Means, Witnesses},
        work::Workers,
        writer::{Act, Writer},
    },
    digest,
    domain::{
        clock::{Clock, Timestamp},
        journal::{JournalId, Line},
        tenant::TenantId,
    },
    net::Caller,
    pki,
    proof::vkey::Vkey,
    record::facts::{Fact, installation::LogKey},
    store::{Pen, Store},
    vault::Vault,
};

/// An open archive: the catalog, the volumes, and the one thread that writes to both.
pub struct Archive {
    store: Arc<Store>,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    writer: Writer,
    workers: Workers,
    /// How many leases' holders this process has named.
    holders: AtomicU64,
    /// Held while a version of a lasting record is made and committed.
    records: Mutex<()>,
    /// Held while new versions of archives are made and committed.
    amending: Mutex<()>,
    means: Proving,
    /// The readings of this hour that are told.
    readings: Arc<readings::Readings>,
    /// Since when no authority gives a time-stamp.
    time_gap: Mutex<Option<Timestamp>>,
    /// The key that signs the log once it is told, when one waits.
    next_key: Option<LogKey>,
    /// When each of the rounds is due.
    due: Mutex<rounds::Due>,
    /// What is known of the witnesses.
    witnesses: Mutex<witnesses::Known>,
    /// The referentials last read, per tenant, with the versions they had.
    known: Mutex<HashMap<TenantId, Arc<Known>>>,
}

/// What the archive proves itself with, but for the log's keys, which the writer has.
struct Proving {
    /// The log's public keys at hand.
    keys: Vec<Vkey>,
    authorities: Vec<Authority>,
    witnesses: Witnesses,
    seal: pki::seal::Signer,
    caller: Caller,
}

/// A tenant's referentials as of some versions.
struct Known {
    versions: Vec<u64>,
    referentials: Arc<Referentials>,
}

impl Archive {
    /// Opens the archive: brings the catalog up to the volumes' journals, then settles what this node left unfinished.
    pub fn open(
        store: Store,
        vault: Vault,
        means: Means,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> Result<Self, Error> {
        let (store, vault) = (Arc::new(store), Arc::new(vault));
        replay::roll_forward(&store, &vault)?;
        let unanswered = RefCell::new(None);
        let recovered = vault.recover(&|intended| match replay::is_accepted(&store, &vault, intended) {
            Ok(accepted) => accepted,
            Err(error) => {
                // What cannot be judged is kept: the intent is gone then, but so is every danger of losing something.
                unanswered.replace(Some(error));
                true
            }
        })?;
        if let Some(error) = unanswered.into_inner() {
            return Err(error);
        }
        if recovered.leftovers > 0 || !recovered.removed.is_empty() {
            tracing::info!(
                leftovers = recovered.leftovers,
                removed = recovered.removed.len(),
                "unfinished work was cleared"
            );
        }
        catch_up(&store, &vault)?;
        if let Err(error) = destroy::finish(&store, &vault) {
            // Reading goes on; rounds try again.
            tracing::error!(%error, "what was destroyed is not erased everywhere yet");
        }
        leftovers::clear(&store, &vault, clock.now())?;
        takeover::settle(&store, &vault, &leftovers::holder(&vault, 0), clock.now())?;
        let Means { log: keys, authorities, witnesses, seal, caller } = means;
        let mut log = Log::new(vault.clone(), keys);
        log.raise(&store, clock.now())?;
        let (told, next_key) = (log.keys().told(), log.keys().next_told());
        let keys = log.keys().vkeys();
        let writer = Writer::start(store.clone(), vault.clone(), log, clock.clone(), limits.acts_per_commit)?;
        let workers = Workers::new(limits.examinations);
        let archive = Self {
            store,
            vault,
            clock,
            limits,
            writer,
            workers,
            holders: AtomicU64::new(0),
            records: Mutex::default(),
            amending: Mutex::default(),
            known: Mutex::default(),
            means: Proving { keys, authorities, witnesses, seal, caller },
            readings: Arc::default(),
            time_gap: Mutex::default(),
            witnesses: Mutex::default(),
            due: Mutex::default(),
            next_key,
        };
        archive.open_log(told)?;
        archive.publish_kit()?;
        Ok(archive)
    }

    /// Waits until the lines that nobody waits for (readings) are durable, as far as they can be.
    pub fn flush(&self) -> Result<(), Error> {
        self.writer.flush()
    }

    /// Makes the key that waits the one that signs the log; `false` when none waits, or it signs already.
    pub fn rotate_log_key(&self) -> Result<bool, Error> {
        let Some(next) = self.next_key.clone() else { return Ok(false) };
        if self.log_keys()?.0.last().is_some_and(|key| key.vkey != next.key) {
            self.tell(Fact::LogKey(next))?;
            self.publish_kit()?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Writes the log's first line: the key that signs it.
    fn open_log(&self, told: LogKey) -> Result<(), Error> {
        if self.store.log_size()? > 0 {
            return Ok(());
        }
        let now = self.clock.now();
        let work = move |pen: &mut Pen<'_>, lines: &mut Vec<Line>| {
            if pen.log_size() > 0 {
                return Ok(false);
            }
            let event = Fact::LogKey(told).event(None)?;
            lines.push(pen.seal(&JournalId::Installation, event, now, digest::random()?)?);
            Ok(true)
        };
        self.writer.commit(Act::telling(work)).map(|_| ())
    }

    /// The named limits.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A name under which one thread of this process takes leases, of no other's.
    fn next_holder(&self) -> String {
        leftovers::holder(&self.vault, self.holders.fetch_add(1, Ordering::Relaxed))
    }

    /// Takes a lease of this name until it is dropped, at most so many milliseconds; `None` when another has it.
    fn lease(&self, name: &'static str, millis: i64) -> Result<Option<Lease<'_>>, Error> {
        let (holder, now) = (self.next_holder(), self.clock.now());
        let until = Timestamp::from_millis(now.millis().saturating_add(millis)).unwrap_or(now);
        Ok(self.store.take_lease(name, &holder, now, until)?.then(|| Lease { store: &self.store, name, holder }))
    }

    /// A work file that stays in memory while it is small.
    fn work_file(&self) -> SpooledTempFile {
        SpooledTempFile::new(self.limits.work_bytes)
    }
}

/// What one node at a time does, given back when it is dropped.
struct Lease<'a> {
    store: &'a Store,
    name: &'static str,
    holder: String,
}

impl Lease<'_> {
    /// Holds it for so many milliseconds from `now` on; `false` when it ran out and another has it.
    fn renew(&self, now: Timestamp, millis: i64) -> Result<bool, Error> {
        let until = Timestamp::from_millis(now.millis().saturating_add(millis)).unwrap_or(now);
        Ok(self.store.take_lease(self.name, &self.holder, now, until)?)
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.store.drop_lease(self.name, &self.holder) {
            tracing::warn!(%error, name = self.name, "a lease could not be given back; it will run out");
        }
    }
}

/// Brings volumes that were away up to date; what only they hold, and no line accepts, is removed from them.
fn catch_up(store: &Store, vault: &Vault) -> Result<(), Error> {
    for caught in vault.catch_up()? {
        tracing::info!(volume = caught.volume, objects = caught.objects, files = caught.files, "a volume caught up");
        for object in caught.extra {
            if !replay::is_known(store, &object)? {
                tracing::warn!(%object, "an object that no line accepts is removed");
                vault.erase(&object)?;
            }
        }
    }
    Ok(())
}
