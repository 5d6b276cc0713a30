//! The threads that settle received transfers in the background. What settling means is the archive's.

use std::{io, thread, thread::JoinHandle, time::Duration};

use actix_web::web;

use crate::http::state::House;

/// How long a worker waits when nobody rings: another node may have received something.
const POLL: Duration = Duration::from_secs(1);

/// How long a worker waits after the house failed.
const AFTER_A_FAILURE: Duration = Duration::from_secs(5);

/// The running workers.
pub struct Workers {
    house: web::Data<House>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts the configured number of workers; as many as processors when it is 0.
    pub fn start(house: &web::Data<House>) -> io::Result<Self> {
        let count = match house.config.workers {
            0 => thread::available_parallelism().map_or(1, std::num::NonZero::get),
            count => count,
        };
        let start = |number: usize| {
            let house = house.clone();
            thread::Builder::new().name(format!("settle-{number}")).spawn(move || settle(&house))
        };
        let threads = (1..=count).map(start).collect::<io::Result<_>>()?;
        Ok(Self { house: house.clone(), threads })
    }

    /// Lets each end what it is doing, and waits for it.
    pub fn stop(self) {
        self.house.bell.close();
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a worker had panicked");
            }
        }
    }
}

/// Settles one transfer after the other until the bell is closed.
fn settle(house: &House) {
    while let Some(heard) = house.bell.heard() {
        match house.archive.work_once() {
            Ok(true) => house.settled.notify_waiters(),
            Ok(false) => house.bell.wait(heard, POLL),
            Err(error) => {
                tracing::error!(error = %crate::archive::error::told(&error), "a received transfer could not be settled");
                house.bell.wait(heard, AFTER_A_FAILURE);
            }
        }
    }
}
