//! Traces: spans put together, with components, operations and parents as numbers.

use crate::graph::Graph;
use crate::traces::span::Span;
use evenkeel_core::{Error, Name};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

/// The largest number of spans of one set.
const MAX_SPANS: usize = u32::MAX as usize - 1;

/// The traces of some time, put together from spans in any order, for the localizers that read a
/// [`Case`](crate::Case).
///
/// A span whose parent is not there is a root; so is one of each circle of parents. A span that comes twice
/// (the same id in the same trace) is read once: the first by its times and names. Nothing depends on the
/// order in which spans come.
///
/// *Cost*: O(n log n) for n spans to put together; memory about 40 bytes a span besides names, which are kept
/// once each.
///
/// ```
/// use evenkeel_locate::traces::{Span, TraceSet};
///
/// let ms = |from: i64, to: i64| (1_000_000 * from, 1_000_000 * to);
/// let traces = TraceSet::new([
///     Span::new("2", Some("1"), "cart", "list", ms(5, 45)).in_trace("a"),
///     Span::new("1", None, "edge", "GET /", ms(0, 50)).in_trace("a"),
/// ])?;
/// assert_eq!((traces.len(), traces.spans()), (1, 2));
/// let graph = traces.graph();
/// assert_eq!(graph.callees(graph.index("edge").unwrap()), [graph.index("cart").unwrap()]);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TraceSet {
    /// In order.
    components: Vec<Name>,
    /// By component and name, in order.
    operations: Vec<(u32, Name)>,
    /// Trace by trace, in each a parent before its children, else by time.
    spans: Vec<SpanEntry>,
    /// By their starts.
    traces: Vec<Range<u32>>,
    ids: Vec<Box<str>>,
    repeated: usize,
}

/// A span among the others of its set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SpanEntry {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) operation: u32,
    pub(crate) component: u32,
    /// Whom it calls, if that was said.
    pub(crate) callee: Option<u32>,
    /// The place of its parent in its trace.
    pub(crate) parent: Option<u32>,
    pub(crate) depth: u32,
    pub(crate) has_failed: bool,
}

/// One trace of a set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trace<'a> {
    pub(crate) spans: &'a [SpanEntry],
}

impl Trace<'_> {
    /// When its first span began.
    pub(crate) fn start(&self) -> i64 {
        self.spans.iter().map(|span| span.start).min().unwrap_or_default()
    }

    /// The root that began first.
    pub(crate) fn root(&self) -> Option<&SpanEntry> {
        self.spans.iter().filter(|span| span.parent.is_none()).min_by_key(|span| (span.start, span.operation))
    }
}

impl TraceSet {
    /// Puts spans together.
    ///
    /// # Errors
    /// [`Error::Parameter`] if a span ends before it starts, or there are more than 4 billion.
    pub fn new(spans: impl IntoIterator<Item = Span>) -> Result<Self, Error> {
        let mut all: Vec<Span> = spans.into_iter().collect();
        Error::require(all.len() <= MAX_SPANS, "spans", "fewer than 2^32", all.len())?;
        for span in &all {
            Error::require(span.start <= span.end, "end", "not before start", span.end)?;
        }
        all.sort_unstable();
        let names: BTreeSet<&Name> =
            all.iter().flat_map(|span| [&span.component].into_iter().chain(&span.callee)).collect();
        let components: Vec<Name> = names.into_iter().cloned().collect();
        let numbers: HashMap<&Name, u32> = (0..).zip(&components).map(|(i, name)| (name, i)).collect();
        let of_span = |span: &Span| (numbers[&span.component], span.operation.clone());
        let names: BTreeSet<(u32, Name)> = all.iter().map(of_span).collect();
        let operations: Vec<(u32, Name)> = names.into_iter().collect();
        let places: HashMap<(u32, &Name), u32> =
            (0..).zip(&operations).map(|(i, (component, name))| ((*component, name), i)).collect();

        let mut set = Self { operations: Vec::new(), ..Self::default() };
        for trace in all.chunk_by(|a, b| a.trace == b.trace) {
            let entry = |span: &Span| {
                let component = numbers[&span.component];
                let operation = places[&(component, &span.operation)];
                let callee = span.callee.as_ref().map(|callee| numbers[callee]);
                let Span { start, end, has_failed, .. } = *span;
                SpanEntry { start, end, operation, component, callee, parent: None, depth: 0, has_failed }
            };
            set.add(trace, entry);
        }
        let mut order: Vec<usize> = (0..set.traces.len()).collect();
        let start = |trace: usize| set.trace(trace).start();
        order.sort_by_key(|trace| (start(*trace), &set.ids[*trace]));
        set.traces = order.iter().map(|trace| set.traces[*trace].clone()).collect();
        set.ids = order.iter().map(|trace| set.ids[*trace].clone()).collect();
        drop(places);
        drop(numbers);
        Ok(Self { components, operations, ..set })
    }

