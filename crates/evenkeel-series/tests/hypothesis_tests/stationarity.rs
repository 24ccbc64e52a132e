//! Tests of whether a series keeps its level.

use evenkeel_core::Error;
use evenkeel_series::hypothesis_tests::{
    Adf, DeterministicTerms, Kpss, PhillipsPerron, TestResult, UnitRootTest, differences_needed,
};

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

/// Around a level or a line, what is left of an exact line is rounding: no finding is made of it, whatever
/// the units. One difference makes a constant, so one is needed and not two.
#[test]
fn an_exact_line_is_not_random() {
    let numerical = |result: Result<TestResult, Error>| matches!(result, Err(Error::Numerical { .. }));
    for (level, slope) in [(3.0, 0.5), (3.0, 0.1), (1e6, 0.1), (-1e9, 1e-3), (0.0, 1.0 / 3.0), (1e-3, 1e80)] {
        for n in [20, 50, 300, 2000] {
            let line: Vec<f64> = (0..n).map(|i| level + slope * f64::from(i)).collect();
            let name = format!("{level} + {slope} i, n = {n}");
            for terms in [DeterministicTerms::Level, DeterministicTerms::Trend, DeterministicTerms::Quadratic]
            {
                for test in
                    [Adf::new(terms), Adf::new(terms).bic(), Adf::new(terms).lags(0), Adf::new(terms).lags(3)]
                {
                    let why = test.test(&line).unwrap_err().to_string();
                    assert!(why.contains("straight line"), "{name}: {why}");
                }
            }
            assert!(numerical(PhillipsPerron::level().test(&line)), "{name}");
            assert!(numerical(PhillipsPerron::trend().test(&line)), "{name}");
            assert!(numerical(Kpss::trend().test(&line)), "{name}");
            // A line does not keep its level.
            assert!(Kpss::level().test(&line).unwrap().is_rejected(0.05), "{name}");
            for (test, needed) in [
                (UnitRootTest::Kpss(Kpss::level()), 1),
                (UnitRootTest::Kpss(Kpss::trend()), 0),
                (UnitRootTest::Adf(Adf::new(DeterministicTerms::Level)), 1),
                (UnitRootTest::Adf(Adf::new(DeterministicTerms::Trend)), 0),
                (UnitRootTest::PhillipsPerron(PhillipsPerron::level()), 1),
                (UnitRootTest::PhillipsPerron(PhillipsPerron::trend()), 0),
            ] {
                assert_eq!(differences_needed(&line, test, 0.05, 2).unwrap(), needed, "{name}: {test:?}");
            }
        }
    }
    // A constant that was computed in two ways.
    let constant: Vec<f64> = (0..60).map(|i| if i % 2 == 0 { 0.1 + 0.2 } else { 0.3 }).collect();
    assert!(
        numerical(Kpss::level().test(&constant))
            && numerical(Adf::new(DeterministicTerms::Level).test(&constant))
    );
    assert!(numerical(PhillipsPerron::level().test(&constant)));
    assert_eq!(differences_needed(&constant, UnitRootTest::default(), 0.05, 2).unwrap(), 0);
    // The least of noise is something to test.
    let noisy: Vec<f64> =
        (0..80u32).map(|t| 3.0 + 0.5 * f64::from(t) + 1e-9 * f64::from(t * t % 103)).collect();
    assert!(Adf::new(DeterministicTerms::Trend).lags(1).test(&noisy).unwrap().is_rejected(0.01));
    assert!(Kpss::trend().test(&noisy).is_ok());
}
