//! The competition's own simple methods.

use evenkeel_core::Prediction;

/// The critical value of the competition's test of a season: one-sided 95 %, two-sided 90 %.
const CRITICAL: f64 = 1.645;

/// The last value goes on; the standard deviation grows as that of a random walk.
pub(super) fn naive(y: &[f64], horizon: usize) -> Option<Vec<Prediction>> {
    seasonal_naive(y, 1, horizon)
}

/// The last season goes on.
pub(super) fn seasonal_naive(y: &[f64], season: usize, horizon: usize) -> Option<Vec<Prediction>> {
    let start = y.len().checked_sub(season)?;
    let sd = walk(y, season);
    (0..horizon)
        .map(|h| Prediction::new(y[start + h % season], sd * ((h / season + 1) as f64).sqrt()))
        .collect()
}

/// The competition's benchmark: the last value of the seasonally adjusted series goes on, its season put back, if the series has one by the
/// test. Multiplicative classical decomposition, as R's `decompose`.
pub(super) fn naive2(y: &[f64], season: usize, horizon: usize) -> Option<Vec<Prediction>> {
    if season < 2 || !is_seasonal(y, season) {
        return naive(y, horizon);
    }
    let figure = figure(y, season)?;
    let adjusted: Vec<f64> = y.iter().enumerate().map(|(t, x)| x / figure[t % season]).collect();
    let (last, sd) = (*adjusted.last()?, walk(&adjusted, 1));
    (0..horizon)
        .map(|h| {
            let factor = figure[(y.len() + h) % season];
            Prediction::new(last * factor, sd * factor.abs() * ((h + 1) as f64).sqrt())
        })
        .collect()
}

/// The root mean square of the steps from season to season.
fn walk(y: &[f64], season: usize) -> f64 {
    let steps = y.len().saturating_sub(season);
    let sum: f64 = (season..y.len()).map(|t| (y[t] - y[t - season]).powi(2)).sum();
    (sum / steps.max(1) as f64).sqrt()
}

/// Whether the autocorrelation at the season exceeds its 90 % limit under shorter correlations (Bartlett's formula).
fn is_seasonal(y: &[f64], season: usize) -> bool {
    let n = y.len();
    if n < 3 * season {
        return false;
    }
    let mean = y.iter().sum::<f64>() / n as f64;
    let sum = |lag: usize| -> f64 { (lag..n).map(|t| (y[t] - mean) * (y[t - lag] - mean)).sum() };
    let whole = sum(0);
    let acf: Vec<f64> = (1..=season).map(|lag| sum(lag) / whole).collect();
    let below: f64 = acf[..season - 1].iter().map(|r| r * r).sum();
    let limit = CRITICAL * ((1.0 + 2.0 * below) / n as f64).sqrt();
    acf[season - 1].abs() > limit
}

/// The seasonal factors from the place 0 on, of mean 1.
fn figure(y: &[f64], season: usize) -> Option<Vec<f64>> {
    let half = season / 2;
    let trend = |t: usize| -> f64 {
        let inner: f64 = y[t - half..=t + half].iter().sum();
        let ends = if season.is_multiple_of(2) { 0.5 * (y[t - half] + y[t + half]) } else { 0.0 };
        (inner - ends) / season as f64
    };
    let mut sums = vec![(0.0, 0.0); season];
    for t in half..y.len().saturating_sub(half) {
        let ratio = y[t] / trend(t);
        if ratio.is_finite() {
            let (sum, count) = &mut sums[t % season];
            *sum += ratio;
            *count += 1.0;
        }
    }
    let figure: Vec<f64> = sums.iter().map(|(sum, count)| sum / count).collect();
    let mean = figure.iter().sum::<f64>() / season as f64;
    let figure: Vec<f64> = figure.iter().map(|f| f / mean).collect();
    figure.iter().all(|f| f.is_finite()).then_some(figure)
}