    /// Adds the spans of one trace, which are sorted.
    fn add(&mut self, trace: &[Span], entry: impl Fn(&Span) -> SpanEntry) {
        let mut by_id: HashMap<&str, usize> = HashMap::with_capacity(trace.len());
        let mut kept: Vec<&Span> = Vec::with_capacity(trace.len());
        for span in trace {
            if by_id.contains_key(&*span.id) {
                self.repeated += 1;
            } else {
                by_id.insert(&span.id, kept.len());
                kept.push(span);
            }
        }
        let parents: Vec<Option<usize>> = kept
            .iter()
            .map(|span| span.parent.as_ref().and_then(|parent| by_id.get(&**parent)).copied())
            .collect();
        let mut children: Vec<Vec<usize>> = vec![Vec::new(); kept.len()];
        let mut open: Vec<(usize, Option<u32>, u32)> = Vec::new();
        for (i, parent) in parents.iter().enumerate() {
            match parent {
                Some(parent) if *parent != i => children[*parent].push(i),
                _ => open.push((i, None, 0)),
            }
        }
        open.reverse();
        let first = self.spans.len();
        let mut seen = vec![false; kept.len()];
        let mut next_unseen = 0;
        loop {
            while let Some((i, parent, depth)) = open.pop() {
                if core::mem::replace(&mut seen[i], true) {
                    continue;
                }
                let place = (self.spans.len() - first) as u32;
                self.spans.push(SpanEntry { parent, depth, ..entry(kept[i]) });
                open.extend(children[i].iter().rev().map(|child| (*child, Some(place), depth + 1)));
            }
            // What is left goes in circles: each is cut where it began.
            while seen.get(next_unseen) == Some(&true) {
                next_unseen += 1;
            }
            if next_unseen == kept.len() {
                break;
            }
            open.push((next_unseen, None, 0));
        }
        self.traces.push(first as u32..self.spans.len() as u32);
        self.ids.push(trace[0].trace.clone());
    }

    /// The number of traces.
    #[must_use]
    pub fn len(&self) -> usize {
        self.traces.len()
    }

    /// Whether there is no trace.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.traces.is_empty()
    }

    /// The number of spans, each id of a trace once.
    #[must_use]
    pub fn spans(&self) -> usize {
        self.spans.len()
    }

    /// How many spans came again and were left out.
    #[must_use]
    pub fn repeated(&self) -> usize {
        self.repeated
    }

    /// The components that have spans or are named by a span that calls them, in order of their names.
    #[must_use]
    pub fn components(&self) -> &[Name] {
        &self.components
    }

    /// Who calls whom, by spans and their children; the weight of an edge is the number of calls. Components
    /// without calls are nodes, too.
    #[must_use]
    pub fn graph(&self) -> Graph {
        let edges = self.calls().into_iter();
        let edges = edges.map(|((from, to), calls)| (from as usize, to as usize, calls as f64));
        Graph::of(self.components.clone(), edges.collect())
    }

    /// The calls between different components, by caller and callee. Spans that only name whom they call
    /// count 0.
    pub(crate) fn calls(&self) -> BTreeMap<(u32, u32), u64> {
        let mut calls = BTreeMap::new();
        for trace in self.traces() {
            for span in trace.spans {
                if let Some(callee) = span.callee.filter(|callee| *callee != span.component) {
                    calls.entry((span.component, callee)).or_default();
                }
                let Some(parent) = span.parent.map(|parent| &trace.spans[parent as usize]) else { continue };
                if parent.component != span.component {
                    *calls.entry((parent.component, span.component)).or_default() += 1;
                }
            }
        }
        calls
    }

    pub(crate) fn operation(&self, operation: u32) -> (&Name, &Name) {
        let (component, name) = &self.operations[operation as usize];
        (&self.components[*component as usize], name)
    }

    pub(crate) fn component_of(&self, operation: u32) -> u32 {
        self.operations[operation as usize].0
    }

    pub(crate) fn trace(&self, trace: usize) -> Trace<'_> {
        let Range { start, end } = self.traces[trace];
        Trace { spans: &self.spans[start as usize..end as usize] }
    }

    pub(crate) fn traces(&self) -> impl Iterator<Item = Trace<'_>> {
        (0..self.len()).map(|trace| self.trace(trace))
    }
}
