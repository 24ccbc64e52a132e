//! What concurrency limits have in common.

use core::time::Duration;
use evenkeel_core::{Error, Stage};

/// A finished request, as a concurrency limit sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestSample {
    /// How long it took.
    pub round_trip: Duration,
    /// How many requests were in flight when it started, itself included.
    pub in_flight: u32,
    /// Whether it was dropped: rejected for overload, or timed out.
    pub dropped: bool,
}

/// How many requests may be in flight at once, learned from those that finish.
///
/// A limiter takes the place of a rate that somebody guessed: it finds what a service can do by its latency,
/// and follows when that changes. Enforced by [`ConcurrencyLimiter`](super::ConcurrencyLimiter).
///
/// | limit | raises | lowers |
/// | --- | --- | --- |
/// | [`Aimd`](super::Aimd) | by 1 while in use | by a factor at a drop or timeout |
/// | [`Vegas`](super::Vegas) | while the estimated queue is short | when it is long |
/// | [`Gradient2`](super::Gradient2) | while latency is like its long-term average | as latency rises over it |
/// | [`GradientController`](super::GradientController) | while latency is like that without load | as it rises over that |
///
/// All of them swing if they move with each sample, so use them in [`Windowed`](super::Windowed).
pub trait ConcurrencyLimit: Stage<RequestSample, Output = u32> {
    /// The limit now, at least 1.
    fn limit(&self) -> u32;
}

/// The largest limit that can be set.
pub(crate) const LARGEST_LIMIT: u32 = 1_000_000;

/// Refuses limits that are out of order.
pub(crate) fn require_limits(min: u32, initial: u32, max: u32) -> Result<(), Error> {
    Error::require(min >= 1, "min", "at least 1", min)?;
    Error::require(max <= LARGEST_LIMIT, "max", "at most 10^6", max)?;
    Error::require(min <= initial && initial <= max, "initial", "from min to max", initial)
}

/// Nanoseconds as a float, at least 1: a round trip of nothing is one below the resolution of a clock.
pub(crate) fn nanoseconds(round_trip: Duration) -> f64 {
    (round_trip.as_nanos() as f64).max(1.0)
}

/// The published limit of a real-valued estimate, which is at least 1.
pub(crate) fn whole(estimate: f64) -> u32 {
    estimate as u32
}
