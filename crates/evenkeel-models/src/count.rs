//! Counts as floats.

/// A count as a float.
pub(crate) fn as_f64(count: usize) -> f64 {
    count as f64
}
