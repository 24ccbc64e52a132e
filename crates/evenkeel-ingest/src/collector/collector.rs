//! The collector: telemetry of several sources in, observations out.

use crate::collector::evidence::{LogLine, LogLines, located, trace_name};
use crate::collector::gap::{Gap, GapLog};
use crate::collector::log_counts::LogCounts;
use crate::collector::origin::Origin;
use crate::collector::quantiles::{HistogramTrack, HistogramTracks, QUANTILES};
use crate::collector::requests::{Counted, RequestRule, Source, begin_of_step};
use crate::collector::series_track::{Seen, SeriesTrack};
use crate::collector::settings::Settings;
use crate::collector::trace_buffer::TraceBuffer;
use crate::finding::{FindingKind, Findings};
use crate::histogram::{HistogramSeries, classic_histograms};
use crate::labels::Labels;
use crate::log::Logs;
use crate::sample::{Sample, Series, merge_series};
use crate::trace::{CallEdge, ServiceGraph, SpanKind, Spans};
use core::time::Duration;
use evenkeel_core::{At, Error, Name, Signal, Stage, Timestamp, Transition};
use evenkeel_keeper::{Calls, Observer};
use evenkeel_stats::sequential::RateEvidence;
use std::collections::HashMap;
use std::sync::Arc;

/// Takes what the readers of this crate give, from several sources, and hands it to an [`Observer`] as what
/// that is told: values of signals, calls between components, requests.
///
/// *Series*: a level is given as it is, a counter as its growth by the second, a histogram as the median and
/// the 99th percentile of what came in since the one before; of a classic one when the step is over, as its
/// buckets may come in several bodies. The component and the instance of a
/// [`Signal`] come from labels, or from the [`Origin`]; the other labels stay with the name of the metric, so
/// no two series become one. *Spans* become calls when their trace is whole, *log records* two rates of
/// their component, `log_records` and `log_errors`; both are given to the observer as they are, too, if that is
/// [wanted](crate::collector::CollectorBuilder::traces_and_logs_as_evidence). *Requests* of a symptom come from
/// [counters](crate::collector::CollectorBuilder::requests) or [spans](crate::collector::CollectorBuilder::requests_by_spans), put together by
/// the step, and are given when the step is over.
///
/// *Missing data is never 0, and never good.* A stale marker, a NaN, the first sample of a counter, one
/// after a restart and one after a long gap give no value. Requests of a place (an instance, or a component
/// without any) are only given if none of its counters for them is missing: a share of bad ones without the
/// counter of the good ones would be none. That there were no requests is only said if each counter was heard
/// of within three steps (or three times its own interval) and stood still: while one of them is silent, and
/// until it is forgotten, nothing is said. A counter that is missing since others of its place began again is
/// not missed. A source that fails or
/// says nothing is left to the observer, which finds it silent and tells guards. Gaps are
/// [told](Self::take_gaps) when they are over.
///
/// *Times*: a sample that is not later than the one before of its series is left out, so what is sent twice
/// counts once. Times in the future are given to the observer as they are, which counts them as of now and
/// doubts the clock of the source; they don't hold up what comes later.
///
/// *Not known*: a counter that first appears with its first error has no growth then, unless it says since
/// when it counts.
///
/// *Cost*: O(log n) a value. Memory: about 500 bytes a series and 300 a span, both with a cap, and at most 16
/// MiB of log lines from one [feed](Self::feed) to the next.
///
/// See the [module](crate::collector) for an example.
#[derive(Debug, Clone)]
#[must_use]
pub struct Collector {
    settings: Settings,
    rules: Vec<RequestRule>,
    /// Series by their origin and labels; empty places are used again.
    places: HashMap<Arc<Origin>, HashMap<Arc<Labels>, usize>>,
    tracks: Vec<Option<SeriesTrack>>,
    free: Vec<usize>,
    /// Buckets of classic histograms that wait for the others.
    buckets: HashMap<Origin, Vec<Series>>,
    histograms: HashMap<Origin, HistogramTracks>,
    values: Vec<(Timestamp, Signal, f64)>,
    traces: TraceBuffer,
    calls: Vec<(Timestamp, CallEdge)>,
    logs: LogCounts,
    lines: LogLines,
    gaps: GapLog,
    findings: Findings,
    /// When series were last looked through for those to forget.
    swept: Option<Timestamp>,
}

