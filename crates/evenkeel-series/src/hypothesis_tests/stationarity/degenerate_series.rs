//! Series without randomness: constants and straight lines.

use evenkeel_core::{Error, observed};

/// The error for a straight line.
pub(super) const STRAIGHT: Error =
    Error::Numerical { what: "the values lie on a straight line, without noise" };
/// The error for a constant.
pub(super) const STILL: Error = Error::Numerical { what: "the values do not vary" };

/// The error of rounding of a few operations on values.
pub(super) fn rounding(values: &[f64]) -> f64 {
    4.0 * f64::EPSILON
        * values.iter().filter_map(|x| observed(*x)).fold(0.0, |most: f64, x| most.max(x.abs()))
}

/// Whether observed values lie on the line through the first and the last of them, up to rounding. The
/// residuals of such a series are rounding errors, which a test must not take for data.
pub(super) fn is_straight(values: &[f64]) -> bool {
    let seen = || values.iter().enumerate().filter_map(|(i, x)| Some((i as f64, observed(*x)?)));
    let (Some((from, first)), Some((to, last))) = (seen().next(), seen().next_back()) else { return false };
    // Two values always do.
    if seen().nth(2).is_none() {
        return false;
    }
    let slope = (last - first) / (to - from);
    let rounding = rounding(values);
    seen().all(|(i, x)| (x - (first + slope * (i - from))).abs() <= rounding)
}

/// Whether observed values are equal, up to this rounding error.
pub(super) fn is_still(values: &[f64], rounding: f64) -> bool {
    let seen = || values.iter().filter_map(|x| observed(*x));
    let low = seen().fold(f64::INFINITY, f64::min);
    // Also without values.
    seen().all(|x| x - low <= rounding)
}
