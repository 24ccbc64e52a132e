//! The likelihood by dense linear algebra, as an arbiter: slow, and with nothing in common with what it checks.

use evenkeel_core::{Fit, Forecaster, Prediction};
use evenkeel_models::{Arima, ArimaParameters, Constant};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::*;

/// Impulse response of the ARMA process.
fn impulse(ar: &[f64], ma: &[f64], n: usize) -> Vec<f64> {
    let mut psi: Vec<f64> = Vec::with_capacity(n);
    for t in 0..n {
        let mut value = if t == 0 { 1.0 } else { ma.get(t - 1).copied().unwrap_or(0.0) };
        for (j, a) in ar.iter().enumerate().take(t) {
            value += a * psi[t - 1 - j];
        }
        psi.push(value);
    }
    psi
}

/// Covariances of the values at `times` of a process whose d-th difference is ARMA with unit innovations, given y_0 = … = 0, and the
/// loadings of the d starting values.
fn structure(ar: &[f64], ma: &[f64], d: usize, times: &[usize], n: usize) -> (DMatrix<f64>, DMatrix<f64>) {
    let psi = impulse(ar, ma, 4000);
    let gamma: Vec<f64> = (0..n).map(|k| psi[k..].iter().zip(&psi).map(|(a, b)| a * b).sum()).collect();
    let mut values = DMatrix::from_fn(n, n, |i, j| gamma[i.abs_diff(j)]);
    let sum = DMatrix::from_fn(n, n, |i, j| f64::from(u8::from(i >= j)));
    let mut loadings = DMatrix::zeros(n, d);
    for k in 0..d {
        values = &sum * values * sum.transpose();
        // polynomials of degree k in t span what the starting values can do
        for t in 0..n {
            loadings[(t, k)] = (0..k).fold(1.0, |c, i| c * (t + 1 + i) as f64 / (i + 1) as f64);
        }
    }
    (values.select_rows(times).select_columns(times), loadings.select_rows(times))
}

/// The exact diffuse log-likelihood of what is observed.
fn log_likelihood(y: &[f64], ar: &[f64], ma: &[f64], d: usize, sigma2: f64) -> f64 {
    let times: Vec<usize> = (0..y.len()).filter(|t| !y[*t].is_nan()).collect();
    let (covariance, loadings) = structure(ar, ma, d, &times, y.len());
    let data = DVector::from_iterator(times.len(), times.iter().map(|t| y[*t]));
    let factor = covariance.cholesky().unwrap();
    let z = factor.l().solve_lower_triangular(&data).unwrap();
    let mut log_det = 2.0 * factor.l().diagonal().iter().map(|v| v.ln()).sum::<f64>();
    let mut quadratic = z.dot(&z);
    if d > 0 {
        let a = factor.l().solve_lower_triangular(&loadings).unwrap();
        let gram = (a.transpose() * &a).cholesky().unwrap();
        log_det += 2.0 * gram.l().diagonal().iter().map(|v| v.ln()).sum::<f64>();
        let right = a.transpose() * &z;
        quadratic -= right.dot(&gram.solve(&right));
    }
    let nu = (times.len() - d) as f64;
    -0.5 * (nu * (std::f64::consts::TAU * sigma2).ln() + log_det + quadratic / sigma2)
}

/// A stationary polynomial from numbers in (-1, 1).
fn polynomial(partial: &[f64], sign: f64) -> Vec<f64> {
    let mut c: Vec<f64> = Vec::new();
    for rho in partial {
        let before = c.clone();
        for (j, x) in c.iter_mut().enumerate() {
            *x -= rho * before[before.len() - 1 - j];
        }
        c.push(*rho);
    }
    c.iter().map(|x| sign * x).collect()
}

#[derive(Debug, Clone)]
struct Example {
    y: Vec<f64>,
    ar: Vec<f64>,
    ma: Vec<f64>,
    d: usize,
}

fn examples() -> impl Strategy<Value = Example> {
    let partial = || prop::collection::vec(-0.9..0.9f64, 0..4);
    let value = prop_oneof![5 => -10.0..10.0f64, 1 => Just(f64::NAN)];
    (partial(), partial(), 0..3usize, prop::collection::vec(value, 12..30))
        .prop_filter("enough observed", |(_, _, _, y)| y.iter().filter(|v| !v.is_nan()).count() > 8)
        .prop_map(|(p, q, d, y)| Example { y, ar: polynomial(&p, 1.0), ma: polynomial(&q, -1.0), d })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_likelihood_is_that_of_dense_algebra(e in examples()) {
        let settings = Arima::new(e.ar.len(), e.d, e.ma.len()).constant(Constant::None);
        let parameters = ArimaParameters::new(e.ar.clone(), e.ma.clone()).sigma2(3.0);
        let mut likelihood = settings.clone().with_parameters(parameters.clone()).likelihood(&e.y).unwrap();
        let ours = likelihood.log_likelihood(&parameters).unwrap();
        let theirs = log_likelihood(&e.y, &e.ar, &e.ma, e.d, 3.0);
        prop_assert!((ours - theirs).abs() < 1e-8 * theirs.abs().max(1.0), "{ours} {theirs}");

        // The errors of the stream factor the same likelihood.
        let model = settings.with_parameters(parameters).fit(&e.y).unwrap();
        let nu = likelihood.effective() as f64;
        let residuals: Vec<_> = model.residuals(&e.y).into_iter().flatten().collect();
        prop_assert_eq!(residuals.len(), likelihood.effective());
        let streamed: f64 = residuals.iter().map(|r| -0.5 * r.standardized().powi(2) - r.sd().ln()).sum();
        let streamed = streamed - 0.5 * nu * std::f64::consts::TAU.ln();
        if e.d == 0 {
            prop_assert!((ours - streamed).abs() < 1e-7 * ours.abs().max(1.0), "{ours} {streamed}");
        }
    }

    #[test]
    fn a_trailing_value_to_forecast_is_a_trailing_gap(e in examples(), h in 1..6usize) {
        // p(next | past) = p(past, next) / p(past), at three values: a parabola that has the mean and the variance.
        let settings = Arima::new(e.ar.len(), e.d, e.ma.len()).constant(Constant::None);
        let parameters = ArimaParameters::new(e.ar.clone(), e.ma.clone()).sigma2(1.0);
        let model = settings.with_parameters(parameters).fit(&e.y).unwrap();
        let mut forecast = vec![Prediction::default(); h];
        prop_assert!(model.forecast_into(&mut forecast));
        let last = forecast[h - 1];
        let at = |x: f64| {
            let mut y = e.y.clone();
            y.extend(std::iter::repeat_n(f64::NAN, h - 1));
            y.push(x);
            log_likelihood(&y, &e.ar, &e.ma, e.d, 1.0)
        };
        let (low, middle, high) = (at(last.mean() - last.sd()), at(last.mean()), at(last.mean() + last.sd()));
        prop_assert!((low - high).abs() < 1e-5 * (1.0 + middle.abs()), "{low} {high}");
        prop_assert!((middle - high - 0.5).abs() < 1e-5 * (1.0 + middle.abs()), "{middle} {high}");
    }
}
