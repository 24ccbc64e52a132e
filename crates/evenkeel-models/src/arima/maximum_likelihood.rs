//! Maximum likelihood: the search from several starting points.

use super::concentrated_likelihood::ConcentratedLikelihood;
use super::constant::Constant;
use super::design::{Ends, ROUNDING, bridged};
use super::fitted::{ArimaModel, Fitted};
use super::initial_values::{ArimaStart, initial_values};
use super::lag_polynomials::LagPolynomials;
use super::pacf_transform::PacfTransform;
use super::profile_least_squares::Concentrated;
use super::specification::Specification;
use super::standard_errors::standard_errors;
use crate::bfgs::{Bfgs, BfgsOptions};
use crate::count::as_f64;
use crate::fit::{Criteria, FitReport, Termination};
use crate::small_sample;
use evenkeel_core::{Error, PlausibilityCheck, Stage, observed};

/// Steps of every starting point before the best of them continue.
const HEAT: usize = 4;
/// All coordinates are transformed partial autocorrelations, for which a step of 2 is large.
const OPTIONS: BfgsOptions = BfgsOptions { careful: usize::MAX, longest: 2.0, fresh: 10 };
/// A later starting point continues while it could catch up with this many times the gain of its last steps.
const REACH: f64 = 3.0;
/// Steps of the final search.
const MOST: usize = 100;
/// Runs that are closer than this in every coordinate are converging to the same maximum.
const CLOSE: f64 = 0.02;
/// The expected gain in log-likelihood below which a search ends.
const ENOUGH: f64 = 1e-7;
/// No partial autocorrelation comes closer to ±1 than this leaves: beyond it, double precision cannot tell
/// the process from a unit root.
const LARGEST: f64 = 1.0 - 1e-8;

/// What the search found, in units of the design.
pub(super) struct Best {
    pub(super) coefficients: Vec<f64>,
    pub(super) value: Concentrated,
    pub(super) iterations: usize,
    pub(super) termination: Termination,
    pub(super) starts: usize,
    pub(super) start: ArimaStart,
}

/// A model with the coefficients of its external regressors.
pub(super) struct Fit {
    pub(super) model: ArimaModel,
    pub(super) coefficients: Vec<f64>,
}

pub(super) fn fit(
    specification: &Specification,
    history: &[f64],
    regressors: &[&[f64]],
) -> Result<Fit, Error> {
    let mut design = specification.design(history, regressors, Ends::Cut)?;
    let polynomials = specification.polynomials();
    design.choose(polynomials.width());
    let mut likelihood = ConcentratedLikelihood::new(design, polynomials);
    let given = specification.parameters.as_ref();
    let flat = is_flat(&mut likelihood)?;
    let best = if let Some(parameters) = given {
        let design = likelihood.design();
        let constant =
            parameters.constant.zip(design.offsets.first()).map(|(c, offset)| (c - offset) / design.by[0]);
        likelihood.fix(core::iter::once(constant));
        let mut coefficients = Vec::new();
        parameters.coefficients(&mut coefficients);
        alone(&mut likelihood, coefficients, Termination::Given)?
    } else if let Some(value) = flat {
        nothing(polynomials.len(), value)
    } else if polynomials.len() == 0 {
        alone(&mut likelihood, Vec::new(), Termination::Given)?
    } else {
        let candidates = initial_values(likelihood.design(), polynomials);
        search(&mut likelihood, candidates, Thoroughness::FULL)
            .ok_or(Error::Numerical { what: "the likelihood is not finite at any starting point" })?
    };
    let flat = flat.is_some() && given.is_none();
    finish(specification, likelihood, best, flat, history, regressors)
}

/// What the estimation of `coefficients` from `nu` values adds to the standard deviations: the variance of
/// the likelihood is divided by all values.
fn widening(nu: f64, coefficients: usize) -> f64 {
    let k = as_f64(coefficients);
    (nu / (nu - k).max(1.0)).sqrt() * small_sample::widening(nu - k, k, nu)
}

/// A fit of a series without variation.
pub(super) fn nothing(coefficients: usize, value: Concentrated) -> Best {
    Best {
        coefficients: vec![0.0; coefficients],
        value,
        iterations: 0,
        termination: Termination::Exact,
        starts: 0,
        start: ArimaStart::Given,
    }
}

