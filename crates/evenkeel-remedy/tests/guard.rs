//! Guards: their rulings, with numbers.

use crate::stand::{Stand, at, drain, restart, settings};
use core::time::Duration;
use evenkeel_core::{At, Name, SourceHealth, Topology};
use evenkeel_remedy::action::Plan;
use evenkeel_remedy::executor::Applied;
use evenkeel_remedy::guard::{Freeze, Guard, OneAtATime, Rate, Ruling, SourceHealthy};
use evenkeel_remedy::ledger::ExternalAction;
use evenkeel_remedy::verb::{Share, StandardVerb};
use evenkeel_remedy::{Action, BlastRadius, Cooldown, Event, Health, Target};
use std::sync::Arc;

fn rule(stand: &Stand, guard: &dyn Guard<StandardVerb>, action: &Action<StandardVerb>) -> Ruling {
    guard.rule(action, &stand.machine.ledger())
}

fn says(stand: &Stand, guard: &dyn Guard<StandardVerb>, action: &Action<StandardVerb>) -> String {
    rule(stand, guard, action).to_string()
}

#[test]
fn blast_radius() {
    let stand = Stand::new(settings()).fleet(4);
    let guard = BlastRadius::new(0.25).unwrap();
    assert_eq!(says(&stand, &guard, &drain("store-1")), "permitted");
    let whole = |verb| Action::new(verb, Target::component("store"));
    assert_eq!(
        says(&stand, &guard, &whole(StandardVerb::Restart)),
        "denied: blast radius: 4 of 4 instances of store would be out, at most 1"
    );
    assert_eq!(says(&stand, &guard, &whole(StandardVerb::RollBack)), "permitted");
    assert_eq!(says(&stand, &guard, &whole(StandardVerb::Scale { from: 4, to: 3 })), "permitted");
    assert!(rule(&stand, &guard, &whole(StandardVerb::Scale { from: 4, to: 2 })).is_denied());
    assert_eq!(says(&stand, &guard, &whole(StandardVerb::Scale { from: 4, to: 9 })), "permitted");
    assert!(says(&stand, &guard, &drain("store-9")).contains("not a known part of the fleet"));
    let reason = rule(&stand, &guard, &whole(StandardVerb::Restart)).reasons()[0].clone();
    assert_eq!((reason.observed(), reason.limit()), (4.0, 1.0));
    // The minimum that serves.
    let guard = BlastRadius::new(1.0).unwrap().min_serving(4);
    assert!(says(&stand, &guard, &drain("store-1")).contains("3 instances of store would serve, at least 4"));
    // A third of three is one.
    let stand = Stand::new(settings()).fleet(3);
    assert_eq!(says(&stand, &BlastRadius::new(0.333_333).unwrap(), &drain("store-1")), "permitted");
}

#[test]
fn blast_radius_of_a_group_and_of_one() {
    let mut stand = Stand::new(settings()).fleet(2);
    for i in 1..=2 {
        let health =
            evenkeel_core::At::new(at(0), if i == 1 { Health::OutOfService } else { Health::Serving });
        stand.tell(Event::Health { target: Target::instance("cart", format!("cart-{i}")), health });
    }
    let zone = |share| BlastRadius::new(0.5).unwrap().group("zone", ["store", "cart"], share, 1).unwrap();
    assert_eq!(says(&stand, &zone(0.5), &drain("store-1")), "permitted");
    assert!(
        says(&stand, &zone(0.25), &drain("store-1"))
            .contains("2 of 4 instances of zone would be out, at most 1")
    );
    // One alone is not taken out while it serves, and cured when it fails.
    let mut stand = Stand::new(settings()).fleet(1);
    assert!(rule(&stand, &BlastRadius::default(), &restart("store-1")).is_denied());
    stand.health("store-1", Health::Failing);
    assert_eq!(says(&stand, &BlastRadius::default(), &restart("store-1")), "permitted");
}