/// What is known of the counters of a rule at a place.
struct Members {
    newest: Timestamp,
    tolerance: Duration,
    /// Whether none of them is missing.
    is_whole: bool,
    /// Whether none of them grew last.
    stood_still: bool,
}

/// How many values are kept until they are given away.
const MOST_VALUES: usize = 1_000_000;

impl Collector {
    pub(super) fn assemble(settings: Settings, rules: Vec<RequestRule>) -> Self {
        Self {
            settings,
            rules,
            places: HashMap::new(),
            tracks: Vec::new(),
            free: Vec::new(),
            buckets: HashMap::new(),
            histograms: HashMap::new(),
            values: Vec::new(),
            traces: TraceBuffer::default(),
            calls: Vec::new(),
            logs: LogCounts::default(),
            lines: LogLines::default(),
            gaps: GapLog::default(),
            findings: Findings::default(),
            swept: None,
        }
    }

    /// A target was scraped: it is up, and these are its series.
    pub fn scraped(&mut self, now: Timestamp, origin: &Origin, series: impl IntoIterator<Item = Series>) {
        self.up(now, origin, 1.0);
        self.series(now, origin, series);
    }

    /// A target was not reached, or answered what cannot be read: it is not up, and nothing else is known.
    pub fn failed(&mut self, now: Timestamp, origin: &Origin) {
        self.up(now, origin, 0.0);
    }

    fn up(&mut self, now: Timestamp, origin: &Origin, value: f64) {
        if let Some(component) = &origin.component {
            let mut signal = Signal::new(component.clone(), "up");
            signal.instance.clone_from(&origin.instance);
            self.value(now, signal, value);
        }
    }

    /// Series that were sent, or answered to a query, at a time of arrival.
    pub fn series(&mut self, now: Timestamp, origin: &Origin, series: impl IntoIterator<Item = Series>) {
        let mut buckets = Vec::new();
        for mut one in series {
            one.tidy(&mut self.findings);
            let is_bucket = one.labels.metric().ends_with("_bucket") && one.labels.get("le").is_some();
            if is_bucket && !self.counts_requests(&one.labels) {
                buckets.push(one);
                continue;
            }
            let Some(place) = self.place(now, origin, &one) else { continue };
            for sample in one.samples {
                self.sample(now, place, sample);
            }
        }
        if !buckets.is_empty() {
            self.add_buckets(origin, buckets);
        }
    }

    fn counts_requests(&self, labels: &Labels) -> bool {
        let counts = |source: &Source| matches!(source, Source::Counters { all, .. } if all.matches(labels));
        self.rules.iter().any(|rule| counts(&rule.source))
    }

    fn add_buckets(&mut self, origin: &Origin, buckets: Vec<Series>) {
        let kept: usize = self.buckets.values().map(Vec::len).sum();
        let room = MOST_VALUES.saturating_sub(kept);
        let n = buckets.len();
        if n > room {
            self.beyond_cap("buckets", n - room);
        }
        self.buckets.entry(origin.clone()).or_default().extend(buckets.into_iter().take(room));
    }

