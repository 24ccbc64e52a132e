//! Maximum likelihood of means and covariances from weighted sums.

use super::covariance::Covariance;
use super::factor::{MOST, Small, backward, cholesky, forward};
use super::gaussian::Gaussian;
use crate::hmm::emission::Emission;
use crate::hmm::weight::LEAST_WEIGHT;
use nalgebra::{DMatrix, SymmetricEigen};

/// Whether the sums are those of independent coordinates: weight, sum and sum of squares for each.
fn by_coordinate(g: &Gaussian) -> bool {
    !g.covariance.is_matrix() || g.dimension == 1
}

pub(super) fn sums(g: &Gaussian) -> usize {
    let d = g.dimension;
    g.states() * if by_coordinate(g) { 3 * d } else { 1 + d + d * d }
}

/// All sums are about the present means, so that little cancels.
pub(super) fn accumulate(g: &Gaussian, row: &[f64], weights: &[f64], sums: &mut [f64]) {
    let d = g.dimension;
    if by_coordinate(g) {
        for (k, weight) in weights.iter().enumerate() {
            let sums = &mut sums[3 * k * d..][..3 * d];
            for ((sums, x), mean) in sums.chunks_exact_mut(3).zip(row).zip(g.means(k)) {
                let deviation = x - mean;
                if !deviation.is_nan() {
                    sums[0] += weight;
                    sums[1] += weight * deviation;
                    sums[2] += weight * deviation * deviation;
                }
            }
        }
        return;
    }
    if row.iter().all(|x| x.is_nan()) {
        return;
    }
    let missing = row.iter().any(|x| x.is_nan());
    let each = 1 + d + d * d;
    for (k, weight) in weights.iter().enumerate() {
        let sums = &mut sums[k * each..][..each];
        let mut deviation = [0.0; MOST];
        for i in 0..d {
            deviation[i] = row[i] - g.means(k)[i];
        }
        if missing {
            complete(g, k, row, *weight, &mut deviation, &mut sums[1 + d..]);
        }
        sums[0] += weight;
        for i in 0..d {
            let weighted = weight * deviation[i];
            sums[1 + i] += weighted;
            for j in 0..d {
                sums[1 + d + i * d + j] += weighted * deviation[j];
            }
        }
    }
}

/// Fills missing deviations with their expectation given the observed ones, and adds their conditional
/// covariance.
fn complete(
    g: &Gaussian,
    k: usize,
    row: &[f64],
    weight: f64,
    deviation: &mut [f64; MOST],
    squares: &mut [f64],
) {
    let d = g.dimension;
    let (mut seen, mut n) = ([0; MOST], 0);
    for i in (0..d).filter(|i| !row[*i].is_nan()) {
        seen[n] = i;
        n += 1;
    }
    let mut l: Small = [[0.0; MOST]; MOST];
    for a in 0..n {
        for b in 0..=a {
            l[a][b] = g.covariance(k, seen[a], seen[b]);
        }
    }
    if !cholesky(&mut l, n) {
        // Parts of a positive definite matrix are positive definite but for rounding: then coordinates say
        // nothing of each other.
        n = 0;
    }
    let mut z = [0.0; MOST];
    for a in 0..n {
        z[a] = deviation[seen[a]];
    }
    forward(&l, &mut z, n);
    backward(&l, &mut z, n);
    for i in (0..d).filter(|i| row[*i].is_nan()) {
        deviation[i] = (0..n).map(|a| g.covariance(k, i, seen[a]) * z[a]).sum();
        // Half of the regression of coordinate i on the observed ones.
        let mut half = [0.0; MOST];
        for a in 0..n {
            half[a] = g.covariance(k, i, seen[a]);
        }
        forward(&l, &mut half, n);
        for j in (0..d).filter(|j| row[*j].is_nan()) {
            let mut other = [0.0; MOST];
            for a in 0..n {
                other[a] = g.covariance(k, j, seen[a]);
            }
            forward(&l, &mut other, n);
            let explained: f64 = half[..n].iter().zip(&other[..n]).map(|(x, y)| x * y).sum();
            squares[i * d + j] += weight * (g.covariance(k, i, j) - explained);
        }
    }
}

pub(super) fn maximize(g: &mut Gaussian, sums: &[f64]) {
    let before = g.clone();
    if by_coordinate(g) {
        independent(g, sums);
    } else {
        matrices(g, sums);
    }
    if !g.refresh() {
        // Nothing that overflowed is kept.
        *g = before;
    }
}

/// Further observations at the mean: variance times weight, and weight.
fn prior(g: &Gaussian) -> (f64, f64) {
    g.prior.map_or((0.0, 0.0), |(variance, weight)| (variance * weight, weight))
}

fn independent(g: &mut Gaussian, sums: &[f64]) {
    let (states, d) = (g.states(), g.dimension);
    let (prior_square, prior_weight) = prior(g);
    let (mut pooled, mut pooled_weight) = (0.0, 0.0);
    for k in 0..states {
        let (mut all, mut all_weight, mut least) = (0.0, 0.0, 0.0_f64);
        for i in 0..d {
            let [weight, sum, square] = [0, 1, 2].map(|m| sums[3 * (k * d + i) + m]);
            least = least.max(g.least[i]);
            let seen = weight > LEAST_WEIGHT;
            if seen {
                g.means[k * d + i] += sum / weight;
                // Rounding can make it negative.
                let square = (square - sum * (sum / weight)).max(0.0);
                (all, all_weight) = (all + square, all_weight + weight);
                if g.covariance == Covariance::Diagonal {
                    let variance = (square + prior_square) / (weight + prior_weight);
                    g.variances[k * d + i] = variance.max(g.least[i] * g.least[i]);
                }
            }
        }
        (pooled, pooled_weight) = (pooled + all, pooled_weight + all_weight);
        let variance = (all + prior_square * d as f64) / (all_weight + prior_weight * d as f64);
        if all_weight > LEAST_WEIGHT && matches!(g.covariance, Covariance::Spherical | Covariance::Full) {
            g.variances[k] = variance.max(least * least);
        }
    }
    if g.covariance == Covariance::Tied && pooled_weight > LEAST_WEIGHT {
        let states = states as f64;
        let variance = (pooled + states * prior_square) / (pooled_weight + states * prior_weight);
        g.variances[0] = variance.max(g.least[0] * g.least[0]);
    }
}

