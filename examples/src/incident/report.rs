//! The report of a run, as it is written down while it goes on.

use super::watch::{Said, Watch};
use crate::shop::{Metrics, Service, ShopEvent, Side};
use evenkeel::detect::monitor::DeviationMonitor;
use evenkeel::keeper::Event;
use evenkeel::locate::Graph;
use evenkeel::prelude::{At, Error, Name, Prediction, Signal, Stage, Timestamp, Transition, TransitionKind};
use evenkeel::{Subject, Unit};
use evenkeel_report::{AlertSpan, Drawing, IncidentReport, SeriesChart, TimelineKind, UserImpact};
use evenkeel_series::clean::Quality;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// No more signals than this are drawn: those of the evidence, then those with the most alerts.
const SIGNALS: usize = 50;
/// What an incident that ended well ended with, as the machine says it.
const RECOVERED: &str = "recovered";
/// How much before and after an incident is in its picture.
const BEFORE: Duration = Duration::from_secs(6);
const AFTER: Duration = Duration::from_secs(4);
/// The share of normal values that a band holds.
const LEVEL: f64 = 0.99;

/// A metric as it was scraped, and what had been expected.
struct Recorded {
    values: Vec<At<f64>>,
    expected: Vec<At<Prediction>>,
    monitor: DeviationMonitor,
    transitions: Vec<Transition>,
}

/// Hears what [`Watch`] hears and says, and makes a report of it. What was expected of each metric is told by a monitor
/// with the settings of the observer's own.
#[expect(missing_debug_implementations, reason = "it is made for one program")]
pub struct Recorder {
    report: IncidentReport,
    step: Duration,
    metrics: BTreeMap<Signal, Recorded>,
    calls: BTreeMap<(&'static str, &'static str), f64>,
    impact: UserImpact,
    /// When requests ended badly.
    bad_requests: Vec<Timestamp>,
    breached: BTreeMap<Name, Timestamp>,
    /// The metrics of the evidence.
    subjects: BTreeSet<Signal>,
}

impl Recorder {
    /// A recorder of a run that is scraped in this rhythm, of whose requests a share may be bad.
    ///
    /// # Errors
    /// If the objective is no share.
    pub fn new(title: impl Into<String>, step: Duration, objective: f64) -> Result<Self, Error> {
        Ok(Self {
            report: IncidentReport::new(title),
            step,
            metrics: BTreeMap::new(),
            calls: BTreeMap::new(),
            impact: UserImpact::new(Duration::from_secs(1), objective)?,
            bad_requests: Vec::new(),
            breached: BTreeMap::new(),
            subjects: BTreeSet::new(),
        })
    }

