//! Branch and bound, best first.

use crate::planner::evaluation::best_cut;
use crate::planner::forest::Block;
use crate::planner::recovery_problem::RecoveryProblem;
use crate::planner::relaxation::{Relaxation, Trial};
use alloc::collections::{BTreeMap, BinaryHeap};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// The most actions: sets are bits.
pub(super) const MOST_ACTIONS: usize = 128;

/// A block of a subtree of the forest, with the root of that.
#[derive(Debug, Clone, Copy)]
struct Tagged {
    trial: Trial,
    ratio: f64,
    root: usize,
}

/// What was tried, at what cost, and what the whole costs at least.
#[derive(Debug, Clone, Copy)]
struct Node {
    tried: u128,
    last: usize,
    /// Expected cost so far, and the probability that nothing has helped.
    spent: f64,
    fails: f64,
    parent: usize,
}

#[derive(Debug, PartialEq)]
struct Open {
    bound: f64,
    node: usize,
}

impl Eq for Open {}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The largest is the one with the smallest bound, of several the newest.
impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        other.bound.total_cmp(&self.bound).then(self.node.cmp(&other.node))
    }
}

/// Blocks of the best orders of parts of the forest.
struct Blocks<'a> {
    problem: &'a RecoveryProblem,
    parents: &'a [Option<usize>],
    /// Of each action and all below it.
    subtree: Vec<Vec<(Trial, f64)>>,
    /// Of all below each action.
    below: Vec<Vec<(Trial, f64)>>,
}

impl<'a> Blocks<'a> {
    fn new(problem: &'a RecoveryProblem, relaxation: &'a Relaxation) -> Self {
        let n = problem.len();
        let mut below = alloc::vec![Vec::new(); n];
        let mut subtree: Vec<Vec<(Trial, f64)>> = alloc::vec![Vec::new(); n];
        for action in problem.topological.iter().rev().copied() {
            let list: &mut Vec<(Trial, f64)> = &mut below[action];
            list.sort_by(|a, b| a.1.total_cmp(&b.1));
            let trial = relaxation.trials[action];
            let mut first = (trial, trial.ratio());
            let mut joined = 0;
            while let Some(next) = list.get(joined).filter(|next| next.1 < first.1) {
                let trial = first.0.then(next.0);
                first = (trial, trial.ratio().clamp(next.1, first.1));
                joined += 1;
            }
            subtree[action] = core::iter::once(first).chain(list[joined..].iter().copied()).collect();
            if let Some(parent) = relaxation.parents[action] {
                let list = subtree[action].clone();
                below[parent].extend(list);
            }
        }
        Self { problem, parents: &relaxation.parents, subtree, below }
    }

    /// What is left once these were tried, in order.
    fn rest(&self, tried: u128, into: &mut Vec<Tagged>) {
        into.clear();
        for (action, parent) in self.parents.iter().enumerate() {
            let is_root = tried >> action & 1 == 0 && parent.is_none_or(|p| tried >> p & 1 == 1);
            if is_root {
                into.extend(self.subtree[action].iter().map(|(trial, ratio)| Tagged {
                    trial: *trial,
                    ratio: *ratio,
                    root: action,
                }));
            }
        }
        into.sort_unstable_by(|a, b| a.ratio.total_cmp(&b.ratio));
    }

    /// What is to be expected at least after one more was tried, given what was left before it.
    fn bound_after(&self, rest: &[Tagged], action: usize) -> f64 {
        let escalation = self.problem.escalation;
        let mut freed = self.below[action].iter().peekable();
        let mut kept = rest.iter().filter(|t| t.root != action).peekable();
        let (mut total, mut fails) = (0.0, 1.0);
        loop {
            let freed_ratio = freed.peek().map_or(f64::INFINITY, |b| b.1);
            let kept_ratio = kept.peek().map_or(f64::INFINITY, |b| b.ratio);
            // From here on escalating is better; so it is where nothing can help.
            if freed_ratio.min(kept_ratio) >= escalation {
                break;
            }
            let trial = if freed_ratio < kept_ratio {
                freed.next().map(|b| b.0)
            } else {
                kept.next().map(|b| b.trial)
            };
            let Some(trial) = trial else { break };
            total += fails * trial.cost;
            fails *= 1.0 - trial.success;
            if fails * escalation <= 1e-15 * total {
                return total;
            }
        }
        total + fails * escalation
    }
}

