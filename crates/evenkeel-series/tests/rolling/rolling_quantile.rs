//! Rolling quantiles against sorting, moments of everything, weights in time.

use core::time::Duration;
use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_series::RollingQuantile;
use evenkeel_series::quantile::{Quantile, QuantileDefinition};
use evenkeel_series::rolling::{ExpandingMoments, Moments, TimeEwm};
use evenkeel_testing::assert_close;
use evenkeel_testing::reference::close;
use proptest::prelude::*;

#[test]
fn settings_are_validated() {
    assert!(RollingQuantile::builder(0).build().is_err());
    assert!(RollingQuantile::builder(usize::MAX).build().is_err());
    assert!(RollingQuantile::builder(5).min_periods(0).build().is_err());
    assert!(RollingQuantile::builder(5).min_periods(6).build().is_err());
    assert!(ExpandingMoments::new(0).is_err());
    assert!(TimeEwm::new(Duration::ZERO).is_err());
}

/// Rising, falling, equal and alternating inputs: each the worst of some ordered structure.
#[test]
fn orders_that_are_hard_are_kept() {
    let inputs: [fn(u32) -> f64; 5] = [
        f64::from,
        |t| -f64::from(t),
        |_| 7.0,
        |t| if t % 2 == 0 { f64::from(t) } else { -f64::from(t) },
        |t| f64::from(t % 3),
    ];
    for input in inputs {
        let window = 1000;
        let mut rolling = RollingQuantile::builder(window).min_periods(1).build().unwrap();
        let mut newest = std::collections::VecDeque::new();
        for t in 0..5000 {
            let said = rolling.update(input(t)).unwrap();
            newest.push_back(input(t));
            if newest.len() > window {
                newest.pop_front();
            }
            if t % 97 == 0 {
                assert_eq!(Some(said), evenkeel_series::median(newest.make_contiguous()));
                assert_eq!(rolling.below(input(t)), newest.iter().filter(|x| **x < input(t)).count());
            }
        }
    }
}

fn gappy() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![6 => -1e3..1e3, 3 => (-3_i32..3).prop_map(f64::from), 1 => Just(f64::NAN), 1 => Just(-0.0)];
    prop::collection::vec(value, 1..150)
}

