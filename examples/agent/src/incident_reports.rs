//! The reports of incidents, written down as the loop turns.

use evenkeel::detect::monitor::DeviationMonitor;
use evenkeel::keeper::{Event, Observer, SymptomId};
use evenkeel::locate::Graph;
use evenkeel::remedy::machine::{Entry, Notice, Record};
use evenkeel::remedy::verb::StandardVerb;
use evenkeel::series::clean::Quality;
use evenkeel::{
    At, Error, Name, Prediction, Signal, Stage, Subject, Timestamp, Transition, TransitionKind, Unit,
};
use evenkeel_report::{AlertSpan, IncidentReport, SeriesChart, TimelineKind, UserImpact};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// So many incidents are kept; of more those that were over first are forgotten.
const INCIDENTS: usize = 20;
/// So many entries of the timeline of an incident are kept; of later ones only how many there were.
const ENTRIES: usize = 500;
/// The newest alerts of signals, and the newest other news, that are kept.
const ALERTS: usize = 1_000;
const NEWS: usize = 200;
/// News from so long before an incident are in its report.
const BEFORE: Duration = Duration::from_secs(900);
/// So many signals are drawn, and so many of their rows, the newest.
const SIGNALS: usize = 12;
const ROWS: usize = 1_000;
/// So many calls are drawn: those of suspects, then the most frequent.
const CALLS: usize = 500;
/// The share of normal values that a band holds.
const LEVEL: f64 = 0.99;

/// A symptom, as its configuration says.
#[derive(Debug)]
pub(crate) struct Felt {
    pub(crate) name: Name,
    pub(crate) id: SymptomId,
    pub(crate) objective: Option<f64>,
    pub(crate) at: Option<Name>,
    pub(crate) signal: Option<Signal>,
}

/// What the agent knows beside what was said: telemetry, and what is wrong with it.
pub(crate) struct Telemetry<'a> {
    pub(crate) now: Timestamp,
    pub(crate) step: Duration,
    /// How long telemetry is kept.
    pub(crate) kept: Duration,
    pub(crate) observer: &'a Observer,
    pub(crate) symptoms: &'a [Felt],
    /// Subjects, and what is to be said of each.
    pub(crate) notes: Vec<(String, String)>,
}

/// What was said of incidents, and what of it is shown.
#[derive(Debug, Default)]
pub(crate) struct IncidentReports {
    kept: BTreeMap<u64, Kept>,
    breached: BTreeMap<Name, Timestamp>,
    alerts: VecDeque<(Signal, Transition)>,
    news: VecDeque<(Timestamp, TimelineKind, String)>,
}

#[derive(Debug)]
struct Kept {
    report: IncidentReport,
    /// Entries that were not kept.
    left_out: usize,
    is_over: bool,
    /// Whether it comes from a journal: then what was measured may not be known any more.
    is_restored: bool,
    /// Whether telemetry is in it, as it was some time after its beginning and at its end or later.
    is_complete: bool,
}

impl Kept {
    fn new(report: IncidentReport) -> Self {
        Self { report, left_out: 0, is_over: false, is_restored: false, is_complete: false }
    }

    /// How long ago it began.
    fn age(&self, now: Timestamp) -> Duration {
        let began = self.report.incidents().first().and_then(|incident| incident.began.or(incident.opened));
        began.map_or(Duration::MAX, |began| now.since(began))
    }

    /// Whether its telemetry is to be kept as it is now. An incident may end, by escalation, while users suffer, so that
    /// is not when it ends, but when half of the rows are of the time since it began, if it is over by then.
    fn is_due(&self, now: Timestamp, kept: Duration) -> bool {
        self.is_over && !self.is_complete && self.age(now) >= kept / 2
    }

    /// Whether telemetry of its time is known, of one that has none yet.
    fn is_known(&self, now: Timestamp, kept: Duration) -> bool {
        let is_forgotten = self.is_over && self.is_restored && self.age(now) >= kept;
        !(self.is_complete || is_forgotten)
    }

    /// Whether there is room for an entry more; one that finds none is counted.
    fn has_room(&mut self) -> bool {
        let has_room = self.report.timeline().entries().len() < ENTRIES;
        self.left_out += usize::from(!has_room);
        has_room
    }
}

fn title(number: u64, symptom: Option<&Name>) -> String {
    symptom.map_or_else(|| format!("Incident {number}"), |symptom| format!("Incident {number}: {symptom}"))
}

