//! The search for the maximum of the likelihood.

use super::account::{ArimaAccount, ArimaStop, is_near_circle};
use super::constant::Constant;
use super::information::standard_errors;
use super::kernel::{Kernel, Value};
use super::model::{ArimaModel, Fitted};
use super::optimize::Bfgs;
use super::sample::{ROUNDING, index};
use super::settings::Arima;
use super::start::{ArimaStart, starts};
use super::transform::Transform;
use evenkeel_core::{Error, Stage};

/// Steps that every start takes before the best of them goes to the end.
const HEAT: usize = 4;
/// A later start goes on while it could catch up with this many times the gain of its last steps.
const REACH: f64 = 3.0;
/// Steps of the final search.
const MOST: usize = 100;
/// Runs that are closer than this in every unconstrained number are going to the same maximum.
const CLOSE: f64 = 0.02;
/// The expected gain in log-likelihood below which a search ends.
const ENOUGH: f64 = 1e-7;
/// What the search found, in units of the sample.
pub(super) struct Best {
    pub(super) coefficients: Vec<f64>,
    pub(super) value: Value,
    pub(super) iterations: usize,
    pub(super) stop: ArimaStop,
    pub(super) starts: usize,
    pub(super) start: ArimaStart,
}

pub(super) fn fit(settings: &Arima, history: &[f64]) -> Result<ArimaModel, Error> {
    let sample = settings.sample(history)?;
    let mut kernel = Kernel::new(sample);
    let nu = index(kernel.sample().effective());
    let (p, q) = (settings.p, settings.q);
    let given = settings.parameters.as_ref();
    let flat = is_flat(&mut kernel, p, q)?;
    let best = if let Some(parameters) = given {
        let sample = kernel.sample();
        let constant = parameters.constant.map(|c| (c - sample.offset) / sample.scale);
        kernel.fix(constant);
        let coefficients = [parameters.ar.as_slice(), parameters.ma.as_slice()].concat();
        alone(&mut kernel, coefficients, p, ArimaStop::Given)?
    } else if let Some(value) = flat {
        let stop = ArimaStop::Constant;
        Best {
            coefficients: vec![0.0; p + q],
            value,
            iterations: 0,
            stop,
            starts: 0,
            start: ArimaStart::Given,
        }
    } else if p + q == 0 {
        alone(&mut kernel, Vec::new(), 0, ArimaStop::Given)?
    } else {
        search(&mut kernel, p, q)
            .ok_or(Error::Numerical { what: "no start has a likelihood within floating point" })?
    };

    let without_variation = best.stop == ArimaStop::Constant || (flat.is_some() && given.is_none());
    let errors = if without_variation || given.is_some() {
        None
    } else {
        standard_errors(&mut kernel, &best.coefficients, p, &best.value)
    };
    let sample = kernel.sample();
    let scaled = given.and_then(|g| g.sigma2).map(|s| s / sample.scale / sample.scale);
    let sigma2 = scaled.unwrap_or(best.value.quadratic / nu);
    let account = ArimaAccount {
        log_likelihood: if without_variation {
            f64::INFINITY
        } else {
            kernel.log_likelihood(&best.value, scaled)
        },
        parameters: settings.free() + 1,
        observed: sample.observed,
        effective: sample.effective(),
        iterations: best.iterations,
        evaluations: kernel.evaluations(),
        stop: if without_variation { ArimaStop::Constant } else { best.stop },
        starts: best.starts,
        start: best.start,
        near_unit_root: is_near_circle(&best.coefficients[..p], 1.0),
        near_noninvertible: is_near_circle(&best.coefficients[p..], -1.0),
    };
    let (ar, ma) = best.coefficients.split_at(p);
    let constant = match settings.constant {
        Constant::None => 0.0,
        Constant::Mean | Constant::Drift => match given.and_then(|g| g.constant) {
            Some(constant) => constant,
            None => sample.offset + sample.scale * best.value.constant,
        },
    };
    let mut model = ArimaModel::new(Fitted {
        d: settings.d,
        kind: settings.constant,
        constant,
        ar: ar.to_vec(),
        ma: ma.to_vec(),
        sigma: if without_variation { 0.0 } else { sigma2.sqrt() * sample.scale },
        errors,
        account,
    })?;
    for x in history {
        model.update(*x);
    }
    Ok(model)
}

