//! Bad input: an error that names the cause, or a sensible model.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::Structural;
use evenkeel_models::state_space::Component;

fn kinds() -> [Structural; 5] {
    [
        Structural::local_level(),
        Structural::local_linear_trend(),
        Structural::smooth_trend(),
        Structural::basic(12),
        Structural::local_level().trigonometric_season(7),
    ]
}

#[test]
fn nothing_and_next_to_nothing() {
    for kind in kinds() {
        for y in [&[][..], &[1.0], &[f64::NAN; 100], &[f64::INFINITY, 1e300, f64::NAN]] {
            assert!(matches!(kind.fit(y), Err(Error::TooShort { .. })), "{kind:?} {y:?}");
        }
    }
    // A season longer than the data.
    let y: Vec<f64> = (0..20u32).map(|t| f64::from(t % 5)).collect();
    let error = Structural::basic(24).fit(&y).unwrap_err();
    assert_eq!(error, Error::TooShort { needed: 30, got: 20 });
}

#[test]
fn settings_out_of_range() {
    let y: Vec<f64> = (0..200u32).map(|t| f64::from(t * 7919 % 101)).collect();
    let parameter = |kind: Structural, what: &str| {
        let said = kind.fit(&y).unwrap_err().to_string();
        assert!(said.contains(what), "{said}");
    };
    parameter(Structural::basic(1), "period");
    parameter(Structural::basic(501), "period");
    parameter(Structural::local_level().variance(Component::Level, -1.0), "variance");
    parameter(Structural::local_level().variance(Component::Level, f64::NAN), "variance");
    parameter(Structural::local_level().variance(Component::Slope, 1.0), "slope");
}

#[test]
fn a_phase_that_is_never_observed() {
    let y: Vec<f64> =
        (0..120u32).map(|t| if t % 12 == 5 { f64::NAN } else { f64::from(t * 7919 % 101) }).collect();
    assert!(matches!(Structural::basic(12).fit(&y), Err(Error::Numerical { .. })));
}

#[test]
fn without_variation() {
    for kind in kinds() {
        for value in [0.0, 7.0, -3e9, 1e99] {
            let model = kind.fit(&[value; 60]).unwrap();
            let mut out = [Prediction::default(); 30];
            assert!(model.forecast_into(&mut out));
            for p in out {
                assert!((p.mean() - value).abs() <= 1e-9 * value.abs() && p.sd() == 0.0, "{kind:?} {p:?}");
            }
            assert_eq!(model.sigma(), 0.0);
            assert!(model.components(&[value; 60]).is_ok());
        }
    }
    // A line, which leaves a local level something to explain.
    let line: Vec<f64> = (0..60u32).map(|t| 3.0 + 0.7 * f64::from(t)).collect();
    let model = Structural::local_linear_trend().fit(&line).unwrap();
    assert_eq!(model.sigma(), 0.0);
    assert!(Structural::local_level().fit(&line).unwrap().sigma() > 0.0);
}

#[test]
fn huge_tiny_and_wild() {
    let mut wild: Vec<f64> = (0..60u32).map(|t| f64::from(t * 7919 % 101)).collect();
    (wild[10], wild[30], wild[31]) = (1e99, -1e99, f64::NAN);
    let tiny: Vec<f64> = wild.iter().map(|x| x * 1e-300).collect();
    let huge: Vec<f64> = (0..60u32).map(|t| 1e98 * f64::from(t * 7919 % 101)).collect();
    let jump: Vec<f64> = (0..60u32).map(|t| if t == 59 { 1e6 } else { 1.0 }).collect();
    for kind in kinds() {
        for y in [&wild, &tiny, &huge, &jump] {
            let mut model = kind.fit(y).unwrap();
            let mut out = [Prediction::default(); 30];
            assert!(model.forecast_into(&mut out), "{kind:?}");
            assert!(out.iter().all(|p| p.mean().is_finite() && p.sd().is_finite()));
            for x in [1e100, f64::NAN, -1e100, 0.0, f64::MAX, 1.0] {
                assert!(model.update(x).is_none_or(|p| p.mean().is_finite()));
            }
        }
    }
}

#[test]
fn a_day_without_values_is_bridged() {
    let mut y: Vec<f64> =
        (0..600u32).map(|t| 100.0 + 10.0 * f64::from(t % 24) + f64::from(t * 7919 % 101) / 20.0).collect();
    for x in &mut y[300..324] {
        *x = f64::NAN;
    }
    let model = Structural::basic(24).fit(&y).unwrap();
    let parts = model.components(&y).unwrap();
    for t in 300..324 {
        let sum =
            parts.estimate(Component::Level).unwrap()[t] + parts.estimate(Component::Season).unwrap()[t];
        assert!((sum - 102.5 - 10.0 * (t % 24) as f64).abs() < 4.0, "{t}: {sum}");
    }
}
