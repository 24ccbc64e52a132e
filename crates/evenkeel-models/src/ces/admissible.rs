//! Which parameters are admissible: forecasts stay bounded, and errors die out.

use super::kind::CesKind;
use super::parameters::Parameters;
use super::unit_circle::{ByPowers, Circle, SHARED, shrinks, stretched};

/// Up to this period Schur and Cohn cost nothing.
const SHORT: usize = 24;

/// Whether forecasts stay bounded: the state has no root outside the unit circle.
fn is_bounded(a: [f64; 2]) -> bool {
    let (trace, determinant) = (2.0 - a[0], 2.0 - a[0] - a[1]);
    determinant.abs() <= 1.0 && trace.abs() <= 1.0 + determinant + 1e-12
}

/// The polynomials of a complex state in the backshift: of what returns, and of what an error leaves.
fn polynomials(a: [f64; 2]) -> ([f64; 3], [f64; 2]) {
    let gain = [a[0] - a[1], a[0] + a[1]];
    ([1.0, a[0] - 2.0, 2.0 - a[0] - a[1]], [gain[0], -(1.0 - a[1]) * gain[1] - (1.0 - a[0]) * gain[0]])
}

impl Parameters {
    /// Whether forecasts stay bounded and errors die out. O(period); for two complex states O(1) where roots are far from the border, on
    /// rare occasion O(period²).
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

