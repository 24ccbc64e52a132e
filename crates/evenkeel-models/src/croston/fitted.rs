//! Croston's method and its relatives: the fitted model.

use super::demand_kind::DemandKind;
use super::kind::CrostonKind;
use crate::finite_prediction::finite_prediction;
use evenkeel_core::{Forecaster, PlausibilityCheck, Prediction, Stage};

/// A method for intermittent demand with known parameters, following a stream; see
/// [`Croston`](crate::croston::Croston).
///
/// After `fit` it stands at the end of the history; `reset` takes it back to before the first value, where it
/// knows nothing. Before the first demand it predicts zero. An update is O(1); nothing is allocated; the
/// state is 4 numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CrostonModel {
    pub(super) kind: CrostonKind,
    pub(super) alpha: f64,
    pub(super) beta: f64,
    pub(super) sigma: f64,
    pub(super) evaluations: u32,
    pub(super) demand: Option<DemandKind>,
    pub(super) path: Path,
    pub(super) check: PlausibilityCheck,
}

/// Where the model is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Path {
    /// Smoothed size of demand; 0 before the first.
    pub(super) size: f64,
    /// Smoothed interval, or probability, of demand.
    pub(super) frequency: f64,
    /// Steps since the last demand, or since the start.
    pub(super) since: f64,
    pub(super) begun: bool,
}

impl Path {
    /// What is expected next. None before anything was seen.
    pub(super) fn mean(&self, kind: CrostonKind, alpha: f64) -> Option<f64> {
        if !self.begun {
            return None;
        }
        if self.size == 0.0 {
            return Some(0.0);
        }
        Some(match kind {
            CrostonKind::Classic => self.size / self.frequency,
            CrostonKind::Approximate => (1.0 - 0.5 * alpha) * self.size / self.frequency,
            CrostonKind::Probability => self.size * self.frequency,
        })
    }

    pub(super) fn step(&mut self, kind: CrostonKind, alpha: f64, beta: f64, x: f64) {
        self.begun = true;
        self.since += 1.0;
        let by_probability = kind == CrostonKind::Probability;
        if x > 0.0 {
            let now = if by_probability { 1.0 } else { self.since };
            if self.size > 0.0 {
                self.size += alpha * (x - self.size);
                self.frequency += beta * (now - self.frequency);
            } else {
                self.size = x;
                self.frequency = if by_probability { 1.0 / self.since } else { self.since };
            }
            self.since = 0.0;
        } else if by_probability && self.size > 0.0 {
            self.frequency -= beta * self.frequency;
        }
    }
}

impl CrostonModel {
    pub(super) fn new(
        kind: CrostonKind,
        alpha: f64,
        beta: f64,
        sigma: f64,
        evaluations: u32,
        demand: Option<DemandKind>,
    ) -> Self {
        Self {
            kind,
            alpha,
            beta,
            sigma,
            evaluations,
            demand,
            path: Path::default(),
            check: PlausibilityCheck::default(),
        }
    }

    /// Which method it is.
    #[must_use]
    pub fn kind(&self) -> CrostonKind {
        self.kind
    }

    /// What the size keeps of a new demand.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// What interval or probability keep.
    #[must_use]
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// The standard deviation of the one-step errors in the history, in units of the data.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// Evaluations of the sum of squares.
    #[must_use]
    pub fn evaluations(&self) -> u32 {
        self.evaluations
    }

    /// What kind of demand the history showed; `None` without any.
    #[must_use]
    pub fn demand(&self) -> Option<DemandKind> {
        self.demand
    }
}

impl Stage<f64> for CrostonModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let x = self.check.check(x).learned(|| {
            let check = self.check;
            Stage::reset(self);
            self.check = check;
        });
        if let Some(x) = x {
            // What is negative is no demand.
            self.path.step(self.kind, self.alpha, self.beta, x.max(0.0));
        }
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        self.path = Path::default();
        self.check.reset();
    }
}

impl Forecaster for CrostonModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let Some(mean) = self.path.mean(self.kind, self.alpha) else { return false };
        out.fill(finite_prediction(mean, self.sigma));
        true
    }
}
