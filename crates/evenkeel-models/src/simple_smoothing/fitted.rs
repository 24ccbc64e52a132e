//! Simple exponential smoothing: the fitted model.

use super::level::Level;
use crate::count::as_f64;
use crate::fit::FitReport;
use crate::small_sample;
use evenkeel_core::{Forecaster, PlausibilityCheck, Prediction, Stage};

/// A level with known alpha, following a stream; see
/// [`SimpleSmoothing`](crate::simple_smoothing::SimpleSmoothing).
///
/// After `fit` it stands at the end of the history; `reset` takes it back to before the first value, where it
/// knows the starting level. Intervals at 95 % are those of Student's t, and count that alpha and the
/// starting level are estimates. An update is O(1), a forecast of h steps O(h); nothing is allocated. The
/// state is two numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SimpleSmoothingModel {
    pub(super) alpha: f64,
    pub(super) start: f64,
    pub(super) sigma: f64,
    pub(super) report: FitReport,
    /// Follows from the report.
    widening: f64,
    pub(super) level: Level,
    pub(super) check: PlausibilityCheck,
}

impl SimpleSmoothingModel {
    pub(super) fn new(alpha: f64, start: f64, sigma: f64, report: FitReport) -> Self {
        let (widening, check) = (widening(&report), PlausibilityCheck::default());
        Self { alpha, start, sigma, report, widening, level: Level::at(start), check }
    }

    /// The share of a surprise that the level keeps, in (0, 1].
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// The level now: the forecast of all later values.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level.mean
    }

    /// The level before the first value.
    #[must_use]
    pub fn initial_level(&self) -> f64 {
        self.start
    }

    /// The standard deviation of the innovations, in units of the data.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// How the fit went, and how good it is.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.report
    }
}

impl Stage<f64> for SimpleSmoothingModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let x = self.check.check(x).learned(|| {
            let check = self.check;
            Stage::reset(self);
            self.check = check;
        });
        match x {
            Some(x) => self.level.observe(self.alpha, x),
            None => self.level.skip(self.alpha),
        }
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        self.level = Level::at(self.start);
        self.check.reset();
    }
}

impl Forecaster for SimpleSmoothingModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let mut variance = self.level.spread();
        let sigma = self.sigma * self.widening;
        for out in out {
            *out = Prediction::new(self.level.mean, sigma * variance.sqrt()).unwrap_or_default();
            variance += self.alpha * self.alpha;
        }
        true
    }
}

/// What the estimates add to the standard deviations of forecasts: the variance of the likelihood is divided
/// by n.
fn widening(report: &FitReport) -> f64 {
    let (n, k) = (as_f64(report.observed), as_f64(report.criteria.parameters()) - 1.0);
    (n / (n - k).max(1.0)).sqrt() * small_sample::widening(n - k, k, n)
}
