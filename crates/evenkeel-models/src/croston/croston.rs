//! Croston's method and its relatives: the estimator.

use super::demand_kind::DemandKind;
use super::fitted::{CrostonModel, Path};
use super::kind::CrostonKind;
use evenkeel_core::{Error, Fit, PlausibilityCheck, Stage, observed};

/// Forecasts of intermittent demand: values that are mostly zero, and positive now and then.
///
/// Use it for counts of rare events: errors an interval, restarts, requests to a quiet endpoint
/// ([`DemandKind`] says when). Not for series that are rarely zero.
///
/// # Method
/// The size of demand and what stands for its frequency are smoothed apart from each other; see
/// [`CrostonKind`]. They start at the first demand: its size, and the steps until it (for the probability,
/// its inverse). Parameters that are not given minimize the sum of squared one-step errors after the first
/// demand, over a grid that is refined twice. Predictions have the mean of the method; their standard
/// deviation is that of the one-step errors, at every horizon (with a single demand, at the end: that of the
/// values); that parameters were estimated it does not count, nor that the mean may move: intervals are too
/// narrow further ahead where demand wanders.
///
/// # Parameters
/// - `kind`; [`alpha`](Self::alpha), what the size keeps of a new demand, in `(0, 1]`; [`beta`](Self::beta),
///   what interval or probability keep, in `(0, 1]`, by default the same as alpha where alpha is given.
///   Estimated in `[0.01, 1]` otherwise.
///
/// # Missing data
/// What [`observed`] refuses is missing and teaches nothing, nor does it count as a step without demand.
///
/// # Errors of `fit`
/// [`Error::Parameter`] if alpha or beta are not in `(0, 1]`; [`Error::TooShort`] below 2 observed values;
/// [`Error::Numerical`] for negative values.
///
/// # Complexity
/// O(n) an evaluation; up to 350 of them.
///
/// ```
/// use evenkeel_core::{Fit, Forecaster, Prediction};
/// use evenkeel_models::croston::{Croston, CrostonKind};
///
/// let errors = [0.0, 0.0, 3.0, 0.0, 0.0, 0.0, 2.0, 1.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 2.0];
/// let model = Croston::new(CrostonKind::Classic).alpha(0.1).fit(&errors)?;
/// let mut next = [Prediction::default()];
/// assert!(model.forecast_into(&mut next));
/// assert!((next[0].mean() - 0.9187).abs() < 1e-4);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct Croston {
    kind: CrostonKind,
    alpha: Option<f64>,
    beta: Option<f64>,
}

impl Croston {
    /// With parameters to be estimated.
    pub fn new(kind: CrostonKind) -> Self {
        Self { kind, alpha: None, beta: None }
    }

    /// What the size keeps of a new demand.
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.alpha = Some(alpha);
        self
    }

    /// What interval or probability keep.
    pub fn beta(mut self, beta: f64) -> Self {
        self.beta = Some(beta);
        self
    }
}

/// Points of a grid in each direction.
const GRID: u32 = 10;

impl Fit for Croston {
    type Fitted = CrostonModel;

    fn fit(&self, history: &[f64]) -> Result<CrostonModel, Error> {
        for (name, value) in [("alpha", self.alpha), ("beta", self.beta)] {
            if let Some(value) = value {
                Error::require(value > 0.0 && value <= 1.0, name, "in (0, 1]", value)?;
            }
        }
        let y: Vec<f64> = history.iter().copied().filter_map(observed).collect();
        if y.len() < 2 {
            return Err(Error::TooShort { needed: 2, got: y.len() });
        }
        if y.iter().any(|x| *x < 0.0) {
            return Err(Error::Numerical { what: "demand must not be negative" });
        }
        let beta = self.beta.or(self.alpha);
        let mut evaluations = 0;
        let (mut best, mut spread) = (self.evaluate(&y, 0.1, 0.1), 0.0);
        let mut center = (0.1, 0.1);
        if self.alpha.is_some() && beta.is_some() {
            center = (self.alpha.unwrap_or(0.1), beta.unwrap_or(0.1));
            best = self.evaluate(&y, center.0, center.1);
            evaluations = 1;
        } else {
            let (mut from, mut width) = ((0.505, 0.505), 0.99);
            for _ in 0..3 {
                let at = |middle: f64, i: u32| {
                    (middle + width * (f64::from(i) / f64::from(GRID) - 0.5)).clamp(0.01, 1.0)
                };
                for i in 0..=GRID {
                    for j in 0..=GRID {
                        let a = self.alpha.unwrap_or_else(|| at(from.0, i));
                        let b = beta.unwrap_or_else(|| at(from.1, j));
                        let squares = self.evaluate(&y, a, b);
                        evaluations += 1;
                        if squares < best || evaluations == 1 {
                            (best, center) = (squares, (a, b));
                        }
                    }
                }
                (from, width) = (center, width * 0.2);
            }
        }
        let after = y.iter().skip_while(|x| **x == 0.0).count();
        let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
        if after > 1 {
            spread = best / count(after - 1).sqrt();
        } else if after == 1 {
            // The only demand is the last value, and no forecast was made with it: what is known of the
            // spread is that of the values, zeros but for one, about their mean.
            let largest = y.iter().fold(0.0, |most: f64, x| most.max(*x));
            spread = largest / count(y.len()).sqrt();
        }
        let mut model =
            CrostonModel::new(self.kind, center.0, center.1, spread, evaluations, DemandKind::of(history));
        model.check = PlausibilityCheck::of(history);
        for x in history {
            model.update(*x);
        }
        Ok(model)
    }
}

impl Croston {
    /// The root of the sum of squared one-step errors after the first demand, safe for values of any size.
    fn evaluate(&self, y: &[f64], alpha: f64, beta: f64) -> f64 {
        let largest = y.iter().fold(0.0, |most: f64, x| most.max(*x));
        let unit = if largest > 0.0 { largest } else { 1.0 };
        let mut path = Path::default();
        let mut sum = 0.0;
        for x in y {
            if let Some(mean) = path.mean(self.kind, alpha) {
                let e = x / unit - mean / unit;
                sum += e * e;
            }
            path.step(self.kind, alpha, beta, *x);
        }
        sum.sqrt() * unit
    }
}
