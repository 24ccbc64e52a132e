//! The transform to partial autocorrelations.

use crate::arima::lag_polynomials::LagPolynomials;
use crate::arima::pacf_transform::{PacfTransform, into_stationary};

#[test]
fn there_and_back() {
    let transform = PacfTransform::new(LagPolynomials { p: 3, q: 2, sp: 0, sq: 0, s: 1 });
    let free = [0.4, -1.2, 0.3, 2.0, -0.5];
    let mut coefficients = [0.0; 5];
    transform.coefficients(&free, &mut coefficients);
    let again = transform.free(&coefficients).unwrap();
    for (a, b) in again.iter().zip(free) {
        assert!((a - b).abs() < 1e-9);
    }
    assert!(transform.free(&[1.5, 0.0, 0.0, 0.0, 0.0]).is_none());
}

#[test]
fn derivatives_agree_with_differences() {
    let transform = PacfTransform::new(LagPolynomials { p: 3, q: 1, sp: 2, sq: 1, s: 4 });
    let free = [0.4, -1.2, 0.3, 0.7, -0.1, 2.0, -0.5];
    let weights = [1.0, -0.5, 2.0, 0.3, 0.9, -1.1, 0.6];
    let f = |free: &[f64]| {
        let mut c = [0.0; 7];
        transform.coefficients(free, &mut c);
        c.iter().zip(weights).map(|(c, w)| c * w).sum::<f64>()
    };
    let mut slope = weights;
    transform.pull_back(&free, &mut slope);
    for j in 0..7 {
        let side = |h: f64| {
            let mut moved = free;
            moved[j] += h;
            f(&moved)
        };
        assert!((slope[j] - (side(1e-6) - side(-1e-6)) / 2e-6).abs() < 1e-8);
    }
}

#[test]
fn anything_becomes_stationary() {
    for wild in [vec![5.0, -3.0, 2.0], vec![f64::NAN, 0.1], vec![1.0]] {
        let mut ar = wild;
        into_stationary(&mut ar, 0.97);
        assert!(super::super::polynomial::is_stationary(&ar));
    }
}
