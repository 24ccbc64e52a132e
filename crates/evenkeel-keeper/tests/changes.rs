//! What may be blamed.

#[path = "../src/changes.rs"]
mod subject;

use crate::world::{World, keeper, machine};
use core::time::Duration;
use evenkeel_core::{Cause, Diagnosis, FaultKind, Name, Timestamp};
use evenkeel_keeper::{Effect, Keeper};
use evenkeel_remedy::{
    Action, Applied, Decision, Effect as RemedyEffect, Event, Key, Outcome, Plan, Target, Verb,
};
use std::collections::BTreeMap;
use subject::Changes;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn members() -> BTreeMap<Name, Name> {
    let instances = ["cart-1", "cart-2", "store-1", "store-2"];
    instances.map(|i| (Name::from(i), Name::from(i.split('-').next().unwrap()))).into_iter().collect()
}

fn reported(changes: &[(i64, &str)]) -> Changes {
    let mut known = Changes::default();
    changes.iter().for_each(|(second, name)| known.report(at(*second), (*name).into(), &members()));
    known
}

/// What is left: the instance or component, the second, and whether it is an own action.
fn left(changes: &Changes) -> Vec<(String, i64, bool)> {
    let members = members();
    let name = |c: &evenkeel_locate::Change| c.instance.as_ref().unwrap_or(&c.component).to_string();
    changes.told(&members).map(|c| (name(&c), c.at.as_nanos() / 1_000_000_000, c.is_own)).collect()
}

fn settled(changes: &mut Changes, now: i64, incident: u64, verb: Verb, target: Target, outcome: Applied) {
    let key = Key { incident, step: 0, attempt: 0 };
    let effect = RemedyEffect::Settled { key, action: Action::new(verb, target), outcome, undo: false };
    changes.follow(at(now), &effect, None, &members());
}

fn closed(changes: &mut Changes, incident: u64, outcome: Outcome, blamed: Option<(&str, FaultKind)>) {
    let diagnosis = blamed.map(|(component, kind)| {
        let mut cause = Cause::new(component, 0.9).unwrap();
        cause.kind = Some(kind);
        Diagnosis::new(at(0), vec![cause]).unwrap()
    });
    let effect = RemedyEffect::<Verb>::Closed { incident, outcome };
    changes.follow(at(0), &effect, diagnosis.as_ref(), &members());
}

fn escalated() -> Outcome {
    Outcome::Escalated { why: "nothing helps".into() }
}

fn entry(name: &str, second: i64, is_own: bool) -> (String, i64, bool) {
    (name.into(), second, is_own)
}

#[test]
fn what_was_rolled_back_is_gone() {
    // The newest one, wherever it went out to; what it had replaced is there again.
    let rollout = [(10, "cart-1"), (11, "cart-2"), (200, "store-1"), (300, "cart-1"), (301, "cart-2")];
    let mut changes = reported(&rollout);
    settled(&mut changes, 320, 1, Verb::RollBack, Target::component("cart"), Applied::Done);
    let own = entry("cart", 320, true);
    let rest = [entry("cart-1", 10, false), entry("cart-2", 11, false), entry("store-1", 200, false)];
    assert_eq!(left(&changes), [&rest[..], &[own]].concat());
    // Of one instance.
    let mut changes = reported(&rollout);
    settled(&mut changes, 320, 1, Verb::RollBack, Target::instance("cart", "cart-2"), Applied::Done);
    assert!(left(&changes).contains(&entry("cart-1", 300, false)));
    assert!(!left(&changes).contains(&entry("cart-2", 301, false)));
    // What failed may have taken nothing back, and what was never begun did not; another verb takes nothing back.
    for (verb, outcome) in [
        (Verb::RollBack, Applied::Failed { why: "no".into() }),
        (Verb::RollBack, Applied::Absent { why: "no".into() }),
        (Verb::Restart, Applied::Done),
    ] {
        let mut changes = reported(&rollout);
        settled(&mut changes, 320, 1, verb, Target::component("cart"), outcome);
        assert_eq!(left(&changes).iter().filter(|left| !left.2).count(), rollout.len());
    }
}

#[test]
fn an_own_action_is_evidence_until_users_are_fine() {
    let changes = |outcome| {
        let mut changes = reported(&[]);
        settled(&mut changes, 20, 1, Verb::Restart, Target::instance("cart", "cart-1"), Applied::Done);
        assert_eq!(left(&changes), [entry("cart-1", 20, true)]);
        closed(&mut changes, 1, outcome, None);
        left(&changes)
    };
    assert_eq!(changes(Outcome::Recovered), []);
    assert_eq!(changes(escalated()), [entry("cart-1", 20, true)]);
    // One that went wrong is evidence, too; one that never happened is not.
    let mut failed = reported(&[]);
    settled(
        &mut failed,
        20,
        1,
        Verb::Restart,
        Target::component("cart"),
        Applied::Failed { why: "no".into() },
    );
    assert_eq!(left(&failed), [entry("cart", 20, true)]);
    let mut absent = reported(&[]);
    settled(
        &mut absent,
        20,
        1,
        Verb::Restart,
        Target::component("cart"),
        Applied::Absent { why: "no".into() },
    );
    assert_eq!(left(&absent), []);
}

