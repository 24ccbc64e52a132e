//! Maximum likelihood of the variances of a structural model.

use super::component::{COMPONENTS, Component};
use super::estimates::Fitted;
use super::fitted::StructuralModel;
use super::likelihood::likelihood;
use super::objective::{Objective, WaveCoordinate};
use super::scaled_history::ScaledHistory;
use super::specification::{Specification, Variances, Wave};
use crate::bfgs::{Bfgs, BfgsOptions};
use crate::count::as_f64;
use crate::fit::{Criteria, FitReport, Termination};
use crate::small_sample::widening;
use core::ops::Range;
use evenkeel_core::{Error, PlausibilityCheck};
use nalgebra::DMatrix;

/// The coarse search reads so many values, more where there are many states.
const COARSE: usize = 150;
/// The least part of the largest variance with which the search begins.
const LEAST: f64 = 1e-5;
/// The tolerance of the search, in log-likelihood.
const TOLERANCE: f64 = 1e-8;

pub(super) fn fit(
    specification: &Specification,
    history: &[f64],
    regressors: &[&[f64]],
) -> Result<StructuralModel, Error> {
    specification.check()?;
    let scaled = ScaledHistory::new(specification, history, regressors, Objective::searched(specification))?;
    let square = scaled.unit * scaled.unit;
    let (mut objective, mut variances) = Objective::new(specification, &scaled);
    let (concentrated, searched) = (objective.concentrated, objective.free.len() + objective.waves.len());
    // Whether all states are determined, and whether there is anything to explain.
    let sums = likelihood(&objective.system, variances[0], &scaled.values, &scaled.regressors);
    if sums.diffuse < specification.unknown() {
        return Err(Error::Numerical {
            what: "the values do not determine the states: a phase of the season is never observed, or regressors \
                   explain each other or the level",
        });
    }
    let exact = concentrated && sums.quadratic / sums.degrees() <= scaled.rounding();
    let (mut iterations, mut termination) = (0, Termination::Given);
    if exact {
        termination = Termination::Exact;
    } else if searched > 0 {
        objective.difference();
        coarse(&mut objective, &mut variances);
        let begin = (variances, objective.wave);
        let mut found = search(&mut objective, &mut variances);
        if objective.differenced.is_some() && !(found.is_ok() && objective.is_confirmed(&variances)) {
            objective.differenced = None;
            (variances, objective.wave) = begin;
            found = search(&mut objective, &mut variances);
        }
        (iterations, termination) = found?;
    }
    objective.set(&variances);
    let sums = likelihood(&objective.system, variances[0], &scaled.values, &scaled.regressors);
    let scale = if exact { 0.0 } else { objective.scale(&sums) };
    // The density of the values themselves; the start is as unknown in any unit.
    // Coefficients are so in the units of their regressors.
    let units = sums.degrees() * scaled.unit.ln() + scaled.scales.iter().map(|unit| unit.ln()).sum::<f64>();
    let log = if exact { f64::INFINITY } else { sums.scaled_log(scale) - units };
    if log.is_nan() || log == f64::NEG_INFINITY {
        return Err(Error::Numerical { what: "the history is impossible under the given variances" });
    }
    let (errors, wave_errors) = if exact || searched == 0 {
        ([None; COMPONENTS], [None; 2])
    } else {
        standard_errors(&mut objective, &variances, scale, square)
    };
    let parameters = searched + specification.unknown();
    let largest = variances.iter().fold(0.0_f64, |most, v| most.max(*v));
    // Ratios to the largest variance.
    let by = if largest > 0.0 { largest } else { 1.0 };
    let fitted = Fitted {
        specification: specification.clone(),
        center: scaled.center,
        unit: scaled.unit,
        sigma: scaled.unit * (scale * by).sqrt(),
        ratios: variances.map(|v| v / by),
        wave: objective.wave,
        scales: scaled.scales.clone(),
        widening: if searched == 0 { 1.0 } else { widening(sums.degrees(), 0.0, 1.0) },
        errors,
        wave_errors,
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
    follow(&mut model, &scaled, history);
    Ok(model)
}

/// Takes a model through its history.
pub(super) fn follow(model: &mut StructuralModel, scaled: &ScaledHistory, history: &[f64]) {
    let count = scaled.scales.len();
    for (t, x) in history.iter().enumerate() {
        // Where a regressor is missing the value is.
        let x = if scaled.values[t].is_nan() { f64::NAN } else { *x };
        model.take(x, &scaled.regressors[t * count..(t + 1) * count]);
    }
}

/// Each variance in turn, by factors of ten and more: a start that no scale has an influence on.
fn coarse(objective: &mut Objective<'_>, variances: &mut Variances) {
    let n = objective.history.values.len();
    let first = objective.history.values.iter().position(|x| !x.is_nan()).unwrap_or(0);
    let longest = objective.specification.cycle.map_or(0, |range| libm::ceil(3.0 * range.longest) as usize);
    let y = first..n.min(first + COARSE.max(8 * objective.specification.states()).max(longest));
    coarse_cycle(objective, variances, y.clone());
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

/// The best of some cycles, evenly over the logarithms of the periods.
fn coarse_cycle(objective: &mut Objective<'_>, variances: &Variances, y: Range<usize>) {
    let Some(range) = objective.specification.cycle else { return };
    let given = objective.specification.damping;
    let dampings: &[f64] = if given.is_some() { &[0.0] } else { &[0.6, 0.9, 0.98] };
    let ratio = range.longest / range.shortest;
    let count = if ratio > 1.0 { 4 + libm::ceil(8.0 * ratio.ln()) as usize } else { 1 };
    let (mut best, mut chosen) = (f64::NEG_INFINITY, objective.wave);
    for k in 0..count {
        let period = range.shortest * ratio.powf((as_f64(k) + 0.5) / as_f64(count));
        for damping in dampings {
            objective.wave = Wave { period, damping: given.unwrap_or(*damping) };
            if let Some(value) = objective.value(variances, y.clone()).filter(|value| *value > best) {
                (best, chosen) = (value, objective.wave);
            }
        }
    }
    objective.wave = chosen;
}

/// The maximum from a start; iterations and why it ended.
fn search(objective: &mut Objective<'_>, variances: &mut Variances) -> Result<(usize, Termination), Error> {
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
        let mut start: Vec<f64> =
            searched.iter().zip(&units).map(|(c, unit)| variances[c.index()].sqrt() / unit).collect();
        let waves = objective.waves.clone();
        let begin = objective.wave;
        start.extend(waves.iter().map(|coordinate| coordinate.of(begin)));
        let count = searched.len();
        let wave_at = |x: &[f64]| {
            waves.iter().zip(&x[count..]).fold(begin, |wave, (coordinate, x)| coordinate.moved(wave, *x))
        };
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
            objective.wave = wave_at(x);
            let (value, scale) = objective.gradient(&now)?;
            for (out, slope) in slope[count..].iter_mut().zip(&objective.wave_slopes) {
                *out = -slope;
            }
            for (((out, component), unit), x) in slope.iter_mut().zip(&searched).zip(&units).zip(x) {
                *out = -objective.slopes[component.index()].at(scale) * 2.0 * x * unit * unit;
            }
            Some(-value)
        };
        let options = BfgsOptions { careful: start.len(), longest: 3.0, fresh: 30 };
        let mut bfgs = Bfgs::new(start, options, &mut function).ok_or(FAILED)?;
        bfgs.run(200, TOLERANCE, &mut function);
        iterations += bfgs.iterations;
        termination = bfgs.termination;
        *variances = at(&bfgs.x);
        objective.wave = wave_at(&bfgs.x);
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

/// From the observed information in the logarithms of the variances that are not 0 and in the coordinates of
/// the cycle.
fn standard_errors(
    objective: &mut Objective<'_>,
    variances: &Variances,
    scale: f64,
    square: f64,
) -> ([Option<f64>; COMPONENTS], [Option<f64>; 2]) {
    const APART: f64 = 1e-4;
    let nothing = ([None; COMPONENTS], [None; 2]);
    let inner: Vec<usize> =
        objective.free.iter().map(|c| c.index()).filter(|i| variances[*i] > 0.0).collect();
    let here = objective.wave;
    // A cycle without variance is none.
    let waves = if variances[Component::Cycle.index()] > 0.0 { objective.waves.clone() } else { Vec::new() };
    let (k, q) = (inner.len(), waves.len());
    let mut slopes = |at: &Variances, wave: Wave| -> Option<Vec<f64>> {
        objective.wave = wave;
        let slopes = objective.gradient(at).map(|_| {
            let logarithms = inner.iter().map(|i| at[*i] * objective.slopes[*i].at(scale));
            logarithms.chain(objective.wave_slopes.into_iter().take(q)).collect()
        });
        objective.wave = here;
        slopes
    };
    let Some(center) = slopes(variances, here) else { return nothing };
    let mut information = DMatrix::<f64>::zeros(k + q, k + q);
    for j in 0..k + q {
        let (mut at, mut wave) = (*variances, here);
        if j < k {
            at[inner[j]] *= f64::exp(APART);
        } else {
            let coordinate = waves[j - k];
            wave = coordinate.moved(here, coordinate.of(here) + APART);
        }
        let Some(there) = slopes(&at, wave) else { return nothing };
        for i in 0..k + q {
            let second = (center[i] - there[i]) / APART;
            information[(i, j)] += 0.5 * second;
            information[(j, i)] += 0.5 * second;
        }
    }
    let Some(cholesky) = information.cholesky() else { return nothing };
    let covariance = cholesky.inverse();
    let error = |row: usize, by: f64| Some(by * covariance[(row, row)].sqrt()).filter(|e| e.is_finite());
    let (mut errors, mut wave_errors) = nothing;
    for (row, &i) in inner.iter().enumerate() {
        errors[i] = error(row, variances[i] * scale * square);
    }
    for (row, coordinate) in waves.iter().enumerate() {
        let place = usize::from(*coordinate == WaveCoordinate::Damping);
        wave_errors[place] = error(k + row, coordinate.derivative(here));
    }
    (errors, wave_errors)
}
