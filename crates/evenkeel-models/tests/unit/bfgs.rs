//! BFGS.

use crate::bfgs::{Bfgs, BfgsOptions};
use crate::fit::Termination;

const OPTIONS: BfgsOptions = BfgsOptions { careful: 2, longest: 1.0, fresh: 40 };

#[test]
fn finds_the_end_of_a_curved_valley() {
    let mut calls = 0;
    let mut valley = |x: &[f64], slope: &mut [f64]| {
        calls += 1;
        let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
        slope[0] = -2.0 * a - 400.0 * x[0] * b;
        slope[1] = 200.0 * b;
        Some(a * a + 100.0 * b * b)
    };
    let mut run = Bfgs::new(vec![-1.2, 1.0], OPTIONS, &mut valley).unwrap();
    run.run(100, 1e-14, &mut valley);
    assert!(run.termination == Termination::Converged && run.value < 1e-12, "{run:?}");
    assert!((run.x[0] - 1.0).abs() < 1e-5 && calls < 120, "{calls}");
}

#[test]
fn no_value_at_the_start_is_no_start() {
    assert!(Bfgs::new(vec![0.0], OPTIONS, &mut |_: &[f64], _: &mut [f64]| None).is_none());
}
