//! The mixture sequential probability ratio test.

use super::evidence::{EValue, require_probability, track};
use super::interval::Interval;
use crate::compensated_sum::CompensatedSum;
use evenkeel_core::{Error, Stage, observed};

fn require_scale(name: &'static str, x: f64) -> Result<(), Error> {
    Error::require((1e-100..=1e100).contains(&x), name, "in [1e-100, 1e100]", x)
}

/// Natural logarithm of the likelihood of `n` observations whose deviations from the null sum to `sum`,
/// averaged over a normal distribution of means with standard deviation `tau`, over that under the null.
fn log_ratio(n: f64, sum: f64, sigma: f64, tau: f64) -> f64 {
    // r = n tau^2 / sigma^2 is how much more the data know than that distribution.
    let ratio = tau / sigma;
    let total = 1.0 + n * ratio * ratio;
    let z = sum / sigma * ratio / libm::sqrt(total);
    (0.5 * z * z - 0.5 * libm::log(total)).clamp(f64::MIN, f64::MAX)
}

evenkeel_core::state! {
    /// Evidence that the mean of Gaussian observations with known standard deviation is not `theta0`, valid
    /// whenever it is read, and limits for that mean.
    ///
    /// The likelihood ratio is averaged over a normal distribution of means around `theta0` with standard
    /// deviation `tau`, the effect that one expects:
    /// `sqrt(V / (V + n tau^2)) exp(tau^2 S^2 / (2 V (V + n tau^2)))` with `V = sigma^2` and `S` the sum of
    /// deviations. Source: R. Johari, P. Koomen, L. Pekelis and D. Walsh, Always valid inference: continuous
    /// monitoring of A/B tests, Oper. Res. 70 (2022) 1806-1821, doi:10.1287/opre.2021.2135; the mixture is H.
    /// Robbins' (1970).
    ///
    /// A wrong `sigma` breaks the guarantee; where it is not known, use
    /// [`AsymptoticSequence`](super::AsymptoticSequence) or, for bounded values,
    /// [`BettingTest`](super::BettingTest). O(1) time, 56 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::sequential::MixtureSprt;
    ///
    /// let mut test = MixtureSprt::new(0.0, 1.0, 0.5)?;
    /// let values = [0.9, 1.2, 0.4, 1.1, 0.7, 1.5, 0.2, 1.0, 0.8, 1.3, 0.6, 1.2];
    /// let e = test.run(values).last().flatten().unwrap();
    /// assert!(e.p() < 0.05 && test.interval(0.05).unwrap().lower() > 0.0);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct MixtureSprt("MixtureSprt@1") {
        theta0: f64,
        sigma: f64,
        tau: f64,
        count: u64,
        deviations: CompensatedSum,
        log_largest: f64,
    }
}

impl MixtureSprt {
    /// A test of the mean `theta0`, for observations with the standard deviation `sigma` and effects of the
    /// size `tau`.
    ///
    /// # Errors
    /// If `theta0` is not [observed], or `sigma` or `tau` not in [1e-100, 1e100].
    pub fn new(theta0: f64, sigma: f64, tau: f64) -> Result<Self, Error> {
        let test = Self { theta0, sigma, tau, count: 0, deviations: CompensatedSum::new(), log_largest: 0.0 };
        test.validate_settings()?;
        Ok(test)
    }

    fn validate_settings(&self) -> Result<(), Error> {
        Error::require(observed(self.theta0).is_some(), "theta0", "in [-1e100, 1e100]", self.theta0)?;
        require_scale("sigma", self.sigma)?;
        require_scale("tau", self.tau)
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        self.validate_settings()?;
        self.deviations.require_finite("deviations")?;
        super::evidence::validate_log_largest(self.log_largest)
    }

    /// The evidence so far.
    pub fn evidence(&self) -> EValue {
        EValue::new(self.log_ratio(), self.log_largest)
    }

    fn log_ratio(&self) -> f64 {
        log_ratio(self.count as f64, self.deviations.value(), self.sigma, self.tau)
    }

