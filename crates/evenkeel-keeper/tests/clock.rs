//! Late, repeated and future values, clocks that jump, and extreme settings.

use crate::world::{Loop, STEP, USERS, World, calls, machine, observer};
use core::time::Duration;
use evenkeel_core::{Diagnosis, Name, Signal, SourceHealth, Timestamp, Unreliable};
use evenkeel_keeper::{Event, Observer, Symptom};
use evenkeel_remedy::{Notice, Outcome};
use evenkeel_stats::sequential::BernoulliCusum;
use proptest::prelude::*;

const DAY: i64 = 86_400;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + second)
}

fn plain() -> Loop {
    let builder = Observer::builder(Symptom::requests(USERS, 0.02).unwrap()).step(Duration::from_secs(1));
    Loop::new(builder.evidence(Duration::from_secs(5)).build().unwrap(), machine().enable("restart"))
}

/// What became of a fault.
#[derive(Default)]
struct Seen {
    acted: Option<i64>,
    ended: Option<(i64, Outcome)>,
    diagnosed: Vec<Diagnosis>,
    told: Vec<(Name, SourceHealth)>,
}

impl Seen {
    /// One turn of the circle, at a reading of the clock.
    fn tick(&mut self, circle: &mut Loop, second: i64, now: Timestamp) {
        let (events, notices) = circle.tick(now);
        for event in events {
            match event {
                Event::Opened { diagnosis, .. } | Event::Diagnosed { diagnosis, .. } => {
                    self.diagnosed.push(diagnosis);
                }
                Event::Source { name, health, is_news: true, .. } => self.told.push((name, health.value)),
                _ => {}
            }
        }
        for notice in notices {
            match notice {
                Notice::Acts { .. } => self.acted = Some(second),
                Notice::Closed { outcome, .. } => {
                    self.ended.get_or_insert((second, outcome));
                }
                _ => {}
            }
        }
    }
}

/// One second of a store that is slow and of a cart that is not.
fn observe(circle: &mut Loop, second: i64, broken: bool) {
    let latency = if broken { 0.9 } else { 0.03 + 0.001 * (second % 7) as f64 };
    circle.observer.observe(at(second), &Signal::new("store", "latency_p99"), latency);
    let fine = 0.02 + 0.001 * (second % 5) as f64;
    circle.observer.observe(at(second), &Signal::new("cart", "latency_p99"), fine);
}

#[test]
fn late_requests_are_no_recovery() {
    // A backlog of good ones from before, all at once or bit by bit; the good ones of one second again and
    // again.
    for kind in 0..4 {
        let (mut circle, mut seen) = (plain(), Seen::default());
        for second in 0..300 {
            let broken = second >= 150;
            observe(&mut circle, second, broken);
            circle.observer.request(at(second), if broken { 18 } else { 20 }, if broken { 2 } else { 0 });
            let after = seen.acted.map_or(-1, |acted| second - acted);
            match kind {
                0 if after == 2 => (90..150).for_each(|old| circle.observer.request(at(old), 20, 0)),
                1 if after >= 1 => (0..20).for_each(|old| circle.observer.request(at(100 + old), 20, 0)),
                2 if after >= 2 => (0..20).for_each(|_| circle.observer.request(at(second - 1), 18, 0)),
                // Up to the second of the action itself.
                3 if after >= 1 => (0..20).for_each(|_| circle.observer.request(at(second - after), 18, 0)),
                _ => {}
            }
            seen.tick(&mut circle, second, at(second));
        }
        assert!(seen.acted.is_some(), "{kind}");
        assert!(
            !matches!(seen.ended, Some((_, Outcome::Recovered | Outcome::Subsided))),
            "{kind}: {:?}",
            seen.ended
        );
        assert!(
            circle.observer.dropped().late_requests >= 60 * 18,
            "{kind}: {}",
            circle.observer.dropped().late_requests
        );
    }
}

#[test]
fn a_cure_is_seen_through_late_and_repeated_requests() {
    let (mut circle, mut seen) = (plain(), Seen::default());
    for second in 0..300 {
        let broken = second >= 150 && seen.acted.is_none();
        observe(&mut circle, second, broken);
        // Bad ones of before the action again and again, and a front end that reports a second later.
        let (good, bad) = if broken { (30, 20) } else { (50, 0) };
        circle.observer.request(at(second), good, bad);
        if let Some(acted) = seen.acted {
            circle.observer.request(at(acted - 1), 0, 20);
            circle.observer.request(at(second - 1), 50, 0);
        }
        seen.tick(&mut circle, second, at(second));
    }
    let acted = seen.acted.unwrap();
    assert!(
        matches!(seen.ended, Some((s, Outcome::Recovered)) if s < acted + 30),
        "{acted}, {:?}",
        seen.ended
    );
}

