//! The token bucket.

use super::admission_control::{AdmissionControl, CallInfo, Refusal};
use super::call_outcome::CallOutcome;
use super::rate::{Admission, Rate, require_capacity};
use evenkeel_core::{Error, Timestamp};

evenkeel_core::state! {
    /// A token bucket: on average `rate`, and up to `capacity` at once after a quiet time.
    ///
    /// The bucket starts full, fills at the rate, and holds no more than its capacity; what is admitted takes
    /// its cost out. Integer arithmetic, so that nothing drifts. Admits exactly what [`Gcra`](super::Gcra)
    /// does; this one can say how many tokens there are. A time before the latest counts as the latest. O(1),
    /// 72 bytes. Source: J. S. Turner, New directions in communications, IEEE Commun. Mag. 24(10) (1986) 8-15,
    /// doi:10.1109/MCOM.1986.1092946.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_experience::traffic::{Admission, Rate, TokenBucket};
    ///
    /// let mut bucket = TokenBucket::new(2, Rate::per_second(5)?)?;
    /// let now = Timestamp::EPOCH;
    /// assert!(bucket.take(now, 2).is_admitted());
    /// assert_eq!(bucket.take(now, 1), Admission::RetryAfter(Duration::from_millis(200)));
    /// assert!(bucket.take(now + Duration::from_millis(200), 1).is_admitted());
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct TokenBucket("TokenBucket@1") {
        capacity: u64,
        rate: Rate,
        level: u128,
        latest: Option<Timestamp>,
    }
}

impl TokenBucket {
    /// A full bucket.
    ///
    /// # Errors
    /// If `capacity` is not from 1 to 10^12.
    pub fn new(capacity: u64, rate: Rate) -> Result<Self, Error> {
        require_capacity(capacity)?;
        Ok(Self { capacity, rate, level: u128::from(capacity) * rate.unit(), latest: None })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        require_capacity(self.capacity)?;
        Error::require(self.level <= self.full(), "level", "at most the capacity", self.level)
    }

    fn full(&self) -> u128 {
        u128::from(self.capacity) * self.rate.unit()
    }

    fn fill(&mut self, now: Timestamp) {
        let latest = *self.latest.get_or_insert(now);
        self.level = (self.level + self.rate.accrued(now.since(latest))).min(self.full());
        self.latest = Some(latest.max(now));
    }

    /// Takes `cost` tokens if there are as many.
    pub fn take(&mut self, now: Timestamp, cost: u64) -> Admission {
        self.fill(now);
        if cost > self.capacity {
            return Admission::TooLarge;
        }
        let cost = u128::from(cost) * self.rate.unit();
        if cost <= self.level {
            self.level -= cost;
            Admission::Admitted
        } else {
            Admission::RetryAfter(self.rate.time_for(cost - self.level))
        }
    }

    /// Gives tokens back, for what was admitted and then not done.
    pub fn give_back(&mut self, tokens: u64) {
        self.level = (self.level + u128::from(tokens) * self.rate.unit()).min(self.full());
    }

    /// How many tokens there were after the last call; not always whole.
    #[must_use]
    pub fn tokens(&self) -> f64 {
        self.level as f64 / self.rate.unit() as f64
    }
}

impl AdmissionControl for TokenBucket {
    type Permit = ();

    fn admit(&mut self, now: Timestamp, call: &CallInfo) -> Result<(), Refusal> {
        self.take(now, call.cost).into_result()
    }

    fn finish(&mut self, _: Timestamp, (): (), _: CallOutcome) {}
}
