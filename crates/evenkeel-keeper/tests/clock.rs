//! Late, repeated and future values, clocks that jump, and settings at their ends.

use crate::world::{STEP, World, keeper, machine};
use core::time::Duration;
use evenkeel_core::{Diagnosis, Name, Signal, SourceHealth, Timestamp, Unreliable};
use evenkeel_keeper::{Effect, Keeper, USERS};
use evenkeel_remedy::{
    Action, Applied, Decision, Effect as RemedyEffect, Event, Outcome, Plan, Target, Verb,
};
use proptest::prelude::*;

const DAY: i64 = 86_400;

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000 + second)
}

fn plain() -> Keeper<Verb> {
    let machine = machine().act("restart").build().unwrap();
    let builder = Keeper::builder(0.02, machine).step(Duration::from_secs(1));
    builder.evidence(Duration::from_secs(5)).build().unwrap()
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
    /// Does what is wanted: restarts the store once, then waits.
    fn answer(&mut self, keeper: &mut Keeper<Verb>, second: i64, now: Timestamp, effects: Vec<Effect<Verb>>) {
        let mut todo = effects;
        while let Some(effect) = todo.pop() {
            let event = match effect {
                Effect::Diagnosed { diagnosis, .. } => {
                    self.diagnosed.push(diagnosis);
                    continue;
                }
                Effect::Source { name, health } => {
                    self.told.push((name, health));
                    continue;
                }
                Effect::Remedy(RemedyEffect::Append(record)) => {
                    Event::Durable { sequence: record.sequence() }
                }
                Effect::Remedy(RemedyEffect::Decide { incident }) => {
                    let plan = Plan::of(Action::new(Verb::Restart, Target::instance("store", "store-1")));
                    let decision = if self.acted.is_none() {
                        Decision::Act(plan)
                    } else {
                        Decision::Wait { until: now + Duration::from_secs(30), why: String::new() }
                    };
                    Event::Decided { incident, decision }
                }
                Effect::Remedy(RemedyEffect::Release(permit)) => {
                    self.acted = Some(second);
                    Event::Applied { key: permit.key(), outcome: Applied::Done }
                }
                Effect::Remedy(RemedyEffect::Closed { outcome, .. }) => {
                    self.ended.get_or_insert((second, outcome));
                    continue;
                }
                _ => continue,
            };
            todo.extend(keeper.event(now, event));
        }
    }
}

/// One second of a store that is slow and of a cart that is not.
fn observe(keeper: &mut Keeper<Verb>, second: i64, broken: bool) {
    let latency = if broken { 0.9 } else { 0.03 + 0.001 * (second % 7) as f64 };
    keeper.observe(&Signal::new("store", "latency_p99"), at(second), latency);
    keeper.observe(&Signal::new("cart", "latency_p99"), at(second), 0.02 + 0.001 * (second % 5) as f64);
}

#[test]
fn late_requests_are_no_recovery() {
    // A backlog of good ones from before, all at once or bit by bit; the good ones of one second again and again.
    for kind in 0..4 {
        let (mut keeper, mut seen) = (plain(), Seen::default());
        for second in 0..300 {
            let broken = second >= 150;
            observe(&mut keeper, second, broken);
            keeper.request(at(second), if broken { 18 } else { 20 }, if broken { 2 } else { 0 });
            let after = seen.acted.map_or(-1, |acted| second - acted);
            match kind {
                0 if after == 2 => (90..150).for_each(|old| keeper.request(at(old), 20, 0)),
                1 if after >= 1 => (0..20).for_each(|old| keeper.request(at(100 + old), 20, 0)),
                2 if after >= 2 => (0..20).for_each(|_| keeper.request(at(second - 1), 18, 0)),
                // Up to the second of the action itself.
                3 if after >= 1 => (0..20).for_each(|_| keeper.request(at(second - after), 18, 0)),
                _ => {}
            }
            let effects = keeper.tick(at(second)).into_iter().collect();
            seen.answer(&mut keeper, second, at(second), effects);
        }
        assert!(seen.acted.is_some(), "{kind}");
        assert!(
            !matches!(seen.ended, Some((_, Outcome::Recovered | Outcome::Subsided))),
            "{kind}: {:?}",
            seen.ended
        );
        assert!(keeper.late_requests() >= 60 * 18, "{kind}: {}", keeper.late_requests());
    }
}

