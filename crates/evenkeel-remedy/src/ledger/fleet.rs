//! The fleet: instances and their health.

use core::fmt;
use core::time::Duration;
use evenkeel_core::{At, Timestamp};

/// How an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Health {
    /// It serves as it should.
    Serving,
    /// It should serve and does not, or not well enough.
    Failing,
    /// It is not meant to serve: drained, stopped, starting.
    OutOfService,
    /// Nobody knows. Counts as out of service.
    #[default]
    Unknown,
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serving => "serving",
            Self::Failing => "failing",
            Self::OutOfService => "out of service",
            Self::Unknown => "unknown",
        })
    }
}

/// A known instance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Member {
    report: Option<At<Health>>,
    /// Whether the report said that it was of the future, so that its time is the one at which it came.
    is_skewed: bool,
}

impl Member {
    /// The newest report on it, as it came; one with a time in the future has the time at which it came.
    #[must_use]
    pub fn report(&self) -> Option<At<Health>> {
        self.report
    }

    /// Takes a report that came at `now`. The newest counts, by its time; after one whose time can't be
    /// right, the next to come.
    pub(crate) fn take(&mut self, report: At<Health>, now: Timestamp) {
        let time = report.time.min(now);
        if self.is_skewed || self.report.is_none_or(|r| r.time <= time) {
            self.report = Some(At::new(time, report.value));
            self.is_skewed = report.time > now;
        }
    }

    pub(crate) fn set_back(&mut self, by: Duration) {
        if let Some(report) = &mut self.report {
            report.time = report.time - by;
        }
    }
}
