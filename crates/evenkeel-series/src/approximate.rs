//! Comparison within a tolerance, by the traits of `approx`.

use crate::decompose::{Decomposition, Season};
use crate::rolling::{EwmStats, Extremes, Moments};
use crate::series::Series;
#[cfg(feature = "spectral")]
use crate::spectral::FoundSeason;
use crate::trend::TheilSenLine;

type Near<'a> = &'a dyn Fn(f64, f64) -> bool;

evenkeel_core::__approximate! {
    Series = series;
    Season = season;
    Decomposition = decomposition;
    Moments = moments;
    Extremes = extremes;
    EwmStats = weighted;
    TheilSenLine = line;
}

#[cfg(feature = "spectral")]
evenkeel_core::__approximate! {
    FoundSeason = found_season;
}

fn all(a: &[f64], b: &[f64], near: Near<'_>) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| near(*a, *b))
}

fn both(a: Option<f64>, b: Option<f64>, near: Near<'_>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => near(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// Values that are missing in one are missing in the other.
fn series(a: &Series, b: &Series, near: Near<'_>) -> bool {
    (a.start(), a.step()) == (b.start(), b.step()) && all(a.values(), b.values(), near)
}

fn season(a: &Season, b: &Season, near: Near<'_>) -> bool {
    a.period() == b.period() && all(a.values(), b.values(), near)
}

fn decomposition(a: &Decomposition, b: &Decomposition, near: Near<'_>) -> bool {
    let weights = match (&a.weights, &b.weights) {
        (Some(a), Some(b)) => all(a, b, near),
        (a, b) => a.is_none() && b.is_none(),
    };
    weights
        && a.composition == b.composition
        && a.dropped == b.dropped
        && all(&a.trend, &b.trend, near)
        && all(&a.remainder, &b.remainder, near)
        && a.seasons.len() == b.seasons.len()
        && a.seasons.iter().zip(&b.seasons).all(|(a, b)| season(a, b, near))
}

/// Compares what is derived from the sums.
fn moments(a: &Moments, b: &Moments, near: Near<'_>) -> bool {
    a.count() == b.count()
        && near(a.sum(), b.sum())
        && near(a.mean(), b.mean())
        && both(a.variance(), b.variance(), near)
        && both(a.skewness(), b.skewness(), near)
        && both(a.kurtosis(), b.kurtosis(), near)
}

fn extremes(a: &Extremes, b: &Extremes, near: Near<'_>) -> bool {
    a.count() == b.count() && near(a.min(), b.min()) && near(a.max(), b.max())
}

fn weighted(a: &EwmStats, b: &EwmStats, near: Near<'_>) -> bool {
    near(a.mean(), b.mean()) && both(a.variance(), b.variance(), near)
}

fn line(a: &TheilSenLine, b: &TheilSenLine, near: Near<'_>) -> bool {
    near(a.slope(), b.slope())
        && near(a.intercept(), b.intercept())
        && near(a.lower(), b.lower())
        && near(a.upper(), b.upper())
}

#[cfg(feature = "spectral")]
fn found_season(a: &FoundSeason, b: &FoundSeason, near: Near<'_>) -> bool {
    a.period() == b.period() && near(a.strength(), b.strength()) && near(a.p(), b.p())
}
