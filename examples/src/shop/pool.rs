//! A bounded pool of connections, as permits.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A semaphore whose waits are measured.
#[derive(Debug)]
pub(super) struct Pool {
    capacity: usize,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Debug, Default)]
struct State {
    used: usize,
    waiting: usize,
}

/// A connection in use; given back when dropped.
#[derive(Debug)]
pub(super) struct Held<'a>(&'a Pool);

impl Pool {
    pub(super) fn new(capacity: usize) -> Self {
        Self { capacity, state: Mutex::default(), returned: Condvar::new() }
    }

    /// Waits for a connection, at most until the deadline.
    pub(super) fn acquire(&self, deadline: Instant) -> Option<Held<'_>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting += 1;
        while state.used >= self.capacity {
            let left = deadline.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                state.waiting -= 1;
                return None;
            }
            state = self.returned.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        state.waiting -= 1;
        state.used += 1;
        Some(Held(self))
    }

    /// In use, waiting for one, and how many there are.
    pub(super) fn gauge(&self) -> (usize, usize, usize) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.used, state.waiting, self.capacity)
    }
}

impl Held<'_> {
    /// Never gives it back.
    pub(super) fn leak(self) {
        std::mem::forget(self);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).used -= 1;
        self.0.returned.notify_one();
    }
}
