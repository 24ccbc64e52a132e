//! The digamma function, which is private: compiled into the library.

use super::digamma;

#[test]
fn digamma_agrees_with_high_precision() {
    for (a, value) in
        [(1.0, -0.577_215_664_901_532_9), (1e-3, -1_000.575_571_931_810_3), (123.25, 4.810_152_531_964_819)]
    {
        let got = digamma(a);
        assert!((got / value - 1.0).abs() < 1e-14, "{a}: {got} {value}");
    }
    for a in [-1.0, 0.0, f64::NAN] {
        assert!(digamma(a).is_nan());
    }
}