fn push_bounded<T>(queue: &mut VecDeque<T>, most: usize, item: T) {
    if queue.len() == most {
        queue.pop_front();
    }
    queue.push_back(item);
}

impl IncidentReports {
    /// What a journal tells of its last incidents.
    pub(crate) fn of_records(records: &[Record<StandardVerb>]) -> Self {
        let mut of_incident: BTreeMap<u64, Vec<Record<StandardVerb>>> = BTreeMap::new();
        for record in records {
            let Some(number) = record.entry().incident() else { continue };
            let of_incident = of_incident.entry(number).or_default();
            of_incident.push(record.clone());
            // Of very many its beginning and its end.
            if of_incident.len() > ENTRIES {
                of_incident.remove(ENTRIES / 2);
            }
        }
        while of_incident.len() > INCIDENTS {
            of_incident.pop_first();
        }
        let mut reports = Self::default();
        for (number, records) in of_incident {
            let symptom = records.iter().find_map(|record| match record.entry() {
                Entry::Opened { symptom, .. } => symptom.as_ref(),
                _ => None,
            });
            let report = IncidentReport::of_records(title(number, symptom), &records);
            let mut kept = Kept::new(report);
            kept.is_over = kept.report.incident(number).closed.is_some();
            kept.is_restored = true;
            reports.kept.insert(number, kept);
        }
        reports
    }

    fn tell(&mut self, now: Timestamp, kind: TimelineKind, incident: Option<u64>, what: String) {
        match incident {
            None => push_bounded(&mut self.news, NEWS, (now, kind, what)),
            Some(number) => {
                if let Some(kept) = self.kept.get_mut(&number)
                    && kept.has_room()
                {
                    kept.report.timeline_mut().push(now, kind, incident, what);
                }
            }
        }
    }

    /// The observer said something.
    pub(crate) fn hear(&mut self, now: Timestamp, event: &Event) {
        match event {
            Event::Alert { signal, transition } => {
                push_bounded(&mut self.alerts, ALERTS, (signal.clone(), *transition));
                if transition.kind == TransitionKind::Raised {
                    self.tell(now, TimelineKind::Alert, None, event.to_string());
                }
            }
            Event::Source { is_news: true, health, .. } if !health.value.is_trustworthy() => {
                self.tell(now, TimelineKind::Alert, None, event.to_string());
            }
            Event::ObjectiveBreached { symptom, since, .. } => {
                self.breached.insert(symptom.clone(), *since);
                self.tell(now, TimelineKind::Incident, None, event.to_string());
            }
            Event::Joined { incident, .. } => {
                self.tell(now, TimelineKind::Incident, Some(*incident), event.to_string());
            }
            Event::Diagnosed { incident, diagnosis } => {
                if let Some(kept) = self.kept.get_mut(incident) {
                    if kept.has_room() {
                        kept.report.diagnosed(now, *incident, diagnosis);
                    } else {
                        kept.report.incident(*incident).diagnosed(diagnosis);
                    }
                }
            }
            Event::Subsided { incident } => {
                self.tell(now, TimelineKind::Incident, Some(*incident), event.to_string());
                if let Some(kept) = self.kept.get_mut(incident)
                    && !kept.is_over
                {
                    kept.is_over = true;
                    let incident = kept.report.incident(*incident);
                    (incident.closed, incident.outcome) = (Some(now), Some("subsided by itself".into()));
                }
            }
            _ => {}
        }
    }

    /// The machine said something.
    pub(crate) fn heed(&mut self, now: Timestamp, notice: &Notice<StandardVerb>) {
        if let Notice::NotOpened { .. } = notice {
            return self.tell(now, TimelineKind::Incident, None, notice.to_string());
        }
        let number = notice.incident();
        if let Notice::Opened { symptom, .. } = notice {
            let mut report = IncidentReport::new(title(number, symptom.as_ref()));
            report.incident(number).began =
                symptom.as_ref().and_then(|symptom| self.breached.get(symptom)).copied();
            self.kept.insert(number, Kept::new(report));
            self.forget();
        }
        let Some(kept) = self.kept.get_mut(&number) else { return };
        // How it ends is told in any case.
        if let Notice::Closed { .. } = notice {
            kept.is_over = true;
            kept.report.notice(now, notice);
        } else if kept.has_room() {
            kept.report.notice(now, notice);
        }
    }

    /// Forgets what is too much.
    fn forget(&mut self) {
        while self.kept.len() > INCIDENTS {
            let over = self.kept.iter().find(|(_, kept)| kept.is_over).map(|(number, _)| *number);
            match over.or_else(|| self.kept.keys().next().copied()) {
                Some(number) => self.kept.remove(&number),
                None => return,
            };
        }
    }

