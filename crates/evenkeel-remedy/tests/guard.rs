//! What guards say, with their numbers.

use crate::stand::{Stand, at, drain, restart, settings};
use core::time::Duration;
use evenkeel_core::{Name, Topology};
use evenkeel_remedy::{
    Action, BlastRadius, Cooldown, Event, Freeze, Guard, Health, OneAtATime, Outside, Plan, Rate, Ruling,
    Share, Target, Verb,
};
use std::sync::Arc;

fn rule(stand: &Stand, guard: &dyn Guard<Verb>, action: &Action<Verb>) -> Ruling {
    guard.rule(action, &stand.machine.ledger())
}

fn says(stand: &Stand, guard: &dyn Guard<Verb>, action: &Action<Verb>) -> String {
    rule(stand, guard, action).to_string()
}

#[test]
fn blast_radius() {
    let stand = Stand::new(settings()).fleet(4);
    let guard = BlastRadius::new(0.25).unwrap();
    assert_eq!(says(&stand, &guard, &drain("store-1")), "permitted");
    let whole = |verb| Action::new(verb, Target::component("store"));
    assert_eq!(
        says(&stand, &guard, &whole(Verb::Restart)),
        "denied: blast radius: 4 of 4 instances of store would be out, at most 1"
    );
    assert_eq!(says(&stand, &guard, &whole(Verb::RollBack)), "permitted");
    assert_eq!(says(&stand, &guard, &whole(Verb::Scale { from: 4, to: 3 })), "permitted");
    assert!(rule(&stand, &guard, &whole(Verb::Scale { from: 4, to: 2 })).is_denied());
    assert_eq!(says(&stand, &guard, &whole(Verb::Scale { from: 4, to: 9 })), "permitted");
    assert!(says(&stand, &guard, &drain("store-9")).contains("not a known part of the fleet"));
    let reason = rule(&stand, &guard, &whole(Verb::Restart)).reasons()[0].clone();
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
    let whole = Action::new(Verb::RollBack, Target::component("store"));
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
    let outside = Outside {
        target: Target::component("cart"),
        share: Share::Nothing,
        since: at(0),
        until: at(10),
        note: "a release".into(),
    };
    stand.tell(Event::Outside(outside));
    let guard = OneAtATime::among_neighbors(Arc::new(Pairs));
    assert!(rule(&stand, &guard, &restart("store-1")).not_before().is_some());
    let far = Action::new(Verb::Restart, Target::component("edge"));
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
    let outside = |until| Outside {
        target: Target::instance("store", "store-2"),
        share: Share::Whole,
        since: at(0),
        until,
        note: "Ada looks into it".into(),
    };
    stand.now = 1;
    stand.tell(Event::Outside(outside(at(50))));
    stand.health("store-2", Health::Serving);
    assert!(rule(&stand, &BlastRadius::default(), &restart("store-1")).is_denied());
    stand.now = 10;
    stand.tell(Event::Outside(outside(at(10))));
    assert_eq!(says(&stand, &BlastRadius::default(), &restart("store-1")), "permitted");
}
