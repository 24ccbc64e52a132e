//! The smaller of two tails.

use crate::special::Side;

/// Which tail is the smaller one where the tail on `side` is `p`, and the logarithm of it, without loss of
/// digits.
pub(super) fn smaller_tail(side: Side, p: f64) -> Option<(Side, f64)> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    if p <= 0.5 {
        return Some((side, libm::log(p)));
    }
    let other = match side {
        Side::Lower => Side::Upper,
        Side::Upper => Side::Lower,
    };
    // Exact above 1/2.
    Some((other, libm::log(1.0 - p)))
}
