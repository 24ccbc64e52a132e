//! The chi-square distribution.

use super::Gamma;
use evenkeel_core::Error;

evenkeel_core::state! {
    /// The chi-square distribution: the sum of `dof` squared standard normal variables, for whole `dof`.
    ///
    /// It is the gamma distribution with shape `dof / 2` and scale 2.
    ///
    /// ```
    /// use evenkeel_stats::ChiSquared;
    ///
    /// let statistic = ChiSquared::new(3.0)?;
    /// assert!((statistic.upper(7.814_727_903_251_18) - 0.05).abs() < 1e-12);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct ChiSquared("ChiSquared@1") {
        gamma: Gamma,
    }
}

impl ChiSquared {
    /// With this number of degrees of freedom, which need not be whole.
    ///
    /// # Errors
    /// If `dof` is not in [1e-8, 1e15].
    pub fn new(dof: f64) -> Result<Self, Error> {
        Error::require((1e-8..=1e15).contains(&dof), "dof", "in [1e-8, 1e15]", dof)?;
        Ok(Self { gamma: Gamma::new(0.5 * dof, 2.0)? })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        Error::require(self.gamma.scale() == 2.0, "scale", "2", self.gamma.scale())
    }

    /// The degrees of freedom.
    #[must_use]
    pub fn dof(&self) -> f64 {
        2.0 * self.gamma.shape()
    }

    /// Natural logarithm of the density at `x`: `inf` at 0 for less than 2 degrees of freedom.
    #[must_use]
    pub fn log_density(&self, x: f64) -> f64 {
        self.gamma.log_density(x)
    }

    /// Density at `x`.
    #[must_use]
    pub fn density(&self, x: f64) -> f64 {
        self.gamma.density(x)
    }

    /// P(X <= x).
    #[must_use]
    pub fn lower(&self, x: f64) -> f64 {
        self.gamma.lower(x)
    }

    /// P(X > x).
    #[must_use]
    pub fn upper(&self, x: f64) -> f64 {
        self.gamma.upper(x)
    }

    /// Natural logarithm of P(X <= x).
    #[must_use]
    pub fn log_lower(&self, x: f64) -> f64 {
        self.gamma.log_lower(x)
    }

    /// Natural logarithm of P(X > x).
    #[must_use]
    pub fn log_upper(&self, x: f64) -> f64 {
        self.gamma.log_upper(x)
    }

    /// The x with P(X <= x) = `p`.
    #[must_use]
    pub fn lower_quantile(&self, p: f64) -> f64 {
        self.gamma.lower_quantile(p)
    }

    /// The x with P(X > x) = `p`.
    #[must_use]
    pub fn upper_quantile(&self, p: f64) -> f64 {
        self.gamma.upper_quantile(p)
    }
}
