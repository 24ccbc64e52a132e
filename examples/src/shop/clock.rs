//! Wall-clock times that never go back.

use evenkeel::prelude::Timestamp;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The wall clock as it was once, carried on by the monotonic one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    origin: Instant,
    epoch: Duration,
}

impl Clock {
    pub(super) fn start() -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { origin: Instant::now(), epoch }
    }

    pub(super) fn now(&self) -> Timestamp {
        let nanos = (self.epoch + self.origin.elapsed()).as_nanos();
        Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
    }
}
