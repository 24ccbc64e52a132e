//! Explaining away along the call graph.

use crate::case::Case;
use crate::coverage::Visibility;
use crate::graph::Condensation;
use crate::graph::Graph;
use crate::metric_shift::MetricShift;
use crate::metric_shift::NOISE;
use crate::metric_shift::{Component, Examination, Unseen, Witness, share_explained};
use crate::ranking::{Localizer, Ranking};
use evenkeel_core::Error;

/// Notices components that moved because one they call did, and takes blame from them.
///
/// *When*: metrics and a call graph are known. Without a graph it says what [`MetricShift`] says.
///
/// *Method*: a fault shows along the calls that lead to it: callers wait, and their latencies, errors and
/// queues move, too. So what callees pass on (every kind of metric but processor, memory and disk, which a
/// component uses up by itself) counts less for a component by as much as the highest score among its callees
/// explains: p' = p (1 - strength min(1, max(0, c - n) / (p - n))), where p is the component's highest score
/// of such a metric, c the highest score of any metric of a callee and n the [noise](Ranking::noise) of the
/// scores; a component scores max(p', own). Explaining away is the common idea of localization on call
/// graphs; in this form, by the best callee rather than by a learned model, it is our own.
///
/// *Graph*: cycles are one ([`Graph::condensation`]): components on a cycle don't explain each other, and the
/// callees of one are the callees of all. Callees without metrics are looked through, to their callees. With
/// a [symptom's place](crate::CaseBuilder::symptom_at) in the graph, components of the graph that it does not
/// reach count 0.3: what the users' entry does not call, directly or not, does not slow it down. Components
/// that are not in the graph keep their scores.
///
/// *What could not be looked at*: a callee of which no metric could be examined (there is none, it ended long
/// before, it is too rare, or it began with the fault) may be what its callers wait for. It scores 0.95 of
/// what no callee explains of what they show, of several callers the least, because a fault of it would reach
/// them all; so it shares the probability with its caller. One of which a share s of the metrics could not be
/// examined scores s^0.1 of that, which gives it about that part of the probability. Latencies and errors are
/// not missed where requests are counted and there were none. Each unseen component against which nothing
/// speaks adds 0.002 to what is [unknown](Ranking::unknown).
///
/// *Silence* (see [`MetricShift`]) explains callers as any score does. It counts 0.3 if the callers can be
/// looked at and none of them shows anything (then the telemetry is lost, not the component), and if all
/// callers are silent, too (then nobody asks).
///
/// *Parameters*: the [`MetricShift`] whose scores it reads, by default the default one; `strength` in [0, 1],
/// default 0.7: a component that is explained entirely keeps 30 % of its score, because the graph and the
/// metrics may both be incomplete.
///
/// *Score*: as of [`MetricShift`]. *Cost*: that of `MetricShift`, and O(n + m) on the graph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExplainAway {
    shift: MetricShift,
    strength: f64,
}

/// What a component that the symptom does not reach counts.
const UNREACHED: f64 = 0.3;
/// What a silence counts for which there is another reason than a fault.
const DOUBTED: f64 = 0.3;
/// What a component that nobody could look at counts, of what its caller would pass on: a little less than
/// the one that was seen.
const UNSEEN: f64 = 0.95;
/// The weight, in relation to the first suspect, of a component that nobody could look at and against which
/// nothing speaks: about what one has that was looked at and is in order.
const UNSUSPECTED: f64 = 0.002;
/// Of a component that could be looked at in part only the rest is unseen; with the default temperature of a
/// [`Calibration`](crate::Calibration) this power gives it about that part of the probability.
const PART: f64 = 0.1;

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
        let examination = self.shift.examine(case);
        let mut witness = Witness::new(case, &examination, "metric shift");
        let nodes = Nodes::new(graph, case, &examination);
        nodes.doubt_silence(&mut witness);

        let components = witness.components();
        let mut scores: Vec<f64> = components.iter().map(Component::score).collect();
        let by_node: Vec<Option<f64>> = nodes
            .components
            .iter()
            .map(|component| component.filter(|c| nodes.is_observed(*c, components)).map(|c| scores[c]))
            .collect();
        let condensation = graph.condensation();
        let explained = best_callees(graph, &condensation, &by_node);
        let unreached = unreached(graph, case);
        // What nobody explains of what each node would pass on, for those it calls that nobody could look at.
        let mut left: Vec<Option<f64>> = vec![None; graph.len()];
        for (node, component) in nodes.components.iter().enumerate() {
            let Some(component) = *component else { continue };
            let said = &components[component];
            let share = |score: f64| explained[node].map_or(0.0, |callee| share_explained(score, callee));
            let less = |score: f64| score * (1.0 - self.strength * share(score));
            let rest = |score: f64| score * (1.0 - share(score));
            let reached = if unreached[node] { UNREACHED } else { 1.0 };
            scores[component] = reached * less(said.passed_on.max(said.silence)).max(said.own);
            if nodes.is_observed(component, components) && examination.visibilities[component].shows_passed_on
            {
                left[node] = Some(reached * rest(said.passed_on));
            }
        }
        let (unseen, unknown) = nodes.unseen(&condensation, left, &unreached);
        witness.ranking_of(&scores, &unseen).with_unknown(unknown)
    }
}

