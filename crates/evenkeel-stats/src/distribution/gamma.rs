//! The gamma distribution.

use super::parameter_range::require_positive;
use super::smaller_tail::smaller_tail;
use crate::special::{Side, Tails, gamma_kernel, incomplete_gamma, incomplete_gamma_inverse};
use evenkeel_core::Error;

evenkeel_core::state! {
    /// The gamma distribution with a shape and a scale: mean `shape * scale`, variance `shape * scale^2`.
    ///
    /// Tails by [`incomplete_gamma`], quantiles by [`incomplete_gamma_inverse`]. Tested for shapes from 1e-3
    /// to 1e6.
    ///
    /// ```
    /// use evenkeel_stats::Gamma;
    ///
    /// // The time to the third of events that come once in 10 minutes.
    /// let wait = Gamma::new(3.0, 10.0)?;
    /// assert!((wait.lower(1.0) - 1.546_53e-4).abs() < 1e-8);
    /// assert!((wait.lower_quantile(1e-12) - 1.817e-3).abs() < 1e-6);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Gamma("Gamma@1") {
        shape: f64,
        scale: f64,
    }
}

impl Gamma {
    /// With this shape and scale.
    ///
    /// # Errors
    /// If `shape` is not in [1e-9, 1e15] or `scale` not in [1e-100, 1e100].
    pub fn new(shape: f64, scale: f64) -> Result<Self, Error> {
        let gamma = Self { shape, scale };
        gamma.validate()?;
        Ok(gamma)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require((1e-9..=1e15).contains(&self.shape), "shape", "in [1e-9, 1e15]", self.shape)?;
        require_positive("scale", self.scale)
    }

    /// The shape.
    #[must_use]
    pub fn shape(&self) -> f64 {
        self.shape
    }

    /// The scale, in units of the variable.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Natural logarithm of the density at `x`, per unit of `x`: `inf` at 0 for shapes below 1.
    #[must_use]
    pub fn log_density(&self, x: f64) -> f64 {
        if x.is_nan() {
            return x;
        }
        let a = self.shape;
        let log_scale = libm::log(self.scale);
        if x < 0.0 || x == f64::INFINITY {
            return f64::NEG_INFINITY;
        }
        if x == 0.0 {
            return match a.partial_cmp(&1.0) {
                Some(core::cmp::Ordering::Less) => f64::INFINITY,
                Some(core::cmp::Ordering::Equal) => -log_scale,
                _ => f64::NEG_INFINITY,
            };
        }
        let z = x / self.scale;
        gamma_kernel(a, z) + libm::log(a) - libm::log(z) - log_scale
    }

    /// Density at `x`, per unit of `x`.
    #[must_use]
    pub fn density(&self, x: f64) -> f64 {
        libm::exp(self.log_density(x))
    }

    fn tails(&self, x: f64) -> Tails {
        // `max` would turn a NaN into 0.
        incomplete_gamma(self.shape, if x < 0.0 { 0.0 } else { x / self.scale })
    }

    /// P(X <= x).
    #[must_use]
    pub fn lower(&self, x: f64) -> f64 {
        self.tails(x).lower()
    }

    /// P(X > x).
    #[must_use]
    pub fn upper(&self, x: f64) -> f64 {
        self.tails(x).upper()
    }

    /// Natural logarithm of P(X <= x).
    #[must_use]
    pub fn log_lower(&self, x: f64) -> f64 {
        self.tails(x).log_lower()
    }

    /// Natural logarithm of P(X > x).
    #[must_use]
    pub fn log_upper(&self, x: f64) -> f64 {
        self.tails(x).log_upper()
    }

    /// The x with P(X <= x) = `p`.
    #[must_use]
    pub fn lower_quantile(&self, p: f64) -> f64 {
        self.quantile(Side::Lower, p)
    }

    /// The x with P(X > x) = `p`.
    #[must_use]
    pub fn upper_quantile(&self, p: f64) -> f64 {
        self.quantile(Side::Upper, p)
    }

    fn quantile(&self, side: Side, p: f64) -> f64 {
        smaller_tail(side, p)
            .map_or(f64::NAN, |(side, log)| self.scale * incomplete_gamma_inverse(self.shape, side, log))
    }
}