fn matrices(g: &mut Gaussian, sums: &[f64]) {
    let (states, d) = (g.states(), g.dimension);
    let each = 1 + d + d * d;
    let (prior_square, prior_weight) = prior(g);
    let mut pooled = DMatrix::zeros(d, d);
    let (mut pooled_weight, mut unseen) = (0.0, 0.0);
    for k in 0..states {
        let sums = &sums[k * each..][..each];
        let weight = sums[0];
        if weight <= LEAST_WEIGHT {
            unseen += 1.0;
            continue;
        }
        let moved: Vec<f64> = sums[1..=d].iter().map(|s| s / weight).collect();
        for (mean, moved) in g.means[k * d..][..d].iter_mut().zip(&moved) {
            *mean += moved;
        }
        let scatter = DMatrix::from_fn(d, d, |i, j| {
            let (here, there) = (sums[1 + d + i * d + j], sums[1 + d + j * d + i]);
            let scatter = 0.5 * (here + there) - weight * moved[i] * moved[j];
            if i == j { scatter.max(0.0) + prior_square } else { scatter }
        });
        if g.covariance == Covariance::Full {
            let matrix = above_floor(&(scatter / (weight + prior_weight)), &g.least);
            for (at, value) in g.variances[k * d * d..][..d * d].iter_mut().enumerate() {
                *value = matrix[(at / d, at % d)];
            }
        } else {
            (pooled, pooled_weight) = (pooled + scatter, pooled_weight + weight);
        }
    }
    if g.covariance == Covariance::Tied && pooled_weight > LEAST_WEIGHT {
        // A state that was not seen has nothing but its prior.
        pooled += DMatrix::identity(d, d) * (prior_square * unseen);
        let prior_weight = states as f64 * prior_weight;
        let matrix = above_floor(&(pooled / (pooled_weight + prior_weight)), &g.least);
        for (at, value) in g.variances.iter_mut().enumerate() {
            *value = matrix[(at / d, at % d)];
        }
    }
}

/// The most likely covariance whose variances along all axes, in units of the least standard deviations, are
/// at least 1: smaller eigenvalues become 1.
fn above_floor(matrix: &DMatrix<f64>, least: &[f64]) -> DMatrix<f64> {
    let d = matrix.nrows();
    if least.iter().any(|l| *l <= 0.0) || matrix.iter().any(|x| !x.is_finite()) {
        return matrix.clone();
    }
    let scaled = DMatrix::from_fn(d, d, |i, j| matrix[(i, j)] / least[i] / least[j]);
    // Positive definite after 1 is taken from the diagonal: all eigenvalues are above 1.
    let mut shifted = scaled.clone();
    (0..d).for_each(|i| shifted[(i, i)] -= 1.0);
    if shifted.cholesky().is_some() {
        return matrix.clone();
    }
    let SymmetricEigen { eigenvectors, eigenvalues } = scaled.symmetric_eigen();
    let raised = DMatrix::from_diagonal(&eigenvalues.map(|e| e.max(1.0)));
    let product = &eigenvectors * raised * eigenvectors.transpose();
    DMatrix::from_fn(d, d, |i, j| 0.5 * (product[(i, j)] + product[(j, i)]) * least[i] * least[j])
}

/// Minus half the weight times the logarithm of the determinant and the scaled trace of the inverse, over all
/// states.
pub(super) fn log_prior(g: &Gaussian) -> f64 {
    let Some((variance, weight)) = g.prior else { return 0.0 };
    let d = g.dimension;
    let constant = d as f64 * evenkeel_core::gaussian::LN_SQRT_TAU;
    let mut sum = 0.0;
    for k in 0..g.states() {
        // The squares of an inverse factor sum to the trace of the inverse.
        let trace: f64 = if by_coordinate(g) {
            g.inverses[k * d..][..d].iter().sum()
        } else {
            g.inverses[k * d * d..][..d * d].iter().map(|x| x * x).sum()
        };
        sum += weight * (g.log_norms[k] + constant) - 0.5 * weight * variance * trace;
    }
    sum
}

/// The least standard deviation in each coordinate: a share of that of all rows, and never so small that it
/// is the rounding of the values.
pub(in crate::hmm) fn least_deviations(rows: &[f64], dimension: usize, share: f64) -> Vec<f64> {
    (0..dimension)
        .map(|i| {
            let column = rows.iter().skip(i).step_by(dimension).copied().filter(|x| !x.is_nan());
            let (mut n, mut mean, mut squares, mut largest) = (0.0, 0.0, 0.0, 0.0_f64);
            for x in column {
                n += 1.0;
                let deviation = x - mean;
                mean += deviation / n;
                squares += deviation * (x - mean);
                largest = largest.max(x.abs());
            }
            let deviation = if n > 0.0 { (squares / n).max(0.0).sqrt() } else { 0.0 };
            let least = (share * deviation).max(4.0 * f64::EPSILON * largest);
            // A history of zeros has no scale.
            if least > 1e-130 { least } else { 1e-9 }
        })
        .collect()
}
