//! Innovations: the standardized one-step errors of a forecaster.

#[cfg(feature = "serde")]
use alloc::{format, string::String};
use evenkeel_core::{Forecaster, Prediction, Stage, observed};

/// The standardized errors of a forecaster: what is left of a series when the predictable part is taken away.
///
/// For control charts, which assume independent observations: autocorrelation multiplies their false alarms,
/// so they are put behind a model, `Innovations::new(model).then(cusum)`.
///
/// *Output*: (x - mean) / sd of the prediction that was made before x; standard normal if the model is right.
/// A prediction without spread gives 0 for its own mean and is silent for any other value. *Missing data*:
/// silent; the forecaster moves on by one step.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Innovations<F> {
    forecaster: F,
}

impl<F> Innovations<F> {
    /// Takes away what `forecaster` predicts.
    #[must_use]
    pub fn new(forecaster: F) -> Self {
        Self { forecaster }
    }

    /// The forecaster in its present state.
    pub fn forecaster(&self) -> &F {
        &self.forecaster
    }
}

impl<F: Forecaster> Stage<f64> for Innovations<F> {
    type Output = f64;

    #[inline]
    fn update(&mut self, x: f64) -> Option<f64> {
        let mut next = [Prediction::default()];
        let known = self.forecaster.forecast_into(&mut next);
        self.forecaster.update(x);
        if known { observed(next[0].standardize(observed(x)?)) } else { None }
    }

    fn reset(&mut self) {
        self.forecaster.reset();
    }
}

#[cfg(feature = "serde")]
impl<F: evenkeel_core::Snapshot> evenkeel_core::Snapshot for Innovations<F> {
    fn schema() -> String {
        format!("Innovations@1<{}>", F::schema())
    }
}
