//! The missing-value rule.

/// The largest magnitude that counts as an observation. Far beyond what any telemetry measures; larger
/// squares soon overflow.
pub const LARGEST: f64 = 1e100;

/// The one rule on what is missing: a value is an observation if it is finite and its magnitude is at most
/// [`LARGEST`]. Anything else teaches nothing, and a stage that keeps time still advances.
///
/// ```
/// use evenkeel_core::observed;
///
/// assert_eq!(observed(1.5), Some(1.5));
/// assert_eq!(observed(f64::NAN), None);
/// assert_eq!(observed(f64::NEG_INFINITY), None);
/// assert_eq!(observed(1e101), None);
/// ```
#[must_use]
#[inline]
pub fn observed(x: f64) -> Option<f64> {
    // A NaN fails the comparison.
    if x.abs() <= LARGEST { Some(x) } else { None }
}

/// The rule for vectors: of the wrong length the whole is missing; within one of the right length a
/// coordinate that [`observed`] refuses is missing alone, and the stage checks each of them.
///
/// ```
/// use evenkeel_core::observed_slice;
///
/// assert!(observed_slice(&[1.0, f64::NAN], 2).is_some());
/// assert!(observed_slice(&[1.0], 2).is_none());
/// ```
#[must_use]
#[inline]
pub fn observed_slice(x: &[f64], length: usize) -> Option<&[f64]> {
    if x.len() == length { Some(x) } else { None }
}
