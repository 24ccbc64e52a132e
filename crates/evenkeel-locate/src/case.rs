//! The case: the metrics, calls, changes and graph of an incident.

use crate::column::Column;
use crate::graph::Graph;
use crate::logs::LogSet;
use crate::metric_kind::guess_kind;
use crate::traces::TraceSet;
use core::time::Duration;
use evenkeel_core::{Error, MetricKind, Name, Signal, Timestamp, Unit};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// One metric of a [`Case`]: a column of values on the grid of the case, the first at its start.
///
/// Values that don't count as [`observed`](evenkeel_core::observed) are missing. A column may be shorter than
/// others: what it lacks at its end is missing. Columns are borrowed where they can be.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric<'a> {
    signal: Signal,
    /// `None`: what its name says.
    kind: Option<MetricKind>,
    unit: Unit,
    values: Column<'a>,
}

impl<'a> Metric<'a> {
    /// A metric from a slice or a vector. Its kind is guessed from its name by [`guess_kind`], its unit is
    /// not known.
    #[must_use]
    pub fn new(signal: Signal, values: impl Into<Cow<'a, [f64]>>) -> Self {
        Self::of(signal, Column::new(values.into()))
    }

    /// A metric from the two pieces of a ring buffer, the older first: `Metric::ring(signal,
    /// deque.as_slices())`.
    #[must_use]
    pub fn ring(signal: Signal, pieces: (&'a [f64], &'a [f64])) -> Self {
        Self::of(signal, Column::ring(pieces))
    }

    fn of(signal: Signal, values: Column<'a>) -> Self {
        Self { signal, kind: None, unit: Unit::None, values }
    }

    /// The instance of the component that it was measured at: that of its signal. Instances don't compete as
    /// causes; their names stand in the evidence in place of the component's, and it is instances that fall
    /// silent or were changed.
    #[must_use]
    pub fn instance(mut self, instance: impl Into<Name>) -> Self {
        self.signal.instance = Some(instance.into());
        self
    }

    /// What kind of quantity it is.
    #[must_use]
    pub fn kind(mut self, kind: MetricKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The unit it is in. Evidence names it, and it says what size of a move is nothing to anybody: see
    /// [`MetricShift`](crate::MetricShift).
    #[must_use]
    pub fn unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// What it is a metric of, and its name.
    #[must_use]
    pub fn signal(&self) -> &Signal {
        &self.signal
    }

    /// What kind of quantity it is.
    #[must_use]
    pub fn metric_kind(&self) -> MetricKind {
        self.kind.unwrap_or_else(|| guess_kind(self.signal.metric.as_str()))
    }

    /// The unit it is in.
    #[must_use]
    pub fn metric_unit(&self) -> Unit {
        self.unit
    }

    /// How many values it has, missing ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether it has no value.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of some rows, in two pieces; rows beyond the end are left out.
    #[must_use]
    pub fn rows(&self, rows: Range<usize>) -> (&[f64], &[f64]) {
        self.values.rows(rows)
    }

    pub(crate) fn iter(&self, rows: Range<usize>) -> impl Iterator<Item = f64> + '_ {
        self.values.iter(rows)
    }
}

/// What callers saw of the calls from one component to another: two columns on the grid of the [`Case`].
///
/// Calls between several instances of the same two components may come as several of these; they are read as
/// what they are, the views of several callers.
#[derive(Debug, Clone, PartialEq)]
pub struct CallColumns<'a> {
    from: Name,
    to: Name,
    instance: Option<Name>,
    seconds: Column<'a>,
    failed: Column<'a>,
}

impl<'a> CallColumns<'a> {
    /// Who calls whom; the mean seconds that calls took in each row, and the share of them that failed, in
    /// [0, 1]. A row in which no call ended has no value in either.
    pub fn new(
        from: impl Into<Name>,
        to: impl Into<Name>,
        seconds: impl Into<Cow<'a, [f64]>>,
        failed: impl Into<Cow<'a, [f64]>>,
    ) -> Self {
        let (seconds, failed) = (Column::new(seconds.into()), Column::new(failed.into()));
        Self { from: from.into(), to: to.into(), instance: None, seconds, failed }
    }

