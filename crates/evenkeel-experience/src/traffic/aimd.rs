//! Additive increase, multiplicative decrease.

use super::limit::{ConcurrencyLimit, RequestSample, require_limits};
use core::time::Duration;
use evenkeel_core::{Error, Stage};

evenkeel_core::state! {
    /// A concurrency limit by additive increase and multiplicative decrease, as congestion control has it.
    ///
    /// After a request that was dropped or took longer than `timeout` the limit is multiplied by `backoff`
    /// (and rounded down); after any other it grows by 1 if at least half of it was in use. Simple, and right
    /// where overload shows as drops; it has to hit the limit to find it. Source: D.-M. Chiu and R. Jain,
    /// Analysis of the increase and decrease algorithms for congestion avoidance in computer networks, Comput.
    /// Netw. ISDN 17 (1989) 1-14, doi:10.1016/0169-7552(89)90019-6; behaves as `AIMDLimit` of Netflix's
    /// concurrency-limits. O(1), 48 bytes.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::traffic::{Aimd, RequestSample};
    ///
    /// let mut limit = Aimd::new(5, 20, 200, 0.9, Duration::from_millis(30))?;
    /// let sample = |ms| RequestSample { round_trip: Duration::from_millis(ms), in_flight: 20, dropped: false };
    /// assert_eq!(limit.update(sample(10)), Some(21));
    /// assert_eq!(limit.update(sample(31)), Some(18));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Aimd("Aimd@1") {
        min: u32,
        initial: u32,
        max: u32,
        backoff: f64,
        timeout: Duration,
        limit: u32,
    }
}

impl Aimd {
    /// Between `min` and `max`, from `initial` on.
    ///
    /// # Errors
    /// Unless `1 <= min <= initial <= max <= 10^6`, `backoff` is in [0.5, 1), and `timeout` is above 0.
    pub fn new(min: u32, initial: u32, max: u32, backoff: f64, timeout: Duration) -> Result<Self, Error> {
        let limit = Self { min, initial, max, backoff, timeout, limit: initial };
        limit.validate()?;
        Ok(limit)
    }

    fn validate(&self) -> Result<(), Error> {
        require_limits(self.min, self.initial, self.max)?;
        Error::require((0.5..1.0).contains(&self.backoff), "backoff", "in [0.5, 1)", self.backoff)?;
        Error::require(self.timeout > Duration::ZERO, "timeout", "above 0", 0)?;
        Error::require((self.min..=self.max).contains(&self.limit), "limit", "from min to max", self.limit)
    }
}

impl ConcurrencyLimit for Aimd {
    fn limit(&self) -> u32 {
        self.limit
    }
}

impl Stage<RequestSample> for Aimd {
    type Output = u32;

    fn update(&mut self, sample: RequestSample) -> Option<u32> {
        let next = if sample.dropped || sample.round_trip > self.timeout {
            (f64::from(self.limit) * self.backoff) as u32
        } else if u64::from(sample.in_flight) * 2 >= u64::from(self.limit) {
            self.limit + 1
        } else {
            self.limit
        };
        self.limit = next.clamp(self.min, self.max);
        Some(self.limit)
    }

    fn reset(&mut self) {
        self.limit = self.initial;
    }
}
