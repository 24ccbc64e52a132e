//! The root causes that recur in public remediation systems, one test each.

use crate::stand::{Stand, at, diagnosis, drain, restart, settings};
use core::time::Duration;
use evenkeel_core::{At, FaultKind, SourceHealth, Unreliable};
use evenkeel_remedy::action::{Plan, Step};
use evenkeel_remedy::executor::Applied;
use evenkeel_remedy::guard::{Rate, SourceHealthy};
use evenkeel_remedy::ledger::ExternalAction;
use evenkeel_remedy::machine::Status;
use evenkeel_remedy::policy::Decision;
use evenkeel_remedy::verb::{Share, StandardVerb};
use evenkeel_remedy::{Action, BlastRadius, Cooldown, Event, Health, Outcome, Remediator, Sample, Target};

fn half() -> BlastRadius {
    BlastRadius::new(0.5).unwrap()
}

/// Argo Rollouts takes no measurement as success; KEDA #1850 scales to zero when its metric source is down.
#[test]
fn no_data_is_not_read_as_good() {
    let mut stand = Stand::new(settings().guard(half()).max_decisions(2)).fleet(2);
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    stand.done();
    for second in 1..299 {
        let nothing = [Sample::Missing, Sample::Counts { good: 0, bad: 0 }, Sample::Value(0.0)];
        let sample = nothing[usize::try_from(second % 3).unwrap()];
        stand.now = second;
        stand.tell(Event::Seen { incident: None, sample: At::new(at(second), sample) });
        assert!(matches!(stand.machine.status(1), Some(Status::Verifying { .. })));
    }
    stand.tick(301);
    assert!(stand.ended.is_empty(), "silence ended it: {:?}", stand.ended);
    assert_eq!(stand.decides, 2, "what could not be verified did not help");
    stand.tick(1801);
    assert!(matches!(stand.outcome(), Some(Outcome::Escalated { .. })));
}

/// The same, for health: an instance that nobody reports on is out.
#[test]
fn no_report_is_not_read_as_healthy() {
    let mut stand = Stand::new(settings().guard(half())).fleet(2);
    stand.now = 61; // both reports are too old by now
    stand.health("store-1", Health::Serving);
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    assert!(stand.permits.is_empty());
    assert_eq!(stand.refusals(), ["blast radius: 2 of 2 instances of store would be out, at most 1"]);
}

/// And for sources: what was never reported on is not trusted, nor what is unreliable.
#[test]
fn no_report_on_a_source_is_not_read_as_fresh() {
    let mut stand = Stand::new(settings().guard(SourceHealthy::of(["users"])).guard(half())).fleet(2);
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    assert!(stand.permits.is_empty());
    stand.source(SourceHealth::Unreliable(Unreliable::Late));
    assert!(stand.permits.is_empty());
    stand.source(SourceHealth::Fresh);
    assert_eq!(stand.permits.len(), 1);
}

/// Envoy #27066 ejected every host: its cap was checked before the ejection.
#[test]
fn the_cap_is_checked_on_the_state_after_the_action() {
    let mut stand = Stand::new(settings().guard(BlastRadius::new(0.25).unwrap())).fleet(4);
    for incident in 1..=4 {
        stand.open(incident);
        stand.decide(incident, Plan::of(drain(&format!("store-{incident}"))));
    }
    assert_eq!(stand.actions(), ["drain store/store-1"]);
    stand.done();
    stand.now = 5;
    for i in 2..=4 {
        stand.health(&format!("store-{i}"), Health::Serving);
    }
    stand.open(5);
    stand.decide(5, Plan::of(drain("store-2")));
    assert_eq!(stand.permits.len(), 1, "the drained one is still out");
}

/// OpenShift machine-api PR 902: what is in flight was not counted.
#[test]
fn what_is_in_flight_or_in_doubt_is_counted() {
    let mut stand = Stand::new(settings().guard(half())).fleet(2);
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    assert_eq!(stand.permits.len(), 1);
    stand.open(2);
    stand.decide(2, Plan::of(restart("store-2")));
    assert_eq!(stand.permits.len(), 1, "one is in flight");
    // It never reports: in doubt is out as well.
    stand.now = 61;
    stand.health("store-1", Health::Serving);
    stand.health("store-2", Health::Serving);
    assert_eq!(
        stand.machine.status(1),
        Some(Status::InFlight { key: stand.permits[0].key(), in_doubt: true })
    );
    stand.open(3);
    stand.decide(3, Plan::of(restart("store-2")));
    assert_eq!(stand.permits.len(), 1, "one is in doubt");
}

/// A health check that calls everybody sick does not get everybody restarted.
#[test]
fn all_failing_at_once_are_cured_one_by_one() {
    let mut stand = Stand::new(settings().guard(half()));
    for i in 1..=3 {
        stand.health(&format!("store-{i}"), Health::Failing);
    }
    for i in 1..=3 {
        stand.open(i);
        stand.decide(i, Plan::of(restart(&format!("store-{i}"))));
    }
    assert_eq!(stand.permits.len(), 1);
}

