//! Symptoms: when an incident is opened.

use crate::world::{Loop, USERS, machine};
use core::time::Duration;
use evenkeel_core::{At, Direction, Error, Signal, Stage, Timestamp};
use evenkeel_detect::monitor::DeviationMonitor;
use evenkeel_keeper::{Breach, Event, Observer, ObserverBuilder, Symptom};
use evenkeel_remedy::{ErrorRatio, Notice, Outcome, Sample};
use evenkeel_stats::sequential::{BernoulliCusum, RateEvidence};
use evenkeel_testing::Source;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + second)
}

fn users() -> Symptom {
    Symptom::requests(USERS, 0.02).unwrap()
}

fn seconds(builder: ObserverBuilder) -> ObserverBuilder {
    builder.step(Duration::from_secs(1)).evidence(Duration::from_secs(5))
}

#[test]
fn refuses_what_makes_no_sense() {
    for objective in [0.0, 1.0, f64::NAN, -0.1] {
        assert!(matches!(
            Symptom::requests(USERS, objective),
            Err(Error::Parameter { name: "objective", .. })
        ));
    }
    let signal = || Signal::new("a", "b");
    assert!(Symptom::limit("a", signal(), Direction::Up, f64::NAN).is_err());
    assert!(Symptom::limit("a", signal(), Direction::Either, 1.0).is_err());
    let builder = || Observer::builder(users());
    let events = |name: &str| Symptom::events(name, signal(), Direction::Up);
    for (builder, name) in [
        (builder().step(Duration::ZERO), "step"),
        (builder().step(Duration::from_nanos(1)), "step"),
        (builder().step(Duration::MAX), "step"),
        (builder().step(Duration::from_secs(1 << 62)), "step"),
        (builder().rows(3), "rows"),
        (builder().stuck_after(1), "stuck_after"),
        (builder().symptom(users()), "symptom"),
        (builder().symptom(events("a")).symptom(events("b")), "symptom"),
    ] {
        let refused = builder.build().unwrap_err();
        assert!(matches!(refused, Error::Parameter { name: n, .. } if n == name), "{refused}");
    }
}

/// Runs seconds of requests (good, bad); the breaches with their seconds.
fn breaches(
    observer: &mut Observer,
    requests: impl IntoIterator<Item = Option<(u64, u64)>>,
) -> Vec<(i64, Breach)> {
    let mut seen = Vec::new();
    for (second, counts) in (0..).zip(requests) {
        if let Some((good, bad)) = counts {
            observer.request(at(second), good, bad);
        }
        for event in observer.tick(at(second)) {
            if let Event::ObjectiveBreached { breach, since, .. } = event {
                assert!(since <= at(second));
                seen.push((second, breach));
            }
        }
    }
    seen
}

#[test]
fn the_end_of_all_traffic_is_a_breach() {
    let observer = || seconds(Observer::builder(users())).build().unwrap();
    let lost = |requests: Vec<Option<(u64, u64)>>| breaches(&mut observer(), requests);
    let run = |counts: &dyn Fn(i64) -> Option<(u64, u64)>| (0..600).map(counts).collect::<Vec<_>>();
    // Fifty a second, then none: said soon, once.
    let seen = lost(run(&|s| Some(if s < 300 { (50, 0) } else { (0, 0) })));
    assert_eq!(seen.len(), 1);
    assert!(seen[0].1 == Breach::NoTraffic && (302..308).contains(&seen[0].0), "{seen:?}");
    // A request every other second: 14 that are missing take 28 seconds.
    let seen = lost(run(&|s| Some(if s < 300 { (u64::from(s % 2 == 0), 0) } else { (0, 0) })));
    assert!(seen.len() == 1 && (325..335).contains(&seen[0].0), "{seen:?}");
    // Traffic that may stop may stop.
    let mut quiet = seconds(Observer::builder(users().may_stop())).build().unwrap();
    assert_eq!(breaches(&mut quiet, run(&|s| Some(if s < 300 { (50, 0) } else { (0, 0) }))), []);
    // Nobody says anything: that says something of the source, not of users.
    assert_eq!(lost(run(&|s| (s < 300).then_some((50, 0)))), []);
    // There never was any.
    assert_eq!(lost(run(&|_| Some((0, 0)))), []);
    // It always stops for a while: as long as that it may.
    let seen = lost(run(&|s| Some(if s < 400 && s % 40 < 20 { (50, 0) } else { (0, 0) })));
    assert!(seen.iter().all(|(second, _)| *second > 400), "{seen:?}");
    // Random traffic of one request in two seconds, for a day.
    let mut source = Source::new(6);
    let day: Vec<_> = (0..86_400).map(|_| Some((u64::from(source.uniform() < 0.5), 0))).collect();
    assert_eq!(lost(day), []);
}

#[test]
fn traffic_that_is_back_ends_the_incident() {
    let observer = seconds(Observer::builder(users())).build().unwrap();
    let mut circle = Loop::new(observer, machine());
    let mut outcome = None;
    for second in 0..900 {
        let none = (300..360).contains(&second);
        circle.observer.request(at(second), if none { 0 } else { 50 }, 0);
        let (events, notices) = circle.tick(at(second));
        for event in &events {
            if let Event::Seen { sample, .. } = event
                && none
            {
                assert_eq!(sample.value, Sample::Missing, "no data is never good");
            }
        }
        for notice in notices {
            if let Notice::Closed { outcome: o, .. } = notice {
                assert!(outcome.is_none() && second >= 360);
                outcome = Some(o);
            }
        }
    }
    assert_eq!(outcome, Some(Outcome::Subsided));
}

