//! Simulated worlds with faults: every promise is checked by an independent observer, and that it was
//! exercised.

mod observer;

use evenkeel_core::Timestamp;
use evenkeel_remedy::action::{Plan, Step};
use evenkeel_remedy::guard::{Approval, Freeze, OneAtATime, Rate, SourceHealthy};
use evenkeel_remedy::machine::RemediatorBuilder;
use evenkeel_remedy::policy::{
    BeliefRepair, Catalog, ContextualBandit, CostRatio, Decision, EscalateBelow, FirstOf, Learner, Mdp,
    MdpPolicy, Measure, PlannedRepair, Policy, Remedy, Shadow, Situation,
};
use evenkeel_remedy::simulator::Scenario;
use evenkeel_remedy::verb::StandardVerb;
use evenkeel_remedy::{Action, BlastRadius, Cooldown, ErrorRatio, Remediator, Runbook, Target};
use evenkeel_stats::Generator;
use evenkeel_stats::bandit::{LinUcb, LinearThompson};
use observer::{Auditor, Rules, Spy};
use std::collections::BTreeMap;
use std::time::Duration;

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn rules() -> Rules {
    Rules {
        share: 0.5,
        cooldown: seconds(30),
        rate: (5, seconds(300)),
        health_expires: seconds(60),
        handover: seconds(20),
        deadline: seconds(900),
        asks: &["roll back"],
    }
}

fn settings(spy: &Spy) -> RemediatorBuilder<StandardVerb, ErrorRatio> {
    let rules = rules();
    let start = Timestamp::from_seconds(1_000_000);
    let window = (start + seconds(200), start + seconds(260));
    Remediator::builder(ErrorRatio::builder(0.01).build().unwrap())
        .guard(BlastRadius::new(rules.share).unwrap())
        .guard(Cooldown::new(rules.cooldown))
        .guard(Rate::new(u32::try_from(rules.rate.0).unwrap(), rules.rate.1).unwrap().undo_free())
        .guard(Freeze::new().window(window.0, window.1).unwrap())
        .guard(SourceHealthy::of(["users"]))
        .guard(OneAtATime::in_each_component())
        .guard(Approval::of(["roll back"]))
        .guard(spy.clone())
        .deadline(rules.deadline)
        .handover(rules.handover)
        .health_expires(rules.health_expires)
        .verify_within(seconds(120))
        .hold_for(seconds(120))
        .apply_within(seconds(40))
        .max_decisions(60)
}

/// Proposes anything on anything.
struct Monkey(Generator);

impl Monkey {
    fn verb(&mut self) -> StandardVerb {
        match self.0.uniform_below(11) {
            0..=2 => StandardVerb::Restart,
            3 | 4 => StandardVerb::Drain,
            5 => StandardVerb::Undrain,
            6 => StandardVerb::RollBack,
            7 => StandardVerb::Degrade,
            8 => StandardVerb::Scale { from: 4, to: u32::try_from(self.0.uniform_below(6)).unwrap() },
            9 => StandardVerb::Shed { percent: 10 },
            _ => StandardVerb::Canary { from: 0, to: 10 },
        }
    }

    fn step(&mut self) -> Step<StandardVerb> {
        let service = format!("s{}", self.0.uniform_below(2));
        let instance = format!("{service}-{}", self.0.uniform_below(5));
        let whole = self.0.bernoulli(0.2);
        let target = if whole { Target::component(service) } else { Target::instance(service, instance) };
        let step = Step::new(Action::new(self.verb(), target));
        if self.0.bernoulli(0.3) { step.gated() } else { step }
    }
}

impl Policy<StandardVerb> for Monkey {
    fn decide(&mut self, s: &Situation<'_, StandardVerb>) -> Decision<StandardVerb> {
        match self.0.uniform_below(20) {
            0 => Decision::Escalate { why: "no idea".into() },
            1..=4 => {
                let wait = seconds(self.0.uniform_below(60));
                Decision::Wait { until: s.now() + wait, why: "not yet".into() }
            }
            _ => {
                let steps = (0..1 + self.0.uniform_below(3)).map(|_| self.step()).collect();
                let plan = Plan::new(steps).unwrap();
                let plan = plan.settle(seconds(10 * self.0.uniform_below(3)));
                Decision::Act(if self.0.bernoulli(0.3) { plan.keep_for(seconds(60)) } else { plan })
            }
        }
    }
}

fn monkey(seed: u64) -> Box<dyn Policy<StandardVerb>> {
    Box::new(Monkey(Generator::new(seed ^ 0x5EED)))
}

