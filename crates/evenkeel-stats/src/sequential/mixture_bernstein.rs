//! The empirical Bernstein confidence sequence by a conjugate mixture.

use super::boundary::{Boundary, GammaExponentialMixture};
use super::bounded::{Bounded, Regularized};
use super::interval::Interval;
use evenkeel_core::{Error, Stage};

evenkeel_core::state! {
    /// Limits for the mean of values in [0, 1] that adapt to their variance and are tightest around an amount
    /// of data chosen beforehand.
    ///
    /// The interval is the plain mean plus or minus `u(V) / t`, where `V` sums the squared differences of
    /// each observation from the mean before it (1/2 before the first) and `u` is the
    /// [`GammaExponentialMixture`] line of scale 1 for `alpha / 2` a side. It holds at all times at once with
    /// probability `1 - alpha`. Source: S. R. Howard et al., Ann. Stat. 49 (2021) 1055-1080,
    /// doi:10.1214/20-AOS1991, theorem 4. (confseq 0.0.11 halves alpha once more in its two-sided form; that
    /// is not followed.)
    ///
    /// Compared with [`BernsteinSequence`](super::BernsteinSequence): tighter around the chosen amount of
    /// data, all observations have the same weight, and an update costs some ten incomplete gamma functions.
    ///
    /// A value outside of [0, 1] is treated as missing and counted. O(1) time, 96 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::sequential::MixtureBernsteinSequence;
    ///
    /// // Tightest around 500 observations of variance 0.02.
    /// let mut limits = MixtureBernsteinSequence::new(0.05, 10.0)?;
    /// let values = (0..500).map(|i| if i % 50 == 0 { 1.0 } else { 0.0 });
    /// let last = limits.run(values).last().flatten().unwrap();
    /// assert!(last.contains(0.02) && last.upper() < 0.06);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct MixtureBernsteinSequence("MixtureBernsteinSequence@1") {
        alpha: f64,
        line: GammaExponentialMixture,
        input: Bounded,
        past: Regularized,
        variation: f64,
    }
}

impl MixtureBernsteinSequence {
    /// Limits that fail, ever, with probability at most `alpha`, tightest when the summed squared deviations
    /// reach `v_opt` (number of observations times variance).
    ///
    /// # Errors
    /// If `alpha` is not in [1e-300, 1) or `v_opt` not in [1e-6, 1e12].
    pub fn new(alpha: f64, v_opt: f64) -> Result<Self, Error> {
        Self::check_alpha(alpha)?;
        Error::require((1e-6..=1e12).contains(&v_opt), "v_opt", "in [1e-6, 1e12]", v_opt)?;
        let line = GammaExponentialMixture::new(v_opt, 0.5 * alpha, 1.0)?;
        Ok(Self { alpha, line, input: Bounded::default(), past: Regularized::default(), variation: 0.0 })
    }

    /// Smaller values of `alpha` are refused: the line is found from logarithms of shares of it.
    fn check_alpha(alpha: f64) -> Result<(), Error> {
        Error::require((1e-300..1.0).contains(&alpha), "alpha", "in [1e-300, 1)", alpha)
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        Self::check_alpha(self.alpha)?;
        self.past.validate()?;
        Error::require(
            self.past.count() == self.input.passed(),
            "past",
            "as long as the input",
            self.past.count(),
        )?;
        let limit = self.input.count() * (1.0 + 1e-9);
        Error::require(
            (0.0..=limit).contains(&self.variation),
            "variation",
            "between 0 and the count",
            self.variation,
        )
    }

    /// The limits now; none before the first observation.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        if self.past.count() == 0 {
            return None;
        }
        let half = self.line.bound(self.variation, 0.5 * self.alpha) / self.input.count();
        let mean = self.past.plain_mean(0.5);
        Some(Interval::between((mean - half).clamp(0.0, 1.0), (mean + half).clamp(0.0, 1.0)))
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

impl Stage<f64> for MixtureBernsteinSequence {
    type Output = Interval;

    fn update(&mut self, x: f64) -> Option<Interval> {
        let x = self.input.admit(x)?;
        let deviation = x - self.past.plain_mean(0.5);
        self.variation += deviation * deviation;
        self.past.learn(x);
        self.interval()
    }

    fn reset(&mut self) {
        self.input = Bounded::default();
        self.past = Regularized::default();
        self.variation = 0.0;
    }
}
