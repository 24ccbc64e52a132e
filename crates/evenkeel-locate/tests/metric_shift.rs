//! How far metrics move.

use crate::shop::{FAULT, ROWS, START, STEP, at, column, metric};
use evenkeel_core::{Direction, MetricKind};
use evenkeel_locate::{Case, Localizer, Metric, MetricShift, Shift};
use std::time::Duration;

fn shift_with(localizer: &MetricShift, metric: Metric<'_>, stated: usize) -> Option<Shift> {
    let case = Case::builder(START, STEP, at(stated)).metric(metric).build().unwrap();
    localizer.shifts(&case)[0]
}

fn shift(metric: Metric<'_>, stated: usize) -> Option<Shift> {
    shift_with(&MetricShift::default(), metric, stated)
}

#[test]
fn the_scale_is_the_largest_of_three() {
    // The guard is half of the 20 rows before the stated time. A constant baseline: 2 % of the level.
    let constant: Vec<f64> = (0..30).map(|row| if row < 20 { 10.0 } else { 12.0 }).collect();
    let found = shift(metric("a", "cpu", constant), 20).unwrap();
    assert_eq!((found.expected, found.observed, found.direction), (10.0, 12.0, Direction::Up));
    assert!((found.scales - 10.0).abs() < 1e-12 && (found.score - 11.0_f64.ln()).abs() < 1e-12);

    // -1, 1, -1, ...: median 0, IQR 2, sd near 1.05, so the IQR rules.
    let wave: Vec<f64> = (0..30).map(|row| if row >= 20 { 9.0 } else { [-1.0, 1.0][row % 2] }).collect();
    let found = shift(metric("a", "cpu", wave), 20).unwrap();
    assert!((found.scales - 9.0 / (2.0 / 1.349)).abs() < 1e-12);

    // One spike among zeros: the IQR is 0 and half of the standard deviation rules.
    let spike: Vec<f64> = (0..30).map(|row| if row == 3 || row >= 20 { 1.0 } else { 0.0 }).collect();
    let found = shift(metric("a", "cpu", spike), 20).unwrap();
    assert!((found.scales - 1.0 / (0.5 * 0.1_f64.sqrt())).abs() < 1e-12);

    // From nothing at all: 1 / 2 %, whatever the unit.
    for level in [1e-9, 1.0, 1e9] {
        let appears: Vec<f64> = (0..30).map(|row| if row < 20 { 0.0 } else { level }).collect();
        assert_eq!(shift(metric("a", "errors", appears), 20).unwrap().scales, 50.0);
    }
}

#[test]
fn a_spike_in_the_window_is_no_shift() {
    let mut values = column(1, 1.0, 1.0);
    values[FAULT + 7] = 1e6;
    assert!(shift(metric("a", "cpu", values), FAULT).unwrap().scales < 2.0);
}

#[test]
fn the_direction_and_the_kind_count() {
    let up = || column(1, 1.0, 3.0);
    let down = || column(1, 1.0, 0.01);
    let score = |kind, values: Vec<f64>| shift(metric("a", "m", values).kind(kind), FAULT).unwrap();
    assert!(score(MetricKind::Latency, up()).score > 2.0);
    let harmless = score(MetricKind::Latency, down());
    let either = score(MetricKind::Other, down());
    assert_eq!(harmless.direction, Direction::Down);
    assert!((harmless.score - 0.3 * either.score).abs() < 1e-12 && either.score > 1.0);
    assert_eq!(score(MetricKind::Availability, down()).score, either.score);
    assert_eq!(score(MetricKind::Traffic, up()).score, 0.0);
}

#[test]
fn the_guard_band_survives_a_late_alarm() {
    let late = FAULT + 30;
    let values = || column(1, 1.0, 5.0);
    let guarded = shift(metric("a", "cpu", values()), late).unwrap();
    let bare = MetricShift::builder().guard(Duration::ZERO).build().unwrap();
    let unguarded = shift_with(&bare, metric("a", "cpu", values()), late).unwrap();
    assert!(guarded.scales > 5.0 * unguarded.scales, "{} against {}", guarded.scales, unguarded.scales);
    // And an early one, so long as more than a quarter of the window shows the fault.
    assert!(shift(metric("a", "cpu", values()), FAULT - 100).unwrap().scales > 20.0);
}

#[test]
fn the_window_can_be_limited() {
    let mut values = column(1, 1.0, 5.0);
    values[FAULT + 8..].fill(1.0);
    let short = MetricShift::builder().window(8 * STEP).build().unwrap();
    assert!(shift_with(&short, metric("a", "cpu", values.clone()), FAULT).unwrap().scales > 20.0);
    assert!(shift(metric("a", "cpu", values), FAULT).unwrap().scales < 2.0);
}

#[test]
fn too_little_is_left_out() {
    let values = |observed: std::ops::Range<usize>| {
        metric(
            "a",
            "cpu",
            (0..ROWS).map(|row| if observed.contains(&row) { 1.0 } else { f64::NAN }).collect(),
        )
    };
    assert_eq!(shift(values(0..0), FAULT), None);
    assert_eq!(shift(values(0..FAULT), FAULT), None);
    assert_eq!(shift(values(0..FAULT + 2), FAULT), None);
    assert!(shift(values(0..FAULT + 3), FAULT).is_some());
    assert_eq!(shift(values(FAULT / 2 - 7..ROWS), FAULT), None);
    assert!(shift(values(FAULT / 2 - 8..ROWS), FAULT).is_some());
}

#[test]
fn a_steady_case_has_no_suspect_above_the_noise() {
    let metrics = (0..200).map(|i| metric(&format!("c{i}"), "cpu", column(i, 1.0, 1.0)));
    let case = Case::builder(START, STEP, at(FAULT)).metrics(metrics).build().unwrap();
    let ranking = MetricShift::default().rank(&case);
    assert!(ranking.first().unwrap().score() < ranking.noise());
}

#[test]
fn settings_are_judged() {
    assert!(MetricShift::builder().quantile(0.4).build().is_err());
    assert!(MetricShift::builder().quantile(f64::NAN).build().is_err());
    assert!(MetricShift::builder().relative_floor(-0.1).build().is_err());
    assert!(MetricShift::builder().wrong_direction(1.1).build().is_err());
    assert!(MetricShift::builder().window(Duration::ZERO).build().is_err());
    assert!(MetricShift::builder().guard(Duration::MAX).build().is_ok());
}
