//! Maximum likelihood of the variances of a structural model.

use super::component::Component;
use super::estimates::Fitted;
use super::fitted::StructuralModel;
use super::likelihood::{Likelihood, Score, Slope, likelihood};
use super::scaled_history::ScaledHistory;
use super::specification::Specification;
use super::system::System;
use crate::bfgs::{Bfgs, BfgsOptions};
use crate::fit::{Criteria, FitReport, Termination};
use crate::small_sample::widening;
use core::ops::Range;
use evenkeel_core::{Error, PlausibilityCheck, Stage};
use nalgebra::DMatrix;

/// Ratios of variances where the coarse search begins, by [`Component::index`].
const FIRST: [f64; 4] = [1.0, 0.3, 0.01, 0.1];
/// The coarse search reads so many values, more where there are many states.
const COARSE: usize = 150;
/// The least part of the largest variance with which the search begins.
const LEAST: f64 = 1e-5;
/// The tolerance of the search, in log-likelihood.
const TOLERANCE: f64 = 1e-8;

/// The likelihood as a function of the variances of the free components.
struct Objective<'a> {
    specification: &'a Specification,
    history: &'a ScaledHistory,
    system: System,
    free: Vec<Component>,
    /// Whether the scale is free, too: no variance is given that is not 0.
    concentrated: bool,
    score: Score,
    slopes: [Slope; 4],
    shared: [Range<usize>; 3],
    evaluations: usize,
}

impl Objective<'_> {
    fn set(&mut self, variances: &[f64; 4]) {
        self.specification.set_noise(&mut self.system, variances);
    }

    /// The scale at which the likelihood is read.
    fn scale(&self, sums: &Likelihood) -> f64 {
        if self.concentrated { sums.quadratic / sums.degrees() } else { 1.0 }
    }

    fn log_of(&self, sums: &Likelihood) -> Option<f64> {
        Some(sums.scaled_log(self.scale(sums))).filter(|log| log.is_finite())
    }

    fn value(&mut self, variances: &[f64; 4], y: Range<usize>) -> Option<f64> {
        self.set(variances);
        self.evaluations += 1;
        let sums = likelihood(&self.system, variances[0], &self.history.values[y]);
        self.log_of(&sums)
    }

    fn whole(&self) -> Range<usize> {
        0..self.history.values.len()
    }

    /// The log-likelihood; leaves the derivatives.
    fn gradient(&mut self, variances: &[f64; 4]) -> Option<(f64, f64)> {
        self.set(variances);
        self.evaluations += 1;
        let sums = self.score.evaluate(
            &self.system,
            variances[0],
            &self.history.values,
            &self.shared,
            &mut self.slopes,
        );
        Some((self.log_of(&sums)?, self.scale(&sums)))
    }
}

