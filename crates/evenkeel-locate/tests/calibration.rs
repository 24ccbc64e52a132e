//! Calibration of probabilities.

use crate::shop::at;
use evenkeel_locate::{Calibration, Ranking, Suspect};
use proptest::prelude::*;

fn ranking(scores: &[f64], noise: f64) -> Ranking {
    let suspects =
        scores.iter().enumerate().map(|(i, score)| Suspect::new(format!("c{i:03}"), *score).unwrap());
    Ranking::new(suspects.collect(), Vec::new()).with_noise(noise)
}

#[test]
fn the_margin_decides() {
    let first = |second: f64| Calibration::default().probabilities(&ranking(&[1.0, second], 0.0))[0];
    assert!((first(0.9) - 0.72).abs() < 0.01, "{}", first(0.9));
    assert!((first(0.7) - 0.93).abs() < 0.01, "{}", first(0.7));
    assert!(Calibration::default().diagnose(&ranking(&[1.0, 1.0], 0.0), at(0)).is_none());
    assert!(Calibration::default().diagnose(&ranking(&[1.0, 0.9], 0.0), at(0)).is_some());
}

#[test]
fn nothing_is_a_suspect_too() {
    let calibration = Calibration::default();
    assert!(calibration.diagnose(&ranking(&[1.0], 1.0), at(0)).is_none());
    assert!(calibration.diagnose(&ranking(&[1.0], 5.0), at(0)).is_none());
    let sure = calibration.diagnose(&ranking(&[4.0], 1.0), at(0)).unwrap();
    assert!((0.0195..0.03).contains(&sure.unexplained()));
    for scores in [&[][..], &[0.0], &[-1.0]] {
        assert!(calibration.probabilities(&ranking(scores, 0.0)).is_empty());
        assert!(calibration.diagnose(&ranking(scores, 0.0), at(0)).is_none());
    }
}

#[test]
fn as_many_causes_as_wanted() {
    let many = ranking(&[1.0, 0.6, 0.5, 0.4, 0.3, 0.2], 0.0);
    assert_eq!(Calibration::default().diagnose(&many, at(0)).unwrap().causes().len(), 5);
    let two = Calibration::default().with_causes(2).unwrap().diagnose(&many, at(7)).unwrap();
    assert_eq!((two.causes().len(), two.at()), (2, at(7)));
    assert!(Calibration::default().with_causes(0).is_err());
    assert!(Calibration::default().with_temperature(0.0).is_err());
    assert!(Calibration::default().with_least(1.1).is_err());
}

proptest! {
    #[test]
    fn probabilities_are_ordered_and_leave_a_rest(
        scores in prop::collection::vec(-1e3..1e3_f64, 0..40), noise in -10.0..10.0_f64, scale in 1e-6..1e6_f64,
    ) {
        let calibration = Calibration::default();
        let probabilities = calibration.probabilities(&ranking(&scores, noise));
        prop_assert!(probabilities.iter().sum::<f64>() < 1.0);
        prop_assert!(probabilities.windows(2).all(|pair| pair[0] >= pair[1]));
        // The scale of scores makes no difference.
        let scaled: Vec<f64> = scores.iter().map(|score| score * scale).collect();
        for (a, b) in probabilities.iter().zip(calibration.probabilities(&ranking(&scaled, noise * scale))) {
            prop_assert!((a - b).abs() < 1e-9);
        }
    }
}
