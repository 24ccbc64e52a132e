//! Counters to increases.

use evenkeel_core::{Stage, Timestamp};
use evenkeel_ingest::{CounterRate, Increase, STALE_MARKER, Sample, SeriesKind};
use proptest::prelude::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn amounts(rate: &mut CounterRate, samples: &[(i64, f64, Option<i64>)]) -> Vec<Option<f64>> {
    let samples = samples.iter().map(|&(t, v, s)| Sample::new(at(t), v).since(s.map(at)));
    samples.map(|sample| rate.update(sample).map(|increase| increase.amount)).collect()
}

#[test]
fn a_smaller_value_is_a_restart() {
    let mut rate = CounterRate::new();
    let seen = amounts(&mut rate, &[(0, 10.0, None), (10, 15.0, None), (20, 3.0, None), (30, 3.0, None)]);
    assert_eq!(seen, [None, Some(5.0), Some(3.0), Some(0.0)]);
    assert_eq!(rate.decreased(), 0);
}

#[test]
fn a_start_timestamp_tells_more() {
    let mut rate = CounterRate::new();
    let seen = amounts(
        &mut rate,
        &[
            (10, 10.0, Some(5)), // all of it since the start
            (20, 15.0, Some(5)),
            (30, 20.0, Some(25)), // a restart that the value hides
            (40, 21.0, Some(24)), // a start that is only said less exactly
            (50, 1.0, Some(24)),  // a fall that cannot be
            (60, 2.0, Some(50)),  // at the time of the last sample
        ],
    );
    assert_eq!(seen, [Some(10.0), Some(5.0), Some(20.0), Some(1.0), Some(1.0), Some(2.0)]);
    assert_eq!(rate.decreased(), 1);
    // A start after the value itself says nothing.
    assert_eq!(CounterRate::new().update(Sample::new(at(1), 5.0).since(Some(at(2)))), None);
}

#[test]
fn missing_values_and_disorder_teach_nothing() {
    let mut rate = CounterRate::new();
    let stale = f64::from_bits(STALE_MARKER);
    let seen = amounts(
        &mut rate,
        &[
            (0, 10.0, None),
            (10, f64::NAN, None),
            (20, stale, None),
            (30, f64::INFINITY, None),
            (35, -1.0, None),
            (40, 14.0, None),
            (40, 15.0, None),
            (39, 16.0, None),
            (50, 17.0, None),
        ],
    );
    assert_eq!(seen.iter().flatten().copied().collect::<Vec<_>>(), [4.0, 3.0]);
    assert_eq!(rate.late(), 2);
}

#[test]
fn amounts_of_their_own() {
    let mut rate = CounterRate::delta();
    let seen = amounts(&mut rate, &[(10, 5.0, None), (20, 3.0, None), (30, 8.0, Some(25))]);
    assert_eq!(seen, [None, Some(3.0), Some(8.0)]);
    let last = rate.update(Sample::new(at(40), 10.0).since(Some(at(35)))).unwrap();
    assert_eq!((last.from, last.per_second()), (at(35), 2.0));
    assert!(CounterRate::of(SeriesKind::Gauge).is_none());
    rate.reset();
    assert_eq!(rate, CounterRate::delta());
}

proptest! {
    /// Whatever arrives: increases are at least 0, finite, of some length, and add up to the end of a counter.
    #[test]
    fn nothing_is_invented(samples in proptest::collection::vec((0i64..100, 0u32..50, proptest::option::of(0i64..100)), 0..40)) {
        let mut rate = CounterRate::new();
        for (t, v, start) in samples {
            if let Some(Increase { amount, .. }) = rate.update(Sample::new(at(t), f64::from(v)).since(start.map(at))) {
                prop_assert!((0.0..=f64::from(v)).contains(&amount));
            }
        }
    }

    #[test]
    fn without_restart_increases_add_up(steps in proptest::collection::vec(0u32..50, 2..40)) {
        let mut rate = CounterRate::new();
        let (mut value, mut sum) = (1000.0, 0.0);
        for (t, step) in (0..).zip(&steps) {
            value += f64::from(*step);
            sum += rate.update(Sample::new(at(t), value)).map_or(0.0, |i| i.amount);
        }
        prop_assert_eq!(sum, steps[1..].iter().map(|&n| f64::from(n)).sum::<f64>());
    }
}
