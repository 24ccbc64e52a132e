//! Civil time: offsets from UTC, as data.

use alloc::vec::Vec;
use evenkeel_core::{Error, Timestamp};

/// The most changes that are kept: five hundred years of daylight saving.
const MOST: usize = 1_000;

/// Offsets in seconds and the times from which they hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Civil {
    first: i32,
    changes: Vec<(Timestamp, i32)>,
}

impl Civil {
    pub(super) fn first(&mut self, seconds: i32) {
        self.first = seconds;
    }

    pub(super) fn then(&mut self, time: Timestamp, seconds: i32) {
        self.changes.push((time, seconds));
    }

    pub(super) fn by(from: Timestamp, until: Timestamp, offset: impl Fn(Timestamp) -> i32) -> Self {
        const DAY: i64 = 86_400;
        let at = |second: i64| offset(Timestamp::from_seconds(second));
        let (mut before, end) = (from.as_seconds(), until.as_seconds());
        let mut civil = Self { first: at(before), changes: Vec::new() };
        // One more than can be accepted is enough to be refused.
        while before < end && civil.changes.len() <= MOST {
            let next = (before + DAY).min(end);
            let new = at(next);
            if new != at(before) {
                let (mut old_at, mut new_at) = (before, next);
                while new_at - old_at > 1 {
                    let middle = old_at + (new_at - old_at) / 2;
                    if at(middle) == new { new_at = middle } else { old_at = middle }
                }
                civil.then(Timestamp::from_seconds(new_at), new);
            }
            before = next;
        }
        civil
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        let all = core::iter::once(self.first).chain(self.changes.iter().map(|change| change.1));
        for seconds in all {
            Error::require(
                seconds.unsigned_abs() < 86_400,
                "offset",
                "less than a day, in seconds",
                seconds,
            )?;
        }
        let rising = self.changes.windows(2).all(|pair| pair[0].0 < pair[1].0);
        Error::require(rising, "offset_from", "in the order of time", "another order")?;
        let few = self.changes.len() <= MOST;
        Error::require(few, "offset_from", "at most 1000 changes", self.changes.len())
    }

    pub(super) fn at(&self, time: Timestamp) -> i32 {
        let passed = self.changes.partition_point(|change| change.0 <= time);
        passed.checked_sub(1).map_or(self.first, |last| self.changes[last].1)
    }
}
