//! Slices of time.

use core::time::Duration;
use evenkeel_core::{At, Stage, Timestamp};
use evenkeel_experience::slo::{Events, TimeSlices};

const MINUTE: Duration = Duration::from_secs(60);

fn second(s: i64, good: u64, bad: u64) -> At<Events> {
    At::new(Timestamp::from_seconds(s), Events::new(good, bad))
}

#[test]
fn a_slice_exactly_at_its_target_is_good() {
    // 0.95 is no float: a hair above or below would decide it.
    let mut slices = TimeSlices::new(MINUTE, 0.95).unwrap();
    let ended: Vec<_> = [second(0, 95, 5), second(60, 949, 51), second(120, 951, 49), second(180, 0, 0)]
        .into_iter()
        .map(|x| slices.update(x).unwrap())
        .collect();
    assert_eq!(ended, [Events::NONE, Events::new(1, 0), Events::new(0, 1), Events::new(1, 0)]);
}

#[test]
fn quiet_slices_count_as_much_as_busy_ones_and_empty_ones_not_at_all() {
    let mut slices = TimeSlices::ratios(MINUTE).unwrap();
    let mut sum = Events::NONE;
    // Half of two events, none of a million, then silence.
    for x in [second(0, 1, 1), second(60, 1_000_000, 0), second(120, 0, 0), second(600, 0, 0)] {
        sum += slices.update(x).unwrap();
    }
    assert_eq!(sum, Events::new(1_500_000, 500_000));
    // A third is rounded to the nearest millionth.
    let _ = slices.update(second(600, 1, 2));
    assert_eq!(slices.update(second(700, 0, 0)), Some(Events::new(333_333, 666_667)));
}

#[test]
fn what_is_refused() {
    for target in [0.0, -0.5, 1.000_000_1, f64::NAN] {
        assert!(TimeSlices::new(MINUTE, target).is_err(), "{target}");
    }
    assert!(TimeSlices::new(MINUTE, 1.0).is_ok());
    assert!(TimeSlices::ratios(Duration::ZERO).is_err() && TimeSlices::ratios(MINUTE * 1441).is_err());
}
