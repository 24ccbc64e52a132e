//! Regressors: against statsmodels and dense algebra, the stream, bad input.

use evenkeel_core::{Error, Fit, Snapshot, restore};
use evenkeel_models::Structural;
use evenkeel_models::state_space::{Component, StructuralRegression};
use evenkeel_stats::Generator;
use evenkeel_testing::assert_close;
use nalgebra::{DMatrix, DVector};

/// A line with a wave and noise, a regressor and a step: values, and the two.
fn stepped() -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let one: Vec<f64> = (0..150u32).map(|t| f64::from(t * 37 % 23) / 10.0).collect();
    let two: Vec<f64> = (0..150u32).map(|t| f64::from(u8::from(t >= 75))).collect();
    let y = (0..150u32).zip(one.iter().zip(&two)).map(|(t, (a, b))| {
        let wave = 3.0 * (core::f64::consts::TAU * f64::from(t) / 17.0).sin();
        0.1 * f64::from(t) + wave + f64::from(t * 7919 % 101) / 50.0 + 1.5 * a - 4.0 * b
    });
    (y.collect(), one, two)
}

fn log_likelihood(model: &StructuralRegression) -> f64 {
    model.report().criteria().log_likelihood()
}

/// `UnobservedComponents(y, 'llevel', exog=…, mle_regression=False, use_exact_diffuse=True)` of statsmodels
/// 0.15.0 with variances 0.4 and 0.3: the likelihood, the last coefficients with their variances, forecasts.
#[test]
fn agrees_with_statsmodels_at_given_variances() {
    let (y, one, two) = stepped();
    let given = Structural::local_level().variance(Component::Irregular, 0.4).variance(Component::Level, 0.3);
    let model = given.fit_with(&y, &[&one, &two]).unwrap();
    assert_close!(log_likelihood(&model), -305.7777668615096, 1e-10, 0.0);
    let coefficients = model.coefficients().unwrap();
    let theirs = [(1.646168846555271, 0.008102833282344136), (-5.029812845220462, 0.7592539470122913)];
    let parts = model.components(&y, &[&one, &two]).unwrap();
    for (j, (ours, (mean, variance))) in coefficients.iter().zip(theirs).enumerate() {
        assert_close!(ours.mean(), mean, 1e-9, 0.0);
        assert_close!(ours.sd(), f64::sqrt(variance), 1e-9, 0.0);
        // Constant, so that with hindsight they are what they are at the end.
        let (means, variances) = parts.coefficient(j).unwrap();
        for t in [0, 80, 149] {
            assert_close!(means[t], mean, 1e-8, 0.0);
            assert_close!(variances[t], variance, 1e-8, 0.0);
        }
    }
    assert!(parts.coefficient(2).is_none());
    let future = model.forecast_with(&[&[1.0, 2.0, 0.5], &[1.0, 1.0, 0.0]]).unwrap();
    let means = [10.380982754268448, 12.027151600823718, 14.587711176211274];
    let errors = [0.9632232739047215, 1.1102908115069083, 1.510788886573669];
    for (p, (mean, error)) in future.iter().zip(means.iter().zip(&errors)) {
        assert_close!(p.mean(), *mean, 1e-9, 0.0);
        assert_close!(p.sd(), *error, 1e-9, 0.0);
    }
    // All components make up the values.
    for t in 0..150 {
        let sum: f64 = Component::ALL.into_iter().filter_map(|c| parts.estimate(c)).map(|part| part[t]).sum();
        assert_close!(sum, y[t], 1e-9, 0.0);
    }
}

