//! A policy that weighs causes by what did not help.

use crate::policy::catalog::{Candidate, Catalog};
use crate::policy::{Decision, Policy, RepairModel, RepairSolution, Situation};
use crate::verb::{StandardVerb, Verb};
use alloc::vec::Vec;
use evenkeel_core::Error;

/// Does what is exactly best over as many actions as are left, given how probable each cause is after what was
/// tried: see [`RepairModel`].
///
/// *When*: remedies cure several causes, each in part, or the first choice is not clear. A remedy that is
/// cheap and tells causes apart may come before one that is more probable to help. *Method*: each decision
/// solves the model of the causes of the diagnosis, "none of these" included, which no remedy cures.
///
/// *Parameters*: horizon, the most actions that are looked ahead, at most 16; default 6, and no more than are
/// left of the incident's budget. If there are so many candidates that this would take more than 2 million
/// steps, the horizon is the largest that does not. *Cost*: O(C(candidates + horizon, horizon)).
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct BeliefRepair<V = StandardVerb> {
    catalog: Catalog<V>,
    horizon: u32,
}

impl<V: Verb> BeliefRepair<V> {
    /// By the costs and probabilities of a catalog.
    pub fn new(catalog: Catalog<V>) -> Self {
        Self { catalog, horizon: 6 }
    }

    /// How many actions are looked ahead.
    ///
    /// # Errors
    /// If it is not from 1 to 16.
    pub fn horizon(mut self, actions: u32) -> Result<Self, Error> {
        Error::require((1..=16).contains(&actions), "horizon", "from 1 to 16", actions)?;
        self.horizon = actions;
        Ok(self)
    }
}

/// The best for candidates, looking ahead as far as can be computed, at most so far.
pub(crate) fn solve<V>(
    belief: &[f64],
    left: &[&Candidate<V>],
    escalation: f64,
    downtime: f64,
    horizon: u32,
) -> Result<RepairSolution, Error> {
    let mut horizon = horizon;
    loop {
        let mut model = RepairModel::new(belief.to_vec(), escalation, horizon)?.downtime(downtime)?;
        for candidate in left {
            model.action_with_tries(candidate.cost, candidate.fix.clone(), candidate.tries)?;
        }
        match model.solve() {
            Err(_) if horizon > 1 => horizon -= 1,
            solution => return solution,
        }
    }
}

impl<V: Verb> Policy<V> for BeliefRepair<V> {
    fn decide(&mut self, s: &Situation<'_, V>) -> Decision<V> {
        let candidates = self.catalog.candidates(s);
        let left: Vec<&Candidate<V>> = candidates.list.iter().filter(|c| c.tries > 0).collect();
        let horizon = self.horizon.min(s.actions_left());
        let Catalog { escalation, downtime, .. } = self.catalog;
        match solve(&candidates.belief, &left, escalation, downtime, horizon) {
            Ok(solution) => match solution.first() {
                Some(first) => self.catalog.propose(left[first], s),
                None => self.catalog.escalate(&candidates, s),
            },
            Err(why) => Decision::Escalate { why: alloc::format!("the causes can't be weighed: {why}") },
        }
    }
}
