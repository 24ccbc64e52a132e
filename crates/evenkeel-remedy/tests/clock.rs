//! Clocks that jump both ways.

use crate::stand::{Stand, at, diagnosis, restart, settings};
use core::time::Duration;
use evenkeel_core::{At, FaultKind, SourceHealth, Timestamp};
use evenkeel_remedy::action::Plan;
use evenkeel_remedy::driver::{Driver, DryRun, MemoryLog};
use evenkeel_remedy::executor::Applied;
use evenkeel_remedy::guard::SourceHealthy;
use evenkeel_remedy::ledger::{ExternalAction, Lease};
use evenkeel_remedy::machine::{Clock, Entry, Status};
use evenkeel_remedy::verb::{Share, StandardVerb};
use evenkeel_remedy::{BlastRadius, Cooldown, Event, Health, Outcome, Remediator, Runbook, Sample, Target};
use proptest::prelude::*;

const DAY: i64 = 86_400;

fn guarded() -> evenkeel_remedy::machine::RemediatorBuilder<StandardVerb, evenkeel_remedy::ErrorRatio> {
    settings().guard(BlastRadius::new(0.5).unwrap())
}

/// The times after these readings, and by how much the clock was set back in all.
fn times(readings: &[i64]) -> (Vec<i64>, i64) {
    let mut clock = Clock::default();
    let mut back = Duration::ZERO;
    let times = (readings.iter()).map(|r| {
        back += clock.read(at(*r), Timestamp::MIN);
        clock.now().unwrap().as_seconds()
    });
    (times.collect(), i64::try_from(back.as_secs()).unwrap())
}

#[test]
fn one_wrong_reading_changes_nothing() {
    for wrong in [DAY, -DAY, 7200, -7200, 1_000_000_000, -61] {
        let (got, back) = times(&[100, 101, 101 + wrong, 102, 103]);
        assert_eq!((got, back), (vec![100, 101, 101, 102, 103], 0), "{wrong} s");
        // Read once and said several times, as a driver does.
        let (got, back) = times(&[100, 101, 101 + wrong, 101 + wrong, 101 + wrong, 102]);
        assert_eq!((got.last(), back), (Some(&102), 0), "{wrong} s");
    }
}

#[test]
fn a_clock_that_stays_where_it_jumped_to_is_followed() {
    assert_eq!(times(&[100, DAY, DAY + 1, DAY + 2]), (vec![100, 100, DAY + 1, DAY + 2], 0));
    assert_eq!(times(&[DAY, 6, 7, 8]), (vec![DAY, DAY, 7, 8], DAY - 7));
    // Within five minutes ahead it is believed at once, and waited for if it is late by up to a minute.
    assert_eq!(times(&[0, 300, 240, 300, 239, 238, 241]), (vec![0, 300, 300, 300, 300, 300, 300], 0));
    assert_eq!(times(&[0, 301, 1]), (vec![0, 0, 1], 0));
    // Two clocks that alternate do not stop the time.
    let (got, _) = times(&[1000, DAY, -DAY, DAY + 1, 1 - DAY, DAY + 2, 2 - DAY, DAY + 3]);
    assert_ne!(got.last(), Some(&1000), "{got:?}");
    // A sleep as long as was asked for is no jump.
    let mut clock = Clock::from_time(at(0));
    clock.read(at(5 * 3600), at(5 * 3600));
    assert_eq!(clock.now(), Some(at(5 * 3600)));
    // And is taken back at once if it was none.
    assert_eq!(clock.read(at(7), Timestamp::MIN), Duration::from_secs(5 * 3600 - 7));
}

type DryDriver = Driver<Runbook, DryRun<StandardVerb>, MemoryLog<StandardVerb>>;

/// A driver that meets one fault in a store of two, one of which fails; gives when it acted and how it ended.
fn cure(clock: impl Fn(i64) -> i64) -> (Option<i64>, Option<(i64, Outcome)>, DryDriver) {
    let machine = guarded().build().unwrap();
    let mut driver = Driver::new(machine, Runbook::standard(), DryRun::new(), MemoryLog::new());
    let (mut acted, mut ended) = (None, None);
    for second in 0..300 {
        let now = at(clock(second));
        if second == 0 {
            driver.step(now, Event::Thaw { name: "deploys".into() }).unwrap();
        }
        for (name, health) in [("store-1", Health::Failing), ("store-2", Health::Serving)] {
            let health = if acted.is_some() { Health::Serving } else { health };
            let target = Target::instance("store", name);
            driver.step(now, Event::Health { target, health: At::new(at(second), health) }).unwrap();
        }
        if second == 10 {
            let opened = Event::Opened {
                incident: 1,
                symptom: None,
                diagnosis: diagnosis("store", FaultKind::PoolExhausted),
            };
            driver.step(now, opened).unwrap();
        }
        if acted.is_none() && !driver.executor().done().is_empty() {
            acted = Some(second);
        }
        let bad = if acted.is_some() { 0 } else { 10 };
        let sample = At::new(at(second), Sample::Counts { good: 50 - bad, bad });
        driver.step(now, Event::Seen { incident: None, sample }).unwrap();
        if let Some(outcome) = driver.outcome(1).filter(|_| ended.is_none()) {
            ended = Some((second, outcome.clone()));
        }
    }
    (acted, ended, driver)
}

