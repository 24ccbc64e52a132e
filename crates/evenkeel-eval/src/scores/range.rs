//! Precision and recall of ranges.

use super::{harmonic, runs, threshold};

/// How one set of ranges covers another; see [`cover`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Cover {
    /// `alpha` times existence and 1 - `alpha` times overlap.
    pub score: f64,
    /// The share of ranges that were met anywhere.
    pub existence: f64,
    /// The mean share of a range that was met, divided by the number of pieces that met it.
    pub overlap: f64,
}

/// How much existence counts in the recall of ranges.
const ALPHA: f64 = 0.2;

/// How far `others` cover the ranges of `rows`, with flat positional bias and reciprocal cardinality: N.
/// Tatbul et al., Precision and recall for time series, NeurIPS 2018, arXiv:1803.03639. Recall: labels
/// covered by predictions with `alpha` 0.2; precision: predictions covered by labels with 0. All 0 without a
/// range.
///
/// As in TSB-AD, rows that are all true make no range.
#[must_use]
pub fn cover(rows: &[bool], others: &[bool], alpha: f64) -> Cover {
    let ranges = ranges(rows);
    if ranges.is_empty() {
        return Cover::default();
    }
    let pieces = self::ranges(others);
    let all_true = !others.is_empty() && !others.contains(&false);
    let (mut existence, mut overlap) = (0.0, 0.0);
    let mut first = 0;
    for (start, end) in &ranges {
        first += pieces[first..].iter().take_while(|(_, last)| last < start).count();
        let met = pieces[first..].iter().take_while(|(from, _)| from <= end);
        let (mut count, mut rows) = (0_u32, 0);
        for (from, to) in met {
            count += 1;
            rows += to.min(end) + 1 - from.max(start);
        }
        if count > 0 {
            existence += 1.0;
            overlap += rows as f64 / (end + 1 - start) as f64 / f64::from(count);
        } else if all_true {
            existence += 1.0;
        }
    }
    let n = ranges.len() as f64;
    let score = (alpha * existence + (1.0 - alpha) * overlap) / n;
    Cover { score, existence: existence / n, overlap: overlap / n }
}

fn ranges(rows: &[bool]) -> Vec<(usize, usize)> {
    if rows.contains(&false) { runs(rows) } else { Vec::new() }
}

/// The harmonic mean of the precision and recall of ranges of a prediction.
#[must_use]
pub fn of_prediction(labels: &[bool], predicted: &[bool]) -> f64 {
    harmonic(cover(predicted, labels, 0.0).score, cover(labels, predicted, ALPHA).score, 0.0)
}

/// The best over 100 thresholds.
#[must_use]
pub fn best(labels: &[bool], scores: &[f64]) -> Option<f64> {
    threshold::best(scores, |predicted| of_prediction(labels, predicted))
}