    /// The same from the two pieces each of ring buffers, the older first.
    pub fn ring(
        from: impl Into<Name>,
        to: impl Into<Name>,
        seconds: (&'a [f64], &'a [f64]),
        failed: (&'a [f64], &'a [f64]),
    ) -> Self {
        let (seconds, failed) = (Column::ring(seconds), Column::ring(failed));
        Self { from: from.into(), to: to.into(), instance: None, seconds, failed }
    }

    /// The instance that was called, where the one called has several.
    #[must_use]
    pub fn to_instance(mut self, instance: impl Into<Name>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// The instance that was called, if that is known.
    #[must_use]
    pub fn instance(&self) -> Option<&Name> {
        self.instance.as_ref()
    }

    /// Who calls.
    #[must_use]
    pub fn from(&self) -> &Name {
        &self.from
    }

    /// Who is called.
    #[must_use]
    pub fn to(&self) -> &Name {
        &self.to
    }

    fn view(&self) -> CallColumns<'_> {
        CallColumns {
            from: self.from.clone(),
            to: self.to.clone(),
            instance: self.instance.clone(),
            seconds: self.seconds.view(),
            failed: self.failed.view(),
        }
    }

    pub(crate) fn seconds(&self, rows: Range<usize>) -> impl Iterator<Item = f64> + '_ {
        self.seconds.iter(rows)
    }

    pub(crate) fn failed(&self, rows: Range<usize>) -> impl Iterator<Item = f64> + '_ {
        self.failed.iter(rows)
    }
}

/// A change that was made to a component: a release, a new configuration, an action of the one who asks.
///
/// Leave out what was taken back, and what was blamed and dealt with before: a [`Fusion`](crate::Fusion)
/// blames whatever it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// What was changed.
    pub component: Name,
    /// The one instance that was changed; `None` if that is not known.
    pub instance: Option<Name>,
    /// When it was changed.
    pub at: Timestamp,
    /// Whether it was an action of the one who asks: a remedy. It speaks against its component as any change
    /// does, but is never taken for a bad change: what would be rolled back is not what it did.
    pub is_own: bool,
}

impl Change {
    /// A change of a component that somebody else made.
    pub fn new(component: impl Into<Name>, at: Timestamp) -> Self {
        Self { component: component.into(), instance: None, at, is_own: false }
    }

    /// Of one instance only.
    #[must_use]
    pub fn of_instance(mut self, instance: impl Into<Name>) -> Self {
        self.instance = Some(instance.into());
        self
    }

    /// Made by the one who asks.
    #[must_use]
    pub fn own(mut self) -> Self {
        self.is_own = true;
        self
    }
}

/// What is known about an incident: metrics, and, each if there is one, the call graph, the place and the
/// course of the symptom, changes. It is what every [`Localizer`](crate::Localizer) of this crate reads; one
/// that finds nothing to read abstains.
///
/// All metrics share one grid of time: row i belongs to `start + i * step`. The *stated time* is when
/// somebody noticed, or an alarm was raised: rows before it are thought normal and rows from it on are
/// thought to show the fault. It may be wrong by minutes ([`MetricShift`](crate::MetricShift) expects that)
/// and it may lie outside of the data, where nothing can be compared and localizers abstain.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{Signal, Timestamp};
/// use evenkeel_locate::{Case, Metric};
///
/// let (start, second) = (Timestamp::from_seconds(1_700_000_000), Duration::from_secs(1));
/// let case = Case::builder(start, second, start + 3 * second)
///     .metric(Metric::new(Signal::new("store", "latency_p99"), vec![0.03, 0.03, 0.04, 0.61]))
///     .metric(Metric::new(Signal::new("cart", "cpu"), &[0.2, f64::NAN, 0.2, 0.3][..]))
///     .build()?;
/// assert_eq!((case.rows(), case.stated_row()), (4, 3));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Case<'a> {
    start: Timestamp,
    step: Duration,
    stated: Timestamp,
    rows: usize,
    metrics: Vec<Metric<'a>>,
    /// In order of their names.
    components: Vec<Name>,
    component_of: Vec<usize>,
    graph: Option<&'a Graph>,
    calls: Vec<CallColumns<'a>>,
    traces: Option<&'a TraceSet>,
    logs: Option<&'a LogSet>,
    uncertainty: Option<Duration>,
    symptom_at: Option<Name>,
    symptom: Option<Column<'a>>,
    symptom_kind: Option<MetricKind>,
    changes: Vec<Change>,
    cleared: BTreeSet<Name>,
}

