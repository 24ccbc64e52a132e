//! Comparison within a tolerance.

use approx::{RelativeEq, UlpsEq, assert_abs_diff_eq, assert_relative_eq, assert_ulps_eq};
use evenkeel_stats::sequential::{Interval, RateEvidence};
use evenkeel_stats::{Beta, ChiSquared, CompensatedSum, Gamma, GeneralizedPareto, Normal, StudentT};

/// Of three values, the first two are within 1e-9 of each other and the third is not; each is near itself.
fn compares<T: RelativeEq<Epsilon = f64> + UlpsEq + core::fmt::Debug>(a: &T, near: &T, far: &T) {
    assert!(a.abs_diff_eq(a, 0.0) && a.relative_eq(a, 0.0, 0.0) && a.ulps_eq(a, 0.0, 0), "{a:?}");
    assert!(a.abs_diff_eq(near, 1e-9) && a.relative_eq(near, 0.0, 1e-9), "{a:?} {near:?}");
    assert!(
        a.abs_diff_ne(far, 1e-9) && a.relative_ne(far, 0.0, 1e-9) && a.ulps_ne(far, 0.0, 4),
        "{a:?} {far:?}"
    );
}

#[test]
fn parameters_are_compared() {
    let little = 1e-10;
    for (x, y) in [(0.1, 0.0), (0.0, 0.1)] {
        let normal = |x: f64, y: f64| Normal::new(1.0 + x, 2.0 + y).unwrap();
        compares(&normal(0.0, 0.0), &normal(little, little), &normal(x, y));
        let gamma = |x: f64, y: f64| Gamma::new(1.0 + x, 2.0 + y).unwrap();
        compares(&gamma(0.0, 0.0), &gamma(little, little), &gamma(x, y));
        let beta = |x: f64, y: f64| Beta::new(1.0 + x, 2.0 + y).unwrap();
        compares(&beta(0.0, 0.0), &beta(little, little), &beta(x, y));
        let interval = |x: f64, y: f64| Interval::new(1.0 + x, 2.0 + y).unwrap();
        compares(&interval(0.0, 0.0), &interval(little, little), &interval(x, y));
        let rate = |x: f64, y: f64| RateEvidence::new(1.0 + x, 2.0 + y);
        compares(&rate(0.0, 0.0), &rate(little, little), &rate(x, y));
    }
    for (x, y, z) in [(0.1, 0.0, 0.0), (0.0, 0.1, 0.0), (0.0, 0.0, 0.1)] {
        let student = |x: f64, y: f64, z: f64| StudentT::new(3.0 + x, 1.0 + y, 2.0 + z).unwrap();
        compares(&student(0.0, 0.0, 0.0), &student(little, little, little), &student(x, y, z));
        let pareto = |x: f64, y: f64, z: f64| GeneralizedPareto::new(1.0 + x, 1.0 + y, 0.2 + z).unwrap();
        compares(&pareto(0.0, 0.0, 0.0), &pareto(little, little, little), &pareto(x, y, z));
    }
    let chi = |x: f64| ChiSquared::new(3.0 + x).unwrap();
    compares(&chi(0.0), &chi(little), &chi(0.1));
}

/// By value: how it came about does not matter.
#[test]
fn sums_are_compared_by_value() {
    let sum = |xs: &[f64]| xs.iter().copied().collect::<CompensatedSum>();
    assert_ulps_eq!(sum(&[1e16, 1.0, -1e16]), sum(&[1.0]));
    assert_relative_eq!(sum(&[0.1; 10]), sum(&[1.0]));
    assert_abs_diff_eq!(sum(&[f64::INFINITY]), sum(&[f64::INFINITY, 1.0]));
}
