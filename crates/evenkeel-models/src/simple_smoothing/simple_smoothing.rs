//! Simple exponential smoothing: the estimator.

use super::fitted::SimpleSmoothingModel;
use super::level::Level;
use crate::count::as_f64;
use crate::fit::{Criteria, FitReport, Termination};
use evenkeel_core::{Error, Fit, PlausibilityCheck, Stage, observed};
use evenkeel_stats::scalar_search::{bracket_on_grid, golden_section};

/// The smallest alpha that is tried.
const LEAST: f64 = 1e-4;
/// Points of the first grid.
const GRID: u32 = 40;
/// Steps of the golden section.
const STEPS: u32 = 44;

/// Simple exponential smoothing, ETS(A,N,N): the forecast is a level that moves by a share alpha of each
/// surprise.
///
/// Use it for a series without trend and season whose level wanders; it is the best forecaster of a random
/// walk seen through noise and equals ARIMA(0,1,1) with `ma = alpha - 1`. Not for values that return to a
/// fixed mean ([`Arima`](crate::arima::Arima) with d = 0).
///
/// # Method
/// `y_t = l_{t-1} + e_t`, `l_t = l_{t-1} + alpha e_t` (Hyndman, Koehler, Snyder and Grose 2002,
/// doi:10.1016/S0169-2070(01)00110-8). Alpha, the level before the first value and the innovation variance
/// maximize the Gaussian likelihood; the level in closed form for each alpha, alpha by a grid and a golden
/// section. Deviation: across gaps the likelihood is exact, by the Kalman filter.
///
/// # Parameters
/// [`alpha`](Self::alpha), in (0, 1]: by default estimated in [1e-4, 1]. 1 keeps the last value only.
///
/// # Missing data
/// What [`observed`] refuses is missing; the level keeps its mean and becomes less certain by alpha² a step.
///
/// # Errors of `fit`
/// [`Error::Parameter`] if alpha is not in (0, 1]; [`Error::TooShort`] below 4 observed values. A series that
/// does not vary is no error: its model has innovation variance 0.
///
/// # Complexity
/// O(n) an evaluation, under 100 of them; memory O(n).
///
/// ```
/// use evenkeel_core::{Fit, Stage};
/// use evenkeel_models::simple_smoothing::SimpleSmoothing;
///
/// let history = [12.0, 11.4, 12.3, f64::NAN, 13.1, 12.8, 13.5, 13.2];
/// let mut model = SimpleSmoothing::new().alpha(0.5).fit(&history)?;
/// let before = model.level();
/// model.update(before + 2.0);
/// // A level that is still uncertain after the gap follows a little more than half.
/// assert!((model.level() - (before + 1.0)).abs() < 0.01);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[must_use]
pub struct SimpleSmoothing {
    alpha: Option<f64>,
}

/// One evaluation, in units of the scaled series.
#[derive(Clone, Copy)]
struct Value {
    level: f64,
    quadratic: f64,
    log_det: f64,
}

impl SimpleSmoothing {
    /// With alpha estimated.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fixes the share of each surprise that the level keeps.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = Some(alpha);
        self
    }
}

impl Fit for SimpleSmoothing {
    type Fitted = SimpleSmoothingModel;

    fn fit(&self, history: &[f64]) -> Result<SimpleSmoothingModel, Error> {
        if let Some(alpha) = self.alpha {
            Error::require(alpha > 0.0 && alpha <= 1.0, "alpha", "in (0, 1]", alpha)?;
        }
        let count = history.iter().filter(|x| observed(**x).is_some()).count();
        let short = Error::TooShort { needed: 4, got: count };
        if count < 4 {
            return Err(short);
        }
        let shift = history.iter().copied().find_map(observed).ok_or(short)?;
        let largest = history
            .iter()
            .copied()
            .filter_map(observed)
            .fold(0.0, |most: f64, x| most.max((x - shift).abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        let y: Vec<f64> =
            history.iter().map(|x| observed(*x).map_or(f64::NAN, |x| (x - shift) / scale)).collect();

        let mut evaluations = 0;
        let mut cost = |alpha: f64| {
            evaluations += 1;
            objective(&evaluate(&y, alpha), as_f64(count))
        };
        let constant = largest == 0.0;
        let alpha = match self.alpha {
            Some(alpha) => alpha,
            None if constant => 1.0,
            None => search(&mut cost),
        };
        let value = evaluate(&y, alpha);
        let n = as_f64(count);
        let sigma2 = value.quadratic / n;
        // A perfect fit is rounding at best.
        let without_variation = constant || sigma2 < 1e-30;
        let log_likelihood = if without_variation {
            f64::INFINITY
        } else {
            -0.5 * (n * ((core::f64::consts::TAU * sigma2).ln() + 1.0) + value.log_det) - n * scale.ln()
        };
        let parameters = if self.alpha.is_some() { 2 } else { 3 };
        let report = FitReport {
            criteria: Criteria::new(log_likelihood, parameters, count),
            observed: count,
            iterations: 0,
            evaluations: evaluations + 1,
            termination: match self.alpha {
                _ if without_variation => Termination::Exact,
                Some(_) => Termination::Given,
                None => Termination::Converged,
            },
        };
        let sigma = if without_variation { 0.0 } else { sigma2.sqrt() * scale };
        let mut model = SimpleSmoothingModel::new(alpha, shift + scale * value.level, sigma, report);
        model.check = PlausibilityCheck::of(history);
        for x in history {
            model.update(*x);
        }
        Ok(model)
    }
}

/// The likelihood at `alpha`, with the best starting level.
fn evaluate(y: &[f64], alpha: f64) -> Value {
    // The error is linear in the starting level: data and level go through the same filter.
    let (mut data, mut unit) = (Level::at(0.0), 1.0);
    let (mut dd, mut du, mut uu, mut log_det) = (0.0, 0.0, 0.0, 0.0);
    for &x in y {
        if x.is_nan() {
            data.skip(alpha);
            continue;
        }
        let spread = data.spread();
        let error = x - data.mean;
        dd += error * error / spread;
        du += error * unit / spread;
        uu += unit * unit / spread;
        log_det += if spread == 1.0 { 0.0 } else { spread.ln() };
        unit -= data.gain(alpha) * unit;
        data.observe(alpha, x);
    }
    let level = du / uu;
    Value { level, quadratic: (dd - level * du).max(1e-32), log_det }
}

/// Minus the concentrated log-likelihood but for constants.
fn objective(value: &Value, n: f64) -> f64 {
    n * value.quadratic.ln() + value.log_det
}

/// The alpha of the least cost: the best of a grid, refined between its neighbors.
fn search(cost: &mut impl FnMut(f64) -> f64) -> f64 {
    let grid = bracket_on_grid(LEAST, 1.0, GRID, &mut *cost, |a, b| a < b);
    let section = golden_section(grid.low, grid.high, STEPS, &mut *cost, |a, b| a < b);
    let middle = 0.5 * (section.low + section.high);
    // The ends of the range are not reached by the section.
    if grid.best.1 < cost(middle) { grid.best.0 } else { middle }
}