/// The joint distribution of all values, and of one more, with a level and a coefficient that are random
/// walks from an unknown start.
#[test]
fn random_walks_agree_with_dense_algebra() {
    let mut g = Generator::new(21);
    let n = 30;
    let x: Vec<f64> = (0..=n).map(|_| 2.0 + g.normal()).collect();
    let (irregular, level, moved) = (0.5, 0.2, 0.3);
    let mut y: Vec<f64> = (0..n).map(|t| 5.0 + x[t] * (1.0 + 0.05 * t as f64) + g.normal()).collect();
    (y[0], y[13]) = (f64::NAN, f64::NAN);
    let model = Structural::local_level()
        .varying_coefficients()
        .variance(Component::Irregular, irregular)
        .variance(Component::Level, level)
        .variance(Component::Regression, moved)
        .fit_with(&y, &[&x[..n]])
        .unwrap();
    let mean_square = x[..n].iter().map(|x| x * x).sum::<f64>() / n as f64;
    let covariance = |s: usize, t: usize| {
        let steps = s.min(t) as f64;
        level * steps + moved / mean_square * x[s] * x[t] * steps + if s == t { irregular } else { 0.0 }
    };
    let seen: Vec<usize> = (0..n).filter(|t| !y[*t].is_nan()).collect();
    let k = seen.len();
    let v = DMatrix::from_fn(k, k, |i, j| covariance(seen[i], seen[j]));
    let design = DMatrix::from_fn(k, 2, |i, j| if j == 0 { 1.0 } else { x[seen[i]] });
    let values = DVector::from_iterator(k, seen.iter().map(|t| y[*t]));
    let inverse = v.clone().try_inverse().unwrap();
    let gram = design.transpose() * &inverse * &design;
    let beta = gram.clone().try_inverse().unwrap() * design.transpose() * &inverse * &values;
    let rest = &values - &design * &beta;
    let quadratic = (rest.transpose() * &inverse * &rest)[(0, 0)];
    let determinant = v.determinant().ln() + gram.determinant().ln();
    let log = -0.5 * (k as f64 * core::f64::consts::TAU.ln() + determinant + quadratic);
    assert_close!(log_likelihood(&model), log, 1e-10, 0.0);
    // The best linear unbiased prediction of the next value.
    let cross = DVector::from_iterator(k, seen.iter().map(|t| covariance(*t, n)));
    let there = DVector::from_vec(vec![1.0, x[n]]);
    let mean = (there.transpose() * &beta)[(0, 0)] + (cross.transpose() * &inverse * &rest)[(0, 0)];
    let left = &there - design.transpose() * &inverse * &cross;
    let variance = covariance(n, n) - (cross.transpose() * &inverse * &cross)[(0, 0)]
        + (left.transpose() * gram.try_inverse().unwrap() * &left)[(0, 0)];
    let next = model.forecast_with(&[&x[n..]]).unwrap()[0];
    assert_close!(next.mean(), mean, 1e-9, 0.0);
    assert_close!(next.sd(), variance.sqrt(), 1e-9, 0.0);
}

/// A coefficient that wanders from 2 to where it ends up.
fn wandering(n: usize, seed: u64) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let mut g = Generator::new(seed);
    let (mut level, mut coefficient) = (10.0, 2.0);
    let (mut y, mut x, mut path) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..n {
        let now = g.normal();
        y.push(level + coefficient * now + 0.5 * g.normal());
        x.push(now);
        path.push(coefficient);
        level += 0.1 * g.normal();
        coefficient += 0.1 * g.normal();
    }
    (y, x, path)
}

