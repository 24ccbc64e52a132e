//! Freshness of sources: stale, late, stuck.

use crate::world::{STEP, USERS, World, observer};
use core::time::Duration;
use evenkeel_core::{Signal, SourceHealth, Timestamp, Unreliable};
use evenkeel_keeper::{Event, Observer, Symptom};
use evenkeel_testing::Source;

fn told(events: &[Event], of: &str) -> Vec<SourceHealth> {
    let of_source = |e: &Event| match e {
        Event::Source { name, health, is_news: true, .. } if *name == of => Some(health.value),
        _ => None,
    };
    events.iter().filter_map(of_source).collect()
}

#[test]
fn silence_is_told_step_by_step() {
    let (mut world, mut observer) = (World::new(1), observer());
    assert_eq!(told(&world.steps(&mut observer, 40), USERS), [SourceHealth::Fresh]);
    world.silent = true;
    let silent = world.steps(&mut observer, 40);
    for source in [USERS, "store"] {
        assert_eq!(told(&silent, source), [SourceHealth::Stale, SourceHealth::Broken], "{source}");
    }
    world.silent = false;
    assert_eq!(told(&world.steps(&mut observer, 5), USERS), [SourceHealth::Fresh]);
}

#[test]
fn late_and_stuck_values_are_told() {
    let (mut world, mut observer) = (World::new(2), observer());
    let (late, stuck) = (Signal::new("late", "x"), Signal::new("stuck", "x"));
    let mut events = Vec::new();
    for i in 0..300 {
        let lag = if i > 100 { 10 * STEP } else { Duration::ZERO };
        observer.observe(world.now() - lag, &late, f64::from(i % 5));
        observer.observe(world.now(), &stuck, if i > 100 { 7.0 } else { f64::from(i % 5) });
        events.extend(world.step(&mut observer));
    }
    assert!(told(&events, "late").iter().any(|h| !h.is_trustworthy() && *h != SourceHealth::Broken));
    assert_eq!(told(&events, "stuck").last(), Some(&SourceHealth::Unreliable(Unreliable::Stuck)));
}

#[test]
fn an_observer_that_is_late_says_so() {
    let (mut world, mut observer) = (World::new(3), observer());
    world.steps(&mut observer, 40);
    observer.report_delay(world.now(), STEP / 5);
    assert_eq!(told(&world.steps(&mut observer, 1), USERS), []);
    observer.report_delay(world.now() + STEP, 3 * STEP);
    let events = world.steps(&mut observer, 28);
    let health = told(&events, USERS);
    assert_eq!(health, [SourceHealth::Unreliable(Unreliable::ObserverOverloaded), SourceHealth::Fresh]);
}

/// With a step of 10 s.
fn plain() -> Observer {
    Observer::builder(Symptom::requests(USERS, 0.02).unwrap()).build().unwrap()
}

/// Watches a source for hours that says something at these times, in seconds.
fn watched(observer: &mut Observer, seconds: i64, mut says: impl FnMut(&mut Observer, i64)) -> Vec<Event> {
    let mut events = Vec::new();
    for second in (0..seconds).step_by(10) {
        says(observer, second);
        let now = Timestamp::from_seconds(second);
        observer.request(now, 100, 0);
        events.extend(observer.tick(now));
    }
    events
}