    /// The means that the test does not reject at level `alpha`, at this moment: together over all moments
    /// they hold the true one with probability `1 - alpha`. None before the first observation, or if `alpha`
    /// is not in (0, 1).
    #[must_use]
    pub fn interval(&self, alpha: f64) -> Option<Interval> {
        if self.count == 0 || require_probability("alpha", alpha).is_err() {
            return None;
        }
        let n = self.count as f64;
        let mean = self.theta0 + self.deviations.value() / n;
        let ratio = self.sigma / self.tau;
        let level = libm::log1p(n / ratio / ratio) - 2.0 * libm::log(alpha);
        let half = self.sigma / n * libm::sqrt(ratio * ratio + n) * libm::sqrt(level);
        Some(Interval::around(mean, half))
    }

    /// How many observations there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl Stage<f64> for MixtureSprt {
    type Output = EValue;

    fn update(&mut self, x: f64) -> Option<EValue> {
        let x = observed(x)?;
        self.count = self.count.saturating_add(1);
        self.deviations.add(x - self.theta0);
        let log = self.log_ratio();
        Some(track(&mut self.log_largest, log))
    }

    fn reset(&mut self) {
        self.count = 0;
        self.deviations = CompensatedSum::new();
        self.log_largest = 0.0;
    }
}

evenkeel_core::state! {
    /// Evidence that two streams of Gaussian observations with the same known standard deviation differ in
    /// their means, valid whenever it is read: the test of an experiment that may be stopped at any time.
    ///
    /// Takes pairs, one observation from each stream; their differences, of variance `2 sigma^2`, go through
    /// the mixture of [`MixtureSprt`] with a normal distribution of the difference in means with standard
    /// deviation `tau`. A pair with a missing half teaches nothing. Source: Johari et al. (2022),
    /// doi:10.1287/opre.2021.2135, section 5. O(1) time, 48 bytes.
    ///
    /// ```
    /// use evenkeel_core::Stage;
    /// use evenkeel_stats::sequential::TwoSampleMixtureSprt;
    ///
    /// let mut test = TwoSampleMixtureSprt::new(1.0, 0.5)?;
    /// let pairs = (0..60).map(|i| (f64::from(i % 3), 1.0 + f64::from(i % 3)));
    /// assert!(test.run(pairs).last().flatten().unwrap().p() < 0.001);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct TwoSampleMixtureSprt("TwoSampleMixtureSprt@1") {
        differences: MixtureSprt,
    }
}

impl TwoSampleMixtureSprt {
    /// A test for observations with the standard deviation `sigma` and differences in means of the size
    /// `tau`.
    ///
    /// # Errors
    /// If `sigma` or `tau` is not in [1e-99, 1e99].
    pub fn new(sigma: f64, tau: f64) -> Result<Self, Error> {
        Error::require((1e-99..=1e99).contains(&sigma), "sigma", "in [1e-99, 1e99]", sigma)?;
        Error::require((1e-99..=1e99).contains(&tau), "tau", "in [1e-99, 1e99]", tau)?;
        Ok(Self { differences: MixtureSprt::new(0.0, core::f64::consts::SQRT_2 * sigma, tau)? })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        Error::require(self.differences.theta0 == 0.0, "theta0", "0", self.differences.theta0)
    }

    /// The evidence so far.
    pub fn evidence(&self) -> EValue {
        self.differences.evidence()
    }

    /// Limits for the mean of the first stream minus that of the second; see [`MixtureSprt::interval`].
    #[must_use]
    pub fn interval(&self, alpha: f64) -> Option<Interval> {
        self.differences.interval(alpha)
    }

    /// How many complete pairs there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.differences.count()
    }
}

impl Stage<(f64, f64)> for TwoSampleMixtureSprt {
    type Output = EValue;

    fn update(&mut self, (a, b): (f64, f64)) -> Option<EValue> {
        let (a, b) = (observed(a)?, observed(b)?);
        // Both at most 1e100: the difference may be twice that, and is an observation all the same.
        self.differences.count = self.differences.count.saturating_add(1);
        self.differences.deviations.add(a - b);
        let log = self.differences.log_ratio();
        Some(track(&mut self.differences.log_largest, log))
    }

    fn reset(&mut self) {
        self.differences.reset();
    }
}
