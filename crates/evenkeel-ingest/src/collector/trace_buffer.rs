//! Spans that wait for the rest of their traces.

use crate::collector::evidence::is_peer;
use crate::collector::requests::begin_of_step;
use crate::trace::Span;
use core::time::Duration;
use evenkeel_core::Timestamp;
use std::collections::{BTreeMap, HashMap};

/// Spans by trace, until no more of it is expected.
#[derive(Debug, Clone, Default)]
pub(super) struct TraceBuffer {
    traces: HashMap<u128, Waiting>,
    spans: usize,
}

#[derive(Debug, Clone)]
struct Waiting {
    arrived: Timestamp,
    spans: Vec<Span>,
}

fn end(span: &Span) -> Timestamp {
    span.start + span.duration
}

impl TraceBuffer {
    /// Adds a span. False if there is no room for more.
    pub(super) fn add(&mut self, now: Timestamp, mut span: Span, most: usize) -> bool {
        if self.spans >= most {
            return false;
        }
        // What nobody asks for later is not kept waiting.
        span.attributes.retain(|(name, _)| is_peer(name));
        span.attributes.shrink_to_fit();
        span.events = Vec::new();
        span.links = Vec::new();
        self.spans += 1;
        let trace = self.traces.entry(span.trace).or_insert(Waiting { arrived: now, spans: Vec::new() });
        trace.arrived = trace.arrived.max(now);
        trace.spans.push(span);
        true
    }

    /// Traces of which nothing came for a while, by the step in which they ended; their newest end comes
    /// first. A time ahead counts as now.
    pub(super) fn take(
        &mut self,
        now: Timestamp,
        wait: Duration,
        step: Duration,
    ) -> Vec<(Timestamp, Vec<Span>)> {
        // A clock that was set back must not keep them for ever.
        let is_due = |trace: &Waiting| now.since(trace.arrived) >= wait || trace.arrived > now + wait;
        let due: Vec<u128> =
            self.traces.iter().filter(|(_, trace)| is_due(trace)).map(|(id, _)| *id).collect();
        let mut steps: BTreeMap<Timestamp, Vec<Waiting>> = BTreeMap::new();
        for trace in due.iter().filter_map(|id| self.traces.remove(id)) {
            self.spans -= trace.spans.len();
            let ended = trace.spans.iter().map(end).max().unwrap_or(now).min(now);
            let trace = Waiting { arrived: ended, ..trace };
            steps.entry(begin_of_step(ended, step)).or_default().push(trace);
        }
        steps
            .into_values()
            .map(|traces| {
                let newest = traces.iter().map(|trace| trace.arrived).max().unwrap_or(now);
                let mut spans: Vec<Span> = traces.into_iter().flat_map(|trace| trace.spans).collect();
                // Which trace came out first is chance.
                spans.sort_by_key(|span| (span.trace, span.start, span.id));
                (newest, spans)
            })
            .collect()
    }
}
