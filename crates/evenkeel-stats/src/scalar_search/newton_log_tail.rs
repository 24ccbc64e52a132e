//! Quantile from the logarithm of a tail, by Newton's method inside a bracket.

use crate::special::Side;

/// Solves `log tail(u) = target`: a quantile, where a tail is too small to be a float but its logarithm is
/// not.
///
/// `evaluate` gives the logarithm of the tail on `side` and the magnitude of its derivative; `start` is the
/// first guess.
///
/// *Method*: Newton's. A step that leaves the bracket, or is not finite, becomes a bisection or, while there
/// is no bracket, a step of bounded length. At most 200 evaluations, some 5 to 10 as a rule.
#[must_use]
pub fn newton_log_tail(target: f64, side: Side, start: f64, evaluate: impl Fn(f64) -> (f64, f64)) -> f64 {
    let rising = if side == Side::Lower { 1.0 } else { -1.0 };
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut u = start;
    let mut reach = 1.0;
    for _ in 0..200 {
        let (log, slope) = evaluate(u);
        let excess = rising * (log - target);
        if excess == 0.0 {
            return u;
        }
        // A tail that has underflowed is too far out, and NaN can't be: both domains are closed.
        if excess < 0.0 {
            low = low.max(u);
        } else {
            high = high.min(u);
        }
        // Where the tail is flat, the tangent points beyond everything.
        let farthest = u.abs().max(16.0);
        let step = (-excess / slope).clamp(-farthest, farthest);
        let mut next = u + step;
        if next.is_nan() || next <= low || next >= high {
            next = if low.is_finite() && high.is_finite() {
                0.5 * (low + high)
            } else {
                reach *= 2.0;
                if excess < 0.0 { u + reach } else { u - reach }
            };
        }
        if (next - u).abs() <= 4.0 * f64::EPSILON * u.abs().max(1e-3) || next == low || next == high {
            return next;
        }
        u = next;
    }
    u
}
