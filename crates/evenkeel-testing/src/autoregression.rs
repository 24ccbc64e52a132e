//! Autoregressions on a few lags: simulated, and fitted by the plainest method, to compare other fits with.

use crate::Source;

/// Simulates `z_t = intercept + Σ φ_l z_{t-l} + e_t` with normal errors of standard deviation `sd`: `n`
/// values, after 500 that are left out. `terms` has each lag with its coefficient.
///
/// ```
/// use evenkeel_testing::autoregression::{least_squares, simulate};
///
/// let z = simulate(&[(1, 0.5), (7, 0.3)], 2.0, 1.0, 2_000, 1);
/// let found = least_squares(&z, &[1, 7]);
/// assert!((found[1] - 0.5).abs() < 0.05 && (found[2] - 0.3).abs() < 0.05);
/// ```
#[must_use]
pub fn simulate(terms: &[(usize, f64)], intercept: f64, sd: f64, n: usize, seed: u64) -> Vec<f64> {
    let longest = terms.iter().map(|(lag, _)| *lag).max().unwrap_or(0);
    let mut source = Source::new(seed);
    let mut z = vec![intercept; longest];
    for t in longest..n + 500 + longest {
        let sum: f64 = terms.iter().map(|(lag, c)| c * z[t - lag]).sum();
        z.push(intercept + sum + sd * source.normal());
    }
    z.split_off(500 + longest)
}

/// The least-squares intercept and coefficients of an autoregression on these lags, ascending, by the normal
/// equations and Gaussian elimination. Rows in which a value is missing (NaN) are left out.
#[must_use]
pub fn least_squares(z: &[f64], lags: &[usize]) -> Vec<f64> {
    let longest = lags.last().copied().unwrap_or(0);
    let k = lags.len() + 1;
    let mut a = vec![vec![0.0; k + 1]; k];
    for t in longest..z.len() {
        let row: Vec<f64> = std::iter::once(1.0).chain(lags.iter().map(|lag| z[t - lag])).collect();
        if row.iter().any(|x| x.is_nan()) || z[t].is_nan() {
            continue;
        }
        for i in 0..k {
            for j in 0..k {
                a[i][j] += row[i] * row[j];
            }
            a[i][k] += row[i] * z[t];
        }
    }
    for i in 0..k {
        let pivot = (i..k).max_by(|p, q| a[*p][i].abs().total_cmp(&a[*q][i].abs())).unwrap_or(i);
        a.swap(i, pivot);
        for j in 0..k {
            if j != i {
                let factor = a[j][i] / a[i][i];
                let row = a[i].clone();
                a[j].iter_mut().zip(&row).for_each(|(x, y)| *x -= factor * y);
            }
        }
    }
    (0..k).map(|i| a[i][k] / a[i][i]).collect()
}
