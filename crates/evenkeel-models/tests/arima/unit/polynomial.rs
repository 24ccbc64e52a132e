//! Lag polynomials and their reflection coefficients.

use crate::arima::polynomial::{is_stationary, step_down, step_up, undifference};

#[test]
fn step_down_undoes_step_up() {
    let partial = [0.3, -0.8, 0.95, 0.1, -0.4];
    let mut coefficients = [0.0; 5];
    step_up(&partial, &mut coefficients);
    assert!(is_stationary(&coefficients));
    assert!(step_down(&mut coefficients));
    for (a, b) in coefficients.iter().zip(partial) {
        assert!((a - b).abs() < 1e-13, "{a} {b}");
    }
}

#[test]
fn two_lags_agree_with_the_triangle() {
    let mut coefficients = [0.0; 2];
    step_up(&[0.5, -0.4], &mut coefficients);
    assert!((coefficients[0] - 0.7).abs() < 1e-15 && coefficients[1] == -0.4);
    assert!(!is_stationary(&[1.1]) && !is_stationary(&[0.5, 0.6]) && !is_stationary(&[f64::NAN]));
}

#[test]
fn differences_are_undone_by_binomials() {
    assert!(undifference(0, 0, 1).is_empty());
    assert_eq!(undifference(1, 0, 1), [1.0]);
    assert_eq!(undifference(2, 0, 9), [2.0, -1.0]);
    assert_eq!(undifference(3, 0, 1), [3.0, -3.0, 1.0]);
    assert_eq!(undifference(1, 1, 3), [1.0, 0.0, 1.0, -1.0]);
}
