//! Where the layer has the time from.

use core::fmt;
use evenkeel_core::Timestamp;
use std::boxed::Box;
use std::time::{Duration, Instant, SystemTime};

/// Gives the time.
pub(super) enum Clock {
    /// As the system's clock had it at the start, and monotone from there on, so that saved states mean the same
    /// after a restart.
    Monotone {
        start: Timestamp,
        since: Instant,
    },
    Custom(Box<dyn Fn() -> Timestamp + Send + Sync>),
}

impl Clock {
    pub(super) fn monotone() -> Self {
        let start = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self::Monotone { start: Timestamp::EPOCH + start, since: Instant::now() }
    }

    pub(super) fn now(&self) -> Timestamp {
        match self {
            Self::Monotone { start, since } => *start + since.elapsed(),
            Self::Custom(now) => now(),
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Monotone { .. } => "Monotone",
            Self::Custom(_) => "Custom",
        })
    }
}
