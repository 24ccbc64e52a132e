//! Tests of residuals, of trends, of Granger causality and of the order of differencing: their levels.

use evenkeel_core::Error;
use evenkeel_series::hypothesis_tests::{
    Adf, ArchTest, DeterministicTerms, Granger, PhillipsPerron, Portmanteau, TestResult, UnitRootTest,
    differences_needed, durbin_watson, jarque_bera, seasonal_differences_needed,
};
use evenkeel_series::trend::{MannKendall, TheilSen};
use evenkeel_testing::reference::{self, Number, close, values};
use evenkeel_testing::{Source, assert_close};
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

fn noise(seed: u64, n: usize) -> Vec<f64> {
    let mut source = Source::new(seed);
    (0..n).map(|_| source.normal()).collect()
}

fn walk(seed: u64, n: usize) -> Vec<f64> {
    noise(seed, n).into_iter().scan(0.0, |sum, x| Some(*sum).inspect(|_| *sum += x)).collect()
}

/// How many of 400 are rejected at 5 %.
fn rejected(test: impl Fn(u64) -> Result<TestResult, Error>) -> usize {
    (0..400).filter(|seed| test(*seed).unwrap().is_rejected(0.05)).count()
}

/// 20 are expected; four standard deviations are 17.5, and asymptotic distributions at n = 300 are off by
/// some.
#[test]
fn levels_are_kept() {
    let n = 300;
    for (name, found) in [
        ("Ljung-Box", rejected(|s| Portmanteau::ljung_box(10).test(&noise(s, n)))),
        ("Box-Pierce", rejected(|s| Portmanteau::box_pierce(5).test(&noise(s, n)))),
        ("ARCH", rejected(|s| ArchTest::new(3).test(&noise(s, n)))),
        ("ARCH F", rejected(|s| ArchTest::new(3).f_test(&noise(s, n)))),
        ("Jarque-Bera", rejected(|s| jarque_bera(&noise(s, 5 * n)))),
        ("Mann-Kendall", rejected(|s| MannKendall::new().test(&noise(s, n)))),
        ("Mann-Kendall, exact", rejected(|s| MannKendall::new().test(&noise(s, 20)))),
        ("Granger F", rejected(|s| Granger::new(2).f_test(&noise(s, n), &noise(s + 1000, n)))),
        ("Granger chi", rejected(|s| Granger::new(2).chi_squared_test(&noise(s, n), &noise(s + 1000, n)))),
        ("ADF", rejected(|s| Adf::new(DeterministicTerms::Level).lags(2).test(&walk(s, n)))),
        ("ADF, no level", rejected(|s| Adf::new(DeterministicTerms::None).lags(2).test(&walk(s, n)))),
        ("ADF, BIC", rejected(|s| Adf::new(DeterministicTerms::Trend).bic().at_most(6).test(&walk(s, n)))),
        ("PP", rejected(|s| PhillipsPerron::level().test(&walk(s, n)))),
        ("PP trend", rejected(|s| PhillipsPerron::trend().test(&walk(s, n)))),
    ] {
        println!("{name}: {found} of 400");
        assert!((3..=38).contains(&found), "{name}: {found} of 400");
    }
}

#[test]
fn what_is_there_is_found() {
    let n = 300;
    let follows = |s| {
        let (x, e) = (noise(s, n), noise(s + 1000, n));
        let y: Vec<f64> = (0..n).map(|t| e[t] + if t > 1 { 0.4 * x[t - 2] } else { 0.0 }).collect();
        Granger::new(3).likelihood_ratio_test(&x, &y)
    };
    let rising = |s| {
        let y: Vec<f64> = noise(s, n).iter().enumerate().map(|(t, e)| e + 0.004 * t as f64).collect();
        MannKendall::new().test(&y)
    };
    let around_a_line = |s| {
        let y: Vec<f64> = noise(s, n).iter().enumerate().map(|(t, e)| e + 0.2 * t as f64).collect();
        PhillipsPerron::trend().test(&y)
    };
    for found in [
        rejected(follows),
        rejected(rising),
        rejected(around_a_line),
        rejected(|s| Adf::new(DeterministicTerms::Quadratic).aic().test(&noise(s, n))),
        rejected(|s| jarque_bera(&noise(s, n).iter().map(|x| x * x * x).collect::<Vec<_>>())),
    ] {
        assert!(found >= 380, "{found} of 400");
    }
}

#[test]
fn each_test_names_its_null_hypothesis() {
    let y = noise(5, 200);
    for (result, null) in [
        (jarque_bera(&y), "the values are normal"),
        (Portmanteau::ljung_box(3).test(&y), "the series has no memory"),
        (Adf::new(DeterministicTerms::Level).lags(1).test(&y), "the series wanders (has a unit root)"),
    ] {
        assert_eq!(result.unwrap().null_hypothesis(), null);
    }
}

