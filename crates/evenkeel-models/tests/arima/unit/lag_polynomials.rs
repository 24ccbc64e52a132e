//! Lag polynomials.

use crate::arima::lag_polynomials::{Differences, LagPolynomials};

#[test]
fn factors_multiply_and_their_derivatives_follow() {
    for s in [2, 4, 7] {
        let polynomials = LagPolynomials { p: 2, q: 3, sp: 1, sq: 2, s };
        let at = [0.5, -0.2, 0.3, 0.1, -0.4, 0.6, -0.7, 0.25];
        let weigh = |c: &[f64]| {
            let (mut ar, mut ma) = (Vec::new(), Vec::new());
            polynomials.expand(c, &mut ar, &mut ma);
            let weights: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 11) - 4.0).collect();
            let sum = |c: &[f64], w: &[f64]| c.iter().zip(w).map(|(a, b)| a * b).sum::<f64>();
            (sum(&ar, &weights) + sum(&ma, &weights[5..]), weights, ar, ma)
        };
        let (_, weights, ar, ma) = weigh(&at);
        // 1 - a(1) is the product of the factors at 1
        assert!((1.0 - ar.iter().sum::<f64>() - (1.0 - 0.3) * (1.0 - 0.6)).abs() < 1e-12);
        assert!((1.0 + ma.iter().sum::<f64>() - (1.0 - 0.45) * 1.0).abs() < 1e-12);
        let lags = polynomials.lags();
        for (c, lags) in [(&ar, &lags.ar), (&ma, &lags.ma)] {
            assert!((0..c.len()).all(|i| c[i] == 0.0 || lags.contains(&i)));
        }
        let mut slope = [0.0; 8];
        polynomials.contract(&at, &weights[..ar.len()], &weights[5..5 + ma.len()], &mut slope);
        for j in 0..8 {
            let side = |h: f64| {
                let mut c = at;
                c[j] += h;
                weigh(&c).0
            };
            let difference = (side(1e-5) - side(-1e-5)) / 2e-5;
            assert!((slope[j] - difference).abs() < 1e-8, "{s} {j}: {} {difference}", slope[j]);
        }
    }
}

#[test]
fn differences_are_undone_by_their_terms() {
    let y: Vec<f64> = (0..60).map(|t| f64::from(t * t % 23)).collect();
    for (d, seasonal, s) in [(0, 0, 1), (1, 0, 1), (1, 1, 12), (0, 2, 4), (2, 1, 1), (3, 0, 7)] {
        let differences = Differences { d, seasonal, s };
        let (mut w, lost) = (y.clone(), differences.order());
        differences.apply(&mut w);
        assert_eq!(w.len(), y.len() - lost);
        for (t, w) in w.iter().enumerate() {
            let past: f64 = differences.terms().iter().map(|(i, c)| c * y[t + lost - 1 - i]).sum();
            assert!((w + past - y[t + lost]).abs() < 1e-9);
        }
    }
}
