//! Errors of one-step predictions.

use evenkeel_core::Prediction;

/// A one-step prediction error with the standard deviation it was expected to have.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Residual {
    error: f64,
    sd: f64,
    standardized: f64,
}

impl Residual {
    pub(crate) fn new(x: f64, predicted: Prediction) -> Self {
        let standardized = predicted.standardize(x).clamp(f64::MIN, f64::MAX);
        Self { error: x - predicted.mean(), sd: predicted.sd(), standardized }
    }

    /// Value minus prediction, in units of the data.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.error
    }

    /// The standard deviation of the prediction, in units of the data.
    #[must_use]
    pub fn sd(&self) -> f64 {
        self.sd
    }

    /// The error in standard deviations. For a true model these are independent standard normal numbers.
    #[must_use]
    pub fn standardized(&self) -> f64 {
        self.standardized
    }
}