    /// Whether there is an incident of which the telemetry is to be kept.
    pub(crate) fn is_due(&self, now: Timestamp, kept: Duration) -> bool {
        self.kept.values().any(|one| one.is_due(now, kept))
    }

    /// Keeps the telemetry of the incidents of which it is due.
    pub(crate) fn complete(&mut self, telemetry: &Telemetry<'_>) {
        let (now, kept) = (telemetry.now, telemetry.kept);
        let due: Vec<u64> =
            self.kept.iter().filter(|(_, one)| one.is_due(now, kept)).map(|(number, _)| *number).collect();
        for number in due {
            let Some(one) = self.kept.get(&number) else { continue };
            let mut report = one.report.clone();
            if one.is_known(now, kept) {
                self.fill(&mut report, Some(number), telemetry);
            }
            if let Some(one) = self.kept.get_mut(&number) {
                (one.report, one.is_complete) = (report, true);
            }
        }
    }

    /// The report of an incident, or of the newest one; without any incident what is known all the same. If that incident
    /// is not kept, the numbers of those that are.
    pub(crate) fn report(
        &self,
        number: Option<u64>,
        telemetry: &Telemetry<'_>,
    ) -> Result<IncidentReport, Vec<u64>> {
        let newest = number.or_else(|| self.kept.keys().next_back().copied());
        let numbers = || self.kept.keys().copied().collect::<Vec<u64>>();
        let Some(number) = newest else {
            let mut report = IncidentReport::new("No incident");
            self.fill(&mut report, None, telemetry);
            return Ok(report);
        };
        let kept = self.kept.get(&number).ok_or_else(numbers)?;
        let mut report = kept.report.clone();
        if kept.is_known(telemetry.now, telemetry.kept) {
            self.fill(&mut report, Some(number), telemetry);
        }
        if kept.left_out > 0 {
            report.note("timeline", format!("{} later entries were not kept", kept.left_out));
        }
        let others = numbers().into_iter().rev().filter(|other| *other != number);
        let others: Vec<String> = others.map(|other| format!("/report/{other}")).collect();
        if !others.is_empty() {
            report.note("other incidents", others.join(", "));
        }
        Ok(report)
    }

    /// Adds what is known now.
    fn fill(&self, report: &mut IncidentReport, number: Option<u64>, telemetry: &Telemetry<'_>) {
        let incident = number.map(|number| report.incident(number).clone());
        let began = incident.as_ref().and_then(|incident| incident.began.or(incident.opened));
        for (at, kind, what) in &self.news {
            if began.is_none_or(|began| *at + BEFORE >= began) {
                report.timeline_mut().push(*at, *kind, None, what.clone());
            }
        }
        let symptom = incident.as_ref().and_then(|incident| incident.symptom.clone());
        let felt =
            telemetry.symptoms.iter().find(|felt| symptom.as_ref().is_none_or(|name| felt.name == *name));
        let diagnoses =
            incident.iter().flat_map(|incident| [&incident.diagnosis, &incident.latest]).flatten();
        let causes = || diagnoses.clone().flat_map(|diagnosis| diagnosis.causes());
        let suspects: BTreeSet<&Name> = causes().map(|cause| &cause.component).collect();
        let mut subjects: BTreeSet<&Signal> = causes()
            .flat_map(|cause| &cause.evidence)
            .filter_map(|evidence| match &evidence.subject {
                Subject::Signal(signal) => Some(signal),
                _ => None,
            })
            .collect();
        subjects.extend(felt.and_then(|felt| felt.signal.as_ref()));

        let added = self.add_signals(report, &subjects, began, telemetry);
        let added = added.and_then(|()| add_graph(report, felt, &suspects, telemetry.observer));
        let added = added.and_then(|()| felt.map_or(Ok(()), |felt| add_impact(report, felt, telemetry)));
        if let Err(why) = added {
            report.note("this report", format!("a part of it could not be made: {why}"));
        }
        for felt in telemetry.symptoms {
            if let Some(since) = telemetry.observer.suspected_since(felt.id) {
                let what =
                    format!("at {} its objective was not kept, as it seems since {since}", telemetry.now);
                report.note(felt.name.to_string(), what);
            }
        }
        for (subject, what) in &telemetry.notes {
            report.note(subject, what);
        }
    }

