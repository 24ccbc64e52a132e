//! The promises of the machine, one by one.

use crate::stand::{Stand, at, drain, restart, settings};
use core::time::Duration;
use evenkeel_core::{At, FaultKind, Timestamp};
use evenkeel_remedy::{
    Action, Applied, Approval, BlastRadius, Cooldown, Decision, Entry, ErrorRatio, Event, Health, Lease,
    Outcome, Plan, Remediator, RemediatorBuilder, Sample, Status, Step, Target, Verb,
};

fn one_action(settings: RemediatorBuilder<Verb, ErrorRatio>) -> Stand {
    let mut stand = Stand::new(settings).fleet(2);
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    stand
}

#[test]
fn intent_comes_first() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.durable = false;
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    let intent = stand.log.last().unwrap();
    assert!(matches!(intent.entry(), Entry::Intent { .. }));
    assert!(stand.permits.is_empty());
    let sequence = intent.sequence();
    stand.tell(Event::Durable { sequence: sequence - 1 });
    assert!(stand.permits.is_empty());
    stand.tell(Event::Durable { sequence });
    assert_eq!(stand.permits.len(), 1);
    stand.tell(Event::Durable { sequence });
    assert_eq!(stand.permits.len(), 1);
}

#[test]
fn guards_rule_again_at_the_moment_of_the_permit() {
    let mut stand = Stand::new(settings().guard(BlastRadius::new(0.5).unwrap())).fleet(2);
    stand.durable = false;
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    let sequence = stand.log.last().unwrap().sequence();
    stand.health("store-2", Health::Failing);
    stand.tell(Event::Durable { sequence });
    assert!(stand.permits.is_empty());
    assert!(stand.log.iter().any(|r| matches!(r.entry(), Entry::Withdrawn { .. })));
    assert_eq!(stand.machine.ledger().flights().count(), 0);
}

#[test]
fn advising_is_the_default() {
    let builder = Remediator::builder(ErrorRatio::builder(0.01).build().unwrap()).sole_owner();
    let mut stand = one_action(builder.max_decisions(1));
    assert!(stand.permits.is_empty());
    assert_eq!(stand.advised, [restart("store-1")]);
    // It is verified all the same: a person may have done it.
    assert!(matches!(stand.machine.status(1), Some(Status::Verifying { .. })));
    stand.users(20, 50, 0);
    assert_eq!(stand.outcome(), Some(&Outcome::Subsided));
    // Switched on, it acts.
    stand.tell(Event::Switch { verb: "restart".into(), acting: true });
    stand.open(2);
    stand.decide(2, Plan::of(restart("store-1")));
    assert_eq!(stand.permits.len(), 1);
}

#[test]
fn without_a_lease_everything_is_denied() {
    let builder = Remediator::builder(ErrorRatio::builder(0.01).build().unwrap()).act("restart");
    let mut stand = one_action(builder);
    assert!(stand.permits.is_empty());
    let lease = |token, until| Event::Lease(Some(Lease { token, since: at(0), until: at(until) }));
    stand.now = 10;
    stand.tell(lease(7, 100));
    stand.tick(39);
    assert!(stand.permits.is_empty(), "what the former holder began may still come to light");
    stand.tick(40);
    assert_eq!(stand.permits[0].token(), 7);
    stand.done();
    // It runs out.
    stand.open(2);
    stand.now = 100;
    stand.decide(2, Plan::of(restart("store-2")));
    assert_eq!(stand.permits.len(), 1);
    stand.tell(lease(7, 300));
    assert_eq!(stand.permits.len(), 2, "the same token goes on where it was");
}

#[test]
fn halting_is_at_once_and_absorbing() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.durable = false;
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    stand.durable = true;
    stand.tell(Event::Halt { by: "Ada".into() });
    for second in 1..200 {
        stand.tick(second);
    }
    assert!(stand.permits.is_empty());
    // Nobody forgets it in a crash.
    let again = Remediator::recover(settings(), stand.log.clone()).unwrap();
    assert!(again.ledger().halted_by().is_some());
    stand.tell(Event::Resume { by: "Ada".into() });
    assert_eq!(stand.permits.len(), 1);
}

