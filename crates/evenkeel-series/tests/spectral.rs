//! Spectra, autocovariances, seasons found.

use core::f64::consts::TAU;
use evenkeel_core::Error;
use evenkeel_series::spectral::{SeasonDetection, Spectral};
use evenkeel_testing::reference::{self, Number, close, values};
use evenkeel_testing::{Source, assert_close};
use proptest::prelude::*;
use serde::Deserialize;
use std::fs;

/// The spectral part of `models/tests.json`; its other fields are replayed with the tests that they belong
/// to.
#[derive(Deserialize)]
struct Case {
    series: String,
    #[serde(rename = "R")]
    r: R,
    statsmodels_scipy: Scipy,
}

#[derive(Deserialize)]
struct R {
    #[serde(default)]
    acf: Option<Vec<Number>>,
    #[serde(default)]
    spec_pgram: Option<Vec<Number>>,
}

#[derive(Deserialize)]
struct Scipy {
    #[serde(default)]
    acf: Option<Vec<Number>>,
    #[serde(default)]
    acovf: Option<Vec<Number>>,
    #[serde(default)]
    periodogram: Option<Periodogram>,
    #[serde(default)]
    welch: Option<Welch>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Periodogram {
    freq: Vec<Number>,
    pxx: Vec<Number>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Welch {
    nperseg: usize,
    pxx: Vec<Number>,
}

/// Compares the first values; absolutely in shares of the largest one, because transforms round so.
#[track_caller]
fn same(what: &str, actual: &[f64], expected: &[Number]) {
    let size = values(expected).iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    assert!(actual.len() >= expected.len(), "{what}");
    for (i, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert_close!(*actual, expected.0, 1e-10, 1e-12 * size, "{what}[{i}]");
    }
}

#[test]
fn reference_values() {
    let cases: Vec<Case> = reference::load("models", "tests.json");
    let mut spectral = Spectral::new();
    let mut replayed = 0;
    for case in &cases {
        let name = &case.series;
        let Some(y) = reference::series(name) else {
            println!("skipped {name}: the data is not here");
            continue;
        };
        if let Some(expected) = &case.statsmodels_scipy.periodogram {
            let spectrum = spectral.periodogram(&y).unwrap();
            same(&format!("{name}: periodogram"), spectrum.density(), &expected.pxx);
            for (i, frequency) in expected.freq.iter().enumerate() {
                assert_close!(spectrum.frequency(i), frequency.0, 1e-14, 0.0);
            }
            replayed += 1;
        }
        if let Some(expected) = &case.statsmodels_scipy.welch {
            let spectrum = spectral.welch(&y, expected.nperseg).unwrap();
            assert_eq!(spectrum.density().len(), expected.pxx.len());
            same(&format!("{name}: Welch"), spectrum.density(), &expected.pxx);
            replayed += 1;
        }
        if let Some(expected) = &case.r.spec_pgram {
            let spectrum = spectral.periodogram_as_r(&y).unwrap();
            same(&format!("{name}: spec.pgram"), spectrum.density(), expected);
            replayed += 1;
        }
        for expected in [&case.r.acf, &case.statsmodels_scipy.acf].into_iter().flatten() {
            let r = spectral.autocorrelation(&y, expected.len() - 1).unwrap();
            same(&format!("{name}: autocorrelation"), &r, expected);
            replayed += 1;
        }
        if let Some(expected) = &case.statsmodels_scipy.acovf {
            let c = spectral.autocovariance(&y, expected.len() - 1).unwrap();
            same(&format!("{name}: autocovariance"), &c, expected);
            replayed += 1;
        }
    }
    assert!(replayed > 0, "nothing was replayed");
}

#[test]
fn input_is_validated() {
    let mut s = Spectral::new();
    assert_eq!(s.periodogram(&[]), Err(Error::TooShort { needed: 1, got: 0 }));
    assert_eq!(s.periodogram(&[1.0, f64::NAN]), Err(Error::Missing { at: 1 }));
    assert!(s.welch(&[1.0; 10], 1).is_err() && s.welch(&[1.0; 10], 11).is_err());
    assert!(s.periodogram_as_r(&[1.0]).is_err());
    assert!(s.autocovariance(&[1.0, 2.0], 2).is_err() && s.autocovariance(&[f64::NAN], 0).is_err());
    assert!(s.autocorrelation(&[3.0; 5], 2).is_err());
    assert!(SeasonDetection::new().alpha(0.0).fit(&mut s, &[1.0; 50]).is_err());
    for short in [&[][..], &[1.0], &[f64::NAN; 40], &[2.0; 40]] {
        assert!(SeasonDetection::new().fit(&mut s, short).unwrap().is_empty());
    }
}

proptest! {
    #[test]
    fn autocovariances_are_their_sums(y in prop::collection::vec(prop_oneof![8 => -100.0..100.0, 1 => Just(f64::NAN)], 2..80)) {
        let seen: Vec<f64> = y.iter().copied().filter(|x: &f64| !x.is_nan()).collect();
        prop_assume!(!seen.is_empty());
        let mean = seen.iter().sum::<f64>() / seen.len() as f64;
        let c = Spectral::new().autocovariance(&y, y.len() - 1).unwrap();
        for (lag, c) in c.iter().enumerate() {
            let pairs: Vec<f64> = (lag..y.len()).map(|i| (y[i] - mean) * (y[i - lag] - mean)).filter(|x| !x.is_nan()).collect();
            if pairs.is_empty() {
                prop_assert!(c.is_nan());
            } else {
                let expected = pairs.iter().sum::<f64>() / (pairs.len() + lag) as f64;
                prop_assert!(close(*c, expected, 1e-9, 1e-8), "lag {lag}: {c} {expected}");
            }
        }
    }

    #[test]
    fn a_periodogram_sums_to_the_variance(y in prop::collection::vec(-100.0..100.0, 2..100)) {
        let n = y.len() as f64;
        let mean = y.iter().sum::<f64>() / n;
        let variance = y.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
        let sum: f64 = Spectral::new().periodogram(&y).unwrap().density().iter().sum();
        prop_assert!(close(sum / n, variance, 1e-10, 1e-10));
    }

    #[test]
    fn detection_is_total(y in prop::collection::vec(prop_oneof![-1e3..1e3, Just(f64::NAN), Just(1e99), Just(0.0)], 0..120)) {
        let found = SeasonDetection::new().alpha(0.5).fit(&mut Spectral::new(), &y).unwrap();
        prop_assert!(found.iter().all(|s| s.period() >= 2 && 3 * s.period() <= y.len() && s.strength() <= 1.0));
    }
}

fn periods(y: &[f64]) -> Vec<usize> {
    let found = SeasonDetection::new().fit(&mut Spectral::new(), y).unwrap();
    found.iter().map(|season| season.period()).collect()
}

/// Hours with a daily and a weekly shape: nights, and weekends that are lower.
fn traffic(weeks: usize, per_hour: usize, seed: u64) -> Vec<f64> {
    let mut source = Source::new(seed);
    (0..weeks * 168 * per_hour)
        .map(|t| {
            let hour = t as f64 / per_hour as f64;
            let day = 10.0 * (hour / 24.0 * TAU).sin() + 4.0 * (hour / 12.0 * TAU).cos();
            let weekend = if (hour / 24.0) as usize % 7 >= 5 { -8.0 } else { 0.0 };
            100.0 + day + weekend + source.normal()
        })
        .collect()
}

#[test]
fn days_and_weeks_are_found() {
    assert_eq!(periods(&traffic(6, 1, 1)), [24, 168]);
    // Five-minute samples for five weeks, and one-minute samples.
    assert_eq!(periods(&traffic(5, 12, 2)), [288, 2016]);
    assert_eq!(periods(&traffic(5, 60, 3)), [1440, 10_080]);
}

#[test]
fn trends_outliers_and_gaps_do_not_matter() {
    let mut as_made = 0;
    for seed in 0..20 {
        let mut y = traffic(6, 1, seed);
        y.iter_mut().enumerate().for_each(|(t, x)| *x += 0.2 * t as f64);
        (1..20).for_each(|i| y[i * i * 5 / 2] = 1e5);
        y.iter_mut().skip(7).step_by(11).for_each(|x| *x = f64::NAN);
        y[400..440].fill(f64::NAN);
        let found = periods(&y);
        assert_eq!(found[..2], [24, 168]);
        if found.len() != 2 {
            println!("{found:?}");
        }
        as_made += usize::from(found.len() == 2);
    }
    println!("{as_made} of 20");
    // Outliers at irregular places may look like one season more, rarely.
    assert!(as_made >= 17, "{as_made} of 20");
    // A level shift.
    let mut y = traffic(6, 1, 5);
    y[500..].iter_mut().for_each(|x| *x += 60.0);
    assert_eq!(periods(&y)[0], 24);
}

#[test]
fn a_spike_a_day_is_a_season() {
    let mut source = Source::new(6);
    let mut y: Vec<f64> = (0..288 * 14).map(|_| source.normal()).collect();
    y.iter_mut().skip(17).step_by(288).for_each(|x| *x += 30.0);
    // One cut-off value in 288 is too little to be told from chance; a quarter of an hour is not.
    for phase in 18..24 {
        y.iter_mut().skip(phase).step_by(288).for_each(|x| *x += 30.0);
    }
    assert_eq!(periods(&y), [288]);
}

/// How many of so many series without a season are said to have one.
fn false_detections(runs: u64, n: usize, mut next: impl FnMut(&mut Source, &mut f64) -> f64) -> usize {
    let mut spectral = Spectral::new();
    (0..runs)
        .filter(|run| {
            let mut source = Source::new(1000 + run);
            let mut state = 0.0;
            let y: Vec<f64> = (0..n).map(|_| next(&mut source, &mut state)).collect();
            !SeasonDetection::new().fit(&mut spectral, &y).unwrap().is_empty()
        })
        .count()
}

#[test]
fn nothing_is_found_where_nothing_is() {
    let runs = 300;
    for n in [30, 60, 120, 300, 1000, 3000] {
        let white = false_detections(runs, n, |s, _| s.normal());
        let red = false_detections(runs, n, |s, x| {
            *x = 0.9 * *x + s.normal();
            *x
        });
        let walk = false_detections(runs, n, |s, x| {
            *x += s.normal();
            *x
        });
        let noisy = false_detections(runs, n, |s, x| {
            *x += 0.3 * s.normal();
            *x + s.normal()
        });
        println!("n = {n}: of {runs}: white {white}, red {red}, walk {walk}, noisy walk {noisy}");
        // 2 % and about three standard deviations of the count.
        for found in [white, red, walk, noisy] {
            assert!(found <= 13, "n = {n}: {white} {red} {walk} {noisy} of {runs}");
        }
    }
}

#[test]
fn hourly_series_have_days_and_weeks() {
    let Some(path) = reference::data("m4/Hourly-train.csv") else {
        println!("skipped: the hourly series of M4 are not here");
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    let (mut series, mut days, mut weeks) = (0, 0, 0);
    let mut spectral = Spectral::new();
    for line in text.lines().skip(1) {
        let fields = line
            .split(',')
            .skip(1)
            .map(|field| field.trim_matches('"'))
            .take_while(|field| !field.is_empty());
        let y: Vec<f64> = fields.map(|field| field.parse().unwrap()).collect();
        let found = SeasonDetection::new().fit(&mut spectral, &y).unwrap();
        series += 1;
        days += usize::from(found.iter().any(|season| season.period() == 24));
        weeks += usize::from(found.iter().any(|season| season.period() == 168));
    }
    println!("of {series} hourly series, {days} have a day and {weeks} have a week");
    // A good third of them is of things that know no week, such as daylight.
    assert!(days * 10 >= series * 9 && weeks * 3 >= series, "{days} and {weeks} of {series}");
}

/// Three cycles are enough for a wave that explains most of the variance: an F test of the fold by its period
/// rejects at 1e-6.
#[test]
fn seasons_of_a_few_cycles_are_found() {
    let mut spectral = Spectral::new();
    let mut detect = |cycles: f64, p: usize, noise: f64, seed: u64| {
        let mut source = Source::new(9000 + seed);
        let phase = source.uniform();
        let n = (cycles * p as f64).ceil() as usize;
        let y: Vec<f64> = (0..n)
            .map(|i| 10.0 * ((i as f64 / p as f64 + phase) * TAU).sin() + noise * source.normal())
            .collect();
        let found = SeasonDetection::new().fit(&mut spectral, &y).unwrap();
        found.iter().map(|season| season.period()).collect::<Vec<_>>()
    };
    for p in [7, 12, 24, 60] {
        let mut counts = Vec::new();
        for (cycles, noise) in [(4.0, 3.0), (3.1, 3.0), (4.0, 1.0), (3.1, 1.0)] {
            let (mut near, mut exact) = (0, 0);
            for seed in 0..40 {
                let found = detect(cycles, p, noise, seed);
                // Four cycles tell a period from others to about a twentieth of it.
                near += usize::from(found.iter().any(|q| 20 * q.abs_diff(p) <= 2 * p));
                exact += usize::from(found == [p]);
            }
            counts.push((near, exact));
        }
        println!("p = {p}: {counts:?}");
        for ((near, exact), least) in counts.into_iter().zip([38, 33, 39, 39]) {
            assert!(near >= least && (p > 24 || exact >= least - 2), "p = {p}: {near} and {exact}");
        }
    }
}
