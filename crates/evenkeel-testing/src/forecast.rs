//! Forecasts as vectors, for tests.

use evenkeel_core::{Forecaster, Prediction};

/// The predictions of the next `horizon` values.
///
/// # Panics
/// If the model knows nothing yet.
#[must_use]
pub fn forecast(model: &impl Forecaster, horizon: usize) -> Vec<Prediction> {
    let mut out = vec![Prediction::default(); horizon];
    assert!(model.forecast_into(&mut out), "the model knows nothing yet");
    out
}