    /// Takes in what happens.
    ///
    /// # Errors
    /// If no monitor can be had for the rhythm.
    pub fn see(&mut self, event: &ShopEvent) -> Result<(), Error> {
        match event {
            ShopEvent::Request { at, good, .. } => {
                self.impact.count(*at, u64::from(*good), u64::from(!good));
                if !good {
                    self.bad_requests.push(*at);
                }
            }
            ShopEvent::Calls { from, to, side: Side::Client, count, .. } => {
                // Of services: that is what is suspected.
                let service = |name: &Name| Service::of(name.as_str()).map(Service::name);
                if let (Some(from), Some(to), true) = (service(from), service(to), *count > 0) {
                    *self.calls.entry((from, to)).or_default() += *count as f64;
                }
            }
            ShopEvent::Deploy { at, instance, version, .. } => {
                let what = format!("{instance} runs version {version}");
                self.report.timeline_mut().push(*at, TimelineKind::Change, None, what);
            }
            ShopEvent::Scrape { at, instance, metrics } => {
                let service = Service::of(instance.as_str()).map_or("", Service::name);
                let values = metrics.iter().flat_map(Metrics::named);
                for (name, value) in values.filter(|(name, _)| !name.ends_with("_seconds")) {
                    let signal = Signal::new(service, name).at_instance(instance.clone());
                    self.record(&signal, At::new(*at, value))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn record(&mut self, signal: &Signal, x: At<f64>) -> Result<(), Error> {
        if !self.metrics.contains_key(signal) {
            let monitor = DeviationMonitor::builder(self.step).build()?;
            let (values, expected, transitions) = (Vec::new(), Vec::new(), Vec::new());
            let recorded = Recorded { values, expected, monitor, transitions };
            self.metrics.insert(signal.clone(), recorded);
        }
        if let Some(recorded) = self.metrics.get_mut(signal) {
            recorded.expected.extend(recorded.monitor.expected().map(|expected| At::new(x.time, expected)));
            let _ = recorded.monitor.update(x);
            recorded.values.push(x);
        }
        Ok(())
    }

    /// Takes in what was said at a time.
    pub fn hear(&mut self, now: Timestamp, said: &Said) {
        match said {
            Said::Notice(notice) => self.report.notice(now, notice),
            Said::Event(event) => self.hear_event(now, event),
        }
    }

    fn hear_event(&mut self, now: Timestamp, event: &Event) {
        let mut tell =
            |kind, incident, what: String| self.report.timeline_mut().push(now, kind, incident, what);
        match event {
            Event::Alert { signal, transition } => {
                if let Some(recorded) = self.metrics.get_mut(signal) {
                    recorded.transitions.push(*transition);
                }
                if transition.kind == TransitionKind::Raised {
                    tell(TimelineKind::Alert, None, event.to_string());
                }
            }
            Event::Source { is_news: true, name, health, .. } if !health.value.is_trustworthy() => {
                let what = event.to_string();
                tell(TimelineKind::Alert, None, what.clone());
                self.report.note(name.to_string(), what);
            }
            Event::ObjectiveBreached { symptom, since, .. } => {
                self.breached.insert(symptom.clone(), *since);
                tell(TimelineKind::Incident, None, event.to_string());
            }
            Event::Opened { incident, symptom, diagnosis } => {
                let began = self.breached.get(symptom).copied();
                self.report.incident(*incident).began = began;
                self.note_subjects(diagnosis);
            }
            Event::Joined { incident, .. } => {
                tell(TimelineKind::Incident, Some(*incident), event.to_string());
            }
            Event::Diagnosed { incident, diagnosis } => {
                self.report.diagnosed(now, *incident, diagnosis);
                self.note_subjects(diagnosis);
            }
            _ => {}
        }
    }

    fn note_subjects(&mut self, diagnosis: &evenkeel::Diagnosis) {
        for evidence in diagnosis.causes().iter().flat_map(|cause| &cause.evidence) {
            if let Subject::Signal(signal) = &evidence.subject {
                self.subjects.insert(signal.clone());
            }
        }
    }

    /// The first incident that ended well, in one drawing, so many pixels wide: the signal that named its cause, what was
    /// expected of it, what was done, and since when users were fine again. `None` if there was none, or its evidence is
    /// not a signal that was recorded.
    ///
    /// # Errors
    /// None that a run could cause.
    pub fn picture(&self, width: u32) -> Result<Option<Drawing>, Error> {
        for incident in self.report.incidents() {
            let evidence = incident.diagnosis.iter().flat_map(|diagnosis| diagnosis.causes().first());
            let mut subjects =
                evidence.flat_map(|cause| &cause.evidence).filter_map(|one| match &one.subject {
                    Subject::Signal(signal) => self.metrics.get_key_value(signal),
                    _ => None,
                });
            let (Some((signal, recorded)), Some(began), Some(closed)) =
                (subjects.next(), incident.began.or(incident.opened), incident.closed)
            else {
                continue;
            };
            if incident.outcome.as_deref() != Some(RECOVERED) {
                continue;
            }
            let (from, to) = (began - BEFORE, closed + AFTER);
            let is_shown = |time: Timestamp| (from..=to).contains(&time);
            let values: Vec<At<f64>> =
                recorded.values.iter().filter(|x| is_shown(x.time) && x.value.is_finite()).copied().collect();
            let transitions = recorded.transitions.iter().filter(|one| is_shown(one.start));
            let cause = incident.diagnosis.iter().flat_map(|diagnosis| diagnosis.causes()).next();
            let title = format!("{} of {}", signal.metric, signal.place());
            let bad = self.bad_requests.iter().copied().filter(|time| is_shown(*time));
            let mut chart = SeriesChart::new(title, &values)
                .unit(unit(signal.metric.as_str()))
                .expected(LEVEL, recorded.expected.iter().filter(|x| is_shown(x.time)).copied())?
                .alerts(AlertSpan::of_transitions(transitions))
                .lane("bad requests", bad.map(|time| (time, time)));
            if let (Some(opened), Some(cause)) = (incident.opened, cause) {
                let kind = cause.kind.map_or(String::new(), |kind| format!(" {kind}"));
                let what = format!("found: {}{kind}, {:.0} %", cause.component, 100.0 * cause.probability());
                chart = chart.mark(opened, what);
            }
            let entries = self.report.timeline().entries().iter();
            for entry in entries.filter(|entry| entry.incident == Some(incident.number)) {
                let act = entry.what.strip_prefix("does `").and_then(|rest| rest.strip_suffix('`'));
                if let Some((verb, target)) = act.and_then(|act| act.split_once(' ')) {
                    let target = target.rsplit('/').next().unwrap_or(target);
                    chart = chart.mark(entry.at, format!("{verb} {target}"));
                }
            }
            return Ok(Some(chart.mark(closed, "users are fine again").draw(width)));
        }
        Ok(None)
    }

    /// The report of the run, which is over.
    ///
    /// # Errors
    /// If a part can't be made: names of calls that are no graph.
    pub fn finish(mut self, watch: &Watch) -> Result<IncidentReport, Error> {
        let subjects = &self.subjects;
        let is_subject = |signal: &Signal| {
            subjects.iter().any(|s| {
                s.metric == signal.metric && (s.place() == signal.place() || s.place() == &signal.component)
            })
        };
        let mut chosen: Vec<(bool, usize, &Signal, &Recorded)> = self
            .metrics
            .iter()
            .map(|(signal, recorded)| (is_subject(signal), recorded.transitions.len(), signal, recorded))
            .filter(|(is_subject, alerts, ..)| *is_subject || *alerts > 0)
            .collect();
        chosen.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then_with(|| a.2.cmp(b.2)));
        let left = chosen.len().saturating_sub(SIGNALS);
        for (_, _, signal, recorded) in chosen.into_iter().take(SIGNALS) {
            let chart = SeriesChart::new(signal.to_string(), &recorded.values)
                .unit(unit(signal.metric.as_str()))
                .expected(LEVEL, recorded.expected.iter().copied())?
                .alerts(AlertSpan::of_transitions(&recorded.transitions));
            self.report.signal(chart);
            // Sparse metrics have no value where nothing happened: that is in the report of each.
            if let Ok(quality) = Quality::new().check(&recorded.values)
                && !quality.is_clean()
            {
                self.report.quality(signal.to_string(), &quality);
            }
        }
        if left > 0 {
            self.report
                .note("signals", format!("{left} others were abnormal at some time and are not drawn"));
        }
        let distrusted = watch.machine_state().distrusted();
        if distrusted != Default::default() {
            self.report.note("the machine", format!("did not trust what it was told: {distrusted:?}"));
        }
        let graph = Graph::from_edges(self.calls.iter().map(|((from, to), count)| (*from, *to, *count)))?;
        self.report.graph(&graph, Some(Service::Edge.name().into()));
        self.report.impact(self.impact);
        Ok(self.report)
    }
}

/// The unit of a metric of the shop.
fn unit(metric: &str) -> Unit {
    match metric {
        "mean" | "p50" | "p99" | "pool_wait" => Unit::Seconds,
        "memory" => Unit::Bytes,
        "requests" | "errors" | "inflight" | "pool_in_use" | "pool_capacity" | "pool_waiting" | "outbox" => {
            Unit::Count
        }
        _ => Unit::None,
    }
}
