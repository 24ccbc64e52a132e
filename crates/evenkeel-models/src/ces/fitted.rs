//! Complex exponential smoothing: the fitted model.

use super::kind::CesKind;
use super::parameters::{Parameters, seasoned, turned};
use crate::finite_prediction::finite_prediction;
use crate::fit::FitReport;
use evenkeel_core::{Error, Forecaster, PlausibilityCheck, Prediction, Stage};

/// Complex exponential smoothing with known parameters, following a stream; see [`Ces`](crate::ces::Ces).
///
/// After `fit` it stands at the end of the history; `reset` takes it back to before the first value.
/// Variances are those of the linear model; intervals at 95 % are those of Student's t, and count that the
/// coefficients are estimates, not that the kind was chosen.
///
/// An update is O(1). A forecast of h steps is O(h), and O(period) more, which it allocates if it goes beyond
/// one step. The state is two numbers for the level and two a phase.
#[derive(Debug, Clone, PartialEq)]
pub struct CesModel {
    pub(super) kind: CesKind,
    pub(super) period: usize,
    pub(super) start: Parameters,
    pub(super) sigma: f64,
    /// The mean of the history: the states are those of deviations from it.
    pub(super) center: f64,
    /// What estimation widens the intervals by.
    pub(super) widening: f64,
    pub(super) report: FitReport,
    pub(super) searched_season: bool,
    pub(super) level: Vec<[f64; 2]>,
    pub(super) season: Vec<[f64; 2]>,
    pub(super) slots: [usize; 2],
    pub(super) echo: Echo,
    pub(super) check: PlausibilityCheck,
}

/// What surprises that were not seen leave in the next value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Echo {
    /// The variance of the next value without its own surprise, in units of the innovation variance.
    pub(super) variance: f64,
    /// What a surprise leaves after as many steps as were missed: in the level, in the season.
    pub(super) level: [f64; 2],
    pub(super) season: [f64; 2],
    /// Steps until the season comes back.
    pub(super) left: usize,
}

impl CesModel {
    pub(super) fn new(
        kind: CesKind,
        period: usize,
        start: Parameters,
        sigma: f64,
        (center, widening): (f64, f64),
        (report, searched_season): (FitReport, bool),
    ) -> Result<Self, Error> {
        let sane = start.level.iter().chain(&start.season).flatten().all(|x| x.abs() < 1e200);
        if !sane {
            return Err(Error::Numerical { what: "the states before the first value are not finite" });
        }
        let mut model = Self {
            kind,
            period,
            sigma,
            center,
            widening,
            report,
            searched_season,
            level: start.level.clone(),
            season: start.season.clone(),
            slots: [0; 2],
            echo: Echo { variance: 0.0, level: [0.0; 2], season: [0.0; 2], left: 0 },
            check: PlausibilityCheck::default(),
            start,
        };
        model.echo = model.silence();
        Ok(model)
    }

    /// Nothing was missed.
    pub(super) fn silence(&self) -> Echo {
        Echo {
            variance: 0.0,
            level: turned([0.0; 2], self.start.alpha, 1.0),
            season: if self.season.is_empty() {
                [0.0; 2]
            } else {
                seasoned(self.kind, [0.0; 2], self.start.beta, 1.0)
            },
            left: self.period,
        }
    }

    /// One more value was missed.
    fn miss(&self, echo: &mut Echo) {
        echo.left -= 1;
        let comes_back = echo.left == 0;
        let mut left = 0.0;
        if self.kind != CesKind::Simple || comes_back {
            left += echo.level[0];
            echo.level = turned(echo.level, self.start.alpha, 0.0);
        }
        if comes_back {
            left += echo.season[0];
            echo.season = seasoned(self.kind, echo.season, self.start.beta, 0.0);
            echo.left = self.period;
        }
        echo.variance += left * left;
    }

    fn expected(&self, level: &[[f64; 2]], season: &[[f64; 2]], slots: [usize; 2]) -> f64 {
        let deviation =
            level.get(slots[0]).map_or(0.0, |s| s[0]) + season.get(slots[1]).map_or(0.0, |s| s[0]);
        self.center + deviation
    }

    /// The complex parameter of the level.
    #[must_use]
    pub fn alpha(&self) -> (f64, f64) {
        (self.start.alpha[0], self.start.alpha[1])
    }

    /// The parameter of the season; 0 without one, real in a partial model.
    #[must_use]
    pub fn beta(&self) -> (f64, f64) {
        (self.start.beta[0], self.start.beta[1])
    }

    /// How the season enters.
    #[must_use]
    pub fn kind(&self) -> CesKind {
        self.kind
    }

    /// The standard deviation of the innovations, in units of the data: from the sum of squares over n less
    /// the number of coefficients.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// How the fit went, and how good it is.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// Whether the starting states of the season were searched for.
    #[must_use]
    pub fn searched_season(&self) -> bool {
        self.searched_season
    }
}

/// One step of states.
fn advance(
    model: &CesModel,
    level: &mut [[f64; 2]],
    season: &mut [[f64; 2]],
    slots: &mut [usize; 2],
    e: f64,
) {
    if let Some(state) = level.get_mut(slots[0]) {
        *state = turned(*state, model.start.alpha, e);
    }
    if let Some(state) = season.get_mut(slots[1]) {
        *state = seasoned(model.kind, *state, model.start.beta, e);
    }
    slots[0] = if slots[0] + 1 >= level.len() { 0 } else { slots[0] + 1 };
    slots[1] = if slots[1] + 1 >= season.len() { 0 } else { slots[1] + 1 };
}

impl Stage<f64> for CesModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let x = self.check.check(x).learned(|| {
            let check = self.check;
            Stage::reset(self);
            self.check = check;
        });
        let expected = self.expected(&self.level, &self.season, self.slots);
        let e = x.map_or(0.0, |x| x - expected);
        let (mut level, mut season) = (core::mem::take(&mut self.level), core::mem::take(&mut self.season));
        let mut slots = self.slots;
        advance(self, &mut level, &mut season, &mut slots, e);
        (self.level, self.season, self.slots) = (level, season, slots);
        if x.is_some() {
            self.echo = self.silence();
        } else {
            let mut echo = self.echo;
            self.miss(&mut echo);
            self.echo = echo;
        }
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        self.level.copy_from_slice(&self.start.level);
        self.season.copy_from_slice(&self.start.season);
        self.slots = [0; 2];
        self.check.reset();
        self.echo = self.silence();
    }
}

impl Forecaster for CesModel {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        let told = |mean: f64, echo: &Echo| {
            finite_prediction(mean, self.sigma * self.widening * (1.0 + echo.variance).sqrt())
        };
        if let [one] = out {
            *one = told(self.expected(&self.level, &self.season, self.slots), &self.echo);
            return true;
        }
        let (mut level, mut season, mut slots) = (self.level.clone(), self.season.clone(), self.slots);
        let mut echo = self.echo;
        for out in out {
            *out = told(self.expected(&level, &season, slots), &echo);
            advance(self, &mut level, &mut season, &mut slots, 0.0);
            self.miss(&mut echo);
        }
        true
    }
}
