//! Seasonal indices by moving averages, and the test that asks whether there is a season.

use crate::count::as_f64;

/// Missing values filled by straight lines, beyond the ends by the nearest value. All NaN stays all NaN.
pub(crate) fn filled(y: &[f64]) -> Vec<f64> {
    let mut out = y.to_vec();
    let mut last: Option<usize> = None;
    for t in 0..out.len() {
        if out[t].is_nan() {
            continue;
        }
        match last {
            None => {
                let value = out[t];
                out[..t].fill(value);
            }
            Some(from) if t - from > 1 => {
                let (a, b, gap) = (out[from], out[t], as_f64(t - from));
                for (i, cell) in out[from + 1..t].iter_mut().enumerate() {
                    *cell = a + (b - a) * as_f64(i + 1) / gap;
                }
            }
            Some(_) => {}
        }
        last = Some(t);
    }
    if let Some(last) = last {
        let value = out[last];
        out[last + 1..].fill(value);
    }
    out
}

/// The seasonal indices of a classical decomposition (as Kendall and Stuart describe it, and R's `decompose`
/// computes it), beginning with the first value's: deviations that sum to 0, or factors with mean 1. None
/// below two whole periods, or where a factor cannot be formed. O(n).
pub(crate) fn seasonal_indices(y: &[f64], period: usize, multiplicative: bool) -> Option<Vec<f64>> {
    let n = y.len();
    if period < 2 || n < 2 * period {
        return None;
    }
    let mut sums = Vec::with_capacity(n + 1);
    sums.push(0.0);
    let mut sum = 0.0;
    for v in y {
        sum += v;
        sums.push(sum);
    }
    let half = period / 2;
    let (mut total, mut count) = (vec![0.0; period], vec![0.0; period]);
    for t in half..n - half {
        // An even period has half a weight at each end.
        let inner = if period % 2 == 1 {
            sums[t + half + 1] - sums[t - half]
        } else {
            sums[t + half] - sums[t - half + 1] + 0.5 * (y[t - half] + y[t + half])
        };
        let trend = inner / as_f64(period);
        total[t % period] += if multiplicative { y[t] / trend } else { y[t] - trend };
        count[t % period] += 1.0;
    }
    let mut indices: Vec<f64> = total.iter().zip(&count).map(|(t, c)| t / c).collect();
    let mean = indices.iter().sum::<f64>() / as_f64(period);
    for f in &mut indices {
        *f = if multiplicative { *f / mean } else { *f - mean };
    }
    indices.iter().all(|f| f.is_finite()).then_some(indices)
}

/// Whether the autocorrelation at the period is beyond its limit at 90 % (two-sided, Bartlett's variance).
/// False at two periods and below, and where nothing varies.
pub(crate) fn is_seasonal(y: &[f64], period: usize) -> bool {
    let n = y.len();
    if period < 2 || n <= 2 * period {
        return false;
    }
    let mean = y.iter().sum::<f64>() / as_f64(n);
    let centered: Vec<f64> = y.iter().map(|v| v - mean).collect();
    let at = |lag: usize| centered.iter().zip(&centered[lag..]).map(|(a, b)| a * b).sum::<f64>();
    let variance = at(0);
    if variance.is_nan() || variance <= 0.0 {
        return false;
    }
    let bartlett: f64 = (1..period).map(|lag| (at(lag) / variance).powi(2)).sum();
    let limit = 1.644_853_626_951_472_7 * ((1.0 + 2.0 * bartlett) / as_f64(n)).sqrt();
    (at(period) / variance).abs() > limit
}
