//! The search for the maximum of the likelihood.

use super::account::{ArimaAccount, ArimaStop, is_near_circle};
use super::constant::Constant;
use super::factors::Factors;
use super::information::standard_errors;
use super::kernel::{Kernel, Value};
use super::model::{ArimaModel, Fitted};
use super::sample::{Ends, ROUNDING, bridged, index};
use super::settings::Arima;
use super::start::{ArimaStart, starts};
use super::transform::Transform;
use crate::minimize::{Descent, End, Manner};
use crate::small_sample;
use evenkeel_core::{Error, PlausibilityCheck, Stage, observed};

/// Steps that every start takes before the best of them goes to the end.
const HEAT: usize = 4;
/// All coordinates are partial autocorrelations without their limits: of those a step of 2 is a long way.
const MANNER: Manner = Manner { careful: usize::MAX, longest: 2.0, fresh: 10 };
/// A later start goes on while it could catch up with this many times the gain of its last steps.
const REACH: f64 = 3.0;
/// Steps of the final search.
const MOST: usize = 100;
/// Runs that are closer than this in every unconstrained number are going to the same maximum.
const CLOSE: f64 = 0.02;
/// The expected gain in log-likelihood below which a search ends.
const ENOUGH: f64 = 1e-7;
/// No partial autocorrelation comes closer to ±1 than this leaves: beyond it, double precision cannot tell the process from a
/// unit root.
const LARGEST: f64 = 1.0 - 1e-8;

/// What the search found, in units of the sample.
pub(super) struct Best {
    pub(super) coefficients: Vec<f64>,
    pub(super) value: Value,
    pub(super) iterations: usize,
    pub(super) stop: ArimaStop,
    pub(super) starts: usize,
    pub(super) start: ArimaStart,
}

/// A model with the coefficients of its outside regressors.
pub(super) struct Fit {
    pub(super) model: ArimaModel,
    pub(super) coefficients: Vec<f64>,
}

pub(super) fn fit(settings: &Arima, history: &[f64], regressors: &[&[f64]]) -> Result<Fit, Error> {
    let mut sample = settings.sample(history, regressors, Ends::Cut)?;
    let factors = settings.factors();
    sample.choose(factors.width());
    let mut kernel = Kernel::new(sample, factors);
    let given = settings.parameters.as_ref();
    let flat = is_flat(&mut kernel)?;
    let best = if let Some(parameters) = given {
        let sample = kernel.sample();
        let constant =
            parameters.constant.zip(sample.offsets.first()).map(|(c, offset)| (c - offset) / sample.by[0]);
        kernel.fix(core::iter::once(constant));
        let mut coefficients = Vec::new();
        parameters.coefficients(&mut coefficients);
        alone(&mut kernel, coefficients, ArimaStop::Given)?
    } else if let Some(value) = flat {
        nothing(factors.len(), value)
    } else if factors.len() == 0 {
        alone(&mut kernel, Vec::new(), ArimaStop::Given)?
    } else {
        let candidates = starts(kernel.sample(), factors);
        search(&mut kernel, candidates, Thoroughness::FULL)
            .ok_or(Error::Numerical { what: "no start has a likelihood within floating point" })?
    };
    let flat = flat.is_some() && given.is_none();
    finish(settings, kernel, best, flat, history, regressors)
}

/// What the estimation of `coefficients` from `nu` values adds to the standard deviations: the variance of the likelihood is
/// divided by all values.
fn widening(nu: f64, coefficients: usize) -> f64 {
    let k = index(coefficients);
    (nu / (nu - k).max(1.0)).sqrt() * small_sample::widening(nu - k, k, nu)
}

/// A fit of a series without variation.
pub(super) fn nothing(coefficients: usize, value: Value) -> Best {
    Best {
        coefficients: vec![0.0; coefficients],
        value,
        iterations: 0,
        stop: ArimaStop::Constant,
        starts: 0,
        start: ArimaStart::Given,
    }
}

