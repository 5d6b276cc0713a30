//! Turns: how many packages are examined at the same time, so that a burst of deposits waits instead of thrashing.

use std::sync::{Condvar, Mutex, PoisonError};

/// Hands out turns.
pub struct Workers {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A turn, given back when it is dropped.
pub struct Turn<'a>(&'a Workers);

impl Workers {
    /// So many turns at the same time.
    pub const fn new(turns: usize) -> Self {
        Self { free: Mutex::new(turns), freed: Condvar::new() }
    }

    /// Waits for a turn.
    pub fn turn(&self) -> Turn<'_> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Turn(self)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
