//! Lag polynomials and their reflection coefficients.

use super::dual::{Scalar, is_positive};

/// Makes the coefficients of a stationary autoregression, `x_t = a_1 x_{t-1} + …`, from its partial
/// autocorrelations, all inside (-1, 1) (Durbin-Levinson). O(p²).
pub(super) fn step_up<N: Scalar>(partial: &[N], coefficients: &mut [N]) {
    for (k, &rho) in partial.iter().enumerate() {
        raise(coefficients, k, rho);
    }
}

/// One step of [`step_up`]: from order `k` to order `k + 1`.
pub(super) fn raise<N: Scalar>(coefficients: &mut [N], k: usize, rho: N) {
    coefficients[k] = rho;
    for j in 0..k.div_ceil(2) {
        let (near, far) = (coefficients[j], coefficients[k - 1 - j]);
        coefficients[j] = near - rho * far;
        if j != k - 1 - j {
            coefficients[k - 1 - j] = far - rho * near;
        }
    }
}

/// Adds the partial autocorrelation of the next lag to an autoregression.
pub(super) fn extend(coefficients: &mut Vec<f64>, rho: f64) {
    let k = coefficients.len();
    coefficients.push(0.0);
    raise(coefficients, k, rho);
}

/// The inverse of [`step_up`]: turns `coefficients` into partial autocorrelations in place. False, with
/// `coefficients` undefined, if the autoregression is not stationary. O(p²).
pub(super) fn step_down<N: Scalar>(coefficients: &mut [N]) -> bool {
    for k in (0..coefficients.len()).rev() {
        let rho = coefficients[k];
        let rest = N::of(1.0) - rho * rho;
        // A NaN fails the comparison.
        if !is_positive(rest.value()) {
            return false;
        }
        for j in 0..k.div_ceil(2) {
            let (near, far) = (coefficients[j], coefficients[k - 1 - j]);
            coefficients[j] = (near + rho * far) / rest;
            if j != k - 1 - j {
                coefficients[k - 1 - j] = (far + rho * near) / rest;
            }
        }
    }
    true
}

/// Whether `x_t = a_1 x_{t-1} + … + e_t` is stationary.
pub(super) fn is_stationary(ar: &[f64]) -> bool {
    step_down(&mut ar.to_vec())
}

/// The coefficients c_1, c_2, … of `y_t = w_t + c_1 y_{t-1} + …` where `w = (1 - B)^d (1 - B^s)^seasonal y`.
pub(super) fn undifference(d: usize, seasonal: usize, s: usize) -> Vec<f64> {
    let mut difference = vec![1.0];
    let polynomials = std::iter::repeat_n(1, d).chain(std::iter::repeat_n(s, seasonal));
    for lag in polynomials {
        let k = difference.len();
        difference.resize(k + lag, 0.0);
        for j in (lag..k + lag).rev() {
            difference[j] -= difference[j - lag];
        }
    }
    // signs turned
    difference[1..].iter().map(|c| -c).collect()
}