/// Makes the model of the best coefficients, standing at the end of the history.
pub(super) fn finish(
    settings: &Arima,
    mut kernel: Kernel,
    best: Best,
    flat: bool,
    history: &[f64],
    regressors: &[&[f64]],
) -> Result<Fit, Error> {
    let factors = kernel.factors();
    let given = settings.parameters.as_ref();
    let nu = index(kernel.sample().effective());
    let has_constant = settings.kind() != Constant::None;
    let errors = if flat || given.is_some() {
        None
    } else {
        standard_errors(&mut kernel, &best.coefficients, has_constant)
    };
    let evaluations = kernel.evaluations();
    // What the model stands on.
    kernel.value_of_product(&best.coefficients);
    let sample = kernel.sample();
    let scaled = given.and_then(|g| g.sigma2).map(|s| s / sample.scale / sample.scale);
    let sigma2 = scaled.unwrap_or(best.value.quadratic / nu);
    let account = ArimaAccount {
        log_likelihood: if flat { f64::INFINITY } else { kernel.log_likelihood(&best.value, scaled) },
        parameters: settings.free() + regressors.len() + 1,
        observed: sample.observed,
        effective: sample.effective(),
        iterations: best.iterations,
        evaluations,
        stop: if flat { ArimaStop::Constant } else { best.stop },
        starts: best.starts,
        start: best.start,
        near_unit_root: is_near_circle(&factors, &best.coefficients, true),
        near_noninvertible: is_near_circle(&factors, &best.coefficients, false),
    };
    let whole = kernel.regression().iter().zip(sample.offsets.iter().zip(&sample.by));
    let mut regression: Vec<f64> = whole.map(|(c, (offset, by))| offset + by * c).collect();
    let mut constant = if has_constant { regression.remove(0) } else { 0.0 };
    // What the regressors explain at what was taken off them.
    let at_centers: f64 = regression.iter().zip(&sample.centers).map(|(c, center)| c * center).sum();
    if settings.kind() == Constant::Mean {
        constant -= at_centers;
    }
    let mut model = ArimaModel::new(Fitted {
        factors,
        differences: settings.differences(),
        kind: settings.kind(),
        constant: given.and_then(|g| g.constant).unwrap_or(constant),
        coefficients: best.coefficients,
        sigma: if flat { 0.0 } else { sigma2.sqrt() * sample.scale },
        widening: if flat || given.is_some() { 1.0 } else { widening(nu, account.parameters - 1) },
        errors,
        account,
    })?;
    model.check = PlausibilityCheck::of(history);
    if model.filter.kalman.is_full() {
        for (t, y) in history.iter().enumerate() {
            let explained: f64 = regressors.iter().zip(&regression).map(|(x, c)| c * x[t]).sum();
            model.update(y - explained);
        }
    } else {
        stand(&mut model, &mut kernel, history, regressors, at_centers)?;
    }
    Ok(Fit { model, coefficients: regression })
}

/// Puts a model that has no room for a covariance at the end of its history, with all that the whole history says about its gaps.
fn stand(
    model: &mut ArimaModel,
    kernel: &mut Kernel,
    history: &[f64],
    regressors: &[&[f64]],
    at_centers: f64,
) -> Result<(), Error> {
    let failed = Error::Numerical { what: "the state at the end of the history is beyond floating point" };
    let (mut state, forgotten) = kernel.end().ok_or(failed)?;
    let sample = kernel.sample();
    let Some(complete) = kernel.complete() else { return Ok(()) };
    let mut y = bridged(&sample.y);
    for (&t, by) in sample.missing.iter().zip(&complete.least.beta) {
        y[t] -= by;
    }
    for (x, by) in sample.x.iter().zip(complete.least.regression()) {
        y.iter_mut().zip(x).for_each(|(y, x)| *y -= by * x);
    }
    let levels = sample.differences.order();
    let last: Vec<f64> =
        y[y.len() - levels..].iter().map(|v| v * sample.scale + sample.shift - at_centers).collect();
    state.iter_mut().for_each(|s| *s *= sample.scale);
    let known = sample.missing.is_empty();
    model.filter.stand(&state, &last, forgotten && known);
    let seen =
        |t: &usize| observed(history[*t]).is_some() && regressors.iter().all(|x| observed(x[*t]).is_some());
    let after = (0..history.len()).rev().take_while(|t| !seen(t)).count();
    for _ in 0..after {
        model.filter.step(None);
    }
    model.time = history.len() as u64;
    Ok(())
}

/// The value without coefficients, if nothing but rounding varies there.
pub(super) fn is_flat(kernel: &mut Kernel) -> Result<Option<Value>, Error> {
    let nothing = vec![0.0; kernel.factors().len()];
    let value = kernel.value(&nothing).ok_or(Error::Numerical {
        what: "the variance of the series is beyond floating point, or its gaps leave a phase of the season unknown",
    })?;
    let nu = index(kernel.sample().effective());
    Ok((value.quadratic <= 10.0 * nu * ROUNDING).then_some(value))
}

