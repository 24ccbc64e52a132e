//! What an incident report holds.

use crate::incident_report::incident::IncidentSummary;
use crate::incident_report::user_impact::UserImpact;
use crate::series_chart::SeriesChart;
use crate::timeline::{Timeline, TimelineKind};
use core::fmt;
use evenkeel_core::{Diagnosis, Name, Timestamp};
use evenkeel_locate::Graph;
use evenkeel_remedy::machine::{Notice, Record};
use evenkeel_series::clean::QualityReport;

/// An incident report: what happened, why, what was done about it, and what users felt, as one HTML file. Its `Display`
/// is the page.
///
/// The page has its drawings and its style in it. It runs nothing and loads nothing, and its content policy forbids
/// both. It is light or dark as the reader prefers, and each drawing is there twice, laid out for a desk and for a phone.
/// Every drawing has its content in words beside it for those who don't see it. All names in it are escaped.
///
/// It is made while the loop runs, from what the machine says ([`notice`](Self::notice)), or afterwards from its journal
/// alone ([`of_records`](Self::of_records)); then it says what a journal does not hold: signals, the graph, users.
///
/// Of a timeline at most 1,000 entries are listed for each incident; how many more there are is told.
///
/// Of 50 signals with 10,000 values each and their bands it takes well under a second, and less than 2 MB.
///
/// ```
/// use evenkeel_core::{Cause, Diagnosis, Timestamp};
/// use evenkeel_remedy::{Notice, verb::StandardVerb};
/// use evenkeel_report::IncidentReport;
///
/// let at = Timestamp::from_seconds(1_795_000_000);
/// let diagnosis = Diagnosis::new(at, vec![Cause::new("store", 0.9)?])?;
/// let mut report = IncidentReport::new("The shop, Tuesday");
/// report.notice(at, &Notice::<StandardVerb>::Opened { incident: 7, symptom: Some("users".into()), diagnosis });
/// let page = report.to_string();
/// assert!(page.starts_with("<!doctype html>") && page.contains("Incident 7"));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentReport {
    pub(crate) title: String,
    pub(crate) incidents: Vec<IncidentSummary>,
    pub(crate) timeline: Timeline,
    pub(crate) signals: Vec<SeriesChart>,
    pub(crate) graph: Option<Graph>,
    pub(crate) symptom_at: Option<Name>,
    pub(crate) impact: Option<UserImpact>,
    pub(crate) quality: Vec<(String, String)>,
    pub(crate) is_of_journal: bool,
}

impl IncidentReport {
    /// A report of nothing yet.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            incidents: Vec::new(),
            timeline: Timeline::new(),
            signals: Vec::new(),
            graph: None,
            symptom_at: None,
            impact: None,
            quality: Vec::new(),
            is_of_journal: false,
        }
    }

    /// What the journal of a machine tells.
    ///
    /// O(records²) in the worst case, where every record is the result of an action far before it.
    #[must_use]
    pub fn of_records<V: fmt::Display>(title: impl Into<String>, records: &[Record<V>]) -> Self {
        let mut report = Self { is_of_journal: true, ..Self::new(title) };
        report.timeline = Timeline::of_records(records);
        for (i, record) in records.iter().enumerate() {
            if let Some(number) = record.entry().incident() {
                report.incident(number).record(record, &records[..i]);
            }
        }
        report
    }

    /// The incident of a number, to be added to; a new one if it is not known.
    pub fn incident(&mut self, number: u64) -> &mut IncidentSummary {
        let place = match self.incidents.binary_search_by_key(&number, |incident| incident.number) {
            Ok(place) => place,
            Err(place) => {
                self.incidents.insert(place, IncidentSummary::new(number));
                place
            }
        };
        &mut self.incidents[place]
    }

    /// The incidents, by number.
    #[must_use]
    pub fn incidents(&self) -> &[IncidentSummary] {
        &self.incidents
    }

    /// Takes what the machine said at a time, into the timeline and the incident that it is about.
    pub fn notice<V: fmt::Display>(&mut self, at: Timestamp, notice: &Notice<V>) {
        self.timeline.notice(at, notice);
        if !matches!(notice, Notice::NotOpened { .. }) {
            self.incident(notice.incident()).notice(at, notice);
        }
    }

    /// Takes another diagnosis of an incident, which the observer made at a time.
    pub fn diagnosed(&mut self, at: Timestamp, incident: u64, diagnosis: &Diagnosis) {
        let what = match diagnosis.causes().first() {
            Some(cause) => {
                format!(
                    "{} with {}",
                    crate::cause_chart::name_of(cause),
                    crate::quantity::percent(cause.probability())
                )
            }
            None => "no cause stands out".into(),
        };
        self.timeline.push(at, TimelineKind::Diagnosis, Some(incident), what);
        self.incident(incident).diagnosed(diagnosis);
    }

    /// The timeline, to be added to.
    pub fn timeline_mut(&mut self) -> &mut Timeline {
        &mut self.timeline
    }

    /// The timeline.
    #[must_use]
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Adds a signal. Those of the evidence are drawn first, then those that were called abnormal, then the others, each
    /// in the order in which they were added. A signal belongs to evidence if its title contains the metric and the place
    /// of it, as that of [`Signal`](evenkeel_core::Signal)'s `Display` does.
    pub fn signal(&mut self, signal: SeriesChart) {
        self.signals.push(signal);
    }

    /// Who calls whom, and where users come in: the graph is drawn for each incident, colored by suspicion, with the way
    /// from there to the cause.
    pub fn graph(&mut self, graph: &Graph, symptom_at: Option<Name>) {
        (self.graph, self.symptom_at) = (Some(graph.clone()), symptom_at);
    }

    /// What users felt.
    pub fn impact(&mut self, impact: UserImpact) {
        self.impact = Some(impact);
    }

    /// What was found wrong with the data of a signal. A clean one is told in one line.
    pub fn quality(&mut self, signal: impl Into<String>, quality: &QualityReport) {
        self.quality.push((signal.into(), quality.to_string()));
    }

    /// Something else about the data: a source that went silent, values that were dropped.
    pub fn note(&mut self, subject: impl Into<String>, what: impl Into<String>) {
        self.quality.push((subject.into(), what.into()));
    }
}
