//! Exponentially weighted mean and variance in irregular time.

use super::ewm::EwmStats;
use core::time::Duration;
use evenkeel_core::{At, Error, Stage, Timestamp, Watermark, observed};

evenkeel_core::state! {
    /// Exponentially weighted mean and variance in irregular time: the weight of a value halves in each
    /// `half_life` that has passed since, however many values came between.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::{At, Stage, Timestamp};
    /// use evenkeel_series::rolling::TimeEwm;
    ///
    /// let mut ewm = TimeEwm::new(Duration::from_secs(60))?;
    /// let mut at = |second, value| ewm.update(At::new(Timestamp::from_seconds(second), value));
    /// at(0, 10.0);
    /// // One half-life later the first value weighs half: (10 / 2 + 40) / 1.5.
    /// assert!((at(60, 40.0).unwrap().mean() - 30.0).abs() < 1e-12);
    /// // An hour later neither matters any more.
    /// let alone = at(3660, 7.0).unwrap();
    /// assert!((alone.mean() - 7.0).abs() < 1e-12);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// It is `ewm(halflife=..., times=...)` of pandas, with a variance as well: corrected for its bias as in
    /// [`Ewm`](crate::rolling::Ewm), so that it is `None` as long as one value has all the weight.
    ///
    /// For a missing value the output is the mean so far, and only the time changes. Which times are believed
    /// is the rule of [`Watermark`]: late ones count as the latest and are [counted](Self::late), leaps wait
    /// for the next, and a clock that was set back is followed after 8 values. One value that is s times as
    /// large as the usual ones matters less than a millionth of them after log2(s) + 20 half-lives in the
    /// mean, twice as many in the variance. O(1) in time and memory.
    #[derive(Debug, Clone, PartialEq)]
    pub struct TimeEwm("TimeEwm@2") {
        half_life: Duration,
        clock: Watermark,
        observed: u64,
        /// When the last value was observed, on the clock's steady time: the weights are as of then.
        last: Option<Timestamp>,
        mean: f64,
        /// With the sum of weights as divisor.
        variance: f64,
        /// The sum of the weights, of which the newest is 1, and of their squares.
        sum: f64,
        squares: f64,
    }
}

impl TimeEwm {
    /// With the time in which a weight halves.
    ///
    /// # Errors
    /// If it is 0.
    pub fn new(half_life: Duration) -> Result<Self, Error> {
        Error::require(!half_life.is_zero(), "half_life", "above 0", half_life.as_secs_f64())?;
        Ok(Self {
            half_life,
            clock: Watermark::default(),
            observed: 0,
            last: None,
            mean: 0.0,
            variance: 0.0,
            sum: 0.0,
            squares: 0.0,
        })
    }

    /// The time in which a weight halves.
    #[must_use]
    pub fn half_life(&self) -> Duration {
        self.half_life
    }

    /// How many values were observed.
    #[must_use]
    pub fn observed(&self) -> u64 {
        self.observed
    }

    /// How many inputs were earlier than one before them.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.clock.late()
    }

    /// Mean and variance so far; `None` before the first observed value.
    #[must_use]
    pub fn weighted(&self) -> Option<EwmStats> {
        let Self { observed, mean, variance, sum, squares, .. } = *self;
        if observed == 0 {
            return None;
        }
        let square = sum * sum;
        let divisor = square - squares;
        let variance = (divisor > 0.0).then(|| square / divisor * variance).filter(|v| v.is_finite());
        Some(EwmStats::new(mean, variance))
    }
}

impl Stage<At<f64>> for TimeEwm {
    type Output = EwmStats;

    fn update(&mut self, x: At<f64>) -> Option<EwmStats> {
        let now = self.clock.tick(x.time);
        if let Some(x) = observed(x.value) {
            if let Some(last) = self.last {
                let keep = libm::exp2(-now.since(last).as_secs_f64() / self.half_life.as_secs_f64());
                self.sum *= keep;
                self.squares *= keep * keep;
            }
            let total = self.sum + 1.0;
            let old = if self.observed == 0 { x } else { self.mean };
            // The same value again must not move the mean by a rounding error.
            let mean = if old == x { x } else { (self.sum * old + x) / total };
            let (from_old, from_new) = (old - mean, x - mean);
            self.variance = (self.sum * (self.variance + from_old * from_old) + from_new * from_new) / total;
            self.mean = mean;
            self.sum = total;
            self.squares += 1.0;
            self.last = Some(now.steady);
            self.observed = self.observed.saturating_add(1);
        }
        self.weighted()
    }

    fn reset(&mut self) {
        if let Ok(fresh) = Self::new(self.half_life) {
            *self = fresh;
        }
    }
}

#[cfg(feature = "serde")]
impl TimeEwm {
    fn validate(&self) -> Result<(), Error> {
        let fresh = Self::new(self.half_life)?;
        if self.observed == 0 {
            let unseen = Self { clock: self.clock, ..fresh };
            Error::require(*self == unseen, "state", "untouched without a value", "not so")?;
            return Ok(());
        }
        let seen = self.last.is_some() && self.clock.latest().is_some();
        Error::require(seen, "last", "a time that has been", self.observed)?;
        Error::require(observed(self.mean).is_some(), "mean", "finite and at most 1e100", self.mean)?;
        Error::require((0.0..=1e201).contains(&self.variance), "variance", "in [0, 1e201]", self.variance)?;
        for (name, weight) in [("sum of weights", self.sum), ("sum of squares", self.squares)] {
            Error::require((1.0..=1e20).contains(&weight), name, "in [1, 1e20]", weight)?;
        }
        Ok(())
    }
}