#[test]
fn what_did_not_help_is_taken_back() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.open(1);
    stand.decide(1, Plan::of(drain("store-1")).then(Step::new(restart("store-1"))));
    stand.done();
    stand.done();
    assert_eq!(stand.actions(), ["drain store/store-1", "restart store/store-1"]);
    stand.users(30, 40, 10);
    assert_eq!(stand.actions()[2], "undrain store/store-1");
    assert!(stand.permits[2].is_undo());
    assert_eq!(stand.decides, 1);
    stand.done();
    assert_eq!(stand.decides, 2, "then it is for the policy again");
    assert_eq!(stand.machine.situation(1).unwrap().tried().len(), 1);
}

#[test]
fn an_undo_is_ruled_on() {
    // Undraining is not switched on.
    let builder = Remediator::builder(ErrorRatio::builder(0.01).build().unwrap()).sole_owner().act("drain");
    let mut stand = Stand::new(builder).fleet(2);
    stand.open(1);
    stand.decide(1, Plan::of(drain("store-1")));
    stand.done();
    stand.users(30, 40, 10);
    assert_eq!(stand.permits.len(), 1);
    let Some(Outcome::Escalated { why }) = stand.outcome() else { panic!("{:?}", stand.ended) };
    assert!(why.contains("in place: drain store/store-1"), "{why}");
}

#[test]
fn a_failed_step_takes_back_the_others_and_itself() {
    let mut stand = Stand::new(settings()).fleet(4);
    stand.open(1);
    stand.decide(1, Plan::of(drain("store-1")).then(Step::new(drain("store-2"))));
    stand.done();
    let key = stand.permits[1].key();
    stand.applied(key, Applied::Failed { why: "refused".into() });
    stand.done();
    stand.done();
    assert_eq!(stand.actions()[2..], ["undrain store/store-2", "undrain store/store-1"]);
    assert_eq!(stand.decides, 2);
}

#[test]
fn what_was_not_done_is_attempted_again_under_another_key() {
    let mut stand = one_action(settings().max_attempts(2));
    let first = stand.permits[0].key();
    stand.applied(first, Applied::Absent { why: "busy".into() });
    let second = stand.permits[1].key();
    assert_eq!((first.step, second.step, second.attempt), (0, 0, 1));
    stand.applied(second, Applied::Absent { why: "busy".into() });
    assert_eq!(stand.permits.len(), 2);
    assert_eq!(stand.decides, 2);
}

#[test]
fn answers_come_late_twice_and_never() {
    let mut stand = one_action(settings());
    let key = stand.permits[0].key();
    stand.applied(key, Applied::Running);
    stand.tick(60);
    assert_eq!(stand.probed, [key]);
    stand.applied(key, Applied::Unknown);
    stand.tick(65);
    assert_eq!(stand.probed.len(), 1);
    stand.tick(70);
    assert_eq!(stand.probed.len(), 2);
    stand.tick(80);
    assert_eq!(stand.probed.len(), 2, "less and less often");
    stand.applied(key, Applied::Done);
    assert!(matches!(stand.machine.status(1), Some(Status::Verifying { .. })));
    let before = stand.log.len();
    stand.applied(key, Applied::Failed { why: "no, it failed".into() });
    assert_eq!(stand.log.len(), before, "the first answer counts");
    assert_eq!(stand.machine.strays(), 1);
    stand.users(20, 50, 0);
    assert_eq!(stand.outcome(), Some(&Outcome::Recovered));
}

#[test]
fn every_incident_ends_and_stays_ended() {
    let mut stand = one_action(settings().deadline(Duration::from_secs(50)));
    stand.tick(50);
    let Some(Outcome::Escalated { why }) = stand.outcome() else { panic!("{:?}", stand.ended) };
    assert!(why.contains("without a result: restart store/store-1 (1.0.0)"), "{why}");
    let (permits, decides) = (stand.permits.len(), stand.decides);
    stand.decide(1, Plan::of(restart("store-2")));
    stand.open(1);
    stand.users(100, 50, 0);
    assert_eq!((stand.permits.len(), stand.decides, stand.ended.len()), (permits, decides, 1));
    // What is in doubt outlives it.
    assert_eq!(stand.machine.ledger().flights().count(), 1);
    assert!(!stand.probed.is_empty());
}

