//! Bad input: an error that says why, or a sensible model; never NaN.

use evenkeel_core::{Error, Fit, Forecaster, Prediction};
use evenkeel_models::arima::{Constant, HarmonicRegression};
use evenkeel_models::ces::AutoCes;
use evenkeel_models::decomposed::Decomposed;
use evenkeel_models::fit::Termination;
use evenkeel_models::simple_smoothing::SimpleSmoothing;
use evenkeel_models::{Arima, Auto, AutoArima, AutoEts, AutoTheta, Naive, SparseAr};
use proptest::prelude::*;

fn sane(model: &mut (impl Forecaster + ?Sized)) {
    let mut out = [Prediction::default(); 60];
    if model.forecast_into(&mut out) {
        assert!(out.iter().all(|p| p.mean().is_finite() && p.sd().is_finite() && p.sd() >= 0.0));
    }
    for x in [0.0, f64::NAN, 1e100, -1e100, f64::INFINITY, 3.0] {
        if let Some(next) = model.update(x) {
            assert!(next.mean().is_finite() && next.sd().is_finite());
        }
    }
}

const ORDERS: [(usize, usize, usize); 8] =
    [(0, 0, 0), (1, 0, 0), (0, 1, 1), (2, 1, 2), (5, 1, 0), (1, 0, 1), (0, 2, 2), (3, 0, 2)];

#[test]
fn nothing_observed_is_too_short() {
    for history in [vec![], vec![f64::NAN; 50], vec![f64::INFINITY; 50], vec![1e200; 50]] {
        for (p, d, q) in ORDERS {
            let error = Arima::new(p, d, q).fit(&history).unwrap_err();
            assert!(matches!(error, Error::TooShort { got: 0, .. }), "{error}");
        }
        assert!(matches!(SimpleSmoothing::new().fit(&history), Err(Error::TooShort { got: 0, .. })));
    }
}

#[test]
fn every_length_gives_an_error_or_a_model() {
    for (p, d, q) in ORDERS {
        for n in 0..20 {
            let history: Vec<f64> = (0..n).map(|t| f64::from(t * 37 % 11)).collect();
            match Arima::new(p, d, q).fit(&history) {
                Ok(mut model) => sane(&mut model),
                Err(Error::TooShort { needed, got }) => assert!(got < needed && got == history.len()),
                Err(other) => panic!("({p},{d},{q}) of {n}: {other}"),
            }
        }
    }
}

