//! Bad input to everything that smooths: an error that says why, or a sensible model; never NaN.

use evenkeel_core::{Error, Fit, Forecaster, Prediction};
use evenkeel_models::ces::{AutoCes, Ces, CesKind};
use evenkeel_models::ets::{Ets, EtsForm};
use evenkeel_models::theta::{Theta, ThetaKind, ThetaSeason};
use evenkeel_models::{AutoEts, AutoTheta, Naive};
use proptest::prelude::*;

pub(crate) type Fitted = Result<Box<dyn Forecaster>, Error>;
/// An estimator with a name.
pub(crate) type Named = (String, Box<dyn Fn(&[f64]) -> Fitted>);

fn named<F, M>(name: impl Into<String>, estimator: F) -> Named
where
    F: Fit<Fitted = M> + 'static,
    M: Forecaster + 'static,
{
    (name.into(), Box::new(move |y| estimator.fit(y).map(|model| Box::new(model) as Box<dyn Forecaster>)))
}

/// What is tried on everything.
pub(crate) fn estimators(period: usize) -> Vec<Named> {
    let mut all = vec![
        named("AutoEts", AutoEts::new(period)),
        named("AutoEts with factors", AutoEts::new(period).multiplicative_trend(true)),
    ];
    for kind in [
        ThetaKind::Classic,
        ThetaKind::Standard,
        ThetaKind::Optimized,
        ThetaKind::DynamicStandard,
        ThetaKind::DynamicOptimized,
    ] {
        for season in [ThetaSeason::Multiplicative, ThetaSeason::Additive] {
            all.push(named(format!("Theta {kind:?} {season:?}"), Theta::new(kind, period).season(season)));
        }
    }
    for kind in [CesKind::None, CesKind::Simple, CesKind::Partial, CesKind::Full] {
        if kind == CesKind::None || period > 1 {
            all.push(named(format!("Ces {kind:?}"), Ces::new(kind, period)));
        }
    }
    all.push(named("Naive last", Naive::last()));
    all.push(named("Naive seasonal", Naive::seasonal(period)));
    all.push(named("Naive drift", Naive::drift()));
    all.push(named("Naive mean", Naive::mean()));
    all.push(named("Naive window", Naive::window_mean(period)));
    all.push(named("Naive2", Naive::adjusted(period)));
    all.push(named("AutoCes", AutoCes::new(period)));
    all.push(named("AutoTheta", AutoTheta::new(period)));
    all.extend(EtsForm::all().into_iter().map(|form| named(form.to_string(), Ets::new(form, period))));
    all
}

fn sane(name: &str, model: &mut dyn Forecaster) {
    let mut out = [Prediction::default(); 60];
    if model.forecast_into(&mut out) {
        assert!(out.iter().all(|p| p.mean().is_finite() && p.sd().is_finite() && p.sd() >= 0.0), "{name}");
    }
    for x in [0.0, f64::NAN, 1e100, -1e100, f64::INFINITY, 3.0, 1e-300] {
        if let Some(next) = model.update(x) {
            assert!(next.mean().is_finite() && next.sd().is_finite(), "{name}");
        }
    }
}

#[test]
fn nothing_observed_is_too_short() {
    for history in [vec![], vec![f64::NAN; 50], vec![f64::INFINITY; 50], vec![1e200; 50]] {
        for (name, fit) in estimators(6) {
            match fit(&history) {
                Err(Error::TooShort { got: 0, .. }) => {}
                Err(other) => panic!("{name}: {other}"),
                Ok(_) => panic!("{name}: fitted nothing"),
            }
        }
    }
}

#[test]
fn every_length_gives_an_error_or_a_model() {
    for n in 0..40_u32 {
        let history: Vec<f64> = (0..n).map(|t| 1.0 + f64::from(t * 37 % 11)).collect();
        for (name, fit) in estimators(4) {
            match fit(&history) {
                Ok(mut model) => sane(&name, &mut *model),
                Err(Error::TooShort { needed, got }) => {
                    assert!(got < needed && got == history.len(), "{name}: {needed} {got}");
                }
                Err(other) => panic!("{name} of {n}: {other}"),
            }
        }
    }
}

