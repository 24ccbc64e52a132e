//! Policies by costs and probabilities.

use super::{catalog, causes};
use crate::stand::{Stand, settings};
use evenkeel_core::FaultKind::{BadChange, Network, PoolExhausted};
use evenkeel_core::{Cause, Diagnosis};
use evenkeel_remedy::executor::Applied;
use evenkeel_remedy::policy::{
    BeliefRepair, Catalog, ContextualBandit, CostRatio, Decision, Learner, Measure, PlannedRepair, Policy,
    Remedy,
};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{BlastRadius, Event};
use evenkeel_stats::bandit::{LinUcb, LinearThompson};

fn said(decision: &Decision<StandardVerb>) -> String {
    match decision {
        Decision::Act(plan) => plan.to_string(),
        Decision::Wait { why, .. } => format!("wait: {why}"),
        Decision::Escalate { why } => format!("escalate: {why}"),
        other => format!("{other:?}"),
    }
}

fn open(stand: &mut Stand, diagnosis: Diagnosis) -> u64 {
    let incident = stand.machine.next_incident();
    stand.tell(Event::Opened { incident, symptom: None, diagnosis });
    incident
}

/// What a policy does as long as nothing helps.
fn sequence(policy: &mut dyn Policy<StandardVerb>, diagnosis: Diagnosis) -> Vec<String> {
    let mut stand = Stand::new(settings().max_actions(12)).fleet(3);
    let incident = open(&mut stand, diagnosis);
    let mut all = vec![];
    while let Some(situation) = stand.machine.situation(incident) {
        let decision = policy.decide(&situation);
        all.push(said(&decision));
        match decision {
            Decision::Act(plan) => {
                stand.decide(incident, plan);
                let permits = stand.permits.len();
                stand.done();
                stand.users(30, 10, 90);
                // What is undone is done.
                for _ in permits..stand.permits.len() {
                    stand.done();
                }
                for instance in ["store-1", "store-2", "store-3"] {
                    stand.health(instance, evenkeel_remedy::Health::Serving);
                }
            }
            decision => {
                stand.tell(Event::Decided { incident, decision });
                break;
            }
        }
    }
    all
}

const LEFT: &str = "escalate: no remedy is left to try";
const WORTH: &str = "escalate: no remedy is worth trying any more";

const UNCLEAR: &str = "wait: the kind of the cause is not known yet";

/// A first diagnosis often knows the place before the kind: no person is called for that within the patience.
#[test]
fn an_unclear_cause_may_become_clearer() {
    let policies: [Box<dyn Policy<StandardVerb>>; 3] = [
        Box::new(CostRatio::new(catalog())),
        Box::new(PlannedRepair::new(catalog())),
        Box::new(BeliefRepair::new(catalog())),
    ];
    for mut policy in policies {
        let mut stand = Stand::new(settings()).fleet(3);
        let unknown = Diagnosis::new(crate::stand::at(0), vec![Cause::new("store-1", 0.9).unwrap()]).unwrap();
        let incident = open(&mut stand, unknown.clone());
        let decision = |stand: &Stand, policy: &mut Box<dyn Policy<StandardVerb>>| {
            said(&policy.decide(&stand.machine.situation(incident).unwrap()))
        };
        assert_eq!(decision(&stand, &mut policy), UNCLEAR);
        stand.tell(Event::Diagnosed { incident, diagnosis: causes(&[(PoolExhausted, 0.9)]) });
        assert_eq!(decision(&stand, &mut policy), "restart store/store-1");
        // It stays unclear for longer than a minute.
        stand.tell(Event::Diagnosed { incident, diagnosis: unknown });
        stand.now += 61;
        stand.tell(Event::Tick);
        assert_eq!(decision(&stand, &mut policy), LEFT);
    }
}

#[test]
fn the_cost_ratio_decides_and_failures_weigh_the_causes_anew() {
    let mut policy = CostRatio::new(catalog());
    // 2 / (0.4 * 0.9) = 5.6, 8 / (0.5 * 0.95) = 16.8, 1 / (0.4 * 0.3) = 8.3.
    let both = [(BadChange, 0.5), (PoolExhausted, 0.4)];
    assert_eq!(
        sequence(&mut policy, causes(&both)),
        ["restart store/store-1", "roll back store", "drain store/store-1", LEFT]
    );
    // With a person at 10 only what is cheaper is tried.
    let mut cheap = CostRatio::new(cheap_person());
    assert_eq!(sequence(&mut cheap, causes(&both)), ["restart store/store-1", WORTH]);
    // Nothing cures it.
    assert_eq!(sequence(&mut policy, causes(&[(Network, 0.9)])), [LEFT]);
    assert_eq!(sequence(&mut policy, causes(&[])), [UNCLEAR]);
}