    /// Histograms that were sent, or answered to a query.
    pub fn histograms(
        &mut self,
        now: Timestamp,
        origin: &Origin,
        histograms: impl IntoIterator<Item = HistogramSeries>,
    ) {
        let step = self.settings.step;
        for one in histograms {
            if !self.settings.watches(&one.labels) {
                continue;
            }
            let kept: usize = self.histograms.values().map(HashMap::len).sum();
            let tracks = self.histograms.entry(origin.clone()).or_default();
            if !tracks.contains_key(&one.labels) {
                if kept >= self.settings.max_series {
                    self.beyond_cap("histograms", 1);
                    continue;
                }
                let places = &self.settings.places;
                let signals = QUANTILES.map(|(_, ending)| places.signal(&one.labels, origin, ending));
                tracks.insert(one.labels.clone(), HistogramTrack::new(signals));
            }
            let Some(track) = tracks.get_mut(&one.labels) else { continue };
            let mut found = Vec::new();
            for At { time, value } in one.histograms {
                let time = if time > now + step { now } else { time };
                let values = track.update(one.kind, At::new(time, value), self.settings.longest_gap);
                for (signal, value) in track.signals.iter().zip(values) {
                    found.extend(value.map(|value| (time, signal.clone(), value)));
                }
            }
            for (time, signal, value) in found {
                self.value(time, signal, value);
            }
        }
    }

    /// Spans that were sent. What a trace means is known when no more of it comes.
    pub fn spans(&mut self, now: Timestamp, spans: Spans) {
        self.findings.extend(&spans.findings);
        let before = spans.spans.len();
        let most = self.settings.max_spans;
        let kept = spans.spans.into_iter().filter_map(|span| self.traces.add(now, span, most).then_some(()));
        let kept = kept.count();
        if kept < before {
            self.beyond_cap("spans", before - kept);
        }
    }

    /// Log records that were sent or read. Those without a time are of now.
    pub fn logs(&mut self, now: Timestamp, origin: &Origin, logs: &Logs) {
        self.findings.extend(&logs.findings);
        let step = self.settings.step;
        let unknown = Name::from(crate::UNKNOWN_SERVICE);
        let mut lost = 0;
        for record in &logs.records {
            let own = record.resource.as_ref().map(|resource| &resource.service);
            let own = own.filter(|name| name.as_str() != crate::UNKNOWN_SERVICE);
            let component = own.or(origin.component.as_ref()).unwrap_or(&unknown);
            let at = record.time.filter(|&time| time <= now + step).unwrap_or(now);
            let is_counted = self.logs.add(at, component, record.severity, step);
            let is_kept =
                !self.settings.gives_evidence || self.lines.add(at, component, record.trace, &record.message);
            lost += usize::from(!is_counted || !is_kept);
        }
        if lost > 0 {
            self.beyond_cap("log records", lost);
        }
    }

    /// Hands all that is due to an observer; to be called before each of its ticks, with the same time.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the observer has no symptom of the name of a rule. What is due is given
    /// nevertheless, but for those requests.
    pub fn feed<M, T>(&mut self, now: Timestamp, observer: &mut Observer<M, T>) -> Result<(), Error>
    where
        M: Stage<At<f64>, Output = Transition> + Clone,
        T: Stage<(u64, u64), Output = RateEvidence> + Clone,
    {
        self.take_buckets(now);
        let step = self.settings.step;
        for row in self.logs.take(now, step) {
            let signal = |metric: &str| Signal::new(row.component.clone(), metric);
            self.value(row.at, signal("log_records"), row.records);
            self.value(row.at, signal("log_errors"), row.faults);
        }
        // Stable, so that of two values of one signal at one time the later stays the later.
        self.values.sort_by_key(|value| value.0);
        for (time, signal, value) in self.values.drain(..) {
            observer.observe(time, &signal, value);
        }
        for (time, spans) in self.traces.take(now, self.settings.trace_wait, step) {
            let graph = ServiceGraph::from_spans(&spans);
            self.findings.extend(&graph.findings);
            self.calls.extend(graph.edges.into_iter().map(|edge| (time, edge)));
            self.requests_of(&spans);
            if self.settings.gives_evidence {
                located(&spans).into_iter().for_each(|span| observer.span(span));
            }
        }
        for LogLine { at, component, trace, text } in self.lines.take() {
            let trace = trace.map(trace_name);
            observer.log(at, component, trace.as_deref(), &text);
        }
        self.calls.sort_by_key(|call| call.0);
        for (time, edge) in self.calls.drain(..) {
            let mean = edge.total.as_secs_f64() / edge.calls as f64;
            let calls = Calls { count: edge.calls, failed: edge.errors, mean };
            observer.call(time, &edge.from, &edge.to, calls);
        }
        let mut unknown = None;
        for i in 0..self.rules.len() {
            let members = self.members(i);
            let is_whole = |place: &Name| members.get(place).is_none_or(|place| place.is_whole);
            let (due, left_out) = self.rules[i].take(now, step, is_whole);
            if left_out > 0 {
                let name = self.rules[i].symptom.clone();
                let n = u64::try_from(left_out).unwrap_or(u64::MAX);
                self.findings.add(FindingKind::IncompleteRequests, name.as_str(), n);
            }
            let rule = &self.rules[i];
            let Some(symptom) = observer.symptom(rule.symptom.as_str()) else {
                unknown = Some(rule.symptom.clone());
                continue;
            };
            let stood_still = !members.is_empty()
                && members.values().all(|place| {
                    place.is_whole && place.stood_still && now.since(place.newest) <= place.tolerance
                });
            for Counted { newest, good, bad } in due {
                if good > 0 || bad > 0 || stood_still {
                    observer.request_of(newest, symptom, good, bad);
                }
            }
        }
        self.sweep(now);
        unknown.map_or(Ok(()), |name| {
            Err(Error::parameter("requests", "of a symptom of the observer", name.as_str()))
        })
    }

