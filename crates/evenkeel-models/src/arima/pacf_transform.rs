//! The transform between unconstrained numbers, partial autocorrelations and coefficients.

use super::dual::{Dual, LANES};
use super::lag_polynomials::LagPolynomials;
use super::polynomial::{step_down, step_up};

/// Unconstrained numbers to coefficients and back, as in Barndorff-Nielsen and Schou (1973,
/// doi:10.1016/0047-259X(73)90030-4) and Monahan (1984, doi:10.1093/biomet/71.2.403): hyperbolic tangents are
/// partial autocorrelations, and those give the coefficients. The same with turned signs for the moving
/// average. Each factor on its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct PacfTransform {
    pub(super) polynomials: LagPolynomials,
    /// No partial autocorrelation comes closer to ±1.
    pub(super) largest: f64,
}

impl PacfTransform {
    /// For the whole of what is stationary and invertible.
    pub(super) fn new(polynomials: LagPolynomials) -> Self {
        Self { polynomials, largest: 1.0 }
    }

    /// Coefficients in the order of [`LagPolynomials`].
    pub(super) fn coefficients(self, free: &[f64], out: &mut [f64]) {
        for (range, autoregressive) in self.polynomials.blocks() {
            let partial: Vec<f64> = free[range.clone()].iter().map(|x| self.largest * x.tanh()).collect();
            step_up(&partial, &mut out[range.clone()]);
            if !autoregressive {
                out[range].iter_mut().for_each(|theta| *theta = -*theta);
            }
        }
    }

    /// Turns derivatives by the coefficients into derivatives by the unconstrained numbers, in place.
    pub(super) fn pull_back(self, free: &[f64], slope: &mut [f64]) {
        for (range, autoregressive) in self.polynomials.blocks() {
            let slope = &mut slope[range.clone()];
            if !autoregressive {
                slope.iter_mut().for_each(|s| *s = -*s);
            }
            pull_back(&free[range], self.largest, slope);
        }
    }

    /// Unconstrained numbers for coefficients that are stationary and invertible, kept off the boundary. None
    /// if they are not.
    pub(super) fn free(self, coefficients: &[f64]) -> Option<Vec<f64>> {
        let mut free = Vec::with_capacity(coefficients.len());
        for (range, autoregressive) in self.polynomials.blocks() {
            let sign = if autoregressive { 1.0 } else { -1.0 };
            let mut partial: Vec<f64> = coefficients[range].iter().map(|c| sign * c).collect();
            if !step_down(&mut partial) {
                return None;
            }
            free.extend(partial.iter().map(|rho| (rho / self.largest).clamp(-0.9999, 0.9999).atanh()));
        }
        Some(free)
    }
}

fn pull_back(free: &[f64], largest: f64, slope: &mut [f64]) {
    let k = free.len();
    let (mut partial, mut coefficients) = (vec![Dual::default(); k], vec![Dual::default(); k]);
    let mut pulled = vec![0.0; k];
    for from in (0..k).step_by(LANES) {
        for (j, (out, x)) in partial.iter_mut().zip(free).enumerate() {
            let tangent = x.tanh();
            *out = Dual::variable(largest * tangent, LANES);
            if let Some(slope) = j.checked_sub(from).and_then(|lane| out.slope.get_mut(lane)) {
                *slope = largest * (1.0 - tangent) * (1.0 + tangent);
            }
        }
        step_up(&partial, &mut coefficients);
        for (lane, out) in pulled[from..].iter_mut().take(LANES).enumerate() {
            *out = coefficients.iter().zip(slope.iter()).map(|(c, s)| c.slope[lane] * s).sum();
        }
    }
    slope.copy_from_slice(&pulled);
}

/// Shrinks coefficients geometrically until the autoregression is stationary with all partial
/// autocorrelations within `bound`.
pub(super) fn into_stationary(ar: &mut [f64], bound: f64) {
    for _ in 0..60 {
        let mut partial = ar.to_vec();
        if step_down(&mut partial) && partial.iter().all(|rho| rho.abs() <= bound) {
            return;
        }
        let mut power = 1.0;
        for a in ar.iter_mut() {
            power *= 0.93;
            *a = if a.is_finite() { *a * power } else { 0.0 };
        }
    }
    ar.fill(0.0);
}
