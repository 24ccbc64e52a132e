//! Piecewise cubic interpolation: PCHIP, Akima, cubic spline.

use alloc::vec;
use alloc::vec::Vec;

/// The slope at each of some points, at least two, in order.
pub(super) type Slopes = fn(&[usize], &[f64]) -> Vec<f64>;

/// Fills the gaps between observed values with cubics of these slopes at them.
pub(super) fn fill_inside(values: &mut [f64], slopes: Slopes) {
    let at: Vec<usize> = (0..values.len()).filter(|i| !values[*i].is_nan()).collect();
    if at.len() < 2 {
        return;
    }
    let y: Vec<f64> = at.iter().map(|i| values[*i]).collect();
    let slopes = slopes(&at, &y);
    for k in 0..at.len() - 1 {
        let h = (at[k + 1] - at[k]) as f64;
        let (a, b) = (y[k], y[k + 1]);
        for (i, value) in values[at[k]..at[k + 1]].iter_mut().enumerate().skip(1) {
            let t = i as f64 / h;
            let rise = b - a;
            let (from, to) = (h * slopes[k] - rise, rise - h * slopes[k + 1]);
            *value = a + t * rise + t * (1.0 - t) * ((1.0 - t) * from + t * to);
        }
    }
}

/// Widths and slopes of the chords.
fn chords(at: &[usize], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let widths: Vec<f64> = at.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
    let slopes = y.windows(2).zip(&widths).map(|(pair, h)| (pair[1] - pair[0]) / h).collect();
    (widths, slopes)
}

/// Monotone where the points are: harmonic means of the chords' slopes (Fritsch and Butland 1984).
pub(super) fn monotone(at: &[usize], y: &[f64]) -> Vec<f64> {
    let (h, d) = chords(at, y);
    let n = y.len();
    if n == 2 {
        return vec![d[0]; 2];
    }
    let end = |h0: f64, h1: f64, d0: f64, d1: f64| {
        let slope = ((2.0 * h0 + h1) * d0 - h0 * d1) / (h0 + h1);
        if slope * d0 <= 0.0 {
            0.0
        } else if d0 * d1 <= 0.0 && slope.abs() > 3.0 * d0.abs() {
            3.0 * d0
        } else {
            slope
        }
    };
    let mut slopes = vec![0.0; n];
    for k in 1..n - 1 {
        let (before, after) = (d[k - 1], d[k]);
        if (before > 0.0 && after > 0.0) || (before < 0.0 && after < 0.0) {
            let (w0, w1) = (2.0 * h[k] + h[k - 1], h[k] + 2.0 * h[k - 1]);
            slopes[k] = (w0 + w1) / (w0 / before + w1 / after);
        }
    }
    slopes[0] = end(h[0], h[1], d[0], d[1]);
    slopes[n - 1] = end(h[n - 2], h[n - 3], d[n - 2], d[n - 3]);
    slopes
}

/// Local, and hardly changed by a single extreme point (Akima 1970).
pub(super) fn akima(at: &[usize], y: &[f64]) -> Vec<f64> {
    let (_, d) = chords(at, y);
    let n = y.len();
    if n == 2 {
        return vec![d[0]; 2];
    }
    // Two chords more on each side, by continuing the change of slope.
    let mut m = Vec::with_capacity(n + 3);
    let (first, last) = (d[0] - d[1], d[n - 2] - d[n - 3]);
    m.extend([d[0] + 2.0 * first, d[0] + first]);
    m.extend_from_slice(&d);
    m.extend([d[n - 2] + last, d[n - 2] + 2.0 * last]);
    let weights = |k: usize| ((m[k + 3] - m[k + 2]).abs(), (m[k + 1] - m[k]).abs());
    let largest = (0..n).map(|k| weights(k).0 + weights(k).1).fold(0.0, f64::max);
    let slope = |k: usize| {
        let (before, after) = weights(k);
        if before + after > 1e-9 * largest {
            (before * m[k + 1] + after * m[k + 2]) / (before + after)
        } else {
            0.5 * (m[k] + m[k + 3])
        }
    };
    (0..n).map(slope).collect()
}

/// The cubic spline, twice continuously differentiable, and three times at the second and the last but one
/// point (not-a-knot).
pub(super) fn spline(at: &[usize], y: &[f64]) -> Vec<f64> {
    let (h, d) = chords(at, y);
    let n = y.len();
    if n == 2 {
        return vec![d[0]; 2];
    }
    if n == 3 {
        // One parabola.
        let w = h[0] + h[1];
        return vec![
            ((2.0 * h[0] + h[1]) * d[0] - h[0] * d[1]) / w,
            (h[1] * d[0] + h[0] * d[1]) / w,
            ((2.0 * h[1] + h[0]) * d[1] - h[1] * d[0]) / w,
        ];
    }
    // Tridiagonal, eliminated from the front: (below, diagonal, above, right).
    let row = |k: usize| {
        if k == 0 {
            let w = h[0] + h[1];
            (0.0, h[1], w, ((h[0] + 2.0 * w) * h[1] * d[0] + h[0] * h[0] * d[1]) / w)
        } else if k == n - 1 {
            let (a, b) = (h[n - 2], h[n - 3]);
            let w = a + b;
            (w, b, 0.0, (a * a * d[n - 3] + (2.0 * w + a) * b * d[n - 2]) / w)
        } else {
            let right = 3.0 * (h[k] * d[k - 1] + h[k - 1] * d[k]);
            (h[k], 2.0 * (h[k - 1] + h[k]), h[k - 1], right)
        }
    };
    let mut rows: Vec<(f64, f64)> = Vec::with_capacity(n);
    for k in 0..n {
        let (below, diagonal, above, right) = row(k);
        let (factor, known) = rows.last().copied().unwrap_or((0.0, 0.0));
        let pivot = diagonal - below * factor;
        rows.push((above / pivot, (right - below * known) / pivot));
    }
    let mut slopes = vec![0.0; n];
    let mut next = 0.0;
    for k in (0..n).rev() {
        next = rows[k].1 - rows[k].0 * next;
        slopes[k] = next;
    }
    slopes
}
