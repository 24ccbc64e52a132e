//! The metric shift localizer.

use crate::shop::{FAULT, ROWS, START, STEP, at, column, metric};
use evenkeel_core::{Direction, MetricKind, Unit};
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
}

/// Median, quartiles and standard deviation of baselines of many lengths, in any order, against plain ones.
#[test]
fn baselines_are_interpolated_and_do_not_depend_on_order() {
    let localizer = MetricShift::builder().guard(Duration::ZERO).build().unwrap();
    let mut by_the_quartiles = 0;
    for n in 8..30 {
        let sorted: Vec<f64> = (0..n).map(|i| f64::from(i * i)).collect();
        let quantile = |p: f64| {
            let place = p * f64::from(n - 1);
            let below = place as usize;
            sorted[below]
                + place.fract() * (sorted.get(below + 1).copied().unwrap_or(sorted[below]) - sorted[below])
        };
        let mean = sorted.iter().sum::<f64>() / f64::from(n);
        let variance = sorted.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(n - 1);
        let quartiles = (quantile(0.75) - quantile(0.25)) / 1.349;
        by_the_quartiles += usize::from(quartiles > 0.5 * variance.sqrt());
        let scale = quartiles.max(0.5 * variance.sqrt()).max(0.02 * quantile(0.5));
        for shuffle in [1, 37] {
            let mut values: Vec<f64> = (0..n).map(|i| sorted[(i * shuffle % n) as usize]).collect();
            values.extend([1e4; 10]);
            let found = shift_with(&localizer, metric("a", "cpu", values), n as usize).unwrap();
            assert!((found.expected - quantile(0.5)).abs() < 1e-12, "{n} {shuffle} {found:?}");
            let scales = (1e4 - quantile(0.5)) / scale;
            assert!((found.scales / scales - 1.0).abs() < 1e-12, "{n} {shuffle} {} {scales}", found.scales);
        }
    }
    assert!(by_the_quartiles > 10);
}

fn from_nothing(name: &str, level: f64) -> Metric<'static> {
    metric("a", name, (0..30).map(|row| if row < 20 { 0.0 } else { level }).collect())
}

/// A column that was always zero has no scale of its own: what its quantity means to people is its scale.
#[test]
fn from_nothing_a_move_counts_by_what_it_means() {
    let scales = |metric: Metric<'static>| shift(metric, 20).unwrap().scales;
    // A share: a thousandth is nothing, and 20 % is nearly as much as can be.
    for name in ["errors", "error_share", "http_errors_ratio"] {
        assert!(scales(from_nothing(name, 1e-9)) < 1e-5, "{name}");
        assert!(scales(from_nothing(name, 1e-3)) < 1.0, "{name}");
        assert!((30.0..50.0).contains(&scales(from_nothing(name, 0.2))), "{name}");
    }
    // The unit may be said, or be part of the name.
    let seconds = |level| scales(from_nothing("wait", level).unit(Unit::Seconds));
    assert!(seconds(1e-6) < 0.01 && seconds(2.0) > 40.0);
    for (name, in_unit) in [("wait_seconds", 1.0), ("wait_ms", 1e3), ("wait_us", 1e6)] {
        let named = |seconds: f64| scales(from_nothing(name, in_unit * seconds));
        assert!((named(0.05) - seconds(0.05)).abs() < 1e-9 && named(1e-6) < 0.01, "{name}");
    }
    let percent = |level| scales(from_nothing("errors_percent", level));
    assert!((percent(20.0) - scales(from_nothing("error_ratio", 0.2))).abs() < 1e-9);
    for (unit, nothing, much) in [
        (Unit::Count, 0.01, 500.0),
        (Unit::Bytes, 10.0, 1e9),
        (Unit::PerSecond, 1e-9, 50.0),
        (Unit::Ratio, 1e-9, 0.5),
    ] {
        let level = |level| scales(from_nothing("m", level).unit(unit));
        assert!(level(nothing) < 0.1 && level(much) > 40.0, "{unit:?}");
    }
    // Whole numbers are counts.
    assert!(scales(from_nothing("queue", 1.0)) < 2.0 && scales(from_nothing("queue", 500.0)) > 40.0);
    // Nothing is known at all: enough to be named, whatever the unit, and no more.
    for level in [1.5e-9, 1.5, 1.5e6 + 0.5] {
        assert_eq!(scales(from_nothing("level", level)), 10.0);
    }
}

/// What a baseline that is not quite constant hides just as well.
#[test]
fn a_tiny_scale_is_none() {
    let column = |after: f64| -> Vec<f64> {
        (0..30).map(|row| if row < 20 { 1e-12 * [1.0, 2.0][row % 2] } else { after }).collect()
    };
    assert!(shift(metric("a", "error_ratio", column(1e-9)), 20).unwrap().scales < 1e-3);
    assert!(shift(metric("a", "error_ratio", column(0.2)), 20).unwrap().scales > 50.0);
    assert!(shift(metric("a", "wait", column(1e-9)).unit(Unit::Seconds), 20).unwrap().scales < 2.0);
}

/// Others of the same quantity tell how large it usually is.
#[test]
fn peers_are_a_scale() {
    let scales = |name: &'static str, level: f64| {
        let usual = (0..30).map(|row| 0.04 + 0.001 * f64::from(row % 3)).collect();
        let case = Case::builder(START, STEP, at(20));
        let case = case.metric(from_nothing(name, level)).metric(metric("b", name, usual)).build().unwrap();
        MetricShift::default().shifts(&case)[0].unwrap().scales
    };
    for name in ["latency_p99", "level", "latency_seconds"] {
        assert!(scales(name, 1e-9) < 0.01 && scales(name, 0.4) > 40.0, "{name}");
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
fn settings_are_validated() {
    assert!(MetricShift::builder().quantile(0.4).build().is_err());
    assert!(MetricShift::builder().quantile(f64::NAN).build().is_err());
    assert!(MetricShift::builder().relative_floor(-0.1).build().is_err());
    assert!(MetricShift::builder().wrong_direction(1.1).build().is_err());
    assert!(MetricShift::builder().window(Duration::ZERO).build().is_err());
    assert!(MetricShift::builder().guard(Duration::MAX).build().is_ok());
}
