//! What decides whether a call may be made.

use super::call_outcome::CallOutcome;
use alloc::boxed::Box;
use core::fmt;
use core::time::Duration;
use evenkeel_core::Timestamp;

/// What a decision may depend on, beside the time: made with [`new`](Self::new) and changed field by field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CallInfo {
    /// How many tokens it costs, 1 by default; for [`TokenBucket`](super::TokenBucket) and
    /// [`Gcra`](super::Gcra).
    pub cost: u64,
    /// From 0 (most important, the default) on; for [`PriorityShedder`](super::PriorityShedder).
    pub priority: usize,
    /// Which host, tenant or user it concerns, 0 by default; for [`HostGate`](super::HostGate).
    pub key: usize,
}

impl CallInfo {
    /// A call of cost 1, priority 0 and key 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { cost: 1, priority: 0, key: 0 }
    }

    /// With another cost, in tokens.
    #[must_use]
    pub const fn with_cost(mut self, cost: u64) -> Self {
        self.cost = cost;
        self
    }

    /// With another priority.
    #[must_use]
    pub const fn with_priority(mut self, priority: usize) -> Self {
        self.priority = priority;
        self
    }

    /// With another key.
    #[must_use]
    pub const fn with_key(mut self, key: usize) -> Self {
        self.key = key;
        self
    }
}

impl Default for CallInfo {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a call is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RefusalReason {
    /// As many calls are in flight as may be.
    ConcurrencyLimit,
    /// More calls than the rate allows.
    RateLimit,
    /// The call costs more than the capacity of the rate limiter: it is never admitted.
    TooLarge,
    /// The callee rejects so much that this call is not worth sending.
    Throttled,
    /// The call is less important than what there is room for.
    Shed,
    /// The circuit breaker is open, or half open with all its probes under way.
    CircuitOpen,
    /// The host is ejected from load balancing.
    Ejected,
    /// What a control of one's own says.
    Other(&'static str),
}

impl fmt::Display for RefusalReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ConcurrencyLimit => "as many calls are in flight as may be",
            Self::RateLimit => "more calls than the rate allows",
            Self::TooLarge => "the call costs more than the capacity",
            Self::Throttled => "the callee rejects most calls",
            Self::Shed => "the call is not important enough under this load",
            Self::CircuitOpen => "the circuit breaker is open",
            Self::Ejected => "the host is ejected",
            Self::Other(why) => why,
        })
    }
}

/// A call that is not made: why, and when to ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use]
pub struct Refusal {
    /// Why.
    pub reason: RefusalReason,
    /// Before this time has passed the answer is the same, unless calls that are in flight end. None where
    /// that isn't known, and where no waiting helps.
    pub retry_after: Option<Duration>,
}

impl Refusal {
    /// Without a time to ask again.
    pub const fn new(reason: RefusalReason) -> Self {
        Self { reason, retry_after: None }
    }

    /// With a time to ask again.
    pub const fn retry_after(reason: RefusalReason, time: Duration) -> Self {
        Self { reason, retry_after: Some(time) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.retry_after {
            None => write!(f, "refused: {}", self.reason),
            Some(time) => write!(f, "refused: {}; retry after {} s", self.reason, time.as_secs_f64()),
        }
    }
}

impl core::error::Error for Refusal {}

/// Decides on calls, and learns how they ended.
///
/// Whoever asks calls [`finish`](Self::finish) exactly once for each call that was admitted, also when it was
/// cancelled or panicked ([`CallOutcome::Ignored`], [`CallOutcome::Failure`]). What an outcome teaches:
///
/// | control | `Success` | `Failure` | `Overloaded` | `Ignored` |
/// | --- | --- | --- | --- | --- |
/// | [`ConcurrencyLimiter`](super::ConcurrencyLimiter) | latency | – | a drop | – |
/// | [`CircuitBreaker`](super::CircuitBreaker) | success | failure | failure | – |
/// | [`AdaptiveThrottle`](super::AdaptiveThrottle) | accepted | accepted | rejected | – |
/// | [`HostGate`](super::HostGate) | success | failure | failure | – |
/// | [`TokenBucket`](super::TokenBucket), [`Gcra`](super::Gcra), [`PriorityShedder`](super::PriorityShedder) | – | – | – | – |
///
/// A concurrency limit learns nothing from a plain failure, because an error that comes at once says nothing
/// about how long work takes. A control of one's own:
///
/// ```
/// use evenkeel_core::Timestamp;
/// use evenkeel_experience::traffic::{AdmissionControl, CallInfo, CallOutcome, Refusal, RefusalReason};
///
/// /// Refuses everything during maintenance.
/// struct Maintenance(bool);
///
/// impl AdmissionControl for Maintenance {
///     type Permit = ();
///
///     fn admit(&mut self, _: Timestamp, _: &CallInfo) -> Result<(), Refusal> {
///         if self.0 { Err(Refusal::new(RefusalReason::Other("maintenance"))) } else { Ok(()) }
///     }
///
///     fn finish(&mut self, _: Timestamp, (): (), _: CallOutcome) {}
/// }
///
/// let refusal = Maintenance(true).admit(Timestamp::EPOCH, &CallInfo::new()).unwrap_err();
/// assert_eq!(refusal.to_string(), "refused: maintenance");
/// ```
pub trait AdmissionControl {
    /// What an admitted call holds until it has ended.
    type Permit;

    /// Whether a call may be made now.
    ///
    /// # Errors
    /// [`Refusal`] with the reason if it may not.
    fn admit(&mut self, now: Timestamp, call: &CallInfo) -> Result<Self::Permit, Refusal>;

    /// A call that was admitted has ended.
    fn finish(&mut self, now: Timestamp, permit: Self::Permit, outcome: CallOutcome);
}

impl<A: AdmissionControl + ?Sized> AdmissionControl for Box<A> {
    type Permit = A::Permit;

    fn admit(&mut self, now: Timestamp, call: &CallInfo) -> Result<Self::Permit, Refusal> {
        (**self).admit(now, call)
    }

    fn finish(&mut self, now: Timestamp, permit: Self::Permit, outcome: CallOutcome) {
        (**self).finish(now, permit, outcome);
    }
}
