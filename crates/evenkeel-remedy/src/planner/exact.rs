//! Exact dynamic programming over what was tried and what was tried last.

use crate::planner::recovery_problem::RecoveryProblem;
use alloc::vec::Vec;

/// The most actions.
pub(super) const MOST_ACTIONS: usize = 24;

/// The sets of actions that can have been tried, in rising order of their bits; `None` if there are more than
/// `most`.
pub(super) fn reachable_sets(problem: &RecoveryProblem, most: usize) -> Option<Vec<u32>> {
    let n = problem.len();
    if n > MOST_ACTIONS {
        return None;
    }
    let needs: Vec<u32> =
        problem.predecessors.iter().map(|list| list.iter().fold(0, |set, p| set | 1 << p)).collect();
    let mut layer = alloc::vec![0_u32];
    let mut all = layer.clone();
    for _ in 0..n {
        let mut next = Vec::new();
        for set in &layer {
            let can = |i: &usize| set >> i & 1 == 0 && needs[*i] & !set == 0;
            next.extend((0..n).filter(can).map(|i| set | 1 << i));
        }
        next.sort_unstable();
        next.dedup();
        if all.len() + next.len() > most {
            return None;
        }
        all.extend_from_slice(&next);
        layer = next;
    }
    all.sort_unstable();
    Some(all)
}

/// The best order among all, given the sets that can have been tried.
///
/// *Method*: what is still to be expected depends on the set of actions that did not help and, where actions
/// have to be set up, on the last of them: M. Held, R. M. Karp, A dynamic programming approach to sequencing
/// problems, J. SIAM 10 (1962) 196-210, doi:10.1137/0110015. O(sets × actions²).
pub(super) fn solve(problem: &RecoveryProblem, sets: &[u32]) -> (Vec<usize>, f64) {
    let n = problem.len();
    let needs: Vec<u32> =
        problem.predecessors.iter().map(|list| list.iter().fold(0, |set, p| set | 1 << p)).collect();
    let width = if problem.has_setup() { n } else { 1 };
    let mut rest = alloc::vec![problem.escalation; sets.len() * width];
    let place = |set: u32| sets.binary_search(&set).unwrap_or(0);
    let slot = |last: usize| if width == 1 { 0 } else { last };
    // Of each next action: what it costs but for being set up, and what is left if it does not help.
    let mut options: Vec<(usize, f64)> = Vec::with_capacity(n);
    let mut start = (problem.escalation, None);
    // A set comes after all that it is part of.
    for (row, set) in sets.iter().copied().enumerate().rev() {
        options.clear();
        for action in (0..n).filter(|i| set >> i & 1 == 0 && needs[*i] & !set == 0) {
            let then = rest[place(set | 1 << action) * width + slot(action)];
            options.push((action, problem.cost[action] + (1.0 - problem.success[action]) * then));
        }
        let best = |last: Option<usize>| {
            options.iter().fold((problem.escalation, None), |best, (action, value)| {
                let value = value + problem.setup_after(last, *action);
                if value < best.0 { (value, Some(*action)) } else { best }
            })
        };
        if set == 0 {
            start = best(None);
        } else if width == 1 {
            rest[row] = best(Some(0)).0;
        } else {
            for last in (0..n).filter(|i| set >> i & 1 == 1) {
                rest[row * width + last] = best(Some(last)).0;
            }
        }
    }
    let mut order = Vec::new();
    let (mut set, mut action) = (0, start.1);
    while let Some(tried) = action {
        order.push(tried);
        set |= 1 << tried;
        let mut best = problem.escalation;
        action = None;
        for next in (0..n).filter(|i| set >> i & 1 == 0 && needs[*i] & !set == 0) {
            let then = rest[place(set | 1 << next) * width + slot(next)];
            let value = problem.cost_after(Some(tried), next) + (1.0 - problem.success[next]) * then;
            if value < best {
                (best, action) = (value, Some(next));
            }
        }
    }
    (order, start.0)
}
