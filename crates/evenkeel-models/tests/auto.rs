//! The forecaster for who only has a series.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::{Auto, AutoFamily, AutoModel, Backtest, Effort, SimpleSmoothing};
use evenkeel_testing::Source;
use proptest::prelude::*;

fn forecast(model: &AutoModel, horizon: usize) -> Vec<Prediction> {
    let mut out = vec![Prediction::default(); horizon];
    assert!(model.forecast_into(&mut out));
    out
}

fn daily(n: usize, seed: u64) -> Vec<f64> {
    let mut source = Source::new(seed);
    (0..n).map(|t| 100.0 + 40.0 * f64::from(u8::from(t % 24 > 8)) + 3.0 * source.normal()).collect()
}

#[test]
fn it_beats_the_level_on_a_seasonal_series_and_says_why() {
    let series = daily(600, 1);
    let backtest = Backtest::new(24).origins(2);
    let auto = backtest.run(&Auto::new().seasons([24]), &series).unwrap();
    let level = backtest.run(&SimpleSmoothing::new(), &series).unwrap();
    assert!(auto.mae() < 0.3 * level.mae(), "{} {}", auto.mae(), level.mae());
    let model = Auto::new().seasons([24]).fit(&series).unwrap();
    let account = model.account();
    assert_eq!((account.seasons.as_slice(), account.origins, account.horizon), (&[24][..], 2, 48));
    let total: f64 = account.members.iter().map(|m| m.weight).sum();
    assert!((total - 1.0).abs() < 1e-9);
    assert!(account.members.iter().any(|m| m.name.contains("logarithms") && m.error.is_some()));
    assert!(account.members.iter().all(|m| m.family != AutoFamily::Fallback || m.weight == 0.0));
}

#[test]
fn more_effort_looks_at_more_origins() {
    let series = daily(600, 2);
    let origins = |effort| Auto::new().seasons([24]).effort(effort).fit(&series).unwrap().account().origins;
    assert_eq!((origins(Effort::Fast), origins(Effort::Default), origins(Effort::Thorough)), (1, 2, 4));
}

#[test]
fn intervals_cover() {
    let (mut inside, mut all) = (0, 0);
    for seed in 0..40 {
        let series = daily(424, 50 + seed);
        let (past, future) = series.split_at(400);
        let model = Auto::new().seasons([24]).fit(past).unwrap();
        for (p, x) in forecast(&model, 24).iter().zip(future) {
            let (low, high) = p.interval(0.95).unwrap();
            inside += usize::from((low..=high).contains(x));
            all += 1;
        }
    }
    let share = f64::from(u32::try_from(inside).unwrap()) / f64::from(all);
    assert!((0.92..=0.98).contains(&share), "{share}");
}

#[test]
fn a_constant_stays() {
    for value in [0.0, 5.0, -1e90, 1e-300] {
        let model = Auto::new().fit(&[value; 60]).unwrap();
        for p in forecast(&model, 30) {
            assert!((p.mean() - value).abs() <= 1e-9 * value.abs(), "{value}: {p:?}");
            assert!(p.sd() <= 1e-9 * value.abs());
        }
        assert!(!model.account().remarks.is_empty());
    }
}

#[test]
fn short_and_odd_histories() {
    for n in 0..30 {
        let history: Vec<f64> = (0..n).map(|t| f64::from(t * 37 % 11)).collect();
        match Auto::new().fit(&history) {
            Ok(model) => assert!(forecast(&model, 10).iter().all(|p| p.mean().abs() < 100.0), "{n}"),
            Err(Error::TooShort { needed, got }) => assert!(n < 4 && got < needed),
            Err(other) => panic!("{n}: {other}"),
        }
    }
    // Mostly zeros, gaps, one wild value, a ramp.
    let patterns: [fn(i32) -> f64; 5] = [
        |t| if t % 9 == 0 { f64::from(t % 4) } else { 0.0 },
        |t| if t % 5 == 0 { f64::NAN } else { f64::from(t % 7) },
        |t| if t == 150 { 1e9 } else { f64::from(t % 24) },
        |t| 3.0 * f64::from(t),
        |t| if (80..160).contains(&t) { f64::NAN } else { f64::from(t % 12) },
    ];
    for (i, pattern) in patterns.into_iter().enumerate() {
        let history: Vec<f64> = (0..300).map(pattern).collect();
        let seen = || history.iter().filter(|x| x.is_finite());
        let (low, high) = seen().fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
        for seasons in [vec![], vec![12], vec![24, 168]] {
            let model = Auto::new().seasons(seasons).fit(&history).unwrap();
            for p in forecast(&model, 48) {
                let width = high - low;
                assert!(p.mean() > low - width && p.mean() < high + width, "{i}: {p:?}");
            }
        }
    }
}

#[test]
fn bad_settings_are_named() {
    let series = daily(100, 3);
    let name = |auto: Auto| match auto.fit(&series) {
        Err(Error::Parameter { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(name(Auto::new().seasons([1])), "season");
    assert_eq!(name(Auto::new().horizon(0)), "horizon");
    assert!(matches!(Auto::new().fit(&[f64::NAN; 50]), Err(Error::TooShort { needed: 4, got: 0 })));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 25, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_survived(
        history in prop::collection::vec(
            prop_oneof![8 => -1e3..1e3f64, 1 => Just(f64::NAN), 1 => any::<f64>(), 1 => Just(0.0)], 0..120),
        season in 2_usize..30,
    ) {
        if let Ok(mut model) = Auto::new().seasons([season]).fit(&history) {
            for p in forecast(&model, 20) {
                prop_assert!(p.mean().is_finite() && p.sd().is_finite());
            }
            for x in [0.0, f64::NAN, 1e100, -1e100, f64::INFINITY, 3.0] {
                if let Some(next) = model.update(x) {
                    prop_assert!(next.mean().is_finite() && next.sd().is_finite());
                }
            }
        }
    }
}
