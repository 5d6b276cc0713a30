//! The thread that makes the archive's rounds, and its audit between them. What they do is the archive's.

use std::{io, thread, thread::JoinHandle, time::Duration};

use actix_web::web;

use crate::{archive::error::told, http::state::House};

/// Time between two rounds.
const PAUSE: Duration = Duration::from_secs(10);

/// Does the part of the audit that fits between two rounds.
fn audit(house: &House) {
    let (rate, days) = (house.config.audit_bytes_per_second, house.config.audit_days);
    if days == 0 {
        return;
    }
    if let Err(error) = house.archive.audit_step(rate, days, PAUSE, &|| house.closing.is_closed()) {
        tracing::error!(error = %told(&error), "the audit failed");
    }
}

/// The running thread.
pub struct Rounds {
    house: web::Data<House>,
    thread: JoinHandle<()>,
}

impl Rounds {
    /// Starts the rounds.
    pub fn start(house: &web::Data<House>) -> io::Result<Self> {
        let shared = house.clone();
        let go_round = move || {
            loop {
                shared.archive.round(shared.config.time_stamp_minutes);
                audit(&shared);
                if shared.closing.waited(PAUSE) {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("rounds".to_owned()).spawn(go_round)?;
        Ok(Self { house: house.clone(), thread })
    }

    /// Lets the round under way end, and waits for it.
    pub fn stop(self) {
        self.house.closing.close();
        if self.thread.join().is_err() {
            tracing::error!("the rounds had panicked");
        }
    }
}
