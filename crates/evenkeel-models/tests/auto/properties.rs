//! The automatic forecaster.

use evenkeel_core::{Error, Fit, Forecaster, Stage};
use evenkeel_models::auto::AutoFamily;
use evenkeel_models::fit::Effort;
use evenkeel_models::simple_smoothing::SimpleSmoothing;
use evenkeel_models::{Auto, Backtest};
use evenkeel_testing::{Source, forecast};
use proptest::prelude::*;

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
    let report = model.report();
    assert_eq!((report.seasons.as_slice(), report.origins, report.horizon), (&[24][..], 2, 48));
    let total: f64 = report.members.iter().map(|m| m.weight).sum();
    assert!((total - 1.0).abs() < 1e-9);
    assert!(report.members.iter().any(|m| m.name.contains("logarithms") && m.error.is_some()));
    assert!(report.members.iter().all(|m| m.family != AutoFamily::Fallback || m.weight == 0.0));
}

#[test]
fn more_effort_looks_at_more_origins() {
    let series = daily(600, 2);
    let origins = |effort| Auto::new().seasons([24]).effort(effort).fit(&series).unwrap().report().origins;
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
        assert!(!model.report().remarks.is_empty());
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

/// A change after long constancy is one change: the models know it after the whole history, and are not
/// widened for not having known it at the origins. Right is a band of the order of the jump.
#[test]
fn constancy_before_a_jump_widens_nothing() {
    let mut fifty = vec![50.0; 100];
    fifty.push(51.0);
    let mut one = vec![1.0; 19];
    one.push(1.1);
    for (y, jump) in [(fifty, 1.0), (one, 0.1), ([vec![7.0; 60], vec![9.0]].concat(), 2.0)] {
        let model = Auto::new().fit(&y).unwrap();
        let next = forecast(&model, 8);
        for p in &next {
            let (low, high) = p.interval(0.95).unwrap();
            assert!(high - low < 4.0 * jump && high - low > 0.1 * jump, "{jump}: {p:?}");
        }
        assert!(model.report().widened < 3.0, "{}", model.report().widened);
    }
}

/// Data on one side of 0 have forecasts there.
#[test]
fn counts_stay_counts() {
    let mut source = Source::new(31);
    for rate in [0.3, 1.0, 3.0] {
        let counts: Vec<f64> = (0..120)
            .map(|_| {
                let mut k = 0.0;
                let mut p = source.uniform();
                while p > f64::exp(-rate) && k < 50.0 {
                    k += 1.0;
                    p *= source.uniform();
                }
                k
            })
            .collect();
        for sign in [1.0, -1.0] {
            let y: Vec<f64> = counts.iter().map(|x| sign * x).collect();
            let mut model = Auto::new().seasons([]).fit(&y[..100]).unwrap();
            let intervals = model.intervals(8, 0.95).unwrap().unwrap();
            let mut reaches = 0;
            for ((low, high), p) in intervals.iter().zip(forecast(&model, 8)) {
                assert!(low <= high && low * sign >= 0.0 && high * sign >= 0.0 && p.mean() * sign >= 0.0);
                let (gaussian_low, gaussian_high) = p.interval(0.95).unwrap();
                reaches += i32::from(gaussian_low * sign < 0.0 || gaussian_high * sign < 0.0);
            }
            assert!(reaches > 0 || rate > 2.0, "otherwise nothing was cut off");
            // Four of five of the twenty counts that follow lie inside.
            let mut inside = 0;
            for x in &y[100..] {
                let (low, high) = model.intervals(1, 0.95).unwrap().unwrap()[0];
                inside += i32::from((low..=high).contains(x));
                model.update(*x);
            }
            assert!(inside >= 16, "{inside}");
            // A value on the other side is possible, and ends it.
            assert!(model.assess(-sign).unwrap().two_sided() > 0.0);
            for _ in 0..200 {
                model.update(-9.0 * sign);
            }
            let (low, high) = model.intervals(1, 0.95).unwrap().unwrap()[0];
            assert!(low.min(high * sign).min(low * sign) < 0.0, "{low} {high}");
            model.reset();
        }
    }
    assert!(Auto::new().fit(&[1.0, 2.0, 3.0, 2.0]).unwrap().intervals(1, 1.0).is_err());
}