#[test]
fn bad_requests_of_a_front_end_that_reports_later_count() {
    // One front end is fine, and prompt; the other fails a tenth, and reports a second later.
    let (mut circle, mut seen) = (plain(), Seen::default());
    for second in 0..300 {
        let broken = second >= 150;
        observe(&mut circle, second, broken);
        circle.observer.request(at(second), 50, 0);
        circle.observer.request(at(second - 1), if broken { 45 } else { 50 }, if broken { 15 } else { 0 });
        seen.tick(&mut circle, second, at(second));
    }
    assert!(seen.acted.is_some());
    assert!(!matches!(seen.ended, Some((_, Outcome::Recovered | Outcome::Subsided))), "{:?}", seen.ended);
}

#[test]
fn requests_count_by_their_own_time() {
    // All requests are heard of 20 s late. Some were fine just before the action; those after it are not.
    let (mut circle, mut seen) = (plain(), Seen::default());
    for second in 0..400 {
        observe(&mut circle, second, second >= 150);
        let then = second - 20;
        let bad = match seen.acted {
            _ if (150..160).contains(&then) => 20,
            Some(acted) if then > acted => 5,
            _ => 0,
        };
        circle.observer.request(at(then), 50 - bad, bad);
        seen.tick(&mut circle, second, at(second));
    }
    assert!(seen.acted.is_some_and(|acted| acted < 200), "{:?}", seen.acted);
    let recovered = matches!(seen.ended, Some((_, Outcome::Recovered | Outcome::Subsided)));
    assert!(!recovered, "acted {:?}, ended {:?}", seen.acted, seen.ended);
}

fn evidence(circle: &mut Loop) -> f64 {
    let users = circle.observer.symptom(USERS).unwrap();
    circle.observer.evidence(users).unwrap().log_e()
}

#[test]
fn late_requests_neither_trigger_nor_calm() {
    let mut circle = plain();
    for second in 0..100 {
        circle.observer.request(at(second), 50, 0);
        circle.tick(at(second));
    }
    (0..90).for_each(|old| circle.observer.request(at(old), 0, 50));
    assert_eq!(evidence(&mut circle), 0.0);
    assert_eq!(circle.observer.dropped().late_requests, 90 * 50);
    circle.observer.request(at(100), 0, 5);
    let before = evidence(&mut circle);
    assert!(before > 0.0);
    (0..90).for_each(|old| circle.observer.request(at(old), 50, 0));
    assert_eq!(evidence(&mut circle), before);
}

#[test]
fn a_first_sample_of_another_time_hides_no_cause() {
    for rogue in [0, DAY, -DAY, 1000 * DAY, i64::MAX / 2_000_000_000, -1_000_000] {
        for early in [false, true] {
            let mut circle = plain();
            let (mut seen, signal) = (Seen::default(), Signal::new("rogue", "cpu"));
            if !early {
                circle.tick(at(-1));
            }
            circle.observer.observe(at(rogue), &signal, 0.5);
            circle.observer.call(at(rogue), "a", "b", calls(10, 0, 0.1));
            circle.observer.request(at(rogue), 1, 0);
            for second in 0..300 {
                let broken = second >= 200;
                observe(&mut circle, second, broken);
                circle.observer.request(
                    at(second),
                    if broken { 30 } else { 50 },
                    if broken { 20 } else { 0 },
                );
                seen.tick(&mut circle, second, at(second));
            }
            let cause = seen.diagnosed.first().and_then(|d| d.causes().first()).map(|c| c.component.clone());
            assert_eq!(
                cause.as_ref().map(Name::as_str),
                Some("store"),
                "{rogue} s, early {early}: {:?}",
                seen.diagnosed
            );
            assert_eq!(circle.observer.skewed() > 0, rogue > 0, "{rogue} s, early {early}");
            let (_, since) = circle.observer.incidents().next().unwrap();
            assert!(since >= at(199) && since <= at(205), "{rogue} s: since {since}");
        }
    }
}

#[test]
fn a_clock_that_jumps_stops_no_one() {
    for (from, n, by) in [
        (0, 1, DAY),
        (50, 1, DAY),
        (50, 1, -DAY),
        (199, 1, DAY),
        (202, 1, DAY),
        (202, 1, -DAY),
        (202, 1, 3000),
        (204, 1, 2000),
        (206, 1, 3000),
        (207, 1, 2000),
        (209, 1, 3500),
        (0, 20, DAY),
        (50, 20, DAY),
        (50, 20, -DAY),
    ] {
        let (mut circle, mut seen) = (plain(), Seen::default());
        for second in 0..400 {
            let broken = second >= 200 && seen.acted.is_none();
            observe(&mut circle, second, broken);
            circle.observer.request(at(second), if broken { 30 } else { 50 }, if broken { 20 } else { 0 });
            let wrong = (from..from + n).contains(&second);
            let now = at(second + if wrong { by } else { 0 });
            seen.tick(&mut circle, second, now);
        }
        assert!(circle.observer.clock().doubted() > 0 || circle.observer.clock().set_back() > 0);
        let acted = seen.acted;
        assert!(acted.is_some_and(|s| s < 250), "{n} times {by} s at {from}: acted {acted:?}");
        assert!(
            matches!(seen.ended, Some((s, Outcome::Recovered)) if s < 300),
            "{n} times {by} s at {from}: ended {:?}",
            seen.ended
        );
    }
}

