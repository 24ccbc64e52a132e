//! The asymptotic confidence sequence.

use super::evidence::require_probability;
use super::interval::Interval;
use crate::state::state;
use evenkeel_core::{Error, Stage, observed};

state! {
    /// Half-widths around any estimate that is asymptotically normal: `sd * sqrt(2 (n rho^2 + 1) / (n^2 rho^2) ln(sqrt(n rho^2 + 1) /
    /// alpha))`.
    ///
    /// `rho = sqrt((-2 ln alpha + ln(1 - 2 ln alpha)) / n_opt)` makes it tightest around `n_opt` observations. Source: I.
    /// Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, Time-uniform central limit theory and asymptotic confidence
    /// sequences, Ann. Stat. 52 (2024) 2613-2640, doi:10.1214/24-AOS2408, theorem 2.2 and appendix B.2.
    ///
    /// ```
    /// use evenkeel_stats::sequential::AsymptoticBoundary;
    ///
    /// let boundary = AsymptoticBoundary::new(0.05, 5000.0)?;
    /// // An adjusted difference in means whose variance times n is 3.4, after 2000 observations.
    /// assert!((boundary.half_width(2000.0, 3.4_f64.sqrt()) - 0.128_796_711).abs() < 1e-9);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct AsymptoticBoundary("AsymptoticBoundary@1") {
        alpha: f64,
        rho: f64,
    }
}

impl AsymptoticBoundary {
    /// Fails, ever, with a probability that approaches `alpha` as monitoring starts later; tightest around `n_opt` observations.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1) or `n_opt` not in [1, 1e15].
    pub fn new(alpha: f64, n_opt: f64) -> Result<Self, Error> {
        require_probability("alpha", alpha)?;
        Error::require((1.0..=1e15).contains(&n_opt), "n_opt", "in [1, 1e15]", n_opt)?;
        let l = -2.0 * libm::log(alpha);
        Ok(Self { alpha, rho: libm::sqrt((l + libm::log1p(l)) / n_opt) })
    }

    #[cfg(feature = "serde")]
    fn judge(&self) -> Result<(), Error> {
        require_probability("alpha", self.alpha)?;
        Error::require(self.rho > 0.0 && self.rho.is_finite(), "rho", "positive", self.rho)
    }

    /// The half-width after `n` observations, for an estimate whose variance is `sd^2 / n`. In units of `sd`; NaN unless `n > 0`.
    #[must_use]
    pub fn half_width(&self, n: f64, sd: f64) -> f64 {
        if n.is_nan() || n <= 0.0 {
            return f64::NAN;
        }
        let r = n * self.rho * self.rho;
        let level = 0.5 * libm::log1p(r) - libm::log(self.alpha);
        sd * libm::sqrt(2.0 * (1.0 + 1.0 / r) / n * level)
    }

    /// The parameter of the mixture, per square root of an observation.
    #[must_use]
    pub fn rho(&self) -> f64 {
        self.rho
    }
}

state! {
    /// Limits for the mean of values of any distribution with finite variance, for long streams.
    ///
    /// Mean and variance (n - 1) by Welford's recursion, and around the mean the half-width of [`AsymptoticBoundary`]. The guarantee
    /// is that of the central limit theorem: not for the first dozens of observations of a skewed distribution. Where the values are
    /// bounded, [`BernsteinSequence`](super::BernsteinSequence) holds from the first on. Silent until there are two observations.
    /// O(1) time, 40 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::sequential::AsymptoticSequence;
    ///
    /// let mut limits = AsymptoticSequence::new(0.05, 1000.0)?;
    /// let last = limits.run((0..1000).map(|i| 250.0 + f64::from(i % 11))).last().flatten().unwrap();
    /// assert!(last.contains(255.0) && last.width() < 1.0);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct AsymptoticSequence("AsymptoticSequence@1") {
        boundary: AsymptoticBoundary,
        count: u64,
        mean: f64,
        squares: f64,
    }
}

impl AsymptoticSequence {
    /// Limits for the error probability `alpha`, tightest around `n_opt` observations.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1) or `n_opt` not in [1, 1e15].
    pub fn new(alpha: f64, n_opt: f64) -> Result<Self, Error> {
        Ok(Self { boundary: AsymptoticBoundary::new(alpha, n_opt)?, count: 0, mean: 0.0, squares: 0.0 })
    }

    #[cfg(feature = "serde")]
    fn judge(&self) -> Result<(), Error> {
        Error::require(observed(self.mean).is_some(), "mean", "in [-1e100, 1e100]", self.mean)?;
        Error::require(
            self.squares >= 0.0 && self.squares.is_finite(),
            "squares",
            "finite and at least 0",
            self.squares,
        )
    }

    /// The limits now; none before the second observation.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are rounded")]
    pub fn interval(&self) -> Option<Interval> {
        if self.count < 2 {
            return None;
        }
        let n = self.count as f64;
        let sd = libm::sqrt(self.squares / (n - 1.0));
        Some(Interval::around(self.mean, self.boundary.half_width(n, sd)))
    }

    /// How many observations there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl Stage<f64> for AsymptoticSequence {
    type Output = Interval;

    #[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are rounded")]
    fn update(&mut self, x: f64) -> Option<Interval> {
        let x = observed(x)?;
        self.count = self.count.saturating_add(1);
        let deviation = x - self.mean;
        self.mean += deviation / self.count as f64;
        self.squares += deviation * (x - self.mean);
        self.interval()
    }

    fn reset(&mut self) {
        self.count = 0;
        self.mean = 0.0;
        self.squares = 0.0;
    }
}
