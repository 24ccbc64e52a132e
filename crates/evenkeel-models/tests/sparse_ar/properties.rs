//! Autoregression on few lags.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::SparseAr;
use evenkeel_models::sparse_ar::{LagCriterion, SparseArModel};
use evenkeel_models::transformed::{Transform, Transformed};
use evenkeel_testing::{
    Source,
    autoregression::{least_squares, simulate},
    forecast,
};
use proptest::prelude::*;

#[test]
fn it_is_least_squares() {
    let mut z = simulate(&[(1, 0.5), (7, 0.3)], 2.0, 1.0, 300, 1);
    for gaps in [false, true] {
        if gaps {
            z[100] = f64::NAN;
            z[222] = f64::INFINITY;
        }
        let known: Vec<f64> = z.iter().map(|x| if x.is_finite() { *x } else { f64::NAN }).collect();
        let model = SparseAr::new().lags([1, 2, 7, 8]).choose(false).ridge(0.0).fit(&z).unwrap();
        let plain = least_squares(&known, &[1, 2, 7, 8]);
        assert!((model.intercept() - plain[0]).abs() < 1e-8, "{} {}", model.intercept(), plain[0]);
        for (ours, theirs) in model.coefficients().iter().zip(&plain[1..]) {
            assert!((ours - theirs).abs() < 1e-9, "{ours} {theirs}");
        }
        assert_eq!(model.shrinkage(), 0.0);
    }
}

#[test]
fn it_finds_the_lags_that_made_the_series() {
    let z = simulate(&[(1, 0.4), (48, 0.5)], 1.0, 1.0, 3000, 2);
    let model = SparseAr::new().seasons([24]).fit(&z).unwrap();
    assert!(model.lags().contains(&1) && model.lags().contains(&48), "{:?}", model.lags());
    assert!(model.lags().len() < 24, "{:?}", model.lags());
    assert!((model.sigma() - 1.0).abs() < 0.05);
    let few = SparseAr::new().seasons([24]).criterion(LagCriterion::Bic).fit(&z).unwrap();
    assert_eq!(few.lags(), [1, 48]);
    assert!((few.coefficients()[0] - 0.4).abs() < 0.05 && (few.coefficients()[1] - 0.5).abs() < 0.05);
    let noise = simulate(&[], 3.0, 1.0, 3000, 3);
    let model = SparseAr::new().seasons([24]).fit(&noise).unwrap();
    assert!(model.lags().len() < 15, "of noise: {:?}", model.lags());
    let far = forecast(&model, 200)[199];
    assert!((far.mean() - 3.0).abs() < 0.2 && (far.sd() - 1.0).abs() < 0.05);
}

#[test]
fn uncertainty_grows_as_it_does() {
    // AR(1): variance of h steps is σ² (1 - φ^2h) / (1 - φ²).
    let z = simulate(&[(1, 0.8)], 0.0, 2.0, 5000, 4);
    let model = SparseAr::new().lags([1]).choose(false).fit(&z).unwrap();
    let (phi, sigma) = (model.coefficients()[0], model.sigma());
    for (h, p) in forecast(&model, 600).iter().enumerate() {
        let exact = sigma * ((1.0 - phi.powi(2 * (h as i32 + 1))) / (1.0 - phi * phi)).sqrt();
        assert!((p.sd() / exact - 1.0).abs() < 1e-9, "{h}");
    }
    // A walk: it grows with the root of the distance, also beyond what is tabled.
    let mut level = 0.0;
    let walk: Vec<f64> = simulate(&[], 0.0, 1.0, 2000, 5)
        .iter()
        .map(|e| {
            level += e;
            level
        })
        .collect();
    let model = SparseAr::new().lags([1]).choose(false).ridge(1e6).difference(1).fit(&walk).unwrap();
    let out = forecast(&model, 4000);
    assert!((out[3999].sd() / out[0].sd() - 4000_f64.sqrt()).abs() < 0.5);
}

#[test]
fn a_gap_is_as_uncertain_as_it_is_long() {
    let z = simulate(&[(1, 0.9)], 10.0, 1.0, 2000, 6);
    let mut model = SparseAr::new().lags([1]).choose(false).fit(&z).unwrap();
    let expected = forecast(&model, 10);
    for x in expected.iter().take(5) {
        let next = model.update(f64::NAN).unwrap();
        assert!(next.sd() > x.sd());
    }
    for (a, b) in forecast(&model, 5).iter().zip(&expected[5..]) {
        assert!((a.mean() - b.mean()).abs() < 1e-9 && (a.sd() - b.sd()).abs() < 1e-9);
    }
    assert!((model.update(100.0).unwrap().sd() - model.sigma()).abs() < 1e-12);
}

#[test]
fn what_explodes_is_tamed() {
    let growth: Vec<f64> = (0..300).map(|t| 1.05_f64.powi(t)).collect();
    let model = SparseAr::new().lags([1, 2]).choose(false).fit(&growth).unwrap();
    assert!(model.shrinkage() > 0.0 && model.difference() == 1);
    let out = forecast(&model, 1000);
    // Not by a factor a step, which would be 1e21 times as much after a thousand, but as the last steps did.
    let steps = growth[299] - growth[298];
    assert!(
        out.iter().all(|p| p.mean() >= growth[299] && p.mean() <= growth[299] + 1e4 * steps),
        "{:?}",
        out[999]
    );
}

