//! Roots and optima of functions of one variable.

use approx::assert_abs_diff_eq;
use evenkeel_stats::scalar_search::{
    BrentTolerance, bracket_on_grid, brent_minimum, brent_root, golden_section, newton_log_tail,
};
use evenkeel_stats::special::Side;

#[test]
fn a_root_is_found_to_the_last_bits() {
    let cube = brent_root(0.0, 2.0, |x| x * x * x - 2.0);
    assert_abs_diff_eq!(cube, libm::cbrt(2.0), epsilon = 1e-15);
    assert_eq!(brent_root(1.0, 2.0, |x| x), 1.0);
    let flat = brent_root(-1.0, 4.0, |x| libm::pow(x - 1.0, 9.0));
    assert_abs_diff_eq!(flat, 1.0, epsilon = 1e-3);
}

#[test]
fn a_tail_is_followed() {
    // The logistic distribution, from far away on both sides.
    for start in [-500.0, 0.0, 30.0] {
        let log = |u: f64| -libm::log1p(libm::exp(-u));
        let u = newton_log_tail(-3.0, Side::Lower, start, |u| (log(u), 1.0 / (1.0 + libm::exp(u))));
        assert!((log(u) + 3.0).abs() < 1e-14, "{start} {u}");
        let v = newton_log_tail(-3.0, Side::Upper, start, |u| (log(-u), 1.0 / (1.0 + libm::exp(-u))));
        assert!((u + v).abs() < 3e-14, "{start} {u}");
    }
}

#[test]
fn minima_are_found_inside_and_at_the_ends() {
    for center in [-3.0, 0.0, 0.25, 4.0, 50.0] {
        let f = |x: f64| libm::cosh(x - center);
        let place = brent_minimum(-10.0, 60.0, BrentTolerance::default(), f);
        assert_abs_diff_eq!(place, center, epsilon = 1e-6 * (1.0 + f64::abs(center)));
        let section = golden_section(-10.0, 60.0, 60, f, |a, b| a <= b);
        assert_abs_diff_eq!(section.left.0, center, epsilon = 1e-6 * (1.0 + f64::abs(center)));
        assert!(section.low <= section.left.0 && section.right.0 <= section.high);
        assert_eq!(section.left.1, f(section.left.0));
    }
    let edge = brent_minimum(2.0, 3.0, BrentTolerance::default(), |x| x);
    assert_abs_diff_eq!(edge, 2.0, epsilon = 1e-6);
    let mut calls = 0;
    golden_section(
        0.0,
        1.0,
        10,
        |x| {
            calls += 1;
            x
        },
        |a, b| a >= b,
    );
    assert_eq!(calls, 12);
}

#[test]
fn a_grid_brackets_its_best_point() {
    let two = |x: f64| (x * x - 4.0).abs();
    let bracket = bracket_on_grid(-4.0, 4.0, 8, two, |a, b| a < b);
    // Of two equally good points, the first.
    assert_eq!((bracket.low, bracket.best, bracket.high), (-3.0, (-2.0, 0.0), -1.0));
    let end = bracket_on_grid(0.0, 1.0, 4, |x| x, |a, b| a > b);
    assert_eq!((end.low, end.best, end.high), (0.75, (1.0, 1.0), 1.0));
    let single = bracket_on_grid(3.0, 9.0, 0, |x| x, |a, b| a > b);
    assert_eq!((single.low, single.best, single.high), (3.0, (3.0, 3.0), 3.0));
}
