//! Moving one action at a time.

use crate::planner::evaluation::best_cut;
use crate::planner::recovery_problem::RecoveryProblem;
use alloc::vec::Vec;

/// Moves actions of an order to better places, each as far as precedence lets it, until none gets better or
/// the effort is used up. The order holds all actions. Returns its cost; `effort` counts elementary steps.
pub(super) fn improve(problem: &RecoveryProblem, order: &mut Vec<usize>, effort: &mut u64) -> f64 {
    let n = order.len();
    let (mut best, mut tried) = best_cut(problem, order);
    let mut trial: Vec<usize> = Vec::with_capacity(n);
    let mut improved = true;
    while improved {
        improved = false;
        for from in 0..n {
            // What is moved among those that are not tried changes nothing.
            for to in 0..n.min(tried + 2) {
                if from == to || !may_move(problem, order, from, to) {
                    continue;
                }
                *effort = effort.saturating_sub(n as u64);
                if *effort == 0 {
                    return best;
                }
                trial.clone_from(order);
                let action = trial.remove(from);
                trial.insert(to, action);
                let (cost, cut) = best_cut(problem, &trial);
                if cost < best * (1.0 - 1e-13) {
                    core::mem::swap(order, &mut trial);
                    (best, tried, improved) = (cost, cut, true);
                }
            }
        }
    }
    best
}

/// Whether precedence lets the action at a place move to another.
fn may_move(problem: &RecoveryProblem, order: &[usize], from: usize, to: usize) -> bool {
    let action = order[from];
    if to < from {
        order[to..from].iter().all(|other| !problem.predecessors[action].contains(other))
    } else {
        order[from + 1..=to].iter().all(|other| !problem.predecessors[*other].contains(&action))
    }
}