#[test]
fn seasons_of_a_week_in_minutes() {
    let week = 10_080;
    let course = |t: usize| 100.0 + 50.0 * f64::from(u8::from(t / 1440 % 7 < 5)) + (t % 1440) as f64 / 60.0;
    let mut source = Source::new(7);
    let z: Vec<f64> = (0..4 * week).map(|t| course(t) + source.normal()).collect();
    let model = SparseAr::new().lags([1, 2, 3, 1440, week - 1, week, week + 1]).fit(&z).unwrap();
    assert!(model.lags().contains(&week));
    let out = forecast(&model, week);
    let mae = out.iter().enumerate().map(|(h, p)| (p.mean() - course(4 * week + h)).abs()).sum::<f64>();
    assert!(mae / (week as f64) < 2.0, "{}", mae / week as f64);
}

#[test]
fn bad_settings_are_named() {
    let z: Vec<f64> = (0..100).map(|t| f64::from(t % 7)).collect();
    let name = |settings: SparseAr| match settings.fit(&z) {
        Err(Error::Parameter { name, .. }) => name,
        other => panic!("{other:?}"),
    };
    assert_eq!(name(SparseAr::new().lags([0])), "lag");
    assert_eq!(name(SparseAr::new().seasons([200_000])), "lag");
    assert_eq!(name(SparseAr::new().ridge(f64::NAN)), "ridge");
    assert_eq!(name(SparseAr::new().difference(200_000)), "difference");
    assert!(matches!(SparseAr::new().fit(&z[..5]), Err(Error::TooShort { .. })));
    assert!(matches!(SparseAr::new().fit(&[]), Err(Error::TooShort { .. })));
}

fn fit(z: &[f64]) -> SparseArModel {
    SparseAr::new().lags([1, 2, 12]).choose(false).fit(z).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    #[test]
    fn scale_and_shift_pass_through(seed in 0_u64..1000, scale in 1e-3..1e3_f64, shift in -1e3..1e3_f64) {
        let z = simulate(&[(1, 0.6), (12, 0.2)], 5.0, 1.0, 200, seed);
        let moved: Vec<f64> = z.iter().map(|x| scale * x + shift).collect();
        for (a, b) in forecast(&fit(&z), 20).iter().zip(forecast(&fit(&moved), 20)) {
            let size = scale * a.mean().abs() + shift.abs();
            prop_assert!((scale * a.mean() + shift - b.mean()).abs() < 1e-6 * size);
            prop_assert!((scale * a.sd() - b.sd()).abs() < 1e-6 * size);
        }
    }
}

/// Least squares on a growing series has a root outside the unit circle. Shrunk, it is another model, whose
/// errors are far larger than those of least squares; differences follow the growth.
#[test]
fn growth_goes_on_and_the_spread_is_that_of_the_errors() {
    for (by, noise) in [(1.02, 0.0), (1.02, 0.01), (1.05, 0.01), (1.01, 0.002), (1.03, 0.005)] {
        let mut source = Source::new(11);
        let y: Vec<f64> =
            (0..61).map(|t| 100.0 * f64::powi(by, t) * (1.0 + noise * source.normal())).collect();
        let truth = 100.0 * f64::powi(by, 60);
        let model = SparseAr::new().fit(&y[..60]).unwrap();
        let next = forecast(&model, 1)[0];
        let error = (next.mean() - truth).abs();
        assert!(error < 0.04 * truth, "{by} {noise}: {next:?}, truth {truth}");
        assert!(error < 3.5 * next.sd() + 1e-3 * truth, "{by} {noise}: {next:?}, truth {truth}");
        assert!(next.sd() < 0.1 * truth, "{by} {noise}: {next:?}");
    }
    // From about 1.1 on nothing stationary follows: an error that says what does.
    for by in [1.3, 1.5, 2.0] {
        let y: Vec<f64> = (0..48).map(|t| f64::powi(by, t)).collect();
        for ar in [SparseAr::new(), SparseAr::new().lags([1, 2]).choose(false), SparseAr::new().difference(1)]
        {
            match ar.fit(&y) {
                Err(Error::Numerical { what }) => assert!(what.contains("logarithms")),
                other => panic!("{by}: {other:?}"),
            }
        }
        let logarithms = Transformed::new(Transform::Logarithm, SparseAr::new().lags([1]));
        let mut next = [Prediction::default()];
        assert!(logarithms.fit(&y).unwrap().forecast_into(&mut next));
        let truth = f64::powi(by, 48);
        assert!((next[0].mean() / truth - 1.0).abs() < 0.25, "{by}: {next:?}, truth {truth}");
    }
}

/// A walk of 60 values is not drawn to its mean: the level is where it is.
#[test]
fn a_walk_stays_where_it_is() {
    let (mut inside, mut all) = (0, 0);
    for seed in 0..100 {
        let mut source = Source::new(300 + seed);
        let mut level = 50.0;
        let y: Vec<f64> = (0..66)
            .map(|_| {
                level += source.normal();
                level
            })
            .collect();
        let out = forecast(&SparseAr::new().fit(&y[..60]).unwrap(), 6);
        let (low, high) = out[5].interval(0.95).unwrap();
        inside += i32::from((low..=high).contains(&y[65]));
        all += 1;
    }
    // 64 % before, 79 to 83 % since: the choice of lags is counted in the innovations, not in how they add
    // up.
    assert!(inside >= 75, "{inside} of {all}");
}