/// The nodes of a graph, and what a case knows of them.
struct Nodes<'a> {
    graph: &'a Graph,
    case: &'a Case<'a>,
    examination: &'a Examination,
    /// The component of each node, if it has metrics and is not known to be innocent.
    components: Vec<Option<usize>>,
    /// Whether a metric of a component could be examined.
    examined: Vec<bool>,
}

impl<'a> Nodes<'a> {
    fn new(graph: &'a Graph, case: &'a Case<'a>, examination: &'a Examination) -> Self {
        let mut components = vec![None; graph.len()];
        for (component, name) in case.components().iter().enumerate() {
            if let Some(node) = graph.index(name.as_str()).filter(|_| !case.is_cleared(name.as_str())) {
                components[node] = Some(component);
            }
        }
        let mut examined = vec![false; case.components().len()];
        for (metric, _) in examination.shifts.iter().enumerate().filter(|(_, shift)| shift.is_some()) {
            examined[case.component_of(metric)] = true;
        }
        Self { graph, case, examination, components, examined }
    }

    /// Whether anything is known of a component that explains what its callers show: a metric that could be
    /// examined, or a silence. That it is new explains nothing.
    fn is_observed(&self, component: usize, said: &[Component]) -> bool {
        let is_new = self.examination.visibilities[component].is_new;
        self.examined[component] || said[component].silence > 0.0 && !is_new
    }

    fn visibility(&self, node: usize) -> Option<&Visibility> {
        self.components[node].map(|component| &self.examination.visibilities[component])
    }

    fn others<'b>(&'b self, of: &'b [usize], node: usize) -> impl Iterator<Item = usize> + 'b {
        of.iter().copied().filter(move |other| *other != node)
    }

    /// Takes back what silences say that have another reason than a fault: those who call are silent, too, so
    /// that nobody asks; or they can be looked at and nothing is wrong with what they get, so that only the
    /// telemetry is lost.
    fn doubt_silence(&self, witness: &mut Witness<'_>) {
        let is_silent = |node: usize| self.visibility(node).is_some_and(|seen| seen.silent >= 1.0);
        let mut doubted = Vec::new();
        for (node, component) in self.components.iter().enumerate() {
            let Some(component) = *component else { continue };
            if witness.components()[component].silence == 0.0 {
                continue;
            }
            let callers = || self.others(self.graph.callers(node), node);
            let mut looked_at = callers()
                .filter_map(|caller| self.components[caller])
                .filter(|caller| self.examination.visibilities[*caller].shows_passed_on)
                .peekable();
            let all_are_fine = looked_at.peek().is_some()
                && looked_at.all(|caller| witness.components()[caller].passed_on <= NOISE);
            let nobody_asks = callers().next().is_some() && callers().all(is_silent);
            if all_are_fine || nobody_asks {
                doubted.push(component);
            }
        }
        for component in doubted {
            witness.components_mut()[component].silence *= DOUBTED;
        }
    }

    /// The nodes that could not be looked at, or not entirely, with what they inherit: what those who call
    /// them would pass on and nobody explains, of several the least, because a fault would reach them all.
    /// And the weight of those against whom nothing speaks.
    fn unseen(
        &self,
        condensation: &Condensation,
        left: Vec<Option<f64>>,
        unreached: &[bool],
    ) -> (Vec<Unseen>, f64) {
        let (mut left, mut found, mut unknown) = (left, Vec::new(), 0.0);
        // From the callers down, so that what nobody saw passes on what it inherits.
        for &cycle in condensation.levels().iter().flatten() {
            for &node in &condensation.components()[cycle] {
                let name = self.graph.name(node);
                if self.case.is_cleared(name.as_str()) {
                    continue;
                }
                let share = self.visibility(node).map_or(1.0, |seen| seen.unseen);
                if share == 0.0 {
                    continue;
                }
                let callers = self.graph.callers(node).iter();
                let callers = callers.filter(|caller| condensation.component(**caller) != cycle);
                let inherited = callers.filter_map(|caller| left[*caller]).reduce(f64::min);
                let inherited = UNSEEN * inherited.unwrap_or(0.0);
                left[node] = left[node].or(Some(inherited));
                let reached = if unreached[node] { UNREACHED } else { 1.0 };
                let score = reached * inherited * libm::pow(share, PART);
                if inherited > NOISE {
                    found.push(Unseen { component: name.clone(), score, share });
                } else {
                    unknown += UNSUSPECTED * share;
                }
            }
        }
        (found, unknown)
    }
}

/// For each node the highest score among those it calls beyond its cycle, looking through nodes without a
/// score.
fn best_callees(graph: &Graph, condensation: &Condensation, scores: &[Option<f64>]) -> Vec<Option<f64>> {
    let components = condensation.components();
    // From the callees up: what a cycle shows to its callers is the best score in it, or, without one, what
    // it sees itself.
    let mut shown: Vec<Option<f64>> = vec![None; components.len()];
    let mut seen: Vec<Option<f64>> = vec![None; components.len()];
    for &component in condensation.levels().iter().rev().flatten() {
        let callees = callees(graph, condensation, component);
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
