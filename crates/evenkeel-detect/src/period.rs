//! The strongest period of a stretch of values, by its autocorrelation.

use alloc::vec::Vec;

/// Where no period stands out.
const OTHERWISE: usize = 100;
/// Shorter shapes than this are taken several times: a handful of standardized values resembles everything.
const LEAST: usize = 16;
/// A period's autocorrelation is at least this: four standard errors of noise of a hundred values.
const STANDS_OUT: f64 = 0.4;
/// Multiples of a period are as strong as itself but for noise; the first peak that comes so near the highest
/// is the period.
const AS_STRONG: f64 = 0.9;

/// The longest window that [`window`] finds in so many values.
pub(crate) fn longest(values: usize) -> usize {
    (values / 3).max(LEAST)
}

/// The window of shapes: the strongest period, repeated until it is long enough.
pub(crate) fn window(values: &[f64]) -> usize {
    match strongest(values) {
        Some(period) => (period * LEAST.div_ceil(period)).min(longest(values.len())),
        None => OTHERWISE.min(longest(values.len())),
    }
}

/// The strongest period, at most a third of the values: that of the first peak of the autocorrelation that is
/// nearly as high as the highest, of what is left when a straight line is taken off. `None` if none stands
/// out. O(n²).
pub(crate) fn strongest(values: &[f64]) -> Option<usize> {
    let most = values.len() / 3;
    if most < 2 {
        return None;
    }
    let residuals = without_line(values);
    let energy: f64 = residuals.iter().map(|x| x * x).sum();
    // A NaN fails the comparison.
    if !(energy > 0.0 && energy < f64::INFINITY) {
        return None;
    }
    let n = residuals.len();
    // Divided by the number of pairs, or long periods would look weaker than they are.
    let correlation = |lag: usize| -> f64 {
        let sum: f64 = residuals[lag..].iter().zip(&residuals).map(|(x, y)| x * y).sum();
        sum / (n - lag) as f64 / (energy / n as f64)
    };
    let correlations: Vec<f64> = (0..=most + 1).map(correlation).collect();
    let is_peak =
        |lag: usize| correlations[lag] >= correlations[lag - 1] && correlations[lag] >= correlations[lag + 1];
    let peaks = || (2..=most).filter(|lag| is_peak(*lag));
    let highest = peaks().map(|lag| correlations[lag]).fold(0.0, f64::max);
    if highest < STANDS_OUT {
        return None;
    }
    peaks().find(|lag| correlations[*lag] >= AS_STRONG * highest)
}

/// What a least squares line leaves, in units of the largest of it.
fn without_line(values: &[f64]) -> Vec<f64> {
    let n = values.len() as f64;
    let middle = 0.5 * (n - 1.0);
    let mean = values.iter().map(|x| x / n).sum::<f64>();
    let slope = values.iter().zip(0u32..).map(|(x, t)| (x - mean) * (f64::from(t) - middle)).sum::<f64>()
        / (n * (n * n - 1.0) / 12.0);
    let mut left: Vec<f64> = Vec::with_capacity(values.len());
    left.extend(values.iter().zip(0u32..).map(|(x, t)| x - mean - slope * (f64::from(t) - middle)));
    let farthest = |numbers: &[f64], from: f64| numbers.iter().fold(0.0, |m: f64, x| m.max((x - from).abs()));
    let largest = farthest(&left, 0.0);
    // Of a line nothing is left but rounding.
    let rounding = (1e-9 * farthest(values, mean)).max(1e-12 * farthest(values, 0.0));
    let unit = if largest > rounding { 1.0 / largest } else { 0.0 };
    left.iter_mut().for_each(|x| *x *= unit);
    left
}
