//! The beta distribution.

use super::smaller_tail::smaller_tail;
use crate::special::{Side, Tails, beta_kernel, incomplete_beta, incomplete_beta_inverse, log_beta};
use evenkeel_core::Error;

evenkeel_core::state! {
    /// The beta distribution on [0, 1]: mean `a / (a + b)`.
    ///
    /// Tails by [`incomplete_beta`], quantiles by [`incomplete_beta_inverse`]. Tested for shapes from 1e-2 to
    /// 1e5.
    ///
    /// ```
    /// use evenkeel_stats::Beta;
    ///
    /// // What 3 failures in 1000 requests say about the rate, after a uniform prior.
    /// let rate = Beta::new(4.0, 998.0)?;
    /// assert!((rate.upper_quantile(0.05) - 0.007_72).abs() < 1e-4);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Beta("Beta@1") {
        a: f64,
        b: f64,
    }
}

impl Beta {
    /// With these shapes: `a` rules the end at 0, `b` that at 1.
    ///
    /// # Errors
    /// If a shape is not in [1e-9, 1e12].
    pub fn new(a: f64, b: f64) -> Result<Self, Error> {
        let beta = Self { a, b };
        beta.validate()?;
        Ok(beta)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require((1e-9..=1e12).contains(&self.a), "a", "in [1e-9, 1e12]", self.a)?;
        Error::require((1e-9..=1e12).contains(&self.b), "b", "in [1e-9, 1e12]", self.b)
    }

    /// The shape at 0.
    #[must_use]
    pub fn a(&self) -> f64 {
        self.a
    }

    /// The shape at 1.
    #[must_use]
    pub fn b(&self) -> f64 {
        self.b
    }

    /// Natural logarithm of the density at `x`: `inf` at an end whose shape is below 1.
    #[must_use]
    pub fn log_density(&self, x: f64) -> f64 {
        if x.is_nan() {
            return x;
        }
        if !(0.0..=1.0).contains(&x) {
            return f64::NEG_INFINITY;
        }
        if x == 0.0 || x == 1.0 {
            let shape = if x == 0.0 { self.a } else { self.b };
            return match shape.partial_cmp(&1.0) {
                Some(core::cmp::Ordering::Less) => f64::INFINITY,
                Some(core::cmp::Ordering::Equal) => -log_beta(self.a, self.b),
                _ => f64::NEG_INFINITY,
            };
        }
        let y = 1.0 - x;
        beta_kernel(self.a, self.b, x, y) - libm::log(x) - libm::log1p(-x)
    }

    /// Density at `x`.
    #[must_use]
    pub fn density(&self, x: f64) -> f64 {
        libm::exp(self.log_density(x))
    }

    fn tails(&self, x: f64) -> Tails {
        if x.is_nan() {
            return Tails::nan();
        }
        let x = x.clamp(0.0, 1.0);
        incomplete_beta(self.a, self.b, x, 1.0 - x)
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

    /// The x with P(X <= x) = `p`. Next to 1 a float has only the digits of x itself; the distance from 1 is
    /// `Beta::new(b, a)?.upper_quantile(p)`.
    #[must_use]
    pub fn lower_quantile(&self, p: f64) -> f64 {
        self.quantile(Side::Lower, p)
    }

    /// The x with P(X > x) = `p`. Next to 1 a float has only the digits of x itself; the distance from 1 is
    /// `Beta::new(b, a)?.lower_quantile(p)`.
    #[must_use]
    pub fn upper_quantile(&self, p: f64) -> f64 {
        self.quantile(Side::Upper, p)
    }

    fn quantile(&self, side: Side, p: f64) -> f64 {
        smaller_tail(side, p)
            .map_or(f64::NAN, |(side, log)| incomplete_beta_inverse(self.a, self.b, side, log).0)
    }
}