#[test]
fn a_series_that_does_not_vary_is_predicted_without_spread() {
    for value in [0.0, 5.0, 1e-300, -1e90, 0.1, 1e90] {
        for (name, fit) in estimators(6) {
            let mut model = match fit(&[value; 40]) {
                Ok(model) => model,
                Err(Error::Numerical { .. }) if value < 1e-120 => continue,
                Err(other) => panic!("{name} {value}: {other}"),
            };
            let mut out = [Prediction::default(); 13];
            assert!(model.forecast_into(&mut out));
            let off = 1e-9;
            for p in &out {
                assert!((p.mean() - value).abs() <= off * value.abs(), "{name} {value}: {p:?}");
                assert!(p.sd() <= off * value.abs(), "{name} {value}: {p:?}");
            }
            sane(&name, &mut *model);
        }
    }
}

#[test]
fn patterns_of_any_size_fit() {
    let patterns: [fn(u32) -> f64; 9] = [
        |t| f64::from(t * 7919 % 101),
        |t| (f64::from(t) * 0.3).sin(),
        |t| f64::from(t % 2),
        |t| if t % 2 == 0 { 1.0 } else { -1.0 },
        |t| f64::from(t * t),
        |t| 1.1f64.powi(t as i32),
        |t| if t == 50 { 1e9 } else { 0.0 },
        |t| f64::from(t / 50),
        |t| if t < 50 { 1e-9 } else { 1.0 },
    ];
    for factor in [1e-300, 1e-160, 1.0, 1e20, 1e90] {
        for (i, pattern) in patterns.iter().enumerate() {
            let history: Vec<f64> = (0..100).map(|t| factor * pattern(t)).collect();
            for (name, fit) in estimators(6) {
                match fit(&history) {
                    Ok(mut model) => {
                        let mut out = [Prediction::default(); 24];
                        model.forecast_into(&mut out);
                        let largest = history.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
                        // Who asks for factors gets factors; what is chosen stays in sight.
                        let limit = match (name.contains(",M"), i == 4 || i == 5 || name.contains("factors"))
                        {
                            (true, _) => f64::INFINITY,
                            (false, true) => 1e30,
                            (false, false) => 20.0,
                        };
                        for p in &out {
                            let size = p.mean().abs() / largest;
                            assert!(size < limit, "{name} on pattern {i} times {factor}: {p:?}");
                        }
                        sane(&name, &mut *model);
                    }
                    Err(Error::Numerical { .. }) => {
                        // An additive season can take what a factor expects below 0.
                        let tiny = factor < 1e-120 || history.iter().any(|v| *v / history[99].abs() <= 1e-12);
                        assert!(
                            tiny || (name.starts_with("ETS") && name.contains('M') && i != 0),
                            "{name} {i}"
                        );
                    }
                    Err(other) => panic!("{name} on pattern {i} times {factor}: {other}"),
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn anything_is_survived(
        history in prop::collection::vec(
            prop_oneof![8 => -1e3..1e3f64, 1 => Just(f64::NAN), 1 => any::<f64>(), 1 => Just(0.0)], 0..60),
        period in 1_usize..8,
    ) {
        for (name, fit) in estimators(period) {
            if let Ok(mut model) = fit(&history) {
                sane(&name, &mut *model);
            }
        }
    }

    #[test]
    fn anything_positive_is_survived(
        history in prop::collection::vec(
            prop_oneof![8 => 1.0..1e3f64, 1 => Just(f64::NAN), 1 => 1e-8..1e8f64], 20..60),
        period in 1_usize..8,
    ) {
        for (name, fit) in estimators(period) {
            if let Ok(mut model) = fit(&history) {
                sane(&name, &mut *model);
            }
        }
    }
}
