//! The expected cost of an order.

use crate::planner::recovery_problem::RecoveryProblem;
use alloc::vec::Vec;

/// The expected cost of trying actions in an order and stopping where that is best, and how many are tried.
///
/// Seen from the end: after the last there is nothing but to escalate, and before each the rest of the order
/// is worth it or not.
pub(super) fn best_cut(problem: &RecoveryProblem, order: &[usize]) -> (f64, usize) {
    let (mut rest, mut stop) = (problem.escalation, order.len());
    for (i, action) in order.iter().copied().enumerate().rev() {
        let before = i.checked_sub(1).map(|i| order[i]);
        let going_on = problem.cost_after(before, action) + (1.0 - problem.success[action]) * rest;
        if going_on < problem.escalation {
            rest = going_on;
        } else {
            (rest, stop) = (problem.escalation, i);
        }
    }
    (rest, stop)
}

/// Actions that can be tried next.
#[derive(Debug, Clone)]
pub(super) struct Available {
    waits: Vec<u32>,
    pub(super) ready: Vec<usize>,
}

/// Who waits for whom.
#[derive(Debug, Clone)]
pub(super) struct Successors {
    lists: Vec<Vec<usize>>,
    waits: Vec<u32>,
}

impl Successors {
    pub(super) fn new(problem: &RecoveryProblem) -> Self {
        let mut lists = alloc::vec![Vec::new(); problem.len()];
        for (action, list) in problem.predecessors.iter().enumerate() {
            list.iter().for_each(|p| lists[*p].push(action));
        }
        let waits = problem.predecessors.iter().map(|list| u32::try_from(list.len()).unwrap_or(u32::MAX));
        Self { waits: waits.collect(), lists }
    }

    pub(super) fn start(&self) -> Available {
        let ready = (0..self.waits.len()).filter(|i| self.waits[*i] == 0).collect();
        Available { waits: self.waits.clone(), ready }
    }

    /// An action, by its place among those that are ready, is tried: what waited for it alone becomes ready.
    pub(super) fn take(&self, available: &mut Available, place: usize) -> usize {
        let action = available.ready.swap_remove(place);
        for successor in &self.lists[action] {
            available.waits[*successor] -= 1;
            if available.waits[*successor] == 0 {
                available.ready.push(*successor);
            }
        }
        action
    }
}