/// Builds the model from the best coefficients, at the end of the history.
pub(super) fn finish(
    specification: &Specification,
    mut likelihood: ConcentratedLikelihood,
    best: Best,
    flat: bool,
    history: &[f64],
    regressors: &[&[f64]],
) -> Result<Fit, Error> {
    let polynomials = likelihood.polynomials();
    let given = specification.parameters.as_ref();
    let nu = as_f64(likelihood.design().effective());
    let has_constant = specification.constant() != Constant::None;
    let errors = if flat || given.is_some() {
        None
    } else {
        standard_errors(&mut likelihood, &best.coefficients, has_constant)
    };
    let evaluations = likelihood.evaluations();
    // The last evaluation leaves the state that the model continues from.
    likelihood.value_of_product(&best.coefficients);
    let design = likelihood.design();
    let scaled = given.and_then(|g| g.sigma2).map(|s| s / design.scale / design.scale);
    let sigma2 = scaled.unwrap_or(best.value.quadratic / nu);
    let parameters = specification.free() + regressors.len() + 1;
    let log_likelihood = if flat { f64::INFINITY } else { likelihood.log_likelihood(&best.value, scaled) };
    let report = FitReport {
        criteria: Criteria::new(log_likelihood, parameters, design.effective()),
        observed: design.observed,
        iterations: best.iterations,
        evaluations,
        termination: if flat { Termination::Exact } else { best.termination },
    };
    let whole = likelihood.regression().iter().zip(design.offsets.iter().zip(&design.by));
    let mut regression: Vec<f64> = whole.map(|(c, (offset, by))| offset + by * c).collect();
    let mut constant = if has_constant { regression.remove(0) } else { 0.0 };
    // The contribution of the regressors at their centers.
    let at_centers: f64 = regression.iter().zip(&design.centers).map(|(c, center)| c * center).sum();
    if specification.constant() == Constant::Mean {
        constant -= at_centers;
    }
    let mut model = ArimaModel::new(Fitted {
        polynomials,
        differences: specification.differences(),
        kind: specification.constant(),
        constant: given.and_then(|g| g.constant).unwrap_or(constant),
        coefficients: best.coefficients,
        sigma: if flat { 0.0 } else { sigma2.sqrt() * design.scale },
        widening: if flat || given.is_some() { 1.0 } else { widening(nu, parameters - 1) },
        errors,
        report,
        starts: best.starts,
        start: best.start,
    })?;
    model.check = PlausibilityCheck::of(history);
    if model.filter.kalman.is_full() {
        for (t, y) in history.iter().enumerate() {
            let explained: f64 = regressors.iter().zip(&regression).map(|(x, c)| c * x[t]).sum();
            model.update(y - explained);
        }
    } else {
        stand(&mut model, &mut likelihood, history, regressors, at_centers)?;
    }
    Ok(Fit { model, coefficients: regression })
}