/// Improves a full order and bounds what any costs: `(order, cost, bound)`. `effort` counts bounds that are
/// computed.
///
/// *Method*: sequences are extended by one action at a time, the one first whose lower bound is smallest: its
/// cost so far, and the exact optimum of what is left where set-ups are as cheap as they can be and each
/// action waits for one predecessor only. Of sequences of the same actions with the same last only the
/// cheapest goes on. Since most of the cost is in the first few actions, a few of them are enough for a tight
/// bound.
pub(super) fn search(
    problem: &RecoveryProblem,
    relaxation: &Relaxation,
    start: &[usize],
    mut effort: u64,
) -> (Vec<usize>, f64, f64) {
    let n = problem.len();
    let blocks = Blocks::new(problem, relaxation);
    let needs: Vec<u128> =
        problem.predecessors.iter().map(|list| list.iter().fold(0, |set, p| set | 1 << p)).collect();
    let (mut best_cost, cut) = best_cut(problem, start);
    let mut best: Vec<usize> = start[..cut].to_vec();
    let mut nodes = alloc::vec![Node { tried: 0, last: n, spent: 0.0, fails: 1.0, parent: usize::MAX }];
    let mut open = BinaryHeap::from([Open { bound: 0.0, node: 0 }]);
    let mut cheapest: BTreeMap<(u128, usize), f64> = BTreeMap::new();
    let mut rest = Vec::new();
    let mut bound = f64::INFINITY;
    while let Some(Open { bound: least, node: index }) = open.pop() {
        if least >= best_cost {
            break;
        }
        if effort == 0 {
            bound = least;
            break;
        }
        let node = nodes[index];
        if cheapest.get(&(node.tried, node.last)).is_some_and(|spent| *spent < node.spent) {
            continue;
        }
        let last = (node.last < n).then_some(node.last);
        blocks.rest(node.tried, &mut rest);
        // All the rest in the relaxed order, as far as precedence lets it: sometimes the best of all.
        if index.is_multiple_of(16) {
            let order = complete(problem, start, &nodes, index);
            let (cost, cut) = best_cut(problem, &order);
            if cost < best_cost {
                (best, best_cost) = (order[..cut].to_vec(), cost);
            }
        }
        for action in (0..n).filter(|i| node.tried >> i & 1 == 0 && needs[*i] & !node.tried == 0) {
            effort = effort.saturating_sub(1);
            let spent = node.spent + node.fails * problem.cost_after(last, action);
            let fails = node.fails * (1.0 - problem.success[action]);
            let least = spent + fails * blocks.bound_after(&rest, action);
            if least >= best_cost {
                continue;
            }
            let tried = node.tried | 1 << action;
            let known = cheapest.entry((tried, action)).or_insert(f64::INFINITY);
            if *known <= spent {
                continue;
            }
            *known = spent;
            nodes.push(Node { tried, last: action, spent, fails, parent: index });
            // To escalate after it.
            let cost = spent + fails * problem.escalation;
            if cost < best_cost {
                (best, best_cost) = (path(&nodes, nodes.len() - 1), cost);
            }
            open.push(Open { bound: least, node: nodes.len() - 1 });
        }
    }
    // The order as its cost is defined, not as it was added up.
    let cost = best_cut(problem, &best).0;
    (best, cost, bound.min(cost))
}

fn path(nodes: &[Node], mut index: usize) -> Vec<usize> {
    let mut order = Vec::new();
    while let Some(node) = nodes.get(index).filter(|node| node.parent != usize::MAX) {
        order.push(node.last);
        index = node.parent;
    }
    order.reverse();
    order
}

/// The actions of a node, then all others in the order of `start`, which keeps precedence.
fn complete(problem: &RecoveryProblem, start: &[usize], nodes: &[Node], index: usize) -> Vec<usize> {
    let mut order = path(nodes, index);
    let tried = nodes[index].tried;
    order.reserve(problem.len());
    order.extend(start.iter().copied().filter(|i| tried >> i & 1 == 0));
    order
}
