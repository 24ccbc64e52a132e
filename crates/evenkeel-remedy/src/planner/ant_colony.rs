//! Ant colony search.

use crate::planner::evaluation::{Successors, best_cut};
use crate::planner::local_search::improve;
use crate::planner::recovery_problem::RecoveryProblem;
use alloc::vec::Vec;
use evenkeel_stats::Generator;

/// The most actions: a trail is kept between any two.
pub(super) const MOST_ACTIONS: usize = 1_000;
const ANTS: usize = 16;
/// How much of a trail is left after a round.
const PERSISTENCE: f64 = 0.9;
/// How much the ratio rule counts beside the trails.
const GUIDANCE: i32 = 2;

/// Improves a full order by ants that follow trails and the ratio rule.
///
/// *Method*: the max-min ant system: the best order of a round or of all lays the trails, which are kept
/// between two limits; the best order of a round is improved by moving actions. An ant takes the next action
/// with probability proportional to its trail from the last times the squared ratio of its success and cost,
/// in its block. Source: T. Stützle, H. H. Hoos, MAX-MIN ant system, Future Generation Computer Systems 16
/// (2000) 889-914, doi:10.1016/S0167-739X(00)00043-1.
pub(super) fn search(
    problem: &RecoveryProblem,
    ratios: &[f64],
    start: Vec<usize>,
    effort: &mut u64,
    random: &mut Generator,
) -> (Vec<usize>, f64) {
    let n = problem.len();
    let successors = Successors::new(problem);
    let mut best = start;
    let mut best_cost = improve(problem, &mut best, effort);
    if n < 2 {
        return (best, best_cost);
    }
    let largest_of = |cost: f64| 1.0 / ((1.0 - PERSISTENCE) * cost.max(f64::MIN_POSITIVE));
    let mut largest = largest_of(best_cost).min(1e200);
    let mut trails = alloc::vec![largest; (n + 1) * n];
    let typical = ratios.iter().copied().filter(|r| r.is_finite()).fold(0.0, f64::max).max(1e-300);
    let mut weights = Vec::with_capacity(n);
    let mut round = 0_u64;
    while *effort > 0 {
        round += 1;
        let mut round_best: (Vec<usize>, f64) = (Vec::new(), f64::INFINITY);
        for _ in 0..ANTS {
            let mut available = successors.start();
            let mut order = Vec::with_capacity(n);
            let mut last = n;
            while !available.ready.is_empty() {
                weights.clear();
                let before = (last < n).then_some(last);
                let mut sum = 0.0;
                for action in &available.ready {
                    let setup = problem.setup_after(before, *action);
                    let success = problem.success[*action].max(1e-6);
                    // In the unit of the costs, so that the weights do not depend on it.
                    let expense = (ratios[*action].min(typical) + setup / success) / typical;
                    let pull = 1.0 / expense.max(1e-9);
                    sum += trails[last * n + action] / largest * libm::pow(pull, f64::from(GUIDANCE));
                    weights.push(sum);
                }
                let ticket = random.uniform() * sum;
                let place = weights.partition_point(|w| *w <= ticket).min(weights.len() - 1);
                last = successors.take(&mut available, place);
                order.push(last);
                *effort = effort.saturating_sub(4 * weights.len() as u64);
            }
            let (cost, _) = best_cut(problem, &order);
            *effort = effort.saturating_sub(n as u64);
            if cost < round_best.1 {
                round_best = (order, cost);
            }
            if *effort == 0 {
                break;
            }
        }
        let (mut order, _) = round_best;
        if order.is_empty() {
            break;
        }
        let cost = improve(problem, &mut order, effort);
        if cost < best_cost {
            (best, best_cost) = (order.clone(), cost);
            largest = largest_of(best_cost).min(1e200);
        }
        // The best of all every fourth time, else that of the round.
        let (teacher, cost) = if round.is_multiple_of(4) { (&best, best_cost) } else { (&order, cost) };
        let smallest = largest / (2.0 * n as f64);
        let tried = best_cut(problem, teacher).1;
        let laid = (1.0 / cost.max(f64::MIN_POSITIVE)).min(1e200);
        trails.iter_mut().for_each(|t| *t *= PERSISTENCE);
        let mut last = n;
        for action in &teacher[..tried] {
            trails[last * n + action] += laid;
            last = *action;
        }
        trails.iter_mut().for_each(|t| *t = t.clamp(smallest, largest));
        *effort = effort.saturating_sub((n * n) as u64 / 4);
    }
    (best, best_cost)
}