#[test]
fn cooldown_rate_and_one_at_a_time() {
    let mut stand = Stand::new(settings()).fleet(3);
    let cooldown = Cooldown::new(Duration::from_secs(60));
    let rate = Rate::new(1, Duration::from_secs(100)).unwrap();
    stand.now = 10;
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    let one = OneAtATime::in_each_component();
    assert_eq!(
        says(&stand, &one, &restart("store-2")),
        "deferred: one at a time: 1 in flight nearby (on store/store-1), at most 0"
    );
    assert!(rule(&stand, &cooldown, &restart("store-1")).not_before().is_some());
    stand.now = 20;
    stand.done();
    assert_eq!(says(&stand, &one, &restart("store-2")), "permitted");
    assert_eq!(rule(&stand, &cooldown, &restart("store-1")).not_before(), Some(at(80)));
    assert_eq!(rule(&stand, &cooldown, &restart("store-2")).not_before(), None);
    let whole = Action::new(StandardVerb::RollBack, Target::component("store"));
    assert_eq!(rule(&stand, &cooldown, &whole).not_before(), Some(at(80)));
    assert_eq!(rule(&stand, &rate, &restart("store-3")).not_before(), Some(at(110)));
    stand.tick(80);
    assert_eq!(says(&stand, &cooldown, &restart("store-1")), "permitted");
    stand.tick(109);
    assert!(rule(&stand, &rate, &restart("store-3")).not_before().is_some());
    stand.tick(110);
    assert_eq!(says(&stand, &rate, &restart("store-3")), "permitted");
    assert!(Rate::new(0, Duration::from_secs(1)).is_err());
    assert!(Rate::new(1, Duration::ZERO).is_err());
}

struct Pairs;

impl Topology for Pairs {
    fn are_adjacent(&self, a: &Name, b: &Name) -> bool {
        (a == "store" && b == "cart") || (a == "cart" && b == "store")
    }
}

#[test]
fn neighbors_are_left_alone() {
    let mut stand = Stand::new(settings());
    let outside = ExternalAction {
        target: Target::component("cart"),
        share: Share::Nothing,
        since: at(0),
        until: at(10),
        note: "a release".into(),
    };
    stand.tell(Event::ExternalAction(outside));
    let guard = OneAtATime::among_neighbors(Arc::new(Pairs));
    assert!(rule(&stand, &guard, &restart("store-1")).not_before().is_some());
    let far = Action::new(StandardVerb::Restart, Target::component("edge"));
    assert_eq!(says(&stand, &guard, &far), "permitted");
    assert!(rule(&stand, &OneAtATime::everywhere(), &far).not_before().is_some());
    stand.tick(10);
    assert_eq!(says(&stand, &guard, &restart("store-1")), "permitted");
}

#[test]
fn freezes() {
    let mut stand = Stand::new(settings());
    let guard = Freeze::new().window(at(20), at(30)).unwrap().window(at(10), at(20)).unwrap();
    assert_eq!(says(&stand, &guard, &restart("store-1")), "permitted");
    stand.tick(10);
    assert_eq!(rule(&stand, &guard, &restart("store-1")).not_before(), Some(at(30)));
    stand.tick(30);
    assert_eq!(says(&stand, &guard, &restart("store-1")), "permitted");
    assert!(Freeze::new().window(at(2), at(2)).is_err());
    // A switch works without any guard of the user's.
    stand.tell(Event::Freeze { name: "holidays".into(), until: Some(at(40)) });
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    assert_eq!(stand.refusals(), ["freeze: frozen: holidays"]);
    stand.tick(40);
    assert_eq!(says(&stand, &Freeze::new(), &restart("store-1")), "permitted");
}

#[test]
fn blast_radius_counts_what_others_do() {
    let mut stand = Stand::new(settings()).fleet(2);
    let outside = |until| ExternalAction {
        target: Target::instance("store", "store-2"),
        share: Share::Whole,
        since: at(0),
        until,
        note: "Ada looks into it".into(),
    };
    stand.now = 1;
    stand.tell(Event::ExternalAction(outside(at(50))));
    stand.health("store-2", Health::Serving);
    assert!(rule(&stand, &BlastRadius::default(), &restart("store-1")).is_denied());
    stand.now = 10;
    stand.tell(Event::ExternalAction(outside(at(10))));
    assert_eq!(says(&stand, &BlastRadius::default(), &restart("store-1")), "permitted");
}

