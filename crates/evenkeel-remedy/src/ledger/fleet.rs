//! Who is there, and how they are.

use core::fmt;
use evenkeel_core::At;

/// How an instance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Health {
    /// It serves.
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
}

impl Member {
    /// The newest report on it, as it came.
    #[must_use]
    pub fn report(&self) -> Option<At<Health>> {
        self.report
    }

    pub(crate) fn take(&mut self, report: At<Health>) {
        if self.report.is_none_or(|r| r.time <= report.time) {
            self.report = Some(report);
        }
    }
}
