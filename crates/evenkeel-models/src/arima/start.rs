//! Where the search for the maximum begins.

use super::sample::{Sample, difference, index};
use super::steady::dot;
use super::transform::{Transform, into_stationary};
use nalgebra::{DMatrix, DVector};

/// Which start led to the best fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum ArimaStart {
    /// The parameters were given, or there were none to search for.
    Given,
    /// Hannan and Rissanen (1982, doi:10.1093/biomet/69.1.81): regression on lags of the series and of the residuals of a long
    /// autoregression.
    HannanRissanen,
    /// Burg's autoregression, no moving average.
    Autoregressive,
    /// All coefficients close to zero.
    Neutral,
    /// A slowly decaying process seen through noise.
    Persistent,
    /// A process that swings from value to value.
    Alternating,
}

/// Starting points, as unconstrained numbers.
pub(super) fn starts(sample: &Sample, p: usize, q: usize) -> Vec<(ArimaStart, Vec<f64>)> {
    let transform = Transform { p, q };
    let w = series(sample);
    let mut found = Vec::new();
    let mut add = |name, mut coefficients: Vec<f64>| {
        into_stationary(&mut coefficients[..p], 0.9995);
        for c in &mut coefficients[p..] {
            *c = -*c;
        }
        into_stationary(&mut coefficients[p..], 0.98);
        for c in &mut coefficients[p..] {
            *c = -*c;
        }
        if let Some(free) = transform.free(&coefficients) {
            found.push((name, free));
        }
    };
    if q > 0 {
        if let Some(coefficients) = hannan_rissanen(&w, p, q) {
            add(ArimaStart::HannanRissanen, coefficients);
        }
    }
    if p > 0 {
        let mut coefficients = burg(&w, p).0;
        coefficients.resize(p + q, 0.0);
        add(ArimaStart::Autoregressive, coefficients);
    }
    let pattern = |ar: f64, ma: f64| {
        let mut free = vec![0.0; p + q];
        if p > 0 {
            free[0] = ar;
        }
        if q > 0 {
            free[p] = ma;
        }
        free
    };
    found.push((ArimaStart::Neutral, pattern(0.1, 0.1)));
    if q > 0 {
        found.push((ArimaStart::Persistent, pattern(2.0, 0.8)));
        found.push((ArimaStart::Alternating, pattern(-0.8, -0.8)));
    }
    found
}

/// The differenced series for a rough look: gaps are bridged by lines, the mean is taken off.
fn series(sample: &Sample) -> Vec<f64> {
    let mut w = if sample.gaps {
        let mut y = sample.y.clone();
        let mut last = 0;
        for t in 1..y.len() {
            if y[t].is_nan() {
                continue;
            }
            let (from, step) = (y[last], (y[t] - y[last]) / index(t - last));
            for (i, out) in y[last + 1..t].iter_mut().enumerate() {
                *out = from + step * index(i + 1);
            }
            last = t;
        }
        difference(&mut y, sample.d);
        y
    } else {
        sample.z.clone()
    };
    if sample.x.is_some() {
        let mean = w.iter().sum::<f64>() / index(w.len().max(1));
        for value in &mut w {
            *value -= mean;
        }
    }
    w
}

/// Coefficients and prediction errors (from index m on) of an autoregression of order `m` by Burg's method: always stationary.
fn burg(w: &[f64], m: usize) -> (Vec<f64>, Vec<f64>) {
    let m = m.min(w.len().saturating_sub(1));
    let mut coefficients = Vec::with_capacity(m);
    let (mut forward, mut backward) = (w.to_vec(), w.to_vec());
    for k in 0..m {
        // forward[t] and backward[t - 1], t = k + 1, …
        let (f, b) = (&forward[k + 1..], &backward[k..w.len() - 1]);
        let power = dot(f, f) + dot(b, b);
        let rho = if power > 0.0 { 2.0 * dot(f, b) / power } else { 0.0 };
        super::polynomial::extend(&mut coefficients, rho);
        let mut before = backward[k];
        for t in k + 1..w.len() {
            let f = forward[t];
            let current = backward[t];
            forward[t] = f - rho * before;
            backward[t] = before - rho * f;
            before = current;
        }
    }
    (coefficients, forward)
}

/// Regression of `w` on its own lags and those of the residuals of a long autoregression.
fn hannan_rissanen(w: &[f64], p: usize, q: usize) -> Option<Vec<f64>> {
    let n = w.len();
    let wanted = libm::ceil(5.0 * libm::log10(index(n.max(2))));
    let mut m = p + q + 1;
    while index(m) < wanted {
        m += 1;
    }
    let m = m.min(n / 3);
    let from = m + q.max(p.saturating_sub(m));
    let k = p + q;
    if n < from + 2 * k + 1 {
        return None;
    }
    let residuals = burg(w, m).1;
    let lag = |j: usize| {
        if j < p { &w[from - 1 - j..n - 1 - j] } else { &residuals[from - 1 - (j - p)..n - 1 - (j - p)] }
    };
    let gram = DMatrix::from_fn(k, k, |i, j| if i >= j { dot(lag(i), lag(j)) } else { 0.0 });
    let size = (0..k).fold(0.0, |most: f64, i| most.max(gram[(i, i)]));
    let ridge = DMatrix::from_diagonal_element(k, k, 1e-9 * size);
    let right = DVector::from_fn(k, |i, _| dot(lag(i), &w[from..]));
    let solved = (gram + ridge).cholesky()?.solve(&right);
    let coefficients: Vec<f64> = solved.iter().copied().collect();
    coefficients.iter().all(|c| c.is_finite()).then_some(coefficients)
}
