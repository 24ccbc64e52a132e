//! Tests of whether a series keeps its level.

use evenkeel_core::Error;
use evenkeel_series::Kpss;

#[test]
fn kpss_refuses_what_does_not_vary() {
    assert!(matches!(Kpss::level().test(&[1.0, f64::NAN, 2.0]), Err(Error::TooShort { needed: 3, got: 2 })));
    assert!(matches!(Kpss::level().test(&[0.1; 50]), Err(Error::Numerical { .. })));
    let ramp: Vec<f64> = (0..50).map(f64::from).collect();
    assert!(matches!(Kpss::trend().test(&ramp), Err(Error::Numerical { .. })));
}

#[test]
fn kpss_knows_neither_units_nor_gaps() {
    let y: Vec<f64> = (0..90u32).map(|t| f64::from(t * 7919 % 101) + f64::from(t)).collect();
    let one = Kpss::level().test(&y).unwrap();
    let mut other: Vec<f64> = y.iter().map(|v| v * 1e90 - 1e91).collect();
    other.insert(30, f64::NAN);
    let other = Kpss::level().test(&other).unwrap();
    assert!((one.statistic() / other.statistic() - 1.0).abs() < 1e-9 && one.lags() == other.lags());
    assert!(one.is_rejected(0.05) && one.p() == 0.01 && one.lags() == Some(2));
}
