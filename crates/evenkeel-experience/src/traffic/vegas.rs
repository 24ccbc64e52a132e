//! The Vegas limit.

use super::limit::{ConcurrencyLimit, LARGEST_LIMIT, RequestSample, nanoseconds, require_limits, whole};
use evenkeel_core::{Error, Stage};
use evenkeel_stats::Generator;

evenkeel_core::state! {
    /// A concurrency limit by the length of the queue, estimated from latency as TCP Vegas does.
    ///
    /// The shortest round trip seen is that without a queue, so of `limit` requests in flight
    /// `limit (1 - shortest / now)` are queueing. With `l = max(1, floor(log10 limit))`, the limit grows by
    /// `6 l` while the queue is at most `l`, by `l` while it is below `3 l`, and falls by `l` above `6 l` and
    /// at a drop; it stays while less than half of it is in use. Every `jitter * multiplier * limit` samples
    /// the shortest round trip is learned anew, so that a service that became slower for good is not taken
    /// for queueing; a probe under load learns too long a one, which is the weakness of the method.
    ///
    /// Source: L. S. Brakmo and L. L. Peterson, TCP Vegas: end to end congestion avoidance on a global
    /// Internet, IEEE J. Sel. Areas Commun. 13 (1995) 1465-1480, doi:10.1109/49.464716; behaves as `VegasLimit`
    /// of Netflix's concurrency-limits, where the jitter is random: here it is 3/4, or drawn between 1/2 and 1
    /// from a [seed](Self::seeded), so that many clients do not probe at the same time. O(1), 120 bytes.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::traffic::{ConcurrencyLimit, RequestSample, Vegas};
    ///
    /// let mut limit = Vegas::new(20, 1000)?;
    /// let sample = |ms| RequestSample { round_trip: Duration::from_millis(ms), in_flight: 1000, dropped: false };
    /// limit.run([sample(10); 50]).for_each(drop);
    /// let without_queue = limit.limit();
    /// limit.run([sample(20); 50]).for_each(drop);
    /// assert!(without_queue > 100 && limit.limit() < without_queue);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct Vegas("Vegas@1") {
        initial: u32,
        max: u32,
        smoothing: f64,
        multiplier: u32,
        seed: Option<u64>,
        noise: Option<Generator>,
        jitter: f64,
        estimate: f64,
        shortest: Option<f64>,
        samples: u64,
    }
}

/// The mean of the random jitter.
const MIDDLE: f64 = 0.75;

impl Vegas {
    /// Up to `max`, from `initial` on, without smoothing, with a probe every `0.75 * 30 * limit` samples.
    ///
    /// # Errors
    /// Unless `1 <= initial <= max <= 10^6`.
    pub fn new(initial: u32, max: u32) -> Result<Self, Error> {
        Self::with_settings(initial, max, 1.0, 30)
    }

    /// With a smoothing other than 1 (none: each step is taken in full), and another multiplier of the
    /// distance between probes.
    ///
    /// # Errors
    /// As [`new`](Self::new); if `smoothing` is not in (0, 1] or `multiplier` not from 1 to 10^6.
    pub fn with_settings(initial: u32, max: u32, smoothing: f64, multiplier: u32) -> Result<Self, Error> {
        let limit = Self {
            initial,
            max,
            smoothing,
            multiplier,
            seed: None,
            noise: None,
            jitter: MIDDLE,
            estimate: f64::from(initial),
            shortest: None,
            samples: 0,
        };
        limit.validate()?;
        Ok(limit)
    }

    /// Draws the distance between probes at random.
    #[must_use]
    pub fn seeded(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self.noise = Some(Generator::new(seed));
        self.draw_jitter();
        self
    }

    fn draw_jitter(&mut self) {
        self.jitter = self.noise.as_mut().map_or(MIDDLE, |noise| 0.5 + 0.5 * noise.uniform());
    }

    fn validate(&self) -> Result<(), Error> {
        require_limits(1, self.initial, self.max)?;
        let smoothing = self.smoothing > 0.0 && self.smoothing <= 1.0;
        Error::require(smoothing, "smoothing", "in (0, 1]", self.smoothing)?;
        let multiplier = (1..=LARGEST_LIMIT).contains(&self.multiplier);
        Error::require(multiplier, "multiplier", "from 1 to 10^6", self.multiplier)?;
        let estimate = (1.0..=f64::from(self.max)).contains(&self.estimate);
        Error::require(estimate, "estimate", "from 1 to max", self.estimate)?;
        Error::require((0.5..=1.0).contains(&self.jitter), "jitter", "in [0.5, 1]", self.jitter)?;
        Error::require(self.seed.is_some() == self.noise.is_some(), "noise", "there with a seed", "not")?;
        let shortest = self.shortest.is_none_or(|shortest| (1.0..=1e30).contains(&shortest));
        Error::require(shortest, "shortest", "in [1, 1e30]", "not")
    }

    /// The estimate behind the limit, which is its integer part.
    #[must_use]
    pub fn estimate(&self) -> f64 {
        self.estimate
    }

    fn step(&self, sample: RequestSample, shortest: f64, now: f64) -> f64 {
        let log = f64::from(whole(self.estimate).checked_ilog10().unwrap_or(0)).max(1.0);
        if sample.dropped {
            return -log;
        }
        if f64::from(sample.in_flight) * 2.0 < self.estimate {
            return 0.0;
        }
        let queue = libm::ceil(self.estimate * (1.0 - shortest / now));
        if queue <= log {
            6.0 * log
        } else if queue < 3.0 * log {
            log
        } else if queue > 6.0 * log {
            -log
        } else {
            0.0
        }
    }
}

impl ConcurrencyLimit for Vegas {
    fn limit(&self) -> u32 {
        whole(self.estimate)
    }
}

impl Stage<RequestSample> for Vegas {
    type Output = u32;

    fn update(&mut self, sample: RequestSample) -> Option<u32> {
        let now = nanoseconds(sample.round_trip);
        self.samples = self.samples.saturating_add(1);
        let is_probe = self.jitter * f64::from(self.multiplier) * self.estimate <= self.samples as f64;
        match self.shortest {
            _ if is_probe => {
                self.samples = 0;
                self.draw_jitter();
                self.shortest = Some(now);
            }
            Some(shortest) if now >= shortest => {
                let step = self.step(sample, shortest, now);
                if step != 0.0 {
                    let next = (self.estimate + step).clamp(1.0, f64::from(self.max));
                    self.estimate = (1.0 - self.smoothing) * self.estimate + self.smoothing * next;
                }
            }
            _ => self.shortest = Some(now),
        }
        Some(self.limit())
    }

    fn reset(&mut self) {
        self.noise = self.seed.map(Generator::new);
        self.estimate = f64::from(self.initial);
        self.shortest = None;
        self.samples = 0;
        self.draw_jitter();
    }
}