/// Moves a model without a covariance to the end of its history, with the gaps filled by what the whole
/// history says about them.
fn stand(
    model: &mut ArimaModel,
    likelihood: &mut ConcentratedLikelihood,
    history: &[f64],
    regressors: &[&[f64]],
    at_centers: f64,
) -> Result<(), Error> {
    let failed = Error::Numerical { what: "the state at the end of the history is not finite" };
    let (mut state, forgotten) = likelihood.end().ok_or(failed)?;
    let design = likelihood.design();
    let Some(complete) = likelihood.complete() else { return Ok(()) };
    let mut y = bridged(&design.y);
    for (&t, by) in design.missing.iter().zip(&complete.least.beta) {
        y[t] -= by;
    }
    for (x, by) in design.x.iter().zip(complete.least.regression()) {
        y.iter_mut().zip(x).for_each(|(y, x)| *y -= by * x);
    }
    let levels = design.differences.order();
    let last: Vec<f64> =
        y[y.len() - levels..].iter().map(|v| v * design.scale + design.shift - at_centers).collect();
    state.iter_mut().for_each(|s| *s *= design.scale);
    let known = design.missing.is_empty();
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
pub(super) fn is_flat(likelihood: &mut ConcentratedLikelihood) -> Result<Option<Concentrated>, Error> {
    let nothing = vec![0.0; likelihood.polynomials().len()];
    let value = likelihood.value(&nothing).ok_or(Error::Numerical {
        what: "the variance of the series is not finite, or its gaps leave a phase of the season unknown",
    })?;
    let nu = as_f64(likelihood.design().effective());
    Ok((value.quadratic <= 10.0 * nu * ROUNDING).then_some(value))
}

/// No search.
pub(super) fn alone(
    likelihood: &mut ConcentratedLikelihood,
    coefficients: Vec<f64>,
    termination: Termination,
) -> Result<Best, Error> {
    let value = likelihood
        .value(&coefficients)
        .ok_or(Error::Numerical { what: "the likelihood at these parameters is not finite" })?;
    Ok(Best { coefficients, value, iterations: 0, termination, starts: 0, start: ArimaStart::Given })
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

/// Runs a few steps from several starting points, then continues from those that may still win.
pub(super) fn search(
    likelihood: &mut ConcentratedLikelihood,
    candidates: Vec<(ArimaStart, Vec<f64>)>,
    thoroughness: Thoroughness,
) -> Option<Best> {
    let polynomials: LagPolynomials = likelihood.polynomials();
    let transform = PacfTransform { polynomials, largest: thoroughness.largest };
    let nu = as_f64(likelihood.design().effective());
    let enough = thoroughness.enough / nu;
    let entrants = thoroughness.entrants.unwrap_or_else(|| entrants(likelihood.design().y.len()));
    let mut coefficients = vec![0.0; polynomials.len()];
    // Of many candidates most need only their value.
    let given = candidates.len();
    let mut ranked: Vec<(f64, (ArimaStart, Vec<f64>))> = Vec::with_capacity(given);
    for candidate in candidates {
        let value = if given > entrants {
            transform.coefficients(&candidate.1, &mut coefficients);
            likelihood.value(&coefficients).map(|value| likelihood.objective(&value))
        } else {
            Some(0.0)
        };
        ranked.extend(value.filter(|value| !value.is_nan()).map(|value| (value, candidate)));
    }
    let starts = ranked.len();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut objective = |free: &[f64], slope: &mut [f64]| {
        transform.coefficients(free, &mut coefficients);
        let value = likelihood.gradient(&coefficients, slope)?;
        transform.pull_back(free, slope);
        Some(likelihood.objective(&value))
    };
    let mut runs: Vec<(ArimaStart, Bfgs)> = ranked
        .into_iter()
        .filter_map(|(_, (name, free))| Bfgs::new(free, OPTIONS, &mut objective).map(|run| (name, run)))
        .take(entrants)
        .collect();
    let order = |runs: &mut Vec<(ArimaStart, Bfgs)>| {
        runs.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
    };
    if runs.len() > 1 {
        for (_, run) in &mut runs {
            run.run(HEAT, enough, &mut objective);
        }
        order(&mut runs);
    }
    let mut finished: Vec<(ArimaStart, Bfgs)> = Vec::new();
    for (name, mut run) in runs {
        loop {
            let twin = |other: &Bfgs| run.x.iter().zip(&other.x).all(|(a, b)| (a - b).abs() < CLOSE);
            if finished.iter().any(|(_, other)| twin(other)) {
                break;
            }
            let lead = finished.iter().fold(f64::INFINITY, |least, (_, r)| least.min(r.value));
            let before = run.value;
            let steps = if lead.is_finite() { HEAT } else { thoroughness.most };
            run.run(steps, enough, &mut objective);
            let gain = before - run.value;
            let over = run.termination != Termination::IterationLimit || run.iterations >= thoroughness.most;
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
    let value = likelihood.value(&coefficients)?;
    let termination = run.termination;
    Some(Best { coefficients, value, iterations, termination, starts, start })
}

/// How many starts run, of those with the highest likelihood: more for short series, whose likelihood costs
/// little and has more maxima.
fn entrants(n: usize) -> usize {
    3 + 2000 / n.max(100)
}
