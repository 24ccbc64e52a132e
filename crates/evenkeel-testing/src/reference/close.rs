//! Comparison of floats.

/// Whether `actual` is within `rel * |expected|` or within `abs` of `expected`, whichever allows more. Two
/// NaN are close, and equal infinities; nothing else is close to either.
///
/// ```
/// use evenkeel_testing::reference::close;
///
/// assert!(close(1.0 + 1e-10, 1.0, 1e-9, 0.0));
/// assert!(close(1e-13, 0.0, 1e-9, 1e-12));
/// assert!(close(f64::NAN, f64::NAN, 0.0, 0.0));
/// assert!(!close(f64::NAN, 1.0, 1e-9, 1e9));
/// ```
#[must_use]
pub fn close(actual: f64, expected: f64, rel: f64, abs: f64) -> bool {
    if actual.is_nan() || expected.is_nan() {
        return actual.is_nan() && expected.is_nan();
    }
    if actual.is_infinite() || expected.is_infinite() {
        return actual == expected;
    }
    (actual - expected).abs() <= abs.max(rel * expected.abs())
}

/// Asserts that two floats are [`close`](crate::reference::close()): `assert_close!(actual, expected, rel,
/// abs)`, and, if wanted, a format string with its arguments that says which case it is.
///
/// ```
/// evenkeel_testing::assert_close!(0.1 + 0.2, 0.3, 1e-15, 0.0, "a sum");
/// ```
#[macro_export]
macro_rules! assert_close {
    ($actual:expr, $expected:expr, $rel:expr, $abs:expr $(,)?) => {
        $crate::assert_close!($actual, $expected, $rel, $abs, "{}", stringify!($actual))
    };
    ($actual:expr, $expected:expr, $rel:expr, $abs:expr, $($case:tt)+) => {{
        let (actual, expected, rel, abs): (f64, f64, f64, f64) = ($actual, $expected, $rel, $abs);
        assert!(
            $crate::reference::close(actual, expected, rel, abs),
            "{}: expected {expected:?}, was {actual:?}: off by {:e} ({:e} relative), allowed {abs:e} or {rel:e} relative",
            format_args!($($case)+),
            (actual - expected).abs(),
            ((actual - expected) / expected).abs(),
        );
    }};
}