    /// The signals of the evidence, then those that were abnormal since, those with the most alerts first.
    fn add_signals(
        &self,
        report: &mut IncidentReport,
        subjects: &BTreeSet<&Signal>,
        began: Option<Timestamp>,
        telemetry: &Telemetry<'_>,
    ) -> Result<(), Error> {
        let observer = telemetry.observer;
        let mut alerts: BTreeMap<&Signal, Vec<Transition>> = BTreeMap::new();
        for (signal, transition) in &self.alerts {
            if began.is_none_or(|began| transition.at + BEFORE >= began) {
                alerts.entry(signal).or_default().push(*transition);
            }
        }
        let is_subject = |signal: &Signal| {
            subjects.iter().any(|s| {
                s.metric == signal.metric && (s.place() == signal.place() || s.place() == &signal.component)
            })
        };
        let mut chosen: Vec<(bool, usize, &Signal, Unit)> = observer
            .known_signals()
            .map(|(signal, unit)| (is_subject(signal), alerts.get(signal).map_or(0, Vec::len), signal, unit))
            .filter(|(is_subject, alerts, ..)| *is_subject || *alerts > 0)
            .collect();
        chosen.sort_by(|a, b| (b.0, b.1).cmp(&(a.0, a.1)).then_with(|| a.2.cmp(b.2)));
        let left = chosen.len().saturating_sub(SIGNALS);
        for (_, _, signal, unit) in chosen.iter().take(SIGNALS) {
            // Not every row has a value, for scrapes are not as even as the grid; what is a gap the chart finds.
            let known: Vec<At<f64>> =
                latest(observer.recent(signal)).into_iter().filter(|x| x.value.is_finite()).collect();
            if known.is_empty() {
                continue;
            }
            let chart = SeriesChart::new(signal.to_string(), &known)
                .unit(*unit)
                .expected(LEVEL, expected(&known, telemetry.step)?)?
                .alerts(AlertSpan::of_transitions(alerts.get(signal).into_iter().flatten()));
            report.signal(chart);
            // What has too few values to say anything of its quality is no news.
            if let Ok(quality) = Quality::new().check(&known)
                && !quality.is_clean()
            {
                report.quality(signal.to_string(), &quality);
            }
        }
        if !chosen.is_empty() {
            let what = "each is what a monitor would have expected that knows the values drawn and no others";
            report.note("bands", what);
        }
        if left > 0 {
            report.note("signals", format!("{left} others were abnormal at some time and are not drawn"));
        }
        Ok(())
    }
}

/// The newest rows.
fn latest<T>(mut rows: Vec<T>) -> Vec<T> {
    rows.drain(..rows.len().saturating_sub(ROWS));
    rows
}

/// What was expected of each value before it came.
fn expected(values: &[At<f64>], step: Duration) -> Result<Vec<At<Prediction>>, Error> {
    let mut monitor = DeviationMonitor::builder(step).build()?;
    let mut expected = Vec::with_capacity(values.len());
    for x in values {
        expected.extend(monitor.expected().map(|prediction| At::new(x.time, prediction)));
        let _ = monitor.update(*x);
    }
    Ok(expected)
}

fn add_graph(
    report: &mut IncidentReport,
    felt: Option<&Felt>,
    suspects: &BTreeSet<&Name>,
    observer: &Observer,
) -> Result<(), Error> {
    let mut calls = observer.call_counts();
    if calls.is_empty() {
        return Ok(());
    }
    let symptom_at = felt.and_then(|felt| felt.at.clone());
    if calls.len() > CALLS {
        let is_suspect = |name: &Name| suspects.contains(name) || symptom_at.as_ref() == Some(name);
        let rank = |(from, to, count): &(Name, Name, f64)| (is_suspect(from) || is_suspect(to), *count);
        calls.sort_by(|a, b| {
            let (a, b) = (rank(a), rank(b));
            b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
        });
        let left = calls.len() - CALLS;
        calls.truncate(CALLS);
        report.note("calls", format!("{left} pairs of components that call each other are not drawn"));
    }
    report.graph(&Graph::from_edges(calls)?, symptom_at);
    Ok(())
}

fn add_impact(report: &mut IncidentReport, felt: &Felt, telemetry: &Telemetry<'_>) -> Result<(), Error> {
    let Some(objective) = felt.objective else { return Ok(()) };
    let mut impact = UserImpact::new(telemetry.step, objective)?;
    for At { time, value: (good, bad) } in latest(telemetry.observer.recent_requests(felt.id)) {
        impact.count(time, good, bad);
    }
    if impact.extent().is_some() {
        report.impact(impact);
    }
    Ok(())
}
