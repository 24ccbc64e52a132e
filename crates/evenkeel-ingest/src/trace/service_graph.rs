//! Who calls whom, how often, how long and how well.

use crate::finding::{FindingKind, Findings};
use crate::trace::span::Span;
use core::time::Duration;
use evenkeel_core::Name;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Calls from one service to another.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallEdge {
    /// The service that calls.
    pub from: Name,
    /// The service that is called.
    pub to: Name,
    /// How many calls there were; at least one.
    pub calls: u64,
    /// How many of them failed, as the called side says.
    pub errors: u64,
    /// How long the called side took, all calls together.
    pub total: Duration,
    /// The median, the lower of both in the middle where the number of calls is even.
    pub median: Duration,
    /// The longest.
    pub longest: Duration,
}

/// The graph of services that spans mean: a call is a span whose parent is of another service.
///
/// Spans of the same identifiers are one (the first), wherever they stand; a parent that is not among the
/// spans makes no call. Where the two sides of a call share an identifier (Zipkin), the called side is a
/// child of the calling one. Give it the spans of whole traces: what arrives in another batch is not there.
///
/// *Cost*: O(n log n) time, about 60 bytes a span.
///
/// See the [module](crate::trace) for an example.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ServiceGraph {
    /// The calls, sorted by the names of both services.
    pub edges: Vec<CallEdge>,
    /// How many different spans there were.
    pub spans: usize,
    /// [`FindingKind::RepeatedSpan`] and [`FindingKind::OrphanSpan`], by service.
    pub findings: Findings,
}

impl ServiceGraph {
    /// Of these spans.
    #[must_use]
    pub fn from_spans(spans: &[Span]) -> Self {
        let mut graph = Self::default();
        let mut seen = HashSet::with_capacity(spans.len());
        let mut by_id: HashMap<(u128, u64, bool), &Span> = HashMap::with_capacity(spans.len());
        for span in spans {
            // A called side that shares its identifier is a span of its own.
            match by_id.entry((span.trace, span.id, span.shared)) {
                Entry::Occupied(_) => {
                    graph.findings.add(FindingKind::RepeatedSpan, span.resource.service.as_str(), 1);
                }
                Entry::Vacant(entry) => {
                    entry.insert(span);
                }
            }
        }
        graph.spans = by_id.len();
        let mut calls: BTreeMap<(&Name, &Name), (u64, Vec<Duration>)> = BTreeMap::new();
        for span in spans {
            if !seen.insert((span.trace, span.id, span.shared)) {
                continue;
            }
            let find = |id: u64, shared: bool| by_id.get(&(span.trace, id, shared));
            let caller = span.shared.then(|| find(span.id, false)).flatten();
            // A child is of the called side, which is the shared one if there is one.
            let parent = || span.parent.and_then(|id| find(id, true).or_else(|| find(id, false)));
            let Some(parent) = caller.or_else(parent) else {
                if span.parent.is_some() {
                    graph.findings.add(FindingKind::OrphanSpan, span.resource.service.as_str(), 1);
                }
                continue;
            };
            let (from, to) = (&parent.resource.service, &span.resource.service);
            if from != to {
                let (errors, durations) = calls.entry((from, to)).or_default();
                *errors += u64::from(span.failed);
                durations.push(span.duration);
            }
        }
        graph.edges = calls
            .into_iter()
            .map(|((from, to), (errors, mut durations))| {
                durations.sort_unstable();
                CallEdge {
                    from: from.clone(),
                    to: to.clone(),
                    calls: u64::try_from(durations.len()).unwrap_or(u64::MAX),
                    errors,
                    total: durations.iter().fold(Duration::ZERO, |sum, &d| sum.saturating_add(d)),
                    median: durations[(durations.len() - 1) / 2],
                    longest: durations[durations.len() - 1],
                }
            })
            .collect();
        graph
    }

    /// The graph for localizing faults, each edge weighted with its calls.
    ///
    /// # Errors
    /// None that occur: numbers of calls are finite.
    #[cfg(feature = "locate")]
    #[cfg_attr(docsrs, doc(cfg(feature = "locate")))]
    pub fn to_graph(&self) -> Result<evenkeel_locate::Graph, evenkeel_core::Error> {
        evenkeel_locate::Graph::from_edges(
            self.edges.iter().map(|edge| (&edge.from, &edge.to, edge.calls as f64)),
        )
    }
}
