//! The generalized Pareto distribution.

use super::parameter_range::{require_location, require_positive};
use evenkeel_core::Error;

evenkeel_core::state! {
    /// The generalized Pareto distribution: what exceedances over a high threshold look like, whatever the
    /// distribution they come from (J. Pickands, doi:10.1214/aos/1176343003).
    ///
    /// `P(X > x) = (1 + shape * z)^(-1 / shape)` with `z = (x - location) / scale`, and `exp(-z)` for shape
    /// 0; continuous in the shape, also computed. Negative shapes end at `location - scale / shape`, where
    /// the density of a shape below -1 is infinite. O(1).
    ///
    /// Next to a finite end the last digits of `x` decide; there the result is right for an `x` that differs
    /// in its last digit.
    ///
    /// ```
    /// use evenkeel_stats::GeneralizedPareto;
    ///
    /// let exceedance = GeneralizedPareto::new(100.0, 12.0, 0.2)?;
    /// let once_in_a_million = exceedance.upper_quantile(1e-6);
    /// assert!((once_in_a_million - 990.93).abs() < 0.01);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct GeneralizedPareto("GeneralizedPareto@1") {
        location: f64,
        scale: f64,
        shape: f64,
    }
}

impl GeneralizedPareto {
    /// From `location` upwards, in units of `scale`; a positive `shape` has a power tail, a negative one an
    /// upper end.
    ///
    /// # Errors
    /// If `location` is not in [-1e100, 1e100], `scale` not in [1e-100, 1e100], or `shape` not in [-100,
    /// 100].
    pub fn new(location: f64, scale: f64, shape: f64) -> Result<Self, Error> {
        let gpd = Self { location, scale, shape };
        gpd.validate()?;
        Ok(gpd)
    }

    fn validate(&self) -> Result<(), Error> {
        require_location("location", self.location)?;
        require_positive("scale", self.scale)?;
        Error::require(self.shape.abs() <= 100.0, "shape", "in [-100, 100]", self.shape)
    }

    /// The lower end.
    #[must_use]
    pub fn location(&self) -> f64 {
        self.location
    }

    /// The scale, in units of the variable.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// The shape (tail index).
    #[must_use]
    pub fn shape(&self) -> f64 {
        self.shape
    }

    /// The upper end, infinite for shapes of 0 and above.
    #[must_use]
    pub fn upper_end(&self) -> f64 {
        if self.shape < 0.0 { self.location - self.scale / self.shape } else { f64::INFINITY }
    }

    fn standardize(&self, x: f64) -> f64 {
        (x - self.location) / self.scale
    }

    /// `ln(1 + shape z)` and `-ln P(X > x)`, for `z >= 0`; infinite at and above the upper end.
    fn hazard(&self, z: f64) -> (f64, f64) {
        let u = self.shape * z;
        if u <= -1.0 || z == f64::INFINITY {
            return (f64::NEG_INFINITY, f64::INFINITY);
        }
        let log = libm::log1p(u);
        // Where log1p(u) = u (1 - u/2) to the last digit, u may even have underflowed.
        (log, if u.abs() < 1e-9 { z * (1.0 - 0.5 * u) } else { log / self.shape })
    }

    /// Natural logarithm of the density at `x`, per unit of `x`.
    #[must_use]
    pub fn log_density(&self, x: f64) -> f64 {
        let z = self.standardize(x);
        if z.is_nan() {
            return z;
        }
        if z < 0.0 || z == f64::INFINITY || self.shape * z < -1.0 {
            return f64::NEG_INFINITY;
        }
        if self.shape * z == -1.0 {
            return match self.shape.partial_cmp(&-1.0) {
                Some(core::cmp::Ordering::Less) => f64::INFINITY,
                Some(core::cmp::Ordering::Equal) => -libm::log(self.scale),
                _ => f64::NEG_INFINITY,
            };
        }
        let (log, hazard) = self.hazard(z);
        -libm::log(self.scale) - log - hazard
    }

    /// Density at `x`, per unit of `x`.
    #[must_use]
    pub fn density(&self, x: f64) -> f64 {
        libm::exp(self.log_density(x))
    }

    /// P(X <= x).
    #[must_use]
    pub fn lower(&self, x: f64) -> f64 {
        let z = self.standardize(x);
        if z < 0.0 { 0.0 } else { -libm::expm1(-self.hazard(z).1) }
    }

    /// P(X > x).
    #[must_use]
    pub fn upper(&self, x: f64) -> f64 {
        libm::exp(self.log_upper(x))
    }

    /// Natural logarithm of P(X <= x).
    #[must_use]
    pub fn log_lower(&self, x: f64) -> f64 {
        let z = self.standardize(x);
        if z < 0.0 {
            return f64::NEG_INFINITY;
        }
        let hazard = self.hazard(z).1;
        if hazard < 0.7 { libm::log(-libm::expm1(-hazard)) } else { libm::log1p(-libm::exp(-hazard)) }
    }

    /// Natural logarithm of P(X > x).
    #[must_use]
    pub fn log_upper(&self, x: f64) -> f64 {
        let z = self.standardize(x);
        if z < 0.0 { 0.0 } else { -self.hazard(z).1 }
    }

    /// The x with P(X <= x) = `p`.
    #[must_use]
    pub fn lower_quantile(&self, p: f64) -> f64 {
        if (0.0..=1.0).contains(&p) { self.at_hazard(-libm::log1p(-p)) } else { f64::NAN }
    }

    /// The x with P(X > x) = `p`.
    #[must_use]
    pub fn upper_quantile(&self, p: f64) -> f64 {
        if (0.0..=1.0).contains(&p) { self.at_hazard(-libm::log(p)) } else { f64::NAN }
    }

    fn at_hazard(&self, hazard: f64) -> f64 {
        if hazard == f64::INFINITY {
            return self.upper_end();
        }
        let u = self.shape * hazard;
        let z = if u.abs() < 1e-9 { hazard * (1.0 + 0.5 * u) } else { libm::expm1(u) / self.shape };
        self.location + self.scale * z
    }
}
