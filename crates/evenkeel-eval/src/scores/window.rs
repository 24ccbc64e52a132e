//! The window length of a series, for volumes under surfaces.

/// The window of TSB-AD: the lag from 3 to 400 at which the autocorrelation of the first 20,000 values has
/// its highest local maximum; 125 if it has none, or if that is below 6 or above 303. It belongs to the
/// scorer, which may see the whole series; detectors do not get it.
///
/// Q. Liu and J. Paparrizos, NeurIPS 2024 (`find_length_rank` with rank 1). O(400 n).
#[must_use]
pub fn of_series(values: &[f64]) -> usize {
    const NONE: usize = 125;
    let values = &values[..values.len().min(20_000)];
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let centered: Vec<f64> = values.iter().map(|x| x - mean).collect();
    let lags = values.len().saturating_sub(1).min(400);
    let at = |lag: usize| -> f64 { centered.iter().zip(&centered[lag..]).map(|(a, b)| a * b).sum() };
    let variance = if values.is_empty() { 0.0 } else { at(0) };
    if variance <= 0.0 || lags < 5 {
        return NONE;
    }
    let covariances: Vec<f64> = (3..=lags).map(at).collect();
    let peaks = (1..covariances.len() - 1)
        .filter(|i| covariances[*i] > covariances[i - 1] && covariances[*i] > covariances[i + 1]);
    match peaks.max_by(|a, b| covariances[*a].total_cmp(&covariances[*b])) {
        Some(peak) if (3..=300).contains(&peak) => peak + 3,
        _ => NONE,
    }
}
