//! The Hodrick-Prescott filter and Fourier terms.

use core::f64::consts::TAU;
use evenkeel_series::{FourierTerms, HodrickPrescott};
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
fn settings_of_the_trend_are_judged() {
    assert!(HodrickPrescott::new(-1.0).trend(&[1.0, 2.0]).is_err());
    assert!(HodrickPrescott::new(f64::NAN).trend(&[1.0, 2.0]).is_err());
    assert!(HodrickPrescott::new(1.0).trend(&[1.0, f64::NAN]).is_err());
    assert!(HodrickPrescott::for_cutoff(0.0).trend(&[1.0, 2.0, 4.0]).is_err());
}

#[test]
fn half_of_a_wave_at_the_cutoff_passes() {
    let period = 50.0;
    let y: Vec<f64> = (0..1000).map(|t| (f64::from(t) / period * TAU).cos()).collect();
    let trend = HodrickPrescott::for_cutoff(period).trend(&y).unwrap();
    assert_close!(trend[500], 0.5 * y[500], 1e-6, 0.0);
}

proptest! {
    #[test]
    fn the_trend_solves_the_normal_equations(mut y in prop::collection::vec(-100.0..100.0, 3..40), lambda in 0.01..1e4, gap in 0_usize..40) {
        if y.len() > 4 {
            let gap = gap % y.len();
            y[gap] = f64::NAN;
        }
        let trend = HodrickPrescott::new(lambda).trend(&y).unwrap();
        for (a, b) in trend.iter().zip(by_hand(&y, lambda)) {
            prop_assert!(close(*a, b, 1e-7, 1e-6), "{trend:?}");
        }
    }
}

#[test]
fn settings_of_waves_are_judged() {
    assert!(FourierTerms::new([(1.5, 1)]).is_err() && FourierTerms::new([(f64::NAN, 1)]).is_err());
    assert!(FourierTerms::new([(12.0, 0)]).is_err() && FourierTerms::new([(12.0, 7)]).is_err());
    assert!(FourierTerms::new([(12.0, 2)]).unwrap().fill(0, &mut [0.0; 3]).is_err());
}

#[test]
fn columns_are_orthogonal_over_whole_seasons() {
    let terms = FourierTerms::new([(24.0, 12), (168.0, 30)]).unwrap();
    assert_eq!(terms.skipped().len(), 1 + 2 * 4);
    assert!(terms.skipped()[0].is_sine() && terms.skipped()[0].order() == 12);
    // Far from the origin they are as exact as near it.
    let columns = terms.columns(168_000_000..168_000_336);
    for (i, a) in columns.iter().enumerate() {
        for (j, b) in columns.iter().enumerate() {
            let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
            let expected = if i != j {
                0.0
            } else if terms.waves()[i].order() == 12 && terms.waves()[i].period() == 24.0 {
                336.0
            } else {
                168.0
            };
            assert_close!(product, expected, 1e-10, 1e-10, "{i} {j}");
        }
    }
    let mut row = vec![0.0; columns.len()];
    terms.fill(168_000_005, &mut row).unwrap();
    assert!(row.iter().zip(&columns).all(|(x, column)| *x == column[5]));
}
