//! Maximum likelihood: the search for one form.

use super::admissible::is_admissible;
use super::fitted::EtsModel;
use super::form::{EtsError, EtsForm, EtsSeason, EtsTrend};
use super::initial_states::initial_states;
use super::parameter_space::ParameterSpace;
use super::parameters::EtsParameters;
use super::recursion::{Pass, Sums};
use super::scaled_history::ScaledHistory;
use crate::bfgs::{Bfgs, BfgsOptions};
use crate::count::as_f64;
use crate::fit::{Criteria, FitReport, Termination};
use crate::small_sample;
use evenkeel_core::{Error, PlausibilityCheck, Stage};

/// Seasons that are longer take their starting states from moving averages.
const LONGEST_SEARCHED: usize = 24;
/// Mean squares of errors, in units of the largest value, that are nothing but rounding.
const ROUNDING: f64 = 1e-26;
/// Standard errors that a mean is off by chance in one of a thousand cases.
const CHANCE: f64 = 3.3;
/// Steps of a search.
pub(super) const MOST: usize = 200;
/// The expected gain in twice the log-likelihood below which a search ends.
pub(super) const ENOUGH: f64 = 2e-7;

/// The search for one form.
#[derive(Debug, Clone)]
pub(super) struct Search<'a> {
    pub(super) form: EtsForm,
    sample: &'a ScaledHistory,
    space: ParameterSpace,
    pass: Pass,
    at: EtsParameters,
    pull: EtsParameters,
    searched_season: bool,
    pub(super) evaluations: usize,
    pub(super) run: Bfgs,
    exact: bool,
}

/// Steps of each start before the best of them goes on.
const HEAT: usize = 12;
/// Shares of the ranges of alpha, beta, gamma that are tried first.
const LEVELS: [f64; 5] = [0.02, 0.1, 0.3, 0.6, 0.95];
const SLOPES: [f64; 3] = [0.01, 0.2, 0.9];
const SEASONS: [f64; 2] = [0.01, 0.3];

impl<'a> Search<'a> {
    /// Stands at the best of a grid, or after a heat of its `starts` best points. None if the form has a
    /// likelihood nowhere on it.
    pub(super) fn new(form: EtsForm, sample: &'a ScaledHistory, starts: usize) -> Option<Self> {
        let (origin, spread) = initial_states(form, &sample.filled, sample.period)?;
        let searched_season = form.has_season() && sample.period <= LONGEST_SEARCHED;
        let seasons = if searched_season { sample.period - 1 } else { 0 };
        let space = ParameterSpace::new(form, origin.clone(), spread, seasons);
        let mut pass = Pass::new(form, sample.y.len());
        let mut at = origin.clone();
        let n = as_f64(sample.observed);
        let mut points: Vec<(f64, Vec<f64>)> = Vec::new();
        let mut evaluations = 0;
        let slopes = if form.has_trend() { &SLOPES[..] } else { &SLOPES[..1] };
        let seasons = if form.has_season() { &SEASONS[..] } else { &SEASONS[..1] };
        for &alpha in &LEVELS {
            for &beta in slopes {
                for &gamma in seasons {
                    let x = space.point(alpha, beta, gamma, 0.9);
                    space.parameters(&x, &mut at);
                    if !forgets(form, sample, &at) {
                        continue;
                    }
                    evaluations += 1;
                    let Some(sums) = pass.forward(&sample.y, &at) else { continue };
                    points.push((sums.objective(n), x));
                }
            }
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let options = BfgsOptions { careful: space.angles(), longest: 1.0, fresh: 40 };
        let mut run: Option<Bfgs> = None;
        for (_, x) in points.into_iter().take(starts.max(1)) {
            let pull = origin.clone();
            let mut objective = objective(form, sample, &space, &mut pass, &mut at, &mut evaluations, pull);
            let Some(mut other) = Bfgs::new(x, options, &mut objective) else { continue };
            if starts > 1 && !is_exact(other.value, n) {
                other.run(HEAT, ENOUGH, &mut objective);
            }
            if run.as_ref().is_none_or(|run| other.value < run.value) {
                run = Some(other);
            }
        }
        let run = run?;
        Some(Self {
            form,
            sample,
            space,
            pass,
            at: origin.clone(),
            pull: origin,
            searched_season,
            evaluations,
            run,
            exact: false,
        })
    }

    /// Goes on.
    pub(super) fn go(&mut self, iterations: usize, tolerance: f64) {
        let n = as_f64(self.sample.observed);
        // Where nothing is left to explain there is nothing to search for.
        if self.form.error == EtsError::Additive && is_exact(self.run.value, n) {
            self.exact = true;
            return;
        }
        let pull = self.pull.clone();
        let mut objective = objective(
            self.form,
            self.sample,
            &self.space,
            &mut self.pass,
            &mut self.at,
            &mut self.evaluations,
            pull,
        );
        self.run.run(iterations, tolerance, &mut objective);
    }

    /// The corrected criterion of Akaike where it stands.
    pub(super) fn aicc(&self) -> f64 {
        let (n, k) = (as_f64(self.sample.observed), as_f64(self.form.parameters(self.sample.period)));
        let left = n - k - 1.0;
        let log_likelihood = self.sample.log_likelihood(self.run.value);
        if left > 0.0 { 2.0 * k - 2.0 * log_likelihood + 2.0 * k * (k + 1.0) / left } else { f64::INFINITY }
    }

    /// Whether the form has a slope that goes on forever and that the errors contradict: their mean is
    /// further from 0 than chance explains in one of a thousand series. Such a slope serves the fit of
    /// something else, and would mislead the forecasts.
    pub(super) fn is_contradicted(&mut self) -> bool {
        let forever = matches!(self.form.trend, EtsTrend::Additive | EtsTrend::Multiplicative);
        if !forever || self.exact {
            return false;
        }
        self.space.parameters(&self.run.x, &mut self.at);
        if self.pass.forward(&self.sample.y, &self.at).is_none() {
            return true;
        }
        let (mut sum, mut squares) = (0.0, 0.0);
        for (y, mu) in self.sample.y.iter().zip(self.pass.expected()).filter(|(y, _)| !y.is_nan()) {
            let e = if self.form.error == EtsError::Additive { y - mu } else { (y - mu) / mu };
            sum += e;
            squares += e * e;
        }
        sum.abs() > CHANCE * squares.sqrt()
    }

    pub(super) fn finish(mut self, history: &[f64]) -> Result<EtsModel, Error> {
        self.space.parameters(&self.run.x, &mut self.at);
        let found = normalized(self.form, self.at);
        let termination = if self.exact { Termination::Exact } else { self.run.termination };
        let report = FitReport {
            iterations: self.run.iterations,
            evaluations: self.evaluations,
            termination,
            ..FitReport::given(self.form.parameters(self.sample.period))
        };
        let mut model = conclude(self.form, self.sample, &found, report, history)?;
        model.searched_season = self.searched_season;
        Ok(model)
    }
}

/// Whether an objective with additive errors says that there are none.
fn is_exact(objective: f64, n: f64) -> bool {
    objective <= n * (ROUNDING * n).ln()
}

/// Whether errors die out. Without a season the usual region is admissible; a long one would cost more than
/// the likelihood.
fn forgets(form: EtsForm, sample: &ScaledHistory, at: &EtsParameters) -> bool {
    let period = (form.has_season() && sample.period <= LONGEST_SEARCHED).then_some(sample.period);
    period.is_none() || is_admissible(at.alpha, at.beta, at.gamma, at.phi, form.has_trend(), period)
}

/// The objective of the search as a function that writes its gradient.
fn objective<'b>(
    form: EtsForm,
    sample: &'b ScaledHistory,
    space: &'b ParameterSpace,
    pass: &'b mut Pass,
    at: &'b mut EtsParameters,
    evaluations: &'b mut usize,
    mut pull: EtsParameters,
) -> impl FnMut(&[f64], &mut [f64]) -> Option<f64> + 'b {
    let n = as_f64(sample.observed);
    move |x, slope| {
        space.parameters(x, at);
        if !forgets(form, sample, at) {
            return None;
        }
        *evaluations += 1;
        let sums = pass.forward(&sample.y, at)?;
        pass.backward(&sample.y, at, &sums, n, &mut pull);
        space.pull_back(x, &pull, slope);
        Some(sums.objective(n))
    }
}