/// No search.
pub(super) fn alone(kernel: &mut Kernel, coefficients: Vec<f64>, stop: ArimaStop) -> Result<Best, Error> {
    let value = kernel
        .value(&coefficients)
        .ok_or(Error::Numerical { what: "the likelihood at these parameters is beyond floating point" })?;
    Ok(Best { coefficients, value, iterations: 0, stop, starts: 0, start: ArimaStart::Given })
}

/// How much a search does.
#[derive(Debug, Clone, Copy)]
pub(super) struct Thoroughness {
    /// How many starts run, of those with the highest likelihood; None: by the length of the series.
    pub(super) entrants: Option<usize>,
    /// The expected gain in log-likelihood below which it ends.
    pub(super) enough: f64,
    /// The most steps of a start.
    pub(super) most: usize,
    /// No partial autocorrelation comes closer to ±1.
    pub(super) largest: f64,
}

impl Thoroughness {
    pub(super) const FULL: Self = Self { entrants: None, enough: ENOUGH, most: MOST, largest: LARGEST };
}

/// Several starts run a heat; those that are not hopeless go on to the end.
pub(super) fn search(
    kernel: &mut Kernel,
    candidates: Vec<(ArimaStart, Vec<f64>)>,
    thoroughness: Thoroughness,
) -> Option<Best> {
    let factors: Factors = kernel.factors();
    let transform = Transform { factors, largest: thoroughness.largest };
    let nu = index(kernel.sample().effective());
    let enough = thoroughness.enough / nu;
    let entrants = thoroughness.entrants.unwrap_or_else(|| entrants(kernel.sample().y.len()));
    let mut coefficients = vec![0.0; factors.len()];
    // Of many candidates most need only their value.
    let given = candidates.len();
    let mut judged: Vec<(f64, (ArimaStart, Vec<f64>))> = Vec::with_capacity(given);
    for candidate in candidates {
        let value = if given > entrants {
            transform.coefficients(&candidate.1, &mut coefficients);
            kernel.value(&coefficients).map(|value| kernel.objective(&value))
        } else {
            Some(0.0)
        };
        judged.extend(value.filter(|value| !value.is_nan()).map(|value| (value, candidate)));
    }
    let starts = judged.len();
    judged.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut objective = |free: &[f64], slope: &mut [f64]| {
        transform.coefficients(free, &mut coefficients);
        let value = kernel.gradient(&coefficients, slope)?;
        transform.pull_back(free, slope);
        Some(kernel.objective(&value))
    };
    let mut runs: Vec<(ArimaStart, Descent)> = judged
        .into_iter()
        .filter_map(|(_, (name, free))| Descent::new(free, MANNER, &mut objective).map(|run| (name, run)))
        .take(entrants)
        .collect();
    let order = |runs: &mut Vec<(ArimaStart, Descent)>| {
        runs.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
    };
    if runs.len() > 1 {
        for (_, run) in &mut runs {
            run.run(HEAT, enough, &mut objective);
        }
        order(&mut runs);
    }
    let mut finished: Vec<(ArimaStart, Descent)> = Vec::new();
    for (name, mut run) in runs {
        loop {
            let twin = |other: &Descent| run.x.iter().zip(&other.x).all(|(a, b)| (a - b).abs() < CLOSE);
            if finished.iter().any(|(_, other)| twin(other)) {
                break;
            }
            let lead = finished.iter().fold(f64::INFINITY, |least, (_, r)| least.min(r.value));
            let before = run.value;
            let steps = if lead.is_finite() { HEAT } else { thoroughness.most };
            run.run(steps, enough, &mut objective);
            let gain = before - run.value;
            let over = run.end != End::Iterations || run.iterations >= thoroughness.most;
            if over || run.value - lead > REACH * gain {
                break;
            }
        }
        finished.push((name, run));
    }
    let mut runs = finished;
    let iterations = runs.iter().map(|(_, run)| run.iterations).sum();
    order(&mut runs);
    let (start, run) = runs.into_iter().next()?;
    transform.coefficients(&run.x, &mut coefficients);
    let value = kernel.value(&coefficients)?;
    let stop = match run.end {
        End::Converged => ArimaStop::Converged,
        End::Flat => ArimaStop::Flat,
        End::Iterations => ArimaStop::Iterations,
    };
    Some(Best { coefficients, value, iterations, stop, starts, start })
}

/// How many starts run, of those with the highest likelihood: more for short series, whose likelihood costs little and has more
/// maxima.
fn entrants(n: usize) -> usize {
    3 + 2000 / n.max(100)
}
