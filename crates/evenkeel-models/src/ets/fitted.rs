//! Exponential smoothing: the fitted model.

use super::candidate::EtsCandidate;
use super::factor_trend_moments::FactorMoments;
use super::form::{EtsError, EtsForm, EtsSeason, EtsTrend};
use super::linear_variance::{Echoes, Spread};
use super::parameters::EtsParameters;
use super::recursion::Pass;
use super::scaled_history::ScaledHistory;
use crate::count::as_f64;
use crate::fit::FitReport;
use evenkeel_core::{Error, Forecaster, PlausibilityCheck, Prediction, Stage, observed};
use evenkeel_stats::Generator;

/// An exponential smoothing model with known parameters, following a stream; see [`Ets`](crate::ets::Ets).
///
/// After `fit` it stands at the end of the history; `reset` takes it back to before the first value, where it
/// knows its starting states. Predictions have mean and variance of the model at any horizon for linear forms
/// with either error, and for every form whose error, trend and season are multiplicative as far as it has
/// them, the trend linear or multiplicative. Beyond the reach of one step (of one period, for a season and a
/// linear trend) their mean is not that of the path without surprises: the same surprises have moved what is
/// multiplied, and the covariance counts (Hyndman, Koehler, Ord and Snyder 2008, chapter 6,
/// doi:10.1007/978-3-540-71918-2). A falling slope ends before it takes the level to 0; from there on the
/// mean is that of the path. The other forms are those that [`is_unstable`](EtsForm::is_unstable) names, and
/// have the mean of the path: with an additive error and a multiplicative season the variance is exact up to
/// one period and of first order beyond; with a multiplicative trend the level is taken for log-normal. Where
/// the parameters were estimated, intervals at 95 % are those of Student's t, and count that the coefficients
/// are estimates. A multiplicative error may let the variance of a fitted model grow without limit, and so
/// may a slope that was learnt from a handful of values: with either of them its standard deviation at h
/// steps is bounded by twice the range of the history and sqrt(h) times the root mean square of its steps
/// (times what estimation adds), and so is what its mean differs from the path without surprises.
/// [`simulate`](Self::simulate) draws from the exact distribution of any form.
///
/// # Complexity
/// An update is O(1), in a gap O(log of its length), a forecast of h steps O(h). Only one that goes beyond a
/// period, or is asked for in a gap, allocates, and not where error and season are multiplicative: two
/// numbers a phase. The state is 7 numbers and 3 a phase of the season.
#[derive(Debug, Clone, PartialEq)]
pub struct EtsModel {
    pub(super) form: EtsForm,
    pub(super) period: usize,
    pub(super) start: EtsParameters,
    pub(super) sigma: f64,
    /// The unit in which variances are carried.
    pub(super) unit: f64,
    /// How far forecasts reach beyond what the parameters say.
    pub(super) reach: Reach,
    pub(super) report: FitReport,
    pub(super) searched_season: bool,
    pub(super) candidates: Vec<EtsCandidate>,
    pub(super) level: f64,
    pub(super) trend: f64,
    /// Level and trend when a value was learnt last: before the gap, if there is one.
    pub(super) known: (f64, f64),
    pub(super) season: Vec<f64>,
    /// The phase of the next value.
    pub(super) slot: usize,
    pub(super) spread: Spread,
    pub(super) echoes: Echoes,
    /// How many of the last values were missing.
    pub(super) missed: u32,
    pub(super) check: PlausibilityCheck,
    pub(super) fade: f64,
}

/// What a fit does to the standard deviations of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Reach {
    /// What estimation widens the intervals by; 1 where the parameters were given.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) widening: f64,
    /// The range of the history and the root mean square of its steps, in units of the data; infinite where
    /// nothing bounds the variance.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) range: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) step: f64,
}

/// So many times the range of the history and what a walk with its steps would make is the most uncertain
/// forecast.
const PLAUSIBLE: f64 = 2.0;

impl Reach {
    pub(super) const GIVEN: Self = Self { widening: 1.0, range: f64::INFINITY, step: f64::INFINITY };

    /// How uncertain a series with this range and these steps may be so many steps ahead.
    pub(super) fn plausible(&self, steps: f64) -> f64 {
        self.range + steps.sqrt() * self.step
    }