/// A [`Case`] in the making.
#[derive(Debug, Clone)]
#[must_use]
pub struct CaseBuilder<'a> {
    start: Timestamp,
    step: Duration,
    stated: Timestamp,
    metrics: Vec<Metric<'a>>,
    graph: Option<&'a Graph>,
    calls: Vec<CallColumns<'a>>,
    traces: Option<&'a TraceSet>,
    logs: Option<&'a LogSet>,
    uncertainty: Option<Duration>,
    symptom_at: Option<Name>,
    symptom: Option<Column<'a>>,
    symptom_kind: Option<MetricKind>,
    changes: Vec<Change>,
    cleared: BTreeSet<Name>,
}

impl<'a> CaseBuilder<'a> {
    /// A metric more. The order in which metrics come makes no difference.
    pub fn metric(mut self, metric: Metric<'a>) -> Self {
        self.metrics.push(metric);
        self
    }

    /// Several metrics more.
    pub fn metrics(mut self, metrics: impl IntoIterator<Item = Metric<'a>>) -> Self {
        self.metrics.extend(metrics);
        self
    }

    /// Who calls whom. Components without metrics may be in it, and components with metrics need not be.
    pub fn graph(mut self, graph: &'a Graph) -> Self {
        self.graph = Some(graph);
        self
    }

    /// What a caller saw of its calls to another component, any number of them.
    pub fn calls(mut self, calls: CallColumns<'a>) -> Self {
        self.calls.push(calls);
        self
    }

    /// Traces of before and after the stated time.
    pub fn traces(mut self, traces: &'a TraceSet) -> Self {
        self.traces = Some(traces);
        self
    }

    /// Log lines of before and after the stated time.
    pub fn logs(mut self, logs: &'a LogSet) -> Self {
        self.logs = Some(logs);
        self
    }

    /// How much before the stated time the fault may have begun: rows in between are taken neither for normal
    /// nor for faulty. By default localizers expect an alarm to be as late as alarms usually are, and say so.
    pub fn uncertainty(mut self, length: Duration) -> Self {
        self.uncertainty = Some(length);
        self
    }

    /// The component at which users feel it, mostly where requests come in.
    pub fn symptom_at(mut self, component: impl Into<Name>) -> Self {
        self.symptom_at = Some(component.into());
        self
    }

    /// What users feel, as a column on the grid: a share of bad requests, a latency. Larger is worse.
    pub fn symptom(mut self, values: impl Into<Cow<'a, [f64]>>) -> Self {
        self.symptom = Some(Column::new(values.into()));
        self
    }

    /// The same from the two pieces of a ring buffer, the older first.
    pub fn symptom_ring(mut self, pieces: (&'a [f64], &'a [f64])) -> Self {
        self.symptom = Some(Column::ring(pieces));
        self
    }

    /// What users feel, in a word: latency, errors or less availability. Without it localizers look at all of
    /// these.
    pub fn symptom_kind(mut self, kind: MetricKind) -> Self {
        self.symptom_kind = Some(kind);
        self
    }

    /// A change that was made, any number of them.
    pub fn change(self, component: impl Into<Name>, at: Timestamp) -> Self {
        self.changed(Change::new(component, at))
    }

