//! Confidence intervals of scores.

use evenkeel_eval::interval::{bootstrap, wilson};

#[test]
fn wilson_by_hand() {
    let [low, high] = wilson(8, 10);
    assert!((low - 0.490_16).abs() < 1e-5 && (high - 0.943_32).abs() < 1e-5, "{low} {high}");
    let [low, high] = wilson(0, 10);
    assert!(low.abs() < 1e-12 && (high - 0.277_53).abs() < 1e-5, "{low} {high}");
    assert_eq!(wilson(0, 0), [0.0, 1.0]);
}

#[test]
fn a_bootstrap_covers_the_standard_error_and_repeats_itself() {
    let data: Vec<f64> = (0..100).map(|i| f64::from(i % 10)).collect();
    let mean = |cases: &[usize]| cases.iter().map(|case| data[*case]).sum::<f64>() / cases.len() as f64;
    let [low, high] = bootstrap(data.len(), mean);
    // Mean 4.5, standard error sqrt(8.25 / 100) = 0.287.
    assert!((low - 3.94).abs() < 0.1 && (high - 5.06).abs() < 0.1, "{low} {high}");
    assert_eq!(bootstrap(data.len(), mean), [low, high]);
    assert!(bootstrap(3, |_| f64::NAN)[0].is_nan());
}
