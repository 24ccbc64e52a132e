//! Student's t distribution.

use super::parameter_range::{require_location, require_positive};
use crate::special::{
    Side, Tails, incomplete_beta, incomplete_beta_inverse, log_beta, poisson_deviance, stirling_error,
};
use core::f64::consts::LN_2;
use evenkeel_core::Error;
use evenkeel_core::gaussian::LN_SQRT_TAU;

evenkeel_core::state! {
    /// Student's t distribution with a location and a scale.
    ///
    /// `P(T > t) = I_x(dof/2, 1/2) / 2` with `x = dof / (dof + t^2)`, by [`incomplete_beta`]; quantiles by
    /// its inverse. Tested for 0.5 to 1e6 degrees of freedom.
    ///
    /// ```
    /// use evenkeel_stats::StudentT;
    ///
    /// let t = StudentT::standard(3.0)?;
    /// assert!((t.upper_quantile(0.025) - 3.182_446_305_284_263).abs() < 1e-12);
    /// // Heavy tails: a thousand sigmas out there is still something.
    /// assert!((t.upper(1000.0) / 1.102_656e-9 - 1.0).abs() < 1e-5);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct StudentT("StudentT@1") {
        dof: f64,
        location: f64,
        scale: f64,
    }
}

impl StudentT {
    /// With `dof` degrees of freedom, around `location` (its median), in units of `scale` (which is not its
    /// standard deviation).
    ///
    /// # Errors
    /// If `dof` is not in [1e-2, 1e12], `location` not in [-1e100, 1e100], or `scale` not in [1e-100, 1e100].
    pub fn new(dof: f64, location: f64, scale: f64) -> Result<Self, Error> {
        let t = Self { dof, location, scale };
        t.validate()?;
        Ok(t)
    }

    /// With location 0 and scale 1.
    ///
    /// # Errors
    /// If `dof` is not in [1e-2, 1e12].
    pub fn standard(dof: f64) -> Result<Self, Error> {
        Self::new(dof, 0.0, 1.0)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require((1e-2..=1e12).contains(&self.dof), "dof", "in [1e-2, 1e12]", self.dof)?;
        require_location("location", self.location)?;
        require_positive("scale", self.scale)
    }

    /// The degrees of freedom.
    #[must_use]
    pub fn dof(&self) -> f64 {
        self.dof
    }

    /// The location: median, and mean where there is one.
    #[must_use]
    pub fn location(&self) -> f64 {
        self.location
    }

    /// The scale.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    fn standardize(&self, x: f64) -> f64 {
        (x - self.location) / self.scale
    }

    /// Natural logarithm of the density at `x`, per unit of `x`.
    #[must_use]
    pub fn log_density(&self, x: f64) -> f64 {
        let t = self.standardize(x);
        let half = 0.5 * self.dof;
        // Loader's saddle point for Gamma((dof + 1) / 2) / (Gamma(dof / 2) sqrt(dof pi))
        let constant = stirling_error(half + 0.5)
            - stirling_error(half)
            - poisson_deviance(half, half + 0.5, 0.5)
            - LN_SQRT_TAU;
        constant - (half + 0.5) * self.log_spread(t) - libm::log(self.scale)
    }

    /// `ln(1 + t^2 / dof)`.
    fn log_spread(&self, t: f64) -> f64 {
        if t.abs() < 1e100 {
            libm::log1p(t * t / self.dof)
        } else {
            2.0 * libm::log(t.abs()) - libm::log(self.dof)
        }
    }

    /// Density at `x`, per unit of `x`.
    #[must_use]
    pub fn density(&self, x: f64) -> f64 {
        libm::exp(self.log_density(x))
    }

    /// The tails of the square of the standardized variable at `t^2`: twice the tail beyond `t` is the upper
    /// one.
    fn outside(&self, t: f64) -> Tails {
        let half = 0.5 * self.dof;
        if t.abs() < 1e100 {
            let square = t * t;
            let total = self.dof + square;
            incomplete_beta(0.5, half, square / total, self.dof / total)
        } else {
            // What is left of the series of the incomplete beta function.
            let log = half * (libm::log(self.dof) - 2.0 * libm::log(t.abs()))
                - libm::log(half)
                - log_beta(half, 0.5);
            Tails::new(Side::Upper, log, 1.0)
        }
    }

    /// P(T > t) of the standardized variable.
    fn standard_upper(&self, t: f64) -> f64 {
        if t == 0.0 {
            return 0.5;
        }
        let tails = self.outside(t);
        if t > 0.0 { 0.5 * tails.upper() } else { 0.5 + 0.5 * tails.lower() }
    }

    fn standard_log_upper(&self, t: f64) -> f64 {
        if t > 0.0 { self.outside(t).log_upper() - LN_2 } else { libm::log1p(-self.standard_upper(-t)) }
    }

    /// P(X <= x).
    #[must_use]
    pub fn lower(&self, x: f64) -> f64 {
        self.standard_upper(-self.standardize(x))
    }

    /// P(X > x).
    #[must_use]
    pub fn upper(&self, x: f64) -> f64 {
        self.standard_upper(self.standardize(x))
    }

    /// Natural logarithm of P(X <= x).
    #[must_use]
    pub fn log_lower(&self, x: f64) -> f64 {
        self.standard_log_upper(-self.standardize(x))
    }

    /// Natural logarithm of P(X > x).
    #[must_use]
    pub fn log_upper(&self, x: f64) -> f64 {
        self.standard_log_upper(self.standardize(x))
    }

    /// The x with P(X <= x) = `p`.
    #[must_use]
    pub fn lower_quantile(&self, p: f64) -> f64 {
        self.location - self.scale * self.standard_upper_quantile(p)
    }

    /// The x with P(X > x) = `p`.
    #[must_use]
    pub fn upper_quantile(&self, p: f64) -> f64 {
        self.location + self.scale * self.standard_upper_quantile(p)
    }

    fn standard_upper_quantile(&self, p: f64) -> f64 {
        if !(0.0..=1.0).contains(&p) {
            return f64::NAN;
        }
        if p > 0.5 {
            return -self.standard_upper_quantile(1.0 - p);
        }
        if p == 0.5 {
            return 0.0;
        }
        let half = 0.5 * self.dof;
        if p > 0.25 {
            // Near the middle, from what lies inside: 1 - 2p is exact.
            let (x, y) = incomplete_beta_inverse(0.5, half, Side::Lower, libm::log(1.0 - 2.0 * p));
            return libm::sqrt(self.dof * (x / y));
        }
        let log = libm::log(p) + LN_2;
        let leading = (log + libm::log(half) + log_beta(half, 0.5)) / half;
        if leading < -400.0 {
            return libm::exp(0.5 * (libm::log(self.dof) - leading));
        }
        let (x, y) = incomplete_beta_inverse(half, 0.5, Side::Lower, log);
        libm::sqrt(self.dof * (y / x))
    }
}