fn cheap_person() -> Catalog {
    let mut cheap = Catalog::new(9.0).unwrap();
    for remedy in catalog().remedies() {
        cheap = cheap.remedy(remedy.clone());
    }
    cheap
}

#[test]
fn belief_repair_does_what_its_model_says() {
    let both = [(BadChange, 0.5), (PoolExhausted, 0.4)];
    let mut policy = BeliefRepair::new(catalog());
    let found = sequence(&mut policy, causes(&both));
    assert_eq!(found[..2], ["restart store/store-1", "roll back store"]);
    assert!(found.last().unwrap().starts_with("escalate"), "{found:?}");
    // So many candidates that the horizon has to shrink.
    let mut many = Catalog::new(1e4).unwrap();
    for i in 0..40_u32 {
        let verb = StandardVerb::Scale { from: 3, to: 4 + i };
        let remedy = Remedy::new(Measure::component(verb), 5.0 + f64::from(i)).unwrap();
        many = many.remedy(remedy.cures(BadChange, 0.1).unwrap());
    }
    let mut policy = BeliefRepair::new(many).horizon(16).unwrap();
    let mut stand = Stand::new(settings()).fleet(3);
    let incident = open(&mut stand, causes(&[(BadChange, 0.9)]));
    let decision = policy.decide(&stand.machine.situation(incident).unwrap());
    assert_eq!(said(&decision), "scale from 3 to 4 store");
    assert!(BeliefRepair::new(catalog()).horizon(0).is_err());
}

#[test]
fn a_plan_keeps_precedence_and_counts_set_ups() {
    let both = [(BadChange, 0.5), (PoolExhausted, 0.4)];
    let mut plain = PlannedRepair::new(catalog());
    assert_eq!(sequence(&mut plain, causes(&both))[0], "restart store/store-1");
    // Draining first makes the restart cheap.
    let mut drained =
        PlannedRepair::new(catalog()).setup(None, 0, 30.0).unwrap().setup(Some(1), 0, 30.0).unwrap();
    let found = sequence(&mut drained, causes(&[(PoolExhausted, 0.9)]));
    assert_eq!(found, ["drain store/store-1", "restart store/store-1", LEFT]);
    // A restart only after a drain.
    let mut ordered = PlannedRepair::new(catalog()).after(0, 2).unwrap();
    let found = sequence(&mut ordered, causes(&[(PoolExhausted, 0.9)]));
    assert_eq!(found[..2], ["drain store/store-1", "restart store/store-1"]);
    // One that waits for what can't be done can't be done either.
    let mut blocked = PlannedRepair::new(catalog()).after(0, 1).unwrap();
    assert_eq!(sequence(&mut blocked, causes(&[(PoolExhausted, 0.9)])), ["drain store/store-1", WORTH]);
    assert!(PlannedRepair::new(catalog()).after(0, 1).unwrap().after(1, 0).is_err());
    assert!(PlannedRepair::new(catalog()).after(0, 9).is_err());
    assert!(PlannedRepair::new(catalog()).setup(Some(9), 0, 1.0).is_err());
    assert!(PlannedRepair::new(catalog()).setup(None, 0, f64::NAN).is_err());
}

#[test]
fn what_guards_refuse_waits_and_is_given_up() {
    // One of three is too many.
    let settings = settings().guard(BlastRadius::new(0.1).unwrap());
    let mut stand = Stand::new(settings).fleet(3);
    let mut policy = CostRatio::new(catalog().max_refusals(2));
    let incident = open(&mut stand, causes(&[(PoolExhausted, 0.9)]));
    let mut all = vec![];
    while let Some(situation) = stand.machine.situation(incident).filter(|_| all.len() < 12) {
        let decision = policy.decide(&situation);
        all.push(said(&decision).split(' ').next().unwrap().to_owned());
        let wait = matches!(decision, Decision::Wait { .. });
        stand.tell(Event::Decided { incident, decision });
        if wait {
            stand.now += 20;
            stand.tell(Event::Tick);
        }
    }
    assert_eq!(all, ["restart", "wait:", "restart", "drain", "wait:", "drain", "escalate:"]);
    assert!(stand.permits.is_empty());
}

