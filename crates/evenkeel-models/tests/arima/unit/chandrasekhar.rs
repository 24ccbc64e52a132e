//! The two forms of the Chandrasekhar recursions.

use super::chandrasekhar::Chandrasekhar;
use super::general::Recursion;
use crate::arima::lag_polynomials::Lags;

/// The general recursion is the reference; that derivatives are those of the value is tested with the
/// likelihood.
#[test]
fn the_recursion_of_fixed_length_agrees_with_the_general_one() {
    let columns: Vec<Vec<f64>> =
        [101, 53].iter().map(|m| (0..300_u32).map(|t| f64::from(t * 7919 % m)).collect()).collect();
    let (ar, ma) = ([0.5, -0.3, 0.1, 0.2, -0.1, 0.05], [-1.2, 0.3, 0.05, 0.02, 0.01]);
    for (p, q) in [(0, 0), (1, 0), (0, 1), (2, 1), (1, 2), (2, 3), (4, 2), (5, 4), (3, 5), (6, 5)] {
        let (ar, ma) = (&ar[..p], &ma[..q]);
        let lags = Lags { ar: (0..p).collect(), ma: (0..q).collect() };
        let (mut one, mut other) = (Chandrasekhar::new(), Recursion::new());
        let mut e = vec![vec![0.0; 300]; 2];
        let short = one.run((ar, ma, &lags), &columns, true, &mut e).unwrap();
        let (inverses, pairs) = (one.inverses(), &one.tape.pairs);
        let r = p.max(q + 1);
        let long = other
            .run(ar, ma, &lags, &columns, None, |t, inverse, errors, near, far| {
                assert!((inverse - inverses[t]).abs() < 1e-12, "{p} {q} {t}");
                for (e, error) in e.iter().zip(errors) {
                    assert!((e[t] - error).abs() < 1e-9, "{p} {q} {t}");
                }
                for (a, b) in pairs[2 * r * t..].iter().zip(near.iter().chain(far)) {
                    assert!((a - b).abs() < 1e-12, "{p} {q} {t}");
                }
            })
            .unwrap();
        assert!(short.steps == long.steps && (short.log_det - long.log_det).abs() < 1e-10);
        for c in 0..2 {
            for (a, b) in one.state(c).iter().zip(other.state(c)) {
                assert!((a - b).abs() < 1e-9, "{p} {q}");
            }
        }
    }
}
