//! Forecast moments of forms whose trend is a factor and whose error is multiplicative.
//!
//! With multiplicative error and trend, and a multiplicative season or none, a value `h` steps ahead is that
//! of the path without surprises times one factor for each error, and the errors are independent: `y = path
//! (1 + e_h) Π_k (1 + alpha e)(1 + beta e)^(phi + … + phi^k)(1 + gamma e if k is a multiple of the period)`,
//! the product over the lags `k = 1 … h - 1`. Mean and mean square are products of expectations in one normal
//! error each, which the trapezoid rule gives to rounding. A further step adds one lag, so that a forecast
//! costs the same at each horizon. (For undamped trends the factors are polynomials; the book, Hyndman et al.
//! 2008, chapter 6, leaves these forms to simulation.)

use super::linear_variance::{Spread, bounded};
use super::parameters::EtsParameters;

/// Nodes on each side of 0, half a standard deviation apart. The trapezoid rule errs by less than 1e-30 for a
/// normal distribution at that distance, and twelve standard deviations hold all of it, also where it is
/// tilted towards one side.
const SIDE: i32 = 24;
const NODES: usize = 2 * SIDE as usize + 1;
const APART: f64 = 0.5;

/// An error at each node: its weight, and the logarithms of what it does to level, slope and season.
#[derive(Debug, Clone)]
pub(super) struct FactorMoments {
    nodes: [(f64, [f64; 3]); NODES],
    phi: f64,
    period: u64,
}

impl FactorMoments {
    pub(super) fn new(p: &EtsParameters, sigma: f64, period: u64) -> Self {
        let mut nodes = [(0.0, [0.0; 3]); NODES];
        let mut total = 0.0;
        for (i, (weight, logarithms)) in (-SIDE..=SIDE).zip(&mut nodes) {
            let z = APART * f64::from(i);
            *weight = libm::exp(-0.5 * z * z);
            total += *weight;
            let e = sigma * z;
            // A value that is not positive moves no state.
            if [1.0, p.alpha, p.beta, p.gamma].iter().all(|share| 1.0 + share * e > 0.0) {
                *logarithms = [p.alpha, p.beta, p.gamma].map(|share| libm::log1p(share * e));
            }
        }
        nodes.iter_mut().for_each(|(weight, _)| *weight /= total);
        Self { nodes, phi: p.phi, period }
    }

    /// Adds an error that lies `lag` steps before the value.
    pub(super) fn add(&self, to: &mut Spread, lag: u64) {
        // phi + … + phi^lag.
        to.slope = bounded(self.phi * (1.0 + to.slope));
        let season = if lag.is_multiple_of(self.period) { 1.0 } else { 0.0 };
        let factor =
            |[level, slope, by_season]: &[f64; 3]| libm::expm1(level + to.slope * slope + season * by_season);
        let mean: f64 = self.nodes.iter().map(|(weight, logarithms)| weight * factor(logarithms)).sum();
        let about = |logarithms| factor(logarithms) - mean;
        let variance: f64 = self.nodes.iter().map(|(weight, l)| weight * about(l) * about(l)).sum();
        to.cross = bounded(to.cross + libm::log1p(mean));
        to.level = bounded(to.level + libm::log1p(variance / ((1.0 + mean) * (1.0 + mean))));
    }
}

/// The mean in units of the path, and the variance in squared units of it, of a value whose own error has the
/// variance `noise`.
pub(super) fn moments(spread: &Spread, noise: f64) -> (f64, f64) {
    let mean = libm::exp(spread.cross);
    (mean, bounded(mean * mean * (libm::expm1(spread.level) + noise * libm::exp(spread.level))))
}
