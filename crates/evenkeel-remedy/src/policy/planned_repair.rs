//! A policy that plans ahead.

use crate::planner::{Planner, RecoveryProblem};
use crate::policy::catalog::{Candidate, Candidates, Catalog};
use crate::policy::{Decision, Policy, Situation};
use crate::verb::{StandardVerb, Verb};
use alloc::vec::Vec;
use evenkeel_core::Error;

/// Takes the first step of the best order of the remedies that are left, as the [`planner`](crate::planner)
/// finds it: with set-up costs between remedies, and remedies that have to come before others.
///
/// *When*: the order matters: a backup before a restore, a drain that makes the restart cheap. Each decision
/// plans anew with what is believed by then; within a plan, whether a remedy helps is taken to be independent
/// of which others did not. *Cost*: that of the planner, with some 50 ms at most by default beyond 16
/// candidates.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct PlannedRepair<V = StandardVerb> {
    catalog: Catalog<V>,
    planner: Planner,
    precedence: Vec<(usize, usize)>,
    setup: Vec<(Option<usize>, usize, f64)>,
}

impl<V: Verb> PlannedRepair<V> {
    /// By the costs and probabilities of a catalog.
    pub fn new(catalog: Catalog<V>) -> Self {
        Self { catalog, planner: Planner::new(), precedence: Vec::new(), setup: Vec::new() }
    }

    /// How much is planned.
    pub fn planner(mut self, planner: Planner) -> Self {
        self.planner = planner;
        self
    }

    fn require(&self, remedy: usize) -> Result<(), Error> {
        Error::require(remedy < self.catalog.remedies.len(), "remedy", "one of the catalog", remedy)
    }

    /// A remedy, by its index in the catalog, can be tried only once another was.
    ///
    /// # Errors
    /// If there is no such remedy, or it would come before itself.
    pub fn after(mut self, remedy: usize, predecessor: usize) -> Result<Self, Error> {
        self.require(remedy)?;
        self.require(predecessor)?;
        self.precedence.push((remedy, predecessor));
        let mut all = RecoveryProblem::builder(0.0);
        self.catalog.remedies.iter().for_each(|_| {
            all.action(0.0, 0.0);
        });
        self.precedence.iter().for_each(|(later, earlier)| {
            all.after(*later, *earlier);
        });
        all.build()?;
        Ok(self)
    }

    /// What it costs beside to try a remedy after another, or as the first.
    ///
    /// # Errors
    /// If there is no such remedy, or the cost is not in [0, 1e100].
    pub fn setup(mut self, before: Option<usize>, remedy: usize, cost: f64) -> Result<Self, Error> {
        self.require(remedy)?;
        if let Some(before) = before {
            self.require(before)?;
        }
        Error::require((0.0..=1e100).contains(&cost), "setup", "in [0, 1e100]", cost)?;
        self.setup.retain(|(b, r, _)| (*b, *r) != (before, remedy));
        self.setup.push((before, remedy, cost));
        Ok(self)
    }

    fn setup_of(&self, before: Option<usize>, remedy: usize) -> f64 {
        self.setup.iter().find(|(b, r, _)| (*b, *r) == (before, remedy)).map_or(0.0, |(_, _, cost)| *cost)
    }

    /// Which remedy of the catalog was tried last.
    fn last(&self, s: &Situation<'_, V>) -> Option<usize> {
        let action = s.tried().last()?.plan.steps().first()?.action();
        self.catalog.remedies.iter().position(|r| *r.measure.verb() == action.verb)
    }

    /// Whether a remedy was tried, in this incident.
    fn was_tried(&self, remedy: usize, s: &Situation<'_, V>) -> bool {
        let verb = self.catalog.remedies[remedy].measure.verb();
        s.tried().iter().flat_map(|t| t.plan.steps()).any(|step| step.action().verb == *verb)
    }

    fn problem(
        &self,
        left: &[&Candidate<V>],
        candidates: &Candidates<V>,
        s: &Situation<'_, V>,
    ) -> Result<RecoveryProblem, Error> {
        let mut builder = RecoveryProblem::builder(self.catalog.escalation);
        for candidate in left {
            builder.action(candidate.cost + self.catalog.downtime, candidates.success(candidate));
        }
        for (later, earlier) in &self.precedence {
            if self.was_tried(*earlier, s) {
                continue;
            }
            for (i, candidate) in left.iter().enumerate().filter(|(_, c)| c.remedy == *later) {
                let before = |(_, c): &(usize, &&Candidate<V>)| {
                    c.remedy == *earlier && c.action.target.overlaps(&candidate.action.target)
                };
                // One that can't be done was left out, with what needs it.
                if let Some((j, _)) = left.iter().enumerate().find(before) {
                    builder.after(i, j);
                }
            }
        }
        if !self.setup.is_empty() {
            let last = self.last(s);
            let row = |before: Option<usize>| left.iter().map(|c| self.setup_of(before, c.remedy)).collect();
            let mut rows: Vec<Vec<f64>> = left.iter().map(|c| row(Some(c.remedy))).collect();
            rows.push(row(last));
            builder.setup(rows);
        }
        builder.build()
    }

    /// Whether all that has to come before it was tried or can be.
    fn is_possible(&self, candidate: &Candidate<V>, list: &[&Candidate<V>], s: &Situation<'_, V>) -> bool {
        self.precedence.iter().filter(|(later, _)| *later == candidate.remedy).all(|(_, earlier)| {
            self.was_tried(*earlier, s)
                || list
                    .iter()
                    .any(|c| c.remedy == *earlier && c.action.target.overlaps(&candidate.action.target))
        })
    }
}

impl<V: Verb> Policy<V> for PlannedRepair<V> {
    fn decide(&mut self, s: &Situation<'_, V>) -> Decision<V> {
        let candidates = self.catalog.candidates(s);
        let mut left: Vec<&Candidate<V>> = candidates.list.iter().filter(|c| c.tries > 0).collect();
        // Each that goes may take others with it.
        loop {
            let possible: Vec<_> = left.iter().copied().filter(|c| self.is_possible(c, &left, s)).collect();
            if possible.len() == left.len() {
                break;
            }
            left = possible;
        }
        let plan = self.problem(&left, &candidates, s).and_then(|problem| self.planner.solve(&problem));
        match plan {
            Ok(plan) => match plan.order().first() {
                Some(first) => self.catalog.propose(left[*first], s),
                None => self.catalog.escalate(&candidates, s),
            },
            Err(why) => Decision::Escalate { why: alloc::format!("no plan can be made: {why}") },
        }
    }
}
