//! Moments of a mixture.

/// Total weight, mean and variance of a mixture.
pub(super) fn mixed(weights: &[f64], moments: impl Fn(usize) -> (f64, f64)) -> (f64, f64, f64) {
    let (mut total, mut mean) = (0.0, 0.0);
    for (k, p) in weights.iter().enumerate() {
        total += p;
        mean += p * moments(k).0;
    }
    mean /= total;
    let mut variance = 0.0;
    for (k, p) in weights.iter().enumerate() {
        let (of_state, spread) = moments(k);
        variance += p * (spread + (of_state - mean) * (of_state - mean));
    }
    (total, mean, variance / total)
}
