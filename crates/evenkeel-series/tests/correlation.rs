//! Correlations against their definitions.

use evenkeel_core::Error;
use evenkeel_series::correlation::{Autocorrelation, PartialAutocorrelation, correlation, cross_correlation};
use evenkeel_testing::reference::close;
use evenkeel_testing::{Source, assert_close};
use proptest::prelude::*;

#[test]
fn input_is_validated() {
    assert!(matches!(Autocorrelation::of(&[f64::NAN], 0), Err(Error::TooShort { needed: 1, got: 0 })));
    assert!(matches!(Autocorrelation::of(&[0.1; 9], 2), Err(Error::Numerical { .. })));
    assert!(Autocorrelation::of(&[1.0, 2.0], 2).is_err());
    let auto = Autocorrelation::of(&[1.0, 3.0, 2.0], 1).unwrap();
    assert!(auto.noise_limit(1.0).is_err() && auto.bartlett_limits(0.0).is_err());
    assert!(matches!(cross_correlation(&[1.0], &[1.0, 2.0], 0), Err(Error::Shape { .. })));
    assert!(cross_correlation(&[1.0, 2.0], &[3.0, 3.0], 0).is_err());
    assert_eq!(correlation(&[1.0, f64::NAN], &[1.0, 2.0]).unwrap(), None);
    let gap = [1.0, f64::NAN, 2.0, 4.0, 3.0];
    assert_eq!(PartialAutocorrelation::burg().fit(&gap, 1), Err(Error::Missing { at: 1 }));
    assert!(PartialAutocorrelation::least_squares().fit(&gap[2..], 2).is_err());
    // A line follows from its past without a rest.
    assert!(
        PartialAutocorrelation::least_squares().fit(&(0..30).map(f64::from).collect::<Vec<_>>(), 2).is_err()
    );
}

/// All estimators find an autoregression; the shares of noise inside of the limits are those promised.
#[test]
fn autoregressions_end_where_they_end() {
    for method in [
        PartialAutocorrelation::yule_walker(),
        PartialAutocorrelation::yule_walker_unbiased(),
        PartialAutocorrelation::least_squares(),
        PartialAutocorrelation::burg(),
    ] {
        let (mut inside, mut lags) = (0, 0);
        for seed in 0..60 {
            let mut source = Source::new(seed);
            let mut y = vec![0.0, 0.0];
            for t in 2..702 {
                y.push(0.5 * y[t - 1] + 0.3 * y[t - 2] + source.normal());
            }
            let partial = method.fit(&y[100..], 12).unwrap();
            assert!((partial.values()[0] - 0.5 / 0.7).abs() < 0.2 && (partial.values()[1] - 0.3).abs() < 0.2);
            let limit = 1.96 / 602_f64.sqrt();
            inside += partial.values()[2..].iter().filter(|p| p.abs() < limit).count();
            lags += 10;
        }
        // 600 lags, 570 expected, three standard deviations of the count are 16; neighbors hardly depend on
        // each other.
        assert!((551..=589).contains(&inside), "{method:?}: {inside} of {lags}");
    }
}

#[test]
fn limits_of_bartlett_widen() {
    let y: Vec<f64> = (0..200).map(|t| f64::from(t % 20)).collect();
    let auto = Autocorrelation::of(&y, 5).unwrap();
    let limits = auto.bartlett_limits(0.95).unwrap();
    assert_eq!(limits[0], 0.0);
    assert_close!(limits[1], auto.noise_limit(0.95).unwrap(), 1e-14, 0.0);
    let r1 = auto.correlations()[1];
    assert_close!(limits[2], limits[1] * (1.0 + 2.0 * r1 * r1).sqrt(), 1e-14, 0.0);
    assert!(limits.windows(2).all(|pair| pair[0] < pair[1]));
}

proptest! {
    #[test]
    fn sums_are_as_defined(y in prop::collection::vec(prop_oneof![8 => -100.0..100.0, 1 => Just(f64::NAN)], 3..60), scale in 0.01..100.0, shift in -1e3..1e3) {
        let seen: Vec<f64> = y.iter().copied().filter(|x: &f64| !x.is_nan()).collect();
        prop_assume!(seen.len() > 1 && seen.iter().any(|x| *x != seen[0]));
        let mean = seen.iter().sum::<f64>() / seen.len() as f64;
        let lags = y.len() - 1;
        let damped = Autocorrelation::of(&y, lags).unwrap();
        let unbiased = Autocorrelation::unbiased(&y, lags).unwrap();
        let moved: Vec<f64> = y.iter().map(|x| x * scale + shift).collect();
        let moved = Autocorrelation::of(&moved, lags).unwrap();
        let cross = cross_correlation(&y, &y, lags).unwrap();
        for lag in 0..=lags {
            let pairs: Vec<f64> = (lag..y.len()).map(|t| (y[t] - mean) * (y[t - lag] - mean)).filter(|x| !x.is_nan()).collect();
            if pairs.is_empty() {
                prop_assert!(damped.covariances()[lag].is_nan() && unbiased.covariances()[lag].is_nan() && cross[lag].is_nan());
                continue;
            }
            let sum: f64 = pairs.iter().sum();
            prop_assert!(close(damped.covariances()[lag], sum / (pairs.len() + lag) as f64, 1e-10, 1e-8));
            prop_assert!(close(unbiased.covariances()[lag], sum / pairs.len() as f64, 1e-10, 1e-8));
            prop_assert!(close(moved.correlations()[lag], damped.correlations()[lag], 1e-6, 1e-6));
            prop_assert!(close(cross[lag], damped.correlations()[lag], 1e-10, 1e-10));
        }
    }

    #[test]
    fn partial_correlations_solve_the_equations(y in prop::collection::vec(-100.0..100.0, 12..60)) {
        let auto = Autocorrelation::of(&y, 5).unwrap();
        let partial = PartialAutocorrelation::yule_walker().fit(&y, 5).unwrap();
        let phi = partial.coefficients().unwrap();
        for lag in 1..=5_usize {
            let fitted: f64 = (1..=5).map(|j| phi[j - 1] * auto.covariances()[lag.abs_diff(j)]).sum();
            prop_assert!(close(fitted, auto.covariances()[lag], 1e-8, 1e-8));
        }
        prop_assert!(partial.values().iter().all(|p| p.abs() <= 1.0));
        prop_assert!(PartialAutocorrelation::burg().fit(&y, 5).unwrap().values().iter().all(|p| p.abs() <= 1.0));
    }
}
