//! The gamma-exponential mixture.

use super::boundary::{Boundary, Mixture};
use super::crossing::crossing;
use super::tuning::{one_sided_rho, validate_tuning};
use crate::special::{gamma_kernel, incomplete_gamma};
use evenkeel_core::Error;

evenkeel_core::state! {
    /// The line for sums with exponential upper tails of scale `c`: centered observations in [0, c] with
    /// empirical variance.
    ///
    /// The sub-exponential supermartingale is mixed over a gamma distribution (Howard et al. 2021,
    /// proposition 9). One-sided; for two sides take it twice with half of alpha. By a root in one variable,
    /// some ten incomplete gamma functions.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct GammaExponentialMixture("GammaExponentialMixture@1") {
        rho: f64,
        c: f64,
    }
}

impl GammaExponentialMixture {
    /// The line for scale `c`, tightest around the intrinsic time `v_opt` for the error probability
    /// `alpha_opt`.
    ///
    /// # Errors
    /// If `v_opt` is not in [1e-100, 1e100], `alpha_opt` not in (0, 0.5), `c` not positive, or `v_opt / c^2`
    /// outside of [1e-6, 1e12].
    pub fn new(v_opt: f64, alpha_opt: f64, c: f64) -> Result<Self, Error> {
        validate_tuning(v_opt, alpha_opt, true)?;
        let line = Self { rho: one_sided_rho(v_opt, alpha_opt), c };
        line.validate()?;
        Ok(line)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require(self.rho > 0.0 && self.rho.is_finite(), "rho", "positive", self.rho)?;
        Error::require(self.c > 0.0 && self.c.is_finite(), "c", "positive", self.c)?;
        let shape = self.rho / (self.c * self.c);
        Error::require((1e-9..=1e12).contains(&shape), "c", "of the order of sqrt(v_opt)", self.c)
    }

    /// The parameter of the gamma distribution that is mixed over, in units of intrinsic time.
    #[must_use]
    pub fn rho(&self) -> f64 {
        self.rho
    }

    /// The scale of the upper tail.
    #[must_use]
    pub fn c(&self) -> f64 {
        self.c
    }
}

/// `ln(P(a, x) Gamma(a) exp(x) / x^a)`, which stays moderate where its factors do not.
fn log_ratio(a: f64, x: f64) -> f64 {
    incomplete_gamma(a, x).log_lower() - gamma_kernel(a, x) - libm::log(a)
}

impl Mixture for GammaExponentialMixture {
    fn log_supermartingale(&self, s: f64, v: f64) -> f64 {
        let square = self.c * self.c;
        let prior = self.rho / square;
        let a = (v + self.rho) / square;
        let x = (self.c * s + v + self.rho) / square;
        if x <= 0.0 {
            // A sum below what the scale c allows: the limit of the mixture is 1/a over that of the prior.
            return -libm::log(a) - log_ratio(prior, prior);
        }
        log_ratio(a, x) - log_ratio(prior, prior)
    }
}

impl Boundary for GammaExponentialMixture {
    fn bound(&self, v: f64, alpha: f64) -> f64 {
        crossing(self, v, alpha, f64::INFINITY)
    }
}
