//! Statistics of stretches of time, against the samples that should be in them.

use core::time::Duration;
use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_series::quantile::Quantile;
use evenkeel_series::rolling::{Extremes, Moments, TimeExtremes, TimeMoments, TimeQuantile};
use evenkeel_testing::assert_close;
use proptest::prelude::*;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn settings_are_validated() {
    assert!(TimeMoments::builder(Duration::ZERO, 5).build().is_err());
    assert!(TimeExtremes::builder(seconds(1), 0).build().is_err());
    assert!(TimeQuantile::builder(seconds(1), usize::MAX).build().is_err());
    assert!(TimeQuantile::builder(seconds(1), 5).min_count(0).build().is_err());
    assert!(TimeMoments::builder(seconds(1), 5).min_count(6).build().is_err());
}

#[test]
fn what_went_early_is_told_until_it_would_have_gone_anyway() {
    let mut rolling = TimeExtremes::builder(seconds(10), 3).build().unwrap();
    let mut push = |second, x| {
        let said = rolling.update(At::new(Timestamp::from_seconds(second), x)).unwrap();
        (said.max(), rolling.is_exact(), rolling.dropped())
    };
    assert_eq!([push(0, 9.0), push(1, 5.0), push(2, 4.0)].map(|(max, ..)| max), [9.0; 3]);
    assert_eq!(push(3, 1.0), (5.0, false, 1));
    assert_eq!(push(9, f64::NAN), (5.0, false, 1));
    // The lost one would have gone by now: all is as it would be with more room.
    assert_eq!(push(10, f64::NAN), (5.0, true, 1));
    assert_eq!(push(12, f64::NAN), (1.0, true, 1));
    assert_eq!(push(5, 7.0), (7.0, true, 1), "late, taken for second 12");
    assert_eq!(push(21, 2.0), (7.0, true, 1));
    assert_eq!((rolling.late(), rolling.count()), (1, 2));
}

/// Times that stand still, creep, jump, and go back.
fn samples() -> impl Strategy<Value = Vec<At<f64>>> {
    let step = prop_oneof![2 => Just(0_i64), 6 => 1_i64..5, 1 => 20_i64..200, 1 => -9_i64..0];
    let value = prop_oneof![6 => -1e3..1e3, 2 => (-3_i32..3).prop_map(f64::from), 1 => Just(f64::NAN)];
    prop::collection::vec((step, value), 1..200).prop_map(|steps| {
        let mut now = 0;
        let at = |(step, value)| {
            now += step;
            At::new(Timestamp::from_seconds(now), value)
        };
        steps.into_iter().map(at).collect()
    })
}

proptest! {
    #[test]
    fn every_window_holds_what_it_should(samples in samples(), window in 1_u64..40, capacity in 1_usize..30, min in 1_usize..5, p in 0.0..=1.0) {
        let (length, min) = (seconds(window), min.min(capacity));
        let quantile = Quantile::new(p).unwrap();
        let mut moments = TimeMoments::builder(length, capacity).min_count(min).build().unwrap();
        let mut extremes = TimeExtremes::builder(length, capacity).min_count(min).build().unwrap();
        let mut quantiles = TimeQuantile::builder(length, capacity).min_count(min).quantile(quantile).build().unwrap();
        let mut now = Timestamp::MIN;
        let mut kept: Vec<At<f64>> = Vec::new();
        for x in &samples {
            now = now.max(x.time);
            if !x.value.is_nan() {
                kept.push(At::new(now, x.value));
            }
            let inside: Vec<f64> = kept.iter().filter(|x| now.since(x.time) < length).map(|x| x.value).collect();
            let newest = &inside[inside.len().saturating_sub(capacity)..];
            let (m, e, q) = (moments.update(*x), extremes.update(*x), quantiles.update(*x));
            prop_assert_eq!(moments.is_exact(), inside.len() <= capacity);
            prop_assert_eq!(quantiles.count(), newest.len());
            if newest.len() < min {
                prop_assert!(m.is_none() && e.is_none() && q.is_none());
                continue;
            }
            let (m, expected) = (m.unwrap(), Moments::of(newest).unwrap());
            prop_assert_eq!(m.count(), expected.count());
            assert_close!(m.mean(), expected.mean(), 1e-12, 1e-9);
            if let (Some(a), Some(b)) = (m.variance(), expected.variance()) {
                assert_close!(a, b, 1e-9, 1e-9);
            }
            prop_assert_eq!(e, Extremes::of(newest));
            prop_assert_eq!(q, quantile.of(newest));
        }
    }
}
