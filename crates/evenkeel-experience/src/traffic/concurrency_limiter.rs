//! Enforcing a concurrency limit.

use super::admission_control::{AdmissionControl, CallInfo, Refusal, RefusalReason};
use super::call_outcome::CallOutcome;
use super::limit::{ConcurrencyLimit, RequestSample};
use super::slot::Slots;
use evenkeel_core::Timestamp;

/// The right to have one request in flight.
///
/// Give it back with [`ConcurrencyLimiter::finish`]. One that is only dropped (the request was cancelled, the
/// task panicked) gives its place back as well, and teaches nothing.
#[derive(Debug)]
#[must_use = "a permit that is dropped gives its place back"]
pub struct ConcurrencyPermit {
    slot: super::slot::Slot,
    started: Timestamp,
    in_flight: u32,
}

/// Keeps as many requests in flight as a [`ConcurrencyLimit`] says, and lets it learn from those that finish.
///
/// No place is ever lost: it comes back when a permit is finished or dropped, whichever thread does it. O(1),
/// no allocation a request.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_experience::traffic::{Aimd, ConcurrencyLimiter};
///
/// let limit = Aimd::new(1, 2, 100, 0.9, Duration::from_secs(1))?;
/// let mut limiter = ConcurrencyLimiter::new(limit);
/// let now = Timestamp::EPOCH;
/// let (one, other) = (limiter.acquire(now).unwrap(), limiter.acquire(now).unwrap());
/// assert!(limiter.acquire(now).is_none());
/// drop(one);
/// limiter.finish(now + Duration::from_millis(5), other, false);
/// assert_eq!((limiter.in_flight(), limiter.limit()), (0, 3));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug)]
pub struct ConcurrencyLimiter<L> {
    limit: L,
    slots: Slots,
    rejected: u64,
}

impl<L: ConcurrencyLimit> ConcurrencyLimiter<L> {
    /// With nothing in flight.
    #[must_use]
    pub fn new(limit: L) -> Self {
        Self { limit, slots: Slots::new(), rejected: 0 }
    }

    /// A permit, unless as many requests are in flight as may be.
    pub fn acquire(&mut self, now: Timestamp) -> Option<ConcurrencyPermit> {
        if let Some((slot, in_flight)) = self.slots.take(self.limit.limit()) {
            Some(ConcurrencyPermit { slot, started: now, in_flight })
        } else {
            self.rejected = self.rejected.saturating_add(1);
            None
        }
    }

    /// A request finished. A permit of another limiter is only given back there. Gives the limit now.
    pub fn finish(&mut self, now: Timestamp, permit: ConcurrencyPermit, dropped: bool) -> u32 {
        if self.slots.owns(&permit.slot) {
            let round_trip = now.since(permit.started);
            self.limit.update(RequestSample { round_trip, in_flight: permit.in_flight, dropped });
        }
        drop(permit);
        self.limit.limit()
    }

    /// The limit now.
    #[must_use]
    pub fn limit(&self) -> u32 {
        self.limit.limit()
    }

    /// What decides the limit.
    #[must_use]
    pub fn algorithm(&self) -> &L {
        &self.limit
    }

    /// What decides the limit, to change a setting of it.
    pub fn algorithm_mut(&mut self) -> &mut L {
        &mut self.limit
    }

    /// How many requests are in flight.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.slots.taken()
    }

    /// How many requests got no permit.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.rejected
    }
}

impl<L: ConcurrencyLimit> AdmissionControl for ConcurrencyLimiter<L> {
    type Permit = ConcurrencyPermit;

    fn admit(&mut self, now: Timestamp, _: &CallInfo) -> Result<ConcurrencyPermit, Refusal> {
        self.acquire(now).ok_or(Refusal::new(RefusalReason::ConcurrencyLimit))
    }

    fn finish(&mut self, now: Timestamp, permit: ConcurrencyPermit, outcome: CallOutcome) {
        match outcome {
            CallOutcome::Success => _ = self.finish(now, permit, false),
            CallOutcome::Overloaded => _ = self.finish(now, permit, true),
            // How long it took to fail says nothing about how long work takes.
            CallOutcome::Failure | CallOutcome::Ignored => drop(permit),
        }
    }
}
