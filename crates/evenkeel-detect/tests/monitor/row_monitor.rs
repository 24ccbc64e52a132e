//! The monitor of rows.

use super::monitor::time;
use crate::stream::normal;
use core::time::Duration;
use evenkeel_core::{At, Error, Snapshot, Stage, TransitionKind, restore};
use evenkeel_detect::Budget;
use evenkeel_detect::Monitor;
use evenkeel_detect::ensemble::Tier;
use evenkeel_detect::monitor::{Alert, MonitorBuilder, MonitorEvent, RowMonitor};

fn fast() -> MonitorBuilder {
    Monitor::builder(Budget::per_day(1.0).unwrap()).tier(Tier::Fast)
}

fn rows(width: usize, length: usize, event: impl Fn(usize, usize) -> Option<f64>) -> Vec<Vec<f64>> {
    let mut noise = normal(1);
    let value = |i, column, z: f64| event(i, column).unwrap_or(10.0 * column as f64 + z);
    (0..length).map(|i| (0..width).map(|column| value(i, column, noise.next().unwrap())).collect()).collect()
}

fn watch(monitor: &mut RowMonitor, from: u32, rows: &[Vec<f64>]) -> Vec<MonitorEvent> {
    (from..).zip(rows).filter_map(|(i, row)| monitor.update(At::new(time(i), &row[..]))).collect()
}

#[test]
fn settings_have_their_ranges() {
    for width in [0, 10_001] {
        let refused = fast().build_rows(width).unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: "width", .. }), "{refused}");
    }
    assert!(fast().step(Duration::ZERO).build_rows(1).is_err());
}

#[test]
fn the_column_is_named() {
    let mut monitor = fast().build_rows(3).unwrap();
    let rows = rows(3, 2_000, |i, column| ((1_500..1_505).contains(&i) && column == 2).then_some(60.0));
    let told = watch(&mut monitor, 0, &rows);
    let alerts: Vec<Alert> = told.iter().filter_map(|event| event.alert().copied()).collect();
    let first = alerts[0];
    assert_eq!(
        (first.kind(), first.start(), first.dimension()),
        (TransitionKind::Raised, time(1_500), Some(2))
    );
    assert_eq!(first.observed(), 60.0);
    assert!((first.expected().unwrap().mean() - 20.0).abs() < 2.0);
    assert_eq!(alerts.last().unwrap().kind(), TransitionKind::Cleared);
    assert_eq!(alerts.iter().filter(|alert| alert.kind() == TransitionKind::Raised).count(), 1, "{told:?}");
}

/// A row of one column is a series.
#[test]
fn one_column_is_a_monitor() {
    let rows = rows(1, 2_500, |i, _| match i {
        1_500..1_520 | 2_000 => Some(12.0),
        2_100..2_110 => Some(f64::NAN),
        _ => None,
    });
    let mut row = fast().build_rows(1).unwrap();
    let mut single = Monitor::builder(Budget::per_day(1.0).unwrap()).tier(Tier::Fast).build().unwrap();
    let expected: Vec<_> =
        (0..).zip(&rows).filter_map(|(i, row)| single.update(At::new(time(i), row[0]))).collect();
    assert!(!expected.is_empty());
    assert_eq!(watch(&mut row, 0, &rows), expected);
}

/// A row of another length is missing altogether, a missing column alone.
#[test]
fn what_is_missing() {
    let mut monitor = fast().build_rows(2).unwrap();
    let _ = watch(&mut monitor, 0, &rows(2, 1_500, |_, _| None));
    let before = monitor.detectors()[1].clone();
    assert_eq!(monitor.update(At::new(time(1_500), &[1.0][..])), None);
    assert_eq!(monitor.update(At::new(time(1_501), &[1.0, 2.0, 3.0][..])), None);
    let lost = monitor.tick(time(1_506));
    assert_eq!(lost, Some(MonitorEvent::Lost { at: time(1_506), since: time(1_499) }));
    assert_eq!(monitor.detectors()[1].innovation(), None);
    let told = monitor.update(At::new(time(1_507), &[90.0, f64::NAN][..]));
    assert_eq!(told, Some(MonitorEvent::Returned { at: time(1_507), since: time(1_499) }));
    let told = monitor.tick(time(1_507)).unwrap();
    assert_eq!(told.alert().and_then(Alert::dimension), Some(0), "{told:?}");
    assert_ne!(monitor.detectors()[1], before, "time went on for it");
}

#[test]
fn a_snapshot_goes_on_and_reset_is_fresh() {
    let all = rows(3, 1_800, |i, column| (i >= 1_500 && column == 1).then_some(40.0));
    let mut whole = fast().build_rows(3).unwrap();
    let _ = watch(&mut whole, 0, &all[..1_502]);
    assert!(whole.is_raised());
    let text = serde_json::to_string(&whole.snapshot()).unwrap();
    let mut part: RowMonitor = restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
    assert_eq!(watch(&mut part, 1_502, &all[1_502..]), watch(&mut whole, 1_502, &all[1_502..]));
    assert_eq!(part, whole);
    whole.set_budget(Budget::per_week(1.0).unwrap()).unwrap();
    assert_eq!(whole.budget(), Budget::per_week(1.0).unwrap());
    whole.set_budget(Budget::per_day(1.0).unwrap()).unwrap();
    whole.reset();
    assert_eq!(whole, fast().build_rows(3).unwrap());
}
