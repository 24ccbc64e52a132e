//! Heuristic states before the first value, from which the search starts.

use super::kind::CesKind;
use super::parameters::Parameters;
use crate::count::as_f64;
use crate::seasonal_indices::seasonal_indices;

/// States before the first value.
pub(super) fn initial_states(kind: CesKind, period: usize, filled: &[f64]) -> Option<Parameters> {
    let first = filled.len().min(if kind == CesKind::None { 10 } else { period.max(10) });
    let mean = filled[..first].iter().sum::<f64>() / as_f64(first);
    // The potential is a smoothed level, too.
    let pair = |x: f64| [x, x / 1.3];
    let (mut level, mut season) = (vec![pair(mean)], Vec::new());
    match kind {
        CesKind::None => {}
        CesKind::Simple => level = filled[..period].iter().map(|y| pair(*y)).collect(),
        CesKind::Partial => {
            season = seasonal_indices(filled, period, false)?.into_iter().map(|s| [s, 0.0]).collect();
        }
        CesKind::Full => season = seasonal_indices(filled, period, false)?.into_iter().map(pair).collect(),
    }
    Some(Parameters { alpha: [0.0; 2], beta: [0.0; 2], level, season })
}