#[test]
fn budgets_end_it() {
    let mut stand = Stand::new(settings().max_actions(2)).fleet(2);
    stand.open(1);
    for _ in 0..3 {
        stand.decide(1, Plan::of(restart("store-1")));
        if stand.ended.is_empty() {
            let key = stand.permits.last().unwrap().key();
            stand.applied(key, Applied::Failed { why: "broke".into() });
        }
    }
    assert_eq!(stand.permits.len(), 2);
    assert!(matches!(stand.outcome(), Some(Outcome::Escalated { why }) if why.contains("2 actions")));

    let mut stand = Stand::new(settings().max_decisions(3));
    stand.open(1);
    for _ in 0..5 {
        let decision = Decision::Wait { until: at(0), why: "hm".into() };
        stand.tell(Event::Decided { incident: 1, decision });
    }
    assert_eq!(stand.decides, 3);
    assert!(matches!(stand.outcome(), Some(Outcome::Escalated { why }) if why.contains("3 decisions")));
}

#[test]
fn a_person_is_asked_and_answers() {
    let settings = || settings().guard(Approval::of(["restart"])).hold_for(Duration::from_secs(60));
    let mut stand = one_action(settings());
    assert_eq!((stand.asked.len(), stand.permits.len()), (1, 0));
    let key = stand.asked[0];
    stand.tell(Event::Approved { key, by: "Ada".into() });
    assert_eq!(stand.permits.len(), 1);

    let mut stand = one_action(settings());
    stand.tell(Event::Declined { key, by: "Ada".into() });
    assert_eq!((stand.permits.len(), stand.decides), (0, 2));
    assert_eq!(stand.refusals(), ["approval: Ada does not agree"]);

    let mut stand = one_action(settings());
    stand.tick(61);
    assert_eq!((stand.permits.len(), stand.decides), (0, 2), "nobody answered");
    // An answer that comes too late is for nothing.
    stand.tell(Event::Approved { key, by: "Ada".into() });
    assert!(stand.permits.is_empty());
}

#[test]
fn a_measure_for_a_time_is_lifted_when_the_cause_is_healthy() {
    let mut stand = Stand::new(settings()).fleet(1);
    stand.health("store-1", Health::Failing);
    stand.open(1);
    let degrade = Action::new(Verb::Degrade, Target::component("store"));
    stand.decide(1, Plan::of(degrade).keep_for(Duration::from_secs(60)));
    stand.done();
    stand.users(20, 50, 0);
    assert_eq!(
        stand.machine.status(1),
        Some(Status::Keeping { until: at(stand.log.last().unwrap().at().as_seconds() + 60) })
    );
    stand.tick(100);
    assert_eq!(stand.permits.len(), 1, "the store is still failing, or unknown");
    stand.health("store-1", Health::Serving);
    assert_eq!(stand.actions()[1], "restore store");
    stand.done();
    stand.users(30, 50, 0);
    assert_eq!(stand.outcome(), Some(&Outcome::Recovered));
}

#[test]
fn after_a_crash_what_has_no_result_is_probed() {
    let stand = one_action(settings());
    let key = stand.permits[0].key();
    let machine = Remediator::recover(settings(), stand.log.clone()).unwrap();
    assert!(machine.remembers_like(&stand.machine));
    let mut again = Stand::with(machine);
    again.tick(5);
    assert_eq!(again.probed, [key]);
    assert!(again.permits.is_empty());
    again.applied(key, Applied::Done);
    again.users(20, 50, 0);
    assert_eq!(again.outcome(), Some(&Outcome::Recovered));
    // Records out of order are refused.
    let mut gap = stand.log.clone();
    gap.remove(1);
    assert!(Remediator::recover(settings(), gap).is_err());
}

#[test]
fn samples_from_before_do_not_count() {
    let mut stand = one_action(settings());
    stand.now = 50;
    stand.done();
    for _ in 0..100 {
        let sample = At::new(at(49), Sample::Counts { good: 1000, bad: 0 });
        stand.tell(Event::Seen { incident: None, sample });
    }
    assert!(stand.ended.is_empty());
    assert_eq!(stand.machine.recovery(1), None);
}

#[test]
fn an_incident_that_subsides_is_closed_without_an_action() {
    let mut stand = Stand::new(settings().guard(Cooldown::new(Duration::from_secs(1)))).fleet(2);
    stand.open(1);
    stand.users(20, 50, 0);
    assert_eq!(stand.outcome(), Some(&Outcome::Subsided));
    assert!(stand.permits.is_empty());
}