pub(super) fn fit(specification: &Specification, history: &[f64]) -> Result<StructuralModel, Error> {
    specification.check()?;
    let present = Component::ALL.into_iter().filter(|c| specification.has(*c));
    let free: Vec<Component> = present.filter(|c| specification.given[c.index()].is_none()).collect();
    let scaled = ScaledHistory::new(specification, history, free.len())?;
    let square = scaled.unit * scaled.unit;
    let mut variances: [f64; 4] = core::array::from_fn(|i| specification.given[i].unwrap_or(0.0) / square);
    let concentrated = !free.is_empty() && variances.iter().all(|v| *v == 0.0);
    for component in &free {
        variances[component.index()] = FIRST[component.index()];
    }
    let mut objective = Objective {
        specification,
        history: &scaled,
        system: specification.system(&variances),
        free,
        concentrated,
        score: Score::default(),
        slopes: [Slope::default(); 4],
        shared: [Component::Level, Component::Slope, Component::Season].map(|c| specification.moved(c)),
        evaluations: 0,
    };
    // Whether all states are determined, and whether there is anything to explain.
    let sums = likelihood(&objective.system, variances[0], &scaled.values);
    if sums.diffuse < specification.states() {
        return Err(Error::Numerical {
            what: "the values do not determine the states: a phase of the season is never observed",
        });
    }
    let exact = concentrated && sums.quadratic / sums.degrees() <= scaled.rounding();
    let (mut iterations, mut termination) = (0, Termination::Given);
    if exact {
        termination = Termination::Exact;
    } else if !objective.free.is_empty() {
        coarse(&mut objective, &mut variances);
        (iterations, termination) = search(&mut objective, &mut variances)?;
    }
    objective.set(&variances);
    let sums = likelihood(&objective.system, variances[0], &scaled.values);
    let scale = if exact { 0.0 } else { objective.scale(&sums) };
    // The density of the values themselves; the start is as unknown in any unit.
    let log = if exact { f64::INFINITY } else { sums.scaled_log(scale) - sums.degrees() * scaled.unit.ln() };
    if log.is_nan() || log == f64::NEG_INFINITY {
        return Err(Error::Numerical { what: "the history is impossible under the given variances" });
    }
    let errors = if exact || objective.free.is_empty() {
        [None; 4]
    } else {
        standard_errors(&mut objective, &variances, scale, square)
    };
    let parameters = objective.free.len() + specification.states();
    let largest = variances.iter().fold(0.0_f64, |most, v| most.max(*v));
    // Ratios to the largest variance.
    let by = if largest > 0.0 { largest } else { 1.0 };
    let fitted = Fitted {
        specification: specification.clone(),
        center: scaled.center,
        unit: scaled.unit,
        sigma: scaled.unit * (scale * by).sqrt(),
        ratios: variances.map(|v| v / by),
        widening: if objective.free.is_empty() { 1.0 } else { widening(sums.degrees(), 0.0, 1.0) },
        errors,
        report: FitReport {
            criteria: Criteria::new(log, parameters, scaled.observed),
            observed: scaled.observed,
            iterations,
            evaluations: objective.evaluations,
            termination,
        },
    };
    let mut model = StructuralModel::new(fitted);
    model.check = PlausibilityCheck::of(history);
    for x in history {
        Stage::update(&mut model, *x);
    }
    Ok(model)
}

/// Each variance in turn, by factors of ten and more: a start that no scale has an influence on.
fn coarse(objective: &mut Objective<'_>, variances: &mut [f64; 4]) {
    let n = objective.history.values.len();
    let first = objective.history.values.iter().position(|x| !x.is_nan()).unwrap_or(0);
    let y = first..n.min(first + COARSE.max(8 * objective.specification.states()));
    let mut best = objective.value(variances, y.clone()).unwrap_or(f64::NEG_INFINITY);
    for _ in 0..2 {
        let before = best;
        for k in 0..objective.free.len() {
            let i = objective.free[k].index();
            let at = variances[i];
            let mut chosen = at;
            for factor in [1e-4, 1e-2, 0.1, 10.0, 100.0] {
                variances[i] = at * factor;
                if let Some(value) = objective.value(variances, y.clone()).filter(|value| *value > best) {
                    (best, chosen) = (value, variances[i]);
                }
            }
            variances[i] = chosen;
        }
        if best <= before {
            break;
        }
    }
}

