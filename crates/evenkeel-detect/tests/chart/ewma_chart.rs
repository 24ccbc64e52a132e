use crate::stream::normal;
use evenkeel_core::{Direction, Error, Stage};
use evenkeel_detect::chart::EwmaChart;
use proptest::prelude::*;

#[test]
fn refuses_what_is_no_chart() {
    for (mean, sd, lambda, name) in [
        (f64::NAN, 1.0, 0.2, "mean"),
        (f64::INFINITY, 1.0, 0.2, "mean"),
        (1e200, 1.0, 0.2, "mean"),
        (0.0, 0.0, 0.2, "sd"),
        (0.0, -1.0, 0.2, "sd"),
        (0.0, f64::NAN, 0.2, "sd"),
        (0.0, f64::INFINITY, 0.2, "sd"),
        (0.0, 1.0, 0.0, "lambda"),
        (0.0, 1.0, 1.5, "lambda"),
        (0.0, 1.0, f64::NAN, "lambda"),
    ] {
        let refused = EwmaChart::builder(mean, sd).lambda(lambda).build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
}

#[test]
fn a_single_value_is_scored_as_itself() {
    let mut chart = EwmaChart::builder(10.0, 2.0).build().unwrap();
    let score = chart.update(4.0).unwrap();
    assert!((score.value() - 3.0).abs() < 1e-12, "z of the first value is its own");
    assert_eq!(score.direction(), Direction::Down);
}

/// Also after it has stopped changing.
#[test]
fn every_standard_error_is_the_exact_one() {
    for lambda in [0.01, 0.2, 0.9, 1.0] {
        let mut chart = EwmaChart::builder(5.0, 3.0).lambda(lambda).build().unwrap();
        assert_eq!(chart.standard_error(), 0.0);
        for i in 1..5_000 {
            chart.update(7.0);
            let exact = 3.0 * (lambda / (2.0 - lambda) * (1.0 - (1.0 - lambda).powi(2 * i))).sqrt();
            assert!((chart.standard_error() / exact - 1.0).abs() < 1e-12, "{lambda} {i}");
        }
        chart.reset();
        assert_eq!(chart, EwmaChart::builder(5.0, 3.0).lambda(lambda).build().unwrap());
    }
}

#[test]
fn noise_has_unit_scores() {
    let mut chart = EwmaChart::builder(5.0, 3.0).lambda(0.1).build().unwrap();
    let n = 200_000;
    let mean_square =
        chart.run(normal(1).take(n).map(|z| 5.0 + 3.0 * z)).map(|s| s.unwrap().value().powi(2)).sum::<f64>()
            / n as f64;
    // The statistic is an autoregression with coefficient 0.9: about n / 19 independent squares of
    // variance 2.
    assert!((mean_square - 1.0).abs() < 5.0 * (2.0 * 19.0 / n as f64).sqrt(), "{mean_square}");
}

proptest! {
    #[test]
    fn shift_and_scale_leave_scores(xs in prop::collection::vec(-5.0..5.0, 1..50), shift in -1e3..1e3, scale in 0.01..100.0) {
        let mut plain = EwmaChart::builder(0.0, 1.0).build().unwrap();
        let mut moved = EwmaChart::builder(shift, scale).build().unwrap();
        for x in xs {
            let (a, b) = (plain.update(x).unwrap(), moved.update(shift + scale * x).unwrap());
            prop_assert!((a.value() - b.value()).abs() <= 1e-7 * (1.0 + a.value()), "{} {}", a.value(), b.value());
        }
    }
}