    fn powers(&self, kind: CesKind) -> ByPowers {
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

/// The polynomial with all its zeros, at slightly larger arguments: that lets the unit root pass that level and season share.
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

/// Whether all roots of a polynomial, from its highest power on, lie inside the unit circle (Schur and Cohn). O(degree²).
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

/// [`forgets`] for a polynomial in two powers of the season's backshift, in O(period). A step of Schur and Cohn subtracts a multiple of the reversed polynomial. As
/// long as what is at the two ends does not meet, the reversed one has the same gap: three numbers at each end say all.
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

#[cfg(test)]
mod tests {
    use super::super::parameters::{seasoned, turned};
    use super::*;

    #[test]
    fn agrees_with_what_a_long_run_does() {
        let mut seen = [0; 2];
        for i in 0..400_u32 {
            let part = |k: u32| f64::from(i * k % 101) / 100.0;
            for (kind, m) in [(CesKind::None, 1), (CesKind::Partial, 4), (CesKind::Full, 4)] {
                let p = Parameters {
                    alpha: [2.0 * part(37), 0.4 + 0.59 * part(59)],
                    beta: [
                        if kind == CesKind::Full { 2.0 * part(83) } else { part(83) },
                        0.4 + 0.59 * part(71),
                    ],
                    level: vec![[1.0, 0.9]],
                    season: vec![[0.5, 0.2], [-0.4, -0.3], [0.1, 0.0], [-0.2, -0.1]],
                };
                let judged = p.is_admissible(kind, m);
                if !is_bounded(p.alpha) || (kind == CesKind::Full && !is_bounded(p.beta)) {
                    assert!(!judged);
                    continue;
                }
                let (mut level, mut season, mut last) = (p.level[0], p.season.clone(), 0.0_f64);
                for t in 0..60_000 {
                    let s = if kind == CesKind::None { [0.0; 2] } else { season[t % 4] };
                    let e = -level[0] - s[0];
                    // What explodes ends as no number at all, which no maximum would show.
                    if !e.is_finite() {
                        last = f64::INFINITY;
                        break;
                    }
                    level = turned(level, p.alpha, e);
                    season[t % 4] = seasoned(kind, s, p.beta, e);
                    last = if t > 59_000 { last.max(e.abs()) } else { 0.0 };
                }
                assert_eq!(judged, last < 1e-2, "{kind:?} {p:?} {last}");
                seen[usize::from(judged)] += 1;
            }
        }
        assert!(seen[0] > 20 && seen[1] > 20, "{seen:?}");
    }

    /// The polynomial written out, judged by Schur and Cohn as they stand.
    fn plainly(p: &Parameters, kind: CesKind, m: usize) -> bool {
        if !is_bounded(p.alpha) || (kind == CesKind::Full && !is_bounded(p.beta)) {
            return false;
        }
        let (returns, leaves) = polynomials(p.alpha);
        let (back, left): (Vec<f64>, Vec<f64>) = match kind {
            CesKind::Partial => (vec![1.0, -1.0], vec![p.beta[0]]),
            CesKind::Full => {
                let (back, left) = polynomials(p.beta);
                (back.to_vec(), left.to_vec())
            }
            CesKind::None | CesKind::Simple => (vec![1.0], vec![]),
        };
        let mut all = vec![0.0; 3 + m * (back.len() - 1)];
        for (i, b) in back.iter().enumerate() {
            returns.iter().enumerate().for_each(|(j, r)| all[i * m + j] += b * r);
            leaves.iter().enumerate().for_each(|(j, l)| all[i * m + j + 1] += b * l);
        }
        for (i, l) in left.iter().enumerate() {
            returns.iter().enumerate().for_each(|(j, r)| all[(i + 1) * m + j] += l * r);
        }
        let mut stretch = 1.0;
        for c in &mut all {
            *c *= stretch;
            stretch /= 1.0 + 1e-6;
        }
        while all.len() > 1 {
            let last = all.len() - 1;
            let k = all[last] / all[0];
            if k.is_nan() || k.abs() >= 1.0 {
                return false;
            }
            all = (0..last).map(|i| all[i] - k * all[last - i]).collect();
        }
        true
    }

    /// The short test against the polynomial written out, at thousands of parameters: anywhere, with states that hardly fade, with
    /// smoothing near nothing and near its limits, and on both sides of the border, which bisection finds.
    #[test]
    fn the_short_test_agrees_with_the_polynomial_written_out() {
        let mut state = 1_u64;
        let mut uniform = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            f64::from(u32::try_from(state >> 32).unwrap_or(0)) / 4_294_967_296.0
        };
        let (mut seen, mut counted) = ([0; 2], [0; 2]);
        let empty = |alpha, beta| Parameters { alpha, beta, level: vec![], season: vec![] };
        for i in 0..30000_usize {
            let kind = if i % 2 == 0 { CesKind::Partial } else { CesKind::Full };
            let m = [2, 3, 4, 12, 25, 60, 101][i / 2 % 7];
            let mut fading = || 1.0 - 10f64.powf(-1.0 - 6.0 * uniform());
            let imaginary = if i % 3 == 0 { [fading(), fading()] } else { [0.0; 2] };
            let mut real = |kind| match (i / 6 % 3, kind) {
                (0, _) => 2.0 * uniform(),
                (1, CesKind::Full) => 2.0 - 0.2 * uniform(),
                (1, _) => 0.02 * (uniform() - 0.5),
                _ => 0.7 + 1.3 * uniform(),
            };
            let (a, b) = (real(CesKind::Full), real(kind));
            let imaginary =
                if i % 3 == 0 { imaginary } else { [0.4 + 0.6 * uniform(), 0.4 + 0.6 * uniform()] };
            let p = empty([a, imaginary[0]], [b, imaginary[1]]);
            let expected = plainly(&p, kind, m);
            assert_eq!(p.is_admissible(kind, m), expected, "{kind:?} {m} {p:?}");
            seen[usize::from(expected)] += 1;
            if kind == CesKind::Full && m > SHORT && is_bounded(p.alpha) && is_bounded(p.beta) {
                counted[usize::from(Circle::new(p.powers(kind), m).is_free().is_some())] += 1;
            }
            // From here to what no judge admits, the border is in between.
            if expected {
                let at = |by: f64| empty([a, imaginary[0]], [b + by * (3.0 - b), imaginary[1]]);
                let (mut low, mut high) = (0.0, 1.0);
                while high - low > 1e-9 {
                    let middle = 0.5 * (low + high);
                    if plainly(&at(middle), kind, m) { low = middle } else { high = middle }
                }
                for (by, admitted) in [(low - 1e-7, true), (high + 1e-7, false)] {
                    if by > 0.0 && plainly(&at(by), kind, m) == admitted {
                        assert_eq!(at(by).is_admissible(kind, m), admitted, "{kind:?} {m} {:?}", at(by));
                    }
                }
            }
        }
        // Turns that are counted save nothing if the long way has to be gone after all.
        assert!(seen[0] > 500 && seen[1] > 500 && counted[1] > 5 * counted[0], "{seen:?} {counted:?}");
    }
}
