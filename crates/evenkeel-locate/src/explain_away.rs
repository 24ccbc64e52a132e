//! Who was only dragged along.

use crate::graph::Condensation;
use crate::metric_shift::Witness;
use crate::{Case, Graph, Localizer, MetricShift, Ranking};
use evenkeel_core::Error;

/// Notices components that moved because one they call did, and takes blame from them.
///
/// *When*: metrics and a call graph are known. Without a graph it says what [`MetricShift`] says.
///
/// *Method*: a fault shows along the calls that lead to it: callers wait, and their latencies, errors and queues move, too. So what
/// callees pass on (every kind of metric but processor, memory and disk, which a component uses up by itself) counts less for a
/// component by as much as the highest score among its callees explains: p' = p (1 - strength min(1, max(0, c - n) / (p - n))),
/// where p is the component's highest score of such a metric, c the highest score of any metric of a callee and n the
/// [noise](Ranking::noise) of the scores; a component scores max(p', own). Explaining away is the common idea of localization on
/// call graphs; in this form, by the best callee rather than by a learned model, it is our own.
///
/// *Graph*: cycles are one ([`Graph::condensation`]): components on a cycle don't explain each other, and the callees of one are
/// the callees of all. Callees without metrics are looked through, to their callees. With a
/// [symptom's place](crate::CaseBuilder::symptom_at) in the graph, components of the graph that it does not reach count 0.3: what
/// the users' entry does not call, directly or not, does not slow it down. Components that are not in the graph keep their scores.
///
/// *Parameters*: the [`MetricShift`] whose scores it reads, by default the default one; `strength` in [0, 1], default 0.7: a
/// component that is explained entirely keeps 30 % of its score, because the graph and the metrics may both be incomplete.
///
/// *Score*: as of [`MetricShift`]. *Cost*: that of `MetricShift`, and O(n + m) on the graph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExplainAway {
    shift: MetricShift,
    strength: f64,
}

/// What a component that the symptom does not reach counts.
const UNREACHED: f64 = 0.3;

impl Default for ExplainAway {
    fn default() -> Self {
        Self { shift: MetricShift::default(), strength: 0.7 }
    }
}

impl ExplainAway {
    /// Explaining away the scores of a metric-shift localizer, with the default strength.
    #[must_use]
    pub fn new(shift: MetricShift) -> Self {
        Self { shift, ..Self::default() }
    }

    /// How much of its score a component loses that is explained entirely, in [0, 1]. Default 0.7.
    ///
    /// # Errors
    /// If it is out of its range.
    pub fn with_strength(self, strength: f64) -> Result<Self, Error> {
        Error::require((0.0..=1.0).contains(&strength), "strength", "in [0, 1]", strength)?;
        Ok(Self { strength, ..self })
    }
}

impl Localizer<Case<'_>> for ExplainAway {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        let Some(graph) = case.graph() else { return self.shift.rank(case) };
        let shifts = self.shift.shifts(case);
        let witness = Witness::new(case, &shifts, "metric shift");
        let mut scores: Vec<f64> = witness.components().iter().map(|component| component.score()).collect();
        // Who of the graph has metrics that could be judged, and where.
        let mut observed = vec![None; graph.len()];
        for (metric, shift) in shifts.iter().enumerate() {
            let component = case.component_of(metric);
            if shift.is_some()
                && let Some(node) = graph.index(case.components()[component].as_str())
            {
                observed[node] = Some(component);
            }
        }
        let by_node: Vec<Option<f64>> =
            observed.iter().map(|component| component.map(|c: usize| scores[c])).collect();
        let explained = best_callees(graph, &by_node);
        let unreached = unreached(graph, case);
        for (node, component) in observed.iter().enumerate() {
            let Some(component) = *component else { continue };
            let said = &witness.components()[component];
            if let Some(callee) = explained[node] {
                let share = share_explained(said.passed_on, callee);
                scores[component] = (said.passed_on * (1.0 - self.strength * share)).max(said.own);
            }
            if unreached[node] {
                scores[component] *= UNREACHED;
            }
        }
        witness.ranking_of(&scores)
    }
}

/// How much of a score the score of a callee explains, in [0, 1].
fn share_explained(score: f64, callee: f64) -> f64 {
    let (score, callee) = (score - MetricShift::NOISE, callee - MetricShift::NOISE);
    if callee <= 0.0 {
        0.0
    } else if callee >= score {
        1.0
    } else {
        callee / score
    }
}

/// For each node the highest score among those it calls beyond its cycle, looking through nodes without a score.
fn best_callees(graph: &Graph, scores: &[Option<f64>]) -> Vec<Option<f64>> {
    let condensation = graph.condensation();
    let components = condensation.components();
    // From the callees up: what a cycle shows to its callers is the best score in it, or, without one, what it sees itself.
    let mut shown: Vec<Option<f64>> = vec![None; components.len()];
    let mut seen: Vec<Option<f64>> = vec![None; components.len()];
    for &component in condensation.levels().iter().rev().flatten() {
        let callees = callees(graph, &condensation, component);
        seen[component] = callees.filter_map(|callee| shown[callee]).reduce(f64::max);
        let own = components[component].iter().filter_map(|node| scores[*node]).reduce(f64::max);
        shown[component] = own.or(seen[component]);
    }
    (0..graph.len()).map(|node| seen[condensation.component(node)]).collect()
}

fn callees<'a>(
    graph: &'a Graph,
    condensation: &'a Condensation,
    component: usize,
) -> impl Iterator<Item = usize> + 'a {
    let callees = condensation.components()[component].iter().flat_map(|node| graph.callees(*node));
    callees.map(|callee| condensation.component(*callee)).filter(move |callee| *callee != component)
}

/// Which nodes the symptom's place neither is nor reaches; none if it is not known or not in the graph.
fn unreached(graph: &Graph, case: &Case<'_>) -> Vec<bool> {
    let Some(place) = case.symptom_at().and_then(|name| graph.index(name.as_str())) else {
        return vec![false; graph.len()];
    };
    let mut unreached = vec![true; graph.len()];
    unreached[place] = false;
    graph.reachable(place).into_iter().for_each(|node| unreached[node] = false);
    unreached
}
