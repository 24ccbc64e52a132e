//! Compensated sums and linear systems.

use evenkeel_stats::{CompensatedSum, Generator, linear};
use evenkeel_testing::assert_close;
use proptest::prelude::*;

#[test]
fn a_sum_that_cancels_is_exact() {
    let mut sum = CompensatedSum::new();
    for _ in 0..1_000_000 {
        sum.add(0.1);
    }
    assert_eq!(sum.value(), 100_000.0);
    assert!((0..1_000_000).map(|_| 0.1).sum::<f64>() > 100_000.000_001);
    sum.extend([f64::INFINITY]);
    assert_eq!(sum.value(), f64::INFINITY);
}

proptest! {
    #[test]
    fn sums_do_not_depend_on_the_order(mut values in prop::collection::vec(-1e10..1e10_f64, 1..50), seed: u64) {
        let sum = |values: &[f64]| values.iter().copied().collect::<CompensatedSum>().value();
        let before = sum(&values);
        Generator::new(seed).shuffle(&mut values);
        prop_assert!((sum(&values) - before).abs() <= 1e-15 * before.abs() + 1e-20);
    }

    #[test]
    fn systems_are_solved(entries in prop::collection::vec(-3.0..3.0_f64, 36), truth in prop::collection::vec(-3.0..3.0_f64, 6)) {
        let n = 6;
        // M M^T + I
        let a: Vec<f64> = (0..n * n)
            .map(|k| (0..n).map(|j| entries[k / n * n + j] * entries[k % n * n + j]).sum::<f64>() + f64::from(u8::from(k / n == k % n)))
            .collect();
        let mut b: Vec<f64> = (0..n).map(|i| (0..n).map(|j| a[i * n + j] * truth[j]).sum()).collect();
        linear::solve(&mut a.clone(), &mut b).unwrap();
        for (got, truth) in b.iter().zip(&truth) {
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
