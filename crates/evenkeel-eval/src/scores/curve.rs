//! Curves of points, every score being a threshold.

use super::{count, harmonic, share};

/// What the curves of points say; see [`points`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Points {
    /// Area under the receiver operating characteristic, by trapezoids.
    pub roc: f64,
    /// Average precision: precisions weighed by the increase of recall.
    pub pr: f64,
    /// The best F1 over all thresholds, 1e-5 being added to its denominator.
    pub f1: f64,
}

/// The areas under the curves of points and the best F1: rows are predicted if their score is at least the
/// threshold, which is each score in turn. `None` where no or every row is labeled. O(n log n).
///
/// As in scikit-learn (`roc_auc_score`, `average_precision_score`, `precision_recall_curve`).
///
/// ```
/// use evenkeel_eval::scores::curve::points;
/// let points = points(&[false, false, true, true], &[0.1, 0.4, 0.35, 0.8]).unwrap();
/// assert!((points.roc - 0.75).abs() < 1e-12 && (points.pr - 0.8333333333333333).abs() < 1e-12);
/// ```
#[must_use]
pub fn points(labels: &[bool], scores: &[f64]) -> Option<Points> {
    let positive = count(labels);
    let negative = labels.len() - positive;
    if positive == 0 || negative == 0 || labels.len() != scores.len() {
        return None;
    }
    let (positive, negative) = (positive as f64, negative as f64);
    let mut order: Vec<usize> = (0..labels.len()).collect();
    order.sort_unstable_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    let (mut hits, mut misses) = (0.0, 0.0);
    let (mut roc, mut pr, mut best) = (0.0, 0.0, 0.0_f64);
    for tied in order.chunk_by(|a, b| scores[*a] == scores[*b]) {
        let new = tied.iter().filter(|row| labels[**row]).count() as f64;
        let wrong = tied.len() as f64 - new;
        roc += wrong * (hits + 0.5 * new);
        hits += new;
        misses += wrong;
        let (precision, recall) = (hits / (hits + misses), hits / positive);
        pr += new / positive * precision;
        best = best.max(harmonic(precision, recall, 1e-5));
    }
    Some(Points { roc: roc / (positive * negative), pr, f1: best })
}

/// Precision, recall and F1 of the points of a prediction; what is divided by nothing is 0.
#[must_use]
pub fn of_prediction(labels: &[bool], predicted: &[bool]) -> [f64; 3] {
    let both = labels.iter().zip(predicted).filter(|(label, said)| **label && **said).count() as f64;
    [share(both, count(predicted) as f64), share(both, count(labels) as f64), super::f1(labels, predicted)]
}