    pub(super) fn apply(&self, sd: f64, steps: f64) -> f64 {
        (self.widening * sd).min(self.most(steps))
    }

    /// The largest standard deviation.
    pub(super) fn most(&self, steps: f64) -> f64 {
        PLAUSIBLE * self.widening * self.plausible(steps)
    }
}

/// What a step ahead expects.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ahead {
    /// The level with its trend.
    pub(super) base: f64,
    /// The trend after the step.
    pub(super) growth: f64,
    pub(super) season: f64,
    pub(super) mean: f64,
}

impl EtsModel {
    pub(super) fn new(
        form: EtsForm,
        period: usize,
        start: EtsParameters,
        sigma: f64,
        scale: f64,
        report: FitReport,
    ) -> Result<Self, Error> {
        start.check(form, period)?;
        let additive = form.error == EtsError::Additive;
        let unit = match (additive, sigma > 0.0) {
            (true, true) => sigma,
            (true, false) => 1.0,
            (false, _) => scale,
        };
        Ok(Self {
            form,
            period,
            sigma,
            unit,
            reach: Reach::GIVEN,
            report,
            searched_season: false,
            candidates: Vec::new(),
            level: start.level,
            trend: start.trend,
            known: (start.level, start.trend),
            season: start.season.clone(),
            slot: 0,
            spread: Spread::default(),
            echoes: Echoes::new(form, &start, period),
            missed: 0,
            check: PlausibilityCheck::default(),
            fade: libm::pow(start.phi, as_f64(period)),
            start,
        })
    }

    /// A model that stands before any observation, with parameters that come from elsewhere and the standard
    /// deviation of its innovations (in units of the data for an additive error, a ratio for a multiplicative
    /// one). Its report counts no observation.
    ///
    /// # Errors
    /// [`Error::Parameter`] or [`Error::Shape`] if form, period and parameters do not fit together.
    pub fn from_parameters(
        form: EtsForm,
        period: usize,
        parameters: EtsParameters,
        sigma: f64,
    ) -> Result<Self, Error> {
        form.check_period(period)?;
        Error::require((0.0..1e100).contains(&sigma), "sigma", "in [0, 1e100)", sigma)?;
        let report = FitReport::given(form.parameters(period));
        let scale = if parameters.level == 0.0 { 1.0 } else { parameters.level.abs() };
        Self::new(form, period, parameters, sigma, scale, report)
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> EtsForm {
        self.form
    }

    /// The period of the season, in samples; 1 without one.
    #[must_use]
    pub fn period(&self) -> usize {
        self.period
    }

    /// What the level keeps of a surprise.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.start.alpha
    }

    /// What the slope keeps of a surprise; 0 without a trend.
    #[must_use]
    pub fn beta(&self) -> f64 {
        self.start.beta
    }

    /// What the season keeps of a surprise; 0 without one.
    #[must_use]
    pub fn gamma(&self) -> f64 {
        self.start.gamma
    }

    /// The share of the slope that is left after a step; 1 if it is not damped.
    #[must_use]
    pub fn phi(&self) -> f64 {
        self.start.phi
    }

    /// The standard deviation of the innovations: in units of the data for an additive error, a ratio for a
    /// multiplicative one. From the sum of squares over n less the number of coefficients.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// Parameters, and states before the first value.
    pub fn parameters(&self) -> &EtsParameters {
        &self.start
    }

