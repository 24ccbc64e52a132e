//! The polynomial stitched boundary.

use super::boundary::Boundary;
use crate::special::zeta;
use evenkeel_core::Error;

evenkeel_core::state! {
    /// The line in closed form that grows like `sqrt(v ln ln v)`, the slowest rate that any line can have.
    ///
    /// Intrinsic time is cut into epochs of ratio `eta`, the `k`-th of which gets the share `k^-s` of alpha;
    /// within each a straight line bounds a sub-gamma sum of scale `c` (Howard et al. 2021, theorem 1, whose
    /// formula is also taken for a negative scale: tails lighter than Gaussian ones). Before `v_min` the line
    /// is level. It is wider than the mixtures over any practical range, and the choice when no range can be
    /// named.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct PolynomialStitching("PolynomialStitching@1") {
        v_min: f64,
        c: f64,
        s: f64,
        eta: f64,
    }
}

impl PolynomialStitching {
    /// The line from the intrinsic time `v_min` on, for the scale `c` (0: sub-Gaussian; negative: lighter
    /// tails), with `s` = 1.4 and `eta` = 2 (the choices of the paper).
    ///
    /// # Errors
    /// If `v_min` is not positive or `c` is not finite.
    pub fn new(v_min: f64, c: f64) -> Result<Self, Error> {
        Self::with_epochs(v_min, c, 1.4, 2.0)
    }

    /// With epochs of another ratio `eta` > 1 and shares of another exponent `s` > 1.
    ///
    /// # Errors
    /// If `v_min` is not positive, `c` is not finite, or `s` or `eta` is not above 1.
    pub fn with_epochs(v_min: f64, c: f64, s: f64, eta: f64) -> Result<Self, Error> {
        let line = Self { v_min, c, s, eta };
        line.validate()?;
        Ok(line)
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require(self.v_min > 0.0 && self.v_min.is_finite(), "v_min", "positive", self.v_min)?;
        Error::require(self.c.is_finite(), "c", "finite", self.c)?;
        Error::require(self.s > 1.0 && self.s.is_finite(), "s", "above 1", self.s)?;
        Error::require(self.eta > 1.0 && self.eta.is_finite(), "eta", "above 1", self.eta)
    }
}

impl Boundary for PolynomialStitching {
    fn bound(&self, v: f64, alpha: f64) -> f64 {
        if !(v >= 0.0 && alpha > 0.0 && alpha < 1.0) {
            return f64::NAN;
        }
        let v = v.max(self.v_min);
        let log_eta = libm::log(self.eta);
        let epoch = log_eta + libm::log(v / self.v_min);
        let level =
            self.s * (libm::log(epoch) - libm::log(log_eta)) + libm::log(zeta(self.s)) - libm::log(alpha);
        let root = libm::sqrt(libm::sqrt(self.eta));
        let k1_squared = 0.5 * (root + 1.0 / root) * (root + 1.0 / root);
        let linear = 0.5 * (libm::sqrt(self.eta) + 1.0) * self.c * level;
        let square = k1_squared * v * level;
        let root = libm::sqrt(square + linear * linear);
        // For a negative scale the sum would cancel.
        if linear < 0.0 { square / (root - linear) } else { root + linear }
    }
}
