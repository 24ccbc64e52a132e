//! Comparison within a tolerance.

use approx::{AbsDiffEq, RelativeEq, assert_abs_diff_eq, assert_relative_eq, assert_ulps_eq};
use core::time::Duration;
use evenkeel_core::{Stage, Timestamp};
use evenkeel_series::decompose::Classical;
use evenkeel_series::rolling::{Extremes, Moments};
use evenkeel_series::trend::TheilSen;
use evenkeel_series::{Ewm, Series};

fn series(start: i64, values: &[f64]) -> Series {
    Series::new(Timestamp::from_seconds(start), Duration::from_secs(60), values.to_vec()).unwrap()
}

#[test]
fn series_are_near_where_all_values_are() {
    let load = series(0, &[1.0, f64::NAN, 3.0]);
    assert_abs_diff_eq!(load, series(0, &[1.0, f64::NAN, 3.0 + 1e-9]), epsilon = 1e-8);
    assert_relative_eq!(load, load.clone());
    assert_ulps_eq!(load, load.clone());
    assert!(load.abs_diff_ne(&series(0, &[1.0, f64::NAN, 3.1]), 1e-8));
    assert!(load.abs_diff_ne(&series(0, &[1.0, 2.0, 3.0]), 1e300), "what is missing is near no value");
    assert!(load.abs_diff_ne(&series(60, &[1.0, f64::NAN, 3.0]), 1e300), "another time");
    assert!(load.abs_diff_ne(&series(0, &[1.0, f64::NAN]), 1e300), "another length");
}

/// The same data with a little noise on it: results are as near as the data.
#[test]
fn results_are_compared_by_their_numbers() {
    let data = |noise: f64| -> Vec<f64> {
        (0..60_u32).map(|t| f64::from(t % 12) + 0.1 * f64::from(t) + noise * f64::from(t * 7 % 5)).collect()
    };
    let (a, b, c) = (data(0.0), data(1e-10), data(0.1));
    let moments = |xs: &[f64]| Moments::of(xs).unwrap();
    assert_relative_eq!(moments(&a), moments(&b), epsilon = 1e-8, max_relative = 1e-8);
    assert!(moments(&a).relative_ne(&moments(&c), 1e-8, 1e-8));
    assert!(moments(&a).abs_diff_ne(&moments(&a[..59]), 1e300), "another count");
    let extremes = |xs: &[f64]| Extremes::of(xs).unwrap();
    assert_abs_diff_eq!(extremes(&a), extremes(&b), epsilon = 1e-8);
    assert!(extremes(&a).abs_diff_ne(&extremes(&c), 1e-8));
    let weighted = |xs: &[f64]| {
        let mut ewm = Ewm::builder(evenkeel_series::rolling::Decay::Alpha(0.2)).build().unwrap();
        xs.iter().filter_map(|x| ewm.update(*x)).last().unwrap()
    };
    assert_abs_diff_eq!(weighted(&a), weighted(&b), epsilon = 1e-8);
    assert!(weighted(&a).abs_diff_ne(&weighted(&c), 1e-8));
    let line = |xs: &[f64]| TheilSen::new().fit(xs).unwrap();
    assert_abs_diff_eq!(line(&a), line(&b), epsilon = 1e-8);
    assert!(line(&a).abs_diff_ne(&line(&c), 1e-8));
    let parts = |xs: &[f64]| Classical::new(12).fit(xs).unwrap();
    assert_abs_diff_eq!(parts(&a), parts(&b), epsilon = 1e-8);
    assert!(parts(&a).abs_diff_ne(&parts(&c), 1e-8));
    assert!(parts(&a).seasons()[0].abs_diff_eq(&parts(&b).seasons()[0], 1e-8));
}
