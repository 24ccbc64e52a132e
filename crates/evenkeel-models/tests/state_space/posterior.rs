//! Draws of other parameters: against a known posterior, and what they are good for.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::Structural;
use evenkeel_models::state_space::Component;
use evenkeel_stats::Generator;
use evenkeel_testing::assert_close;

fn walk(n: usize, seed: u64) -> Vec<f64> {
    let mut g = Generator::new(seed);
    let mut level = 0.0;
    (0..n)
        .map(|_| {
            level += 3.0 * g.normal();
            level
        })
        .collect()
}

#[test]
fn a_known_posterior() {
    // Of a random walk without noise the inverse of the variance is Gamma distributed, with a shape of half the
    // number of steps less one (the density is flat in the standard deviation) and a rate of half the sum of
    // squares.
    let y = walk(41, 1);
    let squares: f64 = y.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum();
    let kind = Structural::local_level().variance(Component::Irregular, 0.0);
    let draws = kind.posterior_draws(&y, 2000, 7).unwrap();
    let inverses: Vec<f64> =
        draws.iter().map(|model| 1.0 / model.variance(Component::Level).unwrap()).collect();
    let mean = inverses.iter().sum::<f64>() / 2000.0;
    let variance = inverses.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1999.0;
    let (shape, rate) = (39.0 / 2.0, squares / 2.0);
    // Four standard errors, were the draws independent.
    assert_close!(mean, shape / rate, 4.0 / f64::sqrt(shape * 2000.0), 0.0);
    assert_close!(variance, shape / (rate * rate), 0.2, 0.0);
}

#[test]
fn a_variance_that_is_estimated_as_none_need_not_be_none() {
    let mut g = Generator::new(4);
    let y: Vec<f64> = walk(200, 9).iter().map(|x| x + g.normal()).collect();
    let kind = Structural::local_linear_trend();
    assert_eq!(kind.fit(&y).unwrap().variance(Component::Slope), Some(0.0));
    let draws = kind.posterior_draws(&y, 100, 1).unwrap();
    let slopes: Vec<f64> = draws.iter().map(|model| model.variance(Component::Slope).unwrap()).collect();
    assert!(slopes.iter().all(|v| *v > 0.0 && *v < 9.0));
    // Each is where the history ends, and goes on by itself.
    for mut model in draws {
        let mut next = [Prediction::default()];
        assert!(model.forecast_into(&mut next));
        assert!((next[0].mean() - y[199]).abs() < 10.0);
        assert!(model.update(y[199]).is_some());
    }
}

#[test]
fn period_and_damping_stay_in_range() {
    let mut y = walk(120, 2);
    y[40] = f64::NAN;
    let kind = Structural::local_level().cycle(5.0, 20.0);
    let draws = kind.posterior_draws(&y, 30, 1).unwrap();
    assert_eq!(draws, kind.posterior_draws(&y, 30, 1).unwrap());
    assert_ne!(draws, kind.posterior_draws(&y, 30, 2).unwrap());
    let mut periods: Vec<f64> = draws.iter().map(|model| model.cycle().unwrap().period).collect();
    assert!(periods.iter().all(|p| (4.999..20.001).contains(p)));
    assert!(draws.iter().all(|model| (0.0..1.0).contains(&model.cycle().unwrap().damping)));
    periods.sort_by(f64::total_cmp);
    periods.dedup();
    assert!(periods.len() > 20);
}

#[test]
fn given_constant_and_out_of_range() {
    let y = walk(60, 3);
    let given = Structural::local_level().variance(Component::Irregular, 1.0).variance(Component::Level, 9.0);
    assert_eq!(given.posterior_draws(&y, 3, 1).unwrap(), vec![given.fit(&y).unwrap(); 3]);
    let constant = Structural::local_level().posterior_draws(&[5.0; 30], 2, 1).unwrap();
    assert_eq!(constant[1].sigma(), 0.0);
    for count in [0, 100_001] {
        let error = Structural::local_level().posterior_draws(&y, count, 1).unwrap_err();
        assert!(matches!(error, Error::Parameter { name: "count", .. }), "{error}");
    }
    assert!(matches!(Structural::local_level().posterior_draws(&[], 3, 1), Err(Error::TooShort { .. })));
    let mut wild: Vec<f64> = (0..60u32).map(|t| f64::from(t * 7919 % 101)).collect();
    (wild[10], wild[30], wild[31]) = (1e99, -1e99, f64::NAN);
    for model in Structural::local_linear_trend().posterior_draws(&wild, 5, 1).unwrap() {
        let mut out = [Prediction::default(); 3];
        assert!(
            !model.forecast_into(&mut out) || out.iter().all(|p| p.mean().is_finite() && p.sd().is_finite())
        );
    }
}
