//! Autocovariances of ARMA processes.

use crate::arima::covariance::Covariance;
use crate::arima::lag_polynomials::LagPolynomials;
use crate::arima::lag_polynomials::Lags;

fn all(ar: &[f64], ma: &[f64]) -> Lags {
    LagPolynomials { p: ar.len(), q: ma.len(), sp: 0, sq: 0, s: 1 }.lags()
}

/// Cov(s) by summing the impulse responses of the state.
fn brute(ar: &[f64], ma: &[f64]) -> Vec<f64> {
    let r = ar.len().max(ma.len() + 1);
    let phi = |i: usize| ar.get(i).copied().unwrap_or(0.0);
    let mut s: Vec<f64> =
        (0..r).map(|i| if i == 0 { 1.0 } else { ma.get(i - 1).copied().unwrap_or(0.0) }).collect();
    let mut sum = vec![0.0; r * r];
    for _ in 0..20_000 {
        for i in 0..r {
            for j in 0..r {
                sum[i * r + j] += s[i] * s[j];
            }
        }
        s = (0..r).map(|i| phi(i) * s[0] + s.get(i + 1).copied().unwrap_or(0.0)).collect();
    }
    sum
}

#[test]
fn agrees_with_the_sum_of_impulse_responses() {
    let cases: [(&[f64], &[f64]); 6] = [
        (&[], &[]),
        (&[0.9], &[]),
        (&[], &[0.4, -0.3, 0.2]),
        (&[1.2, -0.6], &[0.5]),
        (&[0.3], &[-0.8, 0.1, 0.4]),
        (&[0.8, 0.2, -0.3, 0.1, -0.05], &[0.3, 0.2]),
    ];
    for (ar, ma) in cases {
        let mut covariance = Covariance::new();
        assert!(covariance.start(ar, ma, &all(ar, ma)));
        let r = covariance.row().len();
        let mut matrix = vec![0.0; r * r];
        covariance.matrix(ar, ma, r, &mut matrix);
        for (a, b) in matrix.iter().zip(brute(ar, ma)) {
            assert!((a - b).abs() < 1e-11 * (1.0 + b.abs()), "{ar:?} {ma:?}: {a} {b}");
        }
    }
    assert!(!Covariance::new().start(&[1.0], &[], &all(&[1.0], &[])));
}
