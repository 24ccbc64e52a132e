//! The admissible region: forecasts stay bounded, and errors die out.

use super::kind::CesKind;
use super::parameters::Parameters;
use super::unit_circle::{ByPowers, Circle, SHARED, shrinks, stretched};

/// Up to this period Schur and Cohn cost nothing.
pub(super) const SHORT: usize = 24;

/// Whether forecasts stay bounded: the state has no root outside the unit circle.
pub(super) fn is_bounded(a: [f64; 2]) -> bool {
    let (trace, determinant) = (2.0 - a[0], 2.0 - a[0] - a[1]);
    determinant.abs() <= 1.0 && trace.abs() <= 1.0 + determinant + 1e-12
}

/// The polynomials of a complex state in the backshift: of what returns, and of what an error leaves.
pub(super) fn polynomials(a: [f64; 2]) -> ([f64; 3], [f64; 2]) {
    let gain = [a[0] - a[1], a[0] + a[1]];
    ([1.0, a[0] - 2.0, 2.0 - a[0] - a[1]], [gain[0], -(1.0 - a[1]) * gain[1] - (1.0 - a[0]) * gain[0]])
}

impl Parameters {
    /// Whether forecasts stay bounded and errors die out. O(period); for two complex states O(1) where roots
    /// are far from the border, on rare occasion O(period²).
    pub(super) fn is_admissible(&self, kind: CesKind, period: usize) -> bool {
        if !is_bounded(self.alpha) || (kind == CesKind::Full && !is_bounded(self.beta)) {
            return false;
        }
        let powers = self.powers(kind);
        match kind {
            // A season alone is a model of each phase by itself.
            CesKind::None | CesKind::Simple => forgets(joined(&powers[..1], 0)),
            CesKind::Partial if period <= SHORT => forgets(joined(&powers[..2], period)),
            CesKind::Partial => forgets_apart(powers, period),
            CesKind::Full => {
                let counted = if period > SHORT { Circle::new(powers, period).is_free() } else { None };
                counted.unwrap_or_else(|| forgets(joined(&powers, period)))
            }
        }
    }

    pub(super) fn powers(&self, kind: CesKind) -> ByPowers {
        let (returns, leaves) = polynomials(self.alpha);
        let (back, left) = match kind {
            CesKind::None | CesKind::Simple => ([1.0, 0.0, 0.0], [0.0; 2]),
            CesKind::Partial => ([1.0, -1.0, 0.0], [self.beta[0], 0.0]),
            CesKind::Full => polynomials(self.beta),
        };
        let mut all = [[0.0; 3]; 3];
        for (i, power) in all.iter_mut().enumerate() {
            for (j, c) in power.iter_mut().enumerate() {
                *c += back[i] * returns[j];
                if j > 0 {
                    *c += back[i] * leaves[j - 1];
                }
                if i > 0 {
                    *c += left[i - 1] * returns[j];
                }
            }
        }
        all
    }
}

/// The polynomial with all its zeros, at slightly larger arguments: that lets the unit root pass that level
/// and season share.
fn joined(powers: &[[f64; 3]], period: usize) -> Vec<f64> {
    let mut all = vec![0.0; 3 + (powers.len() - 1) * period];
    for (i, power) in powers.iter().enumerate() {
        for (j, c) in power.iter().enumerate() {
            all[i * period + j] += c;
        }
    }
    let mut stretch = 1.0;
    for c in &mut all {
        *c *= stretch;
        stretch /= SHARED;
    }
    all
}

/// Whether all roots of a polynomial, from its highest power on, lie inside the unit circle (Schur and Cohn).
/// O(degree²).
fn forgets(mut polynomial: Vec<f64>) -> bool {
    while let [first, .., last] = polynomial[..] {
        let k = last / first;
        if k.is_nan() || k.abs() >= 1.0 {
            return false;
        }
        let end = polynomial.len() - 1;
        let (near, far) = polynomial.split_at_mut(end.div_ceil(2));
        let far = &mut far[usize::from(end.is_multiple_of(2))..];
        for (a, b) in near.iter_mut().zip(far.iter_mut().rev()) {
            (*a, *b) = (*a - k * *b, *b - k * *a);
        }
        if end.is_multiple_of(2) {
            let middle = &mut polynomial[end / 2];
            *middle -= k * *middle;
        }
        polynomial.truncate(end);
    }
    true
}

/// [`forgets`] for a polynomial in two powers of the season's backshift, in O(period). A step of Schur and
/// Cohn subtracts a multiple of the reversed polynomial. As long as what is at the two ends does not meet,
/// the reversed one has the same gap: three numbers at each end say all.
fn forgets_apart(powers: ByPowers, period: usize) -> bool {
    let [mut near, far, _] = stretched(powers);
    let by = shrinks(period);
    let mut end = [far[2] * by, far[1] * by, far[0] * by];
    let mut degree = period + 2;
    while degree > 3 {
        let k = end[0] / near[0];
        if k.is_nan() || k.abs() >= 1.0 {
            return false;
        }
        let next = [near[0] - k * end[0], near[1] - k * end[1], near[2] - k * end[2]];
        end = [end[1] - k * near[1], end[2] - k * near[2], 0.0];
        near = next;
        degree -= 1;
    }
    let mut all = vec![0.0; degree + 1];
    for j in 0..3 {
        all[j] += near[j];
        all[degree - j] += end[j];
    }
    forgets(all)
}