proptest! {
    /// The distances of all values from any center, in order, and the median of them.
    #[test]
    fn distances_are_those_of_sorting(values in gappy(), window in 1_usize..40, center in prop_oneof![-3.0..3.0_f64, Just(0.0_f64), -1e3..1e3_f64]) {
        let mut rolling = RollingQuantile::builder(window).min_periods(1).build().unwrap();
        for (i, x) in values.iter().enumerate() {
            rolling.update(*x);
            let seen: Vec<f64> = values[(i + 1).saturating_sub(window)..=i].iter().copied().filter(|x| !x.is_nan()).collect();
            prop_assert_eq!(rolling.mad(), evenkeel_series::quantile::mad(&seen));
            let mut distances: Vec<f64> = seen.iter().map(|x| f64::abs(x - center)).collect();
            distances.sort_by(f64::total_cmp);
            for (rank, distance) in distances.iter().enumerate() {
                prop_assert_eq!(rolling.distance(center, rank), Some(*distance));
            }
            prop_assert_eq!(rolling.distance(center, seen.len()), None);
        }
        prop_assert_eq!(rolling.distance(f64::NAN, 0), None);
    }

    #[test]
    fn every_window_agrees_with_sorting(values in gappy(), window in 1_usize..40, min in 1_usize..40, p in 0.0..=1.0, number in 1_u8..=9) {
        let min = min.min(window);
        let quantile = Quantile::new(p).unwrap().definition(QuantileDefinition::try_from(number).unwrap());
        let mut rolling = RollingQuantile::builder(window).min_periods(min).quantile(quantile).build().unwrap();
        for (i, x) in values.iter().enumerate() {
            let seen: Vec<f64> = values[(i + 1).saturating_sub(window)..=i].iter().copied().filter(|x| !x.is_nan()).collect();
            let said = rolling.update(*x);
            prop_assert_eq!(rolling.count(), seen.len());
            prop_assert_eq!(said.is_some(), seen.len() >= min);
            prop_assert_eq!(rolling.quantile(&quantile), quantile.of(&seen));
            if said.is_some() { prop_assert_eq!(said, quantile.of(&seen)); }
            prop_assert_eq!(rolling.below(0.5), seen.iter().filter(|x| **x < 0.5).count());
        }
        rolling.reset();
        prop_assert_eq!(rolling.count(), 0);
        prop_assert_eq!(rolling.update(f64::NAN), None);
    }

    #[test]
    fn moments_of_all_are_those_of_the_slice(values in gappy(), at in 0_usize..150) {
        let mut whole = ExpandingMoments::new(1).unwrap();
        whole.run(values.iter().copied()).for_each(drop);
        let (first, second) = values.split_at(at.min(values.len()));
        let mut merged = ExpandingMoments::new(1).unwrap();
        merged.run(first.iter().copied()).for_each(drop);
        let mut rest = ExpandingMoments::new(1).unwrap();
        rest.run(second.iter().copied()).for_each(drop);
        merged.merge(&rest);
        let expected = Moments::of(&values);
        for ours in [whole.moments(), merged.moments()] {
            prop_assert_eq!(ours.is_some(), expected.is_some());
            if let (Some(ours), Some(expected)) = (ours, expected) {
                prop_assert_eq!(ours.count(), expected.count());
                prop_assert!(close(ours.mean(), expected.mean(), 1e-10, 1e-10));
                if let Some(v) = expected.variance() { prop_assert!(close(ours.variance().unwrap(), v, 1e-9, 1e-9)); }
            }
        }
    }

    #[test]
    fn weights_halve_in_time(samples in prop::collection::vec((0_i64..200, prop_oneof![8 => -1e3..1e3, 1 => Just(f64::NAN)]), 1..40), half in 1_u64..100) {
        let mut ewm = TimeEwm::new(Duration::from_secs(half)).unwrap();
        let (mut now, mut said, mut seen) = (0, None, Vec::new());
        for (step, x) in samples {
            now += step;
            said = ewm.update(At::new(Timestamp::from_seconds(now), x));
            if !x.is_nan() { seen.push((now, x)); }
        }
        prop_assert_eq!(said.is_some(), !seen.is_empty());
        if let (Some(said), Some((last, _))) = (said, seen.last().copied()) {
            let weight = |t: i64| (-(last - t) as f64 / half as f64).exp2();
            let sum: f64 = seen.iter().map(|(t, _)| weight(*t)).sum();
            let squares: f64 = seen.iter().map(|(t, _)| weight(*t).powi(2)).sum();
            let mean = seen.iter().map(|(t, x)| weight(*t) * x).sum::<f64>() / sum;
            prop_assert!(close(said.mean(), mean, 1e-9, 1e-9));
            let bias = 1.0 - squares / (sum * sum);
            if bias > 1e-3 {
                let variance = seen.iter().map(|(t, x)| weight(*t) * (x - mean).powi(2)).sum::<f64>() / sum / bias;
                prop_assert!(close(said.variance().unwrap(), variance, 1e-6, 1e-6));
            }
        }
    }
}

#[test]
fn late_samples_count_as_now() {
    let mut ewm = TimeEwm::new(Duration::from_secs(10)).unwrap();
    ewm.update(At::new(Timestamp::from_seconds(100), 1.0));
    let said = ewm.update(At::new(Timestamp::from_seconds(40), 3.0)).unwrap();
    assert_eq!((said.mean(), ewm.late(), ewm.observed()), (2.0, 1, 2));
    assert_close!(said.variance().unwrap(), 2.0, 1e-14, 0.0);
}