#[test]
fn a_change_is_blamed_once() {
    let bad = Some(("cart", FaultKind::BadChange));
    let changes = [(10, "cart-1"), (12, "store-1"), (30, "cart-2")];
    let after = |acted: bool, outcome: Outcome, blamed| {
        let mut changes = reported(&changes);
        if acted {
            settled(&mut changes, 20, 1, Verb::Restart, Target::component("cart"), Applied::Done);
        }
        closed(&mut changes, 1, outcome, blamed);
        left(&changes).into_iter().filter(|left| !left.2).map(|left| left.0).collect::<Vec<_>>()
    };
    // It was blamed, and something was done: whether that helped or not, it is not blamed again. What was changed since may be.
    assert_eq!(after(true, escalated(), bad), ["store-1", "cart-2"]);
    assert_eq!(after(true, Outcome::Recovered, bad), ["store-1", "cart-2"]);
    // Another fault of its component says nothing of it: a release may be sound at first.
    assert_eq!(after(true, Outcome::Recovered, Some(("cart", FaultKind::CpuExhausted))).len(), 3);
    // It was neither blamed nor did anything help.
    assert_eq!(after(true, escalated(), Some(("cart", FaultKind::Slow))).len(), 3);
    // Nothing was done: it may come again.
    assert_eq!(after(false, Outcome::Subsided, bad).len(), 3);
}

/// As many changes and own actions as may come: memory is bounded.
#[test]
fn memory_is_bounded() {
    let mut changes = reported(&[]);
    for i in 0..2000 {
        changes.report(at(i), "cart-1".into(), &members());
        settled(&mut changes, i, 1, Verb::Restart, Target::component("store"), Applied::Done);
    }
    assert_eq!(left(&changes).len(), 256);
    assert_eq!(left(&changes).last().unwrap().1, 1999);
}

/// Runs until an incident ends; gives what it was thought to be, and what was done.
fn incident(world: &mut World, keeper: &mut Keeper<Verb>) -> (String, Option<FaultKind>, Vec<Verb>) {
    let (mut thought, mut done) = (None, Vec::new());
    for _ in 0..4000 {
        let mut queue: Vec<Effect<Verb>> = world.step(keeper);
        while let Some(effect) = (!queue.is_empty()).then(|| queue.remove(0)) {
            let now = world.now();
            let answer = match effect {
                Effect::Diagnosed { diagnosis, .. } => {
                    thought = diagnosis.causes().first().map(|c| (c.component.to_string(), c.kind));
                    continue;
                }
                Effect::Remedy(RemedyEffect::Append(record)) => {
                    Event::Durable { sequence: record.sequence() }
                }
                Effect::Remedy(RemedyEffect::Decide { incident }) => {
                    let (component, kind) = thought.clone().unwrap();
                    let bad = kind == Some(FaultKind::BadChange);
                    let verb = if bad { Verb::RollBack } else { Verb::Restart };
                    let plan = Plan::of(Action::new(verb, Target::component(component)));
                    Event::Decided { incident, decision: Decision::Act(plan) }
                }
                Effect::Remedy(RemedyEffect::Release(permit)) => {
                    done.push(permit.action().verb);
                    world.slow = None;
                    // Those who deploy tell of the rollback as of any deploy, while it goes on.
                    keeper.change(now + Duration::from_millis(50), permit.action().target.component.clone());
                    Event::Applied { key: permit.key(), outcome: Applied::Done }
                }
                Effect::Remedy(RemedyEffect::Closed { .. }) => {
                    let (component, kind) = thought.unwrap();
                    return (component, kind, done);
                }
                _ => continue,
            };
            queue.extend(keeper.event(now, answer));
        }
    }
    panic!("it does not end");
}

/// A rollback that was done is no bad change, and neither is what it took back.
#[test]
fn the_next_fault_is_not_blamed_on_the_rollback() {
    let machine = machine().act("restart").act("roll back").build().unwrap();
    let (mut world, mut keeper) = (World::new(7), keeper(machine));
    world.steps(&mut keeper, 400);
    keeper.change(world.now(), "store");
    world.slow = Some("store");
    let (component, kind, done) = incident(&mut world, &mut keeper);
    assert_eq!((component.as_str(), kind), ("store", Some(FaultKind::BadChange)));
    assert_eq!(done, [Verb::RollBack]);
    for _ in 0..2 {
        world.steps(&mut keeper, 200);
        world.slow = Some("store");
        let began = world.now();
        let (component, kind, done) = incident(&mut world, &mut keeper);
        assert_eq!((component.as_str(), kind), ("store", Some(FaultKind::Slow)));
        assert_eq!(done, [Verb::Restart]);
        assert!(world.now().since(began) < Duration::from_secs(600));
    }
    // A new change is a new suspect.
    world.steps(&mut keeper, 200);
    keeper.change(world.now(), "store");
    world.slow = Some("store");
    assert_eq!(incident(&mut world, &mut keeper).1, Some(FaultKind::BadChange));
}

/// A clock that was a day ahead is set right: what was changed by it was not changed tomorrow.
#[test]
fn a_clock_set_back_takes_changes_along() {
    let mut changes = reported(&[(100, "cart"), (86_500, "store-1")]);
    changes.set_back(Duration::from_secs(86_400), at(110));
    assert_eq!(left(&changes), [entry("cart", 100, false), entry("store-1", 110, false)]);
}
