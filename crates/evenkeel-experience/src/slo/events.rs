//! Good and bad events.

use core::ops::{Add, AddAssign};

/// How many of the valid events were good and how many bad: the service level indicator of a stretch of time.
///
/// What is not valid (health checks, requests of attackers, client errors) is in neither. Sums end at the
/// largest integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Events {
    /// Events that were as they should be.
    pub good: u64,
    /// Valid events that were not.
    pub bad: u64,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Events);

impl Events {
    /// No events at all.
    pub const NONE: Self = Self { good: 0, bad: 0 };

    /// This many good and bad ones.
    #[must_use]
    pub const fn new(good: u64, bad: u64) -> Self {
        Self { good, bad }
    }

    /// Good and bad ones together.
    #[must_use]
    pub const fn valid(self) -> u64 {
        self.good.saturating_add(self.bad)
    }

    /// The share of bad ones; none without events.
    #[must_use]
    pub fn error_ratio(self) -> Option<f64> {
        let valid = self.good as f64 + self.bad as f64;
        (valid > 0.0).then(|| self.bad as f64 / valid)
    }
}

impl Add for Events {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { good: self.good.saturating_add(other.good), bad: self.bad.saturating_add(other.bad) }
    }
}

impl AddAssign for Events {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}