#[test]
fn a_coefficient_is_followed_where_it_goes() {
    // With known variances it lies about the estimate as its variance says.
    let mut squares = 0.0;
    for seed in 0..40 {
        let (y, x, path) = wandering(150, 100 + seed);
        let mean_square = x.iter().map(|x| x * x).sum::<f64>() / 150.0;
        let model = Structural::local_level()
            .varying_coefficients()
            .variance(Component::Irregular, 0.25)
            .variance(Component::Level, 0.01)
            .variance(Component::Regression, 0.01 * mean_square)
            .fit_with(&y, &[&x])
            .unwrap();
        let parts = model.components(&y, &[&x]).unwrap();
        let (means, variances) = parts.coefficient(0).unwrap();
        let errors = path.iter().zip(means.iter().zip(variances));
        squares +=
            errors.map(|(path, (mean, variance))| (path - mean).powi(2) / variance).sum::<f64>() / 150.0;
    }
    assert!((squares / 40.0 - 1.0).abs() < 0.15, "{}", squares / 40.0);
    let (y, x, _) = wandering(500, 5);
    let model = Structural::local_level().varying_coefficients().fit_with(&y, &[&x]).unwrap();
    let (variance, error) = (
        model.variance(Component::Regression).unwrap(),
        model.standard_error(Component::Regression).unwrap(),
    );
    let truth = 0.01 * x.iter().map(|x| x * x).sum::<f64>() / 500.0;
    assert!((variance - truth).abs() < 4.0 * error && error < truth, "{variance} {error}");
    // It is the maximum, and better than constant coefficients.
    let given = |factor: f64| {
        Structural::local_level()
            .varying_coefficients()
            .variance(Component::Irregular, model.variance(Component::Irregular).unwrap())
            .variance(Component::Level, model.variance(Component::Level).unwrap())
            .variance(Component::Regression, factor * variance)
            .fit_with(&y, &[&x])
            .unwrap()
    };
    assert_close!(log_likelihood(&given(1.0)), log_likelihood(&model), 1e-10, 0.0);
    assert!(log_likelihood(&given(1.1)) < log_likelihood(&model));
    assert!(log_likelihood(&given(0.9)) < log_likelihood(&model));
    let constant = Structural::local_level().fit_with(&y, &[&x]).unwrap();
    assert_eq!(constant.variance(Component::Regression), Some(0.0));
    assert!(log_likelihood(&model) > log_likelihood(&constant) + 50.0);
}

#[test]
fn the_stream_and_the_snapshot_go_on() {
    let (mut y, mut x, _) = wandering(120, 6);
    y[50] = f64::NAN;
    x[51] = f64::NAN;
    let model = Structural::local_level().varying_coefficients().fit_with(&y, &[&x]).unwrap();
    assert_eq!(model.report().observed(), 118);
    let mut online = model.clone();
    online.reset();
    assert!(online.coefficients().is_none());
    assert!(matches!(online.forecast_with(&[&[1.0]]), Err(Error::TooShort { .. })));
    for (y, x) in y.iter().zip(&x) {
        online.update(*y, &[*x]);
    }
    assert_eq!(online, model);
    let text = serde_json::to_string(&model.snapshot()).unwrap();
    let mut back: StructuralRegression = restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
    assert_eq!(back, model);
    assert_eq!(StructuralRegression::schema(), "StructuralRegression@1<StructuralModel@2>");
    for (k, regressors) in [&[0.3][..], &[f64::NAN], &[], &[-1.0]].into_iter().enumerate() {
        online.update(10.0 + k as f64, regressors);
        back.update(10.0 + k as f64, regressors);
    }
    assert_eq!(online, back);
    // Simulated futures have the moments of the forecast.
    let future: [&[f64]; 1] = [&[1.0, -2.0, 0.5, 1.5]];
    let last = model.forecast_with(&future).unwrap()[3];
    let values: Vec<f64> = (0..4000).map(|seed| model.simulate_with(&future, seed).unwrap()[3]).collect();
    let mean = values.iter().sum::<f64>() / 4000.0;
    let sd = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 3999.0).sqrt();
    assert!((mean - last.mean()).abs() < 4.0 * sd / 63.0, "{mean} {}", last.mean());
    // The forecast is for as many degrees of freedom as there are.
    assert!(sd / last.sd() < 1.05 && sd / last.sd() > 0.93, "{sd} {}", last.sd());
}

