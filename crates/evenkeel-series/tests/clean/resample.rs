//! From samples to series.

use super::at;
use core::time::Duration;
use evenkeel_core::{At, Error, Timestamp};
use evenkeel_series::{Aggregate, Resample, Series};
use evenkeel_testing::reference::close;
use proptest::prelude::*;

const MINUTE: Duration = Duration::from_secs(60);
const ALL: [Aggregate; 8] = [
    Aggregate::Mean,
    Aggregate::Sum,
    Aggregate::First,
    Aggregate::Last,
    Aggregate::Min,
    Aggregate::Max,
    Aggregate::Count,
    Aggregate::Rate,
];

fn by(aggregate: Aggregate) -> Resample {
    Resample::new(MINUTE, aggregate).unwrap()
}

/// Missing as -1, for comparing.
fn values(series: &Series) -> Vec<f64> {
    series.values().iter().map(|x| if x.is_nan() { -1.0 } else { *x }).collect()
}

#[test]
fn each_policy_does_what_it_says() {
    // Two samples at second 70, the second one a correction; nothing in the third minute; out of order.
    let samples = [at(10, 4.0), at(190, 9.0), at(50, 1.0), at(70, 5.0), at(70, 7.0), at(20, f64::NAN)];
    for (aggregate, expected) in [
        (Aggregate::Mean, [2.5, 6.0, -1.0, 9.0]),
        (Aggregate::Sum, [5.0, 12.0, 0.0, 9.0]),
        (Aggregate::First, [4.0, 5.0, -1.0, 9.0]),
        (Aggregate::Last, [1.0, 7.0, -1.0, 9.0]),
        (Aggregate::Min, [1.0, 5.0, -1.0, 9.0]),
        (Aggregate::Max, [4.0, 7.0, -1.0, 9.0]),
        (Aggregate::Count, [2.0, 2.0, 0.0, 1.0]),
        // 4 → 1 is a reset: 1 in 40 s; then 1 → 7 in 20 s; then 7 → 9 in 120 s.
        (Aggregate::Rate, [1.0 / 40.0, 6.0 / 20.0, -1.0, 2.0 / 120.0]),
    ] {
        let resampled = by(aggregate).apply(samples).unwrap();
        assert_eq!(values(resampled.series()), expected, "{aggregate:?}");
        assert_eq!(resampled.series().start(), Timestamp::EPOCH);
        let report = resampled.report();
        assert_eq!((report.samples(), report.missing(), report.duplicates()), (5, 1, 1));
        assert_eq!((report.out_of_order(), report.empty(), report.outside()), (4, 1, 0));
        assert_eq!(report.resets(), usize::from(aggregate == Aggregate::Rate));
    }
}

#[test]
fn a_series_from_samples_is_the_resampled_one() {
    let samples = [at(190, 9.0), at(10, 4.0), at(50, 1.0), at(70, 5.0)];
    let series = Series::from_samples(samples, MINUTE, Aggregate::Mean).unwrap();
    assert_eq!(values(&series), [2.5, 5.0, -1.0, 9.0]);
    assert_eq!((series.start(), series.step()), (Timestamp::EPOCH, MINUTE));
    let error = Series::from_samples([], MINUTE, Aggregate::Mean).unwrap_err();
    assert_eq!(error, Error::TooShort { needed: 1, got: 0 });
    assert!(Series::from_samples(samples, Duration::ZERO, Aggregate::Mean).is_err());
}

#[test]
fn cells_are_aligned_as_asked_for() {
    let samples = [at(60, 1.0), at(61, 2.0), at(120, 3.0)];
    let start = by(Aggregate::Count).apply(samples).unwrap();
    assert_eq!(
        (start.series().start(), start.series().values()),
        (Timestamp::from_seconds(60), &[2.0, 1.0][..])
    );
    let end = by(Aggregate::Count).closed_at_end().apply(samples).unwrap();
    assert_eq!((end.series().start(), end.series().values()), (Timestamp::from_seconds(60), &[1.0, 2.0][..]));
    let shifted = by(Aggregate::Count).origin(Timestamp::from_seconds(1_000_000_001)).apply(samples).unwrap();
    assert_eq!(shifted.series().start(), Timestamp::from_seconds(41));
    assert_eq!(shifted.series().values(), [2.0, 1.0]);
}

