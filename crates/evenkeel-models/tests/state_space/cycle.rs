//! Cycles: against statsmodels, the estimates, bad input.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::Structural;
use evenkeel_models::state_space::{Component, StructuralModel};
use evenkeel_stats::Generator;
use evenkeel_testing::assert_close;

/// A line, a wave, and what looks like noise.
fn wavy() -> Vec<f64> {
    (0..150u32)
        .map(|t| {
            let wave = 3.0 * (core::f64::consts::TAU * f64::from(t) / 17.0).sin();
            0.1 * f64::from(t) + wave + f64::from(t * 7919 % 101) / 50.0
        })
        .collect()
}

fn given() -> Structural {
    Structural::local_linear_trend()
        .cycle(16.0, 16.0)
        .damping(0.95)
        .variance(Component::Irregular, 0.3)
        .variance(Component::Level, 0.05)
        .variance(Component::Slope, 0.001)
        .variance(Component::Cycle, 0.2)
}

/// A level that wanders, and a cycle of 20 samples that is damped by 0.95.
fn simulated(n: usize, seed: u64) -> Vec<f64> {
    let mut g = Generator::new(seed);
    let angle = core::f64::consts::TAU / 20.0;
    let (sin, cos) = (0.95 * angle.sin(), 0.95 * angle.cos());
    let (mut a, mut b, mut level) = (0.0, 0.0, 5.0);
    (0..n)
        .map(|_| {
            (a, b) = (cos * a + sin * b + 0.5 * g.normal(), cos * b - sin * a + 0.5 * g.normal());
            level += 0.1 * g.normal();
            level + a + 0.5 * g.normal()
        })
        .collect()
}

fn log_likelihood(model: &StructuralModel) -> f64 {
    model.report().criteria().log_likelihood()
}

/// `UnobservedComponents(y, 'lltrend', cycle=True, stochastic_cycle=True, damped_cycle=True,
/// use_exact_diffuse=True)` of statsmodels 0.15.0 at these parameters, initialized as diffuse for the trend and
/// stationary for the cycle (`Initialization`; by itself it takes a damped cycle as diffuse, too): the
/// likelihood, three forecasts with their errors, and at times 0, 41 and 149 cycle, its variance and level.
#[test]
fn agrees_with_statsmodels_at_given_parameters() {
    let full = wavy();
    let mut gaps = full.clone();
    for gap in [40, 41, 42, 90] {
        gaps[gap] = f64::NAN;
    }
    let theirs = [
        (
            -211.5368178546882,
            [13.308587591422683, 14.074642399029168, 14.975213507009704],
            [1.0039323930915545, 1.3164733879710913, 1.609300929063345],
            [-0.5518029934374014, 1.493889524434724, -2.5510127295310516],
            [0.569514725376783, 0.2645200277532392, 0.5695147254276851],
            [0.9418111579533215, 5.09588785917166, 15.359060035070637],
        ),
        (
            -207.2163035401206,
            [13.308585523732862, 14.07463868190487, 14.975208105200476],
            [1.0039323932917803, 1.3164733885053586, 1.609300930031223],
            [-0.550266852855688, 1.7828525645072746, -2.551009826355391],
            [0.5695173284109541, 0.49010190034709744, 0.5695147264411143],
            [0.9396864755991801, 5.211822291391499, 15.359056498318925],
        ),
    ];
    for (y, (log, means, errors, cycles, variances, levels)) in [full, gaps].iter().zip(theirs) {
        let model = given().fit(y).unwrap();
        assert_close!(log_likelihood(&model), log, 1e-10, 0.0);
        let mut out = [Prediction::default(); 3];
        assert!(model.forecast_into(&mut out));
        for (p, (mean, error)) in out.iter().zip(means.iter().zip(&errors)) {
            assert_close!(p.mean(), *mean, 1e-9, 0.0);
            assert_close!(p.sd(), *error, 1e-9, 0.0);
        }
        let parts = model.components(y).unwrap();
        for (k, t) in [0, 41, 149].into_iter().enumerate() {
            assert_close!(parts.estimate(Component::Cycle).unwrap()[t], cycles[k], 1e-8, 0.0);
            assert_close!(parts.variance(Component::Cycle).unwrap()[t], variances[k], 1e-8, 0.0);
            assert_close!(parts.estimate(Component::Level).unwrap()[t], levels[k], 1e-8, 0.0);
        }
    }
}

#[test]
fn estimates_are_a_maximum_and_near_the_truth() {
    let y = simulated(600, 3);
    let free = Structural::local_level().cycle(5.0, 60.0);
    let model = free.fit(&y).unwrap();
    let best = log_likelihood(&model);
    let cycle = model.cycle().unwrap();
    let (period_error, damping_error) = (cycle.period_error.unwrap(), cycle.damping_error.unwrap());
    assert!((cycle.period - 20.0).abs() < 4.0 * period_error && period_error < 2.0, "{cycle:?}");
    assert!((cycle.damping - 0.95).abs() < 4.0 * damping_error && damping_error < 0.1, "{cycle:?}");
    let variance = model.variance(Component::Cycle).unwrap();
    assert!((variance - 0.25).abs() < 4.0 * model.standard_error(Component::Cycle).unwrap());
    assert!(model.report().converged());
    // Given all of them the likelihood is the same, and that nearby is less.
    let at = |period: f64, damping: f64, factor: f64| {
        let kind = Component::ALL.into_iter().fold(
            Structural::local_level().cycle(period, period).damping(damping),
            |kind, component| match model.variance(component) {
                Some(v) if component == Component::Cycle => kind.variance(component, factor * v),
                Some(v) => kind.variance(component, v),
                None => kind,
            },
        );
        log_likelihood(&kind.fit(&y).unwrap())
    };
    let (p, d) = (cycle.period, cycle.damping);
    assert_close!(at(p, d, 1.0), best, 1e-10, 0.0);
    for (p, d, factor) in [
        (p * 1.01, d, 1.0),
        (p * 0.99, d, 1.0),
        (p, d + 0.005, 1.0),
        (p, d - 0.005, 1.0),
        (p, d, 1.05),
        (p, d, 0.95),
    ] {
        assert!(at(p, d, factor) < best, "{p} {d} {factor}");
    }
    // The standard error of the period is that of the curvature where the others are moved along, so not
    // less than that where they stay.
    let h = 0.01 * p;
    let curvature = (2.0 * best - at(p + h, d, 1.0) - at(p - h, d, 1.0)) / (h * h);
    assert!(period_error >= 0.99 / curvature.sqrt(), "{period_error} {curvature}");
}

