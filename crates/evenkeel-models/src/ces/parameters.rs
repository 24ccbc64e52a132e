//! The numbers of a model.

use super::settings::CesKind;

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
    /// Whether forecasts stay bounded and errors die out. O(period²).
    pub(super) fn is_admissible(&self, kind: CesKind, period: usize) -> bool {
        if !is_bounded(self.alpha) || (kind == CesKind::Full && !is_bounded(self.beta)) {
            return false;
        }
        let (returns, leaves) = polynomials(self.alpha);
        // A season alone is a model of each phase by itself.
        let m = if matches!(kind, CesKind::Partial | CesKind::Full) { period } else { 0 };
        let (back, left): (Vec<f64>, Vec<f64>) = match kind {
            CesKind::None | CesKind::Simple => (vec![1.0], vec![]),
            CesKind::Partial => (vec![1.0, -1.0], vec![self.beta[0]]),
            CesKind::Full => {
                let (back, left) = polynomials(self.beta);
                (back.to_vec(), left.to_vec())
            }
        };
        let mut all = vec![0.0; 3 + m * (back.len() - 1)];
        for (i, b) in back.iter().enumerate() {
            for (j, r) in returns.iter().enumerate() {
                all[i * m + j] += b * r;
            }
            for (j, l) in leaves.iter().enumerate() {
                all[i * m + j + 1] += b * l;
            }
        }
        for (i, l) in left.iter().enumerate() {
            for (j, r) in returns.iter().enumerate() {
                all[(i + 1) * m + j] += l * r;
            }
        }
        forgets(all)
    }
}

/// Whether all roots of a polynomial, from its highest power on, lie inside the unit circle or within a millionth of it (Schur and
/// Cohn).
fn forgets(mut polynomial: Vec<f64>) -> bool {
    // Looking at slightly larger arguments lets the unit root pass that level and season share.
    let mut stretch = 1.0;
    for c in &mut polynomial {
        *c *= stretch;
        stretch /= 1.0 + 1e-6;
    }
    let mut before = polynomial.clone();
    while polynomial.len() > 1 {
        let last = polynomial.len() - 1;
        let k = polynomial[last] / polynomial[0];
        if k.is_nan() || k.abs() >= 1.0 {
            return false;
        }
        before[..=last].copy_from_slice(&polynomial);
        for (i, c) in polynomial.iter_mut().enumerate().take(last) {
            *c = before[i] - k * before[last - i];
        }
        polynomial.truncate(last);
    }
    true
}

#[cfg(test)]
mod tests {
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
}
