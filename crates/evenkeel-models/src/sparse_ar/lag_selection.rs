//! Forward selection of lags.

use super::gram::Gram;

/// The selection ends after this many lags without an improvement.
const PATIENCE: usize = 4;

/// The criterion that chooses the number of lags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LagCriterion {
    /// Akaike's, with its correction for small samples: best for forecasts; keeps more lags. Default.
    #[default]
    Aicc,
    /// Schwarz's: fewer lags; consistent in the long run.
    Bic,
}

impl LagCriterion {
    fn of(self, rss: f64, rows: usize, k: usize) -> f64 {
        match self {
            Self::Aicc => aicc(rss, rows, k),
            Self::Bic => {
                let n = rows as f64;
                n * (rss / n).max(f64::MIN_POSITIVE).ln() + (k as f64 + 2.0) * n.ln()
            }
        }
    }
}

/// Akaike's criterion with its correction for small samples, of a regression with `k` coefficients besides
/// intercept and variance.
fn aicc(rss: f64, rows: usize, k: usize) -> f64 {
    let (n, k) = (rows as f64, k as f64 + 2.0);
    if n - k - 1.0 <= 0.0 {
        return f64::INFINITY;
    }
    n * (rss / n).max(f64::MIN_POSITIVE).ln() + 2.0 * k * n / (n - k - 1.0)
}

/// Chooses lags one after the other, each time the one that takes most off the sum of squares, and keeps the
/// number of them at which the criterion is least. Positions in the Gram matrix, ascending; empty if the mean
/// alone is best. O(m²) a lag.
pub(super) fn forward(gram: &Gram, most: usize, criterion: LagCriterion) -> Vec<usize> {
    let m = gram.means.len();
    let mut a = gram.sums.clone();
    let original: Vec<f64> = (0..m).map(|i| a[i * m + i]).collect();
    let mut chosen = Vec::new();
    let (mut best, mut best_count) = (criterion.of(a[0], gram.rows, 0), 0);
    while chosen.len() < most.min(gram.lags()) && chosen.len() < best_count + PATIENCE {
        // A column that is nearly a combination of others would gain by rounding only.
        let gain = |j: usize| {
            let (own, with) = (a[j * m + j], a[j]);
            if chosen.contains(&j) || own <= 1e-9 * original[j] { 0.0 } else { with * with / own }
        };
        let Some(next) = (1..m).max_by(|i, j| gain(*i).total_cmp(&gain(*j))).filter(|j| gain(*j) > 0.0)
        else {
            break;
        };
        sweep(&mut a, m, next);
        chosen.push(next);
        let reached = criterion.of(a[0].max(0.0), gram.rows, chosen.len());
        if reached < best {
            (best, best_count) = (reached, chosen.len());
        }
    }
    chosen.truncate(best_count);
    chosen.sort_unstable();
    chosen.into_iter().map(|position| position - 1).collect()
}

/// Takes what a column explains out of all others.
fn sweep(a: &mut [f64], m: usize, k: usize) {
    let pivot = a[k * m + k];
    let row: Vec<f64> = a[k * m..(k + 1) * m].to_vec();
    for i in (0..m).filter(|i| *i != k) {
        let factor = row[i] / pivot;
        for (j, x) in row.iter().enumerate() {
            a[i * m + j] -= factor * x;
        }
    }
    a[k * m..(k + 1) * m].fill(0.0);
}
