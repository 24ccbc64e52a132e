//! The Gradient2 limit.

use super::limit::{ConcurrencyLimit, RequestSample, nanoseconds, require_limits, whole};
use evenkeel_core::{Error, Stage};

evenkeel_core::state! {
    /// A concurrency limit by the ratio of the long-term average of latency to latency now.
    ///
    /// `gradient = tolerance * long / now`, between 1/2 and 1; the limit moves by the share `smoothing` towards
    /// `limit * gradient + queue`. It stays while less than half of it is in use. The average is exponential
    /// with the weight `2 / (window + 1)` after a plain mean of the first `warm_up` samples, and falls by 5 %
    /// a sample while it is more than twice the latency now. Source: Netflix's concurrency-limits,
    /// `Gradient2Limit`.
    ///
    /// *Deviations.* As published, it has two known faults, which are off by default and on with
    /// [`as_published`](Gradient2Builder::as_published):
    ///
    /// 1. It ignores drops. Here a drop, a timeout included, counts as a gradient of 1/2, and its latency is
    ///    not learned.
    /// 2. It grows without bound. The average is measured under load, so steady overload looks normal after
    ///    some hundred samples (issue 137), and the allowance for a queue is added even while latency says
    ///    that there is one (pull request 134). Here the average may exceed the lowest one so far by no more
    ///    than the factor `drift` (the lowest is forgotten slowly: it doubles in some 70 windows), and the
    ///    queue is added only while the gradient is 1.
    ///
    /// | parameter | range | default |
    /// | --- | --- | --- |
    /// | `min`, `initial`, `max` | 1 to 10^6 in this order | 20, 20, 200 |
    /// | `smoothing` | (0, 1] | 0.2 |
    /// | `queue` | 0 to 10^4 | 4 |
    /// | `tolerance` | [1, 10] | 1.5 |
    /// | `window`, `warm_up` | 1 to 10^6 | 600, 10 |
    /// | `drift` | [1, 100] | 2 |
    ///
    /// O(1), 136 bytes.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::traffic::{ConcurrencyLimit, Gradient2, RequestSample};
    ///
    /// let sample = |ms| RequestSample { round_trip: Duration::from_millis(ms), in_flight: 1000, dropped: false };
    /// // Fine for a while, and then ten times as slow for good.
    /// let steady_overload = || (0..20_000).map(|i| sample(if i < 100 { 10 } else { 100 }));
    /// let mut limit = Gradient2::builder().build()?;
    /// let mut published = Gradient2::builder().as_published().build()?;
    /// limit.run(steady_overload()).for_each(drop);
    /// published.run(steady_overload()).for_each(drop);
    /// assert_eq!((limit.limit(), published.limit()), (20, 200));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Gradient2("Gradient2@1") {
        min: u32,
        initial: u32,
        max: u32,
        smoothing: f64,
        queue: f64,
        tolerance: f64,
        window: u32,
        warm_up: u32,
        drift: Option<f64>,
        estimate: f64,
        seen: u32,
        sum: f64,
        average: f64,
        lowest: f64,
    }
}

/// Builds a [`Gradient2`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Gradient2Builder {
    limit: Gradient2,
}

impl Gradient2Builder {
    /// The smallest, the first and the largest limit.
    pub fn limits(mut self, min: u32, initial: u32, max: u32) -> Self {
        (self.limit.min, self.limit.initial, self.limit.max) = (min, initial, max);
        self.limit.estimate = f64::from(initial);
        self
    }

    /// Which share of the way the limit goes with each sample.
    pub fn smoothing(mut self, smoothing: f64) -> Self {
        self.limit.smoothing = smoothing;
        self
    }

    /// How many requests may queue.
    pub fn queue(mut self, queue: u32) -> Self {
        self.limit.queue = f64::from(queue);
        self
    }

    /// By which factor latency may exceed its average before the limit falls.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.limit.tolerance = tolerance;
        self
    }

    /// Over how many samples the average goes, and how many the first plain mean has.
    pub fn window(mut self, window: u32, warm_up: u32) -> Self {
        (self.limit.window, self.limit.warm_up) = (window, warm_up);
        self
    }

    /// By which factor the average may exceed the lowest one so far.
    pub fn drift(mut self, drift: f64) -> Self {
        self.limit.drift = Some(drift);
        self
    }

    /// With both faults of the original, to compare with it.
    pub fn as_published(mut self) -> Self {
        self.limit.drift = None;
        self
    }

    /// The limit.
    ///
    /// # Errors
    /// If a setting is outside of its range.
    pub fn build(self) -> Result<Gradient2, Error> {
        self.limit.validate()?;
        Ok(self.limit)
    }
}

