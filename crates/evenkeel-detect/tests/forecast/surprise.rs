use crate::stream::RunningMean;
use evenkeel_core::{Assessment, Direction, Forecaster, Prediction, Stage};
use evenkeel_detect::Surprise;
use evenkeel_detect::forecast::Innovations;

#[test]
fn scores_are_standard_deviations() {
    let mut surprise = Surprise::new(RunningMean::new(2.0));
    assert!(surprise.update(10.0).is_none(), "nothing was expected");
    for (deviation, direction) in
        [(0.0, Direction::Up), (3.0, Direction::Up), (-7.0, Direction::Down), (60.0, Direction::Up)]
    {
        let mut copy = surprise.clone();
        let score = copy.update(10.0 + 2.0 * deviation).unwrap();
        assert!((score.value() - deviation.abs()).abs() < 1e-9, "{} {deviation}", score.value());
        assert_eq!(score.direction(), direction);
        assert_eq!(score.expected(), Prediction::new(10.0, 2.0));
    }
    assert!(surprise.update(f64::NAN).is_none());
}

#[test]
fn a_certain_model_is_infinitely_surprised() {
    let mut surprise = Surprise::new(RunningMean::new(0.0));
    surprise.update(1.0);
    assert_eq!(surprise.update(1.0).unwrap().value(), 0.0);
    assert_eq!(surprise.update(2.0).unwrap().value(), f64::MAX);
}

/// A forecaster of counts: its distribution is discrete, so both tails can be above one half.
#[derive(Debug, Clone)]
struct Coin;

impl Stage<f64> for Coin {
    type Output = Prediction;
    fn update(&mut self, _: f64) -> Option<Prediction> {
        Prediction::new(0.1, 0.3)
    }
    fn reset(&mut self) {}
}

impl Forecaster for Coin {
    fn forecast_into(&self, out: &mut [Prediction]) -> bool {
        out.fill(Prediction::new(0.1, 0.3).unwrap());
        true
    }
    fn assess(&self, x: f64) -> Option<Assessment> {
        if x == 1.0 {
            Assessment::new(0.1_f64.ln(), 1.0, 0.1)
        } else {
            Assessment::new(0.9_f64.ln(), 0.9, 1.0)
        }
    }
}

#[test]
fn other_laws_score_on_the_same_scale() {
    let mut surprise = Surprise::new(Coin);
    assert_eq!(surprise.update(0.0).unwrap().value(), 0.0);
    let one = surprise.update(1.0).unwrap();
    assert!(
        (one.value() - 1.281_551_565_544_600_5).abs() < 1e-12,
        "the normal quantile of 0.1: {}",
        one.value()
    );
}

#[test]
fn innovations_are_standardized_errors() {
    let mut innovations = Innovations::new(RunningMean::new(0.5));
    assert_eq!(
        innovations.run([1.0, 2.0, f64::NAN, 0.0]).collect::<Vec<_>>(),
        [None, Some(2.0), None, Some(-3.0)]
    );
}
