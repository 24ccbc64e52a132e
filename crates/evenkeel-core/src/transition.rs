//! Transitions of an alarm.

use crate::score::Calibrated;
use crate::time::{At, Timestamp};
use core::fmt;

/// The kind of a [`Transition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum TransitionKind {
    /// An event began that deserves attention.
    Raised,
    /// The event became markedly worse than when it was last reported.
    Worsened,
    /// The event is over.
    Cleared,
}

/// A change in the state of an alarm: at most one an observation, few an incident.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct Transition {
    /// What happened to the event.
    pub kind: TransitionKind,
    /// The time at which it was noticed.
    pub at: Timestamp,
    /// The first abnormal observation of the event; at or before `at`.
    pub start: Timestamp,
    /// The most surprising observation so far.
    pub peak: At<Calibrated>,
    /// The last abnormal observation, once the event is over.
    pub end: Option<Timestamp>,
}

/// "abnormal since 2026-03-02T01:57:30Z, most at 2026-03-02T01:57:50Z; p = 1.9e-9".
impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, at, start, peak, end } = self;
        match (kind, end) {
            (TransitionKind::Raised, _) => write!(f, "abnormal since {start}")?,
            (TransitionKind::Worsened, _) => write!(f, "worse at {at}; abnormal since {start}")?,
            (TransitionKind::Cleared, Some(end)) => {
                write!(f, "over at {at}; abnormal from {start} to {end}")?;
            }
            (TransitionKind::Cleared, None) => write!(f, "over at {at}; abnormal from {start} on")?,
        }
        if peak.time != *start {
            write!(f, ", most at {}", peak.time)?;
        }
        write!(f, "; p = {:.1e}", peak.value.p())
    }
}
