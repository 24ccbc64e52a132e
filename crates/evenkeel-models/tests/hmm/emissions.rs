//! Mixtures and autoregressions as emissions: against other packages, and estimated.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::hmm::{AutoregressiveGaussian, Covariance, Emission, Gaussian, GaussianMixture};
use evenkeel_models::{Hmm, HmmModel};
use evenkeel_stats::Generator;
use evenkeel_testing::assert_close;

fn mixture(d: usize, form: Covariance, means: &[f64], covariances: &[f64]) -> HmmModel<GaussianMixture> {
    let components = Gaussian::from_parameters(d, form, means, covariances).unwrap();
    let emission = GaussianMixture::from_parameters([0.7, 0.3, 0.4, 0.6], 2, components).unwrap();
    HmmModel::from_parameters([0.6, 0.4], [0.8, 0.2, 0.3, 0.7], emission).unwrap()
}

const X: [f64; 12] = [0.3, -0.2, 1.9, 2.4, 2.2, 6.8, 0.1, 5.9, 7.2, 2.0, 1.7, -0.5];

/// hmmlearn 0.3.3, `GMMHMM(2, 2).score` with these parameters.
#[test]
fn mixtures_as_hmmlearn() {
    let model = mixture(1, Covariance::Diagonal, &[0.0, 2.0, 6.0, 3.0], &[0.5, 1.0, 2.0, 0.25]);
    assert_close!(model.log_likelihood(&X).unwrap(), -27.27504204694053, 1e-12, 0.0);
    let pairs = [0.3, 1.0, -0.2, 0.4, 1.9, -1.0, 2.4, 0.0, 6.2, 3.3, 5.8, 2.7, 0.1, 0.2];
    let covariances = [0.5, 0.1, 0.1, 0.8, 1.0, -0.2, -0.2, 0.6, 2.0, 0.5, 0.5, 1.0, 0.25, 0.0, 0.0, 0.3];
    let means = [0.0, 1.0, 2.0, -1.0, 6.0, 3.0, 3.0, 0.0];
    let model = mixture(2, Covariance::Full, &means, &covariances);
    assert_close!(model.log_likelihood(&pairs).unwrap(), -20.84129776817918, 1e-12, 0.0);
}

#[test]
fn one_component_is_the_gaussian() {
    let x: Vec<f64> =
        (0..300u32).map(|t| f64::from(t / 60 % 2) * 5.0 + f64::from(t * 7919 % 101) / 40.0).collect();
    let plain = Hmm::new(2).fit(&x).unwrap();
    let one = GaussianMixture::new(1, &Gaussian::new(1, Covariance::Diagonal).unwrap()).unwrap();
    let mixture = Hmm::new(2).emission(one).fit(&x).unwrap();
    let (a, b) = (plain.report().criteria(), mixture.report().criteria());
    assert_close!(a.log_likelihood(), b.log_likelihood(), 1e-9, 0.0);
    assert_eq!(a.parameters(), b.parameters());
    assert_close!(plain.emission().means(1)[0], mixture.emission().means(1, 0)[0], 1e-5, 0.0);
}

#[test]
fn components_are_found() {
    let mut random = Generator::new(5);
    let x: Vec<f64> = (0..3000)
        .flat_map(|t| {
            let busy = t / 150 % 2 == 1;
            let far = random.bernoulli(if busy { 0.7 } else { 0.2 });
            let level = if far { 9.0 } else { 0.0 };
            let second = if busy { 3.0 } else { 0.0 } + random.normal();
            [level + random.normal(), if t % 7 == 0 { f64::NAN } else { second }]
        })
        .collect();
    for form in [Covariance::Diagonal, Covariance::Full, Covariance::Spherical, Covariance::Tied] {
        let emission = GaussianMixture::new(2, &Gaussian::new(2, form).unwrap()).unwrap();
        let model = Hmm::new(2).emission(emission).fit(&x).unwrap();
        let e = model.emission();
        for (k, share) in [0.2, 0.7].into_iter().enumerate() {
            let far = if e.means(k, 0)[0] > e.means(k, 1)[0] { 0 } else { 1 };
            assert_close!(e.weight(k, far), share, 0.0, 0.05, "{form:?}");
            assert_close!(e.means(k, far)[0], 9.0, 0.0, 0.3, "{form:?}");
            assert_close!(e.means(k, 1 - far)[1], 3.0 * k as f64, 0.0, 0.3, "{form:?}");
        }
        assert!(model.transition(0, 0) > 0.97 && model.report().converged(), "{form:?}");
    }
}