#[test]
fn gaps_cost_rows_only() {
    let mut y = noise(3, 200);
    y[50] = f64::NAN;
    y[51] = f64::INFINITY;
    let adf = Adf::new(DeterministicTerms::Level).lags(1).test(&y).unwrap();
    // Four rows see two missing values in a row with one lag.
    assert_eq!((adf.count(), adf.is_rejected(0.01)), (198 - 4, true));
    assert_eq!(Granger::new(1).f_test(&y, &noise(4, 200)).unwrap().count(), 199 - 2);
    assert_eq!(ArchTest::new(1).test(&y).unwrap().count(), 199 - 3);
    assert_eq!(Portmanteau::ljung_box(3).test(&y).unwrap().count(), 198);
    assert_eq!(MannKendall::new().test(&y).unwrap().count(), 198);
    assert_eq!(PhillipsPerron::level().test(&y).unwrap().count(), 197);
    assert!(durbin_watson(&y).unwrap() > 1.5);
}

#[test]
fn input_is_validated() {
    let flat = [0.3; 40];
    let line: Vec<f64> = (0..40).map(f64::from).collect();
    for y in [&flat[..], &[], &[1.0], &[f64::NAN; 30]] {
        assert!(Adf::new(DeterministicTerms::Level).test(y).is_err());
        assert!(PhillipsPerron::level().test(y).is_err());
        assert!(Portmanteau::ljung_box(2).test(y).is_err());
        assert!(ArchTest::new(2).test(y).is_err());
        assert!(jarque_bera(y).is_err());
        assert!(MannKendall::new().test(y).is_err());
        assert!(Granger::new(1).f_test(y, y).is_err());
        assert_eq!(differences_needed(y, UnitRootTest::default(), 0.05, 2).unwrap(), 0);
        assert_eq!(seasonal_differences_needed(y, 4).unwrap(), 0);
    }
    assert!(matches!(Granger::new(1).f_test(&line, &line[1..]), Err(Error::Shape { .. })));
    assert!(Granger::new(1).f_test(&line, &noise(1, 40)).is_ok());
    assert!(Granger::new(1).f_test(&noise(1, 40), &line).is_err());
    assert!(Adf::new(DeterministicTerms::Trend).lags(1).test(&line).is_err());
    assert!(Adf::new(DeterministicTerms::None).lags(usize::MAX).test(&line).is_err());
    assert!(
        Portmanteau::ljung_box(0).test(&line).is_err()
            && Portmanteau::ljung_box(3).fitted(3).test(&line).is_err()
    );
    assert!(ArchTest::new(usize::MAX).test(&line).is_err() && Granger::new(0).f_test(&line, &line).is_err());
    assert!(differences_needed(&line, UnitRootTest::default(), 0.2, 2).is_err());
    assert!(seasonal_differences_needed(&line, 1).is_err());
    assert!(TheilSen::new().level(1.0).fit(&line).is_err() && TheilSen::new().fit(&line[..1]).is_err());
    assert_eq!(durbin_watson(&[1.0, f64::NAN]), Err(Error::TooShort { needed: 2, got: 1 }));
    assert_eq!(durbin_watson(&[0.0, 0.0]), Err(Error::Numerical { what: "all residuals are 0" }));
    let apart = Err(Error::Numerical { what: "no two residuals in a row are observed" });
    assert_eq!(durbin_watson(&[1.0, f64::NAN, 1.0]), apart);
}

#[test]
fn differences_undo_sums() {
    let twice = |seed| walk(seed, 300).into_iter().scan(0.0, |sum, x| Some(*sum).inspect(|_| *sum += x));
    let adf = UnitRootTest::Adf(Adf::new(DeterministicTerms::Level).lags(1));
    let count = |test, d| {
        let of = |seed: &u64| {
            let y = match d {
                0 => noise(*seed, 300),
                1 => walk(*seed, 300),
                _ => twice(*seed).collect(),
            };
            differences_needed(&y, test, 0.05, 2).unwrap() == d
        };
        (0..100).filter(of).count()
    };
    for d in 0..=2 {
        let (kpss, adf) = (count(UnitRootTest::default(), d), count(adf, d));
        println!("{d} differences: KPSS {kpss}, ADF {adf} of 100");
        assert!(kpss >= 85 && adf >= 85, "{d}: {kpss} {adf}");
    }
}

#[test]
fn small_orders_are_counted() {
    // Of the 24 orders of four values, 1 + 3 have at most one falling pair: two-sided 8 of 24; 1 has none: 2
    // of 24.
    let p = |y: &[f64]| MannKendall::new().test(y).unwrap();
    assert_close!(p(&[1.0, 2.0, 3.0, 4.0]).p(), 2.0 / 24.0, 1e-14, 0.0);
    assert_close!(p(&[2.0, 1.0, 3.0, 4.0]).p(), 8.0 / 24.0, 1e-14, 0.0);
    assert_close!(p(&[4.0, 3.0, 1.0, 2.0]).p(), 8.0 / 24.0, 1e-14, 0.0);
    assert_eq!((p(&[2.0, 4.0, 1.0, 3.0]).p(), p(&[2.0, 4.0, 1.0, 3.0]).statistic()), (1.0, 0.0));
    assert_eq!(p(&[-0.0, 0.0, 1.0]).statistic(), p(&[0.0, -0.0, 1.0]).statistic());
}

