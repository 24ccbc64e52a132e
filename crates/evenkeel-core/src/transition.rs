//! What an alarm says.

use crate::{At, Calibrated, Timestamp};

/// What happened to an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum TransitionKind {
    /// It began to be worth somebody's attention.
    Raised,
    /// It became markedly worse than when it was last told.
    Worsened,
    /// It is over.
    Cleared,
}

/// A change in the state of an alarm: at most one an observation, few an incident.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct Transition {
    /// What happened.
    pub kind: TransitionKind,
    /// When it was noticed.
    pub at: Timestamp,
    /// The first abnormal observation of the event; at or before `at`.
    pub start: Timestamp,
    /// The most surprising observation so far.
    pub peak: At<Calibrated>,
    /// The last abnormal observation, once the event is over.
    pub end: Option<Timestamp>,
}