/// What was newly said of a source.
fn told(events: Vec<Event>, of: &str) -> Vec<SourceHealth> {
    let of_source = |event| match event {
        Event::Source { name, health, is_news: true, .. } if name == of => Some(health.value),
        _ => None,
    };
    events.into_iter().filter_map(of_source).collect()
}

#[test]
fn a_source_whose_clock_is_ahead_is_told() {
    let (mut world, mut observer) = (World::new(1), observer());
    let mut events = Vec::new();
    for _ in 0..40 {
        observer.observe(world.now() + Duration::from_secs(3600), &Signal::new("ahead", "cpu"), 0.5);
        events.extend(world.step(&mut observer));
    }
    let ahead = SourceHealth::Unreliable(Unreliable::ClockSkew);
    assert_eq!(told(events.clone(), "ahead"), [ahead]);
    assert_eq!(told(events, USERS), [SourceHealth::Fresh]);
    assert_eq!(observer.skewed(), 40);
}

#[test]
fn a_delay_by_a_wrong_clock_ends_in_time() {
    let (mut world, mut observer) = (World::new(3), observer());
    world.steps(&mut observer, 40);
    observer.report_delay(world.now() + Duration::from_secs(86_400), 3 * STEP);
    let events = world.steps(&mut observer, 40);
    let overloaded = SourceHealth::Unreliable(Unreliable::ObserverOverloaded);
    assert_eq!(told(events, USERS), [overloaded, SourceHealth::Fresh]);
}

/// Whether the source of requests is fresh, if that was said.
fn health_of_users(events: Vec<Event>) -> Option<bool> {
    let of_users = |event| match event {
        Event::Source { name, health, .. } if name == USERS => Some(health.value == SourceHealth::Fresh),
        _ => None,
    };
    events.into_iter().filter_map(of_users).last()
}

fn length() -> impl Strategy<Value = Duration> {
    prop_oneof![
        Just(Duration::ZERO),
        Just(Duration::from_nanos(1)),
        Just(Duration::from_secs(1)),
        Just(Duration::from_secs(1 << 62)),
        Just(Duration::MAX),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn settings_at_their_ends_are_refused_or_work(
        l in prop::array::uniform5(length()),
        numbers in prop::array::uniform2(prop_oneof![Just(0), Just(2), Just(u32::MAX)]),
        objective in prop_oneof![Just(5e-324), Just(0.02), Just(1.0 - 1e-16)],
        alpha in prop_oneof![Just(5e-324), Just(1e-6), Just(1.0 - 1e-16)],
        second in 0..10_000_000_i64,
    ) {
        let Ok(trigger) = BernoulliCusum::new(objective, 0.5 * (1.0 + objective), alpha) else { return Ok(()) };
        let builder = Observer::builder(Symptom::with_trigger(USERS, trigger))
            .step(l[0]).evidence(l[1]).stale_after(l[2]).late_after(l[3]).rows(20)
            .stuck_after(numbers[0]).max_names(numbers[1] as usize);
        let Ok(mut observer) = builder.build() else { return Ok(()) };
        for second in [second, second + 1, second + 7200, 0, second, i64::MAX / 2_000_000_000] {
            let now = Timestamp::from_seconds(second);
            observer.observe(now, &Signal::new("store", "latency"), 1e99);
            observer.call(now, "a", "b", calls(u64::MAX, u64::MAX, f64::MAX));
            observer.request(now, u64::MAX, u64::MAX);
            observer.change(now, "store");
            observer.report_delay(now, l[4]);
            observer.tick(now).for_each(drop);
        }
    }

    /// Whatever the times: no panic, and a minute after all is right again the circle is.
    #[test]
    fn hostile_times_are_survived(
        wild in prop::collection::vec((0..4_u8, any::<i64>(), any::<i64>()), 1..80),
    ) {
        let (mut circle, mut fresh) = (plain(), false);
        for (kind, a, b) in wild {
            let (a, b) = (Timestamp::from_nanos(a), Timestamp::from_nanos(b));
            match kind {
                0 => circle.observer.observe(a, &Signal::new("store", "latency_p99"), 1.0),
                1 => circle.observer.request(a, 5, 5),
                2 => circle.observer.change(a, "store"),
                _ => fresh = health_of_users(circle.tick(b).0).unwrap_or(fresh),
            }
        }
        let start = 5_000_000;
        for second in start..start + 130 {
            observe(&mut circle, second, false);
            circle.observer.request(at(second), 50, 0);
            fresh = health_of_users(circle.tick(at(second)).0).unwrap_or(fresh);
        }
        prop_assert!(fresh);
        prop_assert_eq!(circle.observer.clock().now(), Some(at(start + 129)));
    }
}
