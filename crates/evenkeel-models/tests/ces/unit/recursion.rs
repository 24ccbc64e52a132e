//! The recursion and its gradient.

use crate::ces::kind::CesKind;
use crate::ces::parameters::Parameters;
use crate::ces::recursion::Pass;

#[test]
fn the_gradient_is_that_of_differences() {
    let mut y: Vec<f64> =
        (0..30_u32).map(|t| 1.0 + 0.3 * f64::from(t % 4) + 0.05 * f64::from(t * 37 % 11)).collect();
    y[9] = f64::NAN;
    y[10] = f64::NAN;
    for kind in [CesKind::None, CesKind::Simple, CesKind::Partial, CesKind::Full] {
        let pair = |i: u32| [1.0 + 0.1 * f64::from(i), 0.8];
        let at = Parameters {
            alpha: [1.2, 0.9],
            beta: if kind == CesKind::Full { [1.1, 0.95] } else { [0.2, 0.0] },
            level: (0..if kind == CesKind::Simple { 4 } else { 1 }).map(pair).collect(),
            season: match kind {
                CesKind::None | CesKind::Simple => vec![],
                CesKind::Partial => (0..4).map(|i| [pair(i)[0] - 1.2, 0.0]).collect(),
                CesKind::Full => (0..4).map(|i| [pair(i)[0] - 1.2, 0.1]).collect(),
            },
        };
        let mut pass = Pass::new(kind, y.len());
        pass.forward(&y, &at).unwrap();
        let mut out = at.clone();
        pass.backward(&y, &at, 2.0, &mut out);
        let mut check = |name: &str, slope: f64, turn: &dyn Fn(&mut Parameters, f64)| {
            let mut value = |by: f64| {
                let mut moved = at.clone();
                turn(&mut moved, by);
                pass.forward(&y, &moved).unwrap()
            };
            let expected = (value(1e-6) - value(-1e-6)) / 2e-6;
            assert!(
                (slope - expected).abs() < 1e-5 * (1.0 + expected.abs()),
                "{kind:?} {name}: {slope} {expected}"
            );
        };
        for k in 0..2 {
            check("alpha", out.alpha[k], &|p, by| p.alpha[k] += by);
            if !at.season.is_empty() && (k == 0 || kind == CesKind::Full) {
                check("beta", out.beta[k], &|p, by| p.beta[k] += by);
                for i in 0..4 {
                    check("season", out.season[i][k], &|p, by| p.season[i][k] += by);
                }
            }
            for i in 0..at.level.len() {
                check("level", out.level[i][k], &|p, by| p.level[i][k] += by);
            }
        }
    }
}
