//! Calls and requests of a program, read out regularly.

use crate::finding::{FindingKind, Findings};
use crate::histogram::Histogram;
use crate::in_process::call_counts::TakenCalls;
use crate::in_process::call_graph::{Component, Edge, Graph, OUTSIDE};
use crate::trace::CallEdge;
use core::time::Duration;
use evenkeel_core::{Name, Timestamp};
use std::fmt;
use std::sync::Arc;

/// Reads out what a [`SpanLayer`](crate::in_process::SpanLayer) counted: a few times a step, from one task.
///
/// O(pairs of components), a microsecond for each. Nothing that counts waits for it.
pub struct SpanReader {
    graph: Arc<Graph>,
    last: Timestamp,
    names: Vec<Name>,
    edges: Vec<Arc<Edge>>,
}

/// Calls and requests that ended between two readings.
///
/// ```
/// use evenkeel_core::Timestamp;
/// use evenkeel_ingest::in_process::SpanLayer;
/// use tracing_subscriber::layer::SubscriberExt as _;
///
/// let at = Timestamp::from_seconds;
/// let (layer, mut reader) = SpanLayer::new("shop", at(0), 256)?;
/// tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
///     let order = tracing::info_span!("order").entered();
///     tracing::info_span!("select", peer.service = "database").in_scope(|| ());
///     tracing::info_span!("charge", peer.service = "bank", error = true).in_scope(|| ());
///     drop(order);
/// });
/// let readings = reader.read(at(10));
/// let calls: Vec<_> = readings.calls.iter().map(|call| (call.to.as_str(), call.calls, call.errors)).collect();
/// assert_eq!(calls, [("bank", 1, 1), ("database", 1, 0)]);
/// assert_eq!((readings.served[0].requests, readings.served[0].failed), (1, 0));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SpanReadings {
    /// The time of the reading before, or of the start.
    pub since: Timestamp,
    /// The time of this reading.
    pub until: Timestamp,
    /// Calls between components, sorted by the names of both; only pairs that had any. The median is the middle
    /// of a bucket that is 9% wide.
    pub calls: Vec<CallEdge>,
    /// Requests by the component that served them, sorted by its name; only those that had any.
    pub served: Vec<ServedRequests>,
    /// Calls beyond the cap, by the component that was called.
    pub findings: Findings,
}

/// Requests that a component served.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ServedRequests {
    /// Who served them.
    pub component: Name,
    /// How many ended; at least one.
    pub requests: u64,
    /// How many of them failed.
    pub failed: u64,
    /// How long they took, all together.
    pub total: Duration,
    /// How long each took, in seconds, in buckets 9% wide.
    pub durations: Histogram,
}

fn middle(histogram: &Histogram) -> Duration {
    let median = histogram.quantile(0.5).ok().flatten().unwrap_or_default();
    Duration::try_from_secs_f64(median).unwrap_or_default()
}

impl SpanReader {
    pub(super) fn new(started: Timestamp, graph: Arc<Graph>) -> Self {
        Self { graph, last: started, names: Vec::new(), edges: Vec::new() }
    }

    fn name(&self, component: Component) -> Name {
        self.names.get(component.0 as usize).cloned().unwrap_or_else(|| Name::from(""))
    }

    /// What ended since the last time, or since the start. Nothing is said of pairs without calls.
    ///
    /// A time that is not after that of the last reading gives nothing but a finding, and all that was counted
    /// waits for the next.
    pub fn read(&mut self, now: Timestamp) -> SpanReadings {
        let mut findings = Findings::default();
        let (mut calls, mut served) = (Vec::new(), Vec::new());
        if now <= self.last {
            findings.add(FindingKind::OutOfOrder, "readings", 1);
            return SpanReadings { since: self.last, until: self.last, calls, served, findings };
        }
        let news = self.graph.news();
        self.names.extend(news.names);
        self.edges.extend(news.edges);
        for edge in &self.edges {
            let Some(taken) = edge.calls.take() else { continue };
            let TakenCalls { calls: count, failed, durations, total, longest } = taken;
            // Of counts there is nothing to refuse.
            let Ok(durations) = durations.into_histogram(total.as_secs_f64()) else { continue };
            let to = self.name(edge.to);
            if edge.from == OUTSIDE {
                served.push(ServedRequests { component: to, requests: count, failed, total, durations });
            } else {
                let (from, median) = (self.name(edge.from), middle(&durations).min(longest));
                calls.push(CallEdge { from, to, calls: count, errors: failed, total, median, longest });
            }
        }
        for (component, n) in self.graph.take_beyond() {
            findings.add(FindingKind::BeyondCap, self.name(component).as_str(), n);
        }
        calls.sort_unstable_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
        served.sort_unstable_by(|a, b| a.component.cmp(&b.component));
        SpanReadings { since: core::mem::replace(&mut self.last, now), until: now, calls, served, findings }
    }
}

impl fmt::Debug for SpanReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanReader")
            .field("last", &self.last)
            .field("pairs", &self.edges.len())
            .finish_non_exhaustive()
    }
}
