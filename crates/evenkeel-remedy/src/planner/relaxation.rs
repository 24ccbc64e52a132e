//! Lower bounds, by leaving away what makes the problem hard.

use crate::planner::forest::{Block, best_order};
use crate::planner::recovery_problem::RecoveryProblem;
use alloc::vec::Vec;

/// Trials in one go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trial {
    pub(super) cost: f64,
    pub(super) success: f64,
}

impl Block for Trial {
    fn then(self, next: Self) -> Self {
        let fails = 1.0 - self.success;
        Self { cost: self.cost + fails * next.cost, success: 1.0 - fails * (1.0 - next.success) }
    }

    fn ratio(&self) -> f64 {
        if self.success > 0.0 { self.cost / self.success } else { f64::INFINITY }
    }
}

/// The problem with each set-up as cheap as it can be, and of each action's predecessors only one.
#[derive(Debug, Clone)]
pub(super) struct Relaxation {
    /// What an action costs at least that is not the first.
    pub(super) trials: Vec<Trial>,
    pub(super) parents: Vec<Option<usize>>,
    /// Whether nothing was left away.
    pub(super) is_exact: bool,
}

impl Relaxation {
    pub(super) fn new(problem: &RecoveryProblem) -> Self {
        let n = problem.len();
        let mut parents = alloc::vec![None; n];
        let mut chain = alloc::vec![0.0; n];
        for action in problem.topological.iter().copied() {
            // The predecessor that takes the most, with all that has to come before it.
            let costliest = |a: &&usize, b: &&usize| f64::total_cmp(&chain[**a], &chain[**b]);
            parents[action] = problem.predecessors[action].iter().max_by(costliest).copied();
            chain[action] = problem.cost[action] + parents[action].map_or(0.0, |p: usize| chain[p]);
        }
        let cheapest = |action: usize| {
            let others = (0..n).filter(|i| *i != action && !problem.predecessors[*i].contains(&action));
            let least = others.map(|i| problem.setup_after(Some(i), action)).fold(f64::INFINITY, f64::min);
            if least < f64::INFINITY { least } else { 0.0 }
        };
        let trial = |action: usize| Trial {
            cost: problem.cost[action] + if problem.has_setup() { cheapest(action) } else { 0.0 },
            success: problem.success[action],
        };
        let is_forest = problem.predecessors.iter().all(|list| list.len() <= 1);
        Self { trials: (0..n).map(trial).collect(), parents, is_exact: is_forest && !problem.has_setup() }
    }

    /// The best order of what is left of the problem, which is its best where nothing was left away, and the
    /// ratio of the block of each action.
    pub(super) fn order(&self, problem: &RecoveryProblem) -> (Vec<usize>, Vec<f64>) {
        best_order(&self.trials, &self.parents, &problem.topological)
    }

    /// What any order costs at least, by an order of [`order`](Self::order), if the first action is not cheaper
    /// than assumed.
    pub(super) fn bound(&self, problem: &RecoveryProblem, order: &[usize]) -> f64 {
        // The start may be cheaper than any action before: the first saves that at most.
        let saved = if problem.has_setup() {
            let saving = |i: usize| self.trials[i].cost - problem.cost_after(None, i);
            (0..problem.len()).map(saving).fold(0.0, f64::max)
        } else {
            0.0
        };
        let value = order.iter().rev().fold(problem.escalation, |rest, action| {
            let trial = self.trials[*action];
            (trial.cost + (1.0 - trial.success) * rest).min(problem.escalation)
        });
        (value - saved).max(0.0)
    }
}
