//! Differencing and back.

use evenkeel_core::Error;
use evenkeel_series::transform::Differencing;
use evenkeel_testing::reference::close;
use proptest::prelude::*;

#[test]
fn settings_are_validated() {
    assert!(Differencing::new(9).is_err());
    assert!(Differencing::new(1).unwrap().with_season(1, 0).is_err());
    assert!(Differencing::new(1).unwrap().with_season(9, 12).is_err());
    assert!(Differencing::new(1).unwrap().with_season(1, usize::MAX).is_err());
    let airline = Differencing::new(1).unwrap().with_season(1, 12).unwrap();
    assert_eq!((airline.lost(), airline.order(), airline.seasonal_order(), airline.period()), (13, 1, 1, 12));
    assert_eq!(
        airline.integrate(&[0.0; 12], &[1.0]),
        Err(Error::Shape { what: "before", expected: 13, found: 12 })
    );
}

#[test]
fn short_series_have_no_differences() {
    let twice = Differencing::new(2).unwrap();
    assert!(twice.apply(&[]).is_empty() && twice.apply(&[1.0, 2.0]).is_empty());
    assert_eq!(twice.apply(&[1.0, 2.0, 4.0]), [1.0]);
    assert_eq!(Differencing::new(0).unwrap().apply(&[1.0, 2.0]), [1.0, 2.0]);
}

#[test]
fn a_missing_value_takes_the_differences_that_need_it() {
    let seasonal = Differencing::new(0).unwrap().with_season(1, 2).unwrap();
    let w = seasonal.apply(&[1.0, 2.0, f64::INFINITY, 5.0, 6.0, 8.0]);
    assert!(w[0].is_nan() && w[2].is_nan());
    assert_eq!((w[1], w[3]), (3.0, 3.0));
    let y = seasonal.integrate(&[1.0, 2.0], &w).unwrap();
    assert!(y[0].is_nan() && y[2].is_nan());
    assert_eq!((y[1], y[3]), (5.0, 8.0));
}

#[test]
fn a_polynomial_is_differenced_away() {
    let y: Vec<f64> = (0..30).map(|t| f64::from(t * t - 3 * t + [4, 9, 2][t as usize % 3])).collect();
    let w = Differencing::new(1).unwrap().with_season(1, 3).unwrap().apply(&y);
    assert!(w.iter().all(|x| *x == 6.0), "{w:?}");
}

#[test]
fn values_beyond_the_largest_are_missing() {
    let y = Differencing::new(2).unwrap().integrate(&[0.0, 1e99], &[1e100; 20]).unwrap();
    assert!(y.iter().all(|x| x.is_nan() || x.abs() <= 1e100));
    assert!(y.last().unwrap().is_nan());
}

proptest! {
    #[test]
    fn there_and_back(y in prop::collection::vec(-1e3..1e3, 0..60), order in 0_usize..3, seasonal in 0_usize..3, period in 1_usize..13) {
        let d = Differencing::new(order).unwrap().with_season(seasonal, period).unwrap();
        let w = d.apply(&y);
        prop_assert_eq!(w.len(), y.len().saturating_sub(d.lost()));
        if y.len() > d.lost() {
            let (before, after) = y.split_at(d.lost());
            let again = d.integrate(before, &w).unwrap();
            prop_assert!(again.iter().zip(after).all(|(a, b)| close(*a, *b, 0.0, 1e-5)), "{:?} {:?}", again, after);
        }
    }

    #[test]
    fn differencing_is_linear(a in prop::collection::vec(-1e3..1e3, 20..21), b in prop::collection::vec(-1e3..1e3, 20..21), k in -10.0..10.0) {
        let d = Differencing::new(2).unwrap().with_season(1, 4).unwrap();
        let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a + k * b).collect();
        for ((x, y), z) in d.apply(&a).iter().zip(d.apply(&b)).zip(d.apply(&sum)) {
            prop_assert!(close(z, x + k * y, 1e-9, 1e-8));
        }
    }
}
