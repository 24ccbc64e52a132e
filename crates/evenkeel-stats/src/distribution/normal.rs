//! The normal distribution.

use super::parameter_range::{require_location, require_positive};
use crate::special::scaled_erfc;
use core::f64::consts::{FRAC_1_SQRT_2, LN_2};
use evenkeel_core::{Error, gaussian};

evenkeel_core::state! {
    /// The normal distribution with a mean and a standard deviation.
    ///
    /// Tails by `erfc` with the rounding error of its argument corrected, quantiles by Wichura's algorithm AS
    /// 241 (doi:10.2307/2347330); O(1).
    ///
    /// ```
    /// use evenkeel_stats::Normal;
    ///
    /// let latency = Normal::new(250.0, 20.0)?;
    /// assert!((latency.upper(500.0) / 3.732_563_984_6e-36 - 1.0).abs() < 1e-3);
    /// assert!((latency.upper_quantile(latency.upper(500.0)) - 500.0).abs() < 1e-9);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Normal("Normal@1") {
        mean: f64,
        sd: f64,
    }
}

impl Normal {
    /// With this mean and standard deviation.
    ///
    /// # Errors
    /// If `mean` is not in [-1e100, 1e100] or `sd` not in [1e-100, 1e100].
    pub fn new(mean: f64, sd: f64) -> Result<Self, Error> {
        let normal = Self { mean, sd };
        normal.validate()?;
        Ok(normal)
    }

    fn validate(&self) -> Result<(), Error> {
        require_location("mean", self.mean)?;
        require_positive("sd", self.sd)
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation.
    #[must_use]
    pub fn sd(&self) -> f64 {
        self.sd
    }

    fn standardize(&self, x: f64) -> f64 {
        (x - self.mean) / self.sd
    }

    /// Natural logarithm of the density at `x`, per unit of `x`.
    #[must_use]
    pub fn log_density(&self, x: f64) -> f64 {
        gaussian::log_density(self.standardize(x)) - libm::log(self.sd)
    }

    /// Density at `x`, per unit of `x`.
    #[must_use]
    pub fn density(&self, x: f64) -> f64 {
        gaussian::density(self.standardize(x)) / self.sd
    }

    /// P(X <= x).
    #[must_use]
    pub fn lower(&self, x: f64) -> f64 {
        gaussian::lower(self.standardize(x))
    }

    /// P(X > x).
    #[must_use]
    pub fn upper(&self, x: f64) -> f64 {
        gaussian::upper(self.standardize(x))
    }

    /// Natural logarithm of P(X <= x).
    #[must_use]
    pub fn log_lower(&self, x: f64) -> f64 {
        log_upper(-self.standardize(x))
    }

    /// Natural logarithm of P(X > x).
    #[must_use]
    pub fn log_upper(&self, x: f64) -> f64 {
        log_upper(self.standardize(x))
    }

    /// The x with P(X <= x) = `p`.
    #[must_use]
    pub fn lower_quantile(&self, p: f64) -> f64 {
        self.mean + self.sd * gaussian::lower_quantile(p)
    }

    /// The x with P(X > x) = `p`.
    #[must_use]
    pub fn upper_quantile(&self, p: f64) -> f64 {
        self.mean + self.sd * gaussian::upper_quantile(p)
    }
}

/// Natural logarithm of the standard upper tail.
fn log_upper(z: f64) -> f64 {
    if z < 1.0 {
        return libm::log1p(-gaussian::lower(z));
    }
    if z == f64::INFINITY {
        return f64::NEG_INFINITY;
    }
    libm::log(scaled_erfc(z * FRAC_1_SQRT_2)) - LN_2 - 0.5 * z * z
}
