//! Trend, seasons, remainder.

use core::f64::consts::TAU;
use evenkeel_core::Error;
use evenkeel_series::decompose::{Classical, Composition, Decomposition};
use evenkeel_series::denoise::Loess;
use evenkeel_series::{Mstl, Stl};
use evenkeel_testing::Source;
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::{self, Number, Unmatched, close, values};
use proptest::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = "stl.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    stl: Vec<StlCase>,
    mstl: Vec<MstlCase>,
    decompose: Vec<ClassicalCase>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Window {
    Named(String),
    Of(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "that other systems agree, and what was asked for, is information")]
struct StlCase {
    series: String,
    s_window: Window,
    #[serde(default)]
    t_window: Option<usize>,
    robust: bool,
    #[serde(default)]
    jump: Option<usize>,
    freq: usize,
    windows: Parts<usize>,
    degrees: Parts<usize>,
    jumps: Parts<usize>,
    inner: usize,
    outer: usize,
    seasonal: Vec<Number>,
    trend: Vec<Number>,
    #[serde(default)]
    robust_weights: Option<Vec<Number>>,
    #[serde(default)]
    statsmodels_maxdiff: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts<T> {
    s: T,
    t: T,
    l: T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MstlCase {
    series: String,
    periods: Vec<usize>,
    #[serde(default)]
    robust: bool,
    #[serde(rename = "R", default)]
    r: Option<RMstl>,
    #[serde(default)]
    statsmodels: Option<StatsmodelsMstl>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the note is for people")]
struct RMstl {
    names: Vec<String>,
    components: Vec<Vec<Number>>,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatsmodelsMstl {
    trend: Vec<Number>,
    seasonal: Vec<Vec<Number>>,
    stride: usize,
    windows: Vec<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassicalCase {
    series: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(rename = "R")]
    r: RClassical,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RClassical {
    figure: Vec<Number>,
    trend: Vec<Number>,
}

/// The period of a series; `None` if the file lacks it.
fn frequency(name: &str) -> Option<usize> {
    #[derive(Deserialize)]
    struct Entry {
        freq: usize,
    }
    let all: BTreeMap<String, Entry> = reference::load("models", "series.json");
    all.get(name).map(|entry| entry.freq)
}

/// Absolute, in shares of the largest value: the parts are differences of values of that size.
#[track_caller]
fn same(what: &str, actual: &[f64], expected: &[Number], scale: f64) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (i, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert_close!(*actual, expected.0, 1e-10, 1e-10 * scale, "{what}[{i}]");
    }
}

fn scale(values: &[f64]) -> f64 {
    values.iter().filter(|x| x.is_finite()).fold(0.0, |m, x| x.abs().max(m))
}

#[test]
fn reference_values() {
    let file: File = reference::load("models", FILE);
    let gaps = Unmatched::of("models", &[FILE]);
    let mut replayed = 0;
    let mut seen = |name: &str| {
        let y = reference::series(name);
        match &y {
            Some(_) => replayed += 1,
            None => println!("skipped {name}: the data is not here"),
        }
        y
    };
    for case in &file.stl {
        let robust = if case.robust { "robust " } else { "" };
        let kind = match &case.s_window {
            Window::Named(name) => name.clone(),
            Window::Of(window) => window.to_string(),
        };
        if gaps.reason(FILE, &format!("{robust}{kind} {}", case.series)).is_some() {
            continue;
        }
        let Some(y) = seen(&case.series) else { continue };
        let loess = |window: usize, degree, jump| Loess::new(window | 1).degree(degree).jump(jump);
        let (windows, degrees, jumps) = (&case.windows, &case.degrees, &case.jumps);
        let stl = match &case.s_window {
            Window::Named(name) => {
                assert_eq!(name, "periodic");
                Stl::new(case.freq).periodic_with_jump(jumps.s)
            }
            Window::Of(_) => Stl::new(case.freq).seasonal(loess(windows.s, degrees.s, jumps.s)),
        };
        let stl =
            stl.trend(loess(windows.t, degrees.t, jumps.t)).low_pass(loess(windows.l, degrees.l, jumps.l));
        let parts = stl.inner(case.inner).outer(case.outer).fit(&y).unwrap();
        let name = format!("{} {}", case.series, windows.s);
        same(&format!("{name}: season"), parts.seasons()[0].values(), &case.seasonal, scale(&y));
        same(&format!("{name}: trend"), parts.trend(), &case.trend, scale(&y));
        assert_eq!(parts.weights().is_some(), case.robust, "{name}");
        if let (Some(weights), Some(expected)) = (parts.weights(), &case.robust_weights) {
            for (i, (w, e)) in weights.iter().zip(expected).enumerate() {
                assert_close!(*w, e.0, 0.0, 1e-8, "{name}: weight {i}");
            }
        }
    }
    for case in &file.mstl {
        let Some(y) = seen(&case.series) else { continue };
        let scale = scale(&y);
        if let Some(r) = &case.r {
            let seasons = case.periods.iter().enumerate().map(|(i, period)| {
                let tenth =
                    |window: usize, degree| Loess::new(window).degree(degree).jump(window.div_ceil(10));
                Stl::new(*period).seasonal(tenth(11 + 4 * i, 0))
            });
            let mstl = Mstl::of(seasons);
            let parts = if case.robust { mstl.robust() } else { mstl }.fit(&y).unwrap();
            for (name, expected) in r.names.iter().skip(1).zip(&r.components) {
                let actual = match name.strip_prefix("Seasonal") {
                    Some(period) => {
                        let period: usize = period.parse().unwrap();
                        parts.seasons().iter().find(|s| s.period() == period).unwrap().values()
                    }
                    None if name == "Trend" => parts.trend(),
                    None => parts.remainder(),
                };
                same(&format!("mstl {} {name}", case.series), actual, expected, scale);
            }
        }
        if let Some(s) = &case.statsmodels {
            let seasons = case.periods.iter().zip(&s.windows).map(|(period, window)| {
                let trend = (1.5 * *period as f64 / (1.0 - 1.5 / *window as f64)).ceil() as usize;
                Stl::new(*period)
                    .seasonal(Loess::new(*window))
                    .trend(Loess::new(trend | 1))
                    .low_pass(Loess::new((period + 1) | 1))
                    .inner(if case.robust { 2 } else { 5 })
            });
            let mstl = Mstl::of(seasons);
            let parts = if case.robust { mstl.robust() } else { mstl }.fit(&y).unwrap();
            let kept = |x: &[f64]| x.iter().copied().step_by(s.stride).collect::<Vec<_>>();
            same(&format!("mstl {}, statsmodels: trend", case.series), &kept(parts.trend()), &s.trend, scale);
            assert_eq!(parts.seasons().len(), s.seasonal.len());
            for (season, expected) in parts.seasons().iter().zip(&s.seasonal) {
                let name = format!("mstl {}, statsmodels: {}", case.series, season.period());
                same(&name, &kept(season.values()), expected, scale);
            }
        }
    }
    for case in &file.decompose {
        let Some(y) = seen(&case.series) else { continue };
        let Some(period) = frequency(&case.series) else { continue };
        let classical = match case.kind.as_str() {
            "additive" => Classical::new(period),
            "multiplicative" => Classical::new(period).multiplicative(),
            other => panic!("{FILE} decompose: an unknown type {other}"),
        };
        let parts = classical.fit(&y).unwrap();
        let name = format!("{} {}", case.series, case.kind);
        same(&format!("{name}: trend"), parts.trend(), &case.r.trend, scale(&y));
        let figure = &parts.seasons()[0].values()[..period];
        same(&format!("{name}: figure"), figure, &case.r.figure, scale(&values(&case.r.figure)));
    }
    assert!(replayed > 0, "nothing was replayed");
    gaps.finish();
}

/// Local regression as its definition says it, for each place by itself.
fn loess_by_hand(y: &[f64], window: usize, degree: usize) -> Vec<f64> {
    let n = y.len();
    (0..n)
        .map(|i| {
            let count = window.min(n);
            let left = (i + 1).saturating_sub(window.div_ceil(2)).min(n - count);
            let reach = (i - left).max(left + count - 1 - i) as f64 + ((window - count) / 2) as f64;
            let terms: Vec<[f64; 3]> = (left..left + count)
                .filter(|j| y[*j].is_finite())
                .map(|j| {
                    let d = j as f64 - i as f64;
                    let u = (d / reach).abs();
                    [if u > 0.999 { 0.0 } else { (1.0 - u.powi(3)).powi(3) }, d, y[j]]
                })
                .collect();
            let sum = |f: &dyn Fn(&[f64; 3]) -> f64| terms.iter().map(f).sum::<f64>();
            let total = sum(&|t| t[0]);
            let (d, y) = (sum(&|t| t[0] * t[1]) / total, sum(&|t| t[0] * t[2]) / total);
            let spread = sum(&|t| t[0] * (t[1] - d).powi(2));
            if degree == 0 || (spread / total).sqrt() <= 0.001 * (n - 1) as f64 {
                return y;
            }
            y - d * sum(&|t| t[0] * (t[1] - d) * (t[2] - y)) / spread
        })
        .collect()
}

#[test]
fn settings_are_validated() {
    let y = vec![1.0; 100];
    for bad in [
        Stl::new(1),
        Stl::new(0),
        Stl::new(10).seasonal(Loess::new(1)),
        Stl::new(10).trend(Loess::new(11).degree(2)),
        Stl::new(10).low_pass(Loess::new(11).jump(0)),
        Stl::new(10).inner(0),
        Stl::new(10).outer(1001),
    ] {
        assert!(matches!(bad.fit(&y), Err(Error::Parameter { .. })), "{bad:?}");
    }
    assert_eq!(Stl::new(51).fit(&y), Err(Error::TooShort { needed: 102, got: 100 }));
    assert!(Mstl::new([]).fit(&y).is_err() && Mstl::new([7, 7]).fit(&y).is_err());
    assert!(Mstl::new([7, 12]).iterate(0).fit(&y).is_err());
    assert!(Classical::new(1).fit(&y).is_err() && Classical::new(51).fit(&y).is_err());
    assert!(Classical::new(4).multiplicative().fit(&[0.0; 12]).is_err());
    let mut unseen = y;
    unseen.iter_mut().skip(3).step_by(10).for_each(|x| *x = f64::NAN);
    assert_eq!(Stl::new(10).fit(&unseen), Err(Error::Missing { at: 3 }));
    assert_eq!(Classical::new(10).fit(&unseen), Err(Error::Missing { at: 0 }));
}

/// A year of days with a weekly season that grows, trend and noise.
fn days(seed: u64) -> Vec<f64> {
    let mut source = Source::new(seed);
    (0..365)
        .map(|t| {
            let t = f64::from(t);
            10.0 + 0.02 * t + (3.0 + 0.01 * t) * (t / 7.0 * TAU).sin() + 0.1 * source.normal()
        })
        .collect()
}

#[test]
fn parts_make_the_series() {
    let y = days(1);
    let sums = |parts: &Decomposition| {
        for (i, y) in y.iter().enumerate() {
            let seasons: f64 = parts.seasons().iter().map(|s| s.values()[i]).sum();
            assert_close!(parts.trend()[i] + seasons + parts.remainder()[i], *y, 1e-12, 0.0);
        }
    };
    sums(&Stl::new(7).fit(&y).unwrap());
    sums(&Stl::new(7).robust().fit(&y).unwrap());
    sums(&Stl::new(7).periodic().fit(&y).unwrap());
    sums(&Mstl::new([30, 7]).fit(&y).unwrap());
    let parts = Classical::new(7).multiplicative().fit(&y).unwrap();
    assert_eq!(parts.composition(), Composition::Multiplicative);
    let product = parts.trend()[100] * parts.seasons()[0].values()[100] * parts.remainder()[100];
    assert_close!(product, y[100], 1e-12, 0.0);
    assert_eq!((parts.trend_strength(), parts.seasonal_strength(0)), (None, None));
}

#[test]
fn seasonally_adjusted_is_the_series_without_its_seasons() {
    let y = days(1);
    for parts in [Stl::new(7).fit(&y).unwrap(), Mstl::new([30, 7]).fit(&y).unwrap()] {
        let adjusted = parts.seasonally_adjusted();
        assert_eq!(adjusted.len(), y.len());
        for (i, y) in y.iter().enumerate() {
            let seasons: f64 = parts.seasons().iter().map(|s| s.values()[i]).sum();
            assert_close!(adjusted[i], y - seasons, 1e-12, 0.0);
        }
    }
    let parts = Classical::new(7).multiplicative().fit(&y).unwrap();
    assert_close!(parts.seasonally_adjusted()[100], y[100] / parts.seasons()[0].values()[100], 1e-12, 0.0);
}

#[test]
fn strengths_say_what_there_is() {
    let parts = Stl::new(7).fit(&days(2)).unwrap();
    assert!(parts.seasonal_strength(0).unwrap() > 0.99 && parts.trend_strength().unwrap() > 0.99);
    assert_eq!(parts.seasonal_strength(1), None);
    let mut source = Source::new(3);
    let noise: Vec<f64> = (0..365).map(|_| source.normal()).collect();
    let parts = Stl::new(7).fit(&noise).unwrap();
    assert!(parts.seasonal_strength(0).unwrap() < 0.5 && parts.trend_strength().unwrap() < 0.3);
    assert_eq!(Stl::new(7).fit(&[5.0; 30]).unwrap().trend_strength(), None);
}

#[test]
fn a_robust_fit_is_not_bent_by_outliers() {
    let clean = days(4);
    let mut spoiled = clean.clone();
    spoiled.iter_mut().step_by(31).for_each(|x| *x += 40.0);
    let (plain, robust) = (Stl::new(7).fit(&spoiled).unwrap(), Stl::new(7).robust().fit(&spoiled).unwrap());
    let truth = Stl::new(7).robust().fit(&clean).unwrap();
    let off = |parts: &Decomposition| {
        parts.trend().iter().zip(truth.trend()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
    };
    assert!(off(&robust) < 0.2 && off(&plain) > 1.0, "{} {}", off(&robust), off(&plain));
    let weights = robust.weights().unwrap();
    assert!(weights.iter().step_by(31).all(|w| *w == 0.0));
    assert!(plain.weights().is_none());
}

#[test]
#[expect(clippy::needless_range_loop, reason = "an index into several lists")]
fn gaps_are_bridged() {
    let clean = days(5);
    let mut gappy = clean.clone();
    gappy[100..130].fill(f64::NAN);
    gappy.iter_mut().step_by(5).for_each(|x| *x = f64::INFINITY);
    for stl in [Stl::new(7), Stl::new(7).robust(), Stl::new(7).seasonal(Loess::new(5).jump(2))] {
        let (a, b) = (stl.fit(&clean).unwrap(), stl.fit(&gappy).unwrap());
        for i in 0..clean.len() {
            assert_eq!(b.remainder()[i].is_nan(), !gappy[i].is_finite());
            assert!((a.trend()[i] - b.trend()[i]).abs() < 1.0, "{i} {stl:?}");
            assert!((a.seasons()[0].values()[i] - b.seasons()[0].values()[i]).abs() < 1.0, "{i} {stl:?}");
        }
    }
}

#[test]
fn what_is_too_short_for_a_season_is_told() {
    let y = days(6);
    let parts = Mstl::new([182, 7, 183]).fit(&y).unwrap();
    assert_eq!(parts.seasons().iter().map(|s| s.period()).collect::<Vec<_>>(), [7, 182]);
    assert_eq!(
        (parts.dropped()[0].period(), parts.dropped()[0].needed(), parts.dropped()[0].got()),
        (183, 367, 365)
    );
    let none = Mstl::new([1000]).robust().fit(&y).unwrap();
    assert!(none.seasons().is_empty() && none.trend().iter().all(|x| x.is_finite()));
}

#[test]
fn local_regression_is_what_its_definition_says() {
    let mut y = days(7);
    y.truncate(83);
    y[30] = f64::NAN;
    y[82] = f64::NAN;
    let complete: Vec<f64> = days(8)[..83].to_vec();
    for y in [&y, &complete] {
        for window in [5, 6, 12, 21, 82, 83, 84, 85, 200] {
            for degree in [0, 1] {
                let fast = Loess::new(window).degree(degree).apply(y).unwrap();
                for (i, (a, b)) in fast.iter().zip(loess_by_hand(y, window, degree)).enumerate() {
                    assert_close!(*a, b, 1e-11, 1e-11, "window {window}, degree {degree}, place {i}");
                }
                let jumped = Loess::new(window).degree(degree).jump(4).apply(y).unwrap();
                (0..83).step_by(4).for_each(|i| assert_close!(jumped[i], fast[i], 1e-11, 1e-11));
                assert_close!(jumped[5], 0.75 * fast[4] + 0.25 * fast[8], 1e-11, 1e-11);
                assert_close!(jumped[82], fast[82], 1e-11, 1e-11);
            }
        }
    }
}

#[test]
fn a_neighborhood_of_nothing_is_a_line() {
    let mut y: Vec<f64> = (0..40).map(|t| f64::from(t) * 2.0).collect();
    y[10..20].fill(f64::NAN);
    y[..3].fill(f64::NAN);
    for loess in [Loess::new(5), Loess::new(5).degree(0), Loess::new(5).jump(3)] {
        let smooth = loess.apply(&y).unwrap();
        assert!(smooth.iter().all(|x| x.is_finite()));
        assert!((10..20).all(|i| (smooth[i] - 2.0 * i as f64).abs() < 2.5), "{smooth:?}");
    }
    assert!(Loess::new(5).apply(&[f64::NAN; 3]).is_err() && Loess::new(5).apply(&[]).is_err());
    assert_eq!(Loess::new(5).apply(&[4.0]).unwrap(), [4.0]);
    assert_eq!(Loess::new(5).robust(3).apply(&[4.0, f64::NAN]).unwrap(), [4.0, 4.0]);
}

proptest! {
    #[test]
    fn lines_pass_unchanged(level in -1e3..1e3, slope in -10.0..10.0, n in 20_usize..200, window in 5_usize..300, jump in 1_usize..30) {
        let y: Vec<f64> = (0..n).map(|t| level + slope * t as f64).collect();
        let smooth = Loess::new(window).jump(jump).apply(&y).unwrap();
        for (a, b) in smooth.iter().zip(&y) {
            prop_assert!(close(*a, *b, 1e-9, 1e-8));
        }
        let parts = Stl::new(7.min(n / 2)).fit(&y).unwrap();
        prop_assert!(parts.remainder().iter().all(|r| r.abs() < 1e-8));
    }

    #[test]
    fn scale_and_shift_go_through(seed in 0_u64..1000, factor in 0.1..100.0, shift in -1e3..1e3, robust: bool) {
        let y = days(seed);
        let moved: Vec<f64> = y.iter().map(|x| factor * x + shift).collect();
        let stl = if robust { Stl::new(7).robust() } else { Stl::new(7) };
        let (a, b) = (stl.fit(&y).unwrap(), stl.fit(&moved).unwrap());
        for i in 0..y.len() {
            prop_assert!(close(b.trend()[i], factor * a.trend()[i] + shift, 1e-8, 1e-7));
            prop_assert!(close(b.seasons()[0].values()[i], factor * a.seasons()[0].values()[i], 1e-8, 1e-6));
        }
    }

    #[test]
    fn nothing_panics(y in prop::collection::vec(prop_oneof![-1e3..1e3, Just(f64::NAN), Just(1e300)], 0..60), period in 0_usize..20, window in 3_usize..40, jump in 1_usize..20) {
        let stl = Stl::new(period).seasonal(Loess::new(window).jump(jump)).robust().outer(2);
        if let Ok(parts) = stl.fit(&y) {
            prop_assert!(parts.trend().iter().chain(parts.seasons()[0].values()).all(|x| x.is_finite()));
        }
        let _ = Classical::new(period).fit(&y);
        let _ = Mstl::new([period, period + 3]).fit(&y);
        let _ = Loess::new(window).jump(jump).robust(2).apply(&y);
    }
}
