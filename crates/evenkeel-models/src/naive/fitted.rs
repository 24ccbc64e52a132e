//! Naive forecasts: the fitted model.

use super::kind::NaiveKind;
use crate::count::as_f64;
use crate::finite_prediction::finite_prediction;
use evenkeel_core::{Forecaster, PlausibilityCheck, Prediction, Stage};

/// A naive forecast, following a stream; see [`Naive`](crate::naive::Naive).
///
/// After `fit` it stands at the end of the history; `reset` takes it back to before the first value, where it
/// knows nothing. It predicts from the first value on, the seasonal one as soon as every phase was seen.
///
/// An update is O(1), for the window O(window); a forecast of h steps O(h) more. Nothing is allocated. The
/// state is 5 numbers, and two a phase or one a value of the window.
#[derive(Debug, Clone, PartialEq)]
pub struct NaiveModel {
    pub(super) kind: NaiveKind,
    pub(super) length: usize,
    pub(super) sigma: f64,
    /// Seasonal factors.
    pub(super) factors: Vec<f64>,
    pub(super) path: Path,
    pub(super) check: PlausibilityCheck,
}

/// Where the model is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    /// What is repeated, or the window; 0 where nothing was seen.
    pub(super) values: Vec<f64>,
    /// Steps, or periods, since it was seen; infinite before.
    pub(super) ages: Vec<f64>,
    /// Of the next value, or the next place in the window.
    pub(super) slot: usize,
    /// Observed values.
    pub(super) count: f64,
    pub(super) mean: f64,
    pub(super) first: f64,
    /// Steps from the first to the last observed value.
    pub(super) elapsed: f64,
}

impl Path {
    pub(super) fn new(kind: NaiveKind, length: usize) -> Self {
        let length = if matches!(kind, NaiveKind::Seasonal | NaiveKind::WindowMean) { length } else { 1 };
        Self {
            values: vec![0.0; length],
            ages: vec![f64::INFINITY; length],
            slot: 0,
            count: 0.0,
            mean: 0.0,
            first: 0.0,
            elapsed: 0.0,
        }
    }
}

impl NaiveModel {
    pub(super) fn new(kind: NaiveKind, length: usize, sigma: f64, factors: Vec<f64>) -> Self {
        Self {
            kind,
            length,
            sigma,
            factors,
            path: Path::new(kind, length),
            check: PlausibilityCheck::default(),
        }
    }

    /// Which of the naive forecasts it is.
    #[must_use]
    pub fn kind(&self) -> NaiveKind {
        self.kind
    }

    /// The standard deviation of a step's innovation, in units of the data (seasonally adjusted for
    /// [`NaiveKind::Adjusted`]), widened so that intervals at 95 % are those of Student's t.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// Whether a season was found and taken out by [`NaiveKind::Adjusted`].
    #[must_use]
    pub fn is_adjusted(&self) -> bool {
        !self.factors.is_empty()
    }

    /// The seasonal factor of the next value.
    pub(super) fn factor(&self) -> f64 {
        self.factors.get(self.path.slot).copied().unwrap_or(1.0)
    }

    /// Mean and standard deviation of the next value.
    pub(super) fn next(&self) -> Option<(f64, f64)> {
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then(|| (next[0].mean(), next[0].sd()))
    }

    fn is_known(&self) -> bool {
        match self.kind {
            NaiveKind::Seasonal => self.path.ages.iter().all(|age| age.is_finite()),
            _ => self.path.count > 0.0,
        }
    }

    /// How many values one step goes through the places.
    fn turn(&self) -> usize {
        match self.kind {
            NaiveKind::Adjusted => self.factors.len().max(1),
            NaiveKind::Seasonal => self.length,
            _ => 1,
        }
    }
}

impl Stage<f64> for NaiveModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let seen = self.check.check(x).learned(|| {
            let check = self.check;
            Stage::reset(self);
            self.check = check;
        });
        let factor = if self.kind == NaiveKind::Adjusted { self.factor() } else { 1.0 };
        let turn = self.turn();
        let path = &mut self.path;
        if let Some(x) = seen {
            if path.count == 0.0 {
                path.first = x;
            }
            path.count += 1.0;
            path.mean += (x - path.mean) / path.count;
        }
        match self.kind {
            NaiveKind::WindowMean => {
                if let (Some(x), Some(place)) = (seen, path.values.get_mut(path.slot)) {
                    *place = x;
                    path.slot = if path.slot + 1 >= self.length { 0 } else { path.slot + 1 };
                }
            }
            NaiveKind::Mean => {}
            NaiveKind::Seasonal => {
                if let (Some(value), Some(age)) =
                    (path.values.get_mut(path.slot), path.ages.get_mut(path.slot))
                {
                    match seen {
                        Some(x) => (*value, *age) = (x, 0.0),
                        None => *age += 1.0,
                    }
                }
                path.slot = (path.slot + 1) % turn;
            }
            NaiveKind::Last | NaiveKind::Drift | NaiveKind::Adjusted => {
                match seen {
                    Some(x) => {
                        if path.ages[0].is_finite() {
                            path.elapsed += path.ages[0] + 1.0;
                        }
                        (path.values[0], path.ages[0]) = (x / factor, 0.0);
                    }
                    None => path.ages[0] += 1.0,
                }
                path.slot = (path.slot + 1) % turn;
            }
        }
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        self.check.reset();
        self.path.values.fill(0.0);
        self.path.ages.fill(f64::INFINITY);
        (self.path.slot, self.path.count, self.path.mean) = (0, 0.0, 0.0);
        (self.path.first, self.path.elapsed) = (0.0, 0.0);
    }
}

impl Forecaster for NaiveModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        if !self.is_known() {
            return false;
        }
        let path = &self.path;
        if matches!(self.kind, NaiveKind::Mean | NaiveKind::WindowMean) {
            let (mean, held) = if self.kind == NaiveKind::Mean {
                (path.mean, path.count)
            } else {
                let held = path.count.min(as_f64(self.length));
                (path.values.iter().map(|v| v / held).sum(), held)
            };
            out.fill(finite_prediction(mean, self.sigma * (1.0 + 1.0 / held).sqrt()));
            return true;
        }
        let turn = self.turn();
        let (mut slot, mut ahead, mut round) = (path.slot, 1.0, 0.0);
        for (i, out) in out.iter_mut().enumerate() {
            *out = match self.kind {
                NaiveKind::Seasonal => {
                    let steps = path.ages[slot] + round + 1.0;
                    finite_prediction(path.values[slot], self.sigma * steps.sqrt())
                }
                NaiveKind::Drift => {
                    let steps = path.ages[0] + ahead;
                    let known = path.elapsed.max(1.0);
                    let slope = if path.elapsed > 0.0 { (path.values[0] - path.first) / known } else { 0.0 };
                    finite_prediction(
                        path.values[0] + steps * slope,
                        self.sigma * (steps * (1.0 + steps / known)).sqrt(),
                    )
                }
                _ => {
                    let factor = self.factors.get(slot).copied().unwrap_or(1.0);
                    let steps = path.ages[0] + ahead;
                    finite_prediction(factor * path.values[0], factor * self.sigma * steps.sqrt())
                }
            };
            slot = (slot + 1) % turn;
            ahead += 1.0;
            if (i + 1) % turn == 0 {
                round += 1.0;
            }
        }
        true
    }
}
