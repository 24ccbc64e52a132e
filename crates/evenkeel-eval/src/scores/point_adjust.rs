//! F1 after point adjustment.

use super::{f1, runs, threshold};

/// F1 of points after an event that was met anywhere counts as met everywhere (H. Xu et al., WWW 2018,
/// doi:10.1145/3178876.3185996).
///
/// Random scores reach high values (S. Kim et al., AAAI 2022, doi:10.1609/aaai.v36i7.20680): it is here for
/// comparison with papers, and no task reports it. As in TSB-AD, row 0 is never adjusted backwards.
#[must_use]
pub fn of_prediction(labels: &[bool], predicted: &[bool]) -> f64 {
    let mut adjusted = predicted.to_vec();
    for (start, end) in runs(labels) {
        if let Some(met) = (start..=end).find(|row| predicted[*row]) {
            adjusted[start.max(1).min(met)..=end].fill(true);
        }
    }
    f1(labels, &adjusted)
}

/// The best over 100 thresholds.
#[must_use]
pub fn best(labels: &[bool], scores: &[f64]) -> Option<f64> {
    threshold::best(scores, |predicted| of_prediction(labels, predicted))
}