#[test]
fn a_given_range_gives_the_grid() {
    let samples = [at(10, 1.0), at(70, 2.0), at(400, 3.0)];
    let range = Timestamp::from_seconds(30)..Timestamp::from_seconds(240);
    let resampled = by(Aggregate::Mean).between(range.clone()).apply(samples).unwrap();
    assert_eq!(resampled.series().start(), Timestamp::from_seconds(60));
    assert_eq!(values(resampled.series()), [2.0, -1.0, -1.0]);
    assert_eq!((resampled.report().outside(), resampled.report().samples()), (2, 1));
    // Without samples the grid is there all the same.
    let empty = by(Aggregate::Count).between(range.clone()).apply([]).unwrap();
    assert_eq!(empty.series().values(), [0.0; 3]);
    // A counter is followed from before the range.
    let rate = by(Aggregate::Rate).between(range).apply(samples).unwrap();
    assert_eq!(rate.series().values()[0], 1.0 / 60.0);
    assert!(by(Aggregate::Mean).between(Timestamp::MAX..Timestamp::MIN).apply(samples).is_err());
    assert!(by(Aggregate::Mean).between(Timestamp::MIN..Timestamp::MAX).apply(samples).is_err());
}

#[test]
fn bad_input_is_refused_by_name() {
    assert!(Resample::new(Duration::ZERO, Aggregate::Mean).is_err());
    assert!(Resample::new(Duration::MAX, Aggregate::Mean).is_err());
    let nothing = Err(Error::TooShort { needed: 1, got: 0 });
    assert_eq!(by(Aggregate::Mean).apply([]), nothing);
    assert_eq!(by(Aggregate::Mean).apply([at(1, f64::NAN), at(2, 1e101)]), nothing);
    assert_eq!(by(Aggregate::Rate).apply([at(1, -5.0)]), nothing);
    let far = by(Aggregate::Mean).apply([At::new(Timestamp::MIN, 1.0), At::new(Timestamp::MAX, 1.0)]);
    let message = far.unwrap_err().to_string();
    assert!(message.contains("307445736 cells, at most 10000000 are allowed"), "{message}");
    assert!(by(Aggregate::Mean).max_cells(2).apply([at(0, 1.0), at(179, 1.0)]).is_err());
    assert!(by(Aggregate::Mean).max_cells(3).apply([at(0, 1.0), at(179, 1.0)]).is_ok());
    // The cell of the first representable time would begin before it.
    assert!(by(Aggregate::Mean).apply([At::new(Timestamp::MIN, 1.0)]).is_err());
    assert!(by(Aggregate::Mean).apply([At::new(Timestamp::MAX, 1.0)]).is_ok());
    assert!(by(Aggregate::Mean).closed_at_end().apply([At::new(Timestamp::MAX, 1.0)]).is_err());
}

#[test]
fn constant_single_and_huge_samples_are_fine() {
    for aggregate in ALL {
        let one = by(aggregate).apply([at(5, 1e100)]).unwrap();
        assert_eq!(one.series().len(), 1);
        let huge = by(aggregate).apply((0..100).map(|i| at(i, 1e100))).unwrap();
        assert_eq!(huge.series().len(), 2);
        if aggregate == Aggregate::Mean {
            assert_eq!(huge.series().values(), [1e100; 2]);
        }
    }
    // A sum beyond the largest value is missing.
    let sum = by(Aggregate::Sum).apply([at(1, 1e100), at(2, 1e100)]).unwrap();
    assert_eq!(sum.series().observed(), 0);
}

#[test]
fn a_gap_in_a_counter_is_no_spike() {
    let steady = (0..100).filter(|i| !(20..60).contains(i)).map(|i| at(15 * i, 30.0 * i as f64));
    let rate = by(Aggregate::Rate).apply(steady).unwrap();
    assert!(rate.series().values().iter().all(|x| x.is_nan() || *x == 2.0));
    assert_eq!(rate.report().empty(), 10);
}

/// What a counter's rate says, times the time it is about, is what the counter grew by, resets included.
#[test]
fn a_counter_that_restarts_keeps_its_rate() {
    let mut counter = 0.0;
    let scraped = (0..400).map(|i| {
        counter = if i % 90 == 70 { 3.0 } else { counter + 3.0 };
        at(6 * i, counter)
    });
    let rate = by(Aggregate::Rate).apply(scraped).unwrap();
    assert_eq!(rate.report().resets(), 4);
    assert!(rate.series().values().iter().all(|x| *x == 0.5), "{:?}", rate.series().values());
}

