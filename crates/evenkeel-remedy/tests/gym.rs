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

/// Restarts what is blamed, as often as there are tries, and then rolls back.
struct RestartFirst;

impl Policy<StandardVerb> for RestartFirst {
    fn decide(&mut self, s: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        let target = |instance: bool| match instance {
            true => evenkeel_remedy::Target::instance("service", "service-1"),
            false => evenkeel_remedy::Target::component("service"),
        };
        let act = |verb, instance| {
            Decision::Act(evenkeel_remedy::action::Plan::of(evenkeel_remedy::Action::new(
                verb,
                target(instance),
            )))
        };
        match s.tried().len() {
            0 | 1 => act(Restart, true),
            2 => act(RollBack, false),
            3 => act(Scale { from: 3, to: 5 }, false),
            _ => Decision::Escalate { why: "nothing helped".into() },
        }
    }
}

/// Any of the remedies, or a person.
struct Coin(evenkeel_stats::Generator);

impl Policy<StandardVerb> for Coin {
    fn decide(&mut self, _: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        let component = evenkeel_remedy::Target::component("service");
        let (verb, target) = match self.0.uniform_below(4) {
            0 => (Restart, evenkeel_remedy::Target::instance("service", "service-1")),
            1 => (RollBack, component),
            2 => (Scale { from: 3, to: 5 }, component),
            _ => return Decision::Escalate { why: "by chance".into() },
        };
        Decision::Act(evenkeel_remedy::action::Plan::of(evenkeel_remedy::Action::new(verb, target)))
    }
}

/// Every policy in the same 1,000 worlds: those of the gym above with seed 2,026. One that learns lives through
/// another thousand first, to be scored as it is then.
fn regrets(worlds: u32, downtime: f64) -> Vec<(&'static str, evenkeel_remedy::simulator::GymScore)> {
    use evenkeel_remedy::policy::{EscalateBelow, FirstOf, Mdp, MdpPolicy, Shadow};
    use evenkeel_stats::bandit::LinearThompson;
    let gym = gym(downtime);
    let all = || catalog(downtime);
    let features = ContextualBandit::<StandardVerb>::STANDARD_FEATURES;
    let linear = || Learner::LinUcb(LinUcb::new(3, features, 0.3).unwrap());
    let bandit = |learner| ContextualBandit::new(all(), learner).unwrap();
    // States are how often something was tried; the actions of the process are the remedies and a person, with
    // what helps on average.
    let tried = 4;
    let mut process = Mdp::builder(tried + 2, 0.999_999);
    for state in 0..tried {
        for (cost, helps) in [(8.0, 0.35), (3.0, 0.45), (5.0, 0.4)] {
            process.action(state, cost + downtime, &[(state + 1, 1.0 - helps), (tried + 1, helps)]);
        }
        process.action(state, 60.0, &[(tried + 1, 1.0)]);
    }
    process.action(tried, 60.0, &[(tried + 1, 1.0)]);
    process.action(tried + 1, 0.0, &[(tried + 1, 1.0)]);
    let process = process.build().and_then(|process| process.value_iteration(1e-9, 10_000));
    let state = move |s: &Situation<'_, StandardVerb>| Some(s.tried().len().min(tried));
    let act = |s: &Situation<'_, StandardVerb>, action: usize| {
        let component = evenkeel_remedy::Target::component("service");
        let (verb, target) = match action {
            0 if s.tried().len() < tried => (RollBack, component),
            1 => (Restart, evenkeel_remedy::Target::instance("service", "service-1")),
            2 => (Scale { from: 3, to: 5 }, component),
            _ => return Decision::Escalate { why: "the process says so".into() },
        };
        Decision::Act(evenkeel_remedy::action::Plan::of(evenkeel_remedy::Action::new(verb, target)))
    };
    let runbook = || evenkeel_remedy::Runbook::standard();
    let mut policies: Vec<(&'static str, bool, Box<dyn Policy<StandardVerb>>)> = vec![
        ("belief repair", false, Box::new(BeliefRepair::new(all()))),
        ("planned repair", false, Box::new(PlannedRepair::new(all()))),
        ("cost ratio", false, Box::new(CostRatio::new(all()))),
        ("contextual bandit, LinUCB", true, Box::new(bandit(linear()))),
        (
            "contextual bandit, Thompson",
            true,
            Box::new(bandit(Learner::Thompson(LinearThompson::new(3, features, 0.3, 1).unwrap()))),
        ),
        (
            "first of runbook and belief repair",
            false,
            Box::new(FirstOf::new(runbook(), BeliefRepair::new(all()))),
        ),
        (
            "belief repair, a person below 0.5",
            false,
            Box::new(EscalateBelow::new(0.5, BeliefRepair::new(all())).unwrap()),
        ),
        (
            "belief repair, LinUCB in its shadow",
            false,
            Box::new(Shadow::new(BeliefRepair::new(all()), bandit(linear()))),
        ),
        ("runbook", false, Box::new(runbook())),
        ("restart first", false, Box::new(RestartFirst)),
        ("a coin", false, Box::new(Coin(evenkeel_stats::Generator::new(5)))),
        ("a person for everything", false, Box::new(Timid)),
    ];
    if let Ok(process) = process {
        policies.push(("Markov decision process", false, Box::new(MdpPolicy::new(process, state, act))));
    }
    policies
        .into_iter()
        .map(|(name, learns, mut policy)| {
            if learns {
                let _ = gym.score(worlds, 2_025, &mut *policy).unwrap();
            }
            (name, gym.score(worlds, 2_026, &mut *policy).unwrap())
        })
        .collect()
}

/// The table of all policies; `EVENKEEL_BLESS=1` writes it anew.
#[test]
fn the_regret_table_is_reproduced() {
    let mut scores = regrets(1_000, 4.0);
    scores.sort_by(|a, b| a.1.regret().total_cmp(&b.1.regret()));
    let mut table = String::from(
        "| policy | cost | regret | 95 % | recovered | actions |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for (name, score) in &scores {
        let (low, high) = score.interval(0.95).unwrap();
        table.push_str(&format!(
            "| {name} | {:.2} | {:.2} | {low:.2} to {high:.2} | {:.0} % | {:.2} |\n",
            score.cost(),
            score.regret(),
            100.0 * score.recovered(),
            score.actions()
        ));
    }
    table.push_str(&format!("\nThe exact optimum costs {:.2}.\n", scores[0].1.optimum()));
    println!("{table}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regret.md");
    if std::env::var_os("EVENKEEL_BLESS").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), table);
    let of = |wanted: &str| &scores.iter().find(|(name, _)| *name == wanted).unwrap().1;
    let (belief, restart) = (of("belief repair"), of("restart first"));
    let lucky = belief.cost() - belief.regret();
    assert!(belief.cost() <= 1.05 * lucky, "within 5 % of the exact optimum with the same luck: {belief}");
    println!("{:.1} % cheaper than restart-first", 100.0 * (1.0 - belief.cost() / restart.cost()));
}