#[test]
fn the_end_of_time_is_survived() {
    let mut machine = settings().build().unwrap();
    for now in [Timestamp::MAX, Timestamp::MIN, at(0)] {
        for event in [
            Event::Opened {
                incident: u64::MAX,
                diagnosis: crate::stand::diagnosis("store", FaultKind::Dead),
            },
            Event::Opened { incident: 3, diagnosis: crate::stand::diagnosis("store", FaultKind::Dead) },
            Event::Durable { sequence: u64::MAX },
            Event::Applied {
                key: evenkeel_remedy::Key { incident: 3, step: u32::MAX, attempt: 0 },
                outcome: Applied::Done,
            },
            Event::Tick,
        ] {
            let _ = machine.step(now, event);
        }
    }
}

#[test]
fn nobody_answers_before_being_asked() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.durable = false;
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    // A result of what has no permit yet.
    let sequence = stand.log.last().unwrap().sequence();
    let key = evenkeel_remedy::Key { incident: 1, step: 0, attempt: 0 };
    stand.applied(key, Applied::Done);
    assert_eq!(stand.machine.strays(), 1);
    stand.tell(Event::Durable { sequence });
    assert_eq!(stand.permits.len(), 1);
    // A decision that nobody asked for.
    stand.decide(1, Plan::of(restart("store-2")));
    assert_eq!(stand.machine.status(1), Some(Status::InFlight { key, in_doubt: false }));
}

#[test]
fn failing_while_a_measure_is_kept_takes_it_back() {
    let mut stand = Stand::new(settings()).fleet(1);
    stand.open(1);
    let degrade = Action::new(Verb::Degrade, Target::component("store"));
    stand.decide(1, Plan::of(degrade).keep_for(Duration::from_secs(600)));
    stand.done();
    stand.users(20, 50, 0);
    assert!(matches!(stand.machine.status(1), Some(Status::Keeping { .. })));
    stand.users(30, 40, 10);
    assert_eq!(stand.actions(), ["degrade store", "restore store"]);
    stand.done();
    assert_eq!(stand.decides, 2);
}

#[test]
fn it_says_when_it_is_to_be_woken() {
    let mut stand = Stand::new(
        settings()
            .deadline(Duration::from_secs(1000))
            .apply_within(Duration::from_secs(30))
            .verify_within(Duration::from_secs(50)),
    )
    .fleet(2);
    assert_eq!(stand.machine.wake_at(), None);
    stand.now = 10;
    stand.open(1);
    assert_eq!(stand.machine.wake_at(), Some(at(1010)), "the deadline");
    stand.decide(1, Plan::of(restart("store-1")));
    assert_eq!(stand.machine.wake_at(), Some(at(40)), "no result by then is doubt");
    let written = stand.machine.next_record();
    assert_eq!(written, stand.log.len() as u64);
    stand.tick(40);
    assert_eq!(stand.probed.len(), 1, "in doubt at that very moment");
    let probe = stand.machine.wake_at().unwrap();
    assert!(probe > at(40) && probe < at(1010), "the next probe: {probe}");
    stand.now = 41;
    stand.done();
    assert_eq!(stand.machine.wake_at(), Some(at(91)), "nothing verified by then");
    stand.tick(90);
    assert_eq!(stand.decides, 1);
    stand.tick(91);
    assert_eq!(stand.decides, 2, "at that very moment");
}

#[test]
fn plans_of_too_many_steps_are_a_persons() {
    for (steps, is_too_many) in [(Plan::<Verb>::MOST_STEPS, false), (Plan::<Verb>::MOST_STEPS + 1, true)] {
        let mut stand = Stand::new(settings()).fleet(2);
        stand.open(1);
        let plan =
            (1..steps).fold(Plan::of(restart("store-1")), |plan, _| plan.then(Step::new(restart("store-1"))));
        stand.decide(1, plan);
        assert_eq!(stand.permits.is_empty(), is_too_many, "{steps}");
        let said = stand.outcome().map(ToString::to_string).unwrap_or_default();
        assert_eq!(said.contains(&format!("a plan of {steps} steps")), is_too_many, "{said}");
    }
    assert!(Plan::<Verb>::new(Vec::new()).is_err());
}

#[test]
fn budgets_of_nothing_are_refused() {
    assert!(settings().max_attempts(0).build().is_err());
    assert!(settings().max_attempts(1).build().is_ok());
    assert!(settings().max_decisions(0).build().is_err());
}
