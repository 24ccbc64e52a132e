//! The orders of differencing.

use crate::arima::lag_polynomials::Differences;
use evenkeel_core::observed;
use evenkeel_series::hypothesis_tests::{Kpss, season_strength};

/// A season that is stronger than this is differenced away (Wang, Smith and Hyndman 2006).
const STRONG: f64 = 0.64;
/// The level of the test.
const LEVEL: f64 = 0.05;
/// Plain differences are at most so many.
const MOST: usize = 2;

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chosen {
    pub(super) differences: Differences,
    /// The strength of the season; None where there is none, or too little of it to say.
    pub(super) strength: Option<f64>,
    /// The statistic of each KPSS test.
    pub(super) kpss: Vec<f64>,
}

/// Differences of the season where it is strong, then plain ones until the KPSS test no longer rejects
/// stationarity.
pub(super) fn choose(history: &[f64], s: usize, d: Option<usize>, seasonal: Option<usize>) -> Chosen {
    let mut y = trimmed(history);
    let strength = if s > 1 && seasonal.is_none() { season_strength(&y, s).ok().flatten() } else { None };
    let strong = strength.is_some_and(|strength| strength > STRONG);
    let seasonal = seasonal.unwrap_or(usize::from(strong));
    let difference = |y: &mut Vec<f64>, d, seasonal| Differences { d, seasonal, s }.apply(y);
    difference(&mut y, 0, seasonal);
    let mut kpss = Vec::new();
    let d = d.unwrap_or_else(|| {
        let mut d = 0;
        while d < MOST {
            let Ok(test) = Kpss::level().test(&y) else { break };
            kpss.push(test.statistic());
            if !test.is_rejected(LEVEL) {
                break;
            }
            d += 1;
            difference(&mut y, 1, 0);
        }
        d
    });
    Chosen { differences: Differences { d, seasonal, s }, strength, kpss }
}

/// Without outer gaps; NaN where missing.
fn trimmed(history: &[f64]) -> Vec<f64> {
    let y: Vec<f64> = history.iter().map(|x| observed(*x).unwrap_or(f64::NAN)).collect();
    let first = y.iter().position(|x| !x.is_nan()).unwrap_or(0);
    let end = y.iter().rposition(|x| !x.is_nan()).map_or(0, |last| last + 1);
    y.get(first..end).unwrap_or(&[]).to_vec()
}
