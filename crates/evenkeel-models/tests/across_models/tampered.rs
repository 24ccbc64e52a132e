//! Snapshots that were written by somebody else: refused, or models that go on.

use evenkeel_core::{Fit, Forecaster, Prediction, Snapshot, Stage, restore};
use evenkeel_models::arima::{Constant, HarmonicRegression};
use evenkeel_models::ces::{Ces, CesKind};
use evenkeel_models::croston::{Croston, CrostonKind};
use evenkeel_models::decomposed::Decomposed;
use evenkeel_models::ensemble::Combination;
use evenkeel_models::ets::{Ets, EtsError, EtsForm, EtsSeason, EtsTrend};
use evenkeel_models::simple_smoothing::SimpleSmoothing;
use evenkeel_models::theta::{Theta, ThetaKind};
use evenkeel_models::transformed::{Transform, Transformed};
use evenkeel_models::{Arima, Auto, AutoArima, Backtest, Conformal, Ensemble, Naive, SparseAr};
use serde_json::{Value, json};

fn history() -> Vec<f64> {
    (0..80u32).map(|t| 20.0 + f64::from(t * 7919 % 101) / 10.0 + f64::from(t % 6)).collect()
}

/// All places of numbers in a document. Of long lists only the first two, the middle and the last.
fn places(of: &Value, at: &str, out: &mut Vec<String>) {
    match of {
        Value::Object(map) => map.iter().for_each(|(key, value)| places(value, &format!("{at}/{key}"), out)),
        Value::Array(list) => {
            for (i, value) in list.iter().enumerate() {
                if i < 1 || i == list.len() / 2 || i + 1 == list.len() {
                    places(value, &format!("{at}/{i}"), out);
                }
            }
        }
        Value::Number(_) | Value::Bool(_) => out.push(at.to_owned()),
        // Floats are written as text.
        Value::String(text) if text.parse::<f64>().is_ok() => out.push(at.to_owned()),
        _ => {}
    }
}

/// How many tampered snapshots were taken. Each model taken goes on without a panic and without a number that
/// is none, and is taken back from its own snapshot.
fn check<M: Forecaster + Snapshot + Clone>(what: &str, model: &M) -> usize {
    let document = serde_json::to_value(model.snapshot()).unwrap();
    let mut all = Vec::new();
    places(&document, "", &mut all);
    assert!(all.len() > 5, "{what}");
    let mut taken = 0;
    for place in all {
        for value in [
            json!(0),
            json!(-1),
            json!(1),
            json!(u32::MAX),
            json!(u64::MAX),
            json!("0"),
            json!("-1"),
            json!("0.5"),
            json!("1e300"),
            json!("-1e300"),
            json!("1e99"),
            json!("1e-320"),
            json!("NaN"),
            json!("inf"),
            json!(true),
            json!(false),
        ] {
            let mut tampered = document.clone();
            *tampered.pointer_mut(&place).unwrap() = value.clone();
            let text = tampered.to_string();
            let Ok(mut model) = restore::<M, _>(&mut serde_json::Deserializer::from_str(&text)) else {
                continue;
            };
            taken += 1;
            for t in 0..60 {
                let x = if t % 9 == 4 { f64::NAN } else { 20.0 + f64::from(t % 7) };
                let next = model.update(x);
                assert!(
                    next.is_none_or(|p| p.mean().is_finite() && p.sd().is_finite()),
                    "{what} {place} {value}"
                );
                let _ = model.assess(3.0);
            }
            let mut out = [Prediction::default(); 30];
            model.forecast_into(&mut out);
            let finite = out.iter().all(|p| p.mean().is_finite() && p.sd().is_finite());
            assert!(finite, "{what} {place} {value}: {out:?}");
            let again = serde_json::to_string(&model.snapshot()).unwrap();
            if let Err(why) = restore::<M, _>(&mut serde_json::Deserializer::from_str(&again)) {
                panic!("{what}, {place} made {value}: taken, and refused after legal input: {why}");
            }
            model.reset();
            model.update(1.0);
        }
    }
    taken
}

#[test]
fn what_is_taken_goes_on() {
    let y = history();
    let mut taken = 0;
    let mut unsettled = Arima::new(1, 1, 1).fit(&y).unwrap();
    unsettled.reset();
    taken += check("Arima before the first value", &unsettled);
    let mut gap = Arima::new(2, 1, 1).constant(Constant::Drift).fit(&y).unwrap();
    (0..3).for_each(|_| {
        let _ = gap.update(f64::NAN);
    });
    taken += check("Arima in a gap", &gap);
    let mut long = Arima::new(1, 0, 1).seasonal(0, 0, 1, 140).fit(&[&y[..], &y, &y, &y].concat()).unwrap();
    (0..3).for_each(|_| {
        let _ = long.update(f64::NAN);
    });
    taken += check("Arima of a long season in a gap", &long);
    taken += check("AutoArima", &AutoArima::new().fit(&y).unwrap());
    taken += check("Harmonic", &HarmonicRegression::new([6.0]).errors(Arima::new(1, 0, 0)).fit(&y).unwrap());
    let form = |error, trend, season| Ets::new(EtsForm::new(error, trend, season), 6);
    let ets = form(EtsError::Multiplicative, EtsTrend::AdditiveDamped, EtsSeason::Multiplicative);
    let mut gap = ets.fit(&y).unwrap();
    (0..9).for_each(|_| {
        let _ = gap.update(f64::NAN);
    });
    taken += check("Ets in a gap", &gap);
    taken +=
        check("Ets", &form(EtsError::Additive, EtsTrend::Additive, EtsSeason::Additive).fit(&y).unwrap());
    taken += check("Theta", &Theta::new(ThetaKind::DynamicOptimized, 6).fit(&y).unwrap());
    taken += check("Ces", &Ces::new(CesKind::Partial, 6).fit(&y).unwrap());
    taken += check("Croston", &Croston::new(CrostonKind::Probability).fit(&y).unwrap());
    taken += check("Naive", &Naive::drift().fit(&y).unwrap());
    taken += check("Naive, seasonal", &Naive::seasonal(6).fit(&y).unwrap());
    taken += check("SimpleSmoothing", &SimpleSmoothing::new().fit(&y).unwrap());
    taken += check("SparseAr", &SparseAr::new().fit(&y).unwrap());
    taken += check("Auto", &Auto::new().fit(&y[..40]).unwrap());
    let sparse = SparseAr::new().lags([1, 6]);
    taken += check("Transformed", &Transformed::new(Transform::Logarithm, sparse.clone()).fit(&y).unwrap());
    taken += check("Decomposed", &Decomposed::classical(6, SimpleSmoothing::new()).fit(&y).unwrap());
    let both = [(sparse.fit(&y).unwrap(), 1.0), (sparse.fit(&y[..60]).unwrap(), 2.0)];
    taken += check("Ensemble", &Ensemble::new(both, Combination::MiddleHalf).unwrap());
    let conformal = Conformal::fit(&SimpleSmoothing::new(), &Backtest::new(4).origins(5), &y).unwrap();
    taken += check("Conformal", &conformal.adapt(0.05).unwrap());
    println!("{taken} tampered snapshots were taken");
    assert!(taken > 500, "{taken}: nothing was tried");
}
