//! The shift of one metric, in robust standard deviations.

use crate::coverage::Visibility;
use evenkeel_core::Direction;

/// The score that two scales get: what is met when nothing is wrong.
pub(crate) const NOISE: f64 = 1.098_612_288_668_109_8;

/// The move of one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Shift {
    /// Suspicion, in [0, ∞).
    pub score: f64,
    /// The side to which it moved (further, after weighing).
    pub direction: Direction,
    /// The quantile of the window, in the unit of the metric.
    pub observed: f64,
    /// The median of the baseline, in the unit of the metric.
    pub expected: f64,
    /// How far the two are apart, in scales of the baseline; at least 0.
    pub scales: f64,
}

/// How much of a score another explains, in [0, 1].
pub(crate) fn share_explained(score: f64, other: f64) -> f64 {
    let (score, other) = (score - NOISE, other - NOISE);
    if other <= 0.0 {
        0.0
    } else if other >= score {
        1.0
    } else {
        other / score
    }
}

/// How the metrics of a case moved, in their order, and how much of each component could be looked at, in the
/// order of names.
#[derive(Debug)]
pub(crate) struct Examination {
    pub(crate) shifts: Vec<Option<Shift>>,
    pub(crate) visibilities: Vec<Visibility>,
}
