//! The beta-binomial mixture.

use super::boundary::{Boundary, Mixture};
use super::crossing::crossing;
use super::tuning::{one_sided_rho, two_sided_rho, validate_tuning};
use crate::special::{beta_kernel, incomplete_beta};
use evenkeel_core::Error;

evenkeel_core::state! {
    /// The line for sums whose steps reach from `-g` to `h` around a mean of 0: for a Bernoulli rate `p`,
    /// `g = p`, `h = 1 - p` and `v = n p (1 - p)`.
    ///
    /// The sub-Bernoulli supermartingale is mixed over a beta distribution (Howard et al. 2021, propositions
    /// 7 and 8). By a root in one variable, some ten incomplete beta functions. A sum cannot exceed `v / g`,
    /// and neither does the line.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct BetaBinomialMixture("BetaBinomialMixture@1") {
        r: f64,
        g: f64,
        h: f64,
        sides: u64,
    }
}

impl BetaBinomialMixture {
    /// The line for the sum itself, tightest around the intrinsic time `v_opt` for the error probability
    /// `alpha_opt`.
    ///
    /// # Errors
    /// If `v_opt` is not in [1e-100, 1e100], `alpha_opt` not in (0, 0.5), or `g` or `h` not in [1e-6, 1e6].
    pub fn one_sided(v_opt: f64, alpha_opt: f64, g: f64, h: f64) -> Result<Self, Error> {
        validate_tuning(v_opt, alpha_opt, true)?;
        Self::new(one_sided_rho(v_opt, alpha_opt), g, h, 1)
    }

    /// The line for the mixture over rates on both sides, tightest around the intrinsic time `v_opt` for the
    /// error probability `alpha_opt`.
    ///
    /// # Errors
    /// If `v_opt` is not in [1e-100, 1e100], `alpha_opt` not in (0, 1), or `g` or `h` not in [1e-6, 1e6].
    pub fn two_sided(v_opt: f64, alpha_opt: f64, g: f64, h: f64) -> Result<Self, Error> {
        validate_tuning(v_opt, alpha_opt, false)?;
        Self::new(two_sided_rho(v_opt, alpha_opt), g, h, 2)
    }

    fn new(rho: f64, g: f64, h: f64, sides: u64) -> Result<Self, Error> {
        let line = Self { r: (rho - g * h).max(1e-3 * g * h), g, h, sides };
        line.validate()?;
        Ok(line)
    }

    fn validate(&self) -> Result<(), Error> {
        let range = 1e-6..=1e6;
        Error::require(range.contains(&self.g), "g", "in [1e-6, 1e6]", self.g)?;
        Error::require(range.contains(&self.h), "h", "in [1e-6, 1e6]", self.h)?;
        Error::require(self.r > 0.0 && self.r.is_finite(), "r", "positive", self.r)?;
        Error::require(self.sides == 1 || self.sides == 2, "sides", "1 or 2", self.sides)
    }

    /// `ln(I_x(a, b) B(a, b) / (x^a y^b))` at the edge `x = h / (g + h)`; without the `I` where two-sided.
    fn log_ratio(&self, a: f64, b: f64) -> f64 {
        let range = self.g + self.h;
        let (x, y) = (self.h / range, self.g / range);
        let log = if self.sides == 1 { incomplete_beta(a, b, x, y).log_lower() } else { 0.0 };
        log - beta_kernel(a, b, x, y)
    }

    fn shapes(&self, s: f64, v: f64) -> (f64, f64) {
        let range = self.g + self.h;
        let down = (v - self.g * s).max(0.0);
        let up = (v + self.h * s).max(0.0);
        ((self.r + down) / (self.g * range), (self.r + up) / (self.h * range))
    }
}

impl Mixture for BetaBinomialMixture {
    /// A sum outside of `[-v / h, v / g]`, which cannot be, counts as the nearer end.
    fn log_supermartingale(&self, s: f64, v: f64) -> f64 {
        let (a, b) = self.shapes(s, v);
        let (a0, b0) = self.shapes(0.0, 0.0);
        self.log_ratio(a, b) - self.log_ratio(a0, b0)
    }
}

impl Boundary for BetaBinomialMixture {
    fn bound(&self, v: f64, alpha: f64) -> f64 {
        crossing(self, v, alpha, v / self.g)
    }
}
