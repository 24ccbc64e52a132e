//! The remedy with the most chance for its cost.

use crate::policy::catalog::{Candidate, Catalog};
use crate::policy::{Decision, Policy, Situation};
use crate::verb::{StandardVerb, Verb};

/// Takes the remedy with the smallest ratio of its cost to the probability that it helps, as long as that is
/// below what calling a person costs.
///
/// *When*: one fault, remedies that are independent of each other and need no set-up: then it is optimal
/// (J. Breese, D. Heckerman 1996, arXiv:1302.3563). After each failure the causes are weighed anew by Bayes'
/// rule. *Not when* remedies cure several causes, each in part: see [`BeliefRepair`](crate::policy::BeliefRepair).
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct CostRatio<V = StandardVerb> {
    catalog: Catalog<V>,
}

impl<V: Verb> CostRatio<V> {
    /// By the costs and probabilities of a catalog.
    pub fn new(catalog: Catalog<V>) -> Self {
        Self { catalog }
    }
}

impl<V: Verb> Policy<V> for CostRatio<V> {
    fn decide(&mut self, s: &Situation<'_, V>) -> Decision<V> {
        let candidates = self.catalog.candidates(s);
        let mut best: Option<(&Candidate<V>, f64)> = None;
        for candidate in candidates.list.iter().filter(|c| c.tries > 0) {
            let success = candidates.success(candidate);
            let ratio = (candidate.cost + self.catalog.downtime) / success;
            if success > 0.0 && ratio < best.map_or(self.catalog.escalation, |(_, ratio)| ratio) {
                best = Some((candidate, ratio));
            }
        }
        match best {
            Some((candidate, _)) => self.catalog.propose(candidate, s),
            None => self.catalog.escalate(&candidates, s),
        }
    }
}
