//! What a recovery plan is made for.

use alloc::vec::Vec;
use evenkeel_core::Error;

/// A problem that is being put together.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct RecoveryProblemBuilder {
    cost: Vec<f64>,
    success: Vec<f64>,
    setup: Option<Vec<Vec<f64>>>,
    precedence: Vec<(usize, usize)>,
    escalation: f64,
}

impl RecoveryProblemBuilder {
    /// Adds an action with what it costs to try, in any unit, and the probability that it helps; its index is
    /// returned.
    pub fn action(&mut self, cost: f64, success: f64) -> usize {
        self.cost.push(cost);
        self.success.push(success);
        self.cost.len() - 1
    }

    /// An action can be tried only once another was.
    pub fn after(&mut self, action: usize, predecessor: usize) -> &mut Self {
        self.precedence.push((action, predecessor));
        self
    }

    /// What it costs beside to try an action after another: the row of the one before, the column of the one
    /// that is next, and a last row for the start. Default: nothing.
    pub fn setup(&mut self, costs: Vec<Vec<f64>>) -> &mut Self {
        self.setup = Some(costs);
        self
    }

    /// The problem.
    ///
    /// # Errors
    /// If a cost is not in [0, 1e100], a probability not in [0, 1], an index names no action, the set-up
    /// costs have another shape than (actions + 1) rows of as many columns as actions, there are more than a
    /// million actions, or an action comes before itself.
    pub fn build(&self) -> Result<RecoveryProblem, Error> {
        let n = self.cost.len();
        Error::require(n <= 1_000_000, "actions", "at most a million", n)?;
        for cost in self.cost.iter().chain([&self.escalation]) {
            Error::require((0.0..=1e100).contains(cost), "cost", "in [0, 1e100]", cost)?;
        }
        for p in &self.success {
            Error::require((0.0..=1.0).contains(p), "success", "in [0, 1]", p)?;
        }
        let mut setup = Vec::new();
        if let Some(rows) = &self.setup {
            if rows.len() != n + 1 {
                return Err(Error::Shape { what: "setup", expected: n + 1, found: rows.len() });
            }
            for row in rows {
                if row.len() != n {
                    return Err(Error::Shape { what: "row of setup", expected: n, found: row.len() });
                }
                for cost in row {
                    Error::require((0.0..=1e100).contains(cost), "setup", "in [0, 1e100]", cost)?;
                }
                setup.extend_from_slice(row);
            }
        }
        // An action that follows itself never has to be set up anew: the diagonal does not count.
        let moves = |(i, cost): (usize, &f64)| *cost > 0.0 && (i / n.max(1) == n || i / n != i % n);
        if !setup.iter().enumerate().any(moves) {
            setup = Vec::new();
        }
        let predecessors = predecessors(n, &self.precedence)?;
        let order = topological_order(&predecessors)?;
        Ok(RecoveryProblem {
            cost: self.cost.clone(),
            success: self.success.clone(),
            setup,
            predecessors,
            topological: order,
            escalation: self.escalation,
        })
    }
}

/// The direct predecessors of each of `n`, each once, in order.
pub(super) fn predecessors(n: usize, precedence: &[(usize, usize)]) -> Result<Vec<Vec<usize>>, Error> {
    let mut lists = alloc::vec![Vec::new(); n];
    for (action, predecessor) in precedence {
        let largest = *action.max(predecessor);
        Error::require(largest < n, "precedence", "between actions that there are", largest)?;
        lists[*action].push(*predecessor);
    }
    for list in &mut lists {
        list.sort_unstable();
        list.dedup();
    }
    Ok(lists)
}

/// The actions so that each comes after its predecessors.
pub(super) fn topological_order(predecessors: &[Vec<usize>]) -> Result<Vec<usize>, Error> {
    let n = predecessors.len();
    let mut waits: Vec<usize> = predecessors.iter().map(Vec::len).collect();
    let mut successors = alloc::vec![Vec::new(); n];
    for (action, list) in predecessors.iter().enumerate() {
        list.iter().for_each(|p| successors[*p].push(action));
    }
    let mut order: Vec<usize> = (0..n).filter(|i| waits[*i] == 0).collect();
    let mut next = 0;
    while let Some(action) = order.get(next).copied() {
        next += 1;
        for successor in &successors[action] {
            waits[*successor] -= 1;
            if waits[*successor] == 0 {
                order.push(*successor);
            }
        }
    }
    match (0..n).find(|i| waits[*i] > 0) {
        None => Ok(order),
        Some(action) => {
            Err(Error::parameter("precedence", "without cycles", cycle(predecessors, &waits, action)))
        }
    }
}

/// A cycle, as text: from an action that waits for ever back to one that was met before.
fn cycle(predecessors: &[Vec<usize>], waits: &[usize], action: usize) -> alloc::string::String {
    let mut path = alloc::vec![action];
    let mut place = alloc::vec![usize::MAX; predecessors.len()];
    let mut at = action;
    loop {
        place[at] = path.len() - 1;
        let Some(next) = predecessors[at].iter().copied().find(|p| waits[*p] > 0) else { break };
        path.push(next);
        at = next;
        if place[at] != usize::MAX {
            path.drain(..place[at]);
            break;
        }
    }
    // From predecessor to predecessor it was followed: said the other way round.
    let names: Vec<_> = path.iter().rev().map(|i| alloc::format!("{i}")).collect();
    names.join(" before ")
}

/// Actions to try against a fault: what each costs and how probably it helps, what has to be set up, what
/// comes before what, and what it costs to give up.
///
/// Whether an action helps is independent of which others did not; where it is not, because they cure the
/// same cause, see [`BeliefRepair`](crate::policy::BeliefRepair).
#[derive(Debug, Clone, PartialEq)]
pub struct RecoveryProblem {
    pub(super) cost: Vec<f64>,
    pub(super) success: Vec<f64>,
    /// Row-major, the start as the last row; empty if nothing has to be set up.
    pub(super) setup: Vec<f64>,
    pub(super) predecessors: Vec<Vec<usize>>,
    /// An order that keeps precedence.
    pub(super) topological: Vec<usize>,
    pub(super) escalation: f64,
}

impl RecoveryProblem {
    /// With the cost of escalating, which ends every plan that did not help.
    pub fn builder(escalation: f64) -> RecoveryProblemBuilder {
        RecoveryProblemBuilder {
            cost: Vec::new(),
            success: Vec::new(),
            setup: None,
            precedence: Vec::new(),
            escalation,
        }
    }

    /// How many actions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cost.len()
    }

    /// Whether there is no action.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cost.is_empty()
    }

    /// What escalating costs.
    #[must_use]
    pub fn escalation(&self) -> f64 {
        self.escalation
    }

    /// Whether anything has to be set up.
    pub(super) fn has_setup(&self) -> bool {
        !self.setup.is_empty()
    }

    /// What it costs to try an action after another, or at the start.
    pub(super) fn cost_after(&self, before: Option<usize>, action: usize) -> f64 {
        self.cost[action] + self.setup_after(before, action)
    }

    pub(super) fn setup_after(&self, before: Option<usize>, action: usize) -> f64 {
        let n = self.len();
        if self.has_setup() { self.setup[before.unwrap_or(n) * n + action] } else { 0.0 }
    }
}
