//! The Hodrick-Prescott filter.

use approx::assert_abs_diff_eq;
use core::f64::consts::TAU;
use evenkeel_series::decompose::HodrickPrescott;
use evenkeel_testing::Source;
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::close;
use proptest::prelude::*;

/// The normal equations by elimination.
#[expect(clippy::needless_range_loop, reason = "an index into several lists")]
fn by_hand(y: &[f64], lambda: f64) -> Vec<f64> {
    let n = y.len();
    let mut a = vec![vec![0.0; n + 1]; n];
    for i in 0..n {
        if y[i].is_finite() {
            a[i][i] += 1.0;
            a[i][n] += y[i];
        }
    }
    for r in 0..n.saturating_sub(2) {
        for (i, p) in [1.0, -2.0, 1.0].into_iter().enumerate() {
            for (j, q) in [1.0, -2.0, 1.0].into_iter().enumerate() {
                a[r + i][r + j] += lambda * p * q;
            }
        }
    }
    for i in 0..n {
        for r in 0..n {
            if r != i {
                let factor = a[r][i] / a[i][i];
                for c in i..=n {
                    a[r][c] -= factor * a[i][c];
                }
            }
        }
    }
    (0..n).map(|i| a[i][n] / a[i][i]).collect()
}

#[test]
fn settings_of_the_trend_are_validated() {
    assert!(HodrickPrescott::new(-1.0).apply(&[1.0, 2.0]).is_err());
    assert!(HodrickPrescott::new(f64::NAN).apply(&[1.0, 2.0]).is_err());
    assert!(HodrickPrescott::new(1.0).apply(&[1.0, f64::NAN]).is_err());
    assert!(HodrickPrescott::for_cutoff(0.0).apply(&[1.0, 2.0, 4.0]).is_err());
}

#[test]
fn half_of_a_wave_at_the_cutoff_passes() {
    let period = 50.0;
    let y: Vec<f64> = (0..1000).map(|t| (f64::from(t) / period * TAU).cos()).collect();
    let trend = HodrickPrescott::for_cutoff(period).apply(&y).unwrap();
    assert_close!(trend[500], 0.5 * y[500], 1e-6, 0.0);
}

proptest! {
    #[test]
    fn the_trend_solves_the_normal_equations(mut y in prop::collection::vec(-100.0..100.0, 3..40), lambda in 0.01..1e4, gap in 0_usize..40) {
        if y.len() > 4 {
            let gap = gap % y.len();
            y[gap] = f64::NAN;
        }
        let trend = HodrickPrescott::new(lambda).apply(&y).unwrap();
        for (a, b) in trend.iter().zip(by_hand(&y, lambda)) {
            prop_assert!(close(*a, b, 1e-7, 1e-6), "{trend:?}");
        }
    }
}

/// A line has no second differences: for any smoothing parameter it is its own trend.
#[test]
fn the_trend_of_a_line_is_the_line() {
    for (n, level, slope) in [(500, 3.0, 0.5), (20_000, -1e6, 7.0), (3, 1.0, 1e-3), (2000, 1e9, 1e-4)] {
        let y: Vec<f64> = (0..n).map(|i| level + slope * f64::from(i)).collect();
        let size = y.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let mut gaps = y.clone();
        gaps.iter_mut().skip(1).step_by(3).for_each(|x| *x = f64::NAN);
        gaps.iter_mut().skip(40).take(100).for_each(|x| *x = f64::NAN);
        for lambda in
            [1.0, 1600.0, 2e3, 2.1e3, 1e4, 1e6, 1e8, 1e10, 1e12, 1e14, 1e20, 1e30, 1e60, 1e120, 1e200]
        {
            for values in [&y, &gaps] {
                if values.iter().filter(|x| !x.is_nan()).count() < 2 {
                    continue;
                }
                let trend = HodrickPrescott::new(lambda).apply(values).unwrap();
                let off = trend.iter().zip(&y).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(off <= 1e-11 * size, "n = {n}, lambda {lambda:e}: off by {off:e}");
            }
        }
    }
}

/// What defines the trend, in exact terms: value - trend = lambda D'D trend. Integrating it twice asks no
/// more of doubles than they hold: the double sums of value - trend are lambda times the second differences
/// of the trend.
#[test]
fn large_smoothing_parameters_keep_their_digits() {
    let mut source = Source::new(8);
    let n = 3000;
    let y: Vec<f64> = (0..n).map(|t| 20.0 * (t as f64 / 900.0).sin() + source.normal()).collect();
    // At the seam of both solvers they agree.
    let (below, above) = (HodrickPrescott::new(2e3), HodrickPrescott::new(2e3 * (1.0 + 1e-12)));
    for (a, b) in below.apply(&y).unwrap().iter().zip(above.apply(&y).unwrap()) {
        assert_abs_diff_eq!(*a, b, epsilon = 1e-9);
    }
    for lambda in [1e6, 1e8, 1e10, 1e12] {
        let trend = HodrickPrescott::new(lambda).apply(&y).unwrap();
        let (mut once, mut twice) = (0.0, Vec::new());
        let mut sum = 0.0;
        for (x, t) in y.iter().zip(&trend) {
            once += x - t;
            sum += once;
            twice.push(sum);
        }
        // D' of the bends: the double sum up to i is lambda times the bend that ends one before the last that
        // it reaches.
        let largest = twice.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        for i in 0..n - 2 {
            let bend = trend[i] - 2.0 * trend[i + 1] + trend[i + 2];
            let rounding = lambda * 60.0 * f64::EPSILON * 40.0;
            assert!(
                (twice[i] - lambda * bend).abs() <= 1e-6 * largest + rounding,
                "lambda {lambda:e} at {i}"
            );
        }
        // Nothing is left over at the end, nor of the level and the slope.
        assert!(once.abs() < 1e-6 && sum.abs() < 1e-6 * largest, "{once:e} {sum:e}");
    }
    // The larger the parameter, the nearer to the straight line of least squares.
    let straight = HodrickPrescott::new(1e40).apply(&y).unwrap();
    let slope = straight[1] - straight[0];
    assert!(straight.windows(2).all(|pair| (pair[1] - pair[0] - slope).abs() < 1e-12));
}

/// An error names the setting that the caller made.
#[test]
fn cutoffs_of_any_length_have_a_trend() {
    let y = [1.0, 2.0, 3.0, 5.0];
    for period in [2.0, 40.0, 6283.0, 10_080.0, 525_600.0, 1e9, 1e50] {
        assert!(HodrickPrescott::for_cutoff(period).apply(&y).is_ok(), "{period}");
    }
    // Of a week of minutes in four values, the straight line of least squares is left.
    for (t, x) in HodrickPrescott::for_cutoff(10_080.0).apply(&y).unwrap().iter().zip([0.8, 2.1, 3.4, 4.7]) {
        assert_abs_diff_eq!(*t, x, epsilon = 1e-10);
    }
    for period in [f64::NAN, 1.0, -5.0, 0.0, f64::INFINITY] {
        let why = HodrickPrescott::for_cutoff(period).apply(&y).unwrap_err();
        assert!(matches!(&why, evenkeel_core::Error::Parameter { name, .. } if *name == "period"), "{why}");
    }
    for lambda in [f64::NAN, -1.0, f64::INFINITY] {
        let why = HodrickPrescott::new(lambda).apply(&y).unwrap_err();
        assert!(matches!(&why, evenkeel_core::Error::Parameter { name, .. } if *name == "lambda"), "{why}");
    }
}