    /// A change of which more is known.
    pub fn changed(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// A component that is known not to be the cause. Without metrics it does not count as one that nobody
    /// looked at.
    pub fn cleared(mut self, component: impl Into<Name>) -> Self {
        self.cleared.insert(component.into());
        self
    }

    /// The case. O(metrics) and the sorting of the components' names; columns are not read.
    ///
    /// # Errors
    /// If `step` is zero or longer than 292 years, or a signal comes twice for one instance.
    pub fn build(mut self) -> Result<Case<'a>, Error> {
        let nanos = self.step.as_nanos();
        let fits = nanos > 0 && i64::try_from(nanos).is_ok();
        Error::require(
            fits,
            "step",
            "from 1 ns to 292 years",
            format_args!("{} s", self.step.as_secs_f64()),
        )?;

        // Few names make many metrics, and reading a name takes longer than finding it.
        let mut kinds: HashMap<Name, MetricKind> = HashMap::new();
        for Metric { signal, kind, .. } in self.metrics.iter_mut().filter(|metric| metric.kind.is_none()) {
            let guessed = kinds.get(signal.metric.as_str()).copied();
            let name = &signal.metric;
            *kind = guessed.or_else(|| {
                let guessed = guess_kind(name.as_str());
                kinds.insert(name.clone(), guessed);
                Some(guessed)
            });
        }
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut first_seen: Vec<&Name> = Vec::new();
        let mut component_of = Vec::with_capacity(self.metrics.len());
        let mut last: Option<(&Name, usize)> = None;
        for metric in &self.metrics {
            let component = &metric.signal.component;
            // Metrics mostly come component by component.
            if let Some((_, number)) = last.filter(|(name, _)| *name == component) {
                component_of.push(number);
                continue;
            }
            let number = *numbers.entry(component.as_str()).or_insert_with(|| {
                first_seen.push(component);
                first_seen.len() - 1
            });
            last = Some((component, number));
            component_of.push(number);
        }
        let mut order: Vec<usize> = (0..first_seen.len()).collect();
        order.sort_unstable_by_key(|number| first_seen[*number]);
        let mut place = vec![0; order.len()];
        for (i, number) in order.iter().enumerate() {
            place[*number] = i;
        }
        component_of.iter_mut().for_each(|number| *number = place[*number]);
        let components = order.iter().map(|number| first_seen[*number].clone()).collect();

        let mut seen = std::collections::HashSet::with_capacity(self.metrics.len());
        for (metric, component) in self.metrics.iter().zip(&component_of) {
            let new =
                seen.insert((*component, metric.signal.metric.as_str(), metric.signal.instance.as_ref()));
            Error::require(new, "signal", "of one column only", &metric.signal)?;
        }
        let symptom_rows = self.symptom.as_ref().map_or(0, Column::len);
        let call_rows = self.calls.iter().map(|calls| calls.seconds.len().max(calls.failed.len()));
        Ok(Case {
            start: self.start,
            step: self.step,
            stated: self.stated,
            rows: self.metrics.iter().map(Metric::len).chain(call_rows).fold(symptom_rows, usize::max),
            components,
            component_of,
            metrics: self.metrics,
            graph: self.graph,
            calls: self.calls,
            traces: self.traces,
            logs: self.logs,
            uncertainty: self.uncertainty,
            symptom_at: self.symptom_at,
            symptom: self.symptom,
            symptom_kind: self.symptom_kind,
            changes: self.changes,
            cleared: self.cleared,
        })
    }
}