fn sane() -> Runbook {
    let tries = |n: u64| {
        let drain = Measure::instance(StandardVerb::Drain).settle(seconds(n));
        [Measure::instance(StandardVerb::Restart).settle(seconds(n)), drain]
    };
    use evenkeel_core::FaultKind::{BadChange, CpuExhausted, Dead, MemoryExhausted, PoolExhausted};
    Runbook::new()
        .rule(
            BadChange,
            [
                Measure::component(StandardVerb::RollBack).settle(seconds(10)),
                Measure::component(StandardVerb::Degrade),
            ],
        )
        .rule(PoolExhausted, tries(10))
        .rule(CpuExhausted, tries(10))
        .rule(MemoryExhausted, tries(10))
        .rule(Dead, tries(10))
        .max_refusals(12)
        .max_tries(3)
        .patience(seconds(300))
}

#[derive(Default)]
struct Totals {
    curable: usize,
    cured: usize,
    rulings: u64,
    objections: BTreeMap<String, u64>,
    distrusted: [u64; 6],
}

/// Lives through worlds; violations are failures.
fn live(
    seeds: std::ops::Range<u64>,
    policy: &dyn Fn(u64) -> Box<dyn Policy<StandardVerb>>,
) -> (Auditor, Totals) {
    let spy = Spy::default();
    let settings = settings(&spy);
    let mut auditor = Auditor::new(rules(), spy);
    let mut totals = Totals::default();
    for seed in seeds {
        auditor.begin(seed);
        let machines = if seed % 3 == 0 { 2 } else { 1 };
        let scenario = Scenario::new().chaos(1.0).unwrap().machines(machines).unwrap();
        let scenario = scenario.fleet(2, 4).unwrap().ticks(36);
        let report = scenario.run(seed, &settings, &mut *policy(seed), &mut auditor);
        auditor.end();
        assert!(report.logs_agree(), "6: seed {seed}: the log does not give the state");
        totals.curable += report.curable();
        totals.cured += report.cured();
        totals.rulings += report.rulings();
        let d = report.distrusted();
        for (sum, n) in totals.distrusted.iter_mut().zip([
            d.late_samples,
            d.future_samples,
            d.future_reports,
            d.doubted_readings,
            d.late_readings,
            d.set_back,
        ]) {
            *sum += n;
        }
        for (guard, n) in report.objections() {
            *totals.objections.entry(guard.to_string()).or_default() += n;
        }
    }
    auditor.begin(0);
    (auditor, totals)
}

fn check(worlds: u64) {
    let half = worlds / 2;
    let halves: Vec<(Auditor, Totals)> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            [0..half, half..worlds].into_iter().map(|range| scope.spawn(|| live(range, &monkey))).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let mut objections: BTreeMap<String, u64> = BTreeMap::new();
    let (mut ran, mut proposed, mut rulings, mut recovered, mut falsely) = (0, 0, 0, 0, 0);
    for (auditor, totals) in &halves {
        let seen = &auditor.seen;
        assert!(seen.violations.is_empty(), "{:#?}", seen.violations);
        ran += seen.ran;
        proposed += seen.proposed;
        recovered += seen.recovered;
        falsely += seen.falsely;
        rulings += totals.rulings;
        println!(
            "ran {} of {}, undone {}, recovered {}, escalated {}, probes {}, crashes {}, withdrawn {}",
            seen.ran,
            seen.proposed,
            seen.undone,
            seen.recovered,
            seen.escalated,
            seen.probes,
            seen.crashes,
            seen.withdrawn
        );
        let [late, future, reports, doubted, late_readings, set_back] = totals.distrusted;
        println!(
            "{} readings wrong, {doubted} doubted, {late_readings} late, {set_back} times set back ({} seen); {late} samples late \
             or repeated, {future} of the future, {reports} reports of the future",
            seen.wrong_readings, seen.set_back
        );
        assert!(totals.distrusted.iter().all(|n| *n > 0) && seen.wrong_readings > 0 && seen.set_back > 0);
        assert!(seen.undone > 0 && seen.probes > 0 && seen.crashes > 0 && seen.withdrawn > 0);
        for (guard, n) in &totals.objections {
            *objections.entry(guard.clone()).or_default() += n;
        }
    }
    println!(
        "{rulings} rulings; {ran} of {proposed} proposals ran; {falsely} of {recovered} recoveries false"
    );
    // Not vacuous: every guard decided something, and much was done.
    for guard in [
        "approval",
        "blast radius",
        "cooldown",
        "freeze",
        "halt",
        "lease",
        "one at a time",
        "rate",
        "source",
        "switch",
    ] {
        let n = objections.get(guard).copied().unwrap_or(0);
        println!("{guard}: {:.2} % of rulings", 100.0 * n as f64 / rulings as f64);
        assert!(n as f64 >= 0.01 * rulings as f64, "{guard} decided only {n} of {rulings}");
    }
    assert!(ran as f64 >= 0.3 * proposed as f64, "only {ran} of {proposed} proposals ran");
    assert!(falsely as f64 <= 0.01 * recovered as f64, "{falsely} of {recovered} recoveries were false");
}