#[test]
fn mixtures_predict_their_mixture() {
    let mut model = mixture(1, Covariance::Diagonal, &[0.0, 2.0, 6.0, 3.0], &[0.5, 1.0, 2.0, 0.25]);
    let mut next = [Prediction::default()];
    assert!(model.forecast_into(&mut next));
    // 0.6 of the first state, 0.4 of the second: all four components by hand.
    let parts = [(0.42, 0.0, 0.5), (0.18, 2.0, 1.0), (0.16, 6.0, 2.0), (0.24, 3.0, 0.25)];
    let mean: f64 = parts.iter().map(|(p, m, _)| p * m).sum();
    let variance: f64 = parts.iter().map(|(p, m, v)| p * (v + (m - mean) * (m - mean))).sum();
    assert_close!(next[0].mean(), mean, 1e-12, 0.0);
    assert_close!(next[0].sd(), variance.sqrt(), 1e-12, 0.0);
    for x in [-2.0, 1.0, 3.0, 9.0] {
        let of = |m: f64, v: f64| Prediction::new(m, v.sqrt()).unwrap().assess(x);
        let ours = model.assess(x).unwrap();
        let density: f64 = parts.iter().map(|(p, m, v)| p * of(*m, *v).log_density().exp()).sum();
        assert_close!(ours.log_density(), density.ln(), 1e-12, 0.0);
        assert_close!(ours.lower(), parts.iter().map(|(p, m, v)| p * of(*m, *v).lower()).sum(), 1e-12, 0.0);
        assert_close!(ours.upper(), parts.iter().map(|(p, m, v)| p * of(*m, *v).upper()).sum(), 1e-12, 0.0);
    }
    assert!(model.update(1.0).is_some());
}

#[test]
fn mixtures_that_are_none() {
    let one = || Gaussian::new(1, Covariance::Diagonal).unwrap();
    assert!(GaussianMixture::new(0, &one()).is_err() && GaussianMixture::new(65, &one()).is_err());
    assert!(GaussianMixture::from_parameters([0.5, 0.4], 2, one().with_states(2)).is_err());
    let sizes = GaussianMixture::from_parameters([0.5, 0.5], 2, one().with_states(3));
    assert!(matches!(sizes, Err(Error::Shape { .. })));
    let many = Hmm::new(9).emission(GaussianMixture::new(8, &one()).unwrap()).fit(&[1.0; 100]);
    assert!(matches!(many, Err(Error::Parameter { name: "components", .. })));
    // More components than values, and nothing that varies.
    for x in [&[1.0, 2.0, 3.0][..], &[5.0; 40], &[0.0, 1e100, -1e100, 1e-300, f64::NAN, 3.0]] {
        let model = Hmm::new(2).emission(GaussianMixture::new(4, &one()).unwrap()).fit(x).unwrap();
        assert!(model.log_likelihood(x).unwrap().is_finite());
    }
}

fn switching(constants: &[f64], coefficients: &[f64], variances: &[f64]) -> HmmModel<AutoregressiveGaussian> {
    let emission = AutoregressiveGaussian::from_parameters(constants, coefficients, variances).unwrap();
    HmmModel::from_parameters([0.6, 0.4], [0.9, 0.1, 0.2, 0.8], emission).unwrap()
}

/// statsmodels 0.15.0, `MarkovRegression` of a series on itself one step before (constant, coefficient and
/// variance switch), starting from the probabilities of the regimes that follow from the first value, which
/// it leaves out.
#[test]
fn autoregression_as_statsmodels() {
    let x = [0.4, 0.9, 1.1, 0.7, -0.3, 2.4, -1.9, 2.8, -2.2, 1.6, 0.2, 0.5, 0.8, 1.0];
    let model = switching(&[0.2, 0.5], &[0.8, -0.6], &[0.1, 1.5]);
    let first = model.log_likelihood(&x[..1]).unwrap();
    assert_close!(model.log_likelihood(&x).unwrap() - first, -15.997144588941206, 1e-12, 0.0);
}

