//! A layer for `tracing` that sees who calls whom.

use crate::in_process::call_graph::{Component, Counts, Graph, OUTSIDE, OWN};
use crate::in_process::span_fields::SpanFields;
use crate::in_process::span_reader::SpanReader;
use evenkeel_core::{Error, Name, Timestamp};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

/// Makes calls and requests of the spans of a program: a layer for a subscriber that has a registry, as that of
/// `tracing-subscriber` does.
///
/// *Components*: a span with a field `component` is of the component that this names; every other is of the
/// component of its parent, and without one of that of the program.
///
/// *Calls*: where a span and its parent are of two components, the one called the other; a span with a field
/// `peer.service` is a call to the component that this names, to which the spans within it belong then. A call lasts
/// from the opening of its span to the end.
///
/// *Requests*: a span without parent is a request that its component served, but for one with `peer.service`;
/// so is any with `otel.kind = "server"`. Keep others (a task that tidies up) away by a filter on this layer.
///
/// *Failed* is a call or request whose span says so by `error` (anything but false), by `otel.status_code =
/// "ERROR"` or by an `http.response.status_code` from 500 on, at its opening or by a later `record`; and one in
/// which an event of level `ERROR` occurs that belongs to it and to no call within it
/// ([can be switched off](Self::errors_by_events)).
///
/// *Cap*: of `max_edges` pairs of caller and called. Calls between others are not lost from sight but counted,
/// by the component that was called, as [`BeyondCap`](crate::FindingKind::BeyondCap).
///
/// *Cost*: nothing for a span without such a field that has a parent; two looks at the monotonic clock, an entry in the
/// span's extensions and four atomic additions for others. No lock is taken but that of the span.
/// *Memory*: 6 KiB for a pair that occurs.
///
/// A span that is never closed is never counted.
///
/// See the [module](crate::in_process) for an example.
#[derive(Clone)]
#[must_use]
pub struct SpanLayer {
    graph: Arc<Graph>,
    errors_by_events: bool,
}

/// What is kept with a span that counts.
struct Open {
    /// Of what is within it.
    component: Component,
    started: Instant,
    failed: AtomicBool,
    /// The calls and the request that it is, at most three.
    counts: [Option<Counts>; 3],
}

impl SpanLayer {
    /// A layer for the program that is this component, with the one reader of what it counts.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `max_edges` is from 1 to 100,000. A service has tens.
    pub fn new(
        component: impl Into<Name>,
        started: Timestamp,
        max_edges: usize,
    ) -> Result<(Self, SpanReader), Error> {
        Error::require((1..=100_000).contains(&max_edges), "max_edges", "from 1 to 100,000", max_edges)?;
        let graph = Arc::new(Graph::new(component.into().as_str(), max_edges));
        let reader = SpanReader::new(started, Arc::clone(&graph));
        Ok((Self { graph, errors_by_events: true }, reader))
    }

    /// Whether an event of level `ERROR` means that the call failed in which it occurs. Default true. Where
    /// errors are logged that are then recovered from, say false.
    pub fn errors_by_events(mut self, count: bool) -> Self {
        self.errors_by_events = count;
        self
    }
}

/// Does something with what is kept for the closest span, from this one outwards, that counts.
fn with_closest<S, R>(span: Option<SpanRef<'_, S>>, act: impl Fn(&Open) -> R) -> Option<R>
where
    S: for<'a> LookupSpan<'a>,
{
    span?.scope().find_map(|span| span.extensions().get::<Open>().map(&act))
}

impl<S> Layer<S> for SpanLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let parent = span.parent();
        let is_root = parent.is_none();
        let says_nothing =
            !attributes.metadata().fields().iter().any(|field| SpanFields::knows(field.name()));
        if says_nothing && !is_root {
            return;
        }
        let mut fields = SpanFields::default();
        attributes.record(&mut fields);
        if fields.component.is_none() && fields.peer.is_none() && !fields.is_server && !is_root {
            return;
        }
        let graph = &self.graph;
        let outer = with_closest(parent, |open| open.component).unwrap_or(OWN);
        let own = fields.component.map_or(outer, |name| graph.component(&name));
        let peer = fields.peer.map_or(own, |name| graph.component(&name));
        let is_request = fields.is_server || (is_root && peer == own);
        let counts = [
            (own != outer && !is_root).then(|| graph.counts(outer, own)),
            (peer != own).then(|| graph.counts(own, peer)),
            is_request.then(|| graph.counts(OUTSIDE, own)),
        ];
        let failed = AtomicBool::new(fields.failed == Some(true));
        let open = Open { component: peer, started: Instant::now(), failed, counts };
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let extensions = span.extensions();
        if let Some(open) = extensions.get::<Open>() {
            let mut fields = SpanFields::default();
            values.record(&mut fields);
            if let Some(failed) = fields.failed {
                open.failed.store(failed, Ordering::Relaxed);
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if self.errors_by_events && *event.metadata().level() == Level::ERROR {
            with_closest(context.event_span(event), |open| open.failed.store(true, Ordering::Relaxed));
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let extensions = span.extensions();
        let Some(open) = extensions.get::<Open>() else { return };
        for counts in open.counts.iter().flatten() {
            self.graph.record(counts, open.started.elapsed(), open.failed.load(Ordering::Relaxed));
        }
    }
}

impl fmt::Debug for SpanLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.graph.fmt(f)
    }
}