/// Flagger #1801, Argo #3850: what fails while waiting is not acted on. Here the second step of a canary is
/// held by a rate, users fare badly, and the first step is taken back at once.
#[test]
fn failure_while_waiting_is_acted_on() {
    let settings =
        settings().enable("canary").guard(Rate::new(1, Duration::from_secs(250)).unwrap().undo_free());
    let mut stand = Stand::new(settings);
    let step = |from, to| {
        Step::new(Action::new(StandardVerb::Canary { from, to }, Target::component("store"))).gated()
    };
    stand.open(1);
    stand.decide(1, Plan::new(vec![step(0, 10), step(10, 50)]).unwrap());
    stand.done();
    stand.users(20, 50, 0);
    assert_eq!(stand.machine.status(1), Some(Status::Held), "the rate holds the second step");
    stand.users(20, 40, 10);
    assert_eq!(stand.actions(), ["canary from 0 % to 10 % store", "canary from 10 % to 0 % store"]);
    assert!(stand.permits[1].is_undo());
    assert!(stand.now < 250, "before the wait was over");
}

/// Steps that replace each other are taken back by one action, that of the last one; others one by one.
#[test]
fn what_replaces_is_taken_back_at_once() {
    let target = Target::component("store");
    let shift = |from, to| Action::new(StandardVerb::Canary { from, to }, target.clone());
    let back = |is_replacing: bool| {
        let mut stand = Stand::new(settings().enable("canary"));
        let step = |from, to| Step::new(shift(from, to)).undone_by(Some(shift(to, 0)));
        let plan = Plan::new(vec![step(0, 5), step(5, 10).gated(), step(10, 50)]).unwrap();
        let plan = if is_replacing { plan.replacing() } else { plan };
        assert_eq!(plan.is_replacing(), is_replacing);
        stand.open(1);
        stand.decide(1, plan);
        stand.done();
        stand.done();
        stand.users(20, 40, 10);
        for _ in 0..5 {
            if matches!(stand.machine.status(1), Some(Status::InFlight { .. })) {
                stand.done();
            }
        }
        stand.actions()[2..].to_vec()
    };
    assert_eq!(back(true), ["canary from 10 % to 0 % store"]);
    assert_eq!(back(false), ["canary from 10 % to 0 % store", "canary from 5 % to 0 % store"]);
    // A log from before there were such plans is read as it was meant.
    let plan = Plan::of(shift(0, 5));
    let text = serde_json::to_string(&plan).unwrap();
    assert!(!text.contains("replacing"), "{text}");
    assert_eq!(serde_json::from_str::<Plan<StandardVerb>>(&text).unwrap(), plan);
    let text = serde_json::to_string(&plan.clone().replacing()).unwrap();
    assert_eq!(serde_json::from_str::<Plan<StandardVerb>>(&text).unwrap(), plan.replacing());
}

/// The same while a policy waits: another diagnosis is acted on at once.
#[test]
fn another_diagnosis_ends_a_wait() {
    let mut stand = Stand::new(settings());
    stand.open(1);
    let decision = Decision::Wait { until: at(1000), why: "not clear".into() };
    stand.tell(Event::Decided { incident: 1, decision });
    assert_eq!(stand.decides, 1);
    stand.tell(Event::Diagnosed { incident: 1, diagnosis: diagnosis("store", FaultKind::Dead) });
    assert_eq!(stand.decides, 2);
}

/// resilience4j #903, #935, #2093: permits leak, and nothing is permitted any more. An action that is never
/// done, reports never, or whose incident ends gives its place back as soon as that is known.
#[test]
fn permits_do_not_leak() {
    let mut stand =
        Stand::new(settings().guard(half()).deadline(Duration::from_secs(100)).max_attempts(1)).fleet(2);
    let mut incident = 0;
    for outcome in [
        Applied::Done,
        Applied::Failed { why: "broke".into() },
        Applied::Absent { why: "no capacity".into() },
    ] {
        for overdue in [false, true] {
            incident += 1;
            stand.now += 200;
            stand.health("store-1", Health::Serving);
            stand.health("store-2", Health::Serving);
            let before = stand.permits.len();
            stand.open(incident);
            stand.decide(incident, Plan::of(restart("store-1")));
            assert_eq!(stand.permits.len(), before + 1, "after {incident} incidents a permit has leaked");
            if overdue {
                stand.tick(stand.now + 101); // the incident is escalated, the action is in doubt
                assert!(!stand.probed.is_empty());
            }
            let key = stand.permits.last().unwrap().key();
            stand.applied(key, outcome.clone());
            stand.applied(key, outcome.clone());
            assert_eq!(stand.machine.ledger().in_flight().count(), 0);
            stand.tick(stand.now + 101);
        }
    }
}

