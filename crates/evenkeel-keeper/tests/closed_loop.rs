use crate::world::{World, keeper, machine};
use core::time::Duration;
use evenkeel_core::{Signal, Timestamp, TransitionKind};
use evenkeel_keeper::{Effect, Keeper};
use evenkeel_remedy::{
    Action, Applied, Decision, Effect as RemedyEffect, Event, Outcome, Plan, Target, Verb,
};

#[test]
fn nothing_wrong_nothing_done() {
    let (mut world, mut keeper) = (World::new(1), keeper(machine().act("restart").build().unwrap()));
    let effects = world.steps(&mut keeper, 4000);
    let remedies = effects.iter().filter(|e| !matches!(e, Effect::Alert { .. } | Effect::Source { .. }));
    assert_eq!(
        remedies
            .filter(|e| !matches!(e, Effect::Remedy(RemedyEffect::Append(_) | RemedyEffect::WakeAt(_))))
            .count(),
        0
    );
    assert!(keeper.incident().is_none());
}

#[test]
fn a_fault_is_found_remedied_and_verified() {
    let (mut world, mut keeper) = (World::new(2), keeper(machine().act("restart").build().unwrap()));
    world.steps(&mut keeper, 400);
    world.slow = Some("store");
    let began = world.now();
    let (mut suffering, mut culprit, mut acted, mut outcome) = (None, None, 0, None);
    for _ in 0..2400 {
        let mut queue: Vec<Effect<Verb>> = world.step(&mut keeper);
        while let Some(effect) = (!queue.is_empty()).then(|| queue.remove(0)) {
            let now = world.now();
            let answer = match effect {
                Effect::Suffering { since, .. } => {
                    suffering = Some(since);
                    continue;
                }
                Effect::Diagnosed { diagnosis, .. } => {
                    assert_eq!(acted, 0, "what is seen after the remedy is the remedy's doing");
                    culprit = diagnosis.causes().first().map(|c| c.component.clone());
                    assert!(!diagnosis.causes()[0].evidence.is_empty());
                    continue;
                }
                Effect::Remedy(RemedyEffect::Append(record)) => {
                    Event::Durable { sequence: record.sequence() }
                }
                Effect::Remedy(RemedyEffect::Decide { incident }) => {
                    let target = Target::component(culprit.clone().unwrap());
                    let plan = Plan::of(Action::new(Verb::Restart, target));
                    Event::Decided { incident, decision: Decision::Act(plan) }
                }
                Effect::Remedy(RemedyEffect::Release(permit)) => {
                    assert_eq!(permit.action().target, Target::component("store"));
                    acted += 1;
                    (world.slow, world.busy) = (None, Some("cart"));
                    Event::Applied { key: permit.key(), outcome: Applied::Done }
                }
                Effect::Remedy(RemedyEffect::Closed { outcome: o, .. }) => {
                    outcome = Some(o);
                    continue;
                }
                _ => continue,
            };
            queue.extend(keeper.event(now, answer));
        }
        if outcome.is_some() {
            break;
        }
    }
    let since = suffering.unwrap();
    assert!(
        since >= began && since.since(began) < Duration::from_secs(3),
        "suffering since {since}, began {began}"
    );
    assert_eq!(culprit.unwrap(), "store");
    assert_eq!((acted, outcome), (1, Some(Outcome::Recovered)));
    assert!(keeper.incident().is_none(), "it is ready for the next");
    // And the next one is found as well.
    world.busy = None;
    world.steps(&mut keeper, 400);
    world.slow = Some("cart");
    let again = world.steps(&mut keeper, 40);
    assert!(again.iter().any(|e| matches!(e, Effect::Suffering { .. })));
}

#[test]
fn by_default_it_advises() {
    let (mut world, mut keeper) = (World::new(3), keeper(machine().build().unwrap()));
    world.steps(&mut keeper, 400);
    world.slow = Some("store");
    let mut advised = false;
    for _ in 0..400 {
        let mut queue: Vec<Effect<Verb>> = world.step(&mut keeper);
        while let Some(effect) = queue.pop() {
            let answer = match effect {
                Effect::Remedy(RemedyEffect::Append(record)) => {
                    Event::Durable { sequence: record.sequence() }
                }
                Effect::Remedy(RemedyEffect::Decide { incident }) => {
                    let plan = Plan::of(Action::new(Verb::Restart, Target::component("store")));
                    Event::Decided { incident, decision: Decision::Act(plan) }
                }
                Effect::Remedy(RemedyEffect::Release(permit)) => panic!("released {permit:?}"),
                Effect::Remedy(RemedyEffect::Advise { .. }) => {
                    advised = true;
                    continue;
                }
                _ => continue,
            };
            queue.extend(keeper.event(world.now(), answer));
        }
    }
    assert!(advised);
}

/// A metric that jumps while users are fine is shown, and nothing is done.
#[test]
fn an_abnormal_metric_triggers_nothing() {
    let (mut world, mut keeper) = (World::new(4), keeper(machine().act("restart").build().unwrap()));
    let odd = Signal::new("cart", "queue");
    let mut alerts = Vec::new();
    for i in 0..1000_i64 {
        keeper.observe(
            &odd,
            world.now(),
            if (600..640).contains(&i) { 500.0 } else { 10.0 + (i % 4) as f64 },
        );
        for effect in world.step(&mut keeper) {
            match effect {
                Effect::Alert { signal, transition } if signal == odd => alerts.push(transition.kind),
                Effect::Suffering { .. } | Effect::Diagnosed { .. } => panic!("{effect:?}"),
                _ => {}
            }
        }
    }
    assert_eq!(alerts, [TransitionKind::Raised, TransitionKind::Cleared]);
}

#[test]
fn a_quiet_tick_allocates_nothing() {
    let mut keeper: Keeper<Verb> = keeper(machine().build().unwrap());
    let signals: Vec<Signal> =
        (0..1000).map(|i| Signal::new(format!("c{}", i / 10), format!("m{}", i % 10))).collect();
    let start = Timestamp::from_seconds(1_700_000_000);
    let at = |i: u32| start + crate::world::STEP * i;
    let mut run = |from: u32, to: u32| {
        for i in from..to {
            for (j, signal) in signals.iter().enumerate() {
                keeper.observe(signal, at(i), (j % 50) as f64 + f64::from(i % 7));
            }
            keeper.request(at(i), 25, 0);
            assert!(
                keeper.tick(at(i)).iter().all(|e| matches!(e, Effect::Source { .. } | Effect::Remedy(_)))
            );
        }
    };
    run(0, 100);
    let counted = allocation_counter::measure(|| run(100, 140));
    assert_eq!(counted.count_total, 0, "{counted:?}");
}

#[test]
fn hostile_input_is_survived() {
    let mut keeper = keeper(machine().build().unwrap());
    let signal = Signal::new("a", "b");
    let times =
        [Timestamp::MIN, Timestamp::EPOCH, Timestamp::MAX, Timestamp::from_seconds(5), Timestamp::MIN];
    for (i, t) in times.into_iter().cycle().take(200).enumerate() {
        for x in [f64::NAN, f64::INFINITY, 1e308, -1e99, 0.0, f64::MIN_POSITIVE] {
            keeper.observe(&signal, t, x);
            keeper.call(t, &"a".into(), &"a".into(), u64::MAX, u64::MAX, x);
        }
        keeper.request(t, if i % 2 == 0 { u64::MAX } else { 0 }, if i % 3 == 0 { u64::MAX } else { 1 });
        keeper.change(t, "a");
        keeper.oversleep(t, Duration::MAX);
        let _ = keeper.tick(t);
    }
}