fn samples() -> impl Strategy<Value = Vec<At<f64>>> {
    let value = prop_oneof![8 => -1e3..1e3, 1 => Just(f64::NAN), 1 => Just(0.1)];
    prop::collection::vec((-500_i64..2000, value).prop_map(|(s, x)| at(s, x)), 1..80)
}

fn shuffled(samples: &[At<f64>], seed: u64) -> Vec<At<f64>> {
    let mut source = evenkeel_testing::Source::new(seed);
    let mut shuffled = samples.to_vec();
    for i in (1..shuffled.len()).rev() {
        shuffled.swap(i, source.below(i + 1));
    }
    shuffled
}

proptest! {
    #[test]
    fn order_does_not_matter(samples in samples(), seed: u64, distinct: bool) {
        let mut samples = samples;
        if distinct {
            samples.sort_by_key(|x| x.time);
            samples.dedup_by_key(|x| x.time);
        }
        for aggregate in ALL {
            let by_arrival = matches!(aggregate, Aggregate::First | Aggregate::Last | Aggregate::Rate);
            if by_arrival && !distinct {
                continue;
            }
            let one = by(aggregate).apply(samples.iter().copied());
            let other = by(aggregate).apply(shuffled(&samples, seed));
            match (one, other) {
                (Ok(one), Ok(other)) => {
                    prop_assert_eq!(one.series(), other.series());
                    prop_assert_eq!(one.report().duplicates(), other.report().duplicates());
                }
                (one, other) => prop_assert_eq!(one, other),
            }
        }
    }

    #[test]
    fn nothing_is_lost(samples in samples()) {
        let Ok(counted) = by(Aggregate::Count).apply(samples.iter().copied()) else { return Ok(()) };
        let report = counted.report();
        let total: f64 = counted.series().values().iter().sum();
        prop_assert_eq!(total, report.samples() as f64);
        prop_assert_eq!(report.samples() + report.missing() + report.outside(), samples.len());
        let summed = by(Aggregate::Sum).apply(samples.iter().copied()).unwrap();
        let expected: f64 = samples.iter().map(|x| x.value).filter(|x| !x.is_nan()).sum();
        prop_assert!(close(summed.series().values().iter().sum(), expected, 1e-9, 1e-9));
        let empty = counted.series().values().iter().filter(|x| **x == 0.0).count();
        prop_assert_eq!(empty, report.empty());
    }

    #[test]
    fn every_sample_is_in_the_cell_of_its_time(samples in samples(), step in 1_u64..400, origin in -1000_i64..1000) {
        let resample = Resample::new(Duration::from_secs(step), Aggregate::Max).unwrap().origin(Timestamp::from_seconds(origin));
        let Ok(resampled) = resample.apply(samples.iter().copied()) else { return Ok(()) };
        for x in samples.iter().filter(|x| !x.value.is_nan()) {
            let index = resampled.series().index(x.time);
            prop_assert!(index.is_some_and(|i| resampled.series().values()[i] >= x.value));
        }
        prop_assert_eq!((resampled.series().start().as_seconds() - origin).rem_euclid(step as i64), 0);
    }

    #[test]
    fn scale_and_shift_go_through(samples in samples(), scale in 0.01..100.0, shift in -100.0..100.0) {
        for aggregate in [Aggregate::Mean, Aggregate::Last, Aggregate::Min, Aggregate::Max] {
            let moved = samples.iter().map(|x| x.map(|x| x * scale + shift));
            let (Ok(one), Ok(other)) = (by(aggregate).apply(samples.iter().copied()), by(aggregate).apply(moved)) else { return Ok(()) };
            for (a, b) in one.series().values().iter().zip(other.series().values()) {
                prop_assert!(close(*b, a * scale + shift, 1e-9, 1e-9));
            }
        }
    }

    #[test]
    fn hostile_times_never_panic(times in prop::collection::vec(any::<i64>(), 0..20), step in 1..u64::MAX, origin: i64, end: bool) {
        let Ok(resample) = Resample::new(Duration::from_nanos(step), Aggregate::Rate) else { return Ok(()) };
        let resample = resample.origin(Timestamp::from_nanos(origin)).max_cells(1000);
        let resample = if end { resample.closed_at_end() } else { resample };
        if let Ok(resampled) = resample.apply(times.iter().map(|t| At::new(Timestamp::from_nanos(*t), 1.0))) {
            prop_assert!(resampled.series().len() <= 1000);
        }
    }
}
