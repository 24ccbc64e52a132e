//! Histories and parameters out of the ordinary.

use evenkeel_core::{Error, Fit, Forecaster, Prediction, Stage};
use evenkeel_models::hmm::{Categorical, Covariance, Emission, Gaussian, Poisson};
use evenkeel_models::{Hmm, HmmModel};

/// A fitted model always answers with finite numbers.
fn usable<E: Emission>(model: &HmmModel<E>, x: &[f64]) {
    for k in 0..model.states() {
        assert!((model.transitions(k).iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }
    assert!(model.log_likelihood(x).unwrap().is_finite());
    let mut filter = model.filter().unwrap();
    for x in x.iter().copied().chain([f64::NAN, 0.0, 1e100, -1e100, 1e-300]) {
        let regime = filter.update(x).unwrap();
        assert!(regime.probability() > 0.0 && regime.probability() <= 1.0 + 1e-9);
    }
}

#[test]
fn too_short() {
    for x in [&[][..], &[1.0], &[f64::NAN; 50], &[1.0, f64::INFINITY]] {
        let got = x.iter().filter(|x| x.is_finite()).count();
        assert_eq!(Hmm::new(3).fit(x).unwrap_err(), Error::TooShort { needed: 3, got });
    }
    assert_eq!(Hmm::new(3).fit_sequences(&[]).unwrap_err(), Error::TooShort { needed: 3, got: 0 });
    let short = Hmm::new(1).choose_states([4, 7], |c| c.bic(), &[&[1.0, 2.0]]);
    assert_eq!(short.unwrap_err(), Error::TooShort { needed: 7, got: 2 });
    usable(&Hmm::new(1).fit(&[5.0]).unwrap(), &[5.0]);
    usable(&Hmm::new(3).fit(&[5.0, 6.0, 7.0]).unwrap(), &[5.0, 6.0, 7.0]);
    usable(&Hmm::new(2).fit_sequences(&[&[], &[1.0], &[f64::NAN], &[2.0, 3.0]]).unwrap(), &[1.0]);
}

#[test]
fn no_variation() {
    for value in [0.0, 42.0, -1e100, 1e15, 1e-300] {
        for states in [1, 3] {
            let x = [value; 40];
            let model = Hmm::new(states).fit(&x).unwrap();
            assert!((model.emission().mean(0) - value).abs() <= 1e-12 * value.abs());
            usable(&model, &x);
        }
    }
    // Two distinct values, three states.
    let x: Vec<f64> = (0..100u32).map(|t| f64::from(t / 10 % 2)).collect();
    usable(&Hmm::new(3).fit(&x).unwrap(), &x);
}

#[test]
fn extremes() {
    let x = [1e100, -1e100, 3.0, 1e-300, 5e-324, f64::NAN, 1e99, 0.0, -0.0, 7.0, 1e101];
    for states in [1, 2, 4] {
        usable(&Hmm::new(states).fit(&x).unwrap(), &x);
    }
    let tiny: Vec<f64> = (0..50u32).map(|t| f64::from(t % 7) * 1e-200).collect();
    usable(&Hmm::new(2).fit(&tiny).unwrap(), &tiny);
}

#[test]
fn values_that_cannot_be() {
    let poisson = || Hmm::new(2).emission(Poisson::new(1).unwrap());
    for wrong in [-1.0, 2.5, 1e17] {
        let error = poisson().fit(&[1.0, 2.0, wrong, 3.0]).unwrap_err();
        assert!(matches!(error, Error::Parameter { name: "history", .. }), "{error}");
    }
    let categorical = Hmm::new(2).emission(Categorical::new(3).unwrap());
    for wrong in [-1.0, 3.0, 0.5] {
        let error = categorical.fit(&[1.0, 2.0, wrong, 0.0]).unwrap_err();
        assert!(matches!(error, Error::Parameter { name: "history", .. }), "{error}");
    }
    // A category that never came: probability 0, and a stream that goes on.
    let x: Vec<f64> = (0..60u32).map(|t| f64::from(t / 10 % 2)).collect();
    let model = categorical.fit(&x).unwrap();
    assert_eq!(model.emission().probability(0, 2), 0.0);
    assert_eq!(model.log_likelihood(&[0.0, 2.0]).unwrap(), f64::NEG_INFINITY);
    assert_eq!(model.smooth(&[0.0, 2.0]).unwrap().log_likelihood(), f64::NEG_INFINITY);
    assert_eq!(model.decode(&[0.0, 2.0]).unwrap().1, f64::NEG_INFINITY);
    let mut filter = model.filter().unwrap();
    let (unknown, missing) = (filter.clone().update(2.0), filter.update(f64::NAN));
    assert_eq!(unknown, missing);
    usable(&poisson().fit(&[0.0; 20]).unwrap(), &[0.0; 20]);
}

#[test]
fn a_history_without_full_rank() {
    let rows: Vec<f64> = (0..90u32).flat_map(|t| [f64::from(t % 9), 2.0 * f64::from(t % 9), 5.0]).collect();
    for covariance in [Covariance::Full, Covariance::Tied, Covariance::Diagonal, Covariance::Spherical] {
        let model = Hmm::new(2).emission(Gaussian::new(3, covariance).unwrap()).fit(&rows).unwrap();
        assert!(model.log_likelihood(&rows).unwrap().is_finite(), "{covariance:?}");
    }
}

#[test]
fn parameters_that_are_none() {
    let singular = Gaussian::from_parameters(2, Covariance::Full, [0.0, 0.0], [1.0, 1.0, 1.0, 1.0]);
    assert!(matches!(singular, Err(Error::Parameter { name: "covariance", .. })));
    let lopsided = Gaussian::from_parameters(2, Covariance::Full, [0.0, 0.0], [1.0, 0.5, 0.1, 1.0]);
    assert!(lopsided.is_err());
    for variance in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(Gaussian::from_parameters(1, Covariance::Diagonal, [0.0], [variance]).is_err());
    }
    assert!(Gaussian::from_parameters(1, Covariance::Diagonal, [f64::NAN], [1.0]).is_err());
    assert!(Gaussian::from_parameters(1, Covariance::Diagonal, [], []).is_err());
    assert!(Gaussian::from_parameters(0, Covariance::Diagonal, [], []).is_err());
    assert!(Gaussian::new(0, Covariance::Spherical).is_err() && Gaussian::new(33, Covariance::Full).is_err());
    assert!(Poisson::new(0).is_err() && Poisson::from_rates(1, [-1.0]).is_err());
    assert!(Categorical::new(0).is_err() && Categorical::from_probabilities(2, [0.5, 0.6]).is_err());
    let g = || Gaussian::from_parameters(1, Covariance::Diagonal, [0.0, 1.0], [1.0, 1.0]).unwrap();
    assert!(HmmModel::from_parameters([0.5, 0.6], [0.5; 4], g()).is_err());
    assert!(HmmModel::from_parameters([0.5, 0.5], [0.5; 3], g()).is_err());
    assert!(HmmModel::from_parameters([1.0], [1.0], g()).is_err());
    assert!(HmmModel::from_parameters([1.5, -0.5], [0.5; 4], g()).is_err());
    assert!(HmmModel::from_parameters([f64::NAN, 1.0], [0.5; 4], g()).is_err());
    let x = [1.0, 2.0, 3.0];
    for settings in [Hmm::new(0), Hmm::new(65), Hmm::new(2).starts(0), Hmm::new(2).tolerance(-1.0)] {
        assert!(matches!(settings.fit(&x), Err(Error::Parameter { .. })));
    }
    assert!(matches!(Hmm::new(3).structure([0.5, 0.5], [0.5; 4]).fit(&x), Err(Error::Shape { .. })));
    let pairs = Hmm::new(1).emission(Gaussian::new(2, Covariance::Diagonal).unwrap());
    assert!(matches!(pairs.fit(&x), Err(Error::Shape { .. })));
    let pairs = pairs.fit(&[1.0, 2.0, 3.0, 4.0]).unwrap();
    assert!(pairs.filter().is_err() && !pairs.forecast_into(&mut [Prediction::default()]));
    assert!(pairs.assess(1.0).is_none());
}

#[test]
fn an_impossible_start() {
    // The only path that could say it is forbidden.
    let emission = Categorical::from_probabilities(2, [1.0, 0.0, 0.0, 1.0]).unwrap();
    let model = HmmModel::from_parameters([1.0, 0.0], [1.0, 0.0, 0.0, 1.0], emission).unwrap();
    assert!(matches!(Hmm::from_model(&model).fit(&[0.0, 1.0]), Err(Error::Numerical { .. })));
}