#[test]
fn sources_that_are_named_and_all_there_are() {
    let mut stand = Stand::new(settings()).fleet(2);
    let (users, all) = (SourceHealthy::of(["users"]), SourceHealthy::all());
    assert!(says(&stand, &users, &drain("store-1")).contains("nothing is known of the source users"));
    assert!(says(&stand, &all, &drain("store-1")).contains("no source of telemetry is known"));
    stand.source(SourceHealth::Fresh);
    assert_eq!(says(&stand, &users, &drain("store-1")), "permitted");
    // Another source is broken: who named the users does not care.
    let health = At::new(at(0), SourceHealth::Broken);
    stand.tell(Event::Source { name: "logs".into(), health });
    assert_eq!(says(&stand, &users, &drain("store-1")), "permitted");
    assert!(says(&stand, &all, &drain("store-1")).contains("logs"));
    // A report counts for a minute, or as long as it is said to.
    stand.tick(30);
    let short = SourceHealthy::of(["users"]).expires_after(Duration::from_secs(20));
    assert_eq!(says(&stand, &users, &drain("store-1")), "permitted");
    assert!(says(&stand, &short, &drain("store-1")).contains("30 s old, at most 20 s"));
    stand.tick(61);
    assert!(says(&stand, &users, &drain("store-1")).contains("61 s old, at most 60 s"));
}

#[test]
fn components_have_limits_of_their_own() {
    let stand = Stand::new(settings()).fleet(4);
    let guard = BlastRadius::new(0.0).unwrap().component("store", 0.5, 1).unwrap();
    assert_eq!(says(&stand, &guard, &drain("store-1")), "permitted");
    assert!(rule(&stand, &BlastRadius::new(0.0).unwrap(), &drain("store-1")).is_denied());
    assert!(BlastRadius::new(0.5).unwrap().component("store", 1.5, 1).is_err());
}

#[test]
fn what_others_in_a_group_are_acted_on_counts() {
    let mut stand = Stand::new(settings()).fleet(2);
    for i in 1..=2 {
        let health = At::new(at(0), Health::Failing);
        stand.tell(Event::Health { target: Target::instance("cart", format!("cart-{i}")), health });
    }
    // Both carts fail and one is being cured: that is one acted on, of at most one in the group.
    let target = Target::instance("cart", "cart-1");
    let note = "somebody cures it".into();
    stand.tell(Event::ExternalAction(ExternalAction {
        target,
        share: Share::Whole,
        since: at(0),
        until: at(1000),
        note,
    }));
    let zone = |share| {
        BlastRadius::new(1.0).unwrap().min_serving(0).group("zone", ["store", "cart"], share, 0).unwrap()
    };
    assert!(rule(&stand, &zone(0.25), &restart("store-1")).is_denied());
    assert_eq!(says(&stand, &zone(1.0), &restart("store-1")), "permitted");
}

#[test]
fn what_was_never_done_cools_nothing_down() {
    let mut stand = Stand::new(settings()).fleet(3);
    let cooldown = Cooldown::new(Duration::from_secs(60));
    stand.now = 10;
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    stand.now = 20;
    let key = stand.permits.last().unwrap().key();
    stand.applied(key, Applied::Absent { why: "there is none".into() });
    // The attempt that follows is in flight; once it is absent, too, nothing was done.
    while let Some(key) =
        stand.permits.last().map(evenkeel_remedy::executor::Permit::key).filter(|k| *k != key)
    {
        stand.applied(key, Applied::Absent { why: "there is none".into() });
        if stand.permits.last().is_some_and(|p| p.key() == key) {
            break;
        }
    }
    let ruling = rule(&stand, &cooldown, &restart("store-1"));
    assert!(!ruling.reasons().iter().any(|r| r.to_string().contains("since the last action")), "{ruling}");
}

#[test]
fn guards_say_how_far_they_look_back() {
    let back = |guard: &dyn Guard<StandardVerb>| guard.looks_back();
    assert_eq!(back(&Cooldown::new(Duration::from_secs(60))), Duration::from_secs(60));
    assert_eq!(back(&Rate::new(1, Duration::from_secs(100)).unwrap()), Duration::from_secs(100));
    assert_eq!(back(&OneAtATime::everywhere()), Duration::ZERO);
}

/// So many instances, of which some fail, and some are of unknown health; what the blast radius of a half
/// says.
fn of(members: usize, failing: usize, unknown: usize, action: &Action<StandardVerb>) -> bool {
    let mut stand = Stand::new(settings());
    for i in 1..=members {
        stand.health(&format!("store-{i}"), if i <= failing { Health::Failing } else { Health::Serving });
    }
    stand.tick(61);
    for i in 1..=members - unknown {
        stand.health(&format!("store-{i}"), if i <= failing { Health::Failing } else { Health::Serving });
    }
    !rule(&stand, &BlastRadius::new(0.5).unwrap(), action).is_denied()
}

