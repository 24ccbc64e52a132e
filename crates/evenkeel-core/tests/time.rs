use core::time::Duration;
use evenkeel_core::{At, Belief, Timestamp, Watermark};
use proptest::prelude::*;

#[test]
fn dates_as_known() {
    for (nanos, text) in [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
        (4_102_444_799_000_000_000, "2099-12-31T23:59:59Z"),
        (1_709_210_096_000_001_000, "2024-02-29T12:34:56.000001Z"),
        (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
        (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
    ] {
        assert_eq!(Timestamp::from_nanos(nanos).to_string(), text);
    }
}

proptest! {
    #[test]
    fn arithmetic_saturates(a: i64, length: u64, seconds: i64) {
        let (t, d) = (Timestamp::from_nanos(a), Duration::from_nanos(length));
        let later = t + d;
        prop_assert!(later >= t && t - d <= t);
        if later < Timestamp::MAX {
            prop_assert_eq!(later.since(t), d);
            prop_assert_eq!(later - d, t);
        }
        prop_assert_eq!(t.since(later), Duration::ZERO);
        prop_assert!(!(t + Duration::MAX).to_string().is_empty());
        prop_assert_eq!(Timestamp::from_seconds(seconds).as_seconds(), seconds.clamp(i64::MIN / 1_000_000_000 - 1, i64::MAX / 1_000_000_000));
    }

    /// Whatever came before, 24 observations in order are believed in the end, and durations are right from
    /// then on.
    #[test]
    fn right_times_are_believed_soon(
        prefix in prop::collection::vec(hostile_time(), 1..60), start in 0_i64..2_000_000_000, steps in prop::collection::vec(1_u64..100, 60),
    ) {
        let mut seen = Watermark::default();
        for t in prefix {
            seen.tick(Timestamp::from_nanos(t));
        }
        let mut time = Timestamp::from_seconds(start);
        for (i, step) in steps.into_iter().enumerate() {
            let before = seen.steady();
            time = time + Duration::from_secs(step);
            let tick = seen.tick(time);
            prop_assert_eq!(seen.latest(), Some(tick.time));
            prop_assert_eq!(tick.since(before), tick.elapsed());
            if i >= 24 {
                prop_assert_eq!((tick.time, tick.belief, tick.elapsed()), (time, Belief::Believed, Duration::from_secs(step)));
            }
        }
    }

    /// Times in order without leaps are believed as they are, whatever the steps.
    #[test]
    fn times_in_order_are_believed(start: i32, steps in prop::collection::vec(0_u64..100_000, 1..200)) {
        let mut seen = Watermark::default();
        let mut time = Timestamp::from_seconds(i64::from(start));
        seen.tick(time);
        // Between the shortest of these steps that is not zero and the longest there is no leap.
        for step in steps {
            time = time + if step == 0 { Duration::ZERO } else { Duration::from_secs(1000 + step) };
            let tick = seen.tick(time);
            prop_assert_eq!((tick.time, tick.steady, tick.belief), (time, time, Belief::Believed));
        }
        prop_assert_eq!((seen.late(), seen.refuted(), seen.set_back()), (0, 0, 0));
    }

    /// Disorder of up to seven late ones in a row is clamped to the latest and counted.
    #[test]
    fn disorder_is_clamped(order in prop::collection::vec((0_usize..7, 1_i64..50), 1..60)) {
        let mut seen = Watermark::default();
        let (mut time, mut late) = (1_700_000_000, 0);
        for (behind, step) in order {
            time += step;
            prop_assert_eq!(seen.admit(Timestamp::from_seconds(time)), Timestamp::from_seconds(time));
            for i in (1..=behind as i64).rev() {
                late += 1;
                prop_assert_eq!(seen.admit(Timestamp::from_seconds(time - i)), Timestamp::from_seconds(time));
            }
        }
        prop_assert_eq!((seen.late(), seen.refuted(), seen.set_back()), (late, 0, 0));
    }
}

/// Both ends, sentinels, units mixed up, and clocks that run from any of them.
fn hostile_time() -> impl Strategy<Value = i64> {
    let now = 1_700_000_000_000_000_000;
    prop_oneof![
        Just(i64::MIN),
        Just(i64::MAX),
        Just(0),
        Just(-1),
        Just(now),
        any::<i64>(),
        (0_i64..1000).prop_map(move |s| now + s * 1_000_000_000),
        (0_i64..1000).prop_map(move |s| now + 86_400_000_000_000 + s * 1_000_000_000),
        (0_i64..1000).prop_map(move |s| now / 1000 + s),
        0_i64..1000,
    ]
}

#[test]
fn one_leap_costs_nothing() {
    for ahead in [1_000_000_i64, 86_400 * 365 * 200, i64::MAX / 1_000_000_000] {
        let mut seen = Watermark::default();
        let at = |s: i64| Timestamp::from_seconds(1_700_000_000 + 60 * s);
        for i in 0..10 {
            seen.tick(at(i));
        }
        let leap = seen.tick(Timestamp::from_seconds(1_700_000_000_i64.saturating_add(ahead)));
        assert_eq!((leap.time, leap.elapsed(), leap.belief), (at(9), Duration::ZERO, Belief::Ahead));
        let next = seen.tick(at(11));
        assert_eq!((next.time, next.elapsed(), seen.refuted()), (at(11), Duration::from_secs(120), 1));
    }
}

#[test]
fn a_real_gap_is_believed_at_its_second_time() {
    let mut seen = Watermark::default();
    let at = Timestamp::from_seconds;
    for i in 0..10 {
        seen.tick(at(60 * i));
    }
    assert_eq!(seen.tick(at(1_000_000)).belief, Belief::Ahead);
    let second = seen.tick(at(1_000_060));
    assert_eq!((second.time, second.belief), (at(1_000_060), Belief::Believed));
    assert_eq!(second.elapsed(), Duration::from_secs(1_000_060 - 540));
    assert_eq!((seen.late(), seen.refuted()), (0, 0));
}

#[test]
fn a_clock_set_back_is_believed_in_disorder_too() {
    let mut seen = Watermark::default();
    let at = Timestamp::from_seconds;
    for i in 0..100 {
        seen.tick(at(100_000 + i));
    }
    // Back twice, and every third pair is delivered the wrong way around.
    seen.tick(at(90_000));
    let disordered = (0..40).map(|i| 50_000 + [0, 2, 1][i % 3] + 3 * (i as i64 / 3));
    let believed = disordered.map(|s| seen.tick(at(s)).belief == Belief::SetBack).position(|set| set);
    assert!(believed.is_some_and(|n| n < 24), "{believed:?}");
    assert_eq!(seen.set_back(), 1);
}

#[test]
fn at_keeps_its_time() {
    let t = Timestamp::from_millis(1500);
    assert_eq!(At::new(t, 2.0).map(|x| x > 1.0), At::new(t, true));
}

#[test]
fn what_is_no_time_is_refused_where_it_fails() {
    for (text, column) in [
        ("", 1),
        ("2026", 5),
        ("2026-13-01T00:00:00Z", 6),
        ("2026-00-01T00:00:00Z", 6),
        ("2023-02-29T00:00:00Z", 9),
        ("1900-02-29T00:00:00Z", 9),
        ("2026-03-02", 11),
        ("2026-03-02T24:00:00Z", 12),
        ("2026-03-02T01:60:00Z", 15),
        ("2026-03-02T01:57:61Z", 18),
        ("2026-03-02T01:57:30", 20),
        ("2026-03-02T01:57:30.Z", 21),
        ("2026-03-02T01:57:30+0100", 23),
        ("2026-03-02T01:57:30+24:00", 21),
        ("2026-03-02T01:57:30Z ", 21),
        ("+026-03-02T01:57:30Z", 1),
        ("2026-03-02Tü1:57:30Z", 12),
        ("9999-12-31T23:59:59Z", 1),
        ("1600-01-01T00:00:00Z", 1),
    ] {
        match text.parse::<Timestamp>() {
            Err(evenkeel_core::Error::Parse { line: 0, column: found, .. }) => {
                assert_eq!(found, column, "{text}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    let parse = |text: &str| text.parse::<Timestamp>().unwrap().to_string();
    assert_eq!(parse("2016-12-31 23:59:60z"), "2017-01-01T00:00:00Z");
    assert_eq!(parse("2000-02-29T00:00:00.1234567899-00:30"), "2000-02-29T00:30:00.123456789Z");
}

#[cfg(feature = "std")]
#[test]
fn times_of_the_system_there_and_back() {
    use std::time::SystemTime;
    for nanos in [i64::MIN, -1_500, 0, 1_709_210_096_000_001_000, i64::MAX] {
        // Windows counts in units of 100 ns.
        let time = Timestamp::from_nanos(nanos / 100 * 100);
        assert_eq!(Timestamp::from(SystemTime::from(time)), time);
    }
    assert_eq!(Timestamp::from(SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40)), Timestamp::MAX);
}

proptest! {
    /// Text is read as it is written, and as another library reads it.
    #[test]
    fn text_is_read_as_it_is_written(nanos: i64, offset in -1_439_i64..1_440) {
        let time = Timestamp::from_nanos(nanos);
        prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
        #[cfg(feature = "jiff")]
        {
            let other: jiff::Timestamp = time.into();
            prop_assert_eq!(Timestamp::try_from(other).unwrap(), time);
            prop_assert_eq!(other.to_string().parse::<Timestamp>().unwrap(), time);
            let zone = jiff::tz::Offset::from_seconds(i32::try_from(60 * offset).unwrap()).unwrap();
            let text = other.display_with_offset(zone).to_string();
            prop_assert_eq!(text.parse::<Timestamp>().unwrap(), time, "{}", text);
        }
        #[cfg(feature = "chrono")]
        {
            let other: chrono::DateTime<chrono::Utc> = time.into();
            prop_assert_eq!(Timestamp::try_from(other).unwrap(), time);
            let zone = chrono::FixedOffset::east_opt(i32::try_from(60 * offset).unwrap()).unwrap();
            prop_assert_eq!(Timestamp::try_from(other.with_timezone(&zone)).unwrap(), time);
        }
    }
}
