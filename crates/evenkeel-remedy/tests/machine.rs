//! The promises of the machine, one by one.

use crate::stand::{Stand, at, drain, restart, settings};
use core::time::Duration;
use evenkeel_core::{At, FaultKind, Timestamp};
use evenkeel_remedy::action::{Plan, Step};
use evenkeel_remedy::executor::Applied;
use evenkeel_remedy::guard::Approval;
use evenkeel_remedy::ledger::Lease;
use evenkeel_remedy::machine::{Entry, RemediatorBuilder, Status};
use evenkeel_remedy::policy::{Decision, episodes};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{
    Action, BlastRadius, Cooldown, ErrorRatio, Event, Health, Notice, Outcome, Remediator, Sample, Target,
};

fn one_action(settings: RemediatorBuilder<StandardVerb, ErrorRatio>) -> Stand {
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
    assert_eq!(stand.machine.ledger().in_flight().count(), 0);
}

#[test]
fn advising_is_the_default() {
    let builder = Remediator::builder(ErrorRatio::builder(0.01).build().unwrap()).without_lease();
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
    let builder = Remediator::builder(ErrorRatio::builder(0.01).build().unwrap()).enable("restart");
    let mut stand = one_action(builder);
    assert!(stand.permits.is_empty());
    let lease = |token, until| Event::Lease(Some(Lease { token, since: at(0), until: at(until) }));
    stand.now = 10;
    stand.tell(lease(7, 100));
    stand.watch(39);
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

/// A step is taken back by the action that it was given for that, or not at all.
#[test]
fn what_takes_a_step_back_can_be_set() {
    let undone = |undo: Option<Action<StandardVerb>>| {
        let mut stand = Stand::new(settings()).fleet(2);
        stand.open(1);
        let step = Step::new(drain("store-1")).undone_by(undo.clone());
        assert_eq!(step.undo(), undo.as_ref());
        stand.decide(1, Plan::of(restart("store-1")).then(step));
        stand.done();
        stand.done();
        stand.users(30, 40, 10);
        let permits = stand.permits.iter().skip(2).map(|p| (p.is_undo(), p.action().to_string()));
        permits.collect::<Vec<_>>()
    };
    assert_eq!(undone(None), []);
    assert_eq!(undone(Some(restart("store-2"))), [(true, "restart store/store-2".to_string())]);
}

/// What seems to have helped is not taken back because users are too few to be sure in time.
#[test]
fn what_helped_is_kept_where_there_are_few_data() {
    for (bad_at, kept) in [(None, true), (Some(200), false)] {
        let mut stand = Stand::new(settings().verify_within(Duration::from_secs(100))).fleet(2);
        stand.open(1);
        stand.decide(1, Plan::of(drain("store-1")));
        stand.done();
        let mut wakes = 0;
        for second in (10..1700).step_by(10) {
            stand.now = second;
            let is_bad = bad_at == Some(second);
            let value = Sample::Counts { good: u64::from(!is_bad) * 4, bad: u64::from(is_bad) };
            stand.tell(Event::Seen { incident: None, sample: At::new(at(second), value) });
            wakes += usize::from(stand.machine.wake_at() == Some(at(second)));
        }
        assert_eq!(wakes, 0, "it waits, and does not spin");
        // 580 good ones, of which it had 40 after 100 s; a bad one among 80 is more than a hundredth.
        assert_eq!(stand.actions().len(), if kept { 1 } else { 2 }, "{:?}", stand.actions());
        assert_eq!(stand.outcome() == Some(&Outcome::Recovered), kept);
    }
}

#[test]
fn an_undo_is_ruled_on() {
    // Undraining is not switched on.
    let builder =
        Remediator::builder(ErrorRatio::builder(0.01).build().unwrap()).without_lease().enable("drain");
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
    assert_eq!(stand.machine.ledger().in_flight().count(), 1);
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
    let degrade = Action::new(StandardVerb::Degrade, Target::component("store"));
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

/// A plan that waits for a person while users get well by themselves has no merit of it.
#[test]
fn what_was_not_done_did_not_help() {
    let mut stand = Stand::new(settings().guard(Approval::of_all())).fleet(2);
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    assert_eq!(stand.asked.len(), 1);
    stand.users(20, 50, 0);
    assert_eq!((stand.outcome(), stand.permits.len()), (Some(&Outcome::Subsided), 0));
    assert_eq!(stand.learned, []);
    assert_eq!(episodes(&stand.log), []);
    // Done, it has.
    let mut stand = one_action(settings());
    stand.done();
    stand.users(20, 50, 0);
    assert_eq!((stand.learned.len(), episodes(&stand.log).len()), (1, 1));
}

#[test]
fn the_end_of_time_is_survived() {
    let mut machine = settings().build().unwrap();
    for now in [Timestamp::MAX, Timestamp::MIN, at(0)] {
        for event in [
            Event::Opened {
                incident: u64::MAX,
                symptom: None,
                diagnosis: crate::stand::diagnosis("store", FaultKind::Dead),
            },
            Event::Opened {
                incident: 3,
                symptom: None,
                diagnosis: crate::stand::diagnosis("store", FaultKind::Dead),
            },
            Event::Durable { sequence: u64::MAX },
            Event::Applied {
                key: evenkeel_remedy::action::Key { incident: 3, step: u32::MAX, attempt: 0 },
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
    let key = evenkeel_remedy::action::Key { incident: 1, step: 0, attempt: 0 };
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
    let degrade = Action::new(StandardVerb::Degrade, Target::component("store"));
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
    for (steps, is_too_many) in
        [(Plan::<StandardVerb>::MOST_STEPS, false), (Plan::<StandardVerb>::MOST_STEPS + 1, true)]
    {
        let mut stand = Stand::new(settings()).fleet(2);
        stand.open(1);
        let plan =
            (1..steps).fold(Plan::of(restart("store-1")), |plan, _| plan.then(Step::new(restart("store-1"))));
        stand.decide(1, plan);
        assert_eq!(stand.permits.is_empty(), is_too_many, "{steps}");
        let said = stand.outcome().map(ToString::to_string).unwrap_or_default();
        assert_eq!(said.contains(&format!("a plan of {steps} steps")), is_too_many, "{said}");
    }
    assert!(Plan::<StandardVerb>::new(Vec::new()).is_err());
}

#[test]
fn budgets_of_nothing_are_refused() {
    assert!(settings().max_attempts(0).build().is_err());
    assert!(settings().max_attempts(1).build().is_ok());
    assert!(settings().max_decisions(0).build().is_err());
}

/// Samples of good requests with these times, told at `stand.now`.
fn tell(stand: &mut Stand, times: impl IntoIterator<Item = i64>) {
    for time in times {
        let sample = At::new(at(time), Sample::Counts { good: 200, bad: 0 });
        stand.tell(Event::Seen { incident: None, sample });
    }
}

#[test]
fn late_and_repeated_samples_verify_nothing() {
    let mut stand = one_action(settings());
    stand.now = 100;
    stand.done();
    // A tenth of the requests fails; old ones are delivered late, and the good ones of one second again and
    // again.
    for second in 101..160 {
        stand.now = second;
        let bad = if second % 10 == 0 { 20 } else { 0 };
        let sample = At::new(at(second), Sample::Counts { good: 20 - bad, bad });
        stand.tell(Event::Seen { incident: None, sample });
        tell(&mut stand, (0..100).chain([101, 101, second - 1, second]));
        assert!(!matches!(stand.outcome(), Some(Outcome::Recovered)), "at {second} s");
    }
    let late = stand.machine.distrusted().late_samples;
    assert!(late >= 59 * 100, "{late}");
}

#[test]
fn the_second_of_the_action_does_not_count() {
    let mut machine = settings().build().unwrap();
    let mut stand = Stand::with(machine.clone()).fleet(2);
    let _ = machine.step(at(0), Event::Tick);
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    stand.now = 100;
    stand.done();
    let tell = |stand: &mut Stand, millis: i64| {
        let sample = At::new(Timestamp::from_millis(millis), Sample::Counts { good: 2000, bad: 0 });
        stand.tell(Event::Seen { incident: None, sample });
    };
    for millis in [100_000, 100_001, 100_500, 100_999] {
        stand.now = 101;
        tell(&mut stand, millis);
        assert!(stand.ended.is_empty(), "a sample of {millis} ms counts, of what ended at 100,000 ms");
    }
    tell(&mut stand, 101_000);
    assert_eq!(stand.outcome(), Some(&Outcome::Recovered));
}

#[test]
fn settling_outlives_a_crash() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")).settle(Duration::from_secs(30)));
    stand.done();
    let mut again = Stand::with(Remediator::recover(settings(), stand.log.clone()).unwrap());
    again.users(30, 50, 0);
    assert_eq!((again.machine.recovery(1), again.outcome()), (None, None));
    again.users(20, 50, 0);
    assert_eq!(again.outcome(), Some(&Outcome::Recovered));
}

#[test]
fn a_sample_of_the_future_verifies_nothing() {
    for ahead in [2, 60, 86_400] {
        let mut stand = one_action(settings());
        stand.done();
        for second in 1..10 {
            stand.now = second;
            tell(&mut stand, [second + ahead]);
        }
        assert!(stand.ended.is_empty() && stand.machine.recovery(1).is_none(), "{ahead} s ahead");
        assert_eq!(stand.machine.distrusted().future_samples, 9);
        // And it hides none that is true.
        stand.users(20, 50, 0);
        assert_eq!(stand.outcome(), Some(&Outcome::Recovered), "{ahead} s ahead");
    }
}

#[test]
fn what_is_done_to_what_is_gone_does_not_last() {
    let half = || settings().guard(BlastRadius::new(0.5).unwrap());
    let mut stand = Stand::new(half()).fleet(4);
    for round in 1..=5_u64 {
        let old: Vec<String> = (0..2).map(|i| format!("store-{}", 2 * (round as i64 - 1) + i + 1)).collect();
        for (i, pod) in old.iter().enumerate() {
            let incident = 10 * round + i as u64;
            stand.open(incident);
            stand.decide(incident, Plan::of(drain(pod)));
            assert_eq!(stand.permits.last().unwrap().action(), &drain(pod), "round {round}");
            stand.done();
            stand.tell(Event::Dismissed { incident, by: "Ada".into() });
            stand.now += 1;
            for k in 2 * round..2 * round + 4 {
                stand.health(&format!("store-{k}"), Health::Serving);
            }
        }
        let out = |stand: &Stand| stand.machine.ledger().out_of_service(&"store".into()).count();
        assert!(out(&stand) >= 2, "both are drained");
        for pod in &old {
            stand.tell(Event::Gone { target: Target::instance("store", pod.as_str()) });
        }
        for k in 2 * round + 1..=2 * round + 4 {
            stand.health(&format!("store-{k}"), Health::Serving);
        }
        assert_eq!(out(&stand), 0, "round {round}: what is gone is counted");
        let again = Remediator::recover(half(), stand.log.clone()).unwrap();
        assert!(again.remembers_like(&stand.machine), "a restart knows it as well");
    }
}

#[test]
fn what_ends_after_its_target_is_gone_does_not_last_either() {
    let mut stand = Stand::new(settings()).fleet(2);
    stand.open(1);
    stand.decide(1, Plan::of(drain("store-1")));
    stand.now = 5;
    stand.tell(Event::Gone { target: Target::instance("store", "store-1") });
    stand.done();
    stand.now = 6;
    stand.health("store-2", Health::Serving);
    stand.health("store-3", Health::Serving);
    fn out(stand: &Stand) -> evenkeel_remedy::ledger::OutOfService<'_> {
        stand.machine.ledger().out_of_service(&"store".into())
    }
    assert_eq!(out(&stand).acted_on.len(), 0);
    // A report from before, delivered late, does not bring it back.
    let target = Target::instance("store", "store-1");
    stand.tell(Event::Health { target: target.clone(), health: At::new(at(4), Health::Serving) });
    assert_eq!(out(&stand).members, 2);
    stand.tell(Event::Health { target, health: At::new(at(6), Health::Serving) });
    assert_eq!(out(&stand).members, 3);
    // All of a component.
    stand.tell(Event::Gone { target: Target::component("store") });
    assert_eq!(out(&stand).members, 0);
}

#[test]
fn advice_leaves_a_person_time() {
    let advising = || Remediator::builder(ErrorRatio::builder(0.01).build().unwrap()).without_lease();
    let mut stand = one_action(advising().advise_for(Duration::from_secs(300)));
    assert_eq!(stand.advised.len(), 1);
    // Users go on suffering: that is no news, and speaks neither for nor against it.
    stand.users(299, 40, 10);
    assert_eq!((stand.decides, stand.machine.situation(1).unwrap().tried().len()), (1, 0));
    stand.users(1, 40, 10);
    assert_eq!(stand.decides, 2, "its time is over");
    let tried = stand.machine.situation(1).unwrap().tried().to_vec();
    assert!(tried.len() == 1 && tried[0].advised);

    // A person did it: from then on it is verified.
    let mut stand = one_action(advising());
    stand.users(100, 40, 10);
    stand.tell(Event::Followed { incident: 1, by: "Ada".into() });
    let again = Remediator::recover(advising(), stand.log.clone()).unwrap();
    assert!(again.remembers_like(&stand.machine));
    stand.users(10, 40, 10);
    assert_eq!(stand.decides, 2, "done, and it did not help");
    let mut stand = one_action(advising());
    stand.users(100, 40, 10);
    stand.tell(Event::Followed { incident: 1, by: "Ada".into() });
    stand.users(60, 50, 0);
    assert_eq!(stand.outcome(), Some(&Outcome::Subsided));

    // Somebody says that she is at it, until a time.
    let mut stand = one_action(advising());
    stand.users(50, 40, 10);
    let target = Target::instance("store", "store-1");
    let note = "Ada restarts it".to_string();
    let outside = evenkeel_remedy::ledger::ExternalAction {
        target,
        share: evenkeel_remedy::verb::Share::Whole,
        since: at(50),
        until: at(90),
        note,
    };
    stand.tell(Event::ExternalAction(outside));
    stand.users(40, 40, 10);
    assert_eq!(stand.decides, 1, "it goes on");
    stand.users(10, 40, 10);
    assert_eq!(stand.decides, 2, "done, and it did not help");

    // Acting is switched on, or there is another diagnosis: the policy is asked anew.
    let mut stand = one_action(advising());
    stand.tell(Event::Switch { verb: "drain".into(), acting: true });
    assert_eq!(stand.decides, 1);
    stand.tell(Event::Switch { verb: "restart".into(), acting: true });
    assert_eq!((stand.decides, stand.machine.situation(1).unwrap().tried().len()), (2, 0));
    let mut stand = one_action(advising());
    stand.tell(Event::Diagnosed { incident: 1, diagnosis: crate::stand::diagnosis("cart", FaultKind::Dead) });
    assert_eq!(stand.decides, 2);
}

/// Wants the same for ever.
struct Stubborn(Action<StandardVerb>, u32);

impl evenkeel_remedy::policy::Policy<StandardVerb> for Stubborn {
    fn decide(&mut self, _: &evenkeel_remedy::policy::Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        self.1 += 1;
        Decision::Act(Plan::of(self.0.clone()))
    }
}

#[test]
fn a_denied_action_is_not_asked_for_again_at_once() {
    use evenkeel_remedy::driver::{Driver, DryRun, MemoryLog};
    let machine = settings().guard(BlastRadius::new(0.5).unwrap()).build().unwrap();
    let policy = Stubborn(restart("store-1"), 0);
    let mut driver = Driver::new(machine, policy, DryRun::<StandardVerb>::new(), MemoryLog::new());
    let (ruled, mut asked) = (std::cell::Cell::new(0), Vec::new());
    let tell = |driver: &mut Driver<Stubborn, _, _>, second: i64, event| {
        for notice in driver.step(at(second), event).unwrap() {
            ruled.set(ruled.get() + u32::from(matches!(notice, Notice::Ruled { .. })));
        }
    };
    // The other of two is out.
    for (i, health) in [Health::Serving, Health::OutOfService].into_iter().enumerate() {
        let target = Target::instance("store", format!("store-{}", i + 1));
        tell(&mut driver, 0, Event::Health { target, health: At::new(at(0), health) });
    }
    let diagnosis = crate::stand::diagnosis("store", FaultKind::PoolExhausted);
    tell(&mut driver, 0, Event::Opened { incident: 1, symptom: None, diagnosis });
    for second in 0..60 {
        tell(&mut driver, second, Event::Tick);
        asked.push(driver.policy().1);
    }
    assert_eq!(asked[0], 2, "asked, denied, wanted again");
    assert!(asked[59] <= 10, "{asked:?}");
    assert_eq!(ruled.get(), 1, "it is said once");
    // As soon as the other is back it is done.
    for (i, health) in [Health::Serving, Health::Serving].into_iter().enumerate() {
        let target = Target::instance("store", format!("store-{}", i + 1));
        tell(&mut driver, 60, Event::Health { target, health: At::new(at(60), health) });
    }
    tell(&mut driver, 61, Event::Tick);
    assert_eq!(driver.executor().done(), [restart("store-1")]);
    assert_eq!(ruled.get(), 2);
}

/// Agrees every other time.
#[derive(Debug, Default)]
struct Alternating(std::sync::atomic::AtomicU32, bool);

impl evenkeel_remedy::guard::Guard<StandardVerb> for Alternating {
    fn rule(
        &self,
        _: &Action<StandardVerb>,
        _: &evenkeel_remedy::ledger::Ledger<'_, StandardVerb>,
    ) -> evenkeel_remedy::guard::Ruling {
        let n = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if n.is_multiple_of(2) == self.1 {
            let why = evenkeel_remedy::guard::Reason::new("whim", "not today", 1.0, 0.0);
            return evenkeel_remedy::guard::Ruling::deny(why);
        }
        evenkeel_remedy::guard::Ruling::permit()
    }
}

#[test]
fn a_guard_that_changes_its_mind_stops_nobody() {
    use evenkeel_remedy::driver::{Driver, DryRun, MemoryLog};
    for first in [false, true] {
        let machine = settings().guard(Alternating(0.into(), first)).deadline(Duration::from_secs(300));
        let policy = Stubborn(restart("store-1"), 0);
        let mut driver =
            Driver::new(machine.build().unwrap(), policy, DryRun::<StandardVerb>::new(), MemoryLog::new());
        let diagnosis = crate::stand::diagnosis("store", FaultKind::PoolExhausted);
        driver.step(at(0), Event::Opened { incident: 1, symptom: None, diagnosis }).unwrap();
        assert!(driver.log().records().len() < 10, "{} records at one instant", driver.log().records().len());
        for second in 1..=300 {
            driver.step(at(second), Event::Tick).unwrap();
        }
        assert!(driver.outcome(1).is_some());
        assert!(driver.log().records().len() < 400, "{} records", driver.log().records().len());
    }
}

#[test]
fn the_largest_number_is_no_incident() {
    let mut stand = Stand::new(settings()).fleet(2);
    for _ in 0..2 {
        stand.open(u64::MAX);
        stand.decide(u64::MAX, Plan::of(restart("store-1")));
        stand.tell(Event::Dismissed { incident: u64::MAX, by: "Ada".into() });
    }
    assert!(stand.permits.is_empty(), "{:?}", stand.permits);
    assert_eq!(stand.machine.distrusted().old_incidents, 2);
    // The one before is the last.
    for _ in 0..2 {
        stand.open(u64::MAX - 1);
        stand.decide(u64::MAX - 1, Plan::of(restart("store-1")));
        stand.tell(Event::Dismissed { incident: u64::MAX - 1, by: "Ada".into() });
    }
    assert_eq!(stand.permits.len(), 1);
}

#[test]
fn a_token_never_goes_down() {
    let builder = || {
        let builder = Remediator::builder(ErrorRatio::builder(0.01).build().unwrap());
        builder.enable("restart").handover(Duration::ZERO)
    };
    let lease = |token| Event::Lease(Some(Lease { token, since: at(0), until: at(1_000_000) }));
    let mut stand = Stand::new(builder()).fleet(2);
    stand.now = 1;
    stand.tell(lease(9));
    stand.tell(lease(3));
    assert_eq!(stand.machine.ledger().lease().map(|l| l.token), Some(9));
    stand.tell(Event::Lease(None));
    stand.tell(lease(8));
    assert_eq!(stand.machine.ledger().lease(), None, "it was lost, and an old one is none");
    assert_eq!(stand.machine.distrusted().old_leases, 2);
    stand.tell(lease(9));
    stand.open(1);
    stand.decide(1, Plan::of(restart("store-1")));
    assert_eq!(stand.permits[0].token(), 9);
    // What was acted under is known after a restart.
    let mut again = Stand::with(Remediator::recover(builder(), stand.log.clone()).unwrap());
    again.now = 2;
    again.tell(lease(8));
    assert_eq!(again.machine.ledger().lease(), None);
}

mod settings_at_their_ends {
    use super::*;
    use evenkeel_remedy::Runbook;
    use evenkeel_remedy::guard::{Guard, Rate, SourceHealthy};
    use proptest::prelude::*;

    fn length() -> impl Strategy<Value = Duration> {
        prop_oneof![
            Just(Duration::ZERO),
            Just(Duration::from_nanos(1)),
            Just(Duration::from_secs(1)),
            Just(Duration::from_secs(u64::MAX)),
            Just(Duration::MAX),
            (0..u64::MAX, 0..1_000_000_000_u32).prop_map(|(s, n)| Duration::new(s, n)),
        ]
    }

    fn guards(l: [Duration; 3]) -> Vec<Box<dyn Guard<StandardVerb>>> {
        let mut guards: Vec<Box<dyn Guard<StandardVerb>>> = vec![
            Box::new(Cooldown::new(l[0])),
            Box::new(SourceHealthy::all().expires_after(l[1])),
            Box::new(BlastRadius::new(1.0).unwrap().min_serving(usize::MAX)),
        ];
        guards.extend(Rate::new(1, l[2]).ok().map(|r| Box::new(r) as Box<dyn Guard<StandardVerb>>));
        guards
    }

    proptest! {
        #[test]
        fn are_refused_or_work(
            l in prop::array::uniform16(length()),
            numbers in prop::array::uniform4(prop_oneof![Just(0), Just(1), Just(u32::MAX)]),
            plan in prop::array::uniform2(length()),
        ) {
            let mut builder = settings()
                .deadline(l[0]).apply_within(l[1]).verify_within(l[2]).hold_for(l[3]).probe_every(l[4])
                .recheck(l[5]).health_expires(l[6]).handover(l[7]).advise_for(l[8]).refusal_pause(l[9])
                .max_actions(numbers[0]).max_decisions(numbers[1]).max_attempts(numbers[2]);
            for guard in guards([l[10], l[11], l[12]]) {
                builder = builder.shared_guard(std::sync::Arc::from(guard));
            }
            let Ok(machine) = builder.build() else { return Ok(()) };
            let mut stand = Stand::with(machine).fleet(2);
            let mut book = Runbook::<StandardVerb>::standard().patience(l[13]).retry(l[14]).max_refusals(numbers[3]);
            for incident in 1..4 {
                stand.open(incident);
                if let Some(situation) = stand.machine.situation(incident) {
                    let _ = evenkeel_remedy::policy::Policy::decide(&mut book, &situation);
                }
                let act = Plan::of(drain("store-1")).settle(plan[0]).keep_for(plan[1]);
                stand.decide(incident, act);
                if let Some(key) = stand.permits.last().map(evenkeel_remedy::executor::Permit::key) {
                    stand.applied(key, if incident == 2 { Applied::Unknown } else { Applied::Done });
                }
                stand.users(3, u64::MAX, u64::MAX);
                for step in [1, 100, 1_000_000, i64::MAX / 4] {
                    stand.now = stand.now.saturating_add(step);
                    stand.tell(Event::Tick);
                    stand.tell(Event::ExternalAction(evenkeel_remedy::ledger::ExternalAction {
                        target: Target::component("store"),
                        share: evenkeel_remedy::verb::Share::Some(usize::MAX),
                        since: Timestamp::MIN,
                        until: Timestamp::MAX,
                        note: format!("{step}"),
                    }));
                    stand.tell(Event::Freeze { name: "f".into(), until: Some(Timestamp::MAX) });
                }
            }
        }
    }
}

#[test]
fn probing_for_ever_is_no_panic() {
    let mut stand = one_action(settings().probe_every(Duration::MAX).apply_within(Duration::from_secs(1)));
    for second in [2, 3, 1000] {
        stand.tick(second);
    }
    assert_eq!(stand.probed.len(), 1);
}

/// A verifier of the user's that counts what it is given, and that times never go back for it.
#[derive(Debug, Clone, Default)]
struct Counter {
    samples: u64,
    last: Option<Timestamp>,
}

impl evenkeel_core::Stage<At<Sample>> for Counter {
    type Output = evenkeel_remedy::verify::Recovery;

    fn update(&mut self, x: At<Sample>) -> Option<Self::Output> {
        assert!(self.last.is_none_or(|last| x.time > last), "{:?} after {:?}", x.time, self.last);
        self.last = Some(x.time);
        self.samples += 1;
        Some(evenkeel_remedy::verify::Recovery::new(Default::default(), 0.01, 0.0, 1.0, self.samples))
    }

    fn reset(&mut self) {
        self.samples = 0;
    }
}

impl evenkeel_remedy::verify::Verifier for Counter {}

#[test]
fn a_verifier_is_given_each_sample_once_and_in_order() {
    let mut machine: Remediator<StandardVerb, Counter> =
        Remediator::builder(Counter::default()).build().unwrap();
    let diagnosis = crate::stand::diagnosis("store", FaultKind::Dead);
    let day = 86_400;
    let _ = machine.step(at(day), Event::Opened { incident: 1, symptom: None, diagnosis });
    let tell = |machine: &mut Remediator<StandardVerb, Counter>, now: i64, time: i64| {
        let sample = At::new(at(time), Sample::Counts { good: 1, bad: 0 });
        let _ = machine.step(at(now), Event::Seen { incident: None, sample });
        machine.recovery(1).map_or(0, |r| r.trials())
    };
    assert_eq!(tell(&mut machine, day, day), 0, "the second of its opening");
    assert_eq!(tell(&mut machine, day + 1, day + 1), 1);
    for time in [day + 1, day, 0, day + 3] {
        assert_eq!(tell(&mut machine, day + 1, time), 1, "{time}");
    }
    // The clock is set back by a day: what comes then is later for it all the same.
    for now in 10..15 {
        tell(&mut machine, now, now);
    }
    assert!(machine.recovery(1).unwrap().trials() >= 4);
    let d = machine.distrusted();
    assert_eq!((d.future_samples, d.set_back), (1, 1));
}
