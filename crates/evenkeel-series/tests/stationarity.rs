//! Tests of whether a series keeps its level.

use evenkeel_core::Error;
use evenkeel_series::Kpss;
use evenkeel_testing::reference::{load, series};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfR {
    stat: f64,
    #[serde(rename = "cval")]
    _cval: serde::de::IgnoredAny,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfKpss {
    mu_3: OfR,
    tau_3: OfR,
    mu_def: OfR,
    tau_def: OfR,
}

/// Of all tests in the file, this one.
#[derive(Deserialize)]
struct Tests {
    kpss: OfKpss,
}

#[derive(Deserialize)]
struct Case {
    series: String,
    #[serde(rename = "R")]
    r: Tests,
}

#[test]
fn kpss_is_that_of_r() {
    for case in load::<Vec<Case>>("models", "tests.json") {
        let Some(y) = series(&case.series) else { continue };
        let of = &case.r.kpss;
        for (test, expected) in [
            (Kpss::level().lags(3), &of.mu_3),
            (Kpss::trend().lags(3), &of.tau_3),
            (Kpss::level(), &of.mu_def),
            (Kpss::trend(), &of.tau_def),
        ] {
            let ours = test.test(&y).unwrap().statistic();
            let off = (ours / expected.stat - 1.0).abs();
            assert!(off < 1e-10, "{}: {test:?} {ours} {}", case.series, expected.stat);
        }
    }
}

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
    assert!(one.is_rejected(0.05) && one.p() == 0.01 && one.lags() == 2);
}
