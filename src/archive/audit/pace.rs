//! The pace of an audit: so many bytes per second on all volumes together, and the will to go on.

use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::archive::audit::Budget;

/// The longest rest without asking whether to stop.
const LONGEST_REST: Duration = Duration::from_millis(100);

/// How often the lease is renewed.
const RENEWAL: Duration = Duration::from_mins(1);

/// What the threads of an audit ask before they read on.
pub(super) struct Pace<'a> {
    budget: Budget<'a>,
    /// Keeps the lease; `false` when it is lost.
    renew: &'a (dyn Fn() -> bool + Sync),
    times: Mutex<Times>,
}

struct Times {
    /// When the bytes that were read so far will have had their time.
    due: Instant,
    renewed: Instant,
    /// Whether the lease was lost.
    lost: bool,
}

impl<'a> Pace<'a> {
    pub(super) fn new(budget: &Budget<'a>, renew: &'a (dyn Fn() -> bool + Sync)) -> Self {
        let now = Instant::now();
        Self { budget: *budget, renew, times: Mutex::new(Times { due: now, renewed: now, lost: false }) }
    }

    /// Whether to leave off between two copies.
    pub(super) fn pauses(&self) -> bool {
        (self.budget.pause)() || self.stops()
    }

    /// Takes its time for bytes that were read; whether to go on.
    pub(super) fn spend(&self, bytes: u64) -> bool {
        let due = self.charge(bytes);
        loop {
            if self.stops() {
                return false;
            }
            let rest = due.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return true;
            }
            thread::sleep(rest.min(LONGEST_REST));
        }
    }

    fn stops(&self) -> bool {
        (self.budget.stop)() || !self.keeps_lease()
    }

    /// Puts the bytes on the account; when they will have had their time. What was not used before is not saved up.
    fn charge(&self, bytes: u64) -> Instant {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let nanos = bytes.saturating_mul(1_000_000_000).checked_div(self.budget.bytes_per_second).unwrap_or_default();
        times.due = times.due.max(now) + Duration::from_nanos(nanos);
        times.due
    }

    fn keeps_lease(&self) -> bool {
        let mut times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
        if !times.lost && times.renewed.elapsed() >= RENEWAL {
            times.lost = !(self.renew)();
            times.renewed = Instant::now();
        }
        !times.lost
    }
}
