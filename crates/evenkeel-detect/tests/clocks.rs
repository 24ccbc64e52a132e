//! Clocks that are wrong: no time stops a stage for good.

use TransitionKind::{Cleared, Raised};
use core::time::Duration;
use evenkeel_core::{At, Calibrated, Direction, Score, Stage, Timestamp, Transition, TransitionKind};
use evenkeel_detect::Alarm;
use evenkeel_detect::alarm::AlarmBuilder;
use evenkeel_detect::outlier::SeasonalProfile;
use proptest::prelude::*;

const DAY: i64 = 86_400;

fn minutes(m: u64) -> Duration {
    Duration::from_secs(60 * m)
}

fn calibrated(p: f64) -> Calibrated {
    Calibrated::new(p, Score::new(1.0, Direction::Up).unwrap()).unwrap()
}

/// Ten hours at a value a minute with two outages of an hour each; the clock says what `seconds` makes of the
/// minute.
fn two_outages(builder: AlarmBuilder, seconds: impl Fn(i64) -> i64) -> (Vec<(TransitionKind, i64)>, Alarm) {
    let mut alarm = builder.build().unwrap();
    let mut told = Vec::new();
    for m in 0..600_i64 {
        let bad = (100..160).contains(&m) || (300..360).contains(&m);
        let x = At::new(Timestamp::from_seconds(seconds(m)), calibrated(if bad { 1e-5 } else { 0.5 }));
        if let Some(t) = alarm.update(x) {
            told.push((t.kind, m));
        }
    }
    (told, alarm)
}

fn builder(min_duration: u64) -> AlarmBuilder {
    Alarm::builder(1e-3).min_duration(minutes(min_duration)).clear_after(minutes(10))
}

#[test]
fn an_alarm_survives_one_time_in_the_future() {
    for min_duration in [0, 5] {
        let on_time = |start| start + min_duration as i64;
        let right = [(Raised, on_time(100)), (Cleared, 170), (Raised, on_time(300)), (Cleared, 370)];
        for ahead in [DAY, 365 * DAY, i64::MAX / 2] {
            for when in [3, 50, 102, 130, 165] {
                let (told, alarm) = two_outages(builder(min_duration), |m| {
                    (60 * m).saturating_add(if m == when { ahead } else { 0 })
                });
                assert_eq!(told, right, "{ahead} s ahead at {when}");
                assert_eq!((alarm.watermark().refuted(), alarm.late()), (1, 0));
            }
        }
    }
}

#[test]
fn an_alarm_survives_any_clock() {
    type Clock = fn(i64) -> i64;
    let clocks: [(&str, Clock); 12] = [
        ("the first time is a day ahead", |m| 60 * m + if m == 0 { DAY } else { 0 }),
        ("the first time is the last there is", |m| if m == 0 { i64::MAX } else { 60 * m }),
        ("the first time is the first there is", |m| if m == 0 { i64::MIN } else { 60 * m }),
        ("an hour ahead once", |m| 60 * m + if m == 50 { 3600 } else { 0 }),
        ("a day ahead for an hour", |m| 60 * m + if (20..80).contains(&m) { DAY } else { 0 }),
        ("a day ahead for five values", |m| 60 * m + if (40..45).contains(&m) { DAY } else { 0 }),
        ("set back by an hour", |m| 60 * m - if m >= 50 { 3600 } else { 0 }),
        ("set back by a year in an outage", |m| 60 * m - if m >= 130 { 365 * DAY } else { 0 }),
        ("set forward by a year in an outage", |m| 60 * m + if m >= 130 { 365 * DAY } else { 0 }),
        ("every seventh is a year ahead", |m| 60 * m + if m % 7 == 0 { 365 * DAY } else { 0 }),
        ("every seventh is the last there is", |m| if m % 7 == 0 { i64::MAX } else { 60 * m }),
        ("every seventh is the first there is", |m| if m % 7 == 0 { i64::MIN } else { 60 * m }),
    ];
    for (what, clock) in clocks {
        for min_duration in [0, 5] {
            let (told, alarm) = two_outages(builder(min_duration), clock);
            let kinds: Vec<_> = told.iter().map(|(kind, _)| *kind).collect();
            assert_eq!(kinds, [Raised, Cleared, Raised, Cleared], "{what}: {told:?}");
            let near = |(_, m): (TransitionKind, i64), right: i64| (-7..=24).contains(&(m - right));
            let late = told.iter().zip([100, 170, 300, 370]).all(|(t, right)| near(*t, right));
            assert!(late, "{what}: {told:?}, {:?}", alarm.watermark());
        }
    }
}

/// What a clock does to a time in seconds, at a place in the stream.
#[derive(Debug, Clone, Copy)]
enum Fault {
    Ahead(i64),
    Fixed(i64),
}

