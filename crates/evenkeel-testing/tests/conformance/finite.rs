//! The private search for what is not finite.

#[path = "../../src/conformance/finite.rs"]
mod source;

use source::is_finite;

#[test]
fn words_are_found_whole() {
    assert!(is_finite(&(1.0, Some(-2e300), "infinite", "info")));
    assert!(!is_finite(&Some(f64::NAN)));
    assert!(!is_finite(&[1.0, f64::NEG_INFINITY]));
    assert!(!is_finite(&f64::INFINITY));
}
