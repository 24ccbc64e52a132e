//! Structural models: fits, components, disturbances, the stream.

use evenkeel_core::{Fit, Forecaster, Prediction, Stage};
use evenkeel_models::state_space::Component;
use evenkeel_models::state_space::{Structural, StructuralModel};
use evenkeel_stats::Generator;
use evenkeel_testing::assert_close;

/// A trend with a season of 6 and noise.
fn seasonal(n: usize, seed: u64) -> Vec<f64> {
    let mut g = Generator::new(seed);
    let (mut level, mut slope) = (50.0, 0.2);
    (0..n)
        .map(|t| {
            slope += 0.01 * g.normal();
            level += slope + 0.3 * g.normal();
            level + [3.0, -1.0, 2.0, -4.0, 1.0, -1.0][t % 6] + g.normal()
        })
        .collect()
}

fn log_likelihood(model: &StructuralModel) -> f64 {
    model.report().criteria().log_likelihood()
}

fn next(model: &StructuralModel) -> Prediction {
    let mut out = [Prediction::default()];
    assert!(model.forecast_into(&mut out));
    out[0]
}

#[test]
fn no_variance_nearby_is_better() {
    let y = seasonal(240, 1);
    let kinds = [
        Structural::local_level(),
        Structural::local_linear_trend(),
        Structural::smooth_trend(),
        Structural::basic(6),
        Structural::local_level().trigonometric_season(6),
        Structural::local_linear_trend().trigonometric_season(5),
    ];
    for kind in kinds {
        let fitted = kind.fit(&y).unwrap();
        let best = log_likelihood(&fitted);
        let mut tried = 0;
        for component in Component::ALL {
            let Some(variance) = fitted.variance(component) else { continue };
            if kind == Structural::smooth_trend() && component == Component::Level {
                continue;
            }
            for factor in [0.7, 0.95, 1.05, 1.4] {
                let moved = variance * factor + if variance == 0.0 { 1e-4 * factor } else { 0.0 };
                let given = Component::ALL.into_iter().fold(kind.clone(), |given, other| {
                    match fitted.variance(other) {
                        Some(_) if other == component => given.variance(other, moved),
                        Some(kept) => given.variance(other, kept),
                        None => given,
                    }
                });
                let there = log_likelihood(&given.fit(&y).unwrap());
                assert!(there <= best + 1e-6, "{kind:?}: {component} {variance} x {factor}: {there} {best}");
                tried += 1;
            }
        }
        assert!(tried >= 8);
    }
}

/// By how much the likelihood at the fitted variances falls short of that with one of them moved; each is
/// evaluated by the filter.
fn worst_shortfall(kind: &Structural, y: &[f64]) -> f64 {
    let fitted = kind.fit(y).unwrap();
    let at = |moved: Component, by: f64| {
        let given = Component::ALL.into_iter().fold(kind.clone(), |given, component| {
            match fitted.variance(component) {
                Some(variance) if component == moved => given.variance(component, variance + by),
                Some(variance) => given.variance(component, variance),
                None => given,
            }
        });
        log_likelihood(&given.fit(y).unwrap())
    };
    let best = log_likelihood(&fitted);
    assert_close!(best, at(Component::Irregular, 0.0), 1e-10, 0.0, "{kind:?}: the reported likelihood");
    let largest = Component::ALL.iter().filter_map(|c| fitted.variance(*c)).fold(0.0, f64::max);
    let mut worst = f64::NEG_INFINITY;
    for component in Component::ALL.into_iter().filter(|c| fitted.variance(*c).is_some()) {
        let variance = fitted.variance(component).unwrap();
        for by in [0.02 * variance, -0.02 * variance, 1e-6 * largest, 1e-4 * largest] {
            if variance + by >= 0.0 {
                worst = worst.max(at(component, by) - best);
            }
        }
    }
    worst
}