#[test]
fn orders_out_of_range_are_named() {
    let history: Vec<f64> = (0..50).map(|t| f64::from(t % 7)).collect();
    let name = |settings: Arima| match settings.fit(&history) {
        Err(Error::Parameter { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(name(Arima::new(101, 0, 0)), "p");
    assert_eq!(name(Arima::new(0, 0, 101)), "q");
    assert_eq!(name(Arima::new(0, 4, 0)), "d");
    assert_eq!(name(Arima::new(0, 1, 0).constant(Constant::Mean)), "d");
    assert_eq!(name(Arima::new(0, 2, 0).constant(Constant::Drift)), "d");
}

#[test]
fn a_series_that_does_not_vary_is_predicted_without_spread() {
    for value in [0.0, 5.0, 1e-300, -1e90, 0.1] {
        for (p, d, q) in ORDERS {
            let mut model = Arima::new(p, d, q).fit(&[value; 40]).unwrap();
            assert_eq!(model.report().termination(), Termination::Exact, "({p},{d},{q}) {value}");
            let mut out = [Prediction::default(); 5];
            assert!(model.forecast_into(&mut out));
            assert!(out.iter().all(|p| (p.mean() - value).abs() <= 1e-12 * value.abs() && p.sd() == 0.0));
            sane(&mut model);
        }
        let mut model = SimpleSmoothing::new().fit(&[value; 40]).unwrap();
        assert!(
            model.report().termination() == Termination::Exact
                && model.level() == value
                && model.sigma() == 0.0
        );
        sane(&mut model);
    }
    let ramp: Vec<f64> = (0..40).map(|t| 3.0 * f64::from(t)).collect();
    let model = Arima::new(1, 1, 1).constant(Constant::Drift).fit(&ramp).unwrap();
    let mut out = [Prediction::default(); 4];
    assert!(model.forecast_into(&mut out));
    assert!((out[3].mean() - 129.0).abs() < 1e-9 && out[3].sd() < 1e-9);
}

#[test]
fn values_of_any_size_fit() {
    for factor in [1e-300, 1e-160, 1e-20, 1e20, 1e90] {
        let history: Vec<f64> = (0..80).map(|t| factor * f64::from(t * 7919 % 101)).collect();
        for (p, d, q) in ORDERS {
            let mut model = Arima::new(p, d, q).fit(&history).unwrap();
            assert!(model.sigma() > 0.0 && model.report().criteria().log_likelihood().is_finite());
            sane(&mut model);
        }
        let model = SimpleSmoothing::new().fit(&history).unwrap();
        assert!(model.sigma() > 0.0 && model.report().criteria().log_likelihood().is_finite());
    }
}

#[test]
fn deterministic_patterns_fit() {
    let patterns: [fn(i32) -> f64; 6] = [
        |t| (f64::from(t) * 0.3).sin(),
        |t| f64::from(t % 2),
        |t| f64::from(t * t),
        |t| 1.1f64.powi(t),
        |t| if t == 50 { 1e9 } else { 0.0 },
        |t| f64::from(t / 50),
    ];
    for pattern in patterns {
        let history: Vec<f64> = (0..100).map(pattern).collect();
        for (p, d, q) in ORDERS {
            let mut model = Arima::new(p, d, q).fit(&history).unwrap();
            sane(&mut model);
        }
        sane(&mut SimpleSmoothing::new().fit(&history).unwrap());
    }
}

/// Every length that a setting takes, as large as it can be: an error that names it, never a panic.
#[test]
fn settings_beyond_all_numbers_are_refused() {
    let y: Vec<f64> = (0..60).map(|t| f64::from(t % 7) + f64::from(t * 37 % 11) / 5.0).collect();
    let rest = SimpleSmoothing::new;
    for p in [usize::MAX, usize::MAX - 1, usize::MAX / 2 + 1, usize::MAX / 3, 1 << 32, 0] {
        let mut refused = vec![
            AutoArima::new().period(p).fit(&y).err(),
            Arima::new(1, 0, 0).seasonal(1, 0, 0, p).fit(&y).err(),
            Arima::new(1, 0, 0).seasonal(0, 1, 1, p).fit(&y).err(),
            AutoEts::new(p).fit(&y).err(),
            AutoTheta::new(p).fit(&y).err(),
            AutoCes::new(p).fit(&y).err(),
            Naive::seasonal(p).fit(&y).err(),
            Naive::adjusted(p).fit(&y).err(),
            Naive::window_mean(p).fit(&y).err(),
            SparseAr::new().seasons([p]).fit(&y).err(),
            SparseAr::new().lags([1, p]).fit(&y).err(),
            Auto::new().seasons([p, 12]).fit(&y).err(),
            Auto::new().known_season(p).fit(&y).err(),
            Auto::new().horizon(p).fit(&y).err(),
            Decomposed::classical(p, rest()).fit(&y).err(),
            Decomposed::mstl([p], rest()).fit(&y).err(),
        ];
        if p > 0 {
            refused.push(Arima::new(p, 0, 0).fit(&y).err());
            refused.push(Arima::new(0, 0, p).fit(&y).err());
            refused.push(Arima::new(0, p, 0).fit(&y).err());
            refused.push(AutoArima::new().differences(p).fit(&y).err());
            refused.push(AutoArima::new().period(6).seasonal_differences(p).fit(&y).err());
            refused.push(SparseAr::new().difference(p).fit(&y).err());
            refused.push(HarmonicRegression::new([12.0]).waves([p]).fit(&y).err());
            refused.push(Decomposed::mstl([p, 12], rest()).fit(&y).err());
        }
        for (i, error) in refused.into_iter().enumerate() {
            assert!(error.is_some(), "{i} takes {p}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_survived(
        history in prop::collection::vec(
            prop_oneof![8 => -1e3..1e3f64, 1 => Just(f64::NAN), 1 => any::<f64>(), 1 => Just(0.0)], 0..60),
        order in 0..ORDERS.len(),
    ) {
        let (p, d, q) = ORDERS[order];
        if let Ok(mut model) = Arima::new(p, d, q).fit(&history) {
            sane(&mut model);
        }
        if let Ok(mut model) = SimpleSmoothing::new().fit(&history) {
            sane(&mut model);
        }
    }
}