#[test]
fn a_clock_ahead_does_not_freeze_the_machine() {
    let wrong =
        |from: i64, n: i64, by: i64| move |s: i64| if (from..from + n).contains(&s) { s + by } else { s };
    for from in [0, 5, 9, 11, 15, 40] {
        for by in [DAY, -DAY, 7200, -7200, 365 * DAY] {
            let (acted, ended, driver) = cure(wrong(from, 1, by));
            // One reading at which a report counts as old, and two in a row by which the clock is right
            // again.
            assert!(acted.is_some_and(|s| s <= 14), "{by} s at {from}: acted {acted:?}");
            assert!(
                matches!(ended, Some((s, Outcome::Recovered)) if s <= 40),
                "{by} s at {from}: ended {ended:?}"
            );
            let again = Remediator::recover(guarded(), driver.log().records().to_vec()).unwrap();
            assert!(again.remembers_like(driver.machine()));
            let now = again.ledger().now();
            assert!(now < at(400), "after a restart it is {now}");
        }
    }
    // Ahead, or behind, for longer: what was open then is for a person or recovers; nothing is stuck.
    for (from, n) in [(0, 20), (12, 30)] {
        for by in [DAY, -DAY] {
            let (_, ended, driver) = cure(wrong(from, n, by));
            assert!(ended.is_some(), "{by} s from {from} for {n} s: {:?}", driver.machine().status(1));
            assert!(driver.machine().distrusted().doubted_readings > 0);
        }
    }
}

#[test]
fn deadlines_are_as_long_as_they_were() {
    let mut stand =
        Stand::new(settings().deadline(Duration::from_secs(600)).verify_within(Duration::from_secs(2000)));
    stand.now = DAY;
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    stand.tick(DAY + 60);
    // Now the clock is set right: 60 s of 600 are over.
    stand.tick(100);
    stand.tick(101);
    assert_eq!(stand.machine.ledger().now(), at(101));
    assert_eq!(stand.machine.distrusted().set_back, 1);
    assert_eq!(stand.machine.wake_at().map(|t| t <= at(641)), Some(true));
    stand.tick(600);
    assert!(stand.ended.is_empty());
    let machine = Remediator::recover(
        settings().deadline(Duration::from_secs(600)).verify_within(Duration::from_secs(2000)),
        stand.log.clone(),
    )
    .unwrap();
    assert!(machine.remembers_like(&stand.machine), "the log tells the same");
    stand.tick(641);
    assert!(matches!(stand.outcome(), Some(Outcome::Escalated { .. })), "{:?}", stand.machine.status(1));
}

#[test]
fn while_a_reading_is_doubted_nothing_is_permitted() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.tell(Event::Lease(Some(Lease { token: 7, since: Timestamp::MIN, until: at(100) })));
    stand.watch(31);
    stand.durable = false;
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    let sequence = stand.log.last().unwrap().sequence();
    // It slept for a day: its lease is long over, though by its own time it is not.
    stand.now = DAY;
    stand.tell(Event::Durable { sequence });
    assert!(stand.permits.is_empty());
    assert!(stand.log.iter().any(|r| matches!(r.entry(), Entry::Withdrawn { .. })));
    // A wrong reading that is not confirmed holds it up no longer than until the next.
    stand.durable = true;
    stand.tick(37);
    assert_eq!(stand.permits.len(), 1);
}

#[test]
fn a_lease_is_not_longer_for_a_clock_that_was_ahead() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.now = DAY;
    stand.tell(Event::Lease(Some(Lease { token: 7, since: Timestamp::MIN, until: at(DAY + 60) })));
    stand.tick(100);
    stand.tick(101);
    let lease = stand.machine.ledger().lease().unwrap();
    assert!(lease.until <= at(161), "60 s are left, not a day: {}", lease.until);
}

