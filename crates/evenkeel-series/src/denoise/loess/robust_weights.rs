//! Weights of robust fits.

use crate::quantile::median_of_mut;
use alloc::vec::Vec;

/// Values times weights, 0 where there is no weight, also for a missing value.
pub(crate) fn multiply(weights: &[f64], values: &[f64], into: &mut [f64]) {
    for ((into, w), x) in into.iter_mut().zip(weights).zip(values) {
        *into = if *w > 0.0 { w * x } else { 0.0 };
    }
}

/// The bisquare weights (1 - (r / 6 median|r|)²)² of residuals, 0 for missing ones. Ratios up to `blunt`
/// count as 0, those from 1 - `blunt` on as 1. `false`, without any change, if the median is 0: more than
/// half of the fit is perfect.
pub(crate) fn bisquare(
    residuals: impl Iterator<Item = f64> + Clone,
    blunt: f64,
    weights: &mut [f64],
    scratch: &mut Vec<f64>,
) -> bool {
    scratch.clear();
    scratch.extend(residuals.clone().filter(|r| !r.is_nan()).map(f64::abs));
    let scale = 6.0 * median_of_mut(scratch).unwrap_or(0.0);
    if scale.is_nan() || scale <= 0.0 {
        return false;
    }
    for (weight, r) in weights.iter_mut().zip(residuals) {
        let u = r.abs() / scale;
        *weight = if u <= blunt {
            1.0
        } else if u <= 1.0 - blunt && u < 1.0 {
            let rest = 1.0 - u * u;
            rest * rest
        } else {
            0.0
        };
    }
    true
}
