//! The thread that makes the archive's rounds. What a round does is the archive's.

use std::{io, thread, thread::JoinHandle, time::Duration};

use actix_web::web;

use crate::http::state::House;

/// Time between two rounds.
const PAUSE: Duration = Duration::from_secs(10);

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
            let minutes = shared.config.time_stamp_minutes;
            loop {
                shared.archive.round(minutes);
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
