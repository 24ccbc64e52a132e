//! A structural model with regressors, following a stream.

use super::component::Component;
use super::components::StructuralComponents;
use super::fitted::{Cycle, StructuralModel};
use super::scaled_history::weights;
use crate::finite_prediction::finite_prediction;
use crate::fit::FitReport;
use crate::shape::check_shape;
use evenkeel_core::{Error, Prediction, Stage};

/// A structural time series model with regressors, following a stream; from
/// [`Structural::fit_with`](crate::state_space::Structural::fit_with).
///
/// It is no [`Forecaster`](evenkeel_core::Forecaster): what comes next depends on what the regressors will be,
/// which only the caller knows.
///
/// The coefficients are states: each value tells more about them, forecasts count how uncertain they are, and
/// where they are random walks they are followed.
///
/// # Missing data
/// Where the value or one of the regressors is missing, the value is: time moves on by a step.
///
/// # Complexity
/// For m states, coefficients among them, an update is O(m²), and the state about 3 m² numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct StructuralRegression {
    pub(super) model: StructuralModel,
}

impl StructuralRegression {
    /// The coefficients at the next time given what was seen, in the order of the regressors and in units of
    /// the data by units of the regressor, with their standard errors. `None` before all states are
    /// determined.
    #[must_use]
    pub fn coefficients(&self) -> Option<Vec<Prediction>> {
        let (fitted, filter) = (&self.model.fitted, &self.model.filter);
        if filter.unknown > 0 {
            return None;
        }
        let m = filter.mean.len();
        let places = fitted.specification.moved(Component::Regression).zip(&fitted.scales);
        let one = |(i, unit): (usize, &f64)| {
            let sd = filter.covariance[i * m + i].max(0.0).sqrt();
            finite_prediction(fitted.unit / unit * filter.mean[i], fitted.sigma / unit * sd)
        };
        Some(places.map(one).collect())
    }

    /// Takes the next value with the regressors of its time. A slice of the wrong length is a missing one.
    pub fn update(&mut self, x: f64, regressors: &[f64]) {
        match weights(&self.model.fitted.scales, regressors.iter().copied()) {
            Some(now) => self.model.take(x, &now),
            None => self.model.take(f64::NAN, &[]),
        }
    }

    /// Forgets the data, the coefficients with them, and keeps the variances.
    pub fn reset(&mut self) {
        self.model.reset();
    }

    /// Predictions of the next values, given what the regressors will be: a slice for each regressor, as long
    /// as the horizon.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many regressors as the fit had, or they differ in length;
    /// [`Error::Missing`] with the step at which one is missing; [`Error::TooShort`] while the values do not
    /// determine all states.
    pub fn forecast_with(&self, regressors: &[&[f64]]) -> Result<Vec<Prediction>, Error> {
        let (horizon, rows) = self.future(regressors)?;
        self.model.forecast_with(horizon, &rows).ok_or_else(|| self.too_short())
    }

    /// The next values as the model itself draws them, from where it stands, given what the regressors will
    /// be; the same for the same seed.
    ///
    /// # Errors
    /// As [`forecast_with`](Self::forecast_with).
    pub fn simulate_with(&self, regressors: &[&[f64]], seed: u64) -> Result<Vec<f64>, Error> {
        let (horizon, rows) = self.future(regressors)?;
        if self.model.filter.unknown > 0 {
            return Err(self.too_short());
        }
        Ok(self.model.simulate_with(horizon, &rows, seed))
    }

    /// The components of a history with hindsight, their variances, and the tests of outliers and shifts:
    /// what the regressors explain, and each of their coefficients, among them. Where a regressor is missing,
    /// they explain 0. The model itself stays where it is.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are not as many regressors as the fit had, or they are not as long as the
    /// history; [`Error::TooShort`] if the history does not determine all states.
    pub fn components(&self, history: &[f64], regressors: &[&[f64]]) -> Result<StructuralComponents, Error> {
        let scales = &self.model.fitted.scales;
        check_shape("regressors", scales.len(), regressors.len())?;
        for regressor in regressors {
            check_shape("regressor", history.len(), regressor.len())?;
        }
        let mut known = history.to_vec();
        let mut rows = Vec::with_capacity(history.len() * scales.len());
        for (t, x) in known.iter_mut().enumerate() {
            match weights(scales, regressors.iter().map(|regressor| regressor[t])) {
                Some(now) => rows.extend(now),
                None => {
                    *x = f64::NAN;
                    rows.extend(scales.iter().map(|_| 0.0));
                }
            }
        }
        self.model.components_with(&known, &rows)
    }

    /// As [`StructuralModel::variance`]; that of [`Component::Regression`] is by how much the coefficient of a
    /// regressor moves the series at the root mean square of that regressor.
    #[must_use]
    pub fn variance(&self, component: Component) -> Option<f64> {
        self.model.variance(component)
    }

    /// As [`StructuralModel::standard_error`].
    #[must_use]
    pub fn standard_error(&self, component: Component) -> Option<f64> {
        self.model.standard_error(component)
    }

    /// As [`StructuralModel::cycle`].
    #[must_use]
    pub fn cycle(&self) -> Option<Cycle> {
        self.model.cycle()
    }

    /// As [`StructuralModel::sigma`].
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.model.sigma()
    }

    /// How the fit went, and how good it is.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        self.model.report()
    }

    /// The horizon, and the regressors by time in their units.
    fn future(&self, regressors: &[&[f64]]) -> Result<(usize, Vec<f64>), Error> {
        let scales = &self.model.fitted.scales;
        check_shape("regressors", scales.len(), regressors.len())?;
        let horizon = regressors.first().map_or(0, |x| x.len());
        let mut rows = Vec::with_capacity(horizon * scales.len());
        for regressor in regressors {
            check_shape("regressor", horizon, regressor.len())?;
        }
        for t in 0..horizon {
            let now = weights(scales, regressors.iter().map(|regressor| regressor[t]));
            rows.extend(now.ok_or(Error::Missing { at: t })?);
        }
        Ok((horizon, rows))
    }

    fn too_short(&self) -> Error {
        let needed = self.model.fitted.specification.unknown();
        Error::TooShort { needed, got: needed - self.model.filter.unknown }
    }
}
