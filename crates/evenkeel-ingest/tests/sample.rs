//! Series: order, staleness, gaps, the grid of a query.

use core::time::Duration;
use evenkeel_core::Timestamp;
use evenkeel_ingest::{
    FindingKind, Findings, Labels, STALE_MARKER, Sample, Series, SeriesKind, is_stale_marker, merge_series,
};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds)
}

fn series(samples: &[(i64, f64)]) -> Series {
    let mut series = Series::new(Labels::new([("__name__", "x")]).unwrap(), SeriesKind::Gauge);
    series.samples = samples.iter().map(|&(t, v)| Sample::new(at(t), v)).collect();
    series
}

const STALE: f64 = f64::from_bits(STALE_MARKER);

#[test]
fn a_stale_marker_is_no_measured_nan() {
    assert!(is_stale_marker(STALE));
    assert!(!is_stale_marker(f64::NAN));
    assert!(!is_stale_marker(f64::from_bits(0x7ff8_0000_0000_0001)));
}

#[test]
fn the_grid_looks_back_and_ends_at_a_stale_marker() {
    let seconds = Duration::from_secs;
    let series = series(&[(10, 1.0), (20, 2.0), (25, STALE), (50, 3.0)]);
    let grid = series.on_grid(at(0), seconds(10), 8, seconds(12)).unwrap();
    let expected = [f64::NAN, 1.0, 2.0, f64::NAN, f64::NAN, 3.0, 3.0, f64::NAN];
    assert!(grid.iter().zip(expected).all(|(a, b)| a.to_bits() == b.to_bits()), "{grid:?}");
    assert_eq!(series.gaps(seconds(10)), [(at(20), at(50))]);
    // Without the marker only the length tells.
    let mut open = series.clone();
    open.samples.remove(2);
    assert_eq!(open.gaps(seconds(30)), []);
    assert_eq!(open.gaps(seconds(29)), [(at(20), at(50))]);
    assert!(series.on_grid(at(0), Duration::ZERO, 1, seconds(1)).is_err());
}

#[test]
fn the_first_of_two_values_at_one_time_is_kept() {
    let mut one = series(&[(20, 2.0), (10, 1.0), (20, 2.0), (20, 9.0), (30, f64::NAN), (30, f64::NAN)]);
    let mut findings = Findings::default();
    one.tidy(&mut findings);
    assert_eq!(one.samples[..2], [Sample::new(at(10), 1.0), Sample::new(at(20), 2.0)]);
    assert_eq!(one.samples.len(), 3);
    let counts = [FindingKind::OutOfOrder, FindingKind::RepeatedSample, FindingKind::ConflictingSamples];
    assert_eq!(counts.map(|kind| findings.count(kind)), [1, 2, 1]);
    assert!(series(&[(2, 0.0), (1, 0.0)]).on_grid(at(0), Duration::from_secs(1), 1, Duration::MAX).is_err());
}

#[test]
fn times_in_the_future_are_those_of_arrival() {
    let mut one = series(&[(10, 1.0), (11, 2.0), (9_000_000_000, 3.0)]);
    let mut findings = Findings::default();
    one.clamp_future(at(10), Duration::from_secs(5), &mut findings);
    assert_eq!(one.samples.iter().map(|s| s.time).collect::<Vec<_>>(), [at(10), at(11), at(10)]);
    assert_eq!(findings.count(FindingKind::FutureTime), 1);
}

#[test]
fn equal_labels_become_one_series() {
    let mut untold = series(&[(10, 1.0)]);
    untold.kind = SeriesKind::Unknown;
    let merged = merge_series(vec![untold, series(&[(5, 0.0), (20, 2.0)])], &mut Findings::default());
    assert_eq!(merged.len(), 1);
    assert_eq!((merged[0].kind, merged[0].samples.len()), (SeriesKind::Gauge, 3));
}
