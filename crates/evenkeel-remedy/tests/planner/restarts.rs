//! Orders of restarts.

use evenkeel_remedy::planner::RestartProblem;
use evenkeel_stats::Generator;
use proptest::prelude::*;

fn draw(n: usize, precedence: f64, crews: usize, seed: u64) -> RestartProblem {
    let mut random = Generator::new(seed);
    let duration = (0..n).map(|_| 1.0 + 20.0 * random.uniform()).collect();
    let loss = (0..n).map(|_| 5.0 * random.uniform()).collect();
    let mut pairs = vec![];
    for later in 1..n {
        for earlier in 0..later {
            if random.bernoulli(precedence) {
                pairs.push((later, earlier));
            }
        }
    }
    RestartProblem::new(duration, loss, &pairs, crews).unwrap()
}

/// All orders, by swapping; those that break precedence are passed over by their index order.
fn best(problem: &RestartProblem, keeps: &dyn Fn(&[usize]) -> bool, order: &mut Vec<usize>, k: usize) -> f64 {
    if k == order.len() {
        return if keeps(order) { problem.loss_of(order) } else { f64::INFINITY };
    }
    let mut least = f64::INFINITY;
    for i in k..order.len() {
        order.swap(k, i);
        least = least.min(best(problem, keeps, order, k + 1));
        order.swap(k, i);
    }
    least
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_best_of_all_orders_is_found(n in 1_usize..7, crews in 1_usize..4, chained: bool, seed: u64) {
        let mut random = Generator::new(seed);
        let duration: Vec<f64> = (0..n).map(|_| 1.0 + 20.0 * random.uniform()).collect();
        let loss: Vec<f64> = (0..n).map(|_| 5.0 * random.uniform()).collect();
        let mut pairs = vec![];
        for later in 1..n {
            for earlier in 0..later {
                if chained && random.bernoulli(0.3) {
                    pairs.push((later, earlier));
                }
            }
        }
        let problem = RestartProblem::new(duration, loss, &pairs, crews).unwrap();
        let keeps = |order: &[usize]| pairs.iter().all(|(later, earlier)| {
            order.iter().position(|i| i == earlier) < order.iter().position(|i| i == later)
        });
        let optimum = best(&problem, &keeps, &mut (0..n).collect(), 0);
        let plan = problem.solve();
        prop_assert!((plan.loss() / optimum - 1.0).abs() < 1e-12, "{} for {optimum}", plan.loss());
        prop_assert!(keeps(plan.order()));
    }

    #[test]
    fn large_ones_have_a_bound(n in 10_usize..60, crews in 1_usize..6, precedence in 0.0_f64..0.2, seed: u64) {
        let problem = draw(n, precedence, crews, seed);
        let plan = problem.solve();
        prop_assert!((problem.loss_of(plan.order()) / plan.loss() - 1.0).abs() < 1e-12);
        prop_assert!(plan.lower_bound() <= plan.loss() && plan.lower_bound() > 0.0);
        let mut sorted = plan.order().to_vec();
        sorted.sort_unstable();
        prop_assert!(sorted.into_iter().eq(0..n));
    }
}
