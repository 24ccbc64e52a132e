//! Least squares by QR.

use evenkeel_stats::linear::{self, QrLeastSquares};
use evenkeel_testing::assert_close;

/// A constant, a trend and a wave, and a response with some of each.
fn regression() -> (Vec<Vec<f64>>, Vec<f64>) {
    let row = |f: &dyn Fn(f64) -> f64| (0..40).map(|i| f(f64::from(i))).collect::<Vec<f64>>();
    let columns = vec![row(&|_| 1.0), row(&|t| t), row(&|t| (0.3 * t).sin())];
    let y = row(&|t| 2.0 - 0.5 * t + 3.0 * (0.3 * t).sin() + ((7.0 * t) % 5.0 - 2.0) / 10.0);
    (columns, y)
}

#[test]
fn agrees_with_the_normal_equations_for_each_number_of_columns() {
    let (columns, y) = regression();
    let fit = QrLeastSquares::new(columns.clone(), y.clone()).unwrap();
    for m in 1..=3 {
        let mut a: Vec<f64> = (0..m * m).map(|k| linear::dot(&columns[k / m], &columns[k % m])).collect();
        let mut b: Vec<f64> = columns[..m].iter().map(|column| linear::dot(column, &y)).collect();
        linear::factor(&mut a, m).unwrap();
        linear::solve_factored(&a, &mut b).unwrap();
        let mut squares = 0.0;
        for (i, y) in y.iter().enumerate() {
            let fitted: f64 = columns.iter().zip(&b).map(|(column, b)| column[i] * b).sum();
            squares += (y - fitted).powi(2);
        }
        for (got, expected) in fit.coefficients(m).iter().zip(&b) {
            assert_close!(*got, *expected, 1e-10, 1e-12);
        }
        assert_close!(fit.squares(m), squares, 1e-10, 0.0);
        for i in 0..m {
            let mut unit = vec![0.0; m];
            unit[i] = 1.0;
            linear::solve_factored(&a, &mut unit).unwrap();
            assert_close!(fit.variance_factor(m, i), unit[i], 1e-10, 0.0);
        }
    }
    assert_eq!(fit.rows(), 40);
    assert!(fit.has_noise(3) && fit.criteria(3).0 < fit.criteria(2).0);
}

#[test]
fn refuses_what_cannot_be_regressed() {
    let (mut columns, y) = regression();
    assert!(QrLeastSquares::new(columns.clone(), vec![1.0; 39]).is_err());
    let short: Vec<Vec<f64>> = columns.iter().map(|column| column[..3].to_vec()).collect();
    assert!(QrLeastSquares::new(short, y[..3].to_vec()).is_err());
    columns[2] = columns[1].iter().map(|x| 2.0 * x + 1.0).collect();
    assert!(QrLeastSquares::new(columns.clone(), y).is_err());
    let exact = QrLeastSquares::new(columns[..1].to_vec(), vec![3.0; 40]).unwrap();
    assert!(!exact.has_noise(1) && exact.t(1, 0, 0.0).is_err());
    assert!(exact.t(1, 1, 0.0).is_err() && exact.variance_factor(1, 1).is_nan());
    assert_eq!(exact.coefficients(5).len(), 1);
}
