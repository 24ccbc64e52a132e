//! The recommended monitor.

use crate::stream::normal;
use core::time::Duration;
use evenkeel_core::{At, Error, Snapshot, Stage, Timed, Timestamp, Transition, TransitionKind, restore};
use evenkeel_detect::alarm::ScoreAlarm;
use evenkeel_detect::monitor::DefaultMonitorBuilder;
use evenkeel_detect::{DefaultDetector, DefaultMonitor};

const STEP: Duration = Duration::from_secs(60);

/// One false alarm in so many steps.
fn builder(steps: u32) -> DefaultMonitorBuilder {
    DefaultMonitor::builder(1.0, steps * STEP, STEP)
}

fn at(i: u32, x: f64) -> At<f64> {
    At::new(Timestamp::EPOCH + i * STEP, x)
}

fn watch(
    monitor: &mut impl Stage<At<f64>, Output = Transition>,
    values: impl IntoIterator<Item = f64>,
) -> Vec<Transition> {
    (0..).zip(values).filter_map(|(i, x)| monitor.update(at(i, x))).collect()
}

fn raised(seen: &[Transition]) -> Vec<Timestamp> {
    seen.iter().filter(|t| t.kind == TransitionKind::Raised).map(|t| t.start).collect()
}

#[test]
fn it_is_the_detector_and_the_alarm() {
    let series = || {
        normal(8).take(2_500).enumerate().map(|(i, z)| if (2_000..2_020).contains(&i) { z + 15.0 } else { z })
    };
    let alarm = ScoreAlarm::builder(1.0, 1_440 * STEP, STEP).build().unwrap();
    let mut line = Timed(DefaultDetector::builder().build().unwrap()).then(alarm);
    let mut monitor = builder(1_440).build().unwrap();
    let seen = watch(&mut monitor, series());
    assert_eq!(seen, watch(&mut line, series()));
    assert!(raised(&seen).contains(&at(2_000, 0.0).time), "{seen:?}");
    assert_eq!(seen.last().map(|t| t.kind), Some(TransitionKind::Cleared));
    assert!(!monitor.alarm().is_raised());
}

/// One false alarm in 500 values is allowed, 36 in what is tested of these 20,000.
#[test]
fn the_budget_holds_on_noise() {
    let seen = watch(&mut builder(500).build().unwrap(), normal(9).take(20_000));
    let raised = raised(&seen).len();
    assert!(raised <= 50, "{raised} in 20,000 values");
}

#[test]
fn settings_have_their_ranges() {
    assert!(builder(49).build().is_err());
    let refused = builder(1_000).calibration(3).build().unwrap_err();
    assert!(matches!(refused, Error::Parameter { name: "calibration", .. }), "{refused}");
    let other = builder(1_000).seed(1).clear_after(STEP).build().unwrap();
    assert_ne!(other, builder(1_000).clear_after(STEP).build().unwrap());
}

/// The snapshot after 500 values, by its digest: its parts, `DefaultDetector` and `ScoreAlarm`, have golden
/// files. Another digest is another format, or are other numbers: raise the version of the schema if that is
/// meant.
#[test]
fn the_golden_snapshot_is_reproduced() {
    let mut monitor = builder(1_000).calibration(200).build().unwrap();
    watch(&mut monitor, normal(10).take(500));
    let text = serde_json::to_string(&monitor.snapshot()).unwrap();
    // FNV-1a.
    let digest = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    assert_eq!((text.len(), format!("{digest:016x}").as_str()), (1_796_008, "823748daf88de7c7"));
    let restored: DefaultMonitor = restore(&mut serde_json::Deserializer::from_str(&text)).unwrap();
    assert_eq!(restored, monitor);
}

/// The example of the recipes: two days of a cycle of 30 minutes; in the second, one cycle runs backwards.
#[test]
fn a_cycle_that_runs_backwards_is_one_event() {
    let value = |t: u32| {
        let phase = if (2_010..2_040).contains(&t) { 29 - t % 30 } else { t % 30 };
        f64::from(phase) + f64::from(t * 7919 % 23) / 20.0
    };
    let raised = raised(&watch(&mut builder(1_440).build().unwrap(), (0..2_880).map(value)));
    assert_eq!(raised.len(), 1, "{raised:?}");
    assert!((at(2_010, 0.0).time..at(2_050, 0.0).time).contains(&raised[0]), "{raised:?}");
}
