//! The measures of M4: sMAPE, MASE, OWA, coverage.

use crate::forecasters::{Forecast, Question};

/// What one method did on one series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scores {
    /// Symmetric mean absolute percentage error, 0-200.
    pub(super) smape: f64,
    /// Mean absolute error over that of the seasonal naive forecast within the training part.
    pub(super) mase: f64,
    /// Mean scaled interval score of the 95 % intervals.
    pub(super) msis: f64,
    /// The share of values within the 95 % intervals.
    pub(super) coverage: f64,
    /// Twice the quantile (pinball) loss, the mean over the nine levels, summed over the steps; and the sum
    /// of the sizes of the values.
    pub(super) quantile_loss: f64,
    pub(super) size: f64,
    /// Seconds it took.
    pub(super) seconds: f64,
}

/// The scale of MASE and MSIS: the mean absolute step from season to season within the training part.
pub(super) fn scale(train: &[f64], season: usize) -> f64 {
    let steps = train.len().saturating_sub(season);
    (season..train.len()).map(|t| (train[t] - train[t - season]).abs()).sum::<f64>() / steps.max(1) as f64
}

/// Scores a forecast; `scale` as above. What needs quantiles is NaN if there are none.
pub(super) fn score(
    forecast: &Forecast,
    question: &Question<'_>,
    actual: &[f64],
    scale: f64,
    seconds: f64,
) -> Scores {
    let n = actual.len() as f64;
    let mut scores =
        Scores { smape: 0.0, mase: 0.0, msis: 0.0, coverage: 0.0, quantile_loss: 0.0, size: 0.0, seconds };
    for (step, (mean, x)) in forecast.means().iter().zip(actual).enumerate() {
        let error = (x - mean).abs();
        let size = x.abs() + mean.abs();
        scores.smape += if size > 0.0 { 200.0 * error / size } else { 0.0 };
        scores.mase += error / scale;
        let at = |level: usize| forecast.quantiles().map_or(f64::NAN, |quantiles| quantiles[level][step]);
        // The levels are those of the interval around those of the quantile loss.
        let last = question.levels.len() - 1;
        let (low, high) = (at(0), at(last));
        let outside = (low - x).max(x - high).max(0.0);
        scores.msis += (high - low + 2.0 / 0.05 * outside) / scale;
        scores.coverage += f64::from(u8::from((low..=high).contains(x)));
        for (i, level) in question.levels.iter().enumerate().take(last).skip(1) {
            let quantile = at(i);
            let loss = if *x >= quantile { level * (x - quantile) } else { (1.0 - level) * (quantile - x) };
            scores.quantile_loss += 2.0 * loss / 9.0;
        }
        scores.size += x.abs();
    }
    scores.smape /= n;
    scores.mase /= n;
    scores.msis /= n;
    scores.coverage /= n;
    scores
}