#[test]
fn the_filter_confirms_what_differences_found() {
    // All but noise is fixed: the differences are at the edge of what can be inverted, where the filter has to
    // take over. Then a long season, and a level without noise.
    let mut g = Generator::new(12);
    let noise: Vec<f64> = (0..400_u32).map(|t| 0.3 * f64::from(t) + f64::from(t % 6) + g.normal()).collect();
    assert!(worst_shortfall(&Structural::basic(6), &noise) < 1e-6);
    assert!(worst_shortfall(&Structural::local_linear_trend().trigonometric_season(6), &noise) < 1e-6);
    let mut level = 0.0;
    let long: Vec<f64> = (0..300_u32)
        .map(|t| {
            level += g.normal();
            level + 5.0 * f64::from(t % 40) + 0.5 * g.normal()
        })
        .collect();
    assert!(worst_shortfall(&Structural::basic(40), &long) < 1e-6);
    assert!(worst_shortfall(&Structural::local_level().trigonometric_season(40), &long) < 1e-6);
    let mut walk = 0.0;
    let walk: Vec<f64> = (0..300)
        .map(|_| {
            walk += g.normal();
            walk
        })
        .collect();
    assert!(worst_shortfall(&Structural::local_linear_trend(), &walk) < 1e-6);
}

#[test]
fn a_gap_at_the_end_changes_no_estimate() {
    // The search goes by differences here and by the filter where a value is missing between others.
    let y = seasonal(400, 13);
    let mut behind = y.clone();
    behind.extend([f64::NAN; 5]);
    let (plain, longer) = (Structural::basic(6).fit(&y).unwrap(), Structural::basic(6).fit(&behind).unwrap());
    assert_eq!(plain.report(), longer.report());
    let mut gap = y.clone();
    gap[200] = f64::NAN;
    let gap = Structural::basic(6).fit(&gap).unwrap();
    for component in Component::ALL {
        let (Some(a), Some(b)) = (plain.variance(component), gap.variance(component)) else { continue };
        assert_close!(a, b, 0.2, 1e-3, "{component}");
    }
}

#[test]
fn a_fit_does_not_depend_on_the_unit() {
    let y = seasonal(120, 2);
    let plain = Structural::basic(6).fit(&y).unwrap();
    for (by, off) in [(1e-160, 0.0), (1e-6, 3.0), (1e9, -1e9), (1e90, 0.0)] {
        let other: Vec<f64> = y.iter().map(|x| by * x + off).collect();
        let scaled = Structural::basic(6).fit(&other).unwrap();
        let (a, b) = (next(&plain), next(&scaled));
        assert_close!(by * a.mean() + off, b.mean(), 1e-4, 0.0, "{by} {off}");
        assert_close!(by * a.sd(), b.sd(), 1e-3, 0.0, "{by} {off}");
        let degrees = 120.0 - 7.0;
        let difference = log_likelihood(&plain) - log_likelihood(&scaled);
        assert_close!(difference, degrees * f64::ln(by), 1e-6, 1e-4, "{by} {off}");
    }
}

#[test]
fn standard_errors_are_those_of_the_curvature() {
    // A random walk without noise: the variance is a mean square, its error √(2 / n) of it.
    let mut g = Generator::new(3);
    let mut level = 0.0;
    let y: Vec<f64> = (0..400)
        .map(|_| {
            level += g.normal();
            level
        })
        .collect();
    let model = Structural::local_level().variance(Component::Irregular, 0.0).fit(&y).unwrap();
    let mean_square = y.windows(2).map(|w| (w[1] - w[0]).powi(2)).sum::<f64>() / 399.0;
    assert_close!(model.variance(Component::Level).unwrap(), mean_square, 1e-9, 0.0);
    let error = model.standard_error(Component::Level).unwrap();
    assert_close!(error, mean_square * f64::sqrt(2.0 / 399.0), 1e-4, 0.0);
    assert_eq!(model.standard_error(Component::Irregular), None);
}

