//! The crossing of a mixture and a level.

use super::boundary::Mixture;
use crate::scalar_search::brent_root;

/// Where the supermartingale reaches `1 / alpha`, looked for from 0 to `limit`.
pub(super) fn crossing(mixture: &impl Mixture, v: f64, alpha: f64, limit: f64) -> f64 {
    if !(0.0..f64::INFINITY).contains(&v) || alpha.is_nan() || alpha <= 0.0 || alpha >= 1.0 {
        return f64::NAN;
    }
    let threshold = -libm::log(alpha);
    let excess = |s: f64| mixture.log_supermartingale(s, v) - threshold;
    let mut high = limit;
    if high.is_finite() {
        if excess(high) < 0.0 {
            return high;
        }
    } else {
        high = (2.0 * libm::sqrt(v * threshold)).max(1e-100);
        while excess(high) < 0.0 {
            high *= 2.0;
            if high == f64::INFINITY {
                return high;
            }
        }
    }
    brent_root(0.0, high, excess)
}
