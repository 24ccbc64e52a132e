//! Compensated sums.

use evenkeel_stats::{CompensatedSum, Generator};
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
}
