//! Predictions clamped to finite floats.

use evenkeel_core::Prediction;

/// A prediction; what is beyond floats becomes the largest one.
pub(crate) fn finite_prediction(mean: f64, sd: f64) -> Prediction {
    let sd = if sd.is_nan() { f64::MAX } else { sd.clamp(0.0, f64::MAX) };
    Prediction::new(mean.clamp(f64::MIN, f64::MAX), sd).unwrap_or_default()
}