impl<'a> Case<'a> {
    /// Starts a case: the time of row 0, the time from row to row, and the stated time of the fault.
    pub fn builder(start: Timestamp, step: Duration, stated: Timestamp) -> CaseBuilder<'a> {
        CaseBuilder {
            start,
            step,
            stated,
            metrics: Vec::new(),
            graph: None,
            calls: Vec::new(),
            traces: None,
            logs: None,
            uncertainty: None,
            symptom_at: None,
            symptom: None,
            symptom_kind: None,
            changes: Vec::new(),
            cleared: BTreeSet::new(),
        }
    }

    /// The time of row 0.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The time from row to row.
    #[must_use]
    pub fn step(&self) -> Duration {
        self.step
    }

    /// The stated time of the fault.
    #[must_use]
    pub fn stated(&self) -> Timestamp {
        self.stated
    }

    /// The number of rows: the length of the longest column, those of calls and of the symptom included.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The first row whose time is not before the stated one; the number of rows if there is none.
    #[must_use]
    pub fn stated_row(&self) -> usize {
        let before = self.stated.since(self.start).as_nanos().div_ceil(self.step.as_nanos());
        usize::try_from(before).unwrap_or(usize::MAX).min(self.rows)
    }

    /// The time of a row.
    #[must_use]
    pub fn time(&self, row: usize) -> Timestamp {
        self.start + self.step.saturating_mul(u32::try_from(row).unwrap_or(u32::MAX))
    }

    /// The metrics, as they were given.
    #[must_use]
    pub fn metrics(&self) -> &[Metric<'a>] {
        &self.metrics
    }

    /// The components that have metrics, in order of their names.
    #[must_use]
    pub fn components(&self) -> &[Name] {
        &self.components
    }

    /// The component of a metric, both by index.
    ///
    /// # Panics
    /// If there is no such metric.
    #[must_use]
    pub fn component_of(&self, metric: usize) -> usize {
        self.component_of[metric]
    }

    /// Who calls whom, if known.
    #[must_use]
    pub fn graph(&self) -> Option<&'a Graph> {
        self.graph
    }

    /// What callers saw of their calls.
    #[must_use]
    pub fn calls(&self) -> &[CallColumns<'a>] {
        &self.calls
    }

    /// The traces, if there are any.
    #[must_use]
    pub fn traces(&self) -> Option<&'a TraceSet> {
        self.traces
    }

    /// The log lines, if there are any.
    #[must_use]
    pub fn logs(&self) -> Option<&'a LogSet> {
        self.logs
    }

    /// Who calls whom, by the graph and the traces, each pair once; nobody calls itself.
    pub(crate) fn call_pairs(&self) -> BTreeSet<(Name, Name)> {
        let mut pairs = BTreeSet::new();
        if let Some(graph) = self.graph {
            for node in 0..graph.len() {
                let to = |callee: &usize| (graph.name(node).clone(), graph.name(*callee).clone());
                pairs.extend(graph.callees(node).iter().map(to));
            }
        }
        if let Some(traces) = self.traces {
            let name = |component: u32| traces.components()[component as usize].clone();
            pairs.extend(traces.calls().into_keys().map(|(from, to)| (name(from), name(to))));
        }
        pairs.retain(|(from, to)| from != to);
        pairs
    }

    /// How much before the stated time the fault may have begun, if that was said.
    #[must_use]
    pub fn uncertainty(&self) -> Option<Duration> {
        self.uncertainty
    }

    /// The rows before the stated one that are in doubt, with this default: never more than half of all that
    /// lie before it.
    pub(crate) fn rows_in_doubt(&self, default: Duration) -> usize {
        let length = self.uncertainty.unwrap_or(default);
        let rows = usize::try_from(length.as_nanos().div_ceil(self.step.as_nanos())).unwrap_or(usize::MAX);
        rows.min(self.stated_row() / 2)
    }

    /// The component at which users feel it, if known.
    #[must_use]
    pub fn symptom_at(&self) -> Option<&Name> {
        self.symptom_at.as_ref()
    }

    /// What users feel, if known: the values of some rows, in two pieces; rows beyond the end are left out.
    #[must_use]
    pub fn symptom(&self, rows: Range<usize>) -> Option<(&[f64], &[f64])> {
        self.symptom.as_ref().map(|values| values.rows(rows))
    }

    /// The kind of what users feel, if known.
    #[must_use]
    pub fn symptom_kind(&self) -> Option<MetricKind> {
        self.symptom_kind
    }

    /// The changes that were made.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Whether a component is known not to be the cause.
    #[must_use]
    pub fn is_cleared(&self, component: &str) -> bool {
        self.cleared.contains(component)
    }

    /// The same case with these components cleared, and without their metrics.
    pub(crate) fn without(&self, components: &BTreeSet<Name>) -> Case<'_> {
        let (mut metrics, mut component_of, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let mut places = Vec::with_capacity(self.components.len());
        for name in &self.components {
            places.push(kept.len());
            if !components.contains(name) {
                kept.push(name.clone());
            }
        }
        for (metric, component) in self.metrics.iter().zip(&self.component_of) {
            if components.contains(&self.components[*component]) {
                continue;
            }
            let Metric { signal, kind, unit, values } = metric;
            metrics.push(Metric { signal: signal.clone(), kind: *kind, unit: *unit, values: values.view() });
            component_of.push(places[*component]);
        }
        Case {
            start: self.start,
            step: self.step,
            stated: self.stated,
            rows: self.rows,
            metrics,
            components: kept,
            component_of,
            graph: self.graph,
            calls: self.calls.iter().map(CallColumns::view).collect(),
            traces: self.traces,
            logs: self.logs,
            uncertainty: self.uncertainty,
            symptom_at: self.symptom_at.clone(),
            symptom: self.symptom.as_ref().map(Column::view),
            symptom_kind: self.symptom_kind,
            changes: self.changes.clone(),
            cleared: self.cleared.union(components).cloned().collect(),
        }
    }
}