#[test]
fn a_fit_does_not_depend_on_the_unit_of_a_regressor() {
    let (y, x, _) = wandering(150, 7);
    let kind = Structural::local_level().varying_coefficients();
    let plain = kind.fit_with(&y, &[&x]).unwrap();
    for by in [1e-150, 1e-3, 1e9] {
        let scaled: Vec<f64> = x.iter().map(|x| by * x).collect();
        let other = kind.fit_with(&y, &[&scaled]).unwrap();
        let (a, b) = (plain.coefficients().unwrap()[0], other.coefficients().unwrap()[0]);
        assert_close!(a.mean(), by * b.mean(), 1e-6, 0.0);
        assert_close!(a.sd(), by * b.sd(), 1e-6, 0.0);
        assert_close!(log_likelihood(&plain) - log_likelihood(&other), by.ln(), 1e-9, 1e-6);
    }
    // Without regressors it is the model without them.
    let none = Structural::basic(6).fit_with(&y, &[]).unwrap();
    assert_eq!(none.report(), Structural::basic(6).fit(&y).unwrap().report());
    // With a cycle beside them.
    let both = Structural::local_level().cycle(5.0, 30.0).fit_with(&y, &[&x]).unwrap();
    assert!(both.cycle().is_some() && both.coefficients().unwrap().len() == 1);
}

#[test]
fn the_future_of_the_regressors_has_to_be_given() {
    let (y, one, two) = stepped();
    let model = Structural::local_level().fit_with(&y, &[&one, &two]).unwrap();
    let shape = |error: Error| assert!(matches!(error, Error::Shape { .. }), "{error}");
    shape(model.forecast_with(&[]).unwrap_err());
    shape(model.forecast_with(&[&[1.0]]).unwrap_err());
    shape(model.forecast_with(&[&[1.0, 2.0], &[1.0]]).unwrap_err());
    shape(model.components(&y, &[&one]).unwrap_err());
    shape(model.components(&y, &[&one, &two[1..]]).unwrap_err());
    assert_eq!(model.forecast_with(&[&[1.0, 2.0], &[1.0, f64::NAN]]).unwrap_err(), Error::Missing { at: 1 });
    assert_eq!(model.simulate_with(&[&[1.0], &[f64::INFINITY]], 1).unwrap_err(), Error::Missing { at: 0 });
    assert!(model.forecast_with(&[&[], &[]]).unwrap().is_empty());
}

#[test]
fn regressors_that_tell_nothing_are_named() {
    let (y, one, two) = stepped();
    let level = Structural::local_level;
    assert!(matches!(level().fit_with(&y, &[&one[1..]]), Err(Error::Shape { .. })));
    let numerical = |regressors: &[&[f64]]| {
        let error = level().fit_with(&y, regressors).unwrap_err();
        assert!(matches!(error, Error::Numerical { .. }), "{error}");
    };
    let doubled: Vec<f64> = one.iter().map(|x| 2.0 * x).collect();
    numerical(&[&one, &doubled]);
    numerical(&[&[7.3; 150]]);
    numerical(&[&[0.0; 150]]);
    let missing = level().fit_with(&y, &[&[f64::NAN; 150]]).unwrap_err();
    assert!(matches!(missing, Error::TooShort { got: 0, .. }), "{missing}");
    // Random walks of coefficients that there are not.
    let error = level().varying_coefficients().fit(&y).unwrap_err();
    assert!(error.to_string().contains("varying_coefficients"), "{error}");
    let error = level().variance(Component::Regression, 1.0).fit(&y).unwrap_err();
    assert!(error.to_string().contains("regression"), "{error}");
    let many = vec![one.as_slice(); 101];
    assert!(matches!(level().fit_with(&y, &many), Err(Error::Parameter { .. })));
    // Huge and tiny numbers in either.
    let mut wild = two.clone();
    (wild[3], wild[90]) = (1e99, -1e99);
    let mut model = level().fit_with(&y, &[&wild]).unwrap();
    for (x, by) in [(1e99, 1e99), (-1e99, 1e-300), (1.0, 1e99), (f64::NAN, 0.0)] {
        model.update(x, &[by]);
    }
    if let Ok(next) = model.forecast_with(&[&[1e99, 1.0]]) {
        assert!(next.iter().all(|p| p.mean().is_finite() && p.sd().is_finite()));
    }
}
