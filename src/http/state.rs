//! What every request and every worker shares: the archive, the configuration, the counters, and who wakes whom.

use std::{
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use actix_web::web;
use tokio::sync::Notify;

use crate::{archive::Archive, boot::Installation, config::Config, http::error::Error, http::metrics::Counters};

/// What the server works with.
pub struct House {
    /// The archive.
    pub archive: Arc<Archive>,
    /// What was chosen for this installation.
    pub config: Config,
    /// What is counted for `/metrics`.
    pub counters: Counters,
    /// Rung when a transfer was received.
    pub bell: Bell,
    /// Told each time that a transfer was settled.
    pub settled: Notify,
    /// Closed when the server stops.
    pub closing: Closing,
}

impl House {
    /// The house of an installation.
    pub fn new(installation: Installation) -> Self {
        Self {
            archive: installation.archive,
            config: installation.config,
            counters: Counters::default(),
            bell: Bell::default(),
            settled: Notify::new(),
            closing: Closing::default(),
        }
    }
}

/// Does blocking `work` on the archive, away from the threads that serve connections.
pub async fn ask<T, E>(
    house: &web::Data<House>,
    work: impl FnOnce(&Archive) -> Result<T, E> + Send + 'static,
) -> Result<T, Error>
where
    T: Send + 'static,
    E: Into<Error> + Send + 'static,
{
    let archive = Arc::clone(&house.archive);
    web::block(move || work(&archive)).await.map_err(|_| Error::Closing)?.map_err(Into::into)
}

/// Whether the server stops, for those that wait in the meantime.
#[derive(Default)]
pub struct Closing {
    closed: Mutex<bool>,
    told: Condvar,
}

impl Closing {
    /// Wakes everybody who waits, for good.
    pub fn close(&self) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.told.notify_all();
    }

    /// Whether it is closed.
    pub fn is_closed(&self) -> bool {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits so long, or until it is closed; whether it is.
    pub fn waited(&self, pause: Duration) -> bool {
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        let (closed, _) =
            self.told.wait_timeout_while(closed, pause, |closed| !*closed).unwrap_or_else(PoisonError::into_inner);
        *closed
    }
}

/// Wakes the workers that wait for something to settle.
#[derive(Default)]
pub struct Bell {
    state: Mutex<Rung>,
    ring: Condvar,
}

#[derive(Default)]
struct Rung {
    times: u64,
    closed: bool,
}

impl Bell {
    /// Wakes those who wait.
    pub fn ring(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).times += 1;
        self.ring.notify_all();
    }

    /// Wakes those who wait for the last time.
    pub fn close(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.ring.notify_all();
    }

    /// How often it was rung so far; `None` once it is closed.
    pub fn heard(&self) -> Option<u64> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (!state.closed).then_some(state.times)
    }

    /// Waits until it is rung more often than `heard`, it is closed, or `patience` is over.
    pub fn wait(&self, heard: u64, patience: Duration) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.ring.wait_timeout_while(state, patience, |state| !state.closed && state.times == heard);
        drop(waited);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_between_looking_and_waiting_is_not_missed() {
        let bell = Bell::default();
        let heard = bell.heard().unwrap();
        bell.ring();
        bell.wait(heard, Duration::MAX);
        assert_eq!(bell.heard(), Some(1));
    }

    #[test]
    fn a_closed_bell_keeps_nobody_waiting() {
        let bell = Bell::default();
        bell.close();
        bell.wait(0, Duration::MAX);
        assert_eq!(bell.heard(), None);
    }
}
