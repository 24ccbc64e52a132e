//! The scorers of the benchmarks of anomaly detection, as their own code has them, quirks included.
//!
//! Labels and predictions are one `bool` a row, scores one finite number a row, larger = more abnormal.
//!
//! | | what it measures |
//! | --- | --- |
//! | [`nab`] | the Numenta Anomaly Benchmark: early detections count, each false one costs |
//! | [`vus`] | areas and volumes under curves whose labels are widened by up to a window |
//! | [`curve`] | areas under the curves of points, the best F1 of points |
//! | [`affiliation`] | distances between predicted and true events, against those of chance |
//! | [`event`] | whether each event was met, and the precision of points |
//! | [`range`] | how much of each event was met, and in how many pieces |
//! | [`point_adjust`] | F1 after an event that was met anywhere counts as met everywhere; flatters random scores |
//! | [`threshold`] | the thresholds among which a benchmark looks for the best |
//! | [`window`] | the widening that a series asks for |
//!
//! Those of points, ranges, events, affiliation and volumes are those of TSB-AD: Q. Liu and J. Paparrizos, The elephant in the room:
//! towards a reliable time-series anomaly detection benchmark, NeurIPS 2024, <https://github.com/TheDatumOrg/TSB-AD>.

pub mod affiliation;
pub mod curve;
pub mod event;
pub mod nab;
pub mod point_adjust;
pub mod range;
pub mod threshold;
pub mod vus;
pub mod window;

/// The runs of rows that are true: first and last row of each.
///
/// ```
/// use evenkeel_eval::scores::runs;
/// assert_eq!(runs(&[true, false, true, true]), [(0, 0), (2, 3)]);
/// ```
#[must_use]
pub fn runs(rows: &[bool]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (row, _) in rows.iter().enumerate().filter(|(_, set)| **set) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == row => *last = row,
            _ => runs.push((row, row)),
        }
    }
    runs
}

/// How many rows are true.
fn count(rows: &[bool]) -> usize {
    rows.iter().filter(|set| **set).count()
}

/// The harmonic mean of two shares, 0 if both are; `guard` is added to the denominator.
fn harmonic(precision: f64, recall: f64, guard: f64) -> f64 {
    let sum = precision + recall + guard;
    if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 }
}

/// A share, 0 of nothing.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// What scikit-learn calls the F1 score of points: 0 where nothing is both predicted and true.
fn f1(labels: &[bool], predicted: &[bool]) -> f64 {
    let both = labels.iter().zip(predicted).filter(|(label, said)| **label && **said).count();
    share(2.0 * both as f64, (count(labels) + count(predicted)) as f64)
}
