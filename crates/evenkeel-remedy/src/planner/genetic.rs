//! Genetic search over random keys.

use crate::planner::evaluation::{Successors, best_cut};
use crate::planner::local_search::improve;
use crate::planner::recovery_problem::RecoveryProblem;
use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::{Ordering, Reverse};
use evenkeel_stats::Generator;

const POPULATION: usize = 60;
const ELITE: usize = 12;
const MUTANTS: usize = 9;
const LEARNERS: usize = 3;
/// How often a child takes after its better parent.
const BIAS: f64 = 0.7;

/// A key with its action; keys are never NaN.
#[derive(Debug, PartialEq)]
struct Keyed(f64, usize);

impl Eq for Keyed {}

impl PartialOrd for Keyed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Keyed {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

/// The order in which the action with the smallest key comes first among those that are ready.
pub(super) fn by_keys(successors: &Successors, keys: &[f64]) -> Vec<usize> {
    let mut available = successors.start();
    let mut heap: BinaryHeap<Reverse<Keyed>> = BinaryHeap::new();
    let mut order = Vec::with_capacity(keys.len());
    loop {
        // Those that became ready; they are told apart by their keys from here on.
        heap.extend(available.ready.iter().map(|i| Reverse(Keyed(keys[*i], *i))));
        available.ready.clear();
        let Some(Reverse(Keyed(_, action))) = heap.pop() else { break };
        available.ready.push(action);
        successors.take(&mut available, 0);
        order.push(action);
    }
    order
}

/// Improves a full order by a population of vectors of keys.
///
/// *Method*: biased random-key genetic algorithm: each individual is a key an action, read as a priority
/// among those that are ready, so every individual keeps precedence; the best survive, children take each key
/// rather from a parent of the best, some are drawn anew; the best and a few children are improved by
/// moving actions. Source: J.
/// F. Gonçalves, M. G. C. Resende, Biased random-key genetic algorithms for combinatorial optimization, J.
/// Heuristics 17 (2011) 487-525, doi:10.1007/s10732-010-9143-1.
pub(super) fn search(
    problem: &RecoveryProblem,
    start: Vec<usize>,
    effort: &mut u64,
    random: &mut Generator,
) -> (Vec<usize>, f64) {
    let n = problem.len();
    let successors = Successors::new(problem);
    let mut best = start;
    let mut best_cost = improve(problem, &mut best, effort);
    let keys_of = |order: &[usize]| {
        let mut keys = alloc::vec![0.0; n];
        for (place, action) in order.iter().enumerate() {
            keys[*action] = (place as f64 + 0.5) / n as f64;
        }
        keys
    };
    let draw = |random: &mut Generator| (0..n).map(|_| random.uniform()).collect::<Vec<f64>>();
    let price = |keys: &[f64], effort: &mut u64| {
        *effort = effort.saturating_sub(12 * n as u64);
        let order = by_keys(&successors, keys);
        best_cut(problem, &order).0
    };
    let mut population: Vec<(f64, Vec<f64>)> = Vec::with_capacity(POPULATION);
    population.push((best_cost, keys_of(&best)));
    while population.len() < POPULATION && *effort > 0 {
        let keys = draw(random);
        population.push((price(&keys, effort), keys));
    }
    while *effort > 0 && population.len() == POPULATION {
        population.sort_by(|a, b| a.0.total_cmp(&b.0));
        if population[0].0 < best_cost {
            let mut order = by_keys(&successors, &population[0].1);
            let cost = improve(problem, &mut order, effort);
            population[0] = (cost, keys_of(&order));
            (best, best_cost) = (order, cost);
        }
        let mut next: Vec<(f64, Vec<f64>)> = population[..ELITE].to_vec();
        while next.len() < POPULATION {
            let keys = if next.len() < ELITE + MUTANTS {
                draw(random)
            } else {
                let better = &population[random.uniform_below(ELITE as u64) as usize].1;
                let other = ELITE + random.uniform_below((POPULATION - ELITE) as u64) as usize;
                let other = &population[other].1;
                better.iter().zip(other).map(|(a, b)| if random.bernoulli(BIAS) { *a } else { *b }).collect()
            };
            next.push((price(&keys, effort), keys));
        }
        // Some of the children learn before they are compared.
        for _ in 0..LEARNERS {
            let child =
                ELITE + MUTANTS + random.uniform_below((POPULATION - ELITE - MUTANTS) as u64) as usize;
            let mut order = by_keys(&successors, &next[child].1);
            let cost = improve(problem, &mut order, effort);
            next[child] = (cost, keys_of(&order));
        }
        population = next;
    }
    (best, best_cost)
}