#[test]
fn what_is_out_already_cannot_be_taken_out() {
    let back = Action::new(StandardVerb::RollBack, Target::component("store"));
    for (members, failing) in
        [(1, 1), (2, 2), (3, 3), (10, 10), (2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (4, 3), (10, 5), (10, 9)]
    {
        assert!(of(members, failing, 0, &back), "a rollback, {failing} of {members} fail");
    }
    assert!(!of(1, 0, 0, &back) && of(2, 0, 0, &back), "it takes out one that serves");
    // Those that fail go first: two are out before and after, and one is acted on.
    let mut stand = Stand::new(settings()).fleet(4);
    stand.health("store-1", Health::Failing);
    stand.health("store-2", Health::Failing);
    let after = stand.machine.ledger().after(&back);
    assert_eq!((after.count(), after.count_acted_on()), (2, 1));
    // All at once: all of them fail, and more would be acted on than may be; or one that serves is taken out.
    let all = Action::new(StandardVerb::Restart, Target::component("store"));
    assert!(of(1, 1, 0, &all));
    assert!(!of(10, 10, 0, &all) && !of(10, 1, 0, &all) && !of(10, 9, 0, &all) && !of(2, 2, 0, &all));
    // Some, nobody knows which: only where none serves.
    let fewer = Action::new(StandardVerb::Scale { from: 4, to: 3 }, Target::component("store"));
    assert!(of(4, 4, 0, &fewer) && of(4, 1, 0, &fewer) && !of(4, 2, 0, &fewer) && !of(4, 3, 0, &fewer));
    // One: if it fails.
    assert!(of(4, 4, 0, &restart("store-1")) && !of(4, 3, 0, &restart("store-4")));
    // Of unknown health is out, and may be serving.
    assert!(!of(2, 1, 1, &back) && !of(3, 1, 2, &back) && !of(2, 0, 2, &back) && !of(4, 1, 2, &back));
}

#[test]
fn what_is_not_meant_to_serve_cannot_be_taken_out() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.health("store-1", Health::OutOfService);
    stand.health("store-2", Health::Failing);
    let guard = BlastRadius::new(0.5).unwrap();
    assert_eq!(says(&stand, &guard, &restart("store-1")), "permitted");
    stand.health("store-2", Health::Serving);
    assert_eq!(says(&stand, &guard, &restart("store-1")), "permitted");
    assert!(rule(&stand, &guard, &restart("store-2")).is_denied());
}

#[test]
fn two_rollbacks_at_once_do_not_count_on_the_same_instance() {
    let mut stand = Stand::new(settings());
    for i in 1..=4 {
        stand.health(&format!("store-{i}"), if i == 1 { Health::Failing } else { Health::Serving });
    }
    let back = Action::new(StandardVerb::RollBack, Target::component("store"));
    let guard = BlastRadius::new(0.25).unwrap();
    assert_eq!(says(&stand, &guard, &back), "permitted");
    stand.open(1);
    stand.decide(1, Plan::of(back.clone()));
    assert!(rule(&stand, &guard, &back).is_denied(), "the one that fails is taken already");
}

#[test]
fn shares_beyond_all_numbers_open_nothing() {
    for share in [Share::Some(3), Share::Some(usize::MAX), Share::Some(usize::MAX - 1), Share::Whole] {
        let mut stand = Stand::new(settings()).fleet(4);
        stand.health("store-1", Health::OutOfService);
        for note in ["maintenance", "more", "and more"] {
            let target = Target::component("store");
            let (since, until) = (at(0), at(1000));
            stand.tell(Event::ExternalAction(ExternalAction {
                target,
                share,
                since,
                until,
                note: note.into(),
            }));
        }
        stand.now = 1;
        for i in 2..=4 {
            stand.health(&format!("store-{i}"), Health::Serving);
        }
        let out = stand.machine.ledger().out_of_service(&"store".into());
        assert_eq!((out.count(), out.count_acted_on()), (4, 4), "{share:?}");
        let zone =
            BlastRadius::new(1.0).unwrap().min_serving(0).group("zone", ["cart", "store"], 0.5, 0).unwrap();
        for guard in [BlastRadius::new(0.5).unwrap(), zone] {
            assert!(rule(&stand, &guard, &restart("store-2")).is_denied(), "{share:?}");
            assert!(rule(&stand, &guard, &restart("store-9")).is_denied(), "{share:?}");
            let back = Action::new(StandardVerb::RollBack, Target::component("store"));
            assert!(rule(&stand, &guard, &back).is_denied(), "{share:?}");
        }
    }
}