#[test]
fn no_promise_is_broken_in_5000_worlds() {
    check(5_000);
}

#[test]
#[ignore = "long: 200,000 worlds"]
fn no_promise_is_broken_in_200_000_worlds() {
    check(200_000);
}

#[test]
fn a_sane_policy_cures_in_the_same_worlds() {
    let (auditor, totals) = live(0..2_000, &|_| Box::new(sane()));
    assert!(auditor.seen.violations.is_empty(), "{:#?}", auditor.seen.violations);
    println!("{} of {} curable faults cured", totals.cured, totals.curable);
    assert!(totals.cured as f64 >= 0.95 * totals.curable as f64, "{} of {}", totals.cured, totals.curable);
}

fn catalog() -> Catalog {
    use evenkeel_core::FaultKind::{BadChange, CpuExhausted, Dead, MemoryExhausted, PoolExhausted};
    let kinds = [PoolExhausted, CpuExhausted, MemoryExhausted, Dead];
    let remedy = |measure: Measure, cost, kinds: &[evenkeel_core::FaultKind], p| {
        let remedy = Remedy::new(measure.settle(seconds(10)), cost).unwrap().tries(2);
        kinds.iter().fold(remedy, |remedy, kind| remedy.cures(*kind, p).unwrap())
    };
    Catalog::new(100.0)
        .unwrap()
        .remedy(remedy(Measure::instance(StandardVerb::Restart), 2.0, &kinds, 0.9))
        .remedy(remedy(Measure::instance(StandardVerb::Drain), 3.0, &kinds, 0.5))
        .remedy(remedy(Measure::component(StandardVerb::RollBack), 8.0, &[BadChange], 0.9))
        .remedy(remedy(Measure::component(StandardVerb::Degrade), 20.0, &[BadChange, Dead], 0.9))
        .max_refusals(12)
}

fn bandit(seed: u64, thompson: bool) -> ContextualBandit {
    let features = ContextualBandit::<StandardVerb>::STANDARD_FEATURES;
    let learner = if thompson {
        Learner::Thompson(LinearThompson::new(4, features, 0.3, seed).unwrap())
    } else {
        Learner::LinUcb(LinUcb::new(4, features, 1.0).unwrap())
    };
    ContextualBandit::new(catalog(), learner).unwrap()
}

/// A process that does what it was told is best, which is anything on anything.
fn process(seed: u64) -> Box<dyn Policy<StandardVerb>> {
    let mut builder = Mdp::builder(1, 0.9);
    builder.action(0, 1.0, &[(0, 1.0)]);
    let solution = builder.build().unwrap().policy_iteration().unwrap();
    let mut monkey = Monkey(Generator::new(seed));
    Box::new(MdpPolicy::new(solution, |_| Some(0), move |s, _| monkey.decide(s)))
}

type Maker = fn(u64) -> Box<dyn Policy<StandardVerb>>;

#[test]
fn no_policy_gets_past_a_guard() {
    let all: [(&str, Maker); 9] = [
        ("cost ratio", |_| Box::new(CostRatio::new(catalog()))),
        ("belief repair", |_| Box::new(BeliefRepair::new(catalog()).horizon(4).unwrap())),
        ("planned repair", |_| Box::new(PlannedRepair::new(catalog()).after(0, 1).unwrap())),
        ("LinUCB", |seed| Box::new(bandit(seed, false))),
        ("Thompson", |seed| Box::new(bandit(seed, true))),
        ("process", process),
        ("first of", |seed| Box::new(FirstOf::new(Runbook::new(), monkey(seed)))),
        ("escalate below", |seed| Box::new(EscalateBelow::new(0.5, monkey(seed)).unwrap())),
        ("shadow", |seed| Box::new(Shadow::new(monkey(seed), bandit(seed, false)))),
    ];
    for (name, policy) in all {
        let (auditor, totals) = live(0..120, &policy);
        assert!(auditor.seen.violations.is_empty(), "{name}: {:#?}", auditor.seen.violations);
        let objections: u64 = totals.objections.values().sum();
        println!(
            "{name}: {} of {} proposals ran, {} cured of {}, {} rulings, {objections} objections",
            auditor.seen.ran, auditor.seen.proposed, totals.cured, totals.curable, totals.rulings
        );
        assert!(auditor.seen.ran > 30 && objections > 100, "{name}");
    }
}