#[test]
fn patience_follows_the_rhythm_of_a_source() {
    let cpu = Signal::new("db", "cpu");
    for every in [10, 30, 60, 300, 900] {
        let mut observer = plain();
        let mut says = |observer: &mut Observer, second: i64| {
            if second % every == 0 && second < 21_600 {
                let value = 0.3 + 0.01 * (second % 7) as f64;
                observer.observe(Timestamp::from_seconds(second), &cpu, value);
            }
        };
        let events = watched(&mut observer, 43_200, &mut says);
        let health = told(&events, "db");
        // Until a second value nobody can know its rhythm; then it is fresh for hours, and silent when it is.
        let before: &[SourceHealth] = match every {
            ..=30 => &[],
            60 => &[SourceHealth::Stale],
            _ => &[SourceHealth::Stale, SourceHealth::Broken],
        };
        let mut expected = vec![SourceHealth::Fresh];
        if !before.is_empty() {
            expected.extend(before);
            expected.push(SourceHealth::Fresh);
        }
        let end = [SourceHealth::Stale, SourceHealth::Broken];
        assert_eq!(health, [expected, end.to_vec()].concat(), "{every}");
        assert_eq!(observer.rhythm(&"db".into()), Some(Duration::from_secs(every.unsigned_abs())));
    }
}

/// A value that stands for a minute carries the time of its beginning.
#[test]
fn buckets_are_not_late() {
    let (mut observer, cpu) = (plain(), Signal::new("db", "cpu"));
    let events = watched(&mut observer, 14_400, |observer, second| {
        if second % 60 == 0 && second > 0 {
            let value = 0.3 + 0.01 * (second % 7) as f64;
            observer.observe(Timestamp::from_seconds(second - 60), &cpu, value);
        }
    });
    let health = told(&events, "db");
    assert_eq!(health.last(), Some(&SourceHealth::Fresh), "{health:?}");
    assert!(health.len() <= 4, "until its rhythm is known: {health:?}");
}

/// What arrives all the time, and is old, is late and not silent.
#[test]
fn a_steady_lag_is_late() {
    let (mut observer, cpu) = (plain(), Signal::new("db", "cpu"));
    let events = watched(&mut observer, 14_400, |observer, second| {
        let value = 0.3 + 0.01 * (second % 7) as f64;
        observer.observe(Timestamp::from_seconds(second - 300), &cpu, value);
    });
    assert_eq!(told(&events, "db"), [SourceHealth::Unreliable(Unreliable::Late)]);
}

/// A source that sends for two minutes in ten is silent in between, and after three times that is known; so
/// is it when it stays silent.
#[test]
fn bursts_are_a_rhythm() {
    let (mut observer, cpu) = (plain(), Signal::new("db", "cpu"));
    let events = watched(&mut observer, 43_200, |observer, second| {
        if second % 600 < 120 && second < 36_000 {
            let value = 0.3 + 0.01 * (second % 7) as f64;
            observer.observe(Timestamp::from_seconds(second), &cpu, value);
        }
    });
    let health = told(&events, "db");
    let silences = health.iter().filter(|health| **health == SourceHealth::Stale).count();
    assert_eq!(silences, 4, "three times, and in the end: {health:?}");
    assert_eq!(health.last(), Some(&SourceHealth::Broken));
}

/// A series that is a symptom and stops is told by the symptom's name, though its component has other
/// metrics.
#[test]
fn a_symptom_that_is_blind_says_so() {
    let orders = Signal::new("cart", "orders");
    let symptom = Symptom::limit("orders", orders.clone(), evenkeel_core::Direction::Down, 5.0).unwrap();
    let mut observer =
        Observer::builder(Symptom::requests(USERS, 0.02).unwrap()).symptom(symptom).build().unwrap();
    let events = watched(&mut observer, 7_200, |observer, second| {
        let at = Timestamp::from_seconds(second);
        observer.observe(at, &Signal::new("cart", "cpu"), 0.3 + 0.01 * (second % 7) as f64);
        if second < 3_600 {
            observer.observe(at, &orders, 20.0 + (second % 7) as f64);
        }
    });
    assert_eq!(told(&events, "cart"), [SourceHealth::Fresh]);
    let health = [SourceHealth::Fresh, SourceHealth::Stale, SourceHealth::Broken];
    assert_eq!(told(&events, "orders"), health);
}