/// A loop whose only symptom is a series, verified by a test of its own; what became of it.
fn follow(symptom: Symptom, value: impl Fn(i64, bool) -> f64) -> (Option<i64>, Option<Outcome>) {
    let builder = seconds(Observer::builder(users()).symptom(symptom));
    let queue = Signal::new("store", "queue");
    let quick = ErrorRatio::builder(0.2).build().unwrap();
    let mut circle =
        Loop::new(builder.build().unwrap(), machine().enable("restart").verifier_for("backlog", quick));
    let (mut opened, mut outcome) = (None, None);
    for second in 0..900 {
        circle.observer.request(at(second), 50, 0);
        circle.observer.observe(at(second), &Signal::new("cart", "cpu"), 0.2 + 0.01 * (second % 5) as f64);
        circle.observer.observe(at(second), &queue, value(second, circle.acted() > 0));
        for event in circle.tick(at(second)).0 {
            match event {
                Event::Opened { symptom, diagnosis, .. } => {
                    assert_eq!(symptom, "backlog");
                    assert_eq!(diagnosis.causes()[0].component, "store");
                    opened.get_or_insert(second);
                }
                Event::ObjectiveBreached { breach, .. } => assert_eq!(breach, Breach::OutOfRange),
                _ => {}
            }
        }
        outcome = outcome.or(circle.driver.outcome(0).cloned());
    }
    (opened, outcome)
}

#[test]
fn a_series_can_be_a_symptom() {
    let queue = || Signal::new("store", "queue");
    let usual = |second: i64| 10.0 + (second % 5) as f64;
    let high = |second: i64, cured: bool| if second >= 300 && !cured { 500.0 } else { usual(second) };
    let low = |second: i64, cured: bool| if second >= 300 && !cured { 0.5 } else { usual(second) };
    let events = |direction| Symptom::events("backlog", queue(), direction);
    let limit = |direction, limit| Symptom::limit("backlog", queue(), direction, limit).unwrap();
    for (symptom, bad) in [
        (events(Direction::Up), &high as &dyn Fn(i64, bool) -> f64),
        (events(Direction::Down), &low),
        (limit(Direction::Up, 100.0), &high),
        (limit(Direction::Down, 2.0), &low),
    ] {
        let (opened, outcome) = follow(symptom.clone(), bad);
        assert!(opened.is_some_and(|second| second < 320), "{symptom:?}: {opened:?}");
        assert_eq!(outcome, Some(Outcome::Recovered), "{symptom:?}");
    }
    // The other side is not bad.
    for (symptom, fine) in [
        (events(Direction::Down), &high as &dyn Fn(i64, bool) -> f64),
        (events(Direction::Up), &low),
        (limit(Direction::Up, 1000.0), &high),
    ] {
        assert_eq!(follow(symptom, fine), (None, None));
    }
}

/// A trigger and a monitor of one's own.
#[derive(Debug, Clone, Default)]
struct EveryBadOne(f64);

impl Stage<(u64, u64)> for EveryBadOne {
    type Output = RateEvidence;

    fn update(&mut self, (bad, good): (u64, u64)) -> Option<RateEvidence> {
        self.0 = if bad > 0 {
            1.0
        } else if good > 0 {
            0.0
        } else {
            self.0
        };
        Some(RateEvidence::new(self.0, 1.0))
    }

    fn reset(&mut self) {
        self.0 = 0.0;
    }
}

#[derive(Debug, Clone)]
struct Never;

impl Stage<At<f64>> for Never {
    type Output = evenkeel_core::Transition;

    fn update(&mut self, _: At<f64>) -> Option<Self::Output> {
        None
    }

    fn reset(&mut self) {}
}

#[test]
fn trigger_and_monitor_are_parameters() {
    let symptom = Symptom::with_trigger(USERS, EveryBadOne::default());
    let builder = Observer::builder(symptom).monitor(Never).step(Duration::from_secs(1));
    let mut observer = builder.build().unwrap();
    let mut said = Vec::new();
    for second in 0..100 {
        observer.observe(at(second), &Signal::new("a", "b"), if second == 90 { 1e9 } else { 1.0 });
        observer.request(at(second), 1_000, u64::from(second == 50));
        said.extend(
            observer.tick(at(second)).filter(|e| !matches!(e, Event::Source { .. })).filter(Event::is_news),
        );
    }
    let breached =
        Event::ObjectiveBreached { symptom: USERS.into(), since: at(50), breach: Breach::TooManyBad };
    assert_eq!(said, [breached]);
    // The recommended ones, named.
    let trigger = BernoulliCusum::new(0.02, 0.1, 1e-9).unwrap();
    let monitor = DeviationMonitor::builder(Duration::from_secs(1)).sigmas(8.0).build().unwrap();
    let named = Observer::builder(Symptom::with_trigger(USERS, trigger)).monitor(monitor).build();
    assert!(named.is_ok());
}

#[test]
fn a_breach_is_suspected_until_data_speak_against_it() {
    let mut observer = seconds(Observer::builder(users())).build().unwrap();
    let id = observer.symptom(USERS).unwrap();
    let mut second = 0;
    let mut pass = |observer: &mut Observer, n: i64, requests: Option<(u64, u64)>| {
        for _ in 0..n {
            second += 1;
            if let Some((good, bad)) = requests {
                observer.request(at(second), good, bad);
            }
            let _ = observer.tick(at(second));
        }
        observer.suspected_since(id)
    };
    assert_eq!(pass(&mut observer, 100, Some((100, 0))), None);
    let since = pass(&mut observer, 10, Some((50, 50)));
    assert_eq!(since, Some(at(101)));
    // That nobody sees anything any more changes nothing, however long it takes.
    assert_eq!(pass(&mut observer, 10_000, None), since);
    assert_eq!(pass(&mut observer, 600, Some((100, 0))), None);
}
