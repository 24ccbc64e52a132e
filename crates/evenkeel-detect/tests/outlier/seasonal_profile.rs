use crate::stream::normal;
use core::time::Duration;
use evenkeel_core::{At, Error, Stage, Timestamp};
use evenkeel_detect::outlier::{Cycle, SeasonalProfile};
use proptest::prelude::*;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Monday 2023-11-13, 00:00 UTC.
const MONDAY: i64 = 1_699_833_600;

fn at(second: i64, x: f64) -> At<f64> {
    At::new(Timestamp::from_seconds(second), x)
}

fn daily() -> evenkeel_detect::outlier::SeasonalProfileBuilder {
    SeasonalProfile::builder().cycle(Cycle::Day)
}

proptest! {
    /// Without fading and outliers a slot's level is the mean of its values.
    #[test]
    fn levels_are_means(values in prop::collection::vec(-1.0..1.0, 24 * 5..24 * 12)) {
        let mut profile = daily().memory(Duration::MAX).reach(Duration::ZERO).build().unwrap();
        let expected = |t: i64, n: usize| {
            // All of the same hour before; to begin with, where the spread is that of few values, all but
            // bounded.
            let of: Vec<f64> = (0..n).filter(|i| (*i as i64 - t) % 24 == 0).map(|i| 100.0 + values[i]).collect();
            of.iter().sum::<f64>() / of.len() as f64
        };
        for (i, x) in values.iter().enumerate() {
            let score = profile.update(at(MONDAY + HOUR * i as i64, 100.0 + x));
            prop_assert_eq!(score.is_some(), i >= 3 * 24);
            let Some(score) = score else { continue };
            let (said, mean) = (score.expected().unwrap().mean(), expected(i as i64, i));
            if i < 4 * 24 {
                prop_assert!((said - mean).abs() < 1e-9, "{said} {mean}");
            } else {
                prop_assert!((said - mean).abs() < 1.0);
            }
            prop_assert_eq!(profile.expected(Timestamp::from_seconds(MONDAY + HOUR * i as i64)).is_some(), true);
        }
    }

    /// Another unit and another zero change nothing.
    #[test]
    fn it_is_equivariant(seed in 0_u64..1000, power in -20..20_i32, zero in -100.0..100.0) {
        let unit = 2.0_f64.powi(power);
        let (mut plain, mut moved) = (SeasonalProfile::builder().build().unwrap(), SeasonalProfile::builder().build().unwrap());
        for (i, z) in normal(seed).take(24 * 40).enumerate() {
            let second = MONDAY + HOUR * i as i64;
            let (a, b) = (plain.update(at(second, z)), moved.update(at(second, unit * (z + zero))));
            let (a, b) = (a.map_or(0.0, |s| s.signed()), b.map_or(0.0, |s| s.signed()));
            prop_assert!((a - b).abs() < 1e-6 * (1.0 + a.abs()), "{a} {b}");
        }
    }
}

/// A load by the local clock, a value every ten minutes: quiet nights, a steep morning.
fn load(local: i64, z: f64) -> f64 {
    let hour = local.rem_euclid(DAY) / HOUR;
    (if (8..18).contains(&hour) { 200.0 } else { 20.0 }) + 4.0 * z
}

/// Offset of a zone that goes from +2 h to +1 h on 2023-10-29 at 01:00 UTC, and back on 2024-03-31.
fn zone(time: Timestamp) -> i32 {
    let winter = (1_698_541_200..1_711_846_800).contains(&time.as_seconds());
    if winter { 3_600 } else { 7_200 }
}

#[test]
fn daylight_saving_is_no_incident() {
    let (from, until) = (MONDAY - 60 * DAY, MONDAY + 200 * DAY);
    let builder = daily();
    let [mut told, mut untold] = [
        builder.clone().offsets_by(Timestamp::from_seconds(from), Timestamp::from_seconds(until), zone),
        builder.offset(7_200),
    ]
    .map(|b| b.build().unwrap());
    let mut worst = [0.0_f64; 2];
    for (second, z) in (from..until).step_by(600).zip(normal(3)) {
        let x = load(second + i64::from(zone(Timestamp::from_seconds(second))), z);
        let scores = [told.update(at(second, x)), untold.update(at(second, x))];
        if second > from + 10 * DAY {
            for (worst, score) in worst.iter_mut().zip(scores) {
                *worst = worst.max(score.unwrap().value());
            }
        }
    }
    assert!(worst[0] < 6.5, "with the changes: {}", worst[0]);
    assert!(worst[1] > 15.0, "without: {}", worst[1]);
    // A list says the same as the function.
    let change = |second: i64, to: i32| (Timestamp::from_seconds(second), to);
    let [autumn, spring] = [change(1_698_541_200, 3_600), change(1_711_846_800, 7_200)];
    let listed = daily().offset(7_200).offset_from(autumn.0, autumn.1).offset_from(spring.0, spring.1);
    let found = daily().offsets_by(Timestamp::from_seconds(from), Timestamp::from_seconds(until), zone);
    assert_eq!(listed, found);
}

