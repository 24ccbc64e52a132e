//! Autoregression that finds its season.

use crate::stream::normal;
use core::f64::consts::TAU;
use evenkeel_core::{Forecaster, Prediction, Stage};
use evenkeel_detect::forecast::{RecursiveSparseAr, SeasonalAr};

fn cycle(i: usize, season: usize) -> f64 {
    let phase = (i % season) as f64 / season as f64 * TAU;
    10.0 * phase.sin() + 5.0 * (2.0 * phase).cos()
}

fn lags(season: usize) -> Vec<usize> {
    vec![1, 2, 3, season - 1, season, season + 1, 2 * season]
}

fn plain(lags: Vec<usize>) -> RecursiveSparseAr {
    RecursiveSparseAr::builder(lags).forgetting(0.9999).bounded(3.0).build().unwrap()
}

/// After 1,000 values it is the autoregression with the season's lags, learned from those values.
#[test]
fn it_finds_a_season_and_is_the_model_with_it() {
    let value = |(i, z): (usize, f64)| cycle(i, 60) + 0.3 * z;
    let values: Vec<f64> = normal(1).take(3_900).enumerate().map(value).collect();
    let mut model = SeasonalAr::new().unwrap();
    let mut before = plain(vec![1, 2, 3]);
    for (i, x) in values[..999].iter().enumerate() {
        assert_eq!(model.update(*x), before.update(*x), "{i}");
    }
    assert_eq!(model.season(), None);
    let mut after = plain(lags(60));
    for x in &values[..999] {
        after.update(*x);
    }
    for (i, x) in values.iter().enumerate().skip(999) {
        assert_eq!(model.update(*x), after.update(*x), "{i}");
        assert_eq!(model.season(), Some(60));
    }
    assert_eq!(model.model().lags(), lags(60));
    let mut next = [Prediction::default(); 60];
    assert!(model.forecast_into(&mut next));
    for (h, next) in next.iter().enumerate() {
        assert!((next.mean() - cycle(3_900 + h, 60)).abs() < 1.5, "{h}: {next:?}");
    }
}

/// Another season is found at the 4,000th or 16,000th value, a vanished one is kept.
#[test]
fn it_finds_a_season_that_has_changed() {
    let season = |i: usize| if i < 2_000 { 30 } else { 47 };
    let mut model = SeasonalAr::new().unwrap();
    let mut found = Vec::new();
    for (i, z) in normal(2).take(17_000).enumerate() {
        model.update(cycle(i, season(i)) + 0.3 * z);
        if found.last().is_none_or(|(_, season)| *season != model.season()) {
            found.push((i + 1, model.season()));
        }
    }
    assert_eq!(found.first(), Some(&(1, None)));
    assert_eq!(found.get(1), Some(&(1_000, Some(30))));
    assert_eq!(found.last().unwrap().1, Some(47), "{found:?}");
    assert_eq!(model.model().lags(), lags(47));
    model.reset();
    assert_eq!(model, SeasonalAr::new().unwrap());
}

#[test]
fn noise_has_no_season() {
    let mut model = SeasonalAr::new().unwrap();
    for x in normal(3).take(17_000) {
        model.update(x);
    }
    assert_eq!(model.season(), None);
    assert_eq!(model.model().lags(), [1, 2, 3]);
}

/// Gaps keep the season's place.
#[test]
fn gaps_keep_the_place() {
    let mut model = SeasonalAr::new().unwrap();
    let mut last = None;
    for (i, z) in normal(4).take(6_000).enumerate() {
        let is_missing = i < 3 || (700..720).contains(&i) || (5_900..5_950).contains(&i);
        last = model.update(if is_missing { f64::NAN } else { cycle(i, 60) + 0.1 * z });
        if i == 5_949 {
            let next: Prediction = last.unwrap();
            assert!((next.mean() - cycle(5_950, 60)).abs() < 1.0, "{next:?}");
        }
    }
    assert_eq!(model.season(), Some(60));
    assert!((last.unwrap().mean() - cycle(6_000, 60)).abs() < 1.0);
}
