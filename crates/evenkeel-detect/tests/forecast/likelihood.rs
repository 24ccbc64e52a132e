use crate::stream::{RunningMean, normal};
use evenkeel_core::{Direction, Error, Forecaster, Stage};
use evenkeel_detect::adapt::ValueAsScore;
use evenkeel_detect::forecast::Likelihood;
use evenkeel_detect::{Spot, Surprise};
use proptest::prelude::*;

proptest! {
    /// The definition: the mean of -ln density under what was known before each value.
    #[test]
    fn it_is_the_definition(
        values in prop::collection::vec(prop_oneof![8 => -50.0..50.0, 1 => Just(f64::NAN)], 1..80), window in 1..12_usize,
    ) {
        let mut watch = Likelihood::new(RunningMean::new(10.0), window).unwrap();
        let mut model = RunningMean::new(10.0);
        let mut terms = Vec::new();
        for x in values {
            let density = model.assess(x).map(|a| -a.log_density());
            model.update(x);
            terms.extend(density);
            let score = watch.update(x);
            prop_assert_eq!(score.is_some(), density.is_some());
            if let Some(score) = score {
                let newest = &terms[terms.len().saturating_sub(window)..];
                let mean = newest.iter().sum::<f64>() / newest.len() as f64;
                prop_assert!((score.value() - mean).abs() < 1e-9, "{} {mean}", score.value());
                prop_assert_eq!(score.direction(), Direction::Either);
            }
        }
        prop_assert_eq!(watch.forecaster(), &model);
    }
}

/// What probability 0 is to a model is a million nats, and gone from the average without a trace.
#[test]
fn the_impossible_is_finite_and_forgotten() {
    let mut watch = Likelihood::new(RunningMean::new(1e-3), 5).unwrap();
    watch.update(0.0);
    let usual = watch.update(0.0).unwrap().value();
    assert!((watch.update(1e9).unwrap().value() - (1e6 + usual) / 2.0).abs() < 1.0);
    watch.reset();
    for _ in 0..40 {
        watch.update(0.0);
    }
    assert_eq!(watch.update(0.0).unwrap().value(), usual);
}

/// A spread that grows moves no single value far, but the average: found behind a calibrator, and not by
/// single surprises.
#[test]
fn small_surprises_add_up() {
    let spot = || Spot::builder(1e-3).calibration(2_000).build().unwrap();
    let mut together = Likelihood::new(RunningMean::new(1.0), 30).unwrap().then(spot());
    let mut single = Surprise::new(RunningMean::new(1.0)).then(spot());
    let mut found = [0, 0];
    for (i, z) in normal(9).take(5_060).enumerate() {
        let x = if i < 5_000 { z } else { 1.8 * z };
        let p = [together.update(x), single.update(x)].map(|c| c.map_or(1.0, |c| c.p()));
        for (found, p) in found.iter_mut().zip(p) {
            *found += u32::from(i >= 5_000 && p < 1e-3);
        }
    }
    assert!(found[0] >= 20 && found[0] > 5 * found[1], "{found:?}");
    // The score is one like any other.
    assert!(ValueAsScore.then(spot()).update(0.0).is_none());
}

#[test]
fn settings_are_validated() {
    for window in [0, 1_000_001] {
        let refused = Likelihood::new(RunningMean::new(1.0), window).unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: "window", .. }));
    }
}
