//! The gym: what is best has no regret, and what is worse has.

use evenkeel_core::FaultKind::{self, BadChange, MemoryExhausted, PoolExhausted};
use evenkeel_remedy::policy::{
    BeliefRepair, Catalog, ContextualBandit, CostRatio, Decision, Learner, Measure, PlannedRepair, Policy,
    Remedy, Situation,
};
use evenkeel_remedy::simulator::Gym;
use evenkeel_remedy::verb::StandardVerb::{self, Degrade, Restart, RollBack, Scale};
use evenkeel_stats::bandit::LinUcb;

fn catalog(downtime: f64) -> Catalog {
    let remedy = |measure, cost: f64, cures: &[(FaultKind, f64)]| {
        let remedy = Remedy::new(measure, cost).unwrap().tries(2);
        cures.iter().fold(remedy, |remedy, (kind, p)| remedy.cures(*kind, *p).unwrap())
    };
    Catalog::new(60.0)
        .unwrap()
        .downtime(downtime)
        .unwrap()
        .remedy(remedy(Measure::component(RollBack), 8.0, &[(BadChange, 0.95)]))
        .remedy(remedy(
            Measure::instance(Restart),
            3.0,
            &[(BadChange, 0.2), (PoolExhausted, 0.9), (MemoryExhausted, 0.3)],
        ))
        .remedy(remedy(
            Measure::component(Scale { from: 3, to: 5 }),
            5.0,
            &[(PoolExhausted, 0.5), (MemoryExhausted, 0.7)],
        ))
}

fn gym(downtime: f64) -> Gym<StandardVerb> {
    let gym = Gym::new(catalog(downtime)).fault(BadChange, 1.0).unwrap().fault(PoolExhausted, 1.0).unwrap();
    gym.fault(MemoryExhausted, 1.0).unwrap().unexplained(0.2).unwrap()
}

/// Calls a person for everything.
struct Timid;

impl Policy<StandardVerb> for Timid {
    fn decide(&mut self, _: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        Decision::Escalate { why: "help".into() }
    }
}

#[test]
fn policies_are_ranked_by_regret() {
    let gym = gym(4.0);
    let worlds = 1_500;
    let score = |policy: &mut dyn Policy<StandardVerb>| gym.score(worlds, 7, policy).unwrap();
    let belief = score(&mut BeliefRepair::new(catalog(4.0)));
    let ratio = score(&mut CostRatio::new(catalog(4.0)));
    let planned = score(&mut PlannedRepair::new(catalog(4.0)));
    let timid = score(&mut Timid);
    for (name, score) in
        [("belief", &belief), ("cost ratio", &ratio), ("planned", &planned), ("timid", &timid)]
    {
        println!("{name}: {score}");
        assert_eq!(score.worlds(), worlds as usize);
        // The mean cost is that of the best and the regret, but for luck.
        assert!((score.cost() - score.optimum() - score.regret()).abs() < 3.0, "{name}");
    }
    assert_eq!(timid.cost(), 60.0);
    assert!(timid.interval(0.99).unwrap().0 > 20.0);
    // It takes back what did not help, which the exact model does not know of: hardly any regret.
    assert!(belief.regret().abs() < 0.4, "{belief}");
    assert!(ratio.regret() >= belief.regret() - 0.2 && ratio.regret() < 3.0, "{ratio}");
    assert!(planned.regret() < 3.0, "{planned}");
    // The same luck for all: whoever did the same has the same cost, and is repeatable.
    assert_eq!(score(&mut Timid), timid);
}

#[test]
fn what_is_best_has_no_regret_at_all() {
    let restart =
        Remedy::new(Measure::instance(Restart), 2.0).unwrap().cures(PoolExhausted, 0.6).unwrap().tries(3);
    let roll_back = Remedy::new(Measure::component(RollBack), 8.0).unwrap().cures(BadChange, 0.9).unwrap();
    let catalog = Catalog::new(60.0).unwrap().remedy(restart).remedy(roll_back);
    let gym = Gym::new(catalog.clone()).fault(PoolExhausted, 1.0).unwrap().fault(BadChange, 2.0).unwrap();
    let score = gym.unexplained(0.3).unwrap().score(800, 3, &mut BeliefRepair::new(catalog)).unwrap();
    println!("{score}");
    assert_eq!((score.regret(), score.standard_error()), (0.0, 0.0));
    // Unbiased: the exact mean lies within what luck makes of it.
    assert!((score.cost() - score.optimum()).abs() < 4.0 * 30.0 / 800_f64.sqrt());
}

#[test]
fn a_bandit_gets_better() {
    let gym = gym(0.0);
    let features = ContextualBandit::<StandardVerb>::STANDARD_FEATURES;
    let learner = Learner::LinUcb(LinUcb::new(3, features, 0.3).unwrap());
    let mut policy = ContextualBandit::new(catalog(0.0), learner).unwrap();
    let first = gym.score(60, 1, &mut policy).unwrap();
    let _ = gym.score(1_000, 2, &mut policy).unwrap();
    let last = gym.score(1_500, 3, &mut policy).unwrap();
    println!("at first {first}\nlater {last}");
    assert!(policy.learned() > 1_500);
    assert!(last.regret() < 6.0, "{last}");
}

/// Does what the catalog does not know, or waits for ever.
struct Stubborn(bool);

impl Policy<StandardVerb> for Stubborn {
    fn decide(&mut self, s: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        if self.0 {
            return Decision::Wait {
                until: s.now() + std::time::Duration::from_secs(100_000),
                why: "later".into(),
            };
        }
        let action = evenkeel_remedy::Action::new(Restart, evenkeel_remedy::Target::component("service"));
        Decision::Act(evenkeel_remedy::action::Plan::of(action))
    }
}

#[test]
fn any_policy_comes_to_an_end_and_nonsense_is_refused() {
    let wait = gym(1.0).score(3, 1, &mut Stubborn(true)).unwrap();
    assert_eq!((wait.cost(), wait.recovered(), wait.actions()), (60.0, 0.0, 0.0));
    let act = gym(1.0).max_actions(3).unwrap().score(3, 1, &mut Stubborn(false)).unwrap();
    assert_eq!((act.cost(), act.actions()), (63.0, 3.0));
    assert!(gym(1.0).score(1, 1, &mut Timid).is_err());
    assert!(Gym::new(catalog(0.0)).score(9, 1, &mut Timid).is_err());
    assert!(Gym::new(catalog(0.0)).unexplained(1.0).unwrap().score(9, 1, &mut Timid).is_err());
    assert!(gym(1.0).fault(FaultKind::Slow, 0.0).is_err());
    assert!(gym(1.0).max_actions(0).is_err());
    let measures = Remedy::new(Measure::component(Degrade), f64::NAN);
    assert!(measures.is_err());
}