#[test]
fn a_lease_of_tomorrow_holds_nothing_up_until_then() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.now = 1;
    stand.tell(Event::Lease(Some(Lease { token: 7, since: at(DAY), until: at(2 * DAY) })));
    stand.watch(30);
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    assert!(stand.permits.is_empty(), "it is held for 29 s, at least 30 s");
    stand.watch(36);
    assert_eq!(stand.permits.len(), 1);
}

/// A clock that leaps by too little to be doubted does not end the time that a new lease has to be held.
#[test]
fn a_leap_is_not_the_time_that_a_lease_has_to_be_held() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.now = 1;
    stand.tell(Event::Lease(Some(Lease { token: 7, since: at(1), until: at(2000) })));
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    stand.tick(91); // counts as a quarter of 30 s
    stand.watch(113);
    assert!(stand.permits.is_empty());
    stand.watch(120);
    assert_eq!(stand.permits.len(), 1);
}

#[test]
fn a_future_report_masks_no_later_one() {
    for ahead in [2, 60, DAY, i64::MAX / 2_000_000_000] {
        let mut stand = Stand::new(guarded()).fleet(2);
        stand.now = 10;
        let target = Target::instance("store", "store-1");
        let future = At::new(at(10 + ahead), Health::Serving);
        stand.tell(Event::Health { target: target.clone(), health: future });
        assert_eq!(stand.machine.distrusted().future_reports, 1);
        // The reports that follow are delayed by a moment.
        for second in 11..16 {
            stand.now = second;
            let health = At::new(at(second) - Duration::from_millis(1500), Health::Failing);
            stand.tell(Event::Health { target: target.clone(), health });
            assert_eq!(
                stand.machine.ledger().health(&target),
                Health::Failing,
                "{ahead} s ahead, at {second} s"
            );
        }
        stand.health("store-2", Health::Serving);
        stand.open(1);
        stand.decide(1, Plan::of(restart("store-2")));
        assert!(stand.permits.is_empty(), "the last that serves is restarted");
    }
    // Nor does it count for longer than any.
    let mut stand = Stand::new(settings()).fleet(1);
    let target = Target::instance("store", "store-1");
    stand.tell(Event::Health { target: target.clone(), health: At::new(at(DAY), Health::Serving) });
    stand.tick(60);
    assert_eq!(stand.machine.ledger().health(&target), Health::Serving);
    stand.tick(61);
    assert_eq!(stand.machine.ledger().health(&target), Health::Unknown);
    // An old report, delivered late, takes the place of none.
    let mut stand = Stand::new(settings()).fleet(1);
    stand.now = 50;
    stand.health("store-1", Health::Failing);
    let target = Target::instance("store", "store-1");
    stand.tell(Event::Health { target: target.clone(), health: At::new(at(20), Health::Serving) });
    assert_eq!(stand.machine.ledger().health(&target), Health::Failing);
}

#[test]
fn a_source_of_tomorrow_is_not_fresh_until_then() {
    let mut stand = Stand::new(settings().guard(SourceHealthy::of(["users"]))).fleet(2);
    let fresh = At::new(at(DAY), SourceHealth::Fresh);
    stand.tell(Event::Source { name: "users".into(), health: fresh });
    stand.tick(61);
    stand.health("store-1", Health::Serving);
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    assert!(stand.permits.is_empty(), "the report is 61 s old");
    stand.tick(70);
    stand.source(SourceHealth::Fresh);
    stand.tick(76);
    assert_eq!(stand.permits.len(), 1);
    // One from before, delivered late, does not make it fresh again.
    stand.source(SourceHealth::Broken);
    stand.tell(Event::Source { name: "users".into(), health: At::new(at(60), SourceHealth::Fresh) });
    assert_eq!(stand.machine.ledger().source("users").unwrap().value, SourceHealth::Broken);
}

#[test]
fn maintenance_counts_from_its_beginning_to_its_end() {
    let mut stand = Stand::new(settings().guard(Cooldown::new(Duration::from_secs(30)))).fleet(2);
    let target = Target::instance("store", "store-1");
    let planned = ExternalAction {
        target: target.clone(),
        share: Share::Whole,
        since: at(100),
        until: at(200),
        note: "disk swap".into(),
    };
    stand.tell(Event::ExternalAction(planned));
    let out = |stand: &Stand| stand.machine.ledger().out_of_service(&"store".into()).count();
    for (second, expected, acts) in
        [(1, 0, true), (99, 0, true), (100, 1, false), (199, 1, false), (200, 0, false), (230, 0, true)]
    {
        stand.now = second;
        stand.health("store-2", Health::Serving);
        stand.health("store-1", Health::Serving);
        // What is reported in the second of its beginning is not later than it.
        assert_eq!(out(&stand), expected, "at {second} s");
        let ruling = evenkeel_remedy::guard::Guard::rule(
            &Cooldown::new(Duration::from_secs(30)),
            &restart("store-1"),
            &stand.machine.ledger(),
        );
        assert_eq!(ruling.permits(at(second), false), acts, "at {second} s: {ruling}");
    }
    // Restarted in between, it is the same.
    let again = Remediator::recover(settings(), stand.log.clone()).unwrap();
    assert_eq!(again.ledger().external_history().count(), 1);
}