#[test]
fn weekdays_are_not_weekends() {
    let mut profile = SeasonalProfile::builder().build().unwrap();
    let usual = |second: i64| if (second - MONDAY).rem_euclid(7 * DAY) >= 5 * DAY { 10.0 } else { 100.0 };
    for (i, z) in normal(8).take(24 * 7 * 6).enumerate() {
        let second = MONDAY + HOUR * i as i64;
        profile.update(at(second, usual(second) + z));
    }
    let next = MONDAY + 42 * DAY + 12 * HOUR;
    for day in 0..7 {
        let second = next + day * DAY;
        let expected = profile.expected(Timestamp::from_seconds(second)).unwrap();
        assert!((expected.mean() - usual(second)).abs() < 2.5 && expected.sd() < 2.5, "{day}: {expected:?}");
    }
    assert!(profile.update(at(next, 10.0)).unwrap().value() > 30.0, "a Monday like a Sunday");
}

/// Slots without values borrow: from the other days, then from the times beside them, and not from the other
/// end of the day.
#[test]
fn slots_without_values_borrow() {
    let mut profile = SeasonalProfile::builder().build().unwrap();
    // Mondays to Wednesdays alone, and never from 10 to 12 nor from 14 to 24.
    for week in 0..5 {
        for day in 0..3 {
            for hour in (0..14).filter(|hour| !(10..12).contains(hour)) {
                for part in 0..2 {
                    let second = MONDAY + (7 * week + day) * DAY + hour * HOUR + part * 1_800;
                    profile.update(at(second, 10.0 * hour as f64 + part as f64));
                }
            }
        }
    }
    let mean = |day: i64, hour: i64| {
        let time = Timestamp::from_seconds(MONDAY + (35 + day) * DAY + hour * HOUR);
        profile.expected(time).map(|p| p.mean())
    };
    assert!((mean(0, 5).unwrap() - 50.5).abs() < 0.1, "its own: {:?}", mean(0, 5));
    assert!((mean(5, 5).unwrap() - 50.5).abs() < 0.1, "of other days: {:?}", mean(5, 5));
    assert!((mean(1, 10).unwrap() - 100.5).abs() < 0.1, "between 9 and 12: {:?}", mean(1, 10));
    assert!((mean(1, 11).unwrap() - 110.5).abs() < 0.1, "{:?}", mean(1, 11));
    assert!((mean(1, 16).unwrap() - 130.5).abs() < 0.1, "three hours after 13: {:?}", mean(1, 16));
    assert_eq!(mean(1, 18), None, "five after, six before");
    assert!((mean(1, 22).unwrap() - 0.5).abs() < 0.1, "two before midnight: {:?}", mean(1, 22));
}

/// An outage of the telemetry of two months forgets the weights, not the levels.
#[test]
fn gaps_are_survived() {
    let mut profile = daily().memory(Duration::from_secs(7 * 86_400)).build().unwrap();
    let mut feed = |days: core::ops::Range<i64>, level: f64| {
        let mut worst = 0.0_f64;
        for (second, z) in (MONDAY + days.start * DAY..MONDAY + days.end * DAY).step_by(600).zip(normal(5)) {
            let score = profile.update(at(second, load(second, z) + level));
            worst = worst.max(score.map_or(0.0, |s| s.value()));
        }
        worst
    };
    feed(0..20, 0.0);
    assert!(feed(80..81, 0.0) < 6.5, "as it was before");
    assert!(feed(81..82, 60.0) > 10.0, "another level is an incident");
    feed(82..90, 60.0);
    assert!(feed(90..100, 60.0) < 6.5, "that lasts, and is learned");
}

/// An incident is not learned: what comes after it is scored as if it had not been.
#[test]
fn an_incident_is_not_learned() {
    let mut profile = daily().build().unwrap();
    for (second, z) in (MONDAY..MONDAY + 30 * DAY).step_by(600).zip(normal(5)) {
        // The last noon, for an hour, a thousandfold.
        let incident = (29 * DAY + 12 * HOUR..29 * DAY + 13 * HOUR).contains(&(second - MONDAY));
        profile.update(at(second, if incident { 200_000.0 } else { load(second, z) }));
    }
    let expected = profile.expected(Timestamp::from_seconds(MONDAY + 30 * DAY + 12 * HOUR)).unwrap();
    assert!((expected.mean() - 200.0).abs() < 8.0 && expected.sd() < 8.0, "{expected:?}");
}

#[test]
fn late_values_are_counted_and_belong_to_their_slot() {
    let mut profile = daily().min_values(1).build().unwrap();
    profile.update(at(MONDAY + 12 * HOUR, 5.0));
    profile.update(at(MONDAY + 3 * HOUR, 1.0));
    assert_eq!(profile.late(), 1);
    assert_eq!(profile.expected(Timestamp::from_seconds(MONDAY + 27 * HOUR)).unwrap().mean(), 1.0);
}

#[test]
fn settings_are_validated() {
    let seconds = Duration::from_secs;
    let time = Timestamp::from_seconds;
    for (builder, name) in [
        (daily().slot(seconds(59)), "slot"),
        (daily().slot(seconds(7_000)), "slot"),
        (daily().slot(Duration::ZERO), "slot"),
        (daily().slot(Duration::from_millis(3_600_500)), "slot"),
        (daily().memory(Duration::ZERO), "memory"),
        (daily().min_values(0), "min_values"),
        (daily().offset(86_400), "offset"),
        (daily().offset_from(time(1), i32::MIN), "offset"),
        (daily().offset_from(time(5), 0).offset_from(time(5), 1), "offset_from"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
    let many = (0..1_001).fold(daily(), |b, i| b.offset_from(time(i), 0));
    assert!(many.build().is_err());
}