impl Gradient2 {
    /// With the settings of the table.
    pub fn builder() -> Gradient2Builder {
        Gradient2Builder {
            limit: Self {
                min: 20,
                initial: 20,
                max: 200,
                smoothing: 0.2,
                queue: 4.0,
                tolerance: 1.5,
                window: 600,
                warm_up: 10,
                drift: Some(2.0),
                estimate: 20.0,
                seen: 0,
                sum: 0.0,
                average: 0.0,
                lowest: 0.0,
            },
        }
    }

    fn validate(&self) -> Result<(), Error> {
        require_limits(self.min, self.initial, self.max)?;
        let smoothing = self.smoothing > 0.0 && self.smoothing <= 1.0;
        Error::require(smoothing, "smoothing", "in (0, 1]", self.smoothing)?;
        Error::require((0.0..=1e4).contains(&self.queue), "queue", "from 0 to 10^4", self.queue)?;
        Error::require((1.0..=10.0).contains(&self.tolerance), "tolerance", "in [1, 10]", self.tolerance)?;
        let most = 1_000_000;
        Error::require((1..=most).contains(&self.window), "window", "from 1 to 10^6", self.window)?;
        Error::require((1..=most).contains(&self.warm_up), "warm_up", "from 1 to 10^6", self.warm_up)?;
        let drift = self.drift.is_none_or(|drift| (1.0..=100.0).contains(&drift));
        Error::require(drift, "drift", "in [1, 100]", self.drift.unwrap_or(0.0))?;
        let range = f64::from(self.min)..=f64::from(self.max);
        Error::require(range.contains(&self.estimate), "estimate", "from min to max", self.estimate)?;
        for (name, x) in [("sum", self.sum), ("average", self.average), ("lowest", self.lowest)] {
            let finite = (0.0..=1e40).contains(&x) && (self.seen > 0) == (x > 0.0);
            Error::require(finite, name, "positive from the first sample on", x)?;
        }
        Error::require(self.seen <= self.warm_up, "seen", "at most warm_up", self.seen)
    }

    /// The estimate behind the limit, which is its integer part.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    /// Learns a latency; gives the average before it is lowered for being too high.
    fn learn(&mut self, now: f64) -> f64 {
        if self.seen < self.warm_up {
            self.seen += 1;
            self.sum += now;
            self.average = self.sum / f64::from(self.seen);
            self.lowest = self.average;
        } else {
            let weight = 2.0 / (f64::from(self.window) + 1.0);
            self.average = self.average * (1.0 - weight) + now * weight;
        }
        let mut long = self.average;
        if let Some(drift) = self.drift {
            self.lowest = (self.lowest * (1.0 + 0.01 / f64::from(self.window))).min(long);
            long = long.min(drift * self.lowest);
            self.average = long;
        }
        if long / now > 2.0 {
            self.average *= 0.95;
        }
        long
    }
}

impl ConcurrencyLimit for Gradient2 {
    fn limit(&self) -> u32 {
        whole(self.estimate)
    }
}

impl Stage<RequestSample> for Gradient2 {
    type Output = u32;

    fn update(&mut self, sample: RequestSample) -> Option<u32> {
        let now = nanoseconds(sample.round_trip);
        let mends = self.drift.is_some();
        let is_drop = sample.dropped && mends;
        let gradient = if is_drop {
            0.5
        } else {
            let long = self.learn(now);
            if f64::from(sample.in_flight) < self.estimate / 2.0 {
                return Some(self.limit());
            }
            (self.tolerance * long / now).clamp(0.5, 1.0)
        };
        let queue = if mends && gradient < 1.0 { 0.0 } else { self.queue };
        let target = self.estimate * gradient + queue;
        let next = self.estimate * (1.0 - self.smoothing) + target * self.smoothing;
        self.estimate = next.clamp(f64::from(self.min), f64::from(self.max));
        Some(self.limit())
    }

    fn reset(&mut self) {
        self.estimate = f64::from(self.initial);
        (self.seen, self.sum, self.average, self.lowest) = (0, 0.0, 0.0, 0.0);
    }
}
