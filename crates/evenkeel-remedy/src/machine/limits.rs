//! The limits that end every incident.

use core::time::Duration;

/// How long things may take, and how many of them there may be, in an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) deadline: Duration,
    pub(super) actions: u32,
    pub(super) decisions: u32,
    pub(super) attempts: u32,
    pub(super) apply_within: Duration,
    pub(super) verify_within: Duration,
    pub(super) hold_for: Duration,
    pub(super) probe_every: Duration,
    pub(super) recheck: Duration,
    pub(super) advise_for: Duration,
    pub(super) refusal_pause: Duration,
}
