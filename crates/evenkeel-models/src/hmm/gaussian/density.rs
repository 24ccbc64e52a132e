//! Log-densities of a row, whatever coordinates are missing.

use super::factor::{MOST, Small, cholesky, forward};
use super::gaussian::Gaussian;
use crate::hmm::emission::Emission;
use evenkeel_core::gaussian::LN_SQRT_TAU;

pub(super) fn log_densities(g: &Gaussian, row: &[f64], out: &mut [f64]) {
    let d = g.dimension;
    let missing = row.iter().any(|x| x.is_nan());
    for (k, out) in out.iter_mut().enumerate().take(g.states()) {
        let density = if !g.covariance.is_matrix() || d == 1 {
            independent(g, k, row, missing)
        } else if missing {
            marginal(g, k, row)
        } else {
            let mut square = 0.0;
            let (means, l) = (g.means(k), &g.inverses[k * d * d..][..d * d]);
            for (i, l) in l.chunks_exact(d).enumerate() {
                let mut z = 0.0;
                for j in 0..=i {
                    z += l[j] * (row[j] - means[j]);
                }
                square += z * z;
            }
            g.log_norms[k] - 0.5 * square
        };
        *out = if density.is_nan() { f64::NEG_INFINITY } else { density };
    }
}

fn independent(g: &Gaussian, k: usize, row: &[f64], missing: bool) -> f64 {
    let (means, inverses) = (g.means(k), &g.inverses[k * g.dimension..][..g.dimension]);
    if !missing {
        let mut square = 0.0;
        for ((x, mean), inverse) in row.iter().zip(means).zip(inverses) {
            square += (x - mean) * (x - mean) * inverse;
        }
        return g.log_norms[k] - 0.5 * square;
    }
    let mut density = 0.0;
    for ((x, mean), inverse) in row.iter().zip(means).zip(inverses).filter(|((x, _), _)| !x.is_nan()) {
        density += 0.5 * libm::log(*inverse) - LN_SQRT_TAU - 0.5 * (x - mean) * (x - mean) * inverse;
    }
    density
}

/// Of the observed coordinates: their part of the covariance is factored anew.
fn marginal(g: &Gaussian, k: usize, row: &[f64]) -> f64 {
    let mut l: Small = [[0.0; MOST]; MOST];
    let mut z = [0.0; MOST];
    let mut n = 0;
    for i in 0..g.dimension {
        if row[i].is_nan() {
            continue;
        }
        z[n] = row[i] - g.means(k)[i];
        for (m, j) in (0..=i).filter(|j| !row[*j].is_nan()).enumerate() {
            l[n][m] = g.covariance(k, i, j);
        }
        n += 1;
    }
    if !cholesky(&mut l, n) {
        return f64::NEG_INFINITY;
    }
    forward(&l, &mut z, n);
    let mut density = 0.0;
    for i in 0..n {
        density -= LN_SQRT_TAU + libm::log(l[i][i]) + 0.5 * z[i] * z[i];
    }
    density
}
