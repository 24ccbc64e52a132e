//! Dual numbers.

use crate::arima::dual::{Dual, Scalar};

#[test]
fn derivatives_follow_the_rules() {
    let f = |x: Dual, y: Dual| (x * y + x.ln()) / (y - x.scale(0.5)) - -y;
    let (x, y, h) = (1.3, 2.1, 1e-6);
    let exact = f(Dual::variable(x, 0), Dual::variable(y, 1));
    let at = |x, y| f(Dual::of(x), Dual::of(y)).value;
    assert!((exact.slope[0] - (at(x + h, y) - at(x - h, y)) / (2.0 * h)).abs() < 1e-8);
    assert!((exact.slope[1] - (at(x, y + h) - at(x, y - h)) / (2.0 * h)).abs() < 1e-8);
    assert_eq!(exact.slope[2], 0.0);
}
