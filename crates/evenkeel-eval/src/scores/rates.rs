//! Precision, recall, F1, false positive rate.

/// How many rows are true.
pub(super) fn count(rows: &[bool]) -> usize {
    rows.iter().filter(|set| **set).count()
}

/// The harmonic mean of two shares, 0 if both are; `guard` is added to the denominator.
pub(super) fn harmonic(precision: f64, recall: f64, guard: f64) -> f64 {
    let sum = precision + recall + guard;
    if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 }
}

/// A share, 0 of nothing.
pub(super) fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// What scikit-learn calls the F1 score of points: 0 where nothing is both predicted and true.
pub(super) fn f1(labels: &[bool], predicted: &[bool]) -> f64 {
    let both = labels.iter().zip(predicted).filter(|(label, said)| **label && **said).count();
    share(2.0 * both as f64, (count(labels) + count(predicted)) as f64)
}
