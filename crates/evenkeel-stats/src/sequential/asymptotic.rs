//! The asymptotic confidence sequence.

use super::evidence::require_probability;
use super::interval::Interval;
use evenkeel_core::{Error, Stage, observed};

/// The number of observations before the first limits, in units of `-2 ln alpha`, for values without
/// skewness.
const EARLIEST: f64 = 15.0;

evenkeel_core::state! {
    /// Half-widths around any estimate that is asymptotically normal:
    /// `sd * sqrt(2 (n rho^2 + 1) / (n^2 rho^2) ln(sqrt(n rho^2 + 1) / alpha))`.
    ///
    /// `rho = sqrt((-2 ln alpha + ln(1 - 2 ln alpha)) / n_opt)` makes it tightest around `n_opt`
    /// observations. Source: I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, Time-uniform
    /// central limit theory and asymptotic confidence sequences, Ann. Stat. 52 (2024) 2613-2640,
    /// doi:10.1214/24-AOS2408, theorem 2.2 and appendix B.2.
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
    /// Fails, ever, with a probability that approaches `alpha` as monitoring starts later; tightest around
    /// `n_opt` observations.
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
    fn validate(&self) -> Result<(), Error> {
        require_probability("alpha", self.alpha)?;
        Error::require(self.rho > 0.0 && self.rho.is_finite(), "rho", "positive", self.rho)
    }

    /// The half-width after `n` observations, for an estimate whose variance is `sd^2 / n`. In units of `sd`;
    /// NaN unless `n > 0`.
    #[must_use]
    pub fn half_width(&self, n: f64, sd: f64) -> f64 {
        if n.is_nan() || n <= 0.0 {
            return f64::NAN;
        }
        let r = n * self.rho * self.rho;
        let level = 0.5 * libm::log1p(r) - libm::log(self.alpha);
        sd * libm::sqrt(2.0 * (1.0 + 1.0 / r) / n * level)
    }

    /// `-2 ln alpha`.
    fn surprise(&self) -> f64 {
        -2.0 * libm::log(self.alpha)
    }

    /// The parameter of the mixture, per square root of an observation.
    #[must_use]
    pub fn rho(&self) -> f64 {
        self.rho
    }
}

evenkeel_core::state! {
    /// Limits for the mean of values of any distribution with finite variance, for long streams.
    ///
    /// Mean and variance (n - 1) by Welford's recursion, and around the mean the half-width of
    /// [`AsymptoticBoundary`].
    ///
    /// *When it begins.* The guarantee is that of a central limit theorem, for monitoring that begins late:
    /// read from the second observation on, limits of 95 % miss the mean of normal values at some time in 7
    /// to 20 runs of 100, and that of rare events nearly always. So there are no limits before
    /// `n >= 15 l (1 + g^2)`, where `l = -2 ln alpha` and `g` is the skewness of the values so far; the first
    /// part allows for the estimated variance, the second is Cochran's rule for the mean of a skewed
    /// distribution, with a larger factor because the limits have to hold at all times. Source: the delayed
    /// start of the paper above; W. G. Cochran, Sampling Techniques (3rd ed. 1977), 2.15; R. A. Sugden, T. M.
    /// F. Smith and R. P. Jones, Cochran's rule for simple random sampling, J. R. Stat. Soc. B 62 (2000)
    /// 787-793, doi:10.1111/1467-9868.00264. The rule is ours.
    ///
    /// | values, at `alpha` = 0.05 | observations before the first limits, about |
    /// | --- | --- |
    /// | normal, uniform, a fair coin | 90 to 95 |
    /// | Student's t, 3 degrees | 250 |
    /// | exponential | 400 |
    /// | events of probability 0.1 | 800 |
    /// | events of probability 0.01; lognormal with a log sd of 1 | 9,000; 2,500 |
    ///
    /// For these, limits that are read from their first on miss, ever, no more often than `alpha` says (by
    /// simulation over 20,000 observations, `alpha` from 0.01 to 0.1 and `n_opt` from 50 to 10,000). This is
    /// no guarantee for every distribution of finite variance: a skewness that the values have not shown yet
    /// is unknown. Where the values are bounded, [`BernsteinSequence`](super::BernsteinSequence) is valid
    /// from the first observation on, and for events [`BernoulliSequence`](super::BernoulliSequence). There
    /// are no limits either while all values are equal, or after an extreme value whose skewness the others
    /// do not outweigh: remove such values before. O(1) time, 48 bytes.
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
    pub struct AsymptoticSequence("AsymptoticSequence@2") {
        boundary: AsymptoticBoundary,
        count: u64,
        mean: f64,
        squares: f64,
        cubes: f64,
    }
}

impl AsymptoticSequence {
    /// Limits for the error probability `alpha`, tightest around `n_opt` observations.
    ///
    /// # Errors
    /// If `alpha` is not in (0, 1) or `n_opt` not in [1, 1e15].
    pub fn new(alpha: f64, n_opt: f64) -> Result<Self, Error> {
        Ok(Self {
            boundary: AsymptoticBoundary::new(alpha, n_opt)?,
            count: 0,
            mean: 0.0,
            squares: 0.0,
            cubes: 0.0,
        })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        Error::require(observed(self.mean).is_some(), "mean", "in [-1e100, 1e100]", self.mean)?;
        Error::require(
            self.squares >= 0.0 && self.squares.is_finite(),
            "squares",
            "finite and at least 0",
            self.squares,
        )?;
        Error::require(self.cubes.is_finite(), "cubes", "finite", self.cubes)
    }

    /// The limits now; none before there are enough observations.
    #[must_use]
    pub fn interval(&self) -> Option<Interval> {
        let n = self.count as f64;
        let needed = EARLIEST * self.boundary.surprise();
        if n < needed || self.squares <= 0.0 {
            return None;
        }
        let spread = libm::sqrt(self.squares / n);
        let skewness = self.cubes / n / spread / spread / spread;
        if n < needed * (1.0 + skewness * skewness) {
            return None;
        }
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

    fn update(&mut self, x: f64) -> Option<Interval> {
        let x = observed(x)?;
        self.count = self.count.saturating_add(1);
        let n = self.count as f64;
        let deviation = x - self.mean;
        let step = deviation / n;
        // The sum of cubes first: it needs the previous sum of squares.
        let cube = deviation * step * (n - 1.0) * (step * (n - 2.0)) - 3.0 * step * self.squares;
        self.cubes = (self.cubes + cube).clamp(-1e307, 1e307);
        self.mean += step;
        self.squares += deviation * (x - self.mean);
        self.interval()
    }

    fn reset(&mut self) {
        self.count = 0;
        self.mean = 0.0;
        self.squares = 0.0;
        self.cubes = 0.0;
    }
}
