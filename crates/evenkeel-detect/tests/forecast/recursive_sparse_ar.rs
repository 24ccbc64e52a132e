//! Autoregression that learns value by value.

use evenkeel_core::{Prediction, Stage};
use evenkeel_detect::forecast::RecursiveSparseAr;
use evenkeel_testing::{
    Source,
    autoregression::{least_squares, simulate},
    forecast,
};

#[test]
fn learnt_on_the_fly_is_least_squares_too() {
    let mut z = simulate(&[(1, 0.5), (5, 0.3)], 1.0, 1.0, 400, 8);
    let batch = least_squares(&z, &[1, 5]);
    let mut online = RecursiveSparseAr::builder([5, 1]).forgetting(1.0).ridge(1e-9).build().unwrap();
    for x in &z {
        online.update(*x);
    }
    for (a, b) in online.coefficients().iter().zip(&batch[1..]) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
    // The spread of its errors, and what its equation says of the next 30 values.
    let predict = |z: &[f64]| batch[0] + batch[1] * z[z.len() - 1] + batch[2] * z[z.len() - 5];
    let squares: f64 = (5..z.len()).map(|t| (z[t] - predict(&z[..t])).powi(2)).sum();
    let sigma = (squares / (z.len() - 5 - 3) as f64).sqrt();
    assert!((online.sigma() / sigma - 1.0).abs() < 0.05, "{} {sigma}", online.sigma());
    for next in forecast(&online, 30) {
        let expected = predict(&z);
        assert!((next.mean() - expected).abs() < 1e-5, "{} {expected}", next.mean());
        z.push(expected);
    }
}

#[test]
fn learnt_on_the_fly_follows_a_change() {
    let mut online = RecursiveSparseAr::builder([1]).forgetting(0.98).build().unwrap();
    for x in simulate(&[(1, 0.9)], 0.0, 1.0, 2000, 9) {
        online.update(x);
    }
    assert!(online.coefficients()[0] > 0.7);
    for x in simulate(&[(1, -0.9)], 0.0, 1.0, 600, 10) {
        online.update(x);
    }
    assert!(online.coefficients()[0] < -0.7);
}

#[test]
fn lags_that_make_no_sense_are_refused() {
    for lags in [vec![], vec![1, 1], vec![0], vec![100_001]] {
        assert!(RecursiveSparseAr::builder(lags).build().is_err());
    }
}

/// A sentinel as the first value, or in the middle, does not matter a hundred values later.
#[test]
fn one_wild_value_is_forgotten() {
    for wild in [4_294_967_295.0, 1e15, 18_446_744_073_709_551_615.0, 1e30, 1e60, 1e100, -1e100] {
        for place in [0, 1, 500] {
            for forgetting in [0.9, 0.999, 1.0] {
                let mut model = RecursiveSparseAr::builder([1]).forgetting(forgetting).build().unwrap();
                let mut source = Source::new(11);
                let (mut next, mut scores): (Option<Prediction>, _) = (None, Vec::new());
                for t in 0..2_000 {
                    let x = if t == place { wild } else { 10.0 + source.normal() };
                    if t > place + 120 {
                        scores.push(next.unwrap().standardize(x).abs());
                    }
                    next = model.update(x);
                }
                // A standard normal variable is 0.8 off on average.
                let mean = scores.iter().sum::<f64>() / scores.len() as f64;
                assert!((mean - 0.8).abs() < 0.15, "{wild} at {place}, {forgetting}: {mean}");
            }
        }
    }
}
