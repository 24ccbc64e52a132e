//! Clocks that are wrong: no time stops a stage for good.

use core::time::Duration;
use evenkeel_core::{At, SourceHealth, Stage, Timestamp};
use evenkeel_series::clean::Quality;
use evenkeel_series::rolling::{TimeEwm, TimeExtremes, TimeMoments, TimeQuantile};
use evenkeel_testing::assert_close;
use proptest::prelude::*;

const DAY: i64 = 86_400;

/// What a clock does to a time in seconds.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Ahead(i64),
    Fixed(i64),
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        prop::sample::select(vec![-365 * DAY, -DAY, -3600, -60, 60, 3600, DAY, 365 * DAY, i64::MAX])
            .prop_map(Fault::Ahead),
        prop::sample::select(vec![i64::MIN, -1, 0, 1, i64::MAX]).prop_map(Fault::Fixed),
    ]
}

/// Runs of wrong times among the first 440: where each begins, how long it is, what is wrong.
fn faults() -> impl Strategy<Value = Vec<(usize, usize, Fault)>> {
    prop::collection::vec((0_usize..400, 1_usize..40, fault()), 0..8)
}

/// A sample every ten seconds, on a clock with those faults.
fn sample(faults: &[(usize, usize, Fault)], i: usize) -> At<f64> {
    let right = 1_700_000_000 + 10 * i as i64;
    let fault = faults.iter().find(|(from, length, _)| (*from..from + length).contains(&i));
    let seconds = match fault {
        None => right,
        Some((.., Fault::Ahead(by))) => right.saturating_add(*by),
        Some((.., Fault::Fixed(at))) => *at,
    };
    At::new(Timestamp::from_seconds(seconds), (i * 7919 % 101) as f64)
}

/// When the clock has been right for long enough that nothing older is in a window of five minutes.
const RECOVERED: usize = 440 + 24 + 30;

proptest! {
    #[test]
    fn windows_recover_from_hostile_clocks(faults in faults()) {
        let minutes = Duration::from_secs(300);
        let mut moments = TimeMoments::builder(minutes, 100).build().unwrap();
        let mut extremes = TimeExtremes::builder(minutes, 100).build().unwrap();
        let mut median = TimeQuantile::builder(minutes, 100).build().unwrap();
        let (mut right_moments, mut right_extremes, mut right_median) = (moments.clone(), extremes.clone(), median.clone());
        for i in 0..600 {
            let (wrong, right) = (sample(&faults, i), sample(&[], i));
            let said = (moments.update(wrong), extremes.update(wrong), median.update(wrong));
            let expected = (right_moments.update(right), right_extremes.update(right), right_median.update(right));
            if i >= RECOVERED {
                let (m, e) = (said.0.unwrap(), expected.0.unwrap());
                prop_assert_eq!((m.count(), said.1, said.2), (e.count(), expected.1, expected.2));
                assert_close!(m.mean(), e.mean(), 1e-12, 0.0);
                prop_assert!(moments.is_exact());
            }
        }
    }

    #[test]
    fn exponential_weights_recover_from_hostile_clocks(faults in faults()) {
        let mut ewm = TimeEwm::new(Duration::from_secs(10)).unwrap();
        let mut right = ewm.clone();
        for i in 0..600 {
            let (said, expected) = (ewm.update(sample(&faults, i)).unwrap(), right.update(sample(&[], i)).unwrap());
            if i >= 440 + 24 + 60 {
                assert_close!(said.mean(), expected.mean(), 1e-9, 0.0);
                assert_close!(said.variance().unwrap(), expected.variance().unwrap(), 1e-9, 0.0);
            }
        }
    }

    #[test]
    fn a_quality_watch_recovers_from_hostile_clocks(faults in faults()) {
        let mut watch = Quality::new().step(Duration::from_secs(10)).watch().unwrap();
        for i in 0..700 {
            let health = watch.update(sample(&faults, i));
            if i >= 440 + 24 + 2 * 64 {
                prop_assert_eq!(health, Some(SourceHealth::Fresh), "{}", i);
            }
        }
    }
}

#[test]
fn one_time_in_the_future_moves_no_window() {
    let mut moments = TimeMoments::builder(Duration::from_secs(60), 100).build().unwrap();
    for i in 0..20 {
        let leap = if i == 10 { DAY } else { 0 };
        let said = moments.update(At::new(Timestamp::from_seconds(10 * i + leap), 1.0)).unwrap();
        // The sample counts at the time before: beside five or six others, and one less once it has left.
        let right = 6.min(i as u64 + 1);
        assert!((right - u64::from(i > 10)..=right + u64::from(i == 10)).contains(&said.count()), "at {i}");
    }
}

#[test]
fn a_clock_that_is_set_back_is_noticed_in_disorder_too() {
    let mut watch = Quality::new().step(Duration::from_secs(10)).watch().unwrap();
    let mut said = Vec::new();
    for i in 0..400_i64 {
        // Set back by a day, and from then on every third pair is delivered the wrong way around.
        let i = if i < 200 { i } else { i - 8640 + [0, 1, -1][(i % 3) as usize] };
        said.extend(watch.update(At::new(Timestamp::from_seconds(10 * i), (i * 7919 % 101) as f64)));
    }
    assert!(said[200..].contains(&SourceHealth::Unreliable(evenkeel_core::Unreliable::ClockSkew)));
    assert!(
        !matches!(said[399], SourceHealth::Unreliable(evenkeel_core::Unreliable::Late)),
        "{:?}",
        said[399]
    );
}
