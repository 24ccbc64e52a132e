//! Models with other parameters that the history allows, too.

use super::component::Component;
use super::fitted::StructuralModel;
use super::maximum_likelihood::{fit, follow};
use super::objective::Objective;
use super::scaled_history::ScaledHistory;
use super::specification::{LEAST_DAMPED, Specification, Variances, Wave};
use evenkeel_core::{Error, PlausibilityCheck, Stage};
use evenkeel_stats::Generator;

/// Rounds before the first draw, and between draws.
const BURN_IN: usize = 20;
const APART: usize = 3;

/// A parameter that is drawn.
#[derive(Debug, Clone, Copy)]
enum Parameter {
    /// The standard deviation of a component's disturbance, at least 0.
    Deviation(Component),
    Damping,
    /// The logarithm of the period, within these periods.
    Period(f64, f64),
}

/// Where the parameters stand.
#[derive(Debug, Clone, Copy)]
struct Point {
    variances: Variances,
    wave: Wave,
}

impl Parameter {
    fn of(self, point: &Point) -> f64 {
        match self {
            Self::Deviation(component) => point.variances[component.index()].sqrt(),
            Self::Damping => point.wave.damping,
            Self::Period(..) => point.wave.period.ln(),
        }
    }

    fn range(self) -> (f64, f64) {
        match self {
            Self::Deviation(_) => (0.0, 1e15),
            Self::Damping => (0.0, LEAST_DAMPED),
            Self::Period(shortest, longest) => (shortest.ln(), longest.ln()),
        }
    }

    fn moved(self, point: &Point, x: f64) -> Point {
        let mut there = *point;
        match self {
            Self::Deviation(component) => there.variances[component.index()] = x * x,
            Self::Damping => there.wave.damping = x,
            Self::Period(shortest, longest) => there.wave.period = x.exp().clamp(shortest, longest),
        }
        there
    }
}

/// The maximum of the likelihood, and as many draws of the posterior.
pub(super) fn draws(
    specification: &Specification,
    history: &[f64],
    count: usize,
    seed: u64,
) -> Result<Vec<StructuralModel>, Error> {
    Error::require((1..=100_000).contains(&count), "count", "in 1..=100000", count)?;
    let best = fit(specification, history, &[])?;
    let searched = Objective::searched(specification);
    if searched == 0 || best.sigma() <= 0.0 {
        return Ok(vec![best; count]);
    }
    let scaled = ScaledHistory::new(specification, history, &[], searched)?;
    let (mut objective, _) = Objective::new(specification, &scaled);
    // The parameters themselves are drawn, the scale among them.
    objective.concentrated = false;
    objective.difference();
    let square = (best.sigma() / scaled.unit).powi(2);
    let mut point = Point { variances: best.fitted.ratios.map(|v| v * square), wave: best.fitted.wave };
    let mut parameters: Vec<Parameter> = objective.free.iter().map(|c| Parameter::Deviation(*c)).collect();
    if let Some(range) = specification.cycle {
        if specification.damping.is_none() {
            parameters.push(Parameter::Damping);
        }
        if range.shortest < range.longest {
            parameters.push(Parameter::Period(range.shortest, range.longest));
        }
    }
    let mut generator = Generator::new(seed);
    let largest = point.variances.iter().fold(0.0_f64, |most, v| most.max(*v)).sqrt();
    let mut widths: Vec<f64> = parameters
        .iter()
        .map(|parameter| match parameter {
            Parameter::Deviation(_) => 0.5 * parameter.of(&point).max(0.05 * largest),
            Parameter::Damping | Parameter::Period(..) => 0.1,
        })
        .collect();
    let mut log = |point: &Point| {
        objective.wave = point.wave;
        objective.value(&point.variances, objective.whole()).unwrap_or(f64::NEG_INFINITY)
    };
    let mut here = log(&point);
    if here == f64::NEG_INFINITY {
        return Err(Error::Numerical { what: "the likelihood cannot be computed where the draws begin" });
    }
    let mut models = Vec::with_capacity(count);
    for round in 0..BURN_IN + APART * count {
        for (parameter, width) in parameters.iter().zip(&mut widths) {
            let reach = slice(*parameter, *width, &mut point, &mut here, &mut log, &mut generator);
            if round < BURN_IN {
                // The width that finds the ends of a slice in few steps.
                *width = (0.5 * *width + 0.5 * reach).max(1e-12);
            }
        }
        if round >= BURN_IN && (round - BURN_IN) % APART == APART - 1 {
            models.push(model(&best, &scaled, history, &point));
        }
    }
    Ok(models)
}

/// One step of Neal's slice sampler with stepping out; tells how wide the slice was found to be.
fn slice(
    parameter: Parameter,
    width: f64,
    point: &mut Point,
    here: &mut f64,
    log: &mut impl FnMut(&Point) -> f64,
    generator: &mut Generator,
) -> f64 {
    let (least, most) = parameter.range();
    let at = parameter.of(point);
    // Below the density by an exponential variable, which is uniform under it.
    let level = *here + (1.0 - generator.uniform()).ln();
    let mut low = at - width * generator.uniform();
    let mut high = low + width;
    for _ in 0..50 {
        if low <= least || log(&parameter.moved(point, low)) < level {
            break;
        }
        low -= width;
    }
    for _ in 0..50 {
        if high >= most || log(&parameter.moved(point, high)) < level {
            break;
        }
        high += width;
    }
    (low, high) = (low.max(least), high.min(most));
    let reach = high - low;
    for _ in 0..100 {
        let x = low + (high - low) * generator.uniform();
        let there = parameter.moved(point, x);
        let value = log(&there);
        if value >= level {
            (*point, *here) = (there, value);
            break;
        }
        if x < at {
            low = x;
        } else {
            high = x;
        }
    }
    reach
}

/// The model with these parameters, at the end of the history.
fn model(best: &StructuralModel, scaled: &ScaledHistory, history: &[f64], point: &Point) -> StructuralModel {
    let mut fitted = best.fitted.clone();
    let largest = point.variances.iter().fold(0.0_f64, |most, v| most.max(*v));
    let by = if largest > 0.0 { largest } else { 1.0 };
    fitted.sigma = scaled.unit * largest.sqrt();
    fitted.ratios = point.variances.map(|v| v / by);
    fitted.wave = point.wave;
    // What the estimates leave open is in that there are many.
    fitted.widening = 1.0;
    (fitted.errors, fitted.wave_errors) = (Default::default(), Default::default());
    let mut model = StructuralModel::new(fitted);
    model.reset();
    model.check = PlausibilityCheck::of(history);
    follow(&mut model, scaled, history);
    model
}