/// Season states with sum 0, or mean 1; the level takes what they lose, and no expected value changes.
fn normalized(form: EtsForm, mut found: EtsParameters) -> EtsParameters {
    if found.season.is_empty() {
        return found;
    }
    let mean = found.season.iter().sum::<f64>() / as_f64(found.season.len());
    match form.season {
        EtsSeason::None => {}
        EtsSeason::Additive if form.has_factor_trend() => {}
        EtsSeason::Additive => {
            found.level += mean;
            found.season.iter_mut().for_each(|s| *s -= mean);
        }
        EtsSeason::Multiplicative => {
            found.level *= mean;
            if !form.has_factor_trend() {
                found.trend *= mean;
            }
            found.season.iter_mut().for_each(|s| *s /= mean);
        }
    }
    found
}

/// A fit with these parameters, in units of the sample, standing at the end of the history.
pub(super) fn conclude(
    form: EtsForm,
    sample: &ScaledHistory,
    found: &EtsParameters,
    mut report: FitReport,
    history: &[f64],
) -> Result<EtsModel, Error> {
    let mut pass = Pass::new(form, sample.y.len());
    let Sums { squares, log_expected } = pass.forward(&sample.y, found).ok_or(Error::Numerical {
        what: "the form expects values that are not positive at these parameters",
    })?;
    let n = as_f64(sample.observed);
    let exact = squares / n < ROUNDING;
    report.observed = sample.observed;
    report.evaluations += 1;
    let log_likelihood = if exact {
        f64::INFINITY
    } else {
        sample.log_likelihood(Sums { squares, log_expected }.objective(n))
    };
    let parameters = report.criteria.parameters();
    report.criteria = Criteria::new(log_likelihood, parameters, sample.observed);
    if exact && report.termination != Termination::Given {
        report.termination = Termination::Exact;
    }
    // Unbiased for a regression with as many coefficients.
    let free = n - as_f64(parameters) + 1.0;
    let relative = if exact { 0.0 } else { (squares / if free > 0.0 { free } else { n }).sqrt() };
    let sigma = if form.error == EtsError::Additive { relative * sample.scale } else { relative };
    let start = found.scaled(form, sample.scale);
    let given = report.termination == Termination::Given;
    let coefficients = as_f64(parameters) - 1.0;
    let mut model = EtsModel::new(form, sample.period, start, sigma, sample.scale, report)?;
    if !given {
        model.reach.widening = small_sample::widening(free, coefficients, n);
        if form.needs_positive() || form.has_trend() {
            (model.reach.range, model.reach.step) = sample.reach();
        }
    }
    model.check = PlausibilityCheck::of(history);
    for x in history {
        model.update(*x);
    }
    Ok(model)
}
