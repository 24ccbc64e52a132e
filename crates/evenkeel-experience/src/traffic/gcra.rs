//! The generic cell rate algorithm.

use super::admission_control::{AdmissionControl, CallInfo, Refusal};
use super::call_outcome::CallOutcome;
use super::rate::{Admission, Rate, require_capacity};
use core::time::Duration;
use evenkeel_core::{Error, Timestamp};

evenkeel_core::state! {
    /// The generic cell rate algorithm: requests are conforming unless they come earlier than a schedule at
    /// `rate` allows, which they may run ahead of by `capacity`.
    ///
    /// It keeps how far the theoretical arrival time of the next request is ahead of now. Admits exactly what
    /// [`TokenBucket`](super::TokenBucket) does, with the same integer arithmetic; this one is idle when all
    /// is quiet, and can say [how far behind](Self::behind) one is. A time before the latest counts as the
    /// latest. O(1), 72 bytes. Source: ATM Forum, Traffic Management Specification 4.1 (1999), 4.4.2 (virtual
    /// scheduling).
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_experience::traffic::{Gcra, Rate};
    ///
    /// // One request in two seconds, three at once.
    /// let mut schedule = Gcra::new(3, Rate::new(1, Duration::from_secs(2))?)?;
    /// let admitted = (0..10).filter(|s| schedule.take(Timestamp::from_seconds(*s), 1).is_admitted());
    /// assert_eq!(admitted.count(), 7);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Gcra("Gcra@1") {
        capacity: u64,
        rate: Rate,
        ahead: u128,
        latest: Option<Timestamp>,
    }
}

impl Gcra {
    /// A schedule that nothing has used yet.
    ///
    /// # Errors
    /// If `capacity` is not from 1 to 10^12.
    pub fn new(capacity: u64, rate: Rate) -> Result<Self, Error> {
        require_capacity(capacity)?;
        Ok(Self { capacity, rate, ahead: 0, latest: None })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        require_capacity(self.capacity)?;
        Error::require(self.ahead <= self.tolerance(), "ahead", "at most the capacity", self.ahead)
    }

    fn tolerance(&self) -> u128 {
        u128::from(self.capacity) * self.rate.unit()
    }

    /// Admits what costs `cost` tokens if the schedule allows it.
    pub fn take(&mut self, now: Timestamp, cost: u64) -> Admission {
        let latest = *self.latest.get_or_insert(now);
        self.ahead = self.ahead.saturating_sub(self.rate.accrued(now.since(latest)));
        self.latest = Some(latest.max(now));
        if cost > self.capacity {
            return Admission::TooLarge;
        }
        let then = self.ahead + u128::from(cost) * self.rate.unit();
        if then <= self.tolerance() {
            self.ahead = then;
            Admission::Admitted
        } else {
            Admission::RetryAfter(self.rate.time_for(then - self.tolerance()))
        }
    }

    /// How long it takes from the last call until the schedule is idle.
    #[must_use]
    pub fn behind(&self) -> Duration {
        self.rate.time_for(self.ahead)
    }
}

impl AdmissionControl for Gcra {
    type Permit = ();

    fn admit(&mut self, now: Timestamp, call: &CallInfo) -> Result<(), Refusal> {
        self.take(now, call.cost).into_result()
    }

    fn finish(&mut self, _: Timestamp, (): (), _: CallOutcome) {}
}