impl Fault {
    fn applied(self, seconds: i64) -> i64 {
        match self {
            Self::Ahead(by) => seconds.saturating_add(by),
            Self::Fixed(at) => at,
        }
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        prop::sample::select(vec![-365 * DAY, -DAY, -3600, -60, 60, 3600, DAY, 365 * DAY, i64::MAX])
            .prop_map(Fault::Ahead),
        prop::sample::select(vec![i64::MIN, -1, 0, 1, i64::MAX]).prop_map(Fault::Fixed),
    ]
}

/// Runs of wrong times: where each begins, how long it is, what is wrong.
fn faults() -> impl Strategy<Value = Vec<(usize, usize, Fault)>> {
    prop::collection::vec((0_usize..400, 1_usize..40, fault()), 0..8)
}

fn wrong(faults: &[(usize, usize, Fault)], i: usize, seconds: i64) -> i64 {
    let inside = faults.iter().find(|(from, length, _)| (*from..from + length).contains(&i));
    inside.map_or(seconds, |(_, _, fault)| fault.applied(seconds))
}

proptest! {
    /// Whatever the clock did, an outage that begins 40 values after it is right again is raised and cleared,
    /// once, and no later than with a right clock; and no transition is told out of order.
    #[test]
    fn an_alarm_recovers_from_hostile_clocks(faults in faults(), min_duration in 0_u64..10, gap in prop::option::of(2_u64..60), bad in 0_usize..440) {
        let mut builder = Alarm::builder(1e-3).min_duration(minutes(min_duration)).clear_after(minutes(10));
        if let Some(gap) = gap {
            builder = builder.max_gap(minutes(gap));
        }
        let mut alarm = builder.build().unwrap();
        let mut told: Vec<(usize, Transition)> = Vec::new();
        for i in 0..800_usize {
            let abnormal = (bad..bad + 30).contains(&i) || (550..650).contains(&i);
            let seconds = wrong(&faults, i, 1_700_000_000 + 60 * i as i64);
            let x = At::new(Timestamp::from_seconds(seconds), calibrated(if abnormal { 1e-5 } else { 0.5 }));
            told.extend(alarm.update(x).map(|t| (i, t)));
        }
        let expected = [(Raised, 550 + min_duration as usize), (Cleared, 660)];
        let last: Vec<_> = told.iter().filter(|(i, _)| *i >= 520).map(|(i, t)| (t.kind, *i)).collect();
        prop_assert_eq!(&last, &expected);
        for (i, (_, t)) in told.iter().enumerate() {
            prop_assert_eq!(t.kind == Raised, i % 2 == 0);
            prop_assert!(t.start <= t.peak.time && t.peak.time <= t.at && t.end.is_none_or(|end| t.start <= end && end <= t.at));
        }
    }

    /// A profile goes on learning: after wrong times and two weeks of another level, it expects that level.
    #[test]
    fn a_seasonal_profile_goes_on_learning(faults in faults()) {
        let mut profile = SeasonalProfile::builder().memory(Duration::from_secs(86_400)).build().unwrap();
        let hour = |i: usize| 1_700_000_000 + 3600 * i as i64;
        for i in 0..440 {
            let seconds = wrong(&faults, i, hour(i));
            profile.update(At::new(Timestamp::from_seconds(seconds), 10.0 + (i * 7919 % 13) as f64 / 13.0));
        }
        for i in 440..440 + 21 * 24 * 7 {
            profile.update(At::new(Timestamp::from_seconds(hour(i)), 20.0 + (i * 7919 % 13) as f64 / 13.0));
        }
        let next = Timestamp::from_seconds(hour(440 + 21 * 24 * 7));
        let expected = profile.expected(next).unwrap();
        prop_assert!((expected.mean() - 20.5).abs() < 1.0, "{expected:?}");
    }
}

/// A lasting change of level is learned as fast after a time in the future as without one.
#[test]
fn a_time_in_the_future_does_not_stop_a_profile_from_forgetting() {
    let weeks_until = |glitch: Option<i64>| {
        let mut profile = SeasonalProfile::builder().build().unwrap();
        let noise = |i: i64| (i * 7919 % 13) as f64 / 13.0;
        for i in 0..24 * 7 * 60_i64 {
            let seconds = 3600 * i;
            if i == 24 * 7 * 4
                && let Some(ahead) = glitch
            {
                for _ in 0..3 {
                    profile.update(At::new(Timestamp::from_seconds(seconds.saturating_add(ahead)), 10.0));
                }
            }
            let level = if i < 24 * 7 * 30 { 10.0 } else { 20.0 };
            profile.update(At::new(Timestamp::from_seconds(seconds), level + noise(i)));
            if i > 24 * 7 * 30 && profile.expected(Timestamp::from_seconds(seconds)).unwrap().mean() > 19.0 {
                return i / (24 * 7);
            }
        }
        i64::MAX
    };
    let right = weeks_until(None);
    assert!(right < 60);
    for ahead in [DAY, 400 * DAY, i64::MAX] {
        assert!(
            weeks_until(Some(ahead)) <= right + 1,
            "{ahead}: {} against {right}",
            weeks_until(Some(ahead))
        );
    }
}