/// One state: the likelihood of a stationary autoregression is that of a Gaussian vector with covariances
/// `s phi^|i-j| / (1 - phi²)`.
#[test]
fn one_autoregression_is_a_gaussian_vector() {
    let emission = AutoregressiveGaussian::from_parameters(&[1.0], &[0.7], &[0.5]).unwrap();
    let model = HmmModel::from_parameters([1.0], [1.0], emission).unwrap();
    let x = [3.0, 4.1, 2.2];
    let variance = 0.5 / (1.0 - 0.49);
    let row =
        |i: usize| -> Vec<f64> { (0..3).map(|j| variance * 0.7_f64.powi(i.abs_diff(j) as i32)).collect() };
    let covariance: Vec<f64> = (0..3).flat_map(row).collect();
    let mean = 1.0 / 0.3;
    let dense = Gaussian::from_parameters(3, Covariance::Full, [mean; 3], covariance).unwrap();
    let mut expected = [0.0];
    dense.log_densities(&x, &mut expected);
    assert_close!(model.log_likelihood(&x).unwrap(), expected[0], 1e-12, 0.0);
    // Through a gap it is the same vector without the coordinates in it.
    let gap = [x[0], f64::NAN, x[2]];
    dense.log_densities(&gap, &mut expected);
    assert_close!(model.log_likelihood(&gap).unwrap(), expected[0], 1e-12, 0.0);
    let alone = model.log_likelihood(&x[..1]).unwrap() + model.log_likelihood(&x[2..]).unwrap();
    let long: Vec<f64> = [x[0]].into_iter().chain([f64::NAN; 64]).chain([x[2]]).collect();
    assert_close!(model.log_likelihood(&long).unwrap(), alone, 1e-12, 0.0);
}

/// One state: EM is done after one step, and a maximum of the likelihood in each parameter.
#[test]
fn one_autoregression_is_at_its_maximum() {
    let mut x = two_ways(200, 7);
    for at in (3..200).step_by(5) {
        x[at] = f64::NAN;
    }
    x[60..75].fill(f64::NAN);
    let model = Hmm::new(1).emission(AutoregressiveGaussian::new()).tolerance(1e-9).fit(&x).unwrap();
    let e = model.emission();
    let best = model.report().criteria().log_likelihood();
    for (dc, dphi, ds) in [
        (1e-3, 0.0, 1.0),
        (-1e-3, 0.0, 1.0),
        (0.0, 1e-3, 1.0),
        (0.0, -1e-3, 1.0),
        (0.0, 0.0, 1.001),
        (0.0, 0.0, 0.999),
    ] {
        let phi = e.coefficient(0) + dphi;
        // At the same mean.
        let c = e.mean(0) * (1.0 - phi) + dc;
        let other = AutoregressiveGaussian::from_parameters(&[c], &[phi], &[e.variance(0) * ds]).unwrap();
        let other = HmmModel::from_parameters([1.0], [1.0], other).unwrap();
        assert!(other.log_likelihood(&x).unwrap() < best, "{dc} {dphi} {ds}");
    }
}

fn two_ways(length: usize, seed: u64) -> Vec<f64> {
    let mut random = Generator::new(seed);
    let (mut x, mut nervous) = (0.0, false);
    (0..length)
        .map(|_| {
            if random.bernoulli(0.01) {
                nervous = !nervous;
            }
            x = if nervous {
                3.0 - 0.5 * x + 2.0 * random.normal()
            } else {
                0.5 + 0.9 * x + 0.3 * random.normal()
            };
            x
        })
        .collect()
}

#[test]
fn both_ways_to_move_are_found() {
    let mut x = two_ways(6000, 3);
    x[2000..2300].fill(f64::NAN);
    let model = Hmm::new(2).emission(AutoregressiveGaussian::new()).fit(&x).unwrap();
    let e = model.emission();
    let slow = if e.coefficient(0) > e.coefficient(1) { 0 } else { 1 };
    assert_close!(e.coefficient(slow), 0.9, 0.0, 0.03);
    assert_close!(e.constant(slow), 0.5, 0.0, 0.15);
    assert_close!(e.variance(slow), 0.09, 0.1, 0.0);
    assert_close!(e.coefficient(1 - slow), -0.5, 0.0, 0.05);
    assert_close!(e.constant(1 - slow), 3.0, 0.0, 0.2);
    assert_close!(e.variance(1 - slow), 4.0, 0.1, 0.0);
    assert!(model.report().converged() && model.report().criteria().parameters() == 1 + 2 + 6);
    assert!(e.mean(0) <= e.mean(1));
}

