use crate::stream::normal;
use evenkeel_core::{Error, Stage};
use evenkeel_detect::Cusum;

#[test]
fn refuses_what_is_no_chart() {
    for (mean, sd, k, name) in [
        (f64::NAN, 1.0, 0.5, "mean"),
        (0.0, 0.0, 0.5, "sd"),
        (0.0, f64::NEG_INFINITY, 0.5, "sd"),
        (0.0, 1.0, -0.1, "allowance"),
        (0.0, 1.0, f64::NAN, "allowance"),
    ] {
        let refused = Cusum::builder(mean, sd).allowance(k).build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
    for (k, run_length) in [(-1.0, 100.0), (f64::NAN, 100.0), (0.5, 1.0), (0.5, f64::NAN), (0.5, 1e13)] {
        assert!(
            matches!(Cusum::threshold_for(k, run_length), Err(Error::Parameter { .. })),
            "{k} {run_length}"
        );
    }
}

/// Published average run lengths of the two-sided chart with k = 1/2: Montgomery, Introduction to Statistical
/// Quality Control, 7th ed. (2013), table 9.3; Lucas and Crosier (1982).
#[test]
fn run_lengths_as_published() {
    for (h, published) in [(4.0, 168.0), (5.0, 465.0)] {
        let computed = Cusum::average_run_length(0.5, h).unwrap();
        assert!((computed / published - 1.0).abs() < 0.005, "{h}: {computed}, published {published}");
    }
    for (k, h, published) in [(0.25, 8.01, 370.0), (0.5, 4.77, 370.0), (1.0, 2.52, 370.0), (1.5, 1.61, 370.0)]
    {
        let computed = Cusum::average_run_length(k, h).unwrap();
        // The thresholds are published with two decimals, and half of the last one is up to 1.5 % of the run
        // length.
        assert!((computed / published - 1.0).abs() < 0.02, "{k} {h}: {computed}, published {published}");
        let threshold = Cusum::threshold_for(k, published).unwrap();
        assert!((threshold - h).abs() < 0.02, "{threshold} {h}");
    }
}

#[test]
fn run_length_as_simulated() {
    let (k, wanted) = (0.5, 200.0);
    let threshold = Cusum::threshold_for(k, wanted).unwrap();
    let mut chart = Cusum::builder(0.0, 1.0).allowance(k).build().unwrap();
    let (mut runs, mut values) = (0u32, 0u32);
    for z in normal(7).take(400_000) {
        values += 1;
        if chart.update(z).unwrap().value() > threshold {
            runs += 1;
            chart.reset();
        }
    }
    let simulated = f64::from(values) / f64::from(runs);
    // Run lengths are nearly exponential: the mean of m of them has a relative error of 1 / sqrt m.
    assert!((simulated / wanted - 1.0).abs() < 4.0 / f64::from(runs).sqrt(), "{simulated} over {runs} runs");
}

#[test]
fn tabulated_thresholds_solve_the_integral_equation() {
    for k in [0.5, 1.0] {
        for i in 0..=60 {
            // From 9 to 5e7, and beyond both ends, where they are searched for.
            let run_length = 7.0 * 1.32_f64.powi(i);
            let threshold = Cusum::threshold_for(k, run_length).unwrap();
            let found = Cusum::average_run_length(k, threshold).unwrap();
            // The equation itself is solved to about 1e-14 times the run length.
            assert!((found / run_length - 1.0).abs() < 1e-6, "{k}, {run_length}: {found}");
        }
    }
}
