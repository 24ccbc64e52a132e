//! The closed loop: breach, evidence, diagnosis, remedy, verification, end.

use crate::world::{Loop, STEP, USERS, World, calls, machine, observer};
use core::time::Duration;
use evenkeel_core::{Signal, Timestamp, TransitionKind};
use evenkeel_keeper::{Event, Observer, Symptom};
use evenkeel_remedy::{Notice, Outcome, Target};

#[test]
fn nothing_wrong_nothing_done() {
    let (mut world, mut circle) = (World::new(1), Loop::new(observer(), machine().enable("restart")));
    for _ in 0..4000 {
        let (events, notices) = world.turn(&mut circle);
        let is_quiet = |e: &Event| matches!(e, Event::Alert { .. } | Event::Source { .. } | Event::Tick);
        assert!(events.iter().all(is_quiet), "{events:?}");
        assert!(notices.is_empty(), "{notices:?}");
    }
    assert_eq!(circle.observer.incidents().count(), 0);
}

#[test]
fn a_fault_is_found_remedied_and_verified() {
    let (mut world, mut circle) = (World::new(2), Loop::new(observer(), machine().enable("restart")));
    world.turns(&mut circle, 400);
    world.slow = Some("store");
    let began = world.now();
    let (mut breached, mut culprit, mut outcome) = (None, None, None);
    for _ in 0..2400 {
        let acted = circle.acted();
        let (events, notices) = world.turn(&mut circle);
        for event in events {
            match event {
                Event::ObjectiveBreached { since, .. } => breached = Some(since),
                Event::Opened { diagnosis, symptom, .. } => {
                    assert_eq!(symptom, USERS);
                    assert!(!diagnosis.causes()[0].evidence.is_empty());
                    culprit = Some(diagnosis.causes()[0].component.clone());
                }
                Event::Diagnosed { .. } => {
                    assert_eq!(acted, 0, "what is seen after the remedy is the remedy's doing");
                }
                _ => {}
            }
        }
        if circle.acted() > 0 {
            (world.slow, world.busy) = (None, Some("cart"));
        }
        for notice in notices {
            if let Notice::Closed { outcome: o, .. } = notice {
                outcome = Some(o);
            }
        }
        if outcome.is_some() {
            break;
        }
    }
    let since = breached.unwrap();
    assert!(since >= began && since.since(began) < Duration::from_secs(3), "since {since}, began {began}");
    assert_eq!(culprit.unwrap(), "store");
    assert_eq!(circle.hands.done.borrow()[0].target, Target::component("store"));
    assert_eq!((circle.acted(), outcome), (1, Some(Outcome::Recovered)));
    assert_eq!(circle.observer.incidents().count(), 0, "it is ready for the next");
    // And the next one is found as well.
    world.busy = None;
    world.turns(&mut circle, 400);
    world.slow = Some("cart");
    world.turns(&mut circle, 40);
    assert_eq!(circle.hands.done.borrow().last().unwrap().target, Target::component("cart"));
}

#[test]
fn by_default_it_advises() {
    let (mut world, mut circle) = (World::new(3), Loop::new(observer(), machine()));
    world.turns(&mut circle, 400);
    world.slow = Some("store");
    let mut advised = false;
    for _ in 0..400 {
        advised |= world.turn(&mut circle).1.iter().any(|n| matches!(n, Notice::Advise { .. }));
    }
    assert!(advised);
    assert_eq!(circle.acted(), 0);
}

/// A metric that jumps while users are fine is shown, and nothing is done.
#[test]
fn an_abnormal_metric_triggers_nothing() {
    let (mut world, mut observer) = (World::new(4), observer());
    let odd = Signal::new("cart", "queue");
    let mut alerts = Vec::new();
    for i in 0..1000_i64 {
        let value = if (600..640).contains(&i) { 500.0 } else { 10.0 + (i % 4) as f64 };
        observer.observe(world.now(), &odd, value);
        for event in world.step(&mut observer) {
            match event {
                Event::Alert { signal, transition } if signal == odd => alerts.push(transition.kind),
                Event::ObjectiveBreached { .. } | Event::Opened { .. } => panic!("{event}"),
                _ => {}
            }
        }
    }
    assert_eq!(alerts, [TransitionKind::Raised, TransitionKind::Cleared]);
}

/// Without a machine an incident is said and diagnosed, and ends when its symptoms are gone.
#[test]
fn an_observer_alone_ends_its_incidents() {
    let (mut world, mut observer) = (World::new(5), observer());
    world.steps(&mut observer, 400);
    world.slow = Some("store");
    let events = world.steps(&mut observer, 60);
    assert_eq!(events.iter().filter(|e| matches!(e, Event::Opened { incident: 0, .. })).count(), 1);
    world.slow = None;
    let events = world.steps(&mut observer, 200);
    assert_eq!(events.iter().filter(|e| matches!(e, Event::Subsided { incident: 0 })).count(), 1);
    assert_eq!(observer.incidents().count(), 0);
    world.slow = Some("cart");
    let events = world.steps(&mut observer, 60);
    assert!(events.iter().any(|e| matches!(e, Event::Opened { incident: 1, .. })));
}

