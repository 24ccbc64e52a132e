//! Forecasts of real series stay near the data.

use crate::across_models::hostile_smoothing::estimators;
use evenkeel_core::Prediction;
use evenkeel_testing::reference;
use std::fs;

fn m4(every: usize, only: &[&str]) {
    let Some(path) = reference::data("m4/Hourly-train.csv") else {
        println!("m4/Hourly-train.csv is not here: nothing checked");
        return;
    };
    let text = fs::read_to_string(path).unwrap();
    for (model, fit) in estimators(24) {
        // Multiplicative trends are left to those who ask for them.
        if model.contains(",M")
            || model.contains("factors")
            || (!only.is_empty() && !only.contains(&model.as_str()))
        {
            continue;
        }
        let mut worst = (0.0, String::new());
        let started = std::time::Instant::now();
        let mut fits = 0_u32;
        for line in text.lines().skip(1).step_by(every) {
            let mut fields = line.split(',').map(|f| f.trim_matches('"'));
            let name = fields.next().unwrap();
            let y: Vec<f64> = fields.take_while(|f| !f.is_empty()).map(|f| f.parse().unwrap()).collect();
            let fitted = match fit(&y) {
                Ok(fitted) => fitted,
                Err(evenkeel_core::Error::Numerical { .. }) if model.starts_with("ETS") => continue,
                Err(why) => panic!("{model} on {name}: {why}"),
            };
            fits += 1;
            let (low, high) =
                y.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (v.min(l), v.max(h)));
            let mut out = [Prediction::default(); 48];
            assert!(fitted.forecast_into(&mut out));
            let beyond = out.iter().fold(0.0, |most: f64, p| most.max(p.mean() - high).max(low - p.mean()));
            let spans = beyond / (high - low).max(1e-12 * high.abs());
            if spans > worst.0 {
                worst = (spans, name.to_owned());
            }
            // A slope that is learned from single hours goes on for two days.
            assert!(spans < 10.0, "{model} on {name}: forecasts leave the data by {spans} spans");
        }
        println!(
            "{model}: {fits} fits, {:?} each; furthest {:.3} spans: {}",
            started.elapsed() / fits.max(1),
            worst.0,
            worst.1
        );
    }
}

#[test]
fn some_m4_hourly_series() {
    m4(41, &[]);
}

#[test]
#[ignore = "long: every series"]
fn all_m4_hourly_series() {
    m4(1, &[]);
}
