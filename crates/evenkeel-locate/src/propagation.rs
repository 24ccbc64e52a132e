//! The way of a fault from its cause to where users feel it.

use crate::case::Case;
use crate::metric_kind::{MetricScope, guess_kind, guess_scope};
use crate::metric_shift::{MetricShift, NOISE};
use crate::ranking::Localizer;
use core::cmp::Reverse;
use evenkeel_core::{Evidence, Name, Subject, Timestamp};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// How a fault got from its cause to the place of the symptom: from each component to one that calls it.
///
/// It is a check on a diagnosis that a person can follow: a cause without such a way is either not the cause,
/// or reached the symptom by something that is not measured.
///
/// *Method*: of all ways along calls from the cause back to the [place of the
/// symptom](crate::CaseBuilder::symptom_at), the one whose weakest component shows most, by [`MetricShift`]'s
/// scores; of equal ones the shortest, then the first by names. A component with metrics of which none has
/// moved by more than noise is on no way; one without metrics is looked through. Time must allow each step: a
/// caller begins to show it no earlier than two rows before the one it calls does, which is how well times
/// are known.
///
/// *Cost*: that of `MetricShift`, and O((n + m) log n) on the calls of graph and traces.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{Signal, Timestamp};
/// use evenkeel_locate::{Case, Graph, Metric, Propagation};
///
/// let graph = Graph::from_edges([("edge", "cart", 1.0), ("cart", "store", 1.0), ("edge", "mailer", 1.0)])?;
/// let (start, second) = (Timestamp::from_seconds(1_700_000_000), Duration::from_secs(1));
/// let mut case = Case::builder(start, second, start + 300 * second).graph(&graph).symptom_at("edge");
/// for (component, from) in [("store", 300), ("cart", 301), ("edge", 302), ("mailer", 900)] {
///     let column: Vec<f64> = (0..360).map(|i| 0.1 + 0.01 * (i % 7) as f64 + if i < from { 0.0 } else { 2.0 }).collect();
///     case = case.metric(Metric::new(Signal::new(component, "latency_p99"), column));
/// }
/// let case = case.build()?;
/// let way = Propagation::find(&case, "store").unwrap();
/// assert_eq!(way.to_string(), "store → cart (1 s later) → edge (2 s later)");
/// // Nothing is wrong with it.
/// assert!(Propagation::find(&case, "mailer").is_none());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Propagation {
    hops: Vec<Hop>,
}

/// A component on the way of a fault, which calls the one before it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Hop {
    /// The component.
    pub component: Name,
    /// What shows that the fault is here: the metric that moved farthest of what it shows to others, with its
    /// size, and since when; `None` for a component without metrics.
    pub evidence: Option<Evidence>,
}

impl Hop {
    /// Since when it shows, if it does.
    #[must_use]
    pub fn onset(&self) -> Option<Timestamp> {
        self.evidence.as_ref().map(|evidence| evidence.since)
    }
}

/// What a component shows.
#[derive(Debug, Clone)]
struct Shown {
    score: f64,
    evidence: Evidence,
}

impl Propagation {
    /// The way from a cause to the symptom; `None` if there is none that moves of metrics and their times
    /// allow, or the place of the symptom is not known.
    #[must_use]
    pub fn find(case: &Case<'_>, cause: &str) -> Option<Self> {
        let symptom = case.symptom_at()?;
        let shown = shown(case);
        let known: BTreeSet<&Name> = case.components().iter().collect();
        // What a component lets through: what it shows, or, if it cannot be looked at, anything.
        let width = |name: &Name| match shown.get(name) {
            Some(shown) => Some(shown.score).filter(|score| *score > NOISE),
            None => (!known.contains(name)).then_some(f64::INFINITY),
        };
        let mut callers: BTreeMap<Name, Vec<Name>> = BTreeMap::new();
        for (from, to) in case.call_pairs() {
            callers.entry(to).or_default().push(from);
        }
        let slack = 2 * case.step();
        let is_in_time = |first: &Name, then: &Name| {
            let since = |name: &Name| shown.get(name).map(|shown| shown.evidence.since);
            since(first).zip(since(then)).is_none_or(|(first, then)| then + slack >= first)
        };
        let cause = Name::from(cause);
        let mut open: BinaryHeap<(Width, Reverse<usize>, Reverse<Vec<Name>>)> = BinaryHeap::new();
        open.push((Width(width(&cause)?), Reverse(1), Reverse(vec![cause])));
        let mut seen: BTreeSet<Name> = BTreeSet::new();
        while let Some((Width(narrowest), _, Reverse(way))) = open.pop() {
            let last = way.last()?.clone();
            if !seen.insert(last.clone()) {
                continue;
            }
            if last == *symptom {
                let hop = |component: Name| Hop {
                    evidence: shown.get(&component).map(|shown| shown.evidence.clone()),
                    component,
                };
                return Some(Self { hops: way.into_iter().map(hop).collect() });
            }
            for caller in callers.get(&last).into_iter().flatten() {
                let Some(width) = width(caller).filter(|_| is_in_time(&last, caller)) else { continue };
                let mut longer = way.clone();
                longer.push(caller.clone());
                open.push((Width(narrowest.min(width)), Reverse(longer.len()), Reverse(longer)));
            }
        }
        None
    }

    /// From the cause to the symptom; at least one.
    #[must_use]
    pub fn hops(&self) -> &[Hop] {
        &self.hops
    }
}

impl core::fmt::Display for Propagation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let began = self.hops.first().and_then(Hop::onset);
        for (i, hop) in self.hops.iter().enumerate() {
            if i > 0 {
                f.write_str(" → ")?;
            }
            write!(f, "{}", hop.component)?;
            if let Some((began, onset)) =
                began.zip(hop.onset()).filter(|(began, onset)| i > 0 && onset > began)
            {
                write!(f, " ({} s later)", onset.since(began).as_secs_f64())?;
            }
        }
        Ok(())
    }
}

/// How much passes through, in order; never NaN.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Width(f64);

impl Eq for Width {}

impl PartialOrd for Width {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Width {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// What each component shows that has moved: its score, and of its metrics the farthest of those that others
/// feel, else the farthest.
fn shown(case: &Case<'_>) -> BTreeMap<Name, Shown> {
    let is_external = |evidence: &&Evidence| {
        let Subject::Signal(signal) = &evidence.subject else { return false };
        let metric = signal.metric.as_str();
        let column = case.metrics().iter().find(|metric| metric.signal() == signal);
        let kind = column.map_or_else(|| guess_kind(metric), crate::case::Metric::metric_kind);
        guess_scope(metric, kind) == MetricScope::External
    };
    let ranking = MetricShift::default().rank(case);
    let shown = ranking.into_suspects().into_iter().filter_map(|suspect| {
        let evidence =
            suspect.evidence().iter().find(is_external).or_else(|| suspect.evidence().first())?.clone();
        Some((suspect.component().clone(), Shown { score: suspect.score(), evidence }))
    });
    shown.collect()
}