/// `locate/granger.json`: statsmodels' four tests.
#[test]
fn granger_is_that_of_statsmodels() {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(rename = "note")]
        _note: serde::de::IgnoredAny,
        cases: Vec<BTreeMap<String, serde_json::Value>>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Four {
        ssr_ftest: Vec<Number>,
        ssr_chi2test: Vec<Number>,
        lrtest: Vec<Number>,
        params_ftest: Vec<Number>,
    }
    let file: File = reference::load("locate", "granger.json");
    let mut replayed = 0;
    for mut case in file.cases {
        let mut row = |name: &str| -> Vec<f64> {
            values(&serde_json::from_value::<Vec<Number>>(case.remove(name).unwrap()).unwrap())
        };
        let (x, y) = (row("x"), row("y"));
        for (name, by_lag) in case {
            let (cause, effect) = match name.as_str() {
                "x_causes_y" => (&x, &y),
                "y_causes_x" => (&y, &x),
                other => panic!("granger.json has a field `{other}` that is not replayed"),
            };
            for (lag, of) in serde_json::from_value::<BTreeMap<String, Four>>(by_lag).unwrap() {
                let test = Granger::new(lag.parse().unwrap());
                let f = test.f_test(cause, effect).unwrap();
                for (ours, expected) in [
                    (&f, &of.ssr_ftest),
                    (&f, &of.params_ftest),
                    (&test.chi_squared_test(cause, effect).unwrap(), &of.ssr_chi2test),
                    (&test.likelihood_ratio_test(cause, effect).unwrap(), &of.lrtest),
                ] {
                    assert_close!(ours.statistic(), expected[0].0, 1e-8, 1e-12, "{name} {lag}");
                    assert_close!(ours.p(), expected[1].0, 1e-8, 1e-300, "{name} {lag}");
                }
                replayed += 1;
            }
        }
    }
    assert!(replayed > 0);
}

/// Of two series.
type Test = fn(&[f64], &[f64]) -> TestResult;

proptest! {
    #[test]
    fn no_statistic_has_a_unit(seed in 0_u64..1000, scale in 0.01..100.0, shift in -1e3..1e3) {
        let (y, x) = (noise(seed, 80), noise(seed + 5000, 80));
        let moved: Vec<f64> = y.iter().map(|v| v * scale + shift).collect();
        let tests: [Test; 6] = [
            |_, y| Adf::new(DeterministicTerms::Level).lags(2).test(y).unwrap(),
            |_, y| PhillipsPerron::trend().test(y).unwrap(),
            |_, y| Portmanteau::ljung_box(4).test(y).unwrap(),
            |_, y| jarque_bera(y).unwrap(),
            |_, y| MannKendall::new().test(y).unwrap(),
            |x, y| Granger::new(2).f_test(x, y).unwrap(),
        ];
        for test in tests {
            let (a, b) = (test(&x, &y), test(&x, &moved));
            prop_assert!(close(a.statistic(), b.statistic(), 1e-6, 1e-6), "{} {}", a, b);
            prop_assert!((0.0..=1.0).contains(&a.p()));
        }
    }

    #[test]
    fn tau_counts_pairs(y in prop::collection::vec((-5_i32..5).prop_map(f64::from), 3..40)) {
        prop_assume!(y.iter().any(|x| *x != y[0]));
        let (mut score, mut pairs, mut untied) = (0.0, 0.0, 0.0);
        for i in 0..y.len() {
            for j in 0..i {
                let d = y[i] - y[j];
                score += if d == 0.0 { 0.0 } else { d.signum() };
                pairs += 1.0;
                untied += f64::from(u8::from(d != 0.0));
            }
        }
        let ours = MannKendall::new().test(&y).unwrap();
        prop_assert!(close(ours.statistic(), score / f64::sqrt(pairs * untied), 1e-12, 1e-12));
    }

    #[test]
    fn slopes_follow_the_series(y in prop::collection::vec(-100.0..100.0, 3..40), scale in 0.1..10.0, slope in -5.0..5.0) {
        let before = TheilSen::new().fit(&y).unwrap();
        let moved: Vec<f64> = y.iter().enumerate().map(|(t, x)| x * scale + slope * t as f64).collect();
        let after = TheilSen::new().fit(&moved).unwrap();
        prop_assert!(close(after.slope(), before.slope() * scale + slope, 1e-8, 1e-8));
        prop_assert!(after.lower() <= after.slope() && after.slope() <= after.upper());
    }
}
