//! Systems of equations.

use evenkeel_stats::linear;
use evenkeel_testing::assert_close;
use proptest::prelude::*;

proptest! {
    #[test]
    fn systems_are_solved(entries in prop::collection::vec(-3.0..3.0_f64, 36), truth in prop::collection::vec(-3.0..3.0_f64, 6)) {
        let n = 6;
        // M M^T + I
        let a: Vec<f64> = (0..n * n)
            .map(|k| (0..n).map(|j| entries[k / n * n + j] * entries[k % n * n + j]).sum::<f64>() + f64::from(u8::from(k / n == k % n)))
            .collect();
        let mut b: Vec<f64> = (0..n).map(|i| (0..n).map(|j| a[i * n + j] * truth[j]).sum()).collect();
        let (mut general, mut right) = (a.clone(), b.clone());
        linear::solve(&mut a.clone(), &mut b).unwrap();
        linear::solve_general(&mut general, &mut right).unwrap();
        for (got, truth) in b.iter().chain(&right).zip(truth.iter().chain(&truth)) {
            prop_assert!((got - truth).abs() < 1e-9);
        }
    }
}

#[test]
fn determinants_and_refusals() {
    let mut a = [4.0, 0.0, 2.0, 3.0];
    linear::factor(&mut a, 2).unwrap();
    assert_close!(linear::log_determinant(&a, 2).unwrap(), 8_f64.ln(), 1e-15, 0.0);
    assert!(linear::factor(&mut [1.0, 0.0, 1.0, 1.0], 2).is_err());
    assert!(linear::factor(&mut [f64::NAN], 1).is_err());
    assert!(linear::factor(&mut [1.0, 2.0], 2).is_err());
    assert!(linear::solve_factored(&[1.0; 4], &mut [1.0; 3]).is_err());
    assert!(linear::log_determinant(&[1.0; 3], 2).is_err());
}

#[test]
fn elimination_swaps_rows_and_refuses_what_is_singular() {
    let (mut a, mut b) = ([0.0, 2.0, 3.0, 1.0], [4.0, 5.0]);
    linear::solve_general(&mut a, &mut b).unwrap();
    assert_eq!(b, [1.0, 2.0]);
    assert!(linear::solve_general(&mut [1.0, 2.0, 2.0, 4.0], &mut [1.0, 1.0]).is_err());
    assert!(linear::solve_general(&mut [1.0; 3], &mut [1.0; 2]).is_err());
}