#[test]
fn filtering_online_equals_the_fit() {
    let mut y = seasonal(200, 4);
    for gap in [0, 1, 50, 51, 52, 120] {
        y[gap] = f64::NAN;
    }
    let fitted = Structural::basic(6).fit(&y).unwrap();
    let mut online = fitted.clone();
    online.reset();
    for x in &y {
        online.update(*x);
    }
    assert_eq!(next(&online), next(&fitted));
    // And the batch filter of its matrices, where nothing settles.
    let centered: Vec<f64> = y.iter().map(|x| x - fitted.center()).collect();
    let batch = fitted.state_space().forecast(&centered, 3).unwrap();
    let mut out = [Prediction::default(); 3];
    assert!(fitted.forecast_into(&mut out));
    let widening = out[0].sd() / batch[0].sd();
    assert!((1.0..1.05).contains(&widening), "{widening}");
    for (ours, theirs) in out.iter().zip(&batch) {
        assert_close!(ours.mean(), theirs.mean() + fitted.center(), 1e-10, 0.0);
        assert_close!(ours.sd(), theirs.sd() * widening, 1e-9, 0.0);
    }
}

#[test]
fn leading_gaps_change_nothing() {
    let y = seasonal(100, 5);
    let mut later = vec![f64::NAN; 17];
    later.extend(&y);
    let (plain, late) = (Structural::basic(6).fit(&y).unwrap(), Structural::basic(6).fit(&later).unwrap());
    assert_eq!(plain.report(), late.report());
    assert_eq!(next(&plain), next(&late));
    assert_eq!(plain.report().criteria().effective(), 100);
}

#[test]
fn residuals_of_diffuse_steps_are_absent() {
    let y = seasonal(100, 6);
    let model = Structural::basic(6).fit(&y).unwrap();
    let residuals = model.residuals(&y);
    assert!(residuals[..7].iter().all(Option::is_none) && residuals[7..].iter().all(Option::is_some));
    let squares: f64 = residuals.iter().flatten().map(|r| r.standardized().powi(2)).sum();
    // At the maximum of the likelihood their mean square is 1.
    assert_close!(squares, 93.0, 1e-9, 0.0);
}

#[test]
fn components_add_up_to_the_values() {
    let mut y = seasonal(120, 7);
    (y[0], y[40]) = (f64::NAN, f64::NAN);
    for kind in [Structural::basic(6), Structural::local_level().trigonometric_season(6)] {
        let model = kind.fit(&y).unwrap();
        let parts = model.components(&y).unwrap();
        let part = |component| parts.estimate(component).unwrap();
        let season = part(Component::Season);
        for (t, x) in y.iter().enumerate() {
            let sum = part(Component::Level)[t] + season[t] + part(Component::Irregular)[t];
            if x.is_nan() {
                assert_eq!(part(Component::Irregular)[t], 0.0);
            } else {
                assert_close!(sum, *x, 1e-9, 0.0);
            }
        }
        // As the season was made, up to its mean.
        assert!((season[60] - season[63] - 7.0).abs() < 1.5, "{} {}", season[60], season[63]);
        let level = parts.variance(Component::Level).unwrap();
        assert!(level[40] > level[60] && level[119] > level[60] && level.iter().all(|v| *v >= 0.0));
    }
    assert!(
        Structural::local_level()
            .fit(&y)
            .unwrap()
            .components(&y)
            .unwrap()
            .estimate(Component::Slope)
            .is_none()
    );
}

