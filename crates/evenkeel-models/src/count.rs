//! Counts as floats.

/// A count as a float.
#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 do not fit in memory")]
pub(crate) fn as_f64(count: usize) -> f64 {
    count as f64
}
