//! Local means.

use crate::stream::normal;
use evenkeel_core::{Direction, Error, Stage};
use evenkeel_detect::outlier::LocalMean;

#[test]
fn settings_have_their_ranges() {
    for window in [0, 1, 1_000_001] {
        let refused = LocalMean::new(window).unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: "window", .. }), "{refused}");
    }
}

/// The definition, with all values at hand.
#[test]
fn it_is_its_definition() {
    for window in [2, 10, 33] {
        let mut stage = LocalMean::new(window).unwrap();
        let (mut values, mut mean, mut usual) = (Vec::new(), 0.0, 0.0);
        for (i, z) in normal(3).take(6_000).enumerate() {
            let x = match i {
                1_000..1_010 => f64::NAN,
                2_000 => 1e60,
                3_000..3_100 => 53.0 + z,
                3_500 => 5_000.0,
                _ => 50.0 + z,
            };
            let score = stage.update(x);
            // Neither what is missing nor what can't be.
            if x.is_nan() || x > 1e50 {
                assert_eq!(score, None);
                continue;
            }
            values.push(x);
            // The first value is the first mean.
            mean = if values.len() == 1 { x } else { mean };
            let held = values.len().min(window);
            let shift = values[values.len() - held..].iter().sum::<f64>() / held as f64 - mean;
            let reach = if values.len() > 100 { 4.0 * usual } else { f64::MAX };
            let rate = 1.0 / (values.len() as f64).min(1_000.0);
            let expected = (mean, usual, shift / usual);
            mean += rate * (x - mean).max(-reach).min(reach);
            usual = (1.0 - rate) * usual + rate * shift.abs().min(reach);
            if values.len() <= 200 {
                assert_eq!(score, None, "{i}");
                continue;
            }
            let score = score.unwrap();
            assert!((score.value() / expected.2.abs() - 1.0).abs() < 1e-6, "{window}, {i}: {score:?}");
            let direction = if expected.2 > 0.0 { Direction::Up } else { Direction::Down };
            assert_eq!(score.direction(), direction, "{window}, {i}");
            let prediction = score.expected().unwrap();
            assert!(
                (prediction.mean() - expected.0).abs() < 1e-9 && (prediction.sd() - expected.1).abs() < 1e-9
            );
        }
    }
}

/// A shift by 1.2 standard deviations, which no single value shows.
#[test]
fn a_small_shift_is_noticed() {
    for up in [1.2, -1.2] {
        let mut stage = LocalMean::new(10).unwrap();
        let mut noise = normal(5);
        let calm: Vec<f64> =
            stage.run(noise.by_ref().take(5_000)).flatten().map(|score| score.value()).collect();
        let mean = calm.iter().sum::<f64>() / calm.len() as f64;
        assert!((0.9..1.1).contains(&mean), "{mean}");
        let last = stage.run(noise.by_ref().take(20).map(|z| z + up)).last().flatten().unwrap();
        assert!(last.value() > 3.0, "{last:?}");
        assert_eq!(last.direction(), if up > 0.0 { Direction::Up } else { Direction::Down });
    }
}

#[test]
fn what_never_varied_is_far_off_when_it_does() {
    let mut stage = LocalMean::new(10).unwrap();
    assert!(stage.run([0.0; 1_000]).flatten().all(|score| score.value() == 0.0));
    let score = stage.update(0.1).unwrap();
    assert_eq!((score.value(), score.direction()), (1e6, Direction::Up));
}
