//! The private logarithm and exponential against those of `libm`.

#[expect(dead_code, reason = "only what the tests look at is used here")]
#[path = "../../../src/change/bocpd/vector_math.rs"]
mod source;

use source::{exp, log};

#[test]
fn logarithms_are_those_of_libm() {
    for i in 0..200_000_u32 {
        let spread = f64::from(i) / 100_000.0 - 1.0;
        for x in
            [libm::exp(690.0 * spread), 1.0 + spread * 1e-3, 1.0 + 1e-12 * spread, 0.5 + 2.0 * spread.abs()]
        {
            let expected = libm::log(x);
            let off = (log(x) - expected).abs();
            assert!(off <= 3e-16 * expected.abs().max(1.0), "{x:e}: {off:e}");
        }
    }
    assert_eq!(log(1.0), 0.0);
}

#[test]
fn exponentials_are_those_of_libm() {
    for i in 0..200_000_u32 {
        let share = f64::from(i) / 200_000.0;
        for x in [-700.0 * share * 0.999_999, -share, -1e-9 * share] {
            let expected = libm::exp(x);
            assert!((exp(x) / expected - 1.0).abs() <= 1e-15, "{x:e}");
        }
    }
    assert_eq!([exp(0.0), exp(-700.0), exp(-1e300), exp(f64::NEG_INFINITY)], [1.0, 0.0, 0.0, 0.0]);
}
