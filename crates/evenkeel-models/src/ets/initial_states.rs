//! Heuristic states before the first value.

use super::form::{EtsForm, EtsSeason};
use super::parameters::EtsParameters;
use crate::count::as_f64;
use crate::seasonal_indices::seasonal_indices;

/// Values that the first line is drawn through, if the season is not longer.
const FIRST: usize = 10;

/// Season by moving averages, level and slope by a line through the first seasonally adjusted values, as in
/// Hyndman et al. (2002). Also the size of what varies beside the season. None if there are not two whole
/// periods.
pub(super) fn initial_states(form: EtsForm, filled: &[f64], period: usize) -> Option<(EtsParameters, f64)> {
    let mut out = EtsParameters::new(0.0, 0.0);
    let factor = form.season == EtsSeason::Multiplicative;
    if form.has_season() {
        out.season = seasonal_indices(filled, period, factor)?;
        if factor {
            // A factor that is hardly there would be divided by.
            for s in &mut out.season {
                *s = s.max(1e-3);
            }
        }
    }
    let adjusted = |t: usize| match (form.season, out.season.get(t % period.max(1))) {
        (EtsSeason::Additive, Some(s)) => filled[t] - s,
        (EtsSeason::Multiplicative, Some(s)) => filled[t] / s,
        _ => filled[t],
    };
    let n = filled.len();
    let first = n.min(FIRST.max(if form.has_season() { 2 * period } else { 0 }));
    let mean = (0..first).map(adjusted).sum::<f64>() / as_f64(first);
    let middle = (as_f64(first) + 1.0) / 2.0;
    let (mut up, mut across) = (0.0, 0.0);
    for t in 0..first {
        let x = as_f64(t + 1) - middle;
        up += x * (adjusted(t) - mean);
        across += x * x;
    }
    let slope = if across > 0.0 { up / across } else { 0.0 };
    let start = mean - slope * middle;
    if !form.has_trend() {
        out.level = mean;
    } else if form.has_factor_trend() {
        let (one, two) = (start + slope, start + 2.0 * slope);
        let sane = one > 0.05 * mean && two > 0.05 * mean;
        out.trend = if sane { (two / one).clamp(0.8, 1.25) } else { 1.0 };
        out.level = if sane { one / out.trend } else { mean };
    } else {
        (out.level, out.trend) = (start, slope);
        // A level that has to stay positive does not start on a line that was below 0.
        if form.needs_positive() && start + slope.min(0.0) <= 0.05 * mean {
            (out.level, out.trend) = (mean, 0.0);
        }
    }
    let overall = (0..n).map(adjusted).sum::<f64>() / as_f64(n);
    let spread = ((0..n).map(|t| (adjusted(t) - overall).powi(2)).sum::<f64>() / as_f64(n)).sqrt();
    (out.level + out.trend).is_finite().then_some((out, spread.max(1e-9)))
}