#[test]
fn a_cure_is_seen_through_late_and_repeated_requests() {
    let (mut keeper, mut seen) = (plain(), Seen::default());
    for second in 0..300 {
        let broken = second >= 150 && seen.acted.is_none();
        observe(&mut keeper, second, broken);
        // Bad ones of before the action again and again, and a front end that reports a second later.
        let (good, bad) = if broken { (30, 20) } else { (50, 0) };
        keeper.request(at(second), good, bad);
        if let Some(acted) = seen.acted {
            keeper.request(at(acted - 1), 0, 20);
            keeper.request(at(second - 1), 50, 0);
        }
        let effects = keeper.tick(at(second)).into_iter().collect();
        seen.answer(&mut keeper, second, at(second), effects);
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
    let (mut keeper, mut seen) = (plain(), Seen::default());
    for second in 0..300 {
        let broken = second >= 150;
        observe(&mut keeper, second, broken);
        keeper.request(at(second), 50, 0);
        keeper.request(at(second - 1), if broken { 45 } else { 50 }, if broken { 15 } else { 0 });
        let effects = keeper.tick(at(second)).into_iter().collect();
        seen.answer(&mut keeper, second, at(second), effects);
    }
    assert!(seen.acted.is_some());
    assert!(!matches!(seen.ended, Some((_, Outcome::Recovered | Outcome::Subsided))), "{:?}", seen.ended);
}

#[test]
fn requests_count_by_their_own_time() {
    // All requests are heard of 20 s late. Some were fine just before the action; those after it are not.
    let (mut keeper, mut seen) = (plain(), Seen::default());
    for second in 0..400 {
        observe(&mut keeper, second, second >= 150);
        let then = second - 20;
        let bad = match seen.acted {
            _ if (150..160).contains(&then) => 20,
            Some(acted) if then > acted => 5,
            _ => 0,
        };
        keeper.request(at(then), 50 - bad, bad);
        let effects = keeper.tick(at(second)).into_iter().collect();
        seen.answer(&mut keeper, second, at(second), effects);
    }
    assert!(seen.acted.is_some_and(|acted| acted < 200), "{:?}", seen.acted);
    let recovered = matches!(seen.ended, Some((_, Outcome::Recovered | Outcome::Subsided)));
    assert!(!recovered, "acted {:?}, ended {:?}", seen.acted, seen.ended);
}

#[test]
fn late_requests_neither_trigger_nor_calm() {
    let mut keeper = plain();
    for second in 0..100 {
        keeper.request(at(second), 50, 0);
        let _ = keeper.tick(at(second));
    }
    (0..90).for_each(|old| keeper.request(at(old), 0, 50));
    assert_eq!(keeper.evidence().0, 0.0);
    assert_eq!(keeper.late_requests(), 90 * 50);
    keeper.request(at(100), 0, 5);
    let before = keeper.evidence().0;
    assert!(before > 0.0);
    (0..90).for_each(|old| keeper.request(at(old), 50, 0));
    assert_eq!(keeper.evidence().0, before);
}

#[test]
fn a_first_sample_of_another_time_hides_no_cause() {
    for rogue in [0, DAY, -DAY, 1000 * DAY, i64::MAX / 2_000_000_000, -1_000_000] {
        for early in [false, true] {
            let mut keeper = plain();
            let (mut seen, signal) = (Seen::default(), Signal::new("rogue", "cpu"));
            if !early {
                let _ = keeper.tick(at(-1));
            }
            keeper.observe(&signal, at(rogue), 0.5);
            keeper.call(at(rogue), &"a".into(), &"b".into(), 10, 0, 0.1);
            keeper.request(at(rogue), 1, 0);
            for second in 0..300 {
                let broken = second >= 200;
                observe(&mut keeper, second, broken);
                keeper.request(at(second), if broken { 30 } else { 50 }, if broken { 20 } else { 0 });
                let effects = keeper.tick(at(second)).into_iter().collect();
                seen.answer(&mut keeper, second, at(second), effects);
            }
            let cause = seen.diagnosed.first().and_then(|d| d.causes().first()).map(|c| c.component.clone());
            assert_eq!(
                cause.as_ref().map(Name::as_str),
                Some("store"),
                "{rogue} s, early {early}: {:?}",
                seen.diagnosed
            );
            assert_eq!(keeper.skewed() > 0, rogue > 0, "{rogue} s, early {early}");
            let (_, since) = keeper.incident().unwrap();
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
        (0, 20, DAY),
        (50, 20, DAY),
        (50, 20, -DAY),
    ] {
        let (mut keeper, mut seen) = (plain(), Seen::default());
        for second in 0..400 {
            let broken = second >= 200 && seen.acted.is_none();
            observe(&mut keeper, second, broken);
            keeper.request(at(second), if broken { 30 } else { 50 }, if broken { 20 } else { 0 });
            let wrong = (from..from + n).contains(&second);
            let now = at(second + if wrong { by } else { 0 });
            let effects = keeper.tick(now).into_iter().collect();
            seen.answer(&mut keeper, second, now, effects);
        }
        assert!(keeper.clock().doubted() > 0 || keeper.clock().set_back() > 0);
        let acted = seen.acted;
        assert!(acted.is_some_and(|s| s < 250), "{n} times {by} s at {from}: acted {acted:?}");
        assert!(
            matches!(seen.ended, Some((s, Outcome::Recovered)) if s < 300),
            "{n} times {by} s at {from}: ended {:?}",
            seen.ended
        );
    }
}

#[test]
fn a_source_whose_clock_is_ahead_is_told() {
    let (mut world, mut keeper) = (World::new(1), keeper(machine().build().unwrap()));
    let mut told = Vec::new();
    for _ in 0..40 {
        keeper.observe(&Signal::new("ahead", "cpu"), world.now() + Duration::from_secs(3600), 0.5);
        for effect in world.step(&mut keeper) {
            if let Effect::Source { name, health } = effect {
                told.push((name.to_string(), health));
            }
        }
    }
    let ahead = SourceHealth::Unreliable(Unreliable::ClockSkew);
    assert_eq!(told.iter().filter(|t| t.0 == "ahead").map(|t| t.1).collect::<Vec<_>>(), [ahead]);
    assert_eq!(told.iter().filter(|t| t.0 == USERS).map(|t| t.1).collect::<Vec<_>>(), [SourceHealth::Fresh]);
    assert_eq!(keeper.skewed(), 40);
}

#[test]
fn oversleeping_by_a_wrong_clock_ends_in_time() {
    let (mut world, mut keeper) = (World::new(3), keeper(machine().build().unwrap()));
    world.steps(&mut keeper, 40);
    keeper.oversleep(world.now() + Duration::from_secs(86_400), 3 * STEP);
    let told: Vec<SourceHealth> = world
        .steps(&mut keeper, 40)
        .into_iter()
        .filter_map(|e| match e {
            Effect::Source { name, health } if name == USERS => Some(health),
            _ => None,
        })
        .collect();
    assert_eq!(told, [SourceHealth::Unreliable(Unreliable::ObserverOverloaded), SourceHealth::Fresh]);
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
        let builder = Keeper::builder(objective, machine().build().unwrap())
            .step(l[0]).evidence(l[1]).stale_after(l[2]).late_after(l[3]).rows(20).alpha(alpha)
            .stuck_after(numbers[0]).max_signals(numbers[1] as usize);
        let Ok(mut keeper) = builder.build() else { return Ok(()) };
        for second in [second, second + 1, second + 7200, 0, second, i64::MAX / 2_000_000_000] {
            let now = Timestamp::from_seconds(second);
            keeper.observe(&Signal::new("store", "latency"), now, 1e99);
            keeper.call(now, &"a".into(), &"b".into(), u64::MAX, u64::MAX, f64::MAX);
            keeper.request(now, u64::MAX, u64::MAX);
            keeper.change(now, "store");
            keeper.oversleep(now, l[4]);
            let _ = keeper.tick(now);
        }
    }

    /// Whatever the times: no panic, and a minute after all is right again the keeper is.
    #[test]
    fn hostile_times_are_survived(
        wild in prop::collection::vec((0..4_u8, any::<i64>(), any::<i64>()), 1..80),
    ) {
        let mut keeper = plain();
        for (kind, a, b) in wild {
            let (a, b) = (Timestamp::from_nanos(a), Timestamp::from_nanos(b));
            match kind {
                0 => keeper.observe(&Signal::new("store", "latency_p99"), a, 1.0),
                1 => keeper.request(a, 5, 5),
                2 => keeper.change(a, "store"),
                _ => { let _ = keeper.tick(b); }
            }
        }
        let start = 5_000_000;
        let mut fresh = false;
        for second in start..start + 130 {
            observe(&mut keeper, second, false);
            keeper.request(at(second), 50, 0);
            for effect in keeper.tick(at(second)) {
                if let Effect::Source { name, health } = effect && name == USERS {
                    fresh = health == SourceHealth::Fresh;
                }
            }
        }
        prop_assert!(fresh);
        prop_assert_eq!(keeper.clock().now(), Some(at(start + 129)));
    }
}