#[test]
fn a_quiet_tick_allocates_nothing() {
    let mut circle = Loop::new(observer(), machine());
    let signals: Vec<Signal> =
        (0..1000).map(|i| Signal::new(format!("c{}", i / 10), format!("m{}", i % 10))).collect();
    let ids: Vec<_> = signals.iter().map(|signal| circle.observer.signal(signal).unwrap()).collect();
    let start = Timestamp::from_seconds(1_700_000_000);
    let at = |i: u32| start + STEP * i;
    let mut run = |from: u32, to: u32| {
        for i in from..to {
            for (j, (signal, id)) in signals.iter().zip(&ids).enumerate() {
                let value = (j % 50) as f64 + f64::from(i % 7);
                if j % 2 == 0 {
                    circle.observer.observe(at(i), signal, value);
                } else {
                    circle.observer.observe_by_id(at(i), *id, value);
                }
            }
            circle.observer.request(at(i), 25, 0);
            for event in circle.observer.tick(at(i)) {
                assert!(matches!(event, Event::Source { .. } | Event::Tick));
                for notice in circle.driver.step(at(i), event).unwrap() {
                    circle.observer.heed(&notice);
                }
            }
        }
    };
    run(0, 100);
    // The driver keeps its event in a queue, one a tick; the observer takes nothing.
    let counted = allocation_counter::measure(|| run(100, 140));
    assert!(counted.count_total <= 40, "{counted:?}");
    let mut alone = Observer::builder(Symptom::requests(USERS, 0.02).unwrap()).step(STEP).build().unwrap();
    let ids: Vec<_> = signals.iter().map(|signal| alone.signal(signal).unwrap()).collect();
    let mut run = |from: u32, to: u32| {
        for i in from..to {
            ids.iter()
                .zip(0..)
                .for_each(|(id, j)| alone.observe_by_id(at(i), *id, f64::from(j % 50 + i % 7)));
            alone.request(at(i), 25, 0);
            alone.tick(at(i)).for_each(drop);
        }
    };
    run(0, 100);
    let counted = allocation_counter::measure(|| run(100, 140));
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

/// Of very many metrics the localizer is shown those that moved most: the culprit among them, and silence as
/// well.
#[test]
fn one_of_very_many_metrics_is_found() {
    for silent in [false, true] {
        let users = Symptom::requests(USERS, 0.02).unwrap();
        let mut observer = Observer::builder(users).step(STEP).rows(80).evidence(20 * STEP).build().unwrap();
        let mut source = evenkeel_testing::Source::new(9);
        let ids: Vec<_> = (0..21_000)
            .map(|i| observer.signal(&Signal::new(format!("c{}", i / 6), format!("cpu{}", i % 6))).unwrap())
            .collect();
        let mut blamed = None;
        for i in 0..100_u32 {
            let now = Timestamp::from_seconds(1_700_000_000) + STEP * i;
            let broken = i >= 60;
            for (j, id) in ids.iter().enumerate() {
                let value = 0.3 + 0.02 * source.uniform();
                match j / 6 == 777 && broken {
                    true if silent => {}
                    true => observer.observe_by_id(now, *id, 3.0 * value),
                    false => observer.observe_by_id(now, *id, value),
                }
            }
            observer.request(now, if broken { 60 } else { 100 }, if broken { 40 } else { 0 });
            for event in observer.tick(now) {
                if let Event::Opened { diagnosis, .. } | Event::Diagnosed { diagnosis, .. } = event {
                    blamed = diagnosis.causes().first().map(|cause| cause.component.to_string());
                }
            }
        }
        assert_eq!(blamed.as_deref(), Some("c777"), "silent: {silent}");
    }
}

#[test]
fn hostile_input_is_survived() {
    let mut circle = Loop::new(observer(), machine());
    let signal = Signal::new("a", "b");
    let times =
        [Timestamp::MIN, Timestamp::EPOCH, Timestamp::MAX, Timestamp::from_seconds(5), Timestamp::MIN];
    for (i, t) in times.into_iter().cycle().take(200).enumerate() {
        for x in [f64::NAN, f64::INFINITY, 1e308, -1e99, 0.0, f64::MIN_POSITIVE] {
            circle.observer.observe(t, &signal, x);
            circle.observer.call(t, "a", "a", calls(u64::MAX, u64::MAX, x));
        }
        let (good, bad) = (if i % 2 == 0 { u64::MAX } else { 0 }, if i % 3 == 0 { u64::MAX } else { 1 });
        circle.observer.request(t, good, bad);
        circle.observer.change(t, "a");
        circle.observer.report_delay(t, Duration::MAX);
        circle.tick(t);
    }
}
