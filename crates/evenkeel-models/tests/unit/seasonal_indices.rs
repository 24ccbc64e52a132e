//! Seasonal indices.

use crate::count::as_f64;
use crate::seasonal_indices::{filled, is_seasonal, seasonal_indices};

#[test]
fn gaps_are_bridged_by_lines() {
    let nan = f64::NAN;
    assert_eq!(filled(&[nan, 1.0, nan, nan, 4.0, nan]), [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]);
}

#[test]
fn the_indices_of_a_pure_season_is_the_season() {
    for period in [4, 5] {
        let season: Vec<f64> = (0..period).map(|i| as_f64(i) - as_f64(period - 1) / 2.0).collect();
        let y: Vec<f64> = (0..4 * period).map(|t| 10.0 + 0.5 * as_f64(t) + season[t % period]).collect();
        let found = seasonal_indices(&y, period, false).unwrap();
        assert!(found.iter().zip(&season).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?}");
    }
}

#[test]
fn noise_is_not_seasonal_and_a_wave_is() {
    let wave: Vec<f64> = (0..96).map(|t| (as_f64(t) * core::f64::consts::TAU / 24.0).sin()).collect();
    assert!(is_seasonal(&wave, 24) && !is_seasonal(&wave[..48], 24) && !is_seasonal(&[1.0; 90], 24));
}