#[test]
fn verification_goes_on_after_the_clock_was_set_back() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.now = DAY;
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    stand.done();
    stand.users(5, 50, 0);
    stand.now = 100;
    stand.users(25, 50, 0);
    assert_eq!(stand.outcome(), Some(&Outcome::Recovered), "{:?}", stand.machine.recovery(1));
}

proptest! {
    /// Whatever the readings: from two minutes after they were right again, the time is right to a minute;
    /// and an open incident ends.
    #[test]
    fn hostile_readings_are_survived(
        wrong in prop::collection::vec((0..3_u8, any::<i64>(), -100_000..100_000_i64), 1..60),
        act: bool,
    ) {
        let mut stand = Stand::new(settings().deadline(Duration::from_secs(300)));
        let mut now = 1_000_000_i64;
        let tell = |stand: &mut Stand, reading: Timestamp, event| {
            for effect in stand.machine.step(reading, event) {
                if let evenkeel_remedy::machine::Effect::Append(record) = effect {
                    stand.log.push(record);
                }
            }
        };
        tell(&mut stand, at(now), Event::Opened { incident: 1, symptom: None, diagnosis: diagnosis("store", FaultKind::Dead) });
        if act {
            let decision = evenkeel_remedy::policy::Decision::Act(Plan::of(restart("store-1")));
            tell(&mut stand, at(now), Event::Decided { incident: 1, decision });
        }
        for (kind, any, near) in wrong {
            now += 1;
            let reading = match kind {
                0 => Timestamp::from_nanos(any),
                1 => at(now + near),
                _ => at(now),
            };
            let target = Target::instance("store", "store-1");
            tell(&mut stand, reading, Event::Health { target, health: At::new(Timestamp::from_nanos(any), Health::Serving) });
            tell(&mut stand, reading, Event::Applied { key: evenkeel_remedy::action::Key { incident: 1, step: 0, attempt: 0 }, outcome: Applied::Running });
        }
        for _ in 0..130 {
            now += 1;
            tell(&mut stand, at(now), Event::Tick);
        }
        let off = stand.machine.ledger().now().since(at(now)).max(at(now).since(stand.machine.ledger().now()));
        prop_assert!(off <= Clock::LARGEST_LAG, "{off:?} off");
        for _ in 0..400 {
            now += 1;
            tell(&mut stand, at(now), Event::Tick);
        }
        prop_assert!(stand.machine.status(1).is_none(), "{:?}", stand.machine.status(1));
        let again = Remediator::recover(settings().deadline(Duration::from_secs(300)), stand.log.clone()).unwrap();
        prop_assert!(again.remembers_like(&stand.machine));
    }
}

#[test]
fn waiting_policies_are_asked_again_in_time() {
    let mut stand = Stand::new(settings());
    stand.now = DAY;
    stand.open(1);
    let decision = evenkeel_remedy::policy::Decision::Wait { until: at(DAY + 30), why: "hm".into() };
    stand.tell(Event::Decided { incident: 1, decision });
    stand.tick(10);
    stand.tick(11);
    assert!(matches!(stand.machine.status(1), Some(Status::Waiting { until }) if until <= at(41)));
    stand.tick(41);
    assert_eq!(stand.decides, 2);
}

/// One reading that is ahead by more than a deadline, and by less than an hour, ends nothing, wherever in an
/// incident it comes.
#[test]
fn one_reading_beyond_the_deadline_ends_nothing() {
    for wrong_at in [2, 3, 4, 6] {
        for by in [90, 2_200, 3_500] {
            let mut stand = Stand::new(guarded()).fleet(2);
            stand.open(1);
            for second in 2..60 {
                if second == wrong_at {
                    stand.tick(second + by);
                    stand.tick(second + by);
                }
                stand.now = second;
                if second == 3 {
                    stand.decide(1, Plan::of(restart("store-1")));
                }
                if !stand.permits.is_empty() {
                    stand.done();
                }
                let sample = At::new(at(second), Sample::Counts { good: 50, bad: 0 });
                stand.tell(Event::Seen { incident: None, sample });
            }
            let fine = matches!(stand.outcome(), Some(Outcome::Recovered | Outcome::Subsided));
            assert!(fine, "at {wrong_at}, by {by}: {:?}", stand.ended);
        }
    }
}
