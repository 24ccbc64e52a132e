//! The regular series.

use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_series::Series;
use proptest::prelude::*;

const MINUTE: Duration = Duration::from_secs(60);

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn five() -> Series {
    Series::new(at(600), MINUTE, vec![0.0, 1.0, f64::NAN, 3.0, 4.0]).unwrap()
}

#[test]
fn settings_are_validated() {
    assert!(Series::new(at(0), Duration::ZERO, vec![1.0]).is_err());
    assert!(Series::new(at(0), Duration::MAX, vec![1.0]).is_err());
    assert!(Series::new(Timestamp::MAX, MINUTE, vec![1.0]).is_ok());
    assert!(Series::new(Timestamp::MAX, MINUTE, vec![1.0, 2.0]).is_err());
    let late = Timestamp::from_nanos(i64::MAX - 10);
    assert!(Series::new(late, Duration::from_nanos(10), vec![1.0; 2]).is_ok());
    assert!(Series::new(late, Duration::from_nanos(11), vec![1.0; 2]).is_err());
    let longest = Duration::from_nanos(i64::MAX as u64);
    // The grid goes from one end of time to the other, further than an i64 counts.
    let whole = Series::new(Timestamp::MIN, longest, vec![1.0, 2.0, 3.0]).unwrap();
    assert_eq!(whole.time(2), Some(Timestamp::from_nanos(i64::MAX - 1)));
    assert_eq!(whole.index(Timestamp::MAX), Some(2));
    assert!(Series::new(Timestamp::MIN, longest, vec![1.0; 4]).is_err());
}

#[test]
fn what_is_not_observed_is_missing() {
    let series = Series::new(at(0), MINUTE, vec![f64::INFINITY, 1e101, -1e100, f64::NAN]).unwrap();
    assert_eq!((series.observed(), series.len()), (1, 4));
    assert_eq!((series.value(0), series.value(2), series.value(9)), (None, Some(-1e100), None));
    assert!(series.values()[0].is_nan());
    assert_eq!(series, series.clone());
}

#[test]
fn times_and_cells_belong_together() {
    let series = five();
    assert_eq!((series.start(), series.end(), series.step()), (at(600), at(900), MINUTE));
    assert_eq!((series.time(4), series.time(5)), (Some(at(840)), None));
    assert_eq!(
        (series.index(at(599)), series.index(at(600)), series.index(at(659))),
        (None, Some(0), Some(0))
    );
    assert_eq!(
        (series.index(at(899)), series.index(at(900)), series.index(Timestamp::MAX)),
        (Some(4), None, None)
    );
    assert_eq!(series.iter().len(), 5);
    assert_eq!(series.iter().next_back().map(|x| (x.time, x.value)), Some((at(840), 4.0)));
}

#[test]
fn a_part_is_taken_by_its_times() {
    let series = five();
    assert_eq!(series.range(at(601)..at(841)), 1..5);
    assert_eq!(series.range(Timestamp::MIN..Timestamp::MAX), 0..5);
    assert_eq!(series.range(at(800)..at(700)), 4..4);
    let part = series.between(at(660)..at(780));
    assert_eq!((part.start(), part.len(), part.value(0)), (at(660), 2, Some(1.0)));
    assert!(series.between(at(0)..at(10)).is_empty());
}

#[test]
fn a_cell_is_added_while_there_is_time() {
    let mut series = five();
    series.push(f64::NAN).unwrap();
    assert_eq!((series.len(), series.value(5)), (6, None));
    let mut last = Series::new(Timestamp::MAX, MINUTE, vec![1.0]).unwrap();
    assert!(last.push(1.0).is_err());
    assert_eq!(last.len(), 1);
}

#[test]
fn a_series_is_written_and_read_back_and_nonsense_refused() {
    let series = five();
    let text = serde_json::to_string(&series).unwrap();
    assert!(text.contains("\"NaN\""), "{text}");
    assert_eq!(serde_json::from_str::<Series>(&text).unwrap(), series);
    for other in [
        text.replace("60000000000", "0"),
        text.replace("600000000000", "9223372036854775807"),
        text.replace("60000000000", "18446744073709551615"),
    ] {
        assert!(serde_json::from_str::<Series>(&other).is_err(), "{other}");
    }
}

proptest! {
    #[test]
    fn the_cell_of_a_cells_time_is_that_cell(start: i64, step in 1..i64::MAX, length in 0_usize..40) {
        let Ok(series) = Series::new(Timestamp::from_nanos(start), Duration::from_nanos(step as u64), vec![1.0; length]) else {
            return Ok(());
        };
        for (i, x) in series.iter().enumerate() {
            prop_assert_eq!(series.index(x.time), Some(i));
            prop_assert_eq!(series.time(i), Some(x.time));
            prop_assert_eq!(series.range(x.time..Timestamp::MAX).start, i);
        }
    }
}
