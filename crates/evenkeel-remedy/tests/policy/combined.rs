//! Policies made of others, and what a log says of them.

use super::{catalog, causes};
use crate::stand::{Stand, settings};
use evenkeel_core::FaultKind::{BadChange, Network, PoolExhausted};
use evenkeel_core::{Error, Timestamp};
use evenkeel_remedy::action::Propensity;
use evenkeel_remedy::driver::{Driver, DryRun, MemoryLog};
use evenkeel_remedy::policy::{
    ContextualBandit, CostRatio, Decision, EscalateBelow, FirstOf, Learner, Mdp, MdpPolicy, Policy, Shadow,
    Situation, episodes,
};
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Event, Health, Runbook, Sample, Target};
use evenkeel_stats::Generator;
use evenkeel_stats::bandit::{LinUcb, Logged, inverse_propensity};

fn decide(
    policy: &mut dyn Policy<StandardVerb>,
    of: evenkeel_core::Diagnosis,
    now: i64,
) -> Decision<StandardVerb> {
    let mut stand = Stand::new(settings()).fleet(3);
    stand.tell(Event::Opened { incident: 0, symptom: None, diagnosis: of });
    stand.now = now;
    stand.tell(Event::Tick);
    policy.decide(&stand.machine.situation(0).unwrap())
}

fn acts(decision: &Decision<StandardVerb>) -> Option<String> {
    if let Decision::Act(plan) = decision { Some(plan.to_string()) } else { None }
}

