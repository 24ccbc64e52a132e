//! Polling without holes, without repetition, without zeros that nobody measured.

use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_ingest::prometheus::{Backfill, Range};
use evenkeel_ingest::{Labels, Sample, Series, SeriesKind};
use proptest::prelude::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

#[test]
fn no_data_is_not_zero() {
    let range = Range::new(at(10), at(50), seconds(10)).unwrap();
    let mut series = Series::new(Labels::default(), SeriesKind::Gauge);
    assert!(Backfill::steps(range, &series).iter().all(|step| step.value.is_none()));
    series.samples = vec![
        Sample::new(at(5), 9.0),
        Sample::new(at(20), 0.0),
        Sample::new(at(25), 9.0),
        Sample::new(at(30), f64::NAN),
        Sample::new(at(50), 3.0),
    ];
    let values: Vec<_> = Backfill::steps(range, &series).iter().map(|step| step.value).collect();
    assert_eq!(values, [None, Some(0.0), None, None, Some(3.0)]);
}

#[test]
fn too_long_an_outage_is_counted() {
    let mut polls = Backfill::new(seconds(10), seconds(0), seconds(100)).unwrap().since(at(0));
    let range = polls.due(at(1000)).unwrap();
    assert_eq!((range.start, polls.given_up()), (at(900), 90));
    // Asked again without an answer: nothing is counted twice.
    assert_eq!((polls.due(at(1000)), polls.given_up()), (Some(range), 90));
    polls.answered(range);
    assert_eq!(polls.due(at(1009)), None);
    // An old answer takes nothing back.
    polls.answered(Range::new(at(0), at(10), seconds(10)).unwrap());
    assert_eq!(polls.due(at(1010)).unwrap().start, at(1010));
    assert!(Backfill::new(Duration::ZERO, seconds(1), seconds(1)).is_err());
}

#[test]
fn more_than_one_query_may_hold_is_asked_for_in_parts() {
    let mut polls = Backfill::new(seconds(1), seconds(0), seconds(1_000_000)).unwrap().since(at(0));
    let mut n = 0;
    while let Some(range) = polls.due(at(30_000)) {
        assert!(range.len() <= 11_001);
        assert_eq!(range.start, at(n));
        n += i64::try_from(range.len()).unwrap();
        polls.answered(range);
    }
    assert_eq!(n, 30_001);
    let mut ends = Backfill::new(Duration::from_millis(1), Duration::MAX, Duration::MAX).unwrap();
    let _ = (ends.due(Timestamp::MIN), ends.due(Timestamp::MAX));
}

proptest! {
    /// Whenever it is asked and whatever fails: every step once, in order.
    #[test]
    fn every_step_once(polls in proptest::collection::vec((0i64..50, any::<bool>()), 1..60), step in 1u64..20) {
        let mut backfill = Backfill::new(seconds(step), seconds(7), seconds(1_000_000)).unwrap();
        let (mut now, mut next) = (10_000, None);
        for (wait, works) in polls {
            now += wait;
            let Some(range) = backfill.due(at(now)) else { continue };
            prop_assert_eq!(range.start, next.unwrap_or(range.start));
            prop_assert!(range.end <= at(now - 7));
            if works {
                backfill.answered(range);
                next = Some(range.end + seconds(step));
            } else {
                next = Some(range.start);
            }
        }
        prop_assert_eq!(backfill.given_up(), 0);
    }
}
