//! Parameters and starting states.

use super::kind::CesKind;

/// Smoothing parameters, and the states before the first value. Complex numbers are pairs.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Parameters {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) alpha: [f64; 2],
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) beta: [f64; 2],
    /// Level and its potential, a pair for each phase if they return after a period.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) level: Vec<[f64; 2]>,
    /// Season and its potential, a pair a phase; the potential stays 0 in a partial model.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    pub(super) season: Vec<[f64; 2]>,
}

/// A step of a complex state with its parameter, for a surprise.
pub(super) fn turned(state: [f64; 2], a: [f64; 2], e: f64) -> [f64; 2] {
    [
        state[0] - (1.0 - a[1]) * state[1] + (a[0] - a[1]) * e,
        state[0] + (1.0 - a[0]) * state[1] + (a[0] + a[1]) * e,
    ]
}

/// A step of the season.
pub(super) fn seasoned(kind: CesKind, state: [f64; 2], b: [f64; 2], e: f64) -> [f64; 2] {
    if kind == CesKind::Full { turned(state, b, e) } else { [state[0] + b[0] * e, 0.0] }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Parameters);
