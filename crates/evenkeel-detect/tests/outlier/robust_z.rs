use crate::stream::{normal, uniform};
use evenkeel_core::{Direction, Error, Stage};
use evenkeel_detect::RobustZ;
use evenkeel_series::median;
use evenkeel_series::quantile::{MAD_TO_SD, mad};
use proptest::prelude::*;

proptest! {
    #[test]
    fn it_is_the_definition(values in prop::collection::vec(-50.0..50.0, 4..150), window in 3..40_usize) {
        let mut detector = RobustZ::builder().window(window).min_values(3).build().unwrap();
        for (i, x) in values.iter().enumerate() {
            let before = &values[i.saturating_sub(window)..i];
            let score = detector.update(*x);
            prop_assert_eq!(score.is_some(), before.len() >= 3);
            let Some(score) = score else { continue };
            let (center, spread) = (median(before).unwrap(), MAD_TO_SD * mad(before).unwrap());
            let expected = score.expected().unwrap();
            prop_assert_eq!((expected.mean(), expected.sd()), (center, spread));
            let z = (x - center) / spread;
            prop_assert!((score.signed() - z).abs() < 1e-9 * (1.0 + z.abs()));
        }
    }

    /// Another unit and another zero change nothing, also where the MAD is 0.
    #[test]
    fn it_is_equivariant(values in prop::collection::vec(0..4_i32, 10..80), power in -20..20_i32, zero in -8..8_i32) {
        let unit = 2.0_f64.powi(power);
        let mut plain = RobustZ::builder().window(20).min_values(3).build().unwrap();
        let mut moved = plain.clone();
        for i in values {
            let (a, b) = (plain.update(f64::from(i)), moved.update(unit * f64::from(i + zero)));
            prop_assert_eq!(a.map(|s| s.signed()), b.map(|s| s.signed()));
        }
    }
}

/// The public failure: more than half of the values are one value, the MAD is 0, and dividing by it makes
/// everything else infinite.
#[test]
fn mad_zero_on_quantized_data() {
    // Normal values of spread 0.4 in whole numbers: four of five are the same.
    let rounded = |seed| normal(seed).map(|z| (0.4 * z).round());
    let mut detector = RobustZ::builder().build().unwrap();
    let before: Vec<f64> = rounded(4).take(3_000).collect();
    assert_eq!(mad(&before), Some(0.0));
    let mut largest = 0.0_f64;
    for x in &before {
        if let Some(score) = detector.update(*x) {
            let spread = score.expected().unwrap().sd();
            assert!((0.4..1.4).contains(&spread), "0.4 to 0.8 was wanted: {spread}");
            largest = largest.max(score.value());
        }
    }
    assert!((1.0..6.0).contains(&largest), "the next value is no incident: {largest}");
    let score = detector.update(12.0).unwrap();
    assert!((9.0..30.0).contains(&score.value()), "twelve of them is one: {}", score.value());

    // The spread goes on without a jump where the share passes one half.
    let spread = |equal: usize| {
        let mut detector = RobustZ::builder().window(1_000).build().unwrap();
        (0..1_000).for_each(|i| {
            detector.update(if i < equal { 7.0 } else { 9.0 });
        });
        detector.expected().unwrap().sd()
    };
    let (at, beyond) = (spread(501), spread(520));
    assert!((at / (2.0 * MAD_TO_SD) - 1.0).abs() < 0.01 && beyond < at && beyond > 0.9 * at, "{at} {beyond}");
}

/// A constant is normal, anything else is not; and it says so finitely.
#[test]
fn all_values_equal() {
    for (floor, expected) in [(0.0, 1e6), (0.5, 2.0)] {
        let mut detector = RobustZ::builder().floor(floor).build().unwrap();
        for _ in 0..300 {
            assert!(detector.update(5.0).is_none_or(|s| s.value() == 0.0));
        }
        let score = detector.update(4.0).unwrap();
        assert_eq!((score.value(), score.direction()), (expected, Direction::Down));
        assert!(detector.update(4.0).unwrap().value() < 3.0, "it has been seen now: one in two hundred");
    }
}

/// The public complaint: a level that stays is an anomaly for ever. Here it is for half a window.
#[test]
fn a_level_that_lasts_is_learned_within_one_window() {
    let mut detector = RobustZ::builder().window(100).build().unwrap();
    for (i, z) in normal(6).take(1_200).enumerate() {
        let score = detector.update(if i < 600 { z } else { z + 20.0 }).map_or(0.0, |s| s.value());
        match i {
            600..640 => assert!(score > 8.0, "{i}: {score}"),
            700.. => assert!(score < 5.5, "{i}: {score}"),
            _ => {}
        }
    }
}

/// Outliers do not stretch the unit: a second one as large scores as the first.
#[test]
fn a_second_event_is_as_surprising_as_the_first() {
    let mut detector = RobustZ::builder().build().unwrap();
    let mut scores = Vec::new();
    for (i, u) in uniform(2).take(500).enumerate() {
        let event = (300..310).contains(&i) || (350..360).contains(&i);
        let score = detector.update(if event { u + 50.0 } else { u }).map_or(0.0, |s| s.value());
        if event {
            scores.push(score);
        }
    }
    assert!(scores[10..].iter().all(|s| *s > 0.8 * scores[0]), "{scores:?}");
}

#[test]
fn settings_are_validated() {
    for (builder, name) in [
        (RobustZ::builder().window(2), "window"),
        (RobustZ::builder().min_values(2), "min_values"),
        (RobustZ::builder().min_values(201), "min_values"),
        (RobustZ::builder().floor(-1.0), "floor"),
        (RobustZ::builder().floor(f64::NAN), "floor"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
}
