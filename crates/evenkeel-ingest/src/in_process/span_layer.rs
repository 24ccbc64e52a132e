//! A layer for `tracing` that sees who calls whom.

use crate::in_process::call_counts::CallCounts;
use crate::in_process::intern_table::InternTable;
use crate::in_process::span_fields::SpanFields;
use crate::in_process::span_reader::SpanReader;
use core::hash::BuildHasher;
use evenkeel_core::{Error, Name, Timestamp};
use foldhash::fast::FixedState;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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

/// A component by the place of its name, or the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Component(pub(super) u32);

/// Who calls what is asked to serve.
pub(super) const OUTSIDE: Component = Component(u32::MAX);
/// The component of the program itself.
const OWN: Component = Component(0);
/// All whose names find no place.
pub(super) const NAMELESS: Component = Component(u32::MAX - 1);

/// Calls between a pair of components.
#[derive(Debug)]
pub(super) struct Edge {
    pub(super) from: Component,
    pub(super) to: Component,
    pub(super) calls: CallCounts,
}

/// All that layer and reader share.
pub(super) struct Graph {
    max_edges: usize,
    names: InternTable<(Name, Component)>,
    edges: InternTable<Arc<Edge>>,
    are_names_full: AtomicBool,
    are_edges_full: AtomicBool,
    growing: Mutex<Growing>,
    /// Calls beyond the cap, by the component that was called; the last for those without a name here.
    beyond: Box<[AtomicU64]>,
}

/// What changes when something new comes.
#[derive(Debug, Default)]
struct Growing {
    names: u32,
    edges: usize,
    news: News,
}

/// What the reader has not heard of yet.
#[derive(Debug, Default)]
pub(super) struct News {
    /// In the order of their places.
    pub(super) names: Vec<Name>,
    pub(super) edges: Vec<Arc<Edge>>,
}

/// What a span counts in when it is closed.
enum Counts {
    In(Arc<Edge>),
    Beyond(Component),
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

fn hash_of_edge(from: Component, to: Component) -> u64 {
    (u64::from(from.0) << 32 | u64::from(to.0)).wrapping_mul(0xff51_afd7_ed55_8ccd)
}

impl Graph {
    /// Nothing that panics is done while it is held.
    fn growing(&self) -> MutexGuard<'_, Growing> {
        self.growing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn news(&self) -> News {
        core::mem::take(&mut self.growing().news)
    }

    /// Calls beyond the cap since the last time that was asked, by the component that was called.
    pub(super) fn take_beyond(&self) -> impl Iterator<Item = (Component, u64)> + '_ {
        let last = self.beyond.len() - 1;
        self.beyond.iter().enumerate().filter_map(move |(i, counter)| {
            let n = counter.swap(0, Ordering::Relaxed);
            let to = if i == last { NAMELESS } else { Component(u32::try_from(i).unwrap_or(NAMELESS.0)) };
            (n > 0).then_some((to, n))
        })
    }

    fn component(&self, name: &str) -> Component {
        let hash = FixedState::default().hash_one(name);
        let find = || self.names.find(hash, |known| known.0.as_str() == name).map(|known| known.1);
        if let Some(component) = find() {
            return component;
        }
        if self.are_names_full.load(Ordering::Relaxed) {
            return NAMELESS;
        }
        let mut growing = self.growing();
        if let Some(component) = find() {
            return component;
        }
        let (name, component) = (Name::from(name), Component(growing.names));
        let has_room = (growing.names as usize) < self.beyond.len() - 1;
        self.are_names_full.store(!has_room, Ordering::Relaxed);
        if !has_room || !self.names.add(hash, (name.clone(), component)) {
            return NAMELESS;
        }
        growing.names += 1;
        growing.news.names.push(name);
        component
    }

    fn counts(&self, from: Component, to: Component) -> Counts {
        let hash = hash_of_edge(from, to);
        let find = || self.edges.find(hash, |edge| edge.from == from && edge.to == to);
        if let Some(edge) = find() {
            return Counts::In(Arc::clone(edge));
        }
        if from == NAMELESS || to == NAMELESS || self.are_edges_full.load(Ordering::Relaxed) {
            return Counts::Beyond(to);
        }
        let mut growing = self.growing();
        if let Some(edge) = find() {
            return Counts::In(Arc::clone(edge));
        }
        if growing.edges >= self.max_edges {
            self.are_edges_full.store(true, Ordering::Relaxed);
            return Counts::Beyond(to);
        }
        let edge = Arc::new(Edge { from, to, calls: CallCounts::new() });
        if !self.edges.add(hash, Arc::clone(&edge)) {
            return Counts::Beyond(to);
        }
        growing.edges += 1;
        growing.news.edges.push(Arc::clone(&edge));
        Counts::In(edge)
    }

    fn record(&self, counts: &Counts, open: &Open) {
        match counts {
            Counts::In(edge) => {
                edge.calls.record(open.started.elapsed(), open.failed.load(Ordering::Relaxed));
            }
            Counts::Beyond(to) => {
                let place = (to.0 as usize).min(self.beyond.len() - 1);
                self.beyond[place].fetch_add(1, Ordering::Relaxed);
            }
        }
    }
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
        // A pair has two ends, and what is served has one.
        let names = 2 * max_edges + 1;
        let graph = Graph {
            max_edges,
            names: InternTable::new(names),
            edges: InternTable::new(max_edges),
            are_names_full: AtomicBool::new(false),
            are_edges_full: AtomicBool::new(false),
            growing: Mutex::default(),
            beyond: core::iter::repeat_with(AtomicU64::default).take(names + 1).collect(),
        };
        graph.component(component.into().as_str());
        let graph = Arc::new(graph);
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
            self.graph.record(counts, open);
        }
    }
}

impl fmt::Debug for SpanLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.graph.fmt(f)
    }
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanLayer").field("max_edges", &self.max_edges).finish_non_exhaustive()
    }
}