/// The maximum from a start; iterations and why it ended.
fn search(objective: &mut Objective<'_>, variances: &mut [f64; 4]) -> Result<(usize, Termination), Error> {
    const FAILED: Error = Error::Numerical { what: "the likelihood cannot be computed at the start" };
    let mut iterations = 0;
    let mut termination = Termination::IterationLimit;
    let whole = objective.whole();
    for round in 0..4 {
        // The largest variance is the unit of the others, where the scale is free.
        let free = objective.free.clone();
        let most = free.iter().map(|c| variances[c.index()]).fold(0.0, f64::max);
        let anchor = free
            .iter()
            .find(|c| variances[c.index()] == most)
            .filter(|_| objective.concentrated && most > 0.0);
        if round == 0 {
            // Part of a series says little about what is slow: nothing begins near 0.
            for component in &free {
                let variance = &mut variances[component.index()];
                *variance = variance.max(LEAST * most);
            }
        }
        let searched: Vec<Component> = free.iter().copied().filter(|c| Some(c) != anchor).collect();
        if anchor.is_some() {
            for component in &free {
                variances[component.index()] /= most;
            }
        }
        // Standard deviations, which reach 0 without a boundary, in units of where they begin.
        let units: Vec<f64> = searched.iter().map(|c| variances[c.index()].max(1e-10).sqrt()).collect();
        let start: Vec<f64> =
            searched.iter().zip(&units).map(|(c, unit)| variances[c.index()].sqrt() / unit).collect();
        let base = *variances;
        let at = |x: &[f64]| {
            let mut variances = base;
            for ((component, unit), x) in searched.iter().zip(&units).zip(x) {
                variances[component.index()] = (x * unit) * (x * unit);
            }
            variances
        };
        let mut function = |x: &[f64], slope: &mut [f64]| {
            let now = at(x);
            if now.iter().any(|v| *v > 1e30) {
                return None;
            }
            let (value, scale) = objective.gradient(&now)?;
            for (((out, component), unit), x) in slope.iter_mut().zip(&searched).zip(&units).zip(x) {
                *out = -objective.slopes[component.index()].at(scale) * 2.0 * x * unit * unit;
            }
            Some(-value)
        };
        let options = BfgsOptions { careful: searched.len(), longest: 3.0, fresh: 30 };
        let mut bfgs = Bfgs::new(start, options, &mut function).ok_or(FAILED)?;
        bfgs.run(200, TOLERANCE, &mut function);
        iterations += bfgs.iterations;
        termination = bfgs.termination;
        *variances = at(&bfgs.x);
        let mut best = objective.value(variances, whole.clone()).ok_or(FAILED)?;
        // What the data do not need is exactly 0.
        for component in &free {
            let i = component.index();
            let kept = core::mem::replace(&mut variances[i], 0.0);
            match objective.value(variances, whole.clone()).filter(|v| *v >= best - 10.0 * TOLERANCE) {
                Some(value) => best = best.max(value),
                None => variances[i] = kept,
            }
        }
        // At 0 the slope in the standard deviation is 0, whatever that in the variance is.
        let (_, scale) = objective.gradient(variances).ok_or(FAILED)?;
        let slopes = objective.slopes;
        let most = free.iter().map(|c| variances[c.index()]).fold(0.0, f64::max);
        let mut again = anchor.is_some_and(|c| variances[c.index()] < 1e-3 * most);
        for component in &free {
            let i = component.index();
            let slope = slopes[i].at(scale);
            let step = 1e-4 * most.max(1e-10);
            if variances[i] == 0.0 && slope * step > 1e-3 {
                variances[i] = step;
                again = true;
            }
        }
        if !again {
            break;
        }
    }
    Ok((iterations, termination))
}

/// From the observed information in the logarithms of the variances that are not 0.
fn standard_errors(
    objective: &mut Objective<'_>,
    variances: &[f64; 4],
    scale: f64,
    square: f64,
) -> [Option<f64>; 4] {
    const APART: f64 = 1e-4;
    let inner: Vec<usize> =
        objective.free.iter().map(|c| c.index()).filter(|i| variances[*i] > 0.0).collect();
    let k = inner.len();
    let mut information = DMatrix::<f64>::zeros(k, k);
    let mut errors = [None; 4];
    let mut slopes = |at: &[f64; 4]| -> Option<[f64; 4]> {
        objective.gradient(at)?;
        Some(core::array::from_fn(|i| at[i] * objective.slopes[i].at(scale)))
    };
    let Some(here) = slopes(variances) else { return errors };
    for (column, &j) in inner.iter().enumerate() {
        let mut at = *variances;
        at[j] *= f64::exp(APART);
        let Some(there) = slopes(&at) else { return errors };
        for (row, &i) in inner.iter().enumerate() {
            let second = (here[i] - there[i]) / APART;
            information[(row, column)] += 0.5 * second;
            information[(column, row)] += 0.5 * second;
        }
    }
    let Some(cholesky) = information.cholesky() else { return errors };
    let covariance = cholesky.inverse();
    for (row, &i) in inner.iter().enumerate() {
        let error = variances[i] * scale * square * covariance[(row, row)].sqrt();
        errors[i] = Some(error).filter(|e| e.is_finite());
    }
    errors
}
