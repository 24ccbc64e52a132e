use evenkeel_core::{Direction, Error, Prediction, Score, Stage};
use evenkeel_detect::adapt::{SmoothedScore, ValueAsScore};
use proptest::prelude::*;

proptest! {
    /// The definition as a weighted sum over all scores.
    #[test]
    fn it_is_the_definition(values in prop::collection::vec(-3.0..1e6_f64, 1..60), span in 1..30_usize) {
        let mut line = ValueAsScore.then(SmoothedScore::new(span).unwrap());
        let weight = 2.0 / (span as f64 + 1.0);
        for n in 1..=values.len() {
            let score = line.update(values[n - 1]).unwrap();
            let terms = values[..n].iter().rev().enumerate();
            let sum: f64 = terms.map(|(age, x)| weight * (1.0 - weight).powi(age as i32) * x.max(0.0).ln_1p()).sum();
            prop_assert!((score.value() - sum).abs() <= 1e-12 * (1.0 + sum));
        }
    }
}

#[test]
fn the_rest_of_a_score_stays() {
    let expected = Prediction::new(3.0, 1.0).unwrap();
    let score = Score::new(9.0, Direction::Down).unwrap().with_expected(expected).with_dimension(4);
    let smoothed = SmoothedScore::new(1).unwrap().update(score).unwrap();
    assert!((smoothed.value() - 10_f64.ln()).abs() < 1e-15);
    assert_eq!(
        (smoothed.direction(), smoothed.expected(), smoothed.dimension()),
        (Direction::Down, Some(expected), Some(4))
    );
}

#[test]
fn a_span_out_of_range_is_named() {
    for span in [0, 1_000_000_001] {
        assert!(matches!(SmoothedScore::new(span).unwrap_err(), Error::Parameter { name: "span", .. }));
    }
    let broken = r#"{"span":20,"mean":711.0}"#;
    assert!(serde_json::from_str::<SmoothedScore>(broken).is_err());
}
