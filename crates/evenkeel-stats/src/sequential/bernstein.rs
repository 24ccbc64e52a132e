//! The empirical Bernstein confidence sequence with predictable weights.

use super::bounded::{Bounded, Regularized};
use super::evidence::require_probability;
use super::interval::Interval;
use evenkeel_core::{Error, Stage};

evenkeel_core::state! {
    /// Limits for the mean of values in [0, 1] that adapt to their variance: the choice when the values
    /// cluster or are mostly 0.
    ///
    /// Each observation is weighted by `lambda_t = min(c, sqrt(2 ln(2/alpha) / (t ln(1+t) s^2)))`, where
    /// `s^2` is the variance of those before it. The interval is the weighted mean plus or minus
    /// `(ln(2/alpha) + sum psi(lambda_t) (x_t - m_(t-1))^2) / sum lambda_t`, with `psi(l) = -ln(1-l) - l` and
    /// `m` the mean before (for the first observation the end of the range, 0 for the lower and 1 for the
    /// upper limit). It holds at all times at once with probability `1 - alpha`, for any distribution and
    /// also for dependent values with a constant conditional mean. Source: I. Waudby-Smith and A. Ramdas,
    /// Estimating means of bounded random variables by betting, J. R. Stat. Soc. B 86 (2024) 1-27,
    /// doi:10.1093/jrsssb/qkad009, theorem 2.
    ///
    /// The intervals are not intersected; append an [`Intersection`](super::Intersection) where the mean is
    /// constant.
    ///
    /// A value outside of [0, 1] is treated as missing and counted. O(1) time, 120 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::sequential::BernsteinSequence;
    ///
    /// let mut limits = BernsteinSequence::new(0.05)?;
    /// let values = (0..1000).map(|i| if i % 50 == 0 { 1.0 } else { 0.0 });
    /// let last = limits.run(values).last().flatten().unwrap();
    /// assert!(last.contains(0.02) && last.upper() < 0.05);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct BernsteinSequence("BernsteinSequence@1") {
        alpha: f64,
        truncation: f64,
        input: Bounded,
        past: Regularized,
        weight: f64,
        weighted: f64,
        spread_lower: f64,
        spread_upper: f64,
    }
}

impl BernsteinSequence {
    /// Limits that fail, ever, with probability at most `alpha`; weights are truncated at 1/2, as in the
    /// paper.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1).
    pub fn new(alpha: f64) -> Result<Self, Error> {
        Self::with_truncation(alpha, 0.5)
    }

    /// With weights truncated elsewhere in (0, 1): lower is safer early, higher tighter when the variance is
    /// small.
    ///
    /// # Errors
    /// If `alpha` or `truncation` is not in (0, 1).
    pub fn with_truncation(alpha: f64, truncation: f64) -> Result<Self, Error> {
        require_probability("alpha", alpha)?;
        require_probability("truncation", truncation)?;
        Ok(Self {
            alpha,
            truncation,
            input: Bounded::default(),
            past: Regularized::default(),
            weight: 0.0,
            weighted: 0.0,
            spread_lower: 0.0,
            spread_upper: 0.0,
        })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        require_probability("alpha", self.alpha)?;
        require_probability("truncation", self.truncation)?;
        self.past.validate()?;
        Error::require(
            self.past.count() == self.input.passed(),
            "past",
            "as long as the input",
            self.past.count(),
        )?;
        for (name, x) in [
            ("weight", self.weight),
            ("weighted", self.weighted),
            ("spread_lower", self.spread_lower),
            ("spread_upper", self.spread_upper),
        ] {
            Error::require(x >= 0.0 && x.is_finite(), name, "finite and at least 0", x)?;
        }
        let started = self.past.count() > 0;
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
        if self.past.count() == 0 {
            return None;
        }
        let level = libm::log(2.0 / self.alpha);
        let lower = (self.weighted - level - self.spread_lower) / self.weight;
        let upper = (self.weighted + level + self.spread_upper) / self.weight;
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

impl Stage<f64> for BernsteinSequence {
    type Output = Interval;

    fn update(&mut self, x: f64) -> Option<Interval> {
        let x = self.input.admit(x)?;
        let t = self.input.count();
        let scale = t * libm::log1p(t) * self.past.variance();
        let lambda = libm::sqrt(2.0 * libm::log(2.0 / self.alpha) / scale).min(self.truncation);
        let psi = -libm::log1p(-lambda) - lambda;
        let (above, below) = (x - self.past.plain_mean(0.0), x - self.past.plain_mean(1.0));
        self.weight += lambda;
        self.weighted += lambda * x;
        self.spread_lower += psi * above * above;
        self.spread_upper += psi * below * below;
        self.past.learn(x);
        self.interval()
    }

    fn reset(&mut self) {
        self.input = Bounded::default();
        self.past = Regularized::default();
        self.weight = 0.0;
        self.weighted = 0.0;
        self.spread_lower = 0.0;
        self.spread_upper = 0.0;
    }
}
