//! The design of the likelihood.

use crate::arima::constant::Constant;
use crate::arima::design::{Design, Ends};
use crate::arima::lag_polynomials::Differences;
use evenkeel_core::Error;

fn design(history: &[f64], d: usize, constant: Constant) -> Design {
    let differences = Differences { d, seasonal: 0, s: 1 };
    Design::new(history, &[], differences, constant, 1, Ends::Cut).unwrap()
}

#[test]
fn a_large_offset_keeps_its_digits() {
    let history: Vec<f64> = (0..50).map(|t| 1e9 + f64::from(t % 7)).collect();
    let design = design(&history, 0, Constant::Mean);
    for (t, y) in design.y.iter().enumerate() {
        assert_eq!(y * design.scale + design.offsets[0], history[t]);
    }
}

#[test]
fn outer_gaps_are_no_gaps() {
    let history = [f64::NAN, 1.0, 4.0, 9.0, 16.0, 25.0, f64::INFINITY];
    let twice = design(&history, 2, Constant::None);
    assert!(twice.missing.is_empty() && twice.observed == 5 && twice.effective() == 3);
    assert!(twice.z().iter().all(|z| z * twice.scale == 2.0));
    let drift = design(&history, 1, Constant::Drift);
    assert_eq!(drift.x, [vec![2.0, 3.0, 4.0, 5.0, 6.0]]);
}

#[test]
fn too_short_says_how_much_is_needed() {
    let differences = Differences { d: 1, seasonal: 1, s: 4 };
    let error = Design::new(&[1.0, f64::NAN], &[], differences, Constant::None, 2, Ends::Cut).unwrap_err();
    assert_eq!(error, Error::TooShort { needed: 9, got: 1 });
}

#[test]
fn regressors_that_depend_on_each_other_are_refused() {
    let history: Vec<f64> = (0..50).map(|t| f64::from(t * t % 7)).collect();
    let step: Vec<f64> = (0..50).map(|t| f64::from(u8::from(t > 20))).collect();
    let twice: Vec<f64> = step.iter().map(|v| 3.0 + 2.0 * v).collect();
    let with = |x: &[&[f64]], d: usize, constant| {
        let differences = Differences { d, seasonal: 0, s: 1 };
        Design::new(&history, x, differences, constant, 1, Ends::Cut)
    };
    assert!(with(&[&step], 0, Constant::Mean).is_ok() && with(&[&step], 1, Constant::Drift).is_ok());
    for (x, d, constant) in
        [(vec![&step[..], &twice], 0, Constant::Mean), (vec![&step, &twice], 1, Constant::None)]
    {
        let error = with(&x, d, constant).unwrap_err();
        assert!(matches!(error, Error::Parameter { name: "regressors", .. }), "{error}");
    }
    let constant = vec![2.0; 50];
    assert!(with(&[&constant], 0, Constant::Mean).is_err() && with(&[&constant], 1, Constant::None).is_err());
    let short = with(&[&step[1..]], 0, Constant::Mean).unwrap_err();
    assert_eq!(short, Error::Shape { what: "regressor", expected: 50, found: 49 });
}
