//! The Hoeffding confidence sequence with predictable weights.

use super::bounded::Bounded;
use super::evidence::require_probability;
use super::interval::Interval;
use evenkeel_core::{Error, Stage};

evenkeel_core::state! {
    /// Limits for the mean of values in [0, 1] that do not look at their variance: the simplest ones, and as
    /// tight as others only where the values sit at both ends of the range.
    ///
    /// Each observation is weighted by `lambda_t = min(c, sqrt(8 ln(2/alpha) / (t ln(1+t))))`; the interval
    /// is the weighted mean plus or minus `(ln(2/alpha) + sum lambda_t^2 / 8) / sum lambda_t`. It holds at
    /// all times at once with probability `1 - alpha`. Source: I. Waudby-Smith and A. Ramdas, J. R. Stat.
    /// Soc. B 86 (2024) 1-27, doi:10.1093/jrsssb/qkad009, theorem 1.
    ///
    /// A value outside of [0, 1] is treated as missing and counted. O(1) time, 56 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::sequential::HoeffdingSequence;
    ///
    /// let mut limits = HoeffdingSequence::new(0.05)?;
    /// let last = limits.run((0..1000).map(|i| f64::from(i % 2))).last().flatten().unwrap();
    /// assert!(last.contains(0.5) && last.width() < 0.2);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct HoeffdingSequence("HoeffdingSequence@1") {
        alpha: f64,
        truncation: f64,
        input: Bounded,
        weight: f64,
        weighted: f64,
        spread: f64,
    }
}

impl HoeffdingSequence {
    /// Limits that fail, ever, with probability at most `alpha`; weights are truncated at 1, as in the paper.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1).
    pub fn new(alpha: f64) -> Result<Self, Error> {
        Self::with_truncation(alpha, 1.0)
    }

    /// With weights truncated elsewhere, above 0.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1) or `truncation` not in (0, 1e6].
    pub fn with_truncation(alpha: f64, truncation: f64) -> Result<Self, Error> {
        let limits =
            Self { alpha, truncation, input: Bounded::default(), weight: 0.0, weighted: 0.0, spread: 0.0 };
        limits.validate()?;
        Ok(limits)
    }

    fn validate(&self) -> Result<(), Error> {
        require_probability("alpha", self.alpha)?;
        let truncation = self.truncation;
        Error::require(truncation > 0.0 && truncation <= 1e6, "truncation", "in (0, 1e6]", truncation)?;
        for (name, x) in [("weight", self.weight), ("weighted", self.weighted), ("spread", self.spread)] {
            Error::require(x >= 0.0 && x.is_finite(), name, "finite and at least 0", x)?;
        }
        let started = self.input.passed() > 0;
        Error::require(
            started == (self.weight > 0.0),
            "weight",
            "positive once there is an observation",
            self.weight,
        )
    }

    /// The limits now; none before the first observation.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        if self.input.passed() == 0 {
            return None;
        }
        let margin = libm::log(2.0 / self.alpha) + self.spread;
        let lower = (self.weighted - margin) / self.weight;
        let upper = (self.weighted + margin) / self.weight;
        Some(Interval::between(lower.clamp(0.0, 1.0), upper.clamp(0.0, 1.0)))
    }

    /// How many observations in [0, 1] there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.input.passed()
    }

    /// How many values were refused because they were outside of [0, 1].
    #[must_use]
    pub fn out_of_range(&self) -> u64 {
        self.input.refused()
    }
}

impl Stage<f64> for HoeffdingSequence {
    type Output = Interval;

    fn update(&mut self, x: f64) -> Option<Interval> {
        let x = self.input.admit(x)?;
        let t = self.input.count();
        let lambda =
            libm::sqrt(8.0 * libm::log(2.0 / self.alpha) / (t * libm::log1p(t))).min(self.truncation);
        self.weight += lambda;
        self.weighted += lambda * x;
        self.spread += lambda * lambda / 8.0;
        self.interval()
    }

    fn reset(&mut self) {
        self.input = Bounded::default();
        self.weight = 0.0;
        self.weighted = 0.0;
        self.spread = 0.0;
    }
}