#[test]
fn the_second_is_asked_where_the_first_gives_up() {
    let mut policy = FirstOf::new(Runbook::new(), CostRatio::new(catalog()));
    assert_eq!(acts(&decide(&mut policy, causes(&[(BadChange, 0.9)]), 0)).unwrap(), "roll back store");
    match decide(&mut policy, causes(&[(Network, 0.9)]), 0) {
        Decision::Escalate { why } => {
            assert_eq!(why, "there is no rule for: network fault; no remedy is left to try");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unsure_diagnosis_waits_and_is_escalated() {
    let mut policy = EscalateBelow::new(0.7, CostRatio::new(catalog())).unwrap();
    let unsure = || causes(&[(BadChange, 0.5), (PoolExhausted, 0.4)]);
    assert!(matches!(decide(&mut policy, unsure(), 0), Decision::Wait { .. }));
    assert!(matches!(decide(&mut policy, unsure(), 50), Decision::Escalate { .. }));
    assert!(acts(&decide(&mut policy, causes(&[(BadChange, 0.7)]), 0)).is_some());
    for bad in [0.0, 1.1, f64::NAN] {
        assert!(EscalateBelow::new(bad, Runbook::<StandardVerb>::new()).is_err());
    }
}

#[test]
fn a_process_decides_by_its_state() {
    let mut builder = Mdp::builder(2, 0.9);
    builder.action(0, 0.0, &[(0, 1.0)]);
    builder.action(1, 9.0, &[(0, 0.6), (1, 0.4)]);
    let solution = builder.build().unwrap().policy_iteration().unwrap();
    let state = |s: &Situation<'_, StandardVerb>| match s.diagnosis().causes().len() {
        0 => None,
        1 => Some(1),
        _ => Some(7),
    };
    let act = |_: &Situation<'_, StandardVerb>, action: usize| Decision::Escalate {
        why: format!("action {action}"),
    };
    let mut policy = MdpPolicy::new(solution, state, act);
    let mut why = |of| match decide(&mut policy, of, 0) {
        Decision::Escalate { why } => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(why(causes(&[(BadChange, 0.9)])), "action 0");
    assert_eq!(why(causes(&[])), "the situation is in no known state");
    assert_eq!(why(causes(&[(BadChange, 0.5), (Network, 0.4)])), "the situation is in no known state");
}

/// Restarts or drains by the throw of a coin, and says so.
struct Coin(Generator, f64);

impl Policy<StandardVerb> for Coin {
    fn decide(&mut self, s: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        let restart = self.0.bernoulli(self.1);
        let verb = if restart { StandardVerb::Restart } else { StandardVerb::Drain };
        if !s.tried().is_empty() {
            return Decision::Escalate { why: "once is enough".into() };
        }
        let plan = evenkeel_remedy::action::Plan::of(evenkeel_remedy::Action::new(
            verb,
            Target::instance("store", "store-1"),
        ));
        let p = if restart { self.1 } else { 1.0 - self.1 };
        Decision::Act(plan.chosen_with(Propensity::new(p).unwrap()))
    }
}

/// Lives through incidents in which a restart helps in 8 of 10, a drain in 3.
fn live<P: Policy<StandardVerb>>(
    policy: P,
    incidents: u64,
    seed: u64,
) -> Driver<P, DryRun, MemoryLog<StandardVerb>> {
    let mut random = Generator::new(seed);
    let machine = settings().build().unwrap();
    let mut driver = Driver::new(machine, policy, DryRun::new(), MemoryLog::new());
    let mut now = 0;
    let at = Timestamp::from_seconds;
    for incident in 0..incidents {
        let done = driver.executor().done().len();
        for instance in ["store-1", "store-2"] {
            let target = Target::instance("store", instance);
            driver
                .step(
                    at(now),
                    Event::Health { target, health: evenkeel_core::At::new(at(now), Health::Serving) },
                )
                .unwrap();
        }
        driver
            .step(
                at(now),
                Event::Opened { incident, symptom: None, diagnosis: causes(&[(PoolExhausted, 0.9)]) },
            )
            .unwrap();
        let chance = match driver.executor().done().get(done).map(|action| action.verb) {
            Some(StandardVerb::Restart) => 0.8,
            Some(_) => 0.3,
            None => 0.0,
        };
        let helps = random.bernoulli(chance);
        while driver.outcome(incident).is_none() {
            now += 1;
            let sample = if helps {
                Sample::Counts { good: 100, bad: 0 }
            } else {
                Sample::Counts { good: 60, bad: 40 }
            };
            driver
                .step(
                    at(now),
                    Event::Seen { incident: None, sample: evenkeel_core::At::new(at(now), sample) },
                )
                .unwrap();
            driver.step(at(now), Event::Tick).unwrap();
        }
        now += 100;
    }
    driver
}

#[test]
fn a_log_says_what_another_policy_would_have_got() {
    let driver = live(Coin(Generator::new(4), 0.5), 600, 9);
    let all = episodes(driver.log().records());
    assert_eq!(all.len(), 600);
    for (target, truth) in [(1.0, 0.8), (0.0, 0.3), (0.5, 0.55)] {
        let logged: Vec<Logged> = all
            .iter()
            .map(|e| {
                let restarts = e.plan.steps()[0].action().verb == StandardVerb::Restart;
                let p = if restarts { target } else { 1.0 - target };
                e.logged(f64::from(u8::from(e.helped)), p, 0.0, 0.0).unwrap()
            })
            .collect();
        let estimate = inverse_propensity(&logged).unwrap();
        let (low, high) = estimate.interval(0.999).unwrap();
        println!("restarts with {target}: {:.3} ({low:.3} to {high:.3}) for {truth}", estimate.value());
        assert!(low < truth && truth < high && high - low < 0.4);
    }
    // A runbook does not say with which probability it chose.
    let driver = live(
        Runbook::new()
            .rule(PoolExhausted, [evenkeel_remedy::policy::Measure::instance(StandardVerb::Restart)]),
        3,
        1,
    );
    let all = episodes(driver.log().records());
    assert_eq!(all.len(), 3);
    assert!(matches!(all[0].logged(1.0, 1.0, 0.0, 0.0), Err(Error::Parameter { name: "propensity", .. })));
}

#[test]
fn a_shadow_learns_and_does_not_act() {
    let features = ContextualBandit::<StandardVerb>::STANDARD_FEATURES;
    let learner = Learner::LinUcb(LinUcb::new(3, features, 0.5).unwrap());
    let shadow = ContextualBandit::new(catalog(), learner).unwrap();
    let acted = live(Coin(Generator::new(4), 0.5), 60, 9);
    let watched = live(Shadow::new(Coin(Generator::new(4), 0.5), shadow), 60, 9);
    // What was done is what the one that acts does alone.
    assert_eq!(acted.executor().done(), watched.executor().done());
    let policy = watched.policy();
    assert_eq!(policy.shadow().learned(), 60);
    assert!(policy.decisions() >= 60 && policy.agreed() > 0 && policy.agreed() < policy.decisions());
    // And it learned which one helps.
    let Learner::LinUcb(bandit) = policy.shadow().learner() else { panic!() };
    let mut context = vec![0.0; features];
    (context[0], context[4]) = (1.0, 0.9);
    let rewards: Vec<f64> = (0..3).map(|arm| bandit.predict(arm, &context).unwrap()).collect();
    assert!(rewards[0] > rewards[2] + 0.1, "{rewards:?}");
}

#[test]
fn a_propensity_goes_through_the_log() {
    let plan = || evenkeel_remedy::action::Plan::of(crate::stand::restart("store-1"));
    let text = serde_json::to_string(&plan().chosen_with(Propensity::new(0.25).unwrap())).unwrap();
    let again: evenkeel_remedy::action::Plan<StandardVerb> = serde_json::from_str(&text).unwrap();
    assert_eq!(again.propensity().unwrap().probability(), 0.25);
    // Logs from before it was said are read, and those without it are written as before.
    let before = serde_json::to_string(&plan()).unwrap();
    assert!(!before.contains("propensity"));
    let again: evenkeel_remedy::action::Plan<StandardVerb> = serde_json::from_str(&before).unwrap();
    assert_eq!(again, plan());
    for bad in ["0.0", "1.5", "null-"] {
        let tampered = text.replace("0.25", bad);
        assert!(
            serde_json::from_str::<evenkeel_remedy::action::Plan<StandardVerb>>(&tampered).is_err(),
            "{bad}"
        );
    }
}
