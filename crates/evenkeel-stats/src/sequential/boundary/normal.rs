//! The normal mixture.

use super::boundary::{Boundary, Mixture};
use super::crossing::crossing;
use super::tuning::{one_sided_rho, two_sided_rho, validate_tuning};
use crate::special::scaled_erfc;
use evenkeel_core::Error;

evenkeel_core::state! {
    /// The line for sub-Gaussian sums: those of Gaussian, of bounded (with `v = n (b - a)^2 / 4`) and of
    /// symmetric observations.
    ///
    /// The exponential supermartingale is mixed over a normal distribution of its rate with variance `1/rho`;
    /// one-sided, over its positive half (Howard et al. 2021, propositions 5 and 6). Two-sided in closed
    /// form, one-sided by a root in one variable.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct NormalMixture("NormalMixture@1") {
        rho: f64,
        sides: u64,
    }
}

impl NormalMixture {
    /// The line for the magnitude of the sum, tightest around the intrinsic time `v_opt` for the error
    /// probability `alpha_opt`.
    ///
    /// # Errors
    /// If `v_opt` is not in [1e-100, 1e100] or `alpha_opt` not in (0, 1).
    pub fn two_sided(v_opt: f64, alpha_opt: f64) -> Result<Self, Error> {
        validate_tuning(v_opt, alpha_opt, false)?;
        Ok(Self { rho: two_sided_rho(v_opt, alpha_opt), sides: 2 })
    }

    /// The line for the sum itself, tightest around the intrinsic time `v_opt` for the error probability
    /// `alpha_opt`.
    ///
    /// # Errors
    /// If `v_opt` is not in [1e-100, 1e100] or `alpha_opt` not in (0, 0.5).
    pub fn one_sided(v_opt: f64, alpha_opt: f64) -> Result<Self, Error> {
        validate_tuning(v_opt, alpha_opt, true)?;
        Ok(Self { rho: one_sided_rho(v_opt, alpha_opt), sides: 1 })
    }

    #[cfg(feature = "serde")]
    fn validate(&self) -> Result<(), Error> {
        Error::require(self.rho > 0.0 && self.rho.is_finite(), "rho", "positive", self.rho)?;
        Error::require(self.sides == 1 || self.sides == 2, "sides", "1 or 2", self.sides)
    }

    /// The precision of the normal distribution that is mixed over, in units of intrinsic time.
    #[must_use]
    pub fn rho(&self) -> f64 {
        self.rho
    }
}

impl Mixture for NormalMixture {
    fn log_supermartingale(&self, s: f64, v: f64) -> f64 {
        let total = v + self.rho;
        let z = s / libm::sqrt(total);
        let shrinkage = -0.5 * libm::log1p(v / self.rho);
        if self.sides == 2 {
            return shrinkage + 0.5 * z * z;
        }
        // 2 Phi(z) exp(z^2 / 2): below 0 the exponential cancels.
        let y = -z * core::f64::consts::FRAC_1_SQRT_2;
        if y > 0.0 {
            shrinkage + libm::log(scaled_erfc(y))
        } else {
            shrinkage + 0.5 * z * z + libm::log(libm::erfc(y))
        }
    }
}

impl Boundary for NormalMixture {
    fn bound(&self, v: f64, alpha: f64) -> f64 {
        if self.sides == 2 {
            if !(v >= 0.0 && alpha > 0.0 && alpha < 1.0) {
                return f64::NAN;
            }
            libm::sqrt((v + self.rho) * (libm::log1p(v / self.rho) - 2.0 * libm::log(alpha)))
        } else {
            crossing(self, v, alpha, f64::INFINITY)
        }
    }
}
