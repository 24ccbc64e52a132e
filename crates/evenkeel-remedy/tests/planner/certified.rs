//! Costs are never below the optimum, bounds never above, and small problems are solved.

use super::{Family, builder, problem};
use evenkeel_remedy::planner::{Method, Planner};
use evenkeel_stats::Generator;
use proptest::prelude::*;
use std::time::Instant;

fn family() -> impl Strategy<Value = Family> {
    let success = prop_oneof![Just((0.0, 1.0)), Just((0.1, 0.8)), Just((0.01, 0.1))];
    (
        1_usize..9,
        prop_oneof![Just(0.0), 0.1_f64..8.0],
        prop_oneof![Just(0.0), 0.0_f64..0.6],
        success,
        1.0_f64..300.0,
    )
        .prop_map(|(actions, setup, precedence, success, escalation)| Family {
            actions,
            setup,
            precedence,
            success,
            escalation,
        })
}

/// The best of all orders, tried one by one.
fn brute_force(family: Family, seed: u64) -> f64 {
    // The same draws again, kept in the open.
    let mut random = Generator::new(seed);
    let n = family.actions;
    let mut actions = vec![];
    for _ in 0..n {
        let (low, high) = family.success;
        let success = low + (high - low) * random.uniform();
        actions.push((1.0 + 11.0 * random.uniform(), success));
    }
    let mut needs = vec![vec![]; n];
    for (later, needs) in needs.iter_mut().enumerate() {
        needs.extend((0..later).filter(|_| random.bernoulli(family.precedence)));
    }
    let mut setup = vec![vec![0.0; n]; n + 1];
    if family.setup > 0.0 {
        for row in &mut setup {
            row.iter_mut().for_each(|s| *s = family.setup * random.uniform());
        }
    }
    struct Search<'a> {
        actions: &'a [(f64, f64)],
        needs: &'a [Vec<usize>],
        setup: &'a [Vec<f64>],
        escalation: f64,
        best: f64,
    }
    impl Search<'_> {
        fn go(&mut self, tried: &mut Vec<usize>, spent: f64, fails: f64) {
            self.best = self.best.min(spent + fails * self.escalation);
            for i in 0..self.actions.len() {
                if tried.contains(&i) || !self.needs[i].iter().all(|p| tried.contains(p)) {
                    continue;
                }
                let last = tried.last().copied().unwrap_or(self.actions.len());
                let (cost, success) = self.actions[i];
                let spent = spent + fails * (cost + self.setup[last][i]);
                tried.push(i);
                if spent < self.best {
                    self.go(tried, spent, fails * (1.0 - success));
                }
                tried.pop();
            }
        }
    }
    let mut search = Search {
        actions: &actions,
        needs: &needs,
        setup: &setup,
        escalation: family.escalation,
        best: f64::INFINITY,
    };
    search.go(&mut vec![], 0.0, 1.0);
    search.best
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Exact is exact, by all orders one by one; nothing is below it, and no bound above.
    #[test]
    fn nothing_is_below_the_optimum(family in family(), seed: u64) {
        let optimum = brute_force(family, seed);
        let problem = problem(family, seed);
        let exact = Planner::new().method(Method::Exact).solve(&problem).unwrap();
        prop_assert!((exact.cost() / optimum - 1.0).abs() < 1e-12, "{} for {optimum}", exact.cost());
        for method in [Method::Auto, Method::AntColony, Method::Genetic] {
            // Next to no effort as well: then the bounds count.
            for effort in [1, 20_000, 400_000] {
                let plan = Planner::new().method(method).effort(effort).seed(seed).solve(&problem).unwrap();
                prop_assert!(plan.cost() >= optimum * (1.0 - 1e-12), "{method:?}: {} for {optimum}", plan.cost());
                prop_assert!(plan.lower_bound() <= optimum * (1.0 + 1e-12), "{method:?}: bound {} for {optimum}", plan.lower_bound());
            }
        }
    }
}

fn families(actions: usize) -> Vec<(&'static str, Family)> {
    let family =
        |setup, precedence, success, escalation| Family { actions, setup, precedence, success, escalation };
    let usual = (0.1, 0.8);
    vec![
        ("set-ups", family(3.0, 0.0, usual, 100.0)),
        ("large set-ups", family(8.0, 0.0, usual, 100.0)),
        ("precedence", family(0.0, 3.0 / actions as f64, usual, 100.0)),
        ("both", family(3.0, 2.0 / actions as f64, usual, 100.0)),
        ("both, rarely helps", family(1.0, 1.0 / actions as f64, (0.02, 0.3), 100.0)),
        ("both, hardly ever helps", family(1.0, 1.0 / actions as f64, (0.01, 0.1), 500.0)),
    ]
}

#[test]
fn searches_find_the_optimum_of_up_to_14_actions() {
    let (mut cases, mut found) = (0, [0; 3]);
    for actions in [8, 11, 14] {
        for (name, family) in families(actions) {
            for seed in 0..6 {
                let problem = problem(family, 1_000 + seed);
                let exact = Planner::new().method(Method::Exact).solve(&problem).unwrap();
                cases += 1;
                for (i, method) in [Method::Auto, Method::AntColony, Method::Genetic].into_iter().enumerate()
                {
                    let plan = Planner::new().method(method).solve(&problem).unwrap();
                    let optimal = plan.cost() <= exact.cost() * (1.0 + 1e-12);
                    assert!(plan.cost() >= exact.cost() * (1.0 - 1e-12), "{name}");
                    found[i] += usize::from(optimal);
                }
            }
        }
    }
    println!("of {cases} optima found: auto {}, ant colony {}, genetic {}", found[0], found[1], found[2]);
    assert_eq!(found[0], cases);
    assert!(found[1] as f64 >= 0.95 * cases as f64, "ant colony: {} of {cases}", found[1]);
    assert!(found[2] as f64 >= 0.95 * cases as f64, "genetic: {} of {cases}", found[2]);
}

#[test]
fn fifty_actions_have_a_certified_gap() {
    for (name, family) in families(50) {
        let (mut worst, mut sum, mut longest) = (0.0_f64, 0.0, 0.0_f64);
        for seed in 0..10 {
            let problem = builder(family, seed).build().unwrap();
            let begun = Instant::now();
            let plan = Planner::new().solve(&problem).unwrap();
            longest = longest.max(begun.elapsed().as_secs_f64());
            worst = worst.max(plan.gap());
            sum += plan.gap();
        }
        println!(
            "50 actions, {name}: gap {:.2} % on average, at most {:.2} %; at most {:.0} ms",
            10.0 * sum,
            100.0 * worst,
            1e3 * longest
        );
        if family.success.1 > 0.2 {
            assert!(worst <= 0.02, "{name}: {worst}");
        }
    }
}