/// The value without coefficients, if nothing but rounding varies there.
fn is_flat(kernel: &mut Kernel, p: usize, q: usize) -> Result<Option<Value>, Error> {
    let nothing = vec![0.0; p.max(q)];
    let value = kernel
        .value(&nothing[..p], &nothing[..q])
        .ok_or(Error::Numerical { what: "the variance of the series is beyond floating point" })?;
    let nu = index(kernel.sample().effective());
    Ok((value.quadratic <= 10.0 * nu * ROUNDING).then_some(value))
}

/// No search.
fn alone(kernel: &mut Kernel, coefficients: Vec<f64>, p: usize, stop: ArimaStop) -> Result<Best, Error> {
    let value = kernel
        .value(&coefficients[..p], &coefficients[p..])
        .ok_or(Error::Numerical { what: "the likelihood at these parameters is beyond floating point" })?;
    Ok(Best { coefficients, value, iterations: 0, stop, starts: 0, start: ArimaStart::Given })
}

/// Several starts run a heat; those that are not hopeless go on to the end.
pub(super) fn search(kernel: &mut Kernel, p: usize, q: usize) -> Option<Best> {
    let transform = Transform { p };
    let nu = index(kernel.sample().effective());
    let candidates = starts(kernel.sample(), p, q);
    let kernel_length = kernel.sample().y.len();
    let mut coefficients = vec![0.0; p + q];
    let mut objective = |free: &[f64], slope: &mut [f64]| {
        transform.coefficients(free, &mut coefficients);
        let value = kernel.gradient(&coefficients[..p], &coefficients[p..], slope)?;
        transform.pull_back(free, slope);
        Some(kernel.objective(&value))
    };
    let mut runs: Vec<(ArimaStart, Bfgs)> = candidates
        .into_iter()
        .filter_map(|(name, free)| Bfgs::new(free, &mut objective).map(|run| (name, run)))
        .collect();
    let starts = runs.len();
    let order = |runs: &mut Vec<(ArimaStart, Bfgs)>| {
        runs.sort_by(|a, b| a.1.minimum.value.total_cmp(&b.1.minimum.value));
    };
    order(&mut runs);
    runs.truncate(entrants(kernel_length));
    for (_, run) in &mut runs {
        run.run(HEAT, ENOUGH / nu, &mut objective);
    }
    order(&mut runs);
    let mut finished: Vec<(ArimaStart, Bfgs)> = Vec::new();
    for (name, mut run) in runs {
        loop {
            let twin = |other: &Bfgs| run.x.iter().zip(&other.x).all(|(a, b)| (a - b).abs() < CLOSE);
            if finished.iter().any(|(_, other)| twin(other)) {
                break;
            }
            let lead = finished.iter().fold(f64::INFINITY, |least, (_, r)| least.min(r.minimum.value));
            let before = run.minimum.value;
            let steps = if lead.is_finite() { HEAT } else { MOST };
            run.run(steps, ENOUGH / nu, &mut objective);
            let gain = before - run.minimum.value;
            let over = run.minimum.converged || run.minimum.stuck || run.minimum.iterations >= MOST;
            if over || run.minimum.value - lead > REACH * gain {
                break;
            }
        }
        finished.push((name, run));
    }
    let mut runs = finished;
    let iterations = runs.iter().map(|(_, run)| run.minimum.iterations).sum();
    order(&mut runs);
    let (start, run) = runs.into_iter().next()?;
    transform.coefficients(&run.x, &mut coefficients);
    let value = kernel.value(&coefficients[..p], &coefficients[p..])?;
    let stop = if run.minimum.converged {
        ArimaStop::Converged
    } else if run.minimum.stuck {
        ArimaStop::Flat
    } else {
        ArimaStop::Iterations
    };
    Some(Best { coefficients, value, iterations, stop, starts, start })
}

/// How many starts run, of those with the highest likelihood: more for short series, whose likelihood costs little and has more
/// maxima.
fn entrants(n: usize) -> usize {
    3 + 2000 / n.max(100)
}
