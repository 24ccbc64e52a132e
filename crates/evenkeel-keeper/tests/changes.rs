//! Blame of changes.

#[path = "../src/changes.rs"]
#[expect(dead_code, reason = "the observer uses all of it")]
mod subject;

use crate::members::Members;
use crate::world::{Hands, Loop, World, machine, observer};
use core::time::Duration;
use evenkeel_core::{Cause, Diagnosis, FaultKind, Timestamp};
use evenkeel_remedy::action::Key;
use evenkeel_remedy::executor::Applied;
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Action, Notice, Outcome, Target};
use subject::Changes;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(second)
}

fn members() -> Members {
    let mut members = Members::default();
    for instance in ["cart-1", "cart-2", "store-1", "store-2"] {
        members.insert(instance.split('-').next().unwrap().into(), instance.into());
    }
    members
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

fn settled(
    changes: &mut Changes,
    now: i64,
    incident: u64,
    verb: StandardVerb,
    target: Target,
    outcome: Applied,
) {
    let key = Key { incident, step: 0, attempt: 0 };
    let notice = Notice::Settled { key, action: Action::new(verb, target), outcome, undo: false };
    changes.heed(at(now), &notice, None, &members());
}

fn closed(changes: &mut Changes, incident: u64, outcome: Outcome, blamed: Option<(&str, FaultKind)>) {
    let diagnosis = blamed.map(|(component, kind)| {
        let mut cause = Cause::new(component, 0.9).unwrap();
        cause.kind = Some(kind);
        Diagnosis::new(at(0), vec![cause]).unwrap()
    });
    let notice = Notice::<StandardVerb>::Closed { incident, outcome };
    changes.heed(at(0), &notice, diagnosis.as_ref(), &members());
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
    settled(&mut changes, 320, 1, StandardVerb::RollBack, Target::component("cart"), Applied::Done);
    let own = entry("cart", 320, true);
    let rest = [entry("cart-1", 10, false), entry("cart-2", 11, false), entry("store-1", 200, false)];
    assert_eq!(left(&changes), [&rest[..], &[own]].concat());
    // Of one instance.
    let mut changes = reported(&rollout);
    settled(&mut changes, 320, 1, StandardVerb::RollBack, Target::instance("cart", "cart-2"), Applied::Done);
    assert!(left(&changes).contains(&entry("cart-1", 300, false)));
    assert!(!left(&changes).contains(&entry("cart-2", 301, false)));
    // What failed may have taken nothing back, and what was never begun did not; another verb takes nothing
    // back.
    for (verb, outcome) in [
        (StandardVerb::RollBack, Applied::Failed { why: "no".into() }),
        (StandardVerb::RollBack, Applied::Absent { why: "no".into() }),
        (StandardVerb::Restart, Applied::Done),
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
        settled(
            &mut changes,
            20,
            1,
            StandardVerb::Restart,
            Target::instance("cart", "cart-1"),
            Applied::Done,
        );
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
        StandardVerb::Restart,
        Target::component("cart"),
        Applied::Failed { why: "no".into() },
    );
    assert_eq!(left(&failed), [entry("cart", 20, true)]);
    let mut absent = reported(&[]);
    settled(
        &mut absent,
        20,
        1,
        StandardVerb::Restart,
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
            settled(&mut changes, 20, 1, StandardVerb::Restart, Target::component("cart"), Applied::Done);
        }
        closed(&mut changes, 1, outcome, blamed);
        left(&changes).into_iter().filter(|left| !left.2).map(|left| left.0).collect::<Vec<_>>()
    };
    // It was blamed, and something was done: whether that helped or not, it is not blamed again. What was
    // changed since may be.
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
        settled(&mut changes, i, 1, StandardVerb::Restart, Target::component("store"), Applied::Done);
    }
    assert_eq!(left(&changes).len(), 256);
    assert_eq!(left(&changes).last().unwrap().1, 1999);
}

/// Runs until an incident ends; gives what it was thought to be, and what was done.
fn incident(world: &mut World, circle: &mut Loop) -> (String, Option<FaultKind>, Vec<StandardVerb>) {
    let (mut thought, before) = (None, circle.acted());
    for _ in 0..4000 {
        let acted = circle.acted();
        let (_, notices) = world.turn(circle);
        if circle.acted() > acted {
            world.slow = None;
            // Those who deploy tell of the rollback as of any deploy, while it goes on.
            let target = circle.hands.done.borrow().last().unwrap().target.component.clone();
            circle.observer.change(world.now(), target);
            circle.hands.end();
        }
        for notice in notices {
            match notice {
                Notice::Opened { diagnosis, .. } => {
                    thought = diagnosis.causes().first().map(|c| (c.component.to_string(), c.kind));
                }
                Notice::Closed { .. } => {
                    let (component, kind) = thought.unwrap();
                    let done =
                        circle.hands.done.borrow()[before..].iter().map(|action| action.verb).collect();
                    return (component, kind, done);
                }
                _ => {}
            }
        }
    }
    panic!("it does not end");
}

/// A rollback that was done is no bad change, and neither is what it took back.
#[test]
fn the_next_fault_is_not_blamed_on_the_rollback() {
    let hands = Hands { takes_time: true, ..Hands::default() };
    let mut circle = Loop::with_hands(observer(), machine().enable("restart").enable("roll back"), hands);
    let mut world = World::new(7);
    world.turns(&mut circle, 400);
    circle.observer.change(world.now(), "store");
    world.slow = Some("store");
    let (component, kind, done) = incident(&mut world, &mut circle);
    assert_eq!((component.as_str(), kind), ("store", Some(FaultKind::BadChange)));
    assert_eq!(done, [StandardVerb::RollBack]);
    for _ in 0..2 {
        world.turns(&mut circle, 200);
        world.slow = Some("store");
        let began = world.now();
        let (component, kind, done) = incident(&mut world, &mut circle);
        assert_eq!((component.as_str(), kind), ("store", Some(FaultKind::Slow)));
        assert_eq!(done, [StandardVerb::Restart]);
        assert!(world.now().since(began) < Duration::from_secs(600));
    }
    // A new change is a new suspect.
    world.turns(&mut circle, 200);
    circle.observer.change(world.now(), "store");
    world.slow = Some("store");
    assert_eq!(incident(&mut world, &mut circle).1, Some(FaultKind::BadChange));
}

/// A clock that was a day ahead is set right: what was changed by it was not changed tomorrow.
#[test]
fn a_clock_set_back_takes_changes_along() {
    let mut changes = reported(&[(100, "cart"), (86_500, "store-1")]);
    changes.set_back(Duration::from_secs(86_400), at(110));
    assert_eq!(left(&changes), [entry("cart", 100, false), entry("store-1", 110, false)]);
}
