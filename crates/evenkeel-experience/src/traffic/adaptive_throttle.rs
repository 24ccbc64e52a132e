//! Throttling by the client.

use super::admission_control::{AdmissionControl, CallInfo, Refusal, RefusalReason};
use super::call_outcome::CallOutcome;
use crate::slo::Events;
use crate::slo::event_window::{EventWindow, buckets};
use core::time::Duration;
use evenkeel_core::{Error, Timestamp};
use evenkeel_stats::Generator;

/// The probability with which a client should reject a request itself: `max(0, (requests - k accepts) /
/// (requests + 1))`.
///
/// Source: B. Beyer, C. Jones, J. Petoff and N. R. Murphy (eds.), Site Reliability Engineering (2016), ch. 21,
/// "Client-side throttling".
///
/// ```
/// use evenkeel_experience::traffic::rejection_probability;
///
/// assert_eq!(rejection_probability(100, 100, 2.0), 0.0);
/// assert!(rejection_probability(1000, 10, 2.0) > 0.97);
/// ```
#[must_use]
pub fn rejection_probability(requests: u64, accepts: u64, k: f64) -> f64 {
    let (requests, accepts) = (requests as f64, accepts as f64);
    ((requests - k * accepts) / (requests + 1.0)).max(0.0)
}

evenkeel_core::state! {
    /// A client that stops sending what would be rejected anyway.
    ///
    /// Rejecting costs a backend nearly as much as serving; under overload every client therefore rejects
    /// requests itself, with the [`rejection_probability`] of the last `window`, so that a backend gets about
    /// `k` times as many as it accepts. What is rejected here counts as a request that was not accepted. O(1),
    /// no allocation; about 700 bytes. Random numbers come from the seed.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_experience::traffic::AdaptiveThrottle;
    ///
    /// let mut throttle = AdaptiveThrottle::new(2.0, Duration::from_secs(120), 7)?;
    /// let mut sent = 0;
    /// for i in 0..10_000 {
    ///     let now = Timestamp::from_millis(10 * i);
    ///     if throttle.admit(now) {
    ///         sent += 1;
    ///         // The backend accepts one in ten of those it could be sent.
    ///         throttle.record(now, i % 10 == 0);
    ///     }
    /// }
    /// assert!(sent < 4_000);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct AdaptiveThrottle("AdaptiveThrottle@1") {
        k: f64,
        /// Good: accepted; bad: rejected, there or here.
        window: EventWindow,
        noise: Generator,
        rejected: u64,
    }
}

/// Steps in which the window moves.
const STEPS: u32 = 24;

impl AdaptiveThrottle {
    /// With the multiplier `k`: 2 lets a backend see twice what it accepts, so that it is noticed soon when it
    /// accepts more; 1.1 wastes less. By custom `window` is two minutes.
    ///
    /// # Errors
    /// If `k` is not in [1, 100], or `window` not a multiple of 24 ns from 24 ms to 24 days.
    pub fn new(k: f64, window: Duration, seed: u64) -> Result<Self, Error> {
        let step = window / STEPS;
        let length = buckets("window", window, step)?;
        let window = EventWindow::new(step, &[length])?;
        let throttle = Self { k, window, noise: Generator::new(seed), rejected: 0 };
        throttle.validate()?;
        Ok(throttle)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require((1.0..=100.0).contains(&self.k), "k", "in [1, 100]", self.k)?;
        Error::require(self.window.span(0).is_some(), "window", "there", "not")
    }

    /// The probability with which the next request is rejected.
    #[must_use]
    pub fn probability(&self) -> f64 {
        let seen = self.window.sum(0);
        rejection_probability(seen.valid(), seen.good, self.k)
    }

    /// Whether to send a request. If so, tell its fate by [`record`](Self::record).
    pub fn admit(&mut self, now: Timestamp) -> bool {
        self.window.add(now, Events::NONE);
        if self.noise.bernoulli(self.probability()) {
            self.window.add(now, Events::new(0, 1));
            self.rejected = self.rejected.saturating_add(1);
            return false;
        }
        true
    }

    /// Whether the backend accepted a request: anything but a rejection for overload.
    pub fn record(&mut self, now: Timestamp, accepted: bool) {
        self.window.add(now, Events::new(u64::from(accepted), u64::from(!accepted)));
    }

    /// How many requests were rejected here.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejected
    }
}

impl AdmissionControl for AdaptiveThrottle {
    type Permit = ();

    fn admit(&mut self, now: Timestamp, _: &CallInfo) -> Result<(), Refusal> {
        if self.admit(now) { Ok(()) } else { Err(Refusal::new(RefusalReason::Throttled)) }
    }

    fn finish(&mut self, now: Timestamp, (): (), outcome: CallOutcome) {
        match outcome {
            CallOutcome::Success | CallOutcome::Failure => self.record(now, true),
            CallOutcome::Overloaded => self.record(now, false),
            CallOutcome::Ignored => {}
        }
    }
}
