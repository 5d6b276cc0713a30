//! Rounds: what the archive does by itself, whoever deposits or not: seals days, asks for the time, asks the witnesses,
//! makes the evidence of days and renews it.

use std::sync::PoisonError;

use crate::{
    archive::{
        Archive,
        error::{self, Error},
        evidence::Policy,
        stamps::Stamping,
    },
    domain::clock::Timestamp,
};

/// Time between two looks for days to seal: 1 minute, in milliseconds.
const SEAL_MILLIS: i64 = 60_000;

/// Time between two requests to the witnesses: 1 minute, in milliseconds.
const WITNESS_MILLIS: i64 = 60_000;

/// Time before an authority that did not answer is asked again: 5 minutes, in milliseconds.
const AGAIN_MILLIS: i64 = 300_000;

/// Time between two looks for days without evidence: 1 hour, in milliseconds.
const EVIDENCE_MILLIS: i64 = 3_600_000;

/// Time between two looks for evidence that ages: 1 day, in milliseconds.
const RENEWAL_MILLIS: i64 = 86_400_000;

const MINUTE_MILLIS: i64 = 60_000;

/// When each of the rounds is due.
#[derive(Debug, Default)]
pub(super) struct Due {
    seal: Option<Timestamp>,
    stamp: Option<Timestamp>,
    witness: Option<Timestamp>,
    evidence: Option<Timestamp>,
    renewal: Option<Timestamp>,
}

impl Archive {
    /// Does what is due now. It is called every few seconds by one thread of a server; what fails is told in the log and
    /// tried again at the next round.
    pub fn round(&self, time_stamp_minutes: u32) {
        let now = self.clock.now();
        told("erasing", self.settle_erasures());
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if due.seal.is_none_or(|due| due <= now) && told("sealing", self.seal_due()).is_some() {
            due.seal = Timestamp::from_millis(now.millis() + SEAL_MILLIS);
        }
        if time_stamp_minutes > 0 && due.stamp.is_none_or(|due| due <= now) {
            let wait = match told("time-stamping", self.stamp(false)) {
                Some(Stamping::NoNews | Stamping::Stamped(_)) => i64::from(time_stamp_minutes) * MINUTE_MILLIS,
                Some(Stamping::Missed(_)) | None => AGAIN_MILLIS,
            };
            due.stamp = Timestamp::from_millis(now.millis() + wait);
        }
        if due.witness.is_none_or(|due| due <= now) {
            told("witnessing", self.witness());
            due.witness = Timestamp::from_millis(now.millis() + WITNESS_MILLIS);
        }
        if due.evidence.is_none_or(|due| due <= now) {
            let made = told("making evidence", self.evidence_due());
            let is_done = made.is_some_and(|made| made.missed.is_empty());
            due.evidence = Timestamp::from_millis(now.millis() + if is_done { EVIDENCE_MILLIS } else { AGAIN_MILLIS });
        }
        if due.renewal.is_none_or(|due| due <= now) {
            let renewed = told("renewing evidence", self.renew_due(Policy::default()));
            if let Some(why) = renewed.filter(|renewed| !renewed.missed.is_empty()) {
                tracing::error!(missed = ?why.missed, "evidence that ages could not be renewed");
            }
            due.renewal = Timestamp::from_millis(now.millis() + RENEWAL_MILLIS);
        }
    }
}

/// What was done, or the failure in the log.
fn told<T>(what: &'static str, done: Result<T, Error>) -> Option<T> {
    done.inspect_err(|error| tracing::error!(error = %error::told(error), what, "a round failed")).ok()
}
