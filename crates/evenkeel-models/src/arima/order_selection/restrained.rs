//! Fits kept away from the unit circle, since models with roots close to it predict badly.

use crate::arima::concentrated_likelihood::ConcentratedLikelihood;
use crate::arima::lag_polynomials::LagPolynomials;
use crate::arima::maximum_likelihood::{self, Best, Thoroughness};
use crate::arima::pacf_transform::PacfTransform;
use crate::arima::polynomial::is_stationary;

/// No root is nearer to the unit circle, in its factor's own variable.
const NEAREST: f64 = 1.001;
/// The partial autocorrelations of restrained fits.
const RESTRAINED: f64 = 0.999;
/// Whether no root of any factor is too near to the unit circle.
pub(super) fn is_admissible(of: &LagPolynomials, coefficients: &[f64]) -> bool {
    of.blocks().into_iter().all(|(range, autoregressive)| is_far(&coefficients[range], autoregressive))
}

/// All roots are farther out than [`NEAREST`] if those of the stretched polynomial are outside the unit
/// circle.
fn is_far(coefficients: &[f64], autoregressive: bool) -> bool {
    let mut power = if autoregressive { 1.0 } else { -1.0 };
    let stretched: Vec<f64> = coefficients
        .iter()
        .map(|c| {
            power *= NEAREST;
            c * power
        })
        .collect();
    is_stationary(&stretched)
}

/// The best coefficients without roots near the unit circle, searched for from those that have some.
pub(super) fn restrain(
    likelihood: &mut ConcentratedLikelihood,
    of: LagPolynomials,
    best: &Best,
    thoroughness: Thoroughness,
) -> Option<Best> {
    let thoroughness = Thoroughness { largest: RESTRAINED, entrants: Some(1), ..thoroughness };
    let transform = PacfTransform { polynomials: of, largest: RESTRAINED };
    let mut shrunk = best.coefficients.clone();
    pull_in(&of, &mut shrunk);
    let mut begin: Vec<_> = transform.free(&shrunk).map(|at| (best.start, at)).into_iter().collect();
    // Away from the boundary, where derivatives do not vanish.
    begin.iter_mut().for_each(|(_, at)| at.iter_mut().for_each(|x| *x = x.clamp(-2.5, 2.5)));
    let mut found = maximum_likelihood::search(likelihood, begin, thoroughness)?;
    found.starts += best.starts;
    found.iterations += best.iterations;
    if !is_admissible(&of, &found.coefficients) {
        pull_in(&of, &mut found.coefficients);
        found.value = likelihood.value(&found.coefficients)?;
    }
    // What was pulled in may be better than what was found from there.
    if let Some(value) = likelihood.value(&shrunk)
        && likelihood.objective(&value) < likelihood.objective(&found.value)
    {
        (found.coefficients, found.value) = (shrunk, value);
    }
    Some(found)
}

/// Moves all roots out until none is too near.
fn pull_in(of: &LagPolynomials, coefficients: &mut [f64]) {
    for (range, autoregressive) in of.blocks() {
        let part = &mut coefficients[range];
        for _ in 0..200 {
            if is_far(part, autoregressive) {
                break;
            }
            let mut power = 1.0;
            for c in part.iter_mut() {
                power *= 0.9998;
                *c *= power;
            }
        }
    }
}