#[test]
fn outliers_and_shifts_are_told_apart() {
    let mut g = Generator::new(8);
    let mut level = 20.0;
    let mut y: Vec<f64> = (0..200)
        .map(|t| {
            level += 0.1 * g.normal() + if t == 120 { 5.0 } else { 0.0 };
            level + g.normal()
        })
        .collect();
    y[60] += 8.0;
    let model = Structural::local_level()
        .variance(Component::Level, 0.01)
        .variance(Component::Irregular, 1.0)
        .fit(&y)
        .unwrap();
    let parts = model.components(&y).unwrap();
    let largest = |component: Component| {
        let found = parts.disturbances(component, 0.01).unwrap();
        found.into_iter().max_by(|a, b| a.residual.abs().total_cmp(&b.residual.abs())).unwrap()
    };
    let (outlier, shift) = (largest(Component::Irregular), largest(Component::Level));
    assert_eq!((outlier.at, shift.at), (60, 120));
    assert!(outlier.residual > 6.0 && shift.residual > 5.0 && outlier.p < 1e-6 && shift.p < 1e-4);
    assert!(parts.disturbances(Component::Level, 1.5).is_err());
    assert!(parts.disturbances(Component::Season, 0.5).unwrap().is_empty());
}

#[test]
fn auxiliary_residuals_are_standard_normal() {
    let (mut sums, mut tests, mut alarms, mut runs) = ([0.0; 2], [0.0; 2], 0, 0);
    for seed in 0..100 {
        let mut g = Generator::new(seed);
        let mut level = 0.0;
        let y: Vec<f64> = (0..80)
            .map(|_| {
                level += 0.7 * g.normal();
                level + g.normal()
            })
            .collect();
        let given =
            Structural::local_level().variance(Component::Level, 0.49).variance(Component::Irregular, 1.0);
        let parts = given.fit(&y).unwrap().components(&y).unwrap();
        for (k, component) in [Component::Irregular, Component::Level].into_iter().enumerate() {
            for residual in parts.auxiliary_residuals(component).unwrap().iter().flatten() {
                sums[k] += residual * residual;
                tests[k] += 1.0;
            }
            alarms += usize::from(!parts.disturbances(component, 0.05).unwrap().is_empty());
            runs += 1;
        }
    }
    for k in 0..2 {
        assert!((sums[k] / tests[k] - 1.0).abs() < 0.05, "{}", sums[k] / tests[k]);
    }
    // At most 5 % of 200, within its scatter.
    assert!(runs == 200 && alarms <= 20, "{alarms}");
}

#[test]
fn intervals_hold_what_they_say() {
    let (mut inside, mut all) = (0, 0);
    for seed in 0..150 {
        let y = seasonal(90, 1000 + seed);
        let model = Structural::basic(6).fit(&y[..84]).unwrap();
        let mut out = [Prediction::default(); 6];
        assert!(model.forecast_into(&mut out));
        for (p, x) in out.iter().zip(&y[84..]) {
            let (low, high) = p.interval(0.9).unwrap();
            inside += usize::from(low <= *x && *x <= high);
            all += 1;
        }
    }
    let rate = f64::from(u32::try_from(inside).unwrap()) / f64::from(u32::try_from(all).unwrap());
    println!("intervals at 90 % hold {rate}");
    assert!((0.86..0.94).contains(&rate), "{rate}");
}

#[test]
fn simulation_goes_on_from_the_end() {
    let y = seasonal(120, 9);
    let model = Structural::basic(6).fit(&y).unwrap();
    let mut out = [Prediction::default(); 12];
    assert!(model.forecast_into(&mut out));
    let widening = 1.0 + 2.0 * (next(&model).sd() / model.residuals(&y)[119].unwrap().sd() - 1.0).abs();
    for h in [0, 11] {
        let values: Vec<f64> = (0..4000).map(|seed| model.simulate(12, seed)[h]).collect();
        let mean = values.iter().sum::<f64>() / 4000.0;
        let sd = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 3999.0).sqrt();
        assert!((mean - out[h].mean()).abs() < 4.0 * sd / 63.0, "{h}: {mean} {}", out[h].mean());
        assert!(sd / out[h].sd() < 1.04 && sd / out[h].sd() > 0.95 / widening, "{h}: {sd} {}", out[h].sd());
    }
    assert_eq!(model.simulate(5, 7), model.simulate(5, 7));
    let mut fresh = model.clone();
    fresh.reset();
    assert!(fresh.simulate(5, 7).is_empty());
}
