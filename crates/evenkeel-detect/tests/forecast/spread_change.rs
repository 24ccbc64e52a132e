//! Changes of the spread of errors.

use crate::stream::normal;
use evenkeel_core::{Direction, Error, Stage};
use evenkeel_detect::forecast::SpreadChange;

#[test]
fn settings_have_their_ranges() {
    for window in [0, 1, 1_000_001] {
        let refused = SpreadChange::new(window).unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: "window", .. }), "{refused}");
    }
}

/// The definition, with all errors at hand: 8 and 4 standard deviations are the most that count, the memory is
/// 5,000 errors.
#[test]
fn it_is_its_definition() {
    for window in [2, 7, 20] {
        let mut stage = SpreadChange::new(window).unwrap();
        let (mut sizes, mut usual) = (Vec::new(), 0.0);
        let spread = |i: usize| if (6_000..6_200).contains(&i) { 7.0 } else { 1.0 };
        for (i, z) in normal(3).take(8_000).enumerate() {
            let error = match i {
                3_000..3_010 => f64::NAN,
                4_000 => 1e99,
                7_000..7_040 => 0.0,
                _ => spread(i) * z,
            };
            let score = stage.update(error);
            if error.is_nan() {
                assert_eq!(score, None);
                continue;
            }
            sizes.push(error.abs().min(8.0));
            let rate = 1.0 / (sizes.len() as f64).min(5_000.0);
            usual = (1.0 - rate) * usual + rate * error.abs().min(4.0);
            if sizes.len() <= window {
                assert_eq!(score, None, "{i}");
                continue;
            }
            let local = sizes[sizes.len() - window..].iter().sum::<f64>() / window as f64;
            let expected = f64::ln(local + 0.05) - f64::ln(usual + 0.05);
            let score = score.unwrap();
            assert!((score.value() - expected.abs()).abs() < 1e-9, "{window}, {i}: {score:?} {expected}");
            if expected.abs() > 1e-6 {
                let direction = if expected > 0.0 { Direction::Up } else { Direction::Down };
                assert_eq!(score.direction(), direction, "{window}, {i}");
            }
        }
    }
}

#[test]
fn noisier_and_stuck_are_told_apart() {
    let mut stage = SpreadChange::new(20).unwrap();
    let mut noise = normal(4);
    let calm =
        stage.run(noise.by_ref().take(5_000)).flatten().skip(200).map(|s| s.value()).fold(0.0, f64::max);
    let noisy = stage.run(noise.by_ref().take(20).map(|z| 4.0 * z)).last().flatten().unwrap();
    assert!(
        noisy.value() > 1.0 && noisy.value() > calm && noisy.direction() == Direction::Up,
        "{noisy:?} {calm}"
    );
    stage.run(noise.by_ref().take(100)).count();
    let stuck = stage.run([0.0; 20]).last().flatten().unwrap();
    assert!(stuck.value() > 2.0 && stuck.value() <= 6.0 && stuck.direction() == Direction::Down, "{stuck:?}");
}