#[test]
fn em_of_autoregressions_never_loses_likelihood() {
    for seed in 0..10 {
        let mut x = two_ways(150, seed);
        for at in (5..150).step_by(4 + seed as usize) {
            x[at] = f64::NAN;
        }
        let mut model = switching(&[0.0, 1.0], &[0.3, 0.3], &[1.0, 4.0]);
        let mut last = f64::NEG_INFINITY;
        for iterations in std::iter::once(0).chain([1; 15]) {
            let settings = Hmm::from_model(&model).iterations(iterations).tolerance(0.0);
            model = settings.fit_sequences(&[&x[..60], &x[60..]]).unwrap();
            let now = model.report().criteria().log_likelihood();
            assert!(now >= last - 1e-8 * last.abs(), "{seed}: {last} {now}");
            last = now;
        }
    }
}

/// Each state goes on as if it had been there all the way.
#[test]
fn autoregressions_forecast() {
    let mut model = switching(&[0.2, 0.5], &[0.8, -0.6], &[0.1, 1.5]);
    model.update(f64::NAN);
    model.update(2.0);
    let (c, phi, s) = ([0.2, 0.5], [0.8_f64, -0.6], [0.1, 1.5]);
    let mut p = [model.probabilities()[0], model.probabilities()[1]];
    let (mut mean, mut variance) = ([2.0, 2.0], [0.0, 0.0]);
    let mut next = [Prediction::default(); 5];
    assert!(model.forecast_into(&mut next));
    for next in next {
        p = [0.9 * p[0] + 0.2 * p[1], 0.1 * p[0] + 0.8 * p[1]];
        for k in 0..2 {
            mean[k] = c[k] + phi[k] * mean[k];
            variance[k] = s[k] + phi[k] * phi[k] * variance[k];
        }
        let of_mixture = p[0] * mean[0] + p[1] * mean[1];
        let square: f64 = (0..2).map(|k| p[k] * (variance[k] + mean[k] * mean[k])).sum();
        assert_close!(next.mean(), of_mixture, 1e-12, 0.0);
        assert_close!(next.sd(), (square - of_mixture * of_mixture).sqrt(), 1e-12, 0.0);
    }
    // The density of the next value is what it adds to the likelihood.
    let log_density = model.assess(1.3).unwrap().log_density();
    let with = model.log_likelihood(&[f64::NAN, 2.0, 1.3]).unwrap();
    assert_close!(log_density, with - model.log_likelihood(&[f64::NAN, 2.0]).unwrap(), 1e-12, 0.0);
}

#[test]
fn autoregressions_out_of_the_ordinary() {
    assert!(AutoregressiveGaussian::from_parameters(&[0.0], &[1.0], &[1.0]).is_err());
    assert!(AutoregressiveGaussian::from_parameters(&[0.0], &[0.5], &[0.0]).is_err());
    assert!(AutoregressiveGaussian::from_parameters(&[f64::NAN], &[0.5], &[1.0]).is_err());
    assert!(AutoregressiveGaussian::from_parameters(&[0.0, 1.0], &[0.5], &[1.0]).is_err());
    assert!(AutoregressiveGaussian::from_parameters(&[], &[], &[]).is_err());
    let gappy: Vec<f64> = (0..60u32).map(|t| if t % 2 == 0 { f64::from(t % 14) } else { f64::NAN }).collect();
    let trend: Vec<f64> = (0..80u32).map(f64::from).collect();
    let extreme = [1e100, -1e100, 3.0, 1e-300, 5e-324, f64::NAN, 1e99, 0.0, 7.0];
    for x in [&[4.0; 50][..], &[0.0; 50], &gappy, &trend, &[1.0, 2.0], &extreme] {
        let mut model = Hmm::new(2).emission(AutoregressiveGaussian::new()).fit(x).unwrap();
        assert!(model.log_likelihood(x).unwrap().is_finite());
        for x in [f64::NAN, 1.0, 1e100, -1e100] {
            let next = model.update(x).unwrap();
            assert!(next.mean().is_finite() && next.sd() > 0.0);
        }
    }
}
