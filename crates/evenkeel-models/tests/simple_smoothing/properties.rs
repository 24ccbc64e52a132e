//! Properties of exponential smoothing.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::Arima;
use evenkeel_models::arima::ArimaParameters;
use evenkeel_models::simple_smoothing::SimpleSmoothing;

fn history() -> Vec<f64> {
    let mut level = 50.0;
    (0..200u32)
        .map(|t| {
            level += f64::from(t * 7919 % 11) - 5.0;
            level + f64::from(t * 104_729 % 17) - 8.0
        })
        .collect()
}

#[test]
fn forecasts_as_its_arima_twin() {
    let mut y = history();
    let model = SimpleSmoothing::new().alpha(0.3).fit(&y).unwrap();
    let twin = |y: &[f64]| {
        let parameters = ArimaParameters::new([], [-0.7]).sigma2(model.sigma().powi(2));
        Arima::new(0, 1, 1).with_parameters(parameters).fit(y).unwrap()
    };
    y.extend([f64::NAN, f64::NAN, 60.0, f64::NAN]);
    let mut model = model;
    for x in &y[200..] {
        model.update(*x);
    }
    let (mut a, mut b) = ([Prediction::default(); 8], [Prediction::default(); 8]);
    assert!(model.forecast_into(&mut a) && twin(&y).forecast_into(&mut b));
    // The twin's parameters are given; the level that was estimated of 200 values is one more uncertainty,
    // the same at each step.
    let widened = a[0].sd() / b[0].sd();
    assert!(widened > 1.0 && widened < 1.02, "{widened}");
    for (a, b) in a.iter().zip(&b) {
        assert!(
            (a.mean() - b.mean()).abs() < 1e-9 && (a.sd() - widened * b.sd()).abs() < 1e-9,
            "{a:?} {b:?}"
        );
    }
}

#[test]
fn no_other_alpha_is_better() {
    let y = history();
    let best = SimpleSmoothing::new().fit(&y).unwrap();
    for i in 1..=100 {
        let other = SimpleSmoothing::new().alpha(f64::from(i) / 100.0).fit(&y).unwrap();
        assert!(
            other.report().criteria().log_likelihood() <= best.report().criteria().log_likelihood() + 1e-9
        );
    }
}

#[test]
fn alpha_out_of_range_is_refused() {
    for alpha in [0.0, -0.1, 1.1, f64::NAN] {
        let error = SimpleSmoothing::new().alpha(alpha).fit(&history()).unwrap_err();
        assert!(matches!(error, Error::Parameter { name: "alpha", .. }), "{error}");
    }
}

#[test]
fn a_fit_stands_where_replaying_its_history_leads() {
    let mut y = history();
    y[70] = f64::NAN;
    let fitted = SimpleSmoothing::new().fit(&y).unwrap();
    let mut replayed = fitted;
    replayed.reset();
    for x in &y {
        replayed.update(*x);
    }
    assert_eq!(replayed, fitted);
}
