//! The gradient controller of Envoy.

use super::limit::{ConcurrencyLimit, RequestSample, require_limits};
use alloc::boxed::Box;
use alloc::vec;
use core::time::Duration;
use evenkeel_core::{Error, Stage};

evenkeel_core::state! {
    /// A concurrency limit by the ratio of latency without load to latency now, as Envoy's adaptive
    /// concurrency filter has it.
    ///
    /// Of every `window` samples the median (of 10 the 5th smallest, in whole microseconds) is latency now;
    /// `gradient = min_rtt (1 + buffer) / now`, between 1/2 and 2; the limit becomes `limit * gradient` plus
    /// the square root of that, which leaves room for a queue. The reference must be measured without load:
    /// [`measure`](Self::measure) lowers the limit to `min` until as many samples as given have come, and
    /// takes their median. Do it at the start, now and then, and never on all instances at once. Source: Envoy,
    /// Adaptive concurrency (documentation of the HTTP filter, gradient controller). O(window log window)
    /// every `window` samples, 8 bytes a sample of the window.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Stage;
    /// use evenkeel_experience::traffic::{ConcurrencyLimit, GradientController, RequestSample};
    ///
    /// let mut limit = GradientController::new(3, 20, 1000, Duration::from_millis(10))?;
    /// let sample = |ms| RequestSample { round_trip: Duration::from_millis(ms), in_flight: 20, dropped: false };
    /// limit.run([sample(10); 10]).for_each(drop);
    /// assert_eq!(limit.limit(), 30);
    /// limit.run([sample(50); 100]).for_each(drop);
    /// assert_eq!(limit.limit(), 3);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct GradientController("GradientController@1") {
        min: u32,
        initial: u32,
        max: u32,
        buffer: f64,
        initial_reference: u64,
        reference: u64,
        limit: u32,
        /// How many samples of a measurement are still to come; their number, if one is on.
        measuring: Option<usize>,
        window: usize,
        filled: usize,
        /// Room for a window or a measurement, whichever is longer.
        samples: Box<[u64]>,
    }
}

/// The longest measurement.
const MOST_SAMPLES: usize = 10_000;
/// Samples of a measurement for which there is room.
const MEASUREMENT: usize = 50;

impl GradientController {
    /// With a buffer of 25 % and windows of 10 samples.
    ///
    /// # Errors
    /// Unless `1 <= min <= initial <= max <= 10^6` and `min_rtt` is from a microsecond to an hour.
    pub fn new(min: u32, initial: u32, max: u32, min_rtt: Duration) -> Result<Self, Error> {
        Self::with_settings(min, initial, max, min_rtt, 0.25, 10)
    }

    /// With another buffer, the share by which latency may exceed that without load, and another number of
    /// samples in a window.
    ///
    /// # Errors
    /// As [`new`](Self::new); if `buffer` is not in [0, 10] or `window` not from 1 to 10^4.
    pub fn with_settings(
        min: u32,
        initial: u32,
        max: u32,
        min_rtt: Duration,
        buffer: f64,
        window: usize,
    ) -> Result<Self, Error> {
        Error::require((1..=MOST_SAMPLES).contains(&window), "window", "from 1 to 10^4", window)?;
        let reference = u64::try_from(min_rtt.as_micros()).unwrap_or(u64::MAX);
        let controller = Self {
            min,
            initial,
            max,
            buffer,
            initial_reference: reference,
            reference,
            limit: initial,
            measuring: None,
            window,
            filled: 0,
            samples: vec![0; window.max(MEASUREMENT)].into_boxed_slice(),
        };
        controller.validate()?;
        Ok(controller)
    }

    fn validate(&self) -> Result<(), Error> {
        require_limits(self.min, self.initial, self.max)?;
        Error::require((0.0..=10.0).contains(&self.buffer), "buffer", "in [0, 10]", self.buffer)?;
        for reference in [self.initial_reference, self.reference] {
            let in_range = (1..=3_600_000_000).contains(&reference);
            Error::require(in_range, "min_rtt", "from a microsecond to an hour", reference)?;
        }
        Error::require((self.min..=self.max).contains(&self.limit), "limit", "from min to max", self.limit)?;
        let room = self.samples.len();
        let needed = self.measuring.unwrap_or(self.window);
        let fits = (1..=MOST_SAMPLES).contains(&self.window)
            && room == self.window.max(MEASUREMENT)
            && needed >= 1
            && needed <= room
            && self.filled < needed;
        Error::require(fits, "samples", "room for a window that is not full", room)
    }

    /// The latency without load that the limit refers to.
    #[must_use]
    pub fn reference(&self) -> Duration {
        Duration::from_micros(self.reference)
    }

    /// Measures the latency without load: the limit is `min` until `samples` requests have finished.
    ///
    /// # Errors
    /// If `samples` is not from 1 to the larger of 50 and the window.
    pub fn measure(&mut self, samples: usize) -> Result<(), Error> {
        let fits = (1..=self.samples.len()).contains(&samples);
        Error::require(fits, "samples", "from 1 to the larger of 50 and the window", samples)?;
        self.measuring = Some(samples);
        self.filled = 0;
        Ok(())
    }

    /// Whether a measurement is on.
    #[must_use]
    pub fn is_measuring(&self) -> bool {
        self.measuring.is_some()
    }

    fn learn(&mut self, now: u64) {
        let gradient = (self.reference as f64 * (1.0 + self.buffer) / now as f64).clamp(0.5, 2.0);
        let next = f64::from(self.limit) * gradient;
        // A float beyond the range of an integer becomes the largest.
        self.limit = ((next + libm::sqrt(next)) as u32).clamp(self.min, self.max);
    }
}

impl ConcurrencyLimit for GradientController {
    fn limit(&self) -> u32 {
        if self.measuring.is_some() { self.min } else { self.limit }
    }
}

impl Stage<RequestSample> for GradientController {
    type Output = u32;

    fn update(&mut self, sample: RequestSample) -> Option<u32> {
        self.samples[self.filled] = u64::try_from(sample.round_trip.as_micros()).unwrap_or(u64::MAX);
        self.filled += 1;
        let needed = self.measuring.unwrap_or(self.window);
        if self.filled == needed {
            self.filled = 0;
            let (_, median, _) = self.samples[..needed].select_nth_unstable(needed.div_ceil(2) - 1);
            let median = *median;
            if self.measuring.take().is_some() {
                self.reference = median.clamp(1, 3_600_000_000);
            } else {
                self.learn(median);
            }
        }
        Some(self.limit())
    }

    fn reset(&mut self) {
        self.reference = self.initial_reference;
        self.limit = self.initial;
        self.measuring = None;
        self.filled = 0;
        self.samples.fill(0);
    }
}
