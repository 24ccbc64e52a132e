//! Comparison within a tolerance.

use approx::{
    AbsDiffEq, RelativeEq, UlpsEq, assert_abs_diff_eq, assert_abs_diff_ne, assert_relative_eq, assert_ulps_eq,
};
use evenkeel_core::{
    Assessment, At, Calibrated, Direction, Prediction, Score, Timestamp, Transition, TransitionKind,
};

fn prediction(mean: f64) -> Prediction {
    Prediction::new(mean, 2.0).unwrap()
}

fn calibrated(p: f64, value: f64) -> Calibrated {
    let score = Score::new(value, Direction::Up).unwrap().with_expected(prediction(value)).with_dimension(1);
    Calibrated::new(p, score).unwrap()
}

#[test]
fn numbers_are_compared_within_the_tolerance() {
    assert_abs_diff_eq!(prediction(100.0), prediction(100.001), epsilon = 0.01);
    assert_abs_diff_ne!(prediction(100.0), prediction(100.1), epsilon = 0.01);
    assert_abs_diff_ne!(
        Prediction::new(1.0, 1.0).unwrap(),
        Prediction::new(1.0, 1.1).unwrap(),
        epsilon = 0.01
    );
    assert_relative_eq!(prediction(1e9), prediction(1e9 + 1.0), max_relative = 1e-8);
    assert!(prediction(1e9).relative_ne(&prediction(1e9 + 1.0), 0.0, 1e-10));
    assert_ulps_eq!(prediction(0.1 + 0.2), prediction(0.3));
    assert!(prediction(1.0).ulps_ne(&prediction(1.0 + 1e-12), 0.0, 4));
    // Every number counts, also the nested ones.
    assert_abs_diff_eq!(calibrated(0.1, 5.0), calibrated(0.1 + 1e-9, 5.0 - 1e-9), epsilon = 1e-8);
    assert_abs_diff_ne!(calibrated(0.1, 5.0), calibrated(0.1, 5.1), epsilon = 1e-8);
    assert_abs_diff_ne!(calibrated(0.1, 5.0), calibrated(0.2, 5.0), epsilon = 1e-8);
    let assessment = |lower: f64| Assessment::new(-1.0, lower, 1.0 - lower).unwrap();
    assert_relative_eq!(assessment(0.25), assessment(0.25 + 1e-12), epsilon = 1e-11);
    assert!(assessment(0.25).abs_diff_ne(&assessment(0.3), 0.01));
}

#[test]
fn what_is_no_number_is_equal_or_not() {
    let score = |direction| Score::new(1.0, direction).unwrap();
    assert!(score(Direction::Up).abs_diff_ne(&score(Direction::Down), 1e300));
    assert!(score(Direction::Up).abs_diff_ne(&score(Direction::Up).with_dimension(0), 1e300));
    assert!(score(Direction::Up).abs_diff_ne(&score(Direction::Up).with_expected(prediction(0.0)), 1e300));
    let at = |seconds: i64, value: f64| At::new(Timestamp::from_seconds(seconds), value);
    assert_abs_diff_eq!(at(1, 5.0), at(1, 5.25), epsilon = 0.5);
    assert!(at(1, 5.0).abs_diff_ne(&at(2, 5.0), 0.5));
    assert_relative_eq!(at(1, 5.0), at(1, 5.0 + 1e-15), max_relative = 1e-15);
    assert_ulps_eq!(at(1, 0.1 + 0.2), at(1, 0.3), max_ulps = 1);
}

#[test]
fn transitions_are_compared_by_their_peaks() {
    let transition = |second: i64, p: f64| {
        let time = Timestamp::from_seconds(second);
        Transition {
            kind: TransitionKind::Raised,
            at: time,
            start: time,
            peak: At::new(time, calibrated(p, 3.0)),
            end: None,
        }
    };
    assert_relative_eq!(transition(1, 1e-6), transition(1, 1.001e-6), epsilon = 0.0, max_relative = 0.01);
    assert!(transition(1, 1e-6).relative_ne(&transition(1, 2e-6), 0.0, 0.01));
    assert!(transition(1, 1e-6).abs_diff_ne(&transition(2, 1e-6), 1.0));
}

/// Nothing is farther from itself than any tolerance.
#[test]
fn each_is_near_itself() {
    // The density of a value under a distribution without spread is as large as a float can be.
    let certain = Prediction::new(1.0, 0.0).unwrap().assess(1.0);
    assert!(
        certain.abs_diff_eq(&certain, 0.0)
            && certain.relative_eq(&certain, 0.0, 0.0)
            && certain.ulps_eq(&certain, 0.0, 0)
    );
}
