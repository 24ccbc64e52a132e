//! The fitted structural model, a forecaster.

use super::component::Component;
use super::components::StructuralComponents;
use super::estimates::Fitted;
use super::filter::{Filter, Settling};
use super::likelihood::predicted;
use super::readings::Readings;
use super::smoothed::Smoothed;
use super::specification::Wave;
use super::state_space::{Scatter, StateSpace};
use super::system::{ChangingRow, System, read, set_weights};
use crate::arima::Residual;
use crate::finite_prediction::finite_prediction;
use crate::fit::FitReport;
use evenkeel_core::{Error, Forecaster, PlausibilityCheck, Prediction, Stage, observed};
use evenkeel_stats::Generator;
use nalgebra::DMatrix;

/// The cycle of a structural model.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Cycle {
    /// Its period, in samples.
    pub period: f64,
    /// The factor by which it is damped with each sample, below 1.
    pub damping: f64,
    /// The standard error of the period. `None` where that was given, or the likelihood has no clear maximum.
    pub period_error: Option<f64>,
    /// The standard error of the damping factor, likewise.
    pub damping_error: Option<f64>,
}

/// A structural time series model, following a stream; see [`Structural`](crate::state_space::Structural).
///
/// [`fit`](evenkeel_core::Fit::fit) leaves it at the end of the history; [`reset`](Stage::reset) takes it back
/// to before any observation, from where it says nothing until the values determine all states: without gaps
/// after as many values as there are states.
///
/// # Missing data
/// A missing value moves the forecast on by one step, and makes it as uncertain as it has to be; before the
/// first value it changes nothing.
///
/// # Complexity
/// For m states an update is O(m) once the gain has settled (for waves O(m) too, as T has few entries), O(m²)
/// at the start, after gaps, and with a variance of 0. A forecast of h steps is O(h m²) and takes a copy of
/// the state. Updates allocate nothing. The state is about 3 m² numbers.
#[derive(Debug, PartialEq)]
pub struct StructuralModel {
    pub(super) fitted: Fitted,
    /// In ratios of variances.
    pub(super) system: System,
    /// Z of the next value: with regressors of 0, but while a value is learned.
    row: Vec<(usize, f64)>,
    pub(super) filter: Filter,
    pub(super) settling: Settling,
    pub(super) settled: bool,
    /// Whether a value was seen.
    pub(super) started: bool,
    pub(super) check: PlausibilityCheck,
}

impl Clone for StructuralModel {
    fn clone(&self) -> Self {
        Self {
            fitted: self.fitted.clone(),
            system: self.system.clone(),
            row: self.row.clone(),
            filter: self.filter.clone(),
            settling: self.settling.clone(),
            settled: self.settled,
            started: self.started,
            check: self.check,
        }
    }

    /// Without allocation where it is the same fit at another time.
    fn clone_from(&mut self, other: &Self) {
        if self.fitted != other.fitted || self.system != other.system {
            *self = other.clone();
            return;
        }
        self.filter.clone_from(&other.filter);
        self.settling.gain.clone_from(&other.settling.gain);
        self.settling.variance = other.settling.variance;
        self.settling.still = other.settling.still;
        (self.settled, self.started, self.check) = (other.settled, other.started, other.check);
    }
}

impl StructuralModel {
    pub(super) fn new(fitted: Fitted) -> Self {
        let system = fitted.specification.system(&fitted.ratios, fitted.wave);
        let filter = Filter::new(&system.start);
        let settling = Settling::new(system.states);
        Self {
            fitted,
            row: row_without_regressors(&system),
            system,
            filter,
            settling,
            settled: false,
            started: false,
            check: PlausibilityCheck::default(),
        }
    }

    /// How many states the model has.
    #[must_use]
    pub fn states(&self) -> usize {
        self.system.states
    }

    /// The period of the season, in samples; 1 without a season.
    #[must_use]
    pub fn period(&self) -> usize {
        self.fitted.specification.period
    }

    /// The variance of a component's disturbance, in squared units of the data; `None` if the model does not
    /// have it.
    #[must_use]
    pub fn variance(&self, component: Component) -> Option<f64> {
        let fitted = &self.fitted;
        let has = fitted.specification.has(component);
        has.then(|| fitted.ratios[component.index()] * fitted.sigma * fitted.sigma)
    }

    /// The standard error of a variance, from the observed information. `None` where it was given, is 0 (the
    /// boundary, where the usual theory does not hold), or the likelihood has no clear maximum.
    #[must_use]
    pub fn standard_error(&self, component: Component) -> Option<f64> {
        self.fitted.errors[component.index()]
    }

    /// The cycle; `None` if the model does not have one.
    #[must_use]
    pub fn cycle(&self) -> Option<Cycle> {
        let fitted = &self.fitted;
        let Wave { period, damping } = fitted.wave;
        let [period_error, damping_error] = fitted.wave_errors;
        let has = fitted.specification.cycle.is_some();
        has.then_some(Cycle { period, damping, period_error, damping_error })
    }