#[test]
fn a_season_and_a_cycle_stay_apart() {
    let y: Vec<f64> = simulated(400, 4)
        .iter()
        .zip(0..)
        .map(|(x, t): (_, u32)| x + [4.0, -2.0, 1.0, -3.0][t as usize % 4])
        .collect();
    for kind in [Structural::local_level().dummy_season(4), Structural::local_level().trigonometric_season(4)]
    {
        let model = kind.cycle(8.0, 60.0).fit(&y).unwrap();
        assert_eq!(model.states(), 6);
        let cycle = model.cycle().unwrap();
        assert!((cycle.period - 20.0).abs() < 4.0, "{cycle:?}");
        let parts = model.components(&y).unwrap();
        let part = |component| parts.estimate(component).unwrap();
        for (t, x) in y.iter().enumerate() {
            let sum = part(Component::Level)[t]
                + part(Component::Season)[t]
                + part(Component::Cycle)[t]
                + part(Component::Irregular)[t];
            assert_close!(sum, *x, 1e-9, 0.0);
        }
        assert!((part(Component::Season)[200] - part(Component::Season)[201] - 6.0).abs() < 1.0);
    }
}

#[test]
fn the_stream_and_the_future() {
    let mut y = wavy();
    y[70] = f64::NAN;
    let model = given().fit(&y).unwrap();
    let mut online = model.clone();
    online.reset();
    for x in &y {
        online.update(*x);
    }
    assert_eq!(online, model);
    // Far ahead, the cycle has died out: 0 with the standard deviation in which it stays.
    let mut far = model.clone();
    for _ in 0..2000 {
        far.update(f64::NAN);
    }
    let there = far.next_component(Component::Cycle).unwrap();
    assert!(there.mean().abs() < 1e-9);
    assert_close!(there.sd(), (0.2_f64 / (1.0 - 0.95 * 0.95)).sqrt(), 1e-9, 0.0);
    // Simulated futures have the moments of the forecast.
    let mut out = [Prediction::default(); 8];
    assert!(model.forecast_into(&mut out));
    let values: Vec<f64> = (0..4000).map(|seed| model.simulate(8, seed)[7]).collect();
    let mean = values.iter().sum::<f64>() / 4000.0;
    let sd = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 3999.0).sqrt();
    assert!((mean - out[7].mean()).abs() < 4.0 * sd / 63.0);
    assert_close!(sd, out[7].sd(), 0.05, 0.0);
}

#[test]
fn leading_gaps_change_nothing() {
    let y = wavy();
    let mut later = vec![f64::NAN; 9];
    later.extend(&y);
    assert_eq!(given().fit(&y).unwrap().report(), given().fit(&later).unwrap().report());
}

#[test]
fn out_of_range_and_without_variation() {
    let y = wavy();
    let level = Structural::local_level;
    for (kind, what) in [
        (level().cycle(1.9, 20.0), "cycle"),
        (level().cycle(20.0, 19.0), "cycle"),
        (level().cycle(20.0, 1e5), "cycle"),
        (level().cycle(f64::NAN, 20.0), "cycle"),
        (level().cycle(5.0, 20.0).damping(1.0), "damping"),
        (level().cycle(5.0, 20.0).damping(f64::NAN), "damping"),
        (level().damping(0.5), "damping"),
        (level().variance(Component::Cycle, 1.0), "variance"),
    ] {
        let error = kind.fit(&y).unwrap_err();
        assert!(matches!(error, Error::Parameter { name, .. } if name == what), "{what}: {error}");
    }
    assert!(level().fit(&y).unwrap().cycle().is_none());
    let kind = level().cycle(5.0, 40.0);
    assert_eq!(kind.fit(&[1.0; 4]).unwrap_err(), Error::TooShort { needed: 7, got: 4 });
    let constant = kind.fit(&[3.0; 60]).unwrap();
    assert_eq!(constant.sigma(), 0.0);
    let mut wild: Vec<f64> = (0..60u32).map(|t| f64::from(t * 7919 % 101)).collect();
    (wild[10], wild[30], wild[31]) = (1e99, -1e99, f64::NAN);
    let jump: Vec<f64> = (0..60u32).map(|t| if t == 59 { 1e6 } else { 1.0 }).collect();
    let shortest = level().cycle(2.0, 2.0);
    for y in [&wild, &jump, &y] {
        for kind in [&kind, &shortest] {
            let model = kind.fit(y).unwrap();
            let mut out = [Prediction::default(); 30];
            assert!(model.forecast_into(&mut out));
            assert!(out.iter().all(|p| p.mean().is_finite() && p.sd().is_finite()), "{kind:?}");
        }
    }
}