    /// What was wrong with data that could be read, since the last time it was taken.
    #[must_use]
    pub fn take_findings(&mut self) -> Findings {
        core::mem::take(&mut self.findings)
    }

    /// Stretches without data that are over, in the order in which they ended: the newest 1,024 since the
    /// last time they were taken.
    #[must_use]
    pub fn take_gaps(&mut self) -> Vec<Gap> {
        self.gaps.take()
    }

    /// How many gaps there were in all.
    #[must_use]
    pub fn gaps(&self) -> u64 {
        self.gaps.count
    }

    /// The series that are silent now, or were said to have ended, each with its newest value; sorted.
    /// O(series).
    #[must_use]
    pub fn silent(&self, now: Timestamp) -> Vec<(Signal, Timestamp)> {
        let step = self.settings.step;
        let silent = |track: &SeriesTrack| {
            let last = track.last?;
            let is_silent = track.ended || now.since(last) > track.tolerance(step);
            is_silent.then(|| (track.signal.clone(), last))
        };
        let mut all: Vec<_> = self.tracks.iter().flatten().filter_map(silent).collect();
        all.sort_unstable();
        all
    }

    /// How many series are kept, those of histograms included.
    #[must_use]
    pub fn len(&self) -> usize {
        let histograms: usize = self.histograms.values().map(HashMap::len).sum();
        self.tracks.len() - self.free.len() + histograms
    }

    /// True if nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[cfg(any(feature = "metrics", feature = "tracing"))]
    pub(super) fn find(&mut self, findings: &Findings) {
        self.findings.extend(findings);
    }

    #[cfg(feature = "tracing")]
    pub(super) fn add_calls(&mut self, at: Timestamp, calls: Vec<CallEdge>) {
        let room = MOST_VALUES.saturating_sub(self.calls.len());
        if calls.len() > room {
            self.beyond_cap("calls", calls.len() - room);
        }
        self.calls.extend(calls.into_iter().take(room).map(|call| (at, call)));
    }

    #[cfg(feature = "tracing")]
    pub(super) fn add_requests(&mut self, at: Timestamp, component: &Name, good: u64, bad: u64) {
        let step = self.settings.step;
        let mut lost = 0;
        for rule in &mut self.rules {
            if !matches!(&rule.source, Source::Spans { service } if service == component) {
                continue;
            }
            for (is_bad, n) in [(false, good), (true, bad)] {
                lost += usize::from(!rule.add(at, component, is_bad, n as f64, step));
            }
        }
        if lost > 0 {
            self.beyond_cap("requests", lost);
        }
    }

