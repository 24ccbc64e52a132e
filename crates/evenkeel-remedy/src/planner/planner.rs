//! The planner: which search, and how much of it.

use crate::planner::evaluation::{Successors, best_cut};
use crate::planner::genetic::by_keys;
use crate::planner::recovery_plan::RecoveryPlan;
use crate::planner::recovery_problem::RecoveryProblem;
use crate::planner::relaxation::Relaxation;
use crate::planner::{ant_colony, branch_and_bound, exact, genetic};
use alloc::vec::Vec;
use evenkeel_core::Error;
use evenkeel_stats::Generator;

/// How a plan is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Method {
    /// Exact where that is cheap; else ant colony, and branch and bound from what that found.
    #[default]
    Auto,
    /// Dynamic programming over all sets of actions: up to 24 actions, if precedence leaves at most 2 million
    /// sets and 40 million values.
    Exact,
    /// Ant colony: up to 1,000 actions.
    AntColony,
    /// Genetic search over random keys.
    Genetic,
}

/// Looks for the best order of actions.
///
/// *Method*: without set-up costs, and if no action has more than one direct predecessor, blocks in order of
/// their ratios are optimal, for any number of actions. Else up to about 16 actions, or more if precedence
/// leaves few orders, dynamic programming is exact. Else an ant colony, seeded by the ratio rule, and branch
/// and bound from what it found, which also gives the lower bound; beyond 128 actions the bound is the
/// optimum without set-ups and precedence. All of it is repeatable: a seed, and an effort in elementary steps
/// instead of time.
///
/// *Parameters*: method, default [`Method::Auto`]; effort, default 4 million elementary steps, some 50 ms;
/// seed, default 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Planner {
    method: Method,
    effort: u64,
    seed: u64,
}

impl Default for Planner {
    fn default() -> Self {
        Self::new()
    }
}

/// The most sets and values of dynamic programming, where it is asked for, and where it is chosen.
const MOST_SETS: usize = 2_000_000;
const MOST_VALUES: usize = 40_000_000;
const FEW_STEPS: usize = 12_000_000;

impl Planner {
    /// A planner that picks its method.
    pub fn new() -> Self {
        Self { method: Method::Auto, effort: 4_000_000, seed: 0 }
    }

    /// How it is looked for.
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// How many elementary steps searches may take, at least 1; exact methods take what they need.
    pub fn effort(mut self, steps: u64) -> Self {
        self.effort = steps.max(1);
        self
    }

    /// The seed of the searches.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The best plan that is found.
    ///
    /// # Errors
    /// If the problem is too large for the method that was asked for.
    pub fn solve(&self, problem: &RecoveryProblem) -> Result<RecoveryPlan, Error> {
        let n = problem.len();
        if n == 0 {
            // Searches end by the steps that actions take.
            return Ok(RecoveryPlan::new(Vec::new(), problem.escalation(), problem.escalation()));
        }
        match self.method {
            Method::Exact => {
                let fits = "at most 24, with at most 2 million sets that can have been tried";
                let sets = exact::reachable_sets(problem, MOST_SETS);
                let width = if problem.has_setup() { n } else { 1 };
                let sets = sets.filter(|sets| sets.len() * width <= MOST_VALUES);
                let sets = sets.ok_or_else(|| Error::parameter("actions", fits, n))?;
                return Ok(Self::exactly(problem, &sets));
            }
            Method::AntColony => {
                Error::require(n <= ant_colony::MOST_ACTIONS, "actions", "at most 1000", n)?;
            }
            Method::Auto | Method::Genetic => {}
        }
        let relaxation = Relaxation::new(problem);
        let (relaxed, ratios) = relaxation.order(problem);
        let bound = relaxation.bound(problem, &relaxed);
        if relaxation.is_exact && self.method == Method::Auto {
            let (cost, cut) = best_cut(problem, &relaxed);
            return Ok(RecoveryPlan::new(relaxed[..cut].to_vec(), cost, cost));
        }
        let cheap =
            |sets: &Vec<u32>| sets.len() * n * if problem.has_setup() { n } else { 1 } / 2 <= FEW_STEPS;
        let sets = (self.method == Method::Auto).then(|| exact::reachable_sets(problem, MOST_SETS / 4));
        if let Some(sets) = sets.flatten().filter(cheap) {
            return Ok(Self::exactly(problem, &sets));
        }
        // By the ratios of their blocks, among those that are ready.
        let start = by_keys(&Successors::new(problem), &ratios);
        let mut random = Generator::new(self.seed);
        let mut effort = self.effort;
        let (order, cost) = match self.method {
            Method::Genetic => genetic::search(problem, start, &mut effort, &mut random),
            _ if n <= ant_colony::MOST_ACTIONS => {
                let mut ants = effort / 2;
                ant_colony::search(problem, &ratios, start, &mut ants, &mut random)
            }
            _ => {
                let (cost, _) = best_cut(problem, &start);
                (start, cost)
            }
        };
        let cut = best_cut(problem, &order).1;
        if n > branch_and_bound::MOST_ACTIONS {
            return Ok(RecoveryPlan::new(order[..cut].to_vec(), cost, bound));
        }
        // A bound takes about as long as so many steps.
        let bounds = self.effort / 2 / 50;
        if self.method == Method::Auto {
            let (order, cost, least) = branch_and_bound::search(problem, &relaxation, &order, bounds);
            return Ok(RecoveryPlan::new(order, cost, least.max(bound)));
        }
        // What was asked for is its answer; the bound is as good as it can be had.
        let (_, _, least) = branch_and_bound::search(problem, &relaxation, &order, bounds);
        Ok(RecoveryPlan::new(order[..cut].to_vec(), cost, least.max(bound)))
    }

    fn exactly(problem: &RecoveryProblem, sets: &[u32]) -> RecoveryPlan {
        let (order, _) = exact::solve(problem, sets);
        let (cost, cut) = best_cut(problem, &order);
        RecoveryPlan::new(order[..cut].to_vec(), cost, cost)
    }
}
