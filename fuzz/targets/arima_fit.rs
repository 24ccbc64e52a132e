//! Fitting to hostile histories: an error, or a model whose numbers are finite and whose forecasts are too.

#![no_main]

use evenkeel::models::Arima;
use evenkeel::models::arima::Constant;
use evenkeel::prelude::{Fit, Forecaster, Prediction, Stage};

libfuzzer_sys::fuzz_target!(|input: (u8, u8, u8, u8, Vec<f64>)| {
    let (p, d, q, constant, history) = input;
    let history = &history[..history.len().min(300)];
    let constant = match constant % 3 {
        0 => Constant::None,
        1 => Constant::Mean,
        _ => Constant::Drift,
    };
    let settings = Arima::new(usize::from(p % 6), usize::from(d % 3), usize::from(q % 6)).constant(constant);
    let Ok(mut model) = settings.fit(history) else { return };
    assert!(model.sigma2().is_finite() && model.ar().iter().chain(model.ma()).all(|c| c.is_finite()));
    let mut ahead = [Prediction::default(); 50];
    model.forecast_into(&mut ahead);
    for x in history.iter().chain(&[f64::NAN, 0.0]) {
        model.update(*x);
    }
    model.forecast_into(&mut ahead);
});