    fn beyond_cap(&mut self, what: &str, n: usize) {
        self.findings.add(FindingKind::BeyondCap, what, u64::try_from(n).unwrap_or(u64::MAX));
    }

    /// Where a series is kept, from now on if there is room.
    fn place(&mut self, now: Timestamp, origin: &Origin, series: &Series) -> Option<usize> {
        let of_origin = self.places.get(origin);
        if let Some(place) = of_origin.and_then(|all| all.get(&series.labels)) {
            return Some(*place);
        }
        let is_watched = self.settings.watches(&series.labels);
        let rules: Vec<(usize, bool)> = self
            .rules
            .iter()
            .enumerate()
            .filter_map(|(i, rule)| match &rule.source {
                Source::Counters { all, bad } if all.matches(&series.labels) => {
                    Some((i, bad.matches(&series.labels)))
                }
                _ => None,
            })
            .collect();
        if !is_watched && rules.is_empty() {
            return None;
        }
        if self.tracks.len() - self.free.len() >= self.settings.max_series {
            self.beyond_cap("series", 1);
            return None;
        }
        let signal = self.settings.places.signal(&series.labels, origin, "");
        let origin = match self.places.get_key_value(origin) {
            Some((known, _)) => Arc::clone(known),
            None => Arc::new(origin.clone()),
        };
        let labels = Arc::new(series.labels.clone());
        let mut track = SeriesTrack::new(Arc::clone(&origin), Arc::clone(&labels), series.kind, signal, now);
        (track.is_watched, track.rules) = (is_watched, rules);
        let place = self.free.pop().unwrap_or_else(|| {
            self.tracks.push(None);
            self.tracks.len() - 1
        });
        self.tracks[place] = Some(track);
        self.places.entry(origin).or_default().insert(labels, place);
        Some(place)
    }

    fn sample(&mut self, now: Timestamp, place: usize, sample: Sample) {
        let step = self.settings.step;
        let Some(track) = &mut self.tracks[place] else { return };
        let (before, tolerance) = (track.last, track.tolerance(step));
        let (seen, increase) = track.update(sample, now, step, self.settings.longest_gap);
        if let Some(at) = track.last.filter(|_| track.last != before) {
            self.gaps.heard(track.signal.place(), &track.signal.metric, at, before, tolerance);
        }
        let value = match seen {
            Seen::Value(value) => Some(value),
            Seen::Missing | Seen::Restarted => Some(f64::NAN),
            Seen::Nothing => None,
            Seen::Late { is_repeated } => {
                let kind = if is_repeated { FindingKind::RepeatedSample } else { FindingKind::OutOfOrder };
                self.findings.add(kind, track.signal.metric.as_str(), 1);
                None
            }
        };
        let value = value.filter(|_| track.is_watched).map(|value| (track.signal.clone(), value));
        let rules = &track.rules;
        let mut lost = 0;
        if let Some(increase) = increase {
            for &(rule, is_bad) in rules {
                let rule = &mut self.rules[rule];
                // At the time as it was sent, so that the observer sees a clock that is wrong.
                let place = track.signal.place();
                lost += usize::from(!rule.add(sample.time, place, is_bad, increase.amount, step));
            }
        }
        let counts_requests = !rules.is_empty();
        if lost > 0 {
            self.beyond_cap("requests", lost);
        }
        if seen == Seen::Restarted && counts_requests {
            self.restarted(place);
        }
        if let Some((signal, value)) = value {
            self.value(sample.time, signal, value);
        }
    }

    pub(super) fn value(&mut self, at: Timestamp, signal: Signal, value: f64) {
        if self.values.len() < MOST_VALUES {
            self.values.push((at, signal, value));
        } else {
            self.beyond_cap("values", 1);
        }
    }