    /// The standard deviation of the largest disturbance, in units of the data. 0 if the history follows the
    /// model without any.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.fitted.sigma
    }

    /// How the fit went, and how good it is.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.fitted.report
    }

    /// The component at the next time, given what was seen: its mean and standard deviation. `None` before
    /// all states are determined, and for a component that the model does not have.
    #[must_use]
    pub fn next_component(&self, component: Component) -> Option<Prediction> {
        let fitted = &self.fitted;
        if self.filter.unknown > 0 || !fitted.specification.has(component) {
            return None;
        }
        let h = if component == Component::Irregular { fitted.ratios[0] } else { 0.0 };
        let (mean, variance) = predicted(&self.filter, &fitted.specification.read(component), h);
        let center = if component == Component::Level { fitted.center } else { 0.0 };
        Some(finite_prediction(center + fitted.unit * mean, fitted.sigma * variance.sqrt()))
    }

    /// The model as matrices, in units of the data less [`center`](Self::center).
    pub fn state_space(&self) -> StateSpace {
        let m = self.system.states;
        let square = self.fitted.sigma * self.fitted.sigma;
        let (mut transition, mut design, mut noise) = (vec![0.0; m * m], vec![0.0; m], vec![0.0; m * m]);
        for &(i, j, value) in &self.system.transition {
            transition[i * m + j] = value;
        }
        for &(i, weight) in self.z() {
            design[i] = weight;
        }
        for &(i, j, value) in &self.system.noise {
            noise[i * m + j] = value * square;
        }
        let covariance: Vec<f64> = self.system.start.covariance.iter().map(|value| value * square).collect();
        let unknown: Vec<bool> = (0..m).map(|i| i < self.fitted.specification.unknown()).collect();
        StateSpace::new(m, 1)
            .start(&vec![0.0; m], &covariance, &unknown)
            .transition(&transition)
            .design(&design)
            .state_covariance(&noise)
            .observation_covariance(&[self.fitted.ratios[0] * square])
    }

    /// What was taken off the values: the first one of the history.
    #[must_use]
    pub fn center(&self) -> f64 {
        self.fitted.center
    }

    /// The components of a history with hindsight, their variances, and the tests of outliers and shifts. The
    /// model itself stays where it is.
    ///
    /// # Errors
    /// [`Error::TooShort`] if the history does not determine all states.
    pub fn components(&self, history: &[f64]) -> Result<StructuralComponents, Error> {
        self.components_with(history, &vec![0.0; history.len() * self.system.coefficients.len()])
    }

    pub(super) fn components_with(
        &self,
        history: &[f64],
        regressors: &[f64],
    ) -> Result<StructuralComponents, Error> {
        let fitted = &self.fitted;
        let scaled: Vec<f64> = history
            .iter()
            .map(|x| {
                observed(*x).map_or(f64::NAN, |x| ((x - fitted.center) / fitted.unit).clamp(-1e99, 1e99))
            })
            .collect();
        let readings = Readings::with_regressors(&self.system, fitted.ratios[0], &scaled, regressors);
        let smoothed = Smoothed::new(&self.system, &readings)?;
        Ok(StructuralComponents::new(fitted, &readings, &smoothed, regressors))
    }

    /// One-step prediction errors of a whole history, starting before its first value; `None` where a value
    /// is missing or was spent on a state that was unknown. The model itself stays where it is.
    #[must_use]
    pub fn residuals(&self, history: &[f64]) -> Vec<Option<Residual>> {
        let mut model = self.clone();
        model.reset();
        model.fitted.widening = 1.0;
        let one = |x: &f64| {
            let mut next = [Prediction::default()];
            let known = model.forecast_into(&mut next);
            model.update(*x);
            let x = observed(*x).filter(|_| known)?;
            Some(Residual::new(x, next[0]))
        };
        history.iter().map(one).collect()
    }

    /// The next `horizon` values as the model itself draws them, from where it stands: a path of the future,
    /// the same for the same seed. Empty before all states are determined.
    #[must_use]
    pub fn simulate(&self, horizon: usize, seed: u64) -> Vec<f64> {
        self.simulate_with(horizon, &[], seed)
    }

    pub(super) fn simulate_with(&self, horizon: usize, regressors: &[f64], seed: u64) -> Vec<f64> {
        if self.filter.unknown > 0 {
            return Vec::new();
        }
        let (m, fitted) = (self.system.states, &self.fitted);
        let scale = fitted.sigma / fitted.unit;
        let mut generator = Generator::new(seed);
        let start = Scatter::new(&DMatrix::from_row_slice(m, m, &self.filter.covariance));
        let mut state = self.filter.mean.clone();
        for (state, by) in state.iter_mut().zip(start.draw(&mut generator).iter()) {
            *state += scale * by;
        }
        let mut next = vec![0.0; m];
        let mut path = Vec::with_capacity(horizon);
        let mut row = ChangingRow::new(&self.system, regressors);
        for time in 0..horizon {
            let error = scale * fitted.ratios[0].sqrt() * generator.normal();
            path.push(fitted.center + fitted.unit * (read(row.at(time), &state) + error));
            self.system.advance(&state, &mut next);
            for &(i, _, variance) in &self.system.noise {
                next[i] += scale * variance.sqrt() * generator.normal();
            }
            state.copy_from_slice(&next);
        }
        path
    }

    fn z(&self) -> &[(usize, f64)] {
        &self.row
    }

    /// Weighs the coefficients in [`row`](Self::row).
    fn weigh(&mut self, regressors: &[f64]) {
        let fixed = self.row.len() - self.system.coefficients.len();
        set_weights(&mut self.row[fixed..], regressors);
    }

    /// Takes a value with the regressors of its time, in their units.
    pub(super) fn take(&mut self, x: f64, regressors: &[f64]) {
        self.weigh(regressors);
        self.advance(x);
        let fixed = self.row.len() - self.system.coefficients.len();
        self.row[fixed..].iter_mut().for_each(|weight| weight.1 = 0.0);
    }

    /// Predictions with the regressors of the times ahead, in their units; `None` while nothing is known.
    pub(super) fn forecast_with(&self, horizon: usize, regressors: &[f64]) -> Option<Vec<Prediction>> {
        if !self.started || self.filter.unknown > 0 {
            return None;
        }
        let fitted = &self.fitted;
        let sigma = fitted.sigma * fitted.widening;
        let (mut filter, mut row) = (self.filter.clone(), ChangingRow::new(&self.system, regressors));
        let mut out = Vec::with_capacity(horizon);
        for time in 0..horizon {
            let (mean, variance) = predicted(&filter, row.at(time), fitted.ratios[0]);
            out.push(finite_prediction(fitted.center + fitted.unit * mean, sigma * variance.sqrt()));
            filter.predict(&self.system);
        }
        Some(out)
    }

    fn learn(&mut self, x: f64) {
        let z = &self.row;
        // A value beyond floats in these units stays the largest one.
        let x = ((x - self.fitted.center) / self.fitted.unit).clamp(-1e200, 1e200);
        if self.settled {
            self.filter.step_settled(&self.system, z, x);
            return;
        }
        let seen = self.filter.observe(z, self.fitted.ratios[0], x);
        // With regressors the gain never settles.
        self.settled = self.settling.check(&self.filter, seen) && self.system.coefficients.is_empty();
        self.filter.predict(&self.system);
    }

    /// Takes a value.
    fn advance(&mut self, x: f64) {
        let x = self.check.check(x).learned(|| {
            let check = self.check;
            Stage::reset(self);
            self.check = check;
        });
        match x {
            Some(x) => {
                self.started = true;
                self.learn(x);
            }
            None if self.started => {
                self.settled = false;
                self.settling.restart();
                self.filter.predict(&self.system);
            }
            None => {}
        }
        if !self.settled && self.is_broken() {
            self.restart();
        }
    }

    /// What a snapshot that was tampered with may hold, or a gap without end may lead to.
    fn is_broken(&self) -> bool {
        let sane = |x: &f64| x.abs() < 1e250;
        !(self.filter.mean.iter().all(sane) && self.filter.covariance.iter().all(sane))
    }

    fn restart(&mut self) {
        self.filter.restart(&self.system.start);
        self.settling.restart();
        (self.settled, self.started) = (false, false);
    }
}

impl Stage<f64> for StructuralModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        self.advance(x);
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        self.restart();
        self.check.reset();
    }
}

impl Forecaster for StructuralModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        if !self.started || self.filter.unknown > 0 {
            return false;
        }
        let fitted = &self.fitted;
        let (h, sigma) = (fitted.ratios[0], fitted.sigma * fitted.widening);
        let say = |filter: &Filter| {
            let (mean, variance) = predicted(filter, self.z(), h);
            finite_prediction(fitted.center + fitted.unit * mean, sigma * variance.sqrt())
        };
        let Some((first, rest)) = out.split_first_mut() else { return true };
        *first = say(&self.filter);
        if rest.is_empty() {
            return true;
        }
        let mut filter = self.filter.clone();
        for out in rest {
            filter.predict(&self.system);
            *out = say(&filter);
        }
        true
    }
}

/// The row of the design, with coefficients that nothing weighs.
fn row_without_regressors(system: &System) -> Vec<(usize, f64)> {
    let mut row = system.design.first().cloned().unwrap_or_default();
    row.extend(system.coefficients.clone().map(|i| (i, 0.0)));
    row
}