#[test]
fn carrying_out_may_fail_and_be_tried_again() {
    let mut stand = Stand::new(settings()).fleet(3);
    let mut policy = CostRatio::new(catalog());
    let incident = open(&mut stand, causes(&[(PoolExhausted, 0.9)]));
    let mut all = vec![];
    for _ in 0..3 {
        let decision = policy.decide(&stand.machine.situation(incident).unwrap());
        all.push(said(&decision));
        let Decision::Act(plan) = decision else { break };
        stand.decide(incident, plan);
        let key = stand.permits.last().unwrap().key();
        stand.applied(key, Applied::Failed { why: "it broke".into() });
        stand.health("store-1", evenkeel_remedy::Health::Serving);
    }
    assert_eq!(all, ["restart store/store-1", "restart store/store-1", "drain store/store-1"]);
}

fn features() -> usize {
    ContextualBandit::<StandardVerb>::STANDARD_FEATURES
}

#[test]
fn a_bandit_learns_what_helps() {
    for learner in [
        Learner::LinUcb(LinUcb::new(3, features(), 0.5).unwrap()),
        Learner::Thompson(LinearThompson::new(3, features(), 0.2, 5).unwrap()),
    ] {
        let random = matches!(learner, Learner::Thompson(_));
        // The catalog says that draining hardly helps; here it always does, and a restart never.
        let mut policy = ContextualBandit::new(catalog(), learner).unwrap();
        let mut last = vec![];
        for round in 0..60 {
            let mut stand = Stand::new(settings()).fleet(3);
            stand.machine = {
                // Numbers of incidents go on.
                let mut fresh = Stand::new(settings()).fleet(3);
                (0..round).for_each(|i| {
                    fresh.tell(Event::Opened { incident: i, symptom: None, diagnosis: causes(&[]) });
                    fresh.tell(Event::Dismissed { incident: i, by: "somebody".into() });
                });
                fresh.machine
            };
            let incident = open(&mut stand, causes(&[(PoolExhausted, 0.9)]));
            let Decision::Act(plan) = policy.decide(&stand.machine.situation(incident).unwrap()) else {
                panic!()
            };
            let propensity = plan.propensity().unwrap().probability();
            assert!(if random { propensity < 1.0 } else { propensity == 1.0 });
            let helped = plan.to_string().starts_with("drain");
            let result = if helped {
                evenkeel_remedy::policy::TrialResult::Helped
            } else {
                evenkeel_remedy::policy::TrialResult::DidNotHelp
            };
            if round >= 40 {
                last.push(helped);
            }
            let tried = evenkeel_remedy::policy::Tried {
                incident,
                plan,
                result,
                advised: false,
                at: crate::stand::at(0),
            };
            policy.learn(&tried);
            // Advice teaches nothing.
            policy.learn(&evenkeel_remedy::policy::Tried { advised: true, ..tried });
        }
        assert_eq!(policy.learned(), 60);
        assert!(last.iter().filter(|helped| **helped).count() >= 18, "{last:?}");
    }
    let wrong = Learner::LinUcb(LinUcb::new(2, features(), 0.5).unwrap());
    assert!(ContextualBandit::new(catalog(), wrong).is_err());
    let wrong = Learner::LinUcb(LinUcb::new(3, 2, 0.5).unwrap());
    assert!(ContextualBandit::new(catalog(), wrong.clone()).is_err());
    let mut policy = ContextualBandit::with_features(catalog(), wrong, |_| vec![f64::NAN, 1.0]).unwrap();
    let found = sequence(&mut policy, causes(&[(PoolExhausted, 0.9)]));
    assert_eq!(found, ["escalate: the features of the situation can't be used"]);
}

#[test]
fn bad_catalogs_are_refused() {
    let measure = || Measure::instance(StandardVerb::Restart);
    for bad in [-1.0, f64::NAN, f64::INFINITY] {
        assert!(Remedy::new(measure(), bad).is_err());
        assert!(Remedy::new(measure(), 1.0).unwrap().cures(PoolExhausted, bad).is_err());
        assert!(Catalog::<StandardVerb>::new(bad).is_err());
        assert!(Catalog::<StandardVerb>::new(1.0).unwrap().downtime(bad).is_err());
    }
}
