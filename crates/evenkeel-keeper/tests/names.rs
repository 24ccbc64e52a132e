//! The cap on names, and implausible calls.

use crate::world::{USERS, calls};
use core::time::Duration;
use evenkeel_core::{Signal, Timestamp};
use evenkeel_keeper::{Event, Observer, Symptom};

#[test]
fn there_is_one_cap_on_all_names() {
    let builder = Observer::builder(Symptom::requests(USERS, 0.02).unwrap()).max_names(10);
    let mut observer = builder.step(Duration::from_secs(1)).build().unwrap();
    let at = Timestamp::from_seconds;
    observer.tick(at(0)).for_each(drop);
    for i in 0..1000 {
        observer.observe(at(i), &Signal::new(format!("c{i}"), "cpu"), 1.0);
        observer.call(at(i), "a", format!("c{i}"), calls(3, 0, 0.1));
        observer.member("c", format!("c-{i}"));
    }
    let dropped = observer.dropped();
    assert!(observer.signals() <= 10);
    assert!(dropped.names > 900 && dropped.calls > 2900 && dropped.members > 900, "{dropped:?}");
    let full = |events: Vec<Event>| events.iter().filter(|e| matches!(e, Event::Full { names: 10 })).count();
    assert_eq!(full(observer.tick(at(1000)).collect()), 1);
    observer.observe(at(1001), &Signal::new("yet another", "cpu"), 1.0);
    assert_eq!(full(observer.tick(at(1001)).collect()), 0, "said once");
    // What is known goes on.
    observer.observe(at(1001), &Signal::new("c0", "cpu"), 1.0);
    assert_eq!(observer.dropped().names, dropped.names + 1);
    assert!(observer.signal(&Signal::new("c0", "cpu")).is_some());
}

/// A symptom's own signal has its room, whatever names come before its first value.
#[test]
fn a_symptom_is_never_without_its_signal() {
    let depth = Signal::new("queue", "depth");
    let limit = Symptom::limit("backlog", depth.clone(), evenkeel_core::Direction::Up, 100.0).unwrap();
    let builder = || Observer::builder(Symptom::requests(USERS, 0.02).unwrap()).step(Duration::from_secs(1));
    assert!(builder().symptom(limit.clone()).max_names(0).build().is_err());
    let mut observer = builder().symptom(limit).max_names(5).build().unwrap();
    let mut breached = false;
    for second in 0..60 {
        let now = Timestamp::from_seconds(second);
        observer.observe(now, &Signal::new(format!("pod-{second}"), "cpu"), 1.0);
        if second > 20 {
            observer.observe(now, &depth, 900.0);
        }
        breached |= observer.tick(now).any(|event| matches!(event, Event::ObjectiveBreached { .. }));
    }
    assert!(breached);
}

#[test]
fn an_identity_of_another_observer_is_dropped() {
    let build = || Observer::builder(Symptom::requests(USERS, 0.02).unwrap()).build().unwrap();
    let (mut one, mut other) = (build(), build());
    let id = one.signal(&Signal::new("a", "b")).unwrap();
    other.observe_by_id(Timestamp::EPOCH, id, 1.0);
    assert_eq!(other.dropped().values, 1);
}

/// More failures than calls are all of them; a mean length that is none is not known.
#[test]
fn calls_that_cannot_be_are_read_as_what_can() {
    let builder = Observer::builder(Symptom::requests(USERS, 0.02).unwrap().at("a"));
    let mut observer = builder.step(Duration::from_secs(1)).evidence(Duration::from_secs(5)).build().unwrap();
    let at = Timestamp::from_seconds;
    let mut said = Vec::new();
    for second in 0..200 {
        let broken = second >= 150;
        let odd = if broken { calls(4, 9, -1.0) } else { calls(4, 0, 0.02) };
        observer.call(at(second), "a", "b", odd);
        observer.call(at(second), "a", "c", calls(0, 7, f64::NAN));
        observer.request(at(second), if broken { 10 } else { 100 }, if broken { 90 } else { 0 });
        said.extend(observer.tick(at(second)));
    }
    let opened = said.iter().find_map(|event| match event {
        Event::Opened { diagnosis, .. } => diagnosis.causes().first(),
        _ => None,
    });
    let cause = opened.unwrap();
    assert_eq!(cause.component, "b");
    assert!(cause.evidence.iter().all(|e| e.observed <= 1.0), "{:?}", cause.evidence);
}
