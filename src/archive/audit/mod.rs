//! The audit: every copy of every object on every volume is read again, at a pace that leaves deposits quick; a bad one
//! is made again from a good one. A pass goes on where it stopped. Journals' chains and seals are verified elsewhere.

mod copy;
mod coverage;
mod files;
mod listing;
mod pace;
mod pass;

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::{
    archive::{Archive, error::Error},
    domain::{clock::Timestamp, tenant::TenantId},
};

pub use crate::{
    archive::audit::{copy::Outcome, coverage::Coverage},
    store::Audit,
};

use pace::Pace;

/// The lease under which one node audits.
const LEASE: &str = "audit";

/// How long the lease is held without being renewed: 10 minutes, in milliseconds.
const LEASE_MILLIS: i64 = 600_000;

/// Findings kept of one call; all are counted, and told in the log.
const MOST_FINDINGS: usize = 1_000;

const DAY_MILLIS: i64 = 86_400_000;

/// What is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The only volume, by its place; every one when none.
    pub volume: Option<usize>,
    /// The only tenant, whose copies are then read apart from the passes; everything when none.
    pub tenant: Option<TenantId>,
    /// Whether to wait for what is due.
    pub start: Start,
}

/// When a new pass begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At once, from the beginning.
    Now,
    /// So many days after the last one began; a pass that has not come to its end goes on.
    Every(u32),
}

/// What an audit may take.
#[derive(Clone, Copy)]
pub struct Budget<'a> {
    /// Bytes read per second, on all volumes together; as many as it can when 0.
    pub bytes_per_second: u64,
    /// Asked between two copies: whether to leave off until the next call.
    pub pause: &'a (dyn Fn() -> bool + Sync),
    /// Asked while a copy is read: whether to leave off at once; what was read of the copy is then read again.
    pub stop: &'a (dyn Fn() -> bool + Sync),
}

/// What looking at one thing on a volume gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Examined {
    /// The OCFL object, or the path of the volume's other file.
    pub object: String,
    /// The volume's place.
    pub volume: usize,
    /// What it was found to be.
    pub outcome: Outcome,
    /// Bytes read, of this copy alone.
    pub bytes: u64,
    /// What is or was wrong, in French.
    pub faults: Vec<String>,
}

/// How the audit of a volume ended for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The pass came to its end.
    Finished,
    /// The pass goes on at the next call.
    Paused,
    /// Nothing is due before this instant.
    Resting(Timestamp),
    /// The volume cannot be read, or has not caught up: nothing is said of its copies.
    Away,
}

/// The audit of one volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumePass {
    /// The volume's place.
    pub volume: usize,
    /// How it ended for now.
    pub ended: Ended,
    /// The pass as it stands, over all calls; `None` when there is none.
    pub audit: Option<Audit>,
}

/// What one call of the audit did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPass {
    /// Each volume that was to be read.
    pub volumes: Vec<VolumePass>,
    /// Copies read by this call.
    pub copies: u64,
    /// Bytes read by this call.
    pub bytes: u64,
    /// Bad copies that this call made again.
    pub repaired: u64,
    /// Bad copies that this call found, and for which there was no good one.
    pub unrepaired: u64,
    /// What was not as it should be, up to a number of them.
    pub findings: Vec<Examined>,
    /// Whether another node is at it, so that nothing was done.
    pub busy: bool,
}

impl AuditPass {
    fn note(&mut self, examined: &Examined) {
        self.copies += 1;
        self.bytes += examined.bytes;
        match examined.outcome {
            Outcome::Whole => return,
            Outcome::Repaired => self.repaired += 1,
            Outcome::Bad => self.unrepaired += 1,
            Outcome::Stranger => {}
        }
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(examined.clone());
        }
    }
}

/// What the threads of one call share.
struct Run<'a> {
    order: &'a Order,
    pace: Pace<'a>,
    on_copy: &'a (dyn Fn(&Examined) + Sync),
    told: Mutex<AuditPass>,
}

impl Run<'_> {
    /// Notes what was found, and tells whoever watches.
    fn note(&self, examined: &Examined) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).note(examined);
        (self.on_copy)(examined);
    }
}

impl Archive {
    /// Reads copies again, one thread per volume, and makes bad ones again from good ones. Nothing when another node is
    /// at it.
    pub fn audit(
        &self,
        order: &Order,
        budget: &Budget<'_>,
        on_copy: &(dyn Fn(&Examined) + Sync),
    ) -> Result<AuditPass, Error> {
        let Some(lease) = self.lease(LEASE, LEASE_MILLIS)? else {
            return Ok(AuditPass { busy: true, ..AuditPass::default() });
        };
        let renew = || lease.renew(self.clock.now(), LEASE_MILLIS).unwrap_or(false);
        let run = Run { order, pace: Pace::new(budget, &renew), on_copy, told: Mutex::default() };
        let wanted: Vec<usize> =
            (0..self.vault.volume_count()).filter(|at| order.volume.is_none_or(|only| only == *at)).collect();
        let passes: Vec<Result<VolumePass, Error>> = thread::scope(|scope| {
            let audits: Vec<_> = wanted.iter().map(|at| scope.spawn(|| self.audit_volume(*at, &run))).collect();
            audits
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        let mut told = run.told.into_inner().unwrap_or_else(PoisonError::into_inner);
        told.volumes = passes.into_iter().collect::<Result<_, _>>()?;
        Ok(told)
    }

    /// Does the part of the scheduled audit that fits in so long a time, but never leaves a copy half read.
    pub fn audit_step(
        &self,
        bytes_per_second: u64,
        days: u32,
        time: Duration,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Result<AuditPass, Error> {
        let began = Instant::now();
        let budget = Budget { bytes_per_second, pause: &|| began.elapsed() >= time, stop };
        let order = Order { volume: None, tenant: None, start: Start::Every(days) };
        let done = self.audit(&order, &budget, &|_| {})?;
        let late = |pass: &&VolumePass| {
            let since = pass.audit.as_ref().filter(|audit| audit.finished_at.is_none()).map(|audit| audit.since);
            since.is_some_and(|since| due(since, days) < self.clock.now())
        };
        if let Some(pass) = done.volumes.iter().find(late) {
            tracing::warn!(volume = pass.volume, days, bytes_per_second, "an audit takes longer than it is allowed");
        }
        Ok(done)
    }
}

/// When the pass after one that began at `since` is due.
fn due(since: Timestamp, days: u32) -> Timestamp {
    Timestamp::from_millis(since.millis().saturating_add(i64::from(days) * DAY_MILLIS)).unwrap_or(since)
}
