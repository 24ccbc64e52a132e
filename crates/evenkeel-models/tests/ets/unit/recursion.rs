//! The recursion and its gradient.

use crate::ets::form::EtsForm;
use crate::ets::form::EtsSeason;
use crate::ets::parameters::EtsParameters;
use crate::ets::recursion::Pass;

/// Positive values with a trend, a season of 4 and two gaps.
fn history() -> Vec<f64> {
    let mut y: Vec<f64> = (0..40_u32)
        .map(|t| 1.0 + 0.01 * f64::from(t) + 0.2 * f64::from(t % 4) + 0.02 * f64::from(t * 37 % 11))
        .collect();
    y[7] = f64::NAN;
    y[8] = f64::NAN;
    y[23] = f64::NAN;
    y
}

fn start(form: EtsForm) -> EtsParameters {
    let season = match form.season {
        EtsSeason::None => vec![],
        EtsSeason::Additive => vec![-0.3, -0.1, 0.1, 0.35],
        EtsSeason::Multiplicative => vec![0.8, 0.9, 1.1, 1.25],
    };
    let trend = if form.has_factor_trend() { 1.02 } else { 0.02 };
    let phi = if form.is_damped() { 0.9 } else { 1.0 };
    let start = EtsParameters::new(0.4, 1.3).gamma(0.2).phi(phi).season(season);
    if form.has_trend() { start.beta(0.15).trend(trend) } else { start }
}

#[test]
fn the_gradient_is_that_of_differences() {
    let y = history();
    let n = 37.0;
    for form in EtsForm::all() {
        let at = start(form);
        let mut pass = Pass::new(form, y.len());
        let sums = pass.forward(&y, &at).unwrap();
        let mut pull = at.clone();
        pass.backward(&y, &at, &sums, n, &mut pull);
        let step = 1e-6;
        let mut check = |name: &str, slope: f64, turn: &dyn Fn(&mut EtsParameters, f64)| {
            let mut value = |by: f64| {
                let mut moved = at.clone();
                turn(&mut moved, by);
                pass.forward(&y, &moved).unwrap().objective(n)
            };
            let expected = (value(step) - value(-step)) / (2.0 * step);
            assert!(
                (slope - expected).abs() < 1e-5 * (1.0 + expected.abs()),
                "{form} {name}: {slope} {expected}"
            );
        };
        check("alpha", pull.alpha, &|p, by| p.alpha += by);
        check("level", pull.level, &|p, by| p.level += by);
        if form.has_trend() {
            check("beta", pull.beta, &|p, by| p.beta += by);
            check("trend", pull.trend, &|p, by| p.trend += by);
        }
        if form.is_damped() {
            check("phi", pull.phi, &|p, by| p.phi += by);
        }
        if form.has_season() {
            check("gamma", pull.gamma, &|p, by| p.gamma += by);
            for i in 0..4 {
                check("season", pull.season[i], &|p, by| p.season[i] += by);
            }
        }
    }
}