    /// Classic histograms of the steps that are over: their buckets may come in several bodies, and without
    /// some of them they would be others.
    fn take_buckets(&mut self, now: Timestamp) {
        let step = self.settings.step;
        let current = begin_of_step(now, step);
        let is_due = |sample: &Sample| sample.time < current || sample.time > now + step;
        let mut origins: Vec<(Origin, Vec<Series>)> = self.buckets.drain().collect();
        origins.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (origin, series) in origins {
            let (mut due, mut later) = (Vec::new(), Vec::new());
            for mut one in merge_series(series, &mut self.findings) {
                let mut rest = Series { samples: Vec::new(), ..one.clone() };
                (one.samples, rest.samples) = one.samples.into_iter().partition(is_due);
                due.push(one);
                if !rest.samples.is_empty() {
                    later.push(rest);
                }
            }
            let histograms = classic_histograms(&due, &mut self.findings);
            self.histograms(now, &origin, histograms);
            if !later.is_empty() {
                self.buckets.insert(origin, later);
            }
        }
    }

    fn requests_of(&mut self, spans: &[crate::trace::Span]) {
        let step = self.settings.step;
        let mut lost = 0;
        for rule in &mut self.rules {
            let Source::Spans { service } = &rule.source else { continue };
            let service = service.clone();
            for span in spans.iter().filter(|span| span.resource.service == service) {
                if span.kind == SpanKind::Server || span.parent.is_none() {
                    lost +=
                        usize::from(!rule.add(span.start + span.duration, &service, span.failed, 1.0, step));
                }
            }
        }
        if lost > 0 {
            self.beyond_cap("requests", lost);
        }
    }

    /// The places that count requests for a rule, and what is known of their counters.
    fn members(&self, rule: usize) -> HashMap<Name, Members> {
        let step = self.settings.step;
        let all = || {
            let of_rule = |track: &&SeriesTrack| track.rules.iter().any(|(member, _)| *member == rule);
            let known = self.tracks.iter().flatten().filter(of_rule);
            known.filter_map(|track| Some((track, track.last?))).filter(|(track, _)| !track.is_gone)
        };
        let mut places: HashMap<Name, Members> = HashMap::new();
        for (track, last) in all() {
            let known = places.entry(track.signal.place().clone()).or_insert(Members {
                newest: last,
                tolerance: track.tolerance(step),
                is_whole: true,
                stood_still: true,
            });
            known.newest = known.newest.max(last);
            known.tolerance = known.tolerance.min(track.tolerance(step));
            known.stood_still &= track.last_amount == Some(0.0);
        }
        for (track, _) in all() {
            if let Some(known) = places.get_mut(track.signal.place()) {
                known.is_whole &= !track.lags(known.newest, step);
            }
        }
        places
    }

    /// A counter began again: others of its place that are not there any more went with what exposed them.
    fn restarted(&mut self, place: usize) {
        let step = self.settings.step;
        let Some(restarted) = &self.tracks[place] else { return };
        let (Some(newest), rules) = (restarted.last, restarted.rules.clone()) else { return };
        let at = restarted.signal.place().clone();
        for track in self.tracks.iter_mut().flatten() {
            let is_member = track.rules.iter().any(|one| rules.iter().any(|other| one.0 == other.0));
            if is_member && *track.signal.place() == at && track.lags(newest, step) {
                track.is_gone = true;
            }
        }
    }

    /// Forgets series of which nothing came for long.
    fn sweep(&mut self, now: Timestamp) {
        let forget = self.settings.forget_after;
        let is_due = self.swept.is_none_or(|swept| now.since(swept) >= forget / 8 || now < swept);
        if !is_due {
            return;
        }
        self.swept = Some(now);
        let oldest = now - forget;
        for place in 0..self.tracks.len() {
            let Some(track) = &self.tracks[place] else { continue };
            if track.arrived < oldest {
                if let Some(all) = self.places.get_mut(&track.origin) {
                    all.remove(&track.labels);
                }
                self.tracks[place] = None;
                self.free.push(place);
            }
        }
        self.places.retain(|_, all| !all.is_empty());
        for tracks in self.histograms.values_mut() {
            tracks.retain(|_, track| track.last_time().is_none_or(|last| last >= oldest));
        }
        self.histograms.retain(|_, tracks| !tracks.is_empty());
        self.gaps.forget(oldest);
    }
}
