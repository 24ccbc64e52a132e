//! Properties of the naive forecasts.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::Naive;
use evenkeel_models::naive::NaiveModel;
use evenkeel_testing::{Source, assert_close};

fn forecast(model: &NaiveModel, h: usize) -> Vec<(f64, f64)> {
    let mut out = vec![Prediction::default(); h];
    assert!(model.forecast_into(&mut out));
    out.iter().map(|p| (p.mean(), p.sd())).collect()
}

#[test]
fn each_is_what_its_formula_says() {
    let y = [3.0, 5.0, 4.0, 8.0, 6.0];
    // The quantiles of Student's t at 97.5 %, with 3 and 4 degrees of freedom, over that of the normal
    // distribution.
    let (three, four) =
        (3.182_446_305_284_263 / 1.959_963_984_540_054, 2.776_445_105_197_793 / 1.959_963_984_540_054);
    // Differences 2, -1, 4, -2.
    let sd = four * (25.0f64 / 4.0).sqrt();
    let last = forecast(&Naive::last().fit(&y).unwrap(), 4);
    assert_eq!(last[3].0, 6.0);
    assert_close!(last[3].1, 2.0 * sd, 1e-12, 0.0);

    let slope = 0.75;
    let around: f64 = [2.0, -1.0, 4.0, -2.0].iter().map(|d| (d - slope) * (d - slope)).sum();
    let sigma = three * (around / 3.0).sqrt();
    let drift = forecast(&Naive::drift().fit(&y).unwrap(), 2);
    assert_close!(drift[1].0, 7.5, 1e-12, 0.0);
    assert_close!(drift[1].1, sigma * (2.0f64 * (1.0 + 2.0 / 4.0)).sqrt(), 1e-12, 0.0);

    let mean = forecast(&Naive::mean().fit(&y).unwrap(), 2);
    assert_close!(mean[1].0, 5.2, 1e-12, 0.0);
    let s2: f64 = y.iter().map(|v| (v - 5.2) * (v - 5.2)).sum::<f64>() / 4.0;
    assert_close!(mean[1].1, four * (s2 * 1.2).sqrt(), 1e-12, 0.0);

    assert_close!(forecast(&Naive::window_mean(2).fit(&y).unwrap(), 1)[0].0, 7.0, 1e-12, 0.0);

    // Differences over two steps: 1, 3, 2.
    let seasonal = forecast(&Naive::seasonal(2).fit(&y).unwrap(), 4);
    let sd = three * (14.0f64 / 3.0).sqrt();
    assert_close!(seasonal[0].1, sd, 1e-12, 0.0);
    assert_close!(seasonal[3].1, sd * 2.0f64.sqrt(), 1e-12, 0.0);
    assert_eq!((seasonal[0].0, seasonal[3].0), (8.0, 6.0));
}

#[test]
fn a_difference_over_a_gap_counts_by_its_length() {
    let mut source = Source::new(2);
    let mut level = 0.0;
    let mut y: Vec<f64> = (0..20_000)
        .map(|_| {
            level += source.normal();
            level
        })
        .collect();
    for x in y.iter_mut().step_by(3) {
        *x = f64::NAN;
    }
    for model in [Naive::last(), Naive::drift()] {
        assert_close!(model.fit(&y).unwrap().sigma(), 1.0, 0.03, 0.0);
    }
}

#[test]
fn naive2_adjusts_a_season_and_leaves_noise_alone() {
    let season = [0.5, 0.8, 1.2, 1.5];
    let y: Vec<f64> =
        (0..80_u32).map(|t| (100.0 + f64::from(t * 37 % 11)) * season[t as usize % 4]).collect();
    let model = Naive::adjusted(4).fit(&y).unwrap();
    assert!(model.is_adjusted());
    for (h, (mean, _)) in forecast(&model, 8).iter().enumerate() {
        assert_close!(*mean, 105.0 * season[h % 4], 0.08, 0.0, "{h}");
    }
    let mut source = Source::new(6);
    let noise: Vec<f64> = (0..80).map(|_| 10.0 + source.normal()).collect();
    let plain = Naive::adjusted(4).fit(&noise).unwrap();
    assert!(!plain.is_adjusted());
    assert_eq!(forecast(&plain, 5), forecast(&Naive::last().fit(&noise).unwrap(), 5));
    // Below three periods nobody looks.
    assert!(!Naive::adjusted(4).fit(&y[..11]).unwrap().is_adjusted());
}

#[test]
fn a_fit_stands_where_replaying_its_history_leads() {
    let y: Vec<f64> =
        (0..60_u32).map(|t| if t % 9 == 4 { f64::NAN } else { 50.0 + f64::from(t * 7 % 12) }).collect();
    for settings in [
        Naive::last(),
        Naive::seasonal(12),
        Naive::drift(),
        Naive::mean(),
        Naive::window_mean(5),
        Naive::adjusted(12),
    ] {
        let fitted = settings.fit(&y).unwrap();
        let mut replayed = fitted.clone();
        replayed.reset();
        for x in &y {
            replayed.update(*x);
        }
        assert_eq!(replayed, fitted);
    }
}

#[test]
fn what_cannot_be_fitted_is_named() {
    assert!(matches!(Naive::seasonal(0).fit(&[1.0; 9]), Err(Error::Parameter { name: "period", .. })));
    assert!(matches!(Naive::window_mean(0).fit(&[1.0; 9]), Err(Error::Parameter { name: "length", .. })));
    assert!(matches!(Naive::seasonal(7).fit(&[1.0; 7]), Err(Error::TooShort { needed: 8, got: 7 })));
    assert!(matches!(Naive::drift().fit(&[1.0; 2]), Err(Error::TooShort { needed: 3, got: 2 })));
}
