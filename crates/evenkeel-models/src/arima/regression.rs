//! ARIMA with external regressors.

use super::fitted::ArimaModel;
use evenkeel_core::{Error, Forecaster, Prediction, Stage, observed};

/// A linear regression on external regressors whose errors are an ARIMA process, made by
/// [`Arima::fit_with`](crate::arima::Arima::fit_with).
///
/// It is no [`Forecaster`]: what comes next depends on what the regressors will be, which only the caller
/// knows.
///
/// # Missing data
/// Where the value or one of the regressors is missing, the value is.
#[derive(Debug, Clone, PartialEq)]
pub struct ArimaRegression {
    pub(super) model: ArimaModel,
    pub(super) coefficients: Vec<f64>,
}

impl ArimaRegression {
    /// The coefficients of the regressors, in their order, in units of the data by units of the regressor.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// The process of what the regressors do not explain, with its constant. Its report and its standard
    /// errors are those of the whole fit; as a forecaster it predicts the unexplained part.
    #[must_use]
    pub fn errors(&self) -> &ArimaModel {
        &self.model
    }

    /// Takes the next value with the regressors of its time. A slice of the wrong length is a missing one.
    pub fn update(&mut self, x: f64, regressors: &[f64]) {
        self.model.update(explained(&self.coefficients, regressors).map_or(f64::NAN, |by| x - by));
    }

    /// Forgets the data, not the parameters.
    pub fn reset(&mut self) {
        self.model.reset();
    }

    /// Predictions of the next values, given what the regressors will be: a slice for each regressor, as long
    /// as the horizon. The standard deviations do not count that the coefficients are estimates.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many regressors as the fit had, or they differ in length;
    /// [`Error::Missing`] with the step at which one is missing; [`Error::TooShort`] while nothing is known
    /// yet.
    pub fn forecast_with(&self, regressors: &[&[f64]]) -> Result<Vec<Prediction>, Error> {
        let expected = self.coefficients.len();
        if regressors.len() != expected {
            return Err(Error::Shape { what: "regressors", expected, found: regressors.len() });
        }
        let horizon = regressors.first().map_or(0, |x| x.len());
        if let Some(x) = regressors.iter().find(|x| x.len() != horizon) {
            return Err(Error::Shape { what: "regressor", expected: horizon, found: x.len() });
        }
        let mut out = vec![Prediction::default(); horizon];
        if !self.model.forecast_into(&mut out) {
            let (_, d, _) = self.model.order();
            let (_, seasonal, _, s) = self.model.seasonal_order();
            return Err(Error::TooShort { needed: d + seasonal * s, got: self.model.seen() });
        }
        for (h, out) in out.iter_mut().enumerate() {
            let mut by = 0.0;
            for (x, c) in regressors.iter().zip(&self.coefficients) {
                by += c * observed(x[h]).ok_or(Error::Missing { at: h })?;
            }
            let mean = (out.mean() + by).clamp(f64::MIN, f64::MAX);
            *out = Prediction::new(mean, out.sd()).unwrap_or_default();
        }
        Ok(out)
    }
}

/// What the regressors of one time explain; None if one is missing.
pub(super) fn explained(coefficients: &[f64], regressors: &[f64]) -> Option<f64> {
    if coefficients.len() != regressors.len() {
        return None;
    }
    let mut sum = 0.0;
    for (x, c) in regressors.iter().zip(coefficients) {
        sum += c * observed(*x)?;
    }
    Some(sum)
}
