//! Threshold search for the best score.

/// `count` numbers evenly spread from `from` to `to`, both included, rounded as NumPy rounds them.
///
/// ```
/// use evenkeel_eval::scores::threshold::spread;
/// assert_eq!(spread(0.0, 1.0, 5), [0.0, 0.25, 0.5, 0.75, 1.0]);
/// ```
#[must_use]
pub fn spread(from: f64, to: f64, count: usize) -> Vec<f64> {
    let step = (to - from) / (count.max(2) - 1) as f64;
    let mut all: Vec<f64> = (0..count).map(|i| i as f64 * step + from).collect();
    if let Some(last) = all.last_mut().filter(|_| count > 1) {
        *last = to;
    }
    all
}

/// How many thresholds [`best`] tries.
const TRIED: usize = 100;

/// The best value of a measure of predictions over 100 thresholds evenly spread from the least to the
/// greatest score, above which (strictly) a row is predicted. An oracle: it knows the labels. A value that is
/// not a number is never the best; `None` if none is one.
pub fn best(scores: &[f64], measure: impl Fn(&[bool]) -> f64) -> Option<f64> {
    let (least, greatest) = scores
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), score| (low.min(*score), high.max(*score)));
    let mut predicted = vec![false; scores.len()];
    spread(least, greatest, TRIED)
        .into_iter()
        .filter_map(|threshold| {
            for (said, score) in predicted.iter_mut().zip(scores) {
                *said = *score > threshold;
            }
            Some(measure(&predicted)).filter(|value| !value.is_nan())
        })
        .reduce(f64::max)
}
