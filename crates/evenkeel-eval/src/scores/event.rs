//! F1 of events.

use super::{curve, harmonic, runs, threshold};

/// The share of events that were met anywhere as recall, the precision of points as precision, and their
/// harmonic mean with 1e-15 in the denominator (A. Garg et al. 2021, doi:10.1109/TNNLS.2021.3105827, as
/// TSB-AD has it). 0 without a labeled event.
///
/// As there, an event that lasts to the last row ends at the last but one: what is predicted in the last row
/// only does not meet it.
#[must_use]
pub fn of_prediction(labels: &[bool], predicted: &[bool]) -> f64 {
    let events = runs(labels);
    if events.is_empty() {
        return 0.0;
    }
    let met = events.iter().filter(|(start, end)| {
        // The rows that count of an event of the last row alone are none.
        let end = if end + 1 == labels.len() { *end } else { end + 1 };
        predicted[*start..end].contains(&true)
    });
    let recall = met.count() as f64 / events.len() as f64;
    let [precision, ..] = curve::of_prediction(labels, predicted);
    harmonic(precision, recall, 1e-15)
}

/// The best over 100 thresholds.
#[must_use]
pub fn best(labels: &[bool], scores: &[f64]) -> Option<f64> {
    threshold::best(scores, |predicted| of_prediction(labels, predicted))
}
