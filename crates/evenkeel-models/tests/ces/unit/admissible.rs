//! The admissible region.

use crate::ces::admissible::{SHORT, is_bounded, polynomials};
use crate::ces::kind::CesKind;
use crate::ces::parameters::Parameters;
use crate::ces::parameters::{seasoned, turned};
use crate::ces::unit_circle::Circle;

#[test]
fn agrees_with_what_a_long_run_does() {
    let mut seen = [0; 2];
    for i in 0..400_u32 {
        let part = |k: u32| f64::from(i * k % 101) / 100.0;
        for (kind, m) in [(CesKind::None, 1), (CesKind::Partial, 4), (CesKind::Full, 4)] {
            let p = Parameters {
                alpha: [2.0 * part(37), 0.4 + 0.59 * part(59)],
                beta: [if kind == CesKind::Full { 2.0 * part(83) } else { part(83) }, 0.4 + 0.59 * part(71)],
                level: vec![[1.0, 0.9]],
                season: vec![[0.5, 0.2], [-0.4, -0.3], [0.1, 0.0], [-0.2, -0.1]],
            };
            let admissible = p.is_admissible(kind, m);
            if !is_bounded(p.alpha) || (kind == CesKind::Full && !is_bounded(p.beta)) {
                assert!(!admissible);
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
            assert_eq!(admissible, last < 1e-2, "{kind:?} {p:?} {last}");
            seen[usize::from(admissible)] += 1;
        }
    }
    assert!(seen[0] > 20 && seen[1] > 20, "{seen:?}");
}

/// The polynomial written out, tested by Schur and Cohn as they stand.
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

/// The short test against the polynomial written out, at thousands of parameters: anywhere, with states that
/// hardly fade, with smoothing near nothing and near its limits, and on both sides of the border, which
/// bisection finds.
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
        let imaginary = if i % 3 == 0 { imaginary } else { [0.4 + 0.6 * uniform(), 0.4 + 0.6 * uniform()] };
        let p = empty([a, imaginary[0]], [b, imaginary[1]]);
        let expected = plainly(&p, kind, m);
        assert_eq!(p.is_admissible(kind, m), expected, "{kind:?} {m} {p:?}");
        seen[usize::from(expected)] += 1;
        if kind == CesKind::Full && m > SHORT && is_bounded(p.alpha) && is_bounded(p.beta) {
            counted[usize::from(Circle::new(p.powers(kind), m).is_free().is_some())] += 1;
        }
        // From here to what is not admissible, the border is in between.
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