/// Ten metrics that come a few milliseconds after each other once a minute, some of them late, have one
/// rhythm: a minute.
#[test]
fn the_rhythm_is_that_of_each_metric() {
    let (mut observer, mut source) = (plain(), Source::new(4));
    let signals: Vec<Signal> = (0..10).map(|i| Signal::new("db", format!("m{i}"))).collect();
    let events = watched(&mut observer, 14_400, |observer, second| {
        if second % 60 == 0 {
            for (signal, i) in signals.iter().zip(0..) {
                let at = Timestamp::from_millis(1000 * second - 900 + 7 * i);
                observer.observe(at, signal, source.normal());
            }
        }
    });
    assert!(told(&events, "db").len() < 5, "{:?}", told(&events, "db"));
    assert_eq!(observer.rhythm(&"db".into()), Some(Duration::from_secs(60)));
    // An outage of an hour is no rhythm.
    let silent = (14_400..18_000).step_by(10);
    silent.for_each(|second| observer.tick(Timestamp::from_seconds(second)).for_each(drop));
    signals.iter().for_each(|signal| observer.observe(Timestamp::from_seconds(18_000), signal, 1.0));
    assert_eq!(observer.rhythm(&"db".into()), Some(Duration::from_secs(60)));
}

#[test]
fn what_is_idle_is_not_stuck() {
    // Some metrics of a standby that was used once; what each is when it rests, and whether the source is
    // stuck then.
    let cases = [
        ("all at zero", vec![("requests", 0.0), ("errors", 0.0), ("queue", 0.0)], false),
        ("one at zero", vec![("requests", 0.0), ("latency", 0.0312), ("connections", 5.0)], false),
        ("a single gauge at zero", vec![("queue", 0.0)], false),
        ("all as they were", vec![("requests", 17.0), ("latency", 0.0312), ("queue", 3.0)], true),
        ("a single gauge", vec![("temperature", 41.5)], true),
    ];
    for (what, metrics, is_stuck) in cases {
        let mut observer = plain();
        let events = watched(&mut observer, 14_400, |observer, second| {
            for (name, rest) in &metrics {
                let value = if second < 600 { ((second / 10) % 4) as f64 } else { *rest };
                observer.observe(Timestamp::from_seconds(second), &Signal::new("standby", *name), value);
            }
        });
        let health = told(&events, "standby");
        assert_eq!(
            health.contains(&SourceHealth::Unreliable(Unreliable::Stuck)),
            is_stuck,
            "{what}: {health:?}"
        );
        assert_eq!(health.len(), if is_stuck { 2 } else { 1 }, "{what}: {health:?}");
    }
}

/// What left for good is not waited for: a guard that asks for all sources is not held up by it.
#[test]
fn what_is_gone_is_not_waited_for() {
    let mut circle = crate::world::Loop::new(
        plain(),
        crate::world::machine().guard(evenkeel_remedy::guard::SourceHealthy::all()).enable("restart"),
    );
    let at = Timestamp::from_seconds;
    let mut told_after = Vec::new();
    for second in (0..6_000).step_by(10) {
        let broken = second >= 3_000 && circle.acted() == 0;
        let latency = if broken { 0.9 } else { 0.030 + 0.001 * (second % 70) as f64 / 10.0 };
        circle.observer.observe(at(second), &Signal::new("store", "latency_p99"), latency);
        if second < 600 {
            circle.observer.observe(at(second), &Signal::new("old", "cpu").at_instance("old-1"), 0.5);
        }
        if second == 700 {
            circle.observer.forget(&"old".into());
            let target = evenkeel_remedy::Target::instance("old", "old-1");
            circle.step(at(second), evenkeel_remedy::Event::Gone { target });
        }
        circle.observer.request(at(second), if broken { 60 } else { 100 }, if broken { 40 } else { 0 });
        let (events, _) = circle.tick(at(second));
        if second > 700 {
            told_after.extend(told(&events, "old-1"));
        }
    }
    assert_eq!(told_after, []);
    assert_eq!(circle.acted(), 1);
    assert_eq!(circle.driver.outcome(0).unwrap().to_string(), "recovered");
}