/// HPA #98174: two stabilizers fight. What another controller did counts as in flight, and keeps the target
/// cool afterwards.
#[test]
fn two_stabilizers_do_not_fight() {
    let mut stand = Stand::new(settings().guard(Cooldown::new(Duration::from_secs(120))));
    let target = Target::component("store");
    stand.tell(Event::ExternalAction(ExternalAction {
        target: target.clone(),
        share: Share::Nothing,
        since: at(0),
        until: at(30),
        note: "the autoscaler goes from 3 to 5".into(),
    }));
    stand.open(1);
    stand.decide(1, Plan::of(Action::new(StandardVerb::Scale { from: 5, to: 3 }, target)));
    for second in [0, 29, 31, 149] {
        stand.tick(second);
        assert!(stand.permits.is_empty(), "it fights at {second} s");
    }
    stand.tick(151);
    assert_eq!(stand.permits.len(), 1);
}

/// A fixed number of good windows is not recovery: with few requests it takes more of them.
#[test]
fn good_windows_are_not_counted() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    stand.done();
    stand.users(30, 1, 0);
    assert!(stand.ended.is_empty(), "thirty good windows of one request say little");
    stand.users(12, 50, 0);
    assert_eq!(stand.outcome(), Some(&Outcome::Recovered));
}

/// After a crash the fleet is known by what was told since: the first instance that is told looks like all
/// there are. Before the others had time to be told, nothing is taken out.
#[test]
fn a_fleet_that_is_half_known_is_not_taken_for_the_whole() {
    // Whatever the first reading of the clock is.
    [None, Some(-90_000), Some(-20)].into_iter().for_each(half_known_fleet);
}

/// An action that returns an instance, and was begun before another took it out, says nothing of it when it
/// ends.
#[test]
fn what_is_put_back_is_what_was_out_when_that_began() {
    let mut stand = Stand::new(settings().guard(half())).fleet(2);
    stand.open(1);
    stand.decide(1, Plan::of(Action::new(StandardVerb::Undrain, Target::instance("store", "store-1"))));
    let undrain = stand.permits.last().unwrap().key();
    stand.open(2);
    stand.now = 10;
    stand.decide(2, Plan::of(drain("store-1")));
    stand.done();
    stand.now = 20;
    stand.applied(undrain, Applied::Done);
    let ledger = stand.machine.ledger();
    assert_eq!(ledger.out_of_service(&"store".into()).count(), 1, "it was drained after that began");
}

/// Nor does a clock that leaps, by too little to be doubted, make a fleet that was told.
#[test]
fn a_leap_after_a_crash_makes_no_fleet_known() {
    let settings = || settings().guard(half());
    let mut stand = Stand::new(settings()).fleet(3);
    stand.open(1);
    let mut again = Stand::with(Remediator::recover(settings(), stand.log.clone()).unwrap());
    again.now = 500;
    again.health("store-1", Health::Failing);
    again.decide(1, Plan::of(Action::new(StandardVerb::Restart, Target::component("store"))));
    again.tick(590);
    assert!(again.permits.is_empty() && again.refusals().is_empty());
}

fn half_known_fleet(wrong: Option<i64>) {
    let settings = || settings().guard(half());
    let mut stand = Stand::new(settings()).fleet(3);
    stand.health("store-1", Health::Failing);
    stand.open(1);
    let machine = Remediator::recover(settings(), stand.log.clone()).unwrap();
    let mut again = Stand::with(machine);
    if let Some(wrong) = wrong {
        again.tick(wrong);
    }
    again.now = 500; // long after the last record
    again.health("store-1", Health::Failing);
    // Of one instance of one that fails nothing that serves is taken out; in truth two others serve.
    let whole = || Action::new(StandardVerb::Restart, Target::component("store"));
    again.decide(1, Plan::of(whole()));
    again.watch(510);
    assert!(again.permits.is_empty() && again.refusals().is_empty(), "it is held, and not refused");
    again.health("store-2", Health::Serving);
    again.health("store-3", Health::Serving);
    again.watch(531);
    assert!(again.permits.is_empty());
    assert_eq!(again.refusals(), ["blast radius: 3 of 3 instances of store would be out, at most 1"]);
}

/// What takes nothing out of service need not wait for that.
#[test]
fn what_costs_nothing_is_done_at_once_after_a_crash() {
    let mut stand = Stand::new(settings().guard(half())).fleet(3);
    stand.open(1);
    let machine = Remediator::recover(settings().guard(half()), stand.log.clone()).unwrap();
    let mut again = Stand::with(machine);
    again.now = 100;
    again.tick(100);
    again.decide(1, Plan::of(Action::new(StandardVerb::Degrade, Target::component("store"))));
    assert_eq!(again.actions(), ["degrade store"]);
}

/// What was seen before a crash is forgotten, and verification begins anew; so does the time for it, or else
/// what helped is taken back for want of time.
#[test]
fn a_crash_takes_no_time_from_verification() {
    let mut stand = Stand::new(settings().guard(half())).fleet(2);
    stand.open(1);
    stand.decide(1, Plan::of(drain("store-1")));
    stand.done();
    stand.users(100, 3, 0);
    assert!(stand.ended.is_empty());
    let machine = Remediator::recover(settings().guard(half()), stand.log.clone()).unwrap();
    let mut again = Stand::with(machine);
    again.now = 280;
    again.users(250, 3, 0);
    assert_eq!(again.outcome(), Some(&Outcome::Recovered), "{:?}", again.actions());
    assert!(again.permits.is_empty(), "what helped stays");
}
