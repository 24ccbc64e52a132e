//! Small-sample correction of intervals.

use crate::small_sample::{NORMAL, widening};

#[test]
fn a_mean_of_four_values_has_the_textbook_interval() {
    // t(0.975; 3) = 3.182446 times sqrt(1 + 1/4).
    let expected = 3.182_446_305_284_263 * 1.25_f64.sqrt() / NORMAL;
    assert!((widening(3.0, 1.0, 4.0) - expected).abs() < 1e-12);
    assert!((widening(1e6, 3.0, 1e6) - 1.0).abs() < 1e-5);
    assert!(widening(-5.0, 20.0, 4.0).is_finite());
}
