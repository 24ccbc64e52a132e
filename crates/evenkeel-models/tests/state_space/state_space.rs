//! The custom model: checks, settled gains, gaps, simulation.

use evenkeel_core::Error;
use evenkeel_models::state_space::StateSpace;
use evenkeel_testing::assert_close;

fn trend(variances: [f64; 3]) -> StateSpace {
    StateSpace::new(2, 1)
        .transition(&[1.0, 1.0, 0.0, 1.0])
        .design(&[1.0, 0.0])
        .observation_covariance(&[variances[0]])
        .state_covariance(&[variances[1], 0.0, 0.0, variances[2]])
}

#[test]
fn a_settled_gain_changes_nothing() {
    for variances in [[1.0, 0.1, 0.01], [1.0, 1e-4, 1e-8], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]] {
        let model = trend(variances);
        let mut y = model.simulate(&[5.0, 0.1], 3000, 3).unwrap();
        for gap in [700, 701, 2000] {
            y[gap] = f64::NAN;
        }
        // The filter of all moments never takes the short cut.
        let long = model.filter(&y).unwrap().log_likelihood();
        assert_close!(model.log_likelihood(&y).unwrap(), long, 1e-11, 0.0, "{variances:?}");
    }
}

#[test]
fn gaps_add_exactly_nothing() {
    let model = trend([1.0, 0.1, 0.01]);
    let y = model.simulate(&[5.0, 0.1], 50, 3).unwrap();
    let alone = model.log_likelihood(&y).unwrap();
    let mut longer = y.clone();
    longer.extend([f64::NAN; 30]);
    assert_eq!(model.log_likelihood(&longer).unwrap(), alone);
    assert_eq!(model.log_likelihood(&[f64::NAN; 20]).unwrap(), 0.0);
    // Leading ones make nothing that is unknown more so.
    let mut later = vec![f64::NAN; 40];
    later.extend(&y);
    assert_close!(model.log_likelihood(&later).unwrap(), alone, 1e-10, 0.0);
    // Of two values at a time one may be missing.
    let twice = StateSpace::new(1, 2)
        .transition(&[1.0])
        .design(&[1.0, 1.0])
        .observation_covariance(&[1.0, 0.5, 0.5, 2.0])
        .state_covariance(&[0.3]);
    let once = StateSpace::new(1, 1)
        .transition(&[1.0])
        .design(&[1.0])
        .observation_covariance(&[1.0])
        .state_covariance(&[0.3]);
    let both: Vec<f64> = y.iter().flat_map(|x| [*x, f64::NAN]).collect();
    assert_close!(twice.log_likelihood(&both).unwrap(), once.log_likelihood(&y).unwrap(), 1e-12, 0.0);
}

#[test]
fn the_selection_maps_disturbances() {
    let direct = trend([1.0, 0.0, 0.25]);
    let selected = StateSpace::new(2, 1)
        .transition(&[1.0, 1.0, 0.0, 1.0])
        .design(&[1.0, 0.0])
        .observation_covariance(&[1.0])
        .selection(&[0.0, 0.5])
        .state_covariance(&[1.0]);
    let y = direct.simulate(&[0.0, 0.0], 40, 11).unwrap();
    assert_eq!(direct.log_likelihood(&y).unwrap(), selected.log_likelihood(&y).unwrap());
}

#[test]
fn simulations_have_the_moments_of_the_model() {
    let model = StateSpace::new(1, 2)
        .transition(&[0.8])
        .design(&[1.0, 2.0])
        .observation_covariance(&[1.0, 0.6, 0.6, 1.0])
        .state_covariance(&[0.36]);
    let y = model.simulate(&[0.0], 50_000, 1).unwrap();
    assert_eq!(y, model.simulate(&[0.0], 50_000, 1).unwrap());
    assert_ne!(y, model.simulate(&[0.0], 50_000, 2).unwrap());
    let mean = |f: &dyn Fn(&[f64]) -> f64| y.chunks_exact(2).map(f).sum::<f64>() / 50_000.0;
    // The state has variance 1.
    assert_close!(mean(&|at| at[0] * at[0]), 2.0, 0.03, 0.0);
    assert_close!(mean(&|at| at[1] * at[1]), 5.0, 0.03, 0.0);
    assert_close!(mean(&|at| at[0] * at[1]), 2.6, 0.03, 0.0);
}

#[test]
fn bad_matrices_are_named() {
    let y = [1.0, 2.0, 3.0];
    let named = |model: &StateSpace, what: &str| {
        let said = model.filter(&y).unwrap_err().to_string();
        assert!(said.contains(what), "{said}");
        assert_eq!(model.log_likelihood(&y).unwrap_err().to_string(), said);
        assert_eq!(model.smooth(&y).unwrap_err().to_string(), said);
        assert_eq!(model.simulate(&[0.0, 0.0], 3, 1).unwrap_err().to_string(), said);
    };
    named(&trend([1.0, 1.0, 1.0]).transition(&[1.0]), "transition");
    named(&trend([1.0, 1.0, 1.0]).transition(&[f64::NAN; 4]), "transition");
    named(&trend([-1.0, 1.0, 1.0]), "observation_covariance");
    named(&trend([1.0, 1.0, f64::INFINITY]), "state_covariance");
    named(&trend([1.0, 1.0, 1.0]).state_covariance(&[1.0, 2.0, 2.0, 1.0]), "positive semidefinite");
    named(&trend([1.0, 1.0, 1.0]).state_covariance(&[1.0, 0.5, 0.0, 1.0]), "symmetric");
    named(&trend([1.0, 1.0, 1.0]).selection(&[1.0]), "selection");
    named(&trend([1.0, 1.0, 1.0]).start(&[0.0], &[0.0; 4], &[true, true]), "mean");
    named(&StateSpace::new(0, 1), "states");
    named(&StateSpace::new(1, 2_000_000_000), "observations");
    let two = StateSpace::new(1, 2).design(&[1.0, 1.0]);
    assert!(matches!(two.filter(&y).unwrap_err(), Error::Shape { what: "values", expected: 4, found: 3 }));
    let short = trend([1.0, 1.0, 1.0]);
    assert_eq!(short.smooth(&[1.0, f64::NAN]).unwrap_err(), Error::TooShort { needed: 2, got: 1 });
    assert_eq!(short.forecast(&[], 3).unwrap_err(), Error::TooShort { needed: 2, got: 0 });
    assert_eq!(short.filter(&[]).unwrap().observed(), 0);
}