    /// The level now.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level
    }

    /// The slope a sample, or the factor of a multiplicative trend, now; 0 without a trend.
    #[must_use]
    pub fn trend(&self) -> f64 {
        self.trend
    }

    /// The states of the season, that of the next value first; empty without a season.
    pub fn season(&self) -> impl Iterator<Item = f64> + '_ {
        let (before, after) = self.season.split_at(self.slot.min(self.season.len()));
        after.iter().chain(before).copied()
    }

    /// How the fit went, and how good it is.
    #[must_use]
    pub fn report(&self) -> &FitReport {
        &self.report
    }

    /// Whether the starting states of the season were searched for. Those of a long season are taken from
    /// moving averages.
    #[must_use]
    pub fn searched_season(&self) -> bool {
        self.searched_season
    }

    /// What the automatic choice compared, best first; empty if the form was given.
    #[must_use]
    pub fn candidates(&self) -> &[EtsCandidate] {
        &self.candidates
    }

    /// What was expected of each value of a history, one step before, starting from the states before its
    /// first value. The model itself stays where it is.
    ///
    /// # Errors
    /// [`Error::TooShort`] below 4 observed values; [`Error::Numerical`] if a multiplicative form does not
    /// get along with the values.
    pub fn expected(&self, history: &[f64]) -> Result<Vec<f64>, Error> {
        let history = ScaledHistory::new(history, self.period)?;
        let start = self.start.scaled(self.form, 1.0 / history.scale);
        let mut pass = Pass::new(self.form, history.y.len());
        pass.forward(&history.y, &start).ok_or(Error::Numerical {
            what: "the form expects values that are not positive in this history",
        })?;
        Ok(pass.expected().map(|v| v * history.scale).collect())
    }

    /// Draws one future from the model: the same for the same seed. Many of them, with different seeds, give
    /// quantiles and totals of the exact predictive distribution, which for multiplicative forms is not
    /// normal.
    ///
    /// A draw that is not positive where the form cannot hold it moves no state.
    pub fn simulate(&self, seed: u64, out: &mut [f64]) {
        let mut generator = Generator::new(seed);
        let mut model = self.clone();
        for out in out {
            let mean = model.ahead(model.level, model.trend, model.slot).mean;
            let z = generator.normal() * self.sigma;
            let y = if self.form.error == EtsError::Additive { mean + z } else { mean * (1.0 + z) };
            *out = y.clamp(f64::MIN, f64::MAX);
            model.take(observed(y));
        }
    }

    /// Whether the standard deviation so many steps ahead is more than the history makes plausible.
    pub(super) fn explodes(&self, history: &ScaledHistory, horizon: usize) -> bool {
        if !self.form.needs_positive() {
            return false;
        }
        let (range, step) = history.reach();
        let free = Self { reach: Reach::GIVEN, ..self.clone() };
        let mut out = vec![Prediction::default(); horizon];
        let plausible = Reach { widening: 1.0, range, step };
        free.forecast_into(&mut out)
            && out.iter().enumerate().any(|(h, p)| p.sd() > plausible.plausible(as_f64(h + 1)))
    }

    /// One step without surprise.
    pub(super) fn ahead(&self, level: f64, trend: f64, slot: usize) -> Ahead {
        let phi = self.start.phi;
        let (mut base, mut growth) = match self.form.trend {
            EtsTrend::None => (level, 0.0),
            EtsTrend::Additive | EtsTrend::AdditiveDamped => (level + phi * trend, phi * trend),
            EtsTrend::Multiplicative => (level * trend, trend),
            EtsTrend::MultiplicativeDamped => {
                let growth = libm::pow(trend, phi);
                (level * growth, growth)
            }
        };
        // A level that is divided by stays positive: the trend ends.
        if self.form.is_ratio() && !is_held(base) {
            base = level;
            growth = if self.form.has_factor_trend() { 1.0 } else { 0.0 };
        }
        let season = self.season.get(slot).copied().unwrap_or(0.0);
        let mean = match self.form.season {
            EtsSeason::None => base,
            EtsSeason::Additive => base + season,
            EtsSeason::Multiplicative => base * season,
        };
        Ahead { base, growth, season, mean }
    }

    /// The variance of the next value in squared units, and that of the surprise as level and season feel it.
    /// `base` and `echo` are the variances of the level and of what comes back in the season.
    pub(super) fn moments(&self, ahead: &Ahead, base: f64, echo: f64) -> (f64, f64) {
        let (mean, level) = (ahead.mean / self.unit, ahead.base / self.unit);
        let factor_trend = self.form.has_factor_trend();
        let by = if self.form.season == EtsSeason::Multiplicative { ahead.season } else { 1.0 };
        let deviation = base + echo;
        // The logarithm of a level with a multiplicative trend is taken for normal.
        let spread = by * by * if factor_trend { level * level * libm::expm1(deviation) } else { deviation };
        let noise = match self.form.error {
            EtsError::Additive => (self.sigma / self.unit) * (self.sigma / self.unit),
            EtsError::Multiplicative => self.sigma * self.sigma * (mean * mean + spread),
        };
        let injected = if noise == 0.0 {
            0.0
        } else if factor_trend {
            noise / (by * by * level * level)
        } else {
            noise / (by * by)
        };
        (spread + noise, injected)
    }

    /// Learns a value, or goes on without one.
    fn take(&mut self, x: Option<f64>) {
        let ahead = self.ahead(self.level, self.trend, self.slot);
        match x.and_then(|x| self.learned(&ahead, x)) {
            Some((level, trend, season)) => {
                (self.level, self.trend) = (level, trend);
                self.known = (level, trend);
                if let Some(state) = self.season.get_mut(self.slot) {
                    *state = season;
                }
                self.spread = Spread::default();
                if self.missed > 0 {
                    self.echoes.clear();
                }
                self.missed = 0;
            }
            None if self.form.is_product() || self.form.is_growth() => {
                if self.form.is_growth() {
                    self.factors().add(&mut self.spread, u64::from(self.missed) + 1);
                }
                (self.level, self.trend) = (ahead.base, ahead.growth);
                self.missed = self.missed.saturating_add(1);
            }
            None => {
                let base = self.spread.base(self.start.phi);
                let (_, injected) = self.moments(&ahead, base, self.echoes.at(self.slot, &self.start));
                self.spread.step(&self.start, injected);
                self.echoes.step(self.slot, &self.start, self.fade, injected);
                (self.level, self.trend) = (ahead.base, ahead.growth);
                self.missed = self.missed.saturating_add(1);
            }
        }
        self.slot += 1;
        if self.slot >= self.season.len() {
            self.slot = 0;
        }
    }

    pub(super) fn factors(&self) -> FactorMoments {
        let period =
            if self.form.has_season() { u64::try_from(self.period).unwrap_or(u64::MAX) } else { u64::MAX };
        FactorMoments::new(&self.start, self.sigma, period)
    }

    /// The states after a value. None if the form cannot hold them.
    fn learned(&self, ahead: &Ahead, y: f64) -> Option<(f64, f64, f64)> {
        let EtsParameters { alpha, beta, gamma, .. } = self.start;
        let Ahead { base, growth, season, mean } = *ahead;
        let (surprise, season) = match self.form.season {
            EtsSeason::None => (y - base, 0.0),
            EtsSeason::Additive => (y - mean, season + gamma * (y - mean)),
            EtsSeason::Multiplicative => (y / season - base, season + gamma * (y / base - season)),
        };
        let level = base + alpha * surprise;
        let trend = match self.form.trend {
            EtsTrend::None => 0.0,
            EtsTrend::Additive | EtsTrend::AdditiveDamped => growth + beta * surprise,
            EtsTrend::Multiplicative | EtsTrend::MultiplicativeDamped => {
                growth + beta * surprise / self.level
            }
        };
        let held = if self.form.is_ratio() {
            y > 0.0
                && is_held(level)
                && (!self.form.has_factor_trend() || is_held(trend))
                && (self.form.season != EtsSeason::Multiplicative || is_held(season))
        } else {
            (level + trend + season).abs() < 1e200
        };
        held.then_some((level, trend, season))
    }
}

/// Whether a state can be multiplied and divided by.
pub(super) fn is_held(x: f64) -> bool {
    x > 1e-150 && x < 1e150
}

impl Stage<f64> for EtsModel {
    type Output = Prediction;

    fn update(&mut self, x: f64) -> Option<Prediction> {
        let x = self.check.check(x).learned(|| {
            let check = self.check;
            Stage::reset(self);
            self.check = check;
        });
        self.take(x);
        let mut next = [Prediction::default()];
        self.forecast_into(&mut next).then_some(next[0])
    }

    fn reset(&mut self) {
        (self.level, self.trend, self.slot) = (self.start.level, self.start.trend, 0);
        self.known = (self.level, self.trend);
        self.season.copy_from_slice(&self.start.season);
        self.spread = Spread::default();
        self.echoes.clear();
        self.missed = 0;
        self.check.reset();
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Reach);
