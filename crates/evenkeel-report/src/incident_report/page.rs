//! The page: what of the report stands where. Its words are in `templates/incident_report.html`.

use crate::alert_span::AlertSpan;
use crate::cause_chart::{CauseChart, name_of};
use crate::drawing::{Drawing, STYLE};
use crate::element::is_unsafe;
use crate::graph_chart::GraphChart;
use crate::incident_report::incident::IncidentSummary;
use crate::incident_report::incident_report::IncidentReport;
use crate::plot_area::{extent_of, words_of};
use crate::quantity::percent;
use crate::time_axis::clock;
use crate::timeline::Timeline;
use crate::timeline_chart::TimelineChart;
use askama::Template;
use core::fmt;
use core::time::Duration;
use evenkeel_core::{Evidence, Subject, Timestamp};

/// The widths for which each drawing is laid out.
const DESK: u32 = 960;
const PHONE: u32 = 328;
/// At most so many lines about the data of a signal.
const FINDINGS: usize = 6;
/// At most so many sentences of evidence for a cause, and causes for an incident.
const EVIDENCE: usize = 8;
const CAUSES: usize = 5;
/// At most so many rows of a timeline.
const ROWS: usize = 1_000;

const PAGE_STYLE: &str = include_str!("../../style/page.css");

/// A text for the page: without characters that have no place in one. The template escapes it.
struct Words(String);

impl Words {
    fn new(text: impl fmt::Display) -> Self {
        Self(text.to_string().chars().map(|c| if is_unsafe(c) { '\u{FFFD}' } else { c }).collect())
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Markup that a [`Drawing`] wrote, or a style of this crate: the only text that the template does not escape.
struct Markup(String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Markup {}

/// A drawing in both layouts.
struct Figure {
    desk: Markup,
    phone: Markup,
}

/// Draws twice, under identifiers of their own.
fn figure(id: &str, draw: impl Fn(u32) -> Drawing) -> Figure {
    let fragment = |width: u32, at: &str| Markup(draw(width).fragment(&format!("{id}-{at}")));
    Figure { desk: fragment(DESK, "desk"), phone: fragment(PHONE, "phone") }
}

#[derive(Template)]
#[template(path = "incident_report.html")]
struct Page {
    title: Words,
    extent: Option<Words>,
    source: &'static str,
    style: Markup,
    incidents: Vec<Section>,
    impact: Option<Impact>,
    signals: Vec<Figure>,
    quality: Vec<(Words, Vec<Words>)>,
    around: Option<(Figure, Vec<Row>)>,
    missing: Vec<&'static str>,
}

/// The section of an incident.
struct Section {
    number: u64,
    symptom: Option<Words>,
    began: Words,
    length: Words,
    cause: Words,
    done: Vec<Words>,
    outcome: Words,
    /// Whether somebody has something to do: it is not over, or nothing is left to try.
    needs_somebody: bool,
    bad: Option<Words>,
    causes: Option<Figure>,
    evidence: Vec<(Words, Vec<Words>)>,
    way: Vec<Words>,
    graph: Option<Figure>,
    timeline: Figure,
    rows: Vec<Row>,
}

/// A row of a timeline.
struct Row {
    at: Words,
    kind: Words,
    what: Words,
}

struct Impact {
    figure: Figure,
    good: u64,
    bad: u64,
    above: Words,
    objective: Words,
}

impl fmt::Display for IncidentReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        page(self).render_into(f).map_err(|_| fmt::Error)
    }
}

fn page(report: &IncidentReport) -> Page {
    Page {
        title: Words::new(&report.title),
        extent: extent(report).map(|extent| Words::new(words_of(extent))),
        source: match (report.is_of_journal, is_journal_alone(report)) {
            (true, true) => "the journal of the machine alone",
            (true, false) => "the journal of the machine, and what was recorded beside it",
            (false, _) => "what was recorded as it ran",
        },
        style: Markup(format!("{STYLE}{PAGE_STYLE}")),
        incidents: report.incidents.iter().map(|incident| section(report, incident)).collect(),
        impact: impact(report),
        signals: signals(report),
        quality: quality(report),
        around: around(report),
        missing: missing(report),
    }
}

/// Whether nothing was added that a journal does not hold.
fn is_journal_alone(report: &IncidentReport) -> bool {
    report.signals.is_empty() && report.graph.is_none() && report.impact.is_none()
}

fn extent(report: &IncidentReport) -> Option<(Timestamp, Timestamp)> {
    let timeline = report.timeline.entries().iter().map(|entry| entry.at);
    let impact = report.impact.iter().filter_map(super::UserImpact::extent).flat_map(|(from, to)| [from, to]);
    extent_of(timeline.chain(impact))
}

fn section(report: &IncidentReport, incident: &IncidentSummary) -> Section {
    let number = incident.number;
    let diagnosis = incident.diagnosis.as_ref();
    let first = diagnosis.and_then(|d| d.causes().first());
    let timeline = report.timeline.of_incident(number, incident.began);
    let chart = report.graph.as_ref().map(|graph| {
        let mut chart = GraphChart::new("", graph);
        if let Some(diagnosis) = diagnosis {
            chart = chart.diagnosis(diagnosis);
        }
        match &report.symptom_at {
            Some(at) => chart.symptom_at(at.clone()),
            None => chart,
        }
    });
    let evidence = diagnosis.map_or(Vec::new(), |diagnosis| {
        let causes = diagnosis.causes().iter().take(CAUSES).filter(|cause| cause.probability() >= 0.005);
        causes
            .map(|cause| {
                // The sign stays with its number.
                let share = percent(cause.probability()).replace(' ', "\u{a0}");
                let name = format!("{}, {share}", name_of(cause));
                let said = cause.evidence.iter().take(EVIDENCE).map(|e| Words::new(sentence(e)));
                (Words::new(name), said.collect())
            })
            .collect()
    });
    let began = incident.began.or(incident.opened);
    let end = incident.closed.or_else(|| extent(report).map(|(_, last)| last));
    let bad = report.impact.as_ref().zip(began).zip(end).map(|((impact, began), end)| {
        let (good, bad) = impact.total(began, end);
        let all = good.saturating_add(bad);
        Words::new(format!("{bad} of {all}"))
    });
    let done = incident.actions.iter().map(|(action, outcome)| match outcome {
        Some(outcome) => Words::new(format!("{action}: {outcome}")),
        None => Words::new(format!("{action}: not known what became of it")),
    });
    Section {
        number,
        symptom: incident.symptom.as_ref().map(Words::new),
        began: began.map_or(Words::new("not recorded"), |at| Words::new(clock(at))),
        length: incident.length().map_or(Words::new("–"), |length| Words::new(duration(length))),
        cause: first.map_or(Words::new("no cause stands out"), |cause| {
            Words::new(format!("{}, {}", name_of(cause), percent(cause.probability())))
        }),
        done: done.collect(),
        outcome: Words::new(incident.outcome.as_deref().unwrap_or("not over")),
        needs_somebody: incident.closed.is_none() || incident.is_escalated,
        bad,
        causes: diagnosis.filter(|diagnosis| !diagnosis.causes().is_empty()).map(|diagnosis| {
            let chart = CauseChart::new("", diagnosis).most_causes(CAUSES).most_evidence(0);
            figure(&format!("causes-{number}"), |width| chart.draw(width))
        }),
        evidence,
        way: chart.as_ref().map_or(Vec::new(), |chart| chart.way().iter().map(Words::new).collect()),
        graph: chart.map(|chart| figure(&format!("graph-{number}"), |width| chart.draw(width))),
        timeline: timeline_figure(&format!("timeline-{number}"), &timeline),
        rows: rows(&timeline),
    }
}

fn timeline_figure(id: &str, timeline: &Timeline) -> Figure {
    let chart = TimelineChart::new("", timeline).sentences(0);
    figure(id, |width| chart.draw(width))
}

fn rows(timeline: &Timeline) -> Vec<Row> {
    let row = |entry: &crate::timeline::TimelineEntry| Row {
        at: Words::new(clock(entry.at)),
        kind: Words::new(entry.kind),
        what: Words::new(&entry.what),
    };
    let mut rows: Vec<Row> = timeline.entries().iter().take(ROWS).map(row).collect();
    if let Some(next) = timeline.entries().get(ROWS) {
        let what = Words::new(format!("and {} more, which are not listed", timeline.entries().len() - ROWS));
        rows.push(Row { at: Words::new(clock(next.at)), kind: Words::new("–"), what });
    }
    rows
}

/// What belongs to no incident, where that is told nowhere else.
fn around(report: &IncidentReport) -> Option<(Figure, Vec<Row>)> {
    let mut outside = Timeline::new();
    let told = |incident: &IncidentSummary| report.timeline.of_incident(incident.number, incident.began);
    let extent = |timeline: Timeline| extent_of(timeline.entries().iter().map(|entry| entry.at));
    let spans: Vec<(Timestamp, Timestamp)> = report.incidents.iter().map(told).filter_map(extent).collect();
    for entry in report.timeline.entries().iter().filter(|entry| entry.incident.is_none()) {
        if !spans.iter().any(|(from, to)| (*from..=*to).contains(&entry.at)) {
            outside.push(entry.at, entry.kind, None, entry.what.clone());
        }
    }
    (!outside.entries().is_empty()).then(|| (timeline_figure("timeline-around", &outside), rows(&outside)))
}

fn impact(report: &IncidentReport) -> Option<Impact> {
    let impact = report.impact.as_ref()?;
    let (from, to) = impact.extent()?;
    let spans = report.incidents.iter().filter_map(|incident| {
        let start = incident.began.or(incident.opened)?;
        Some(AlertSpan::new(start, incident.closed, format!("incident {}", incident.number)))
    });
    let chart = impact.chart("Share of bad requests", spans);
    let (good, bad) = impact.total(from, to);
    let above = impact.above_objective(from, to);
    let above = match above.is_zero() {
        true => "there never were more".into(),
        false => format!("for {} there were more", duration(above)),
    };
    Some(Impact {
        figure: figure("impact", |width| chart.draw(width)),
        good,
        bad,
        above: Words::new(above),
        objective: Words::new(crate::quantity(impact.objective(), evenkeel_core::Unit::Ratio)),
    })
}

/// Those of the evidence first, then those that were called abnormal, then the others.
fn signals(report: &IncidentReport) -> Vec<Figure> {
    let causes = report.incidents.iter().filter_map(|i| i.diagnosis.as_ref()).flat_map(|d| d.causes());
    let subjects: Vec<&evenkeel_core::Signal> = causes
        .flat_map(|cause| &cause.evidence)
        .filter_map(|evidence| match &evidence.subject {
            Subject::Signal(signal) => Some(signal),
            _ => None,
        })
        .collect();
    // As the evidence stands in the report: that of the most probable cause first.
    let place = |title: &str| {
        subjects.iter().position(|s| title.contains(s.metric.as_str()) && title.contains(s.place().as_str()))
    };
    let mut order: Vec<(usize, &crate::series_chart::SeriesChart)> = report
        .signals
        .iter()
        .map(|chart| {
            let others = subjects.len() + usize::from(chart.abnormal().is_empty());
            (place(chart.title()).unwrap_or(others), chart)
        })
        .collect();
    order.sort_by_key(|(rank, _)| *rank);
    order
        .into_iter()
        .enumerate()
        .map(|(i, (_, c))| figure(&format!("signal-{i}"), |width| c.draw(width)))
        .collect()
}

fn quality(report: &IncidentReport) -> Vec<(Words, Vec<Words>)> {
    let lines = |text: &str| {
        let mut said: Vec<Words> = text.lines().take(FINDINGS).map(Words::new).collect();
        let more = text.lines().count() - said.len();
        if more > 0 {
            said.push(Words::new(format!("and {more} more")));
        }
        said
    };
    report.quality.iter().map(|(subject, what)| (Words::new(subject), lines(what))).collect()
}

fn missing(report: &IncidentReport) -> Vec<&'static str> {
    let checks = [
        (report.incidents.is_empty(), "no incident was opened"),
        (report.signals.is_empty(), "no signals were recorded"),
        (report.graph.is_none(), "the service graph was not recorded"),
        (report.impact.is_none(), "requests of users were not recorded"),
        (report.quality.is_empty(), "the quality of the data was not recorded"),
    ];
    checks.into_iter().filter(|(is_missing, _)| *is_missing).map(|(_, what)| what).collect()
}

/// Evidence with times and numbers for people.
fn sentence(evidence: &Evidence) -> String {
    let say = |x| crate::quantity(x, evidence.unit);
    let expected = evidence.expected.map_or(String::new(), |x| format!(", expected {}", say(x)));
    format!(
        "{} is {}{expected}, since {} ({}, weight {:.2})",
        evidence.subject,
        say(evidence.observed),
        clock(evidence.since),
        evidence.localizer,
        evidence.weight
    )
}

/// A length of time for people.
fn duration(length: Duration) -> String {
    let seconds = length.as_secs_f64();
    match length.as_secs() {
        0..60 => format!("{} s", crate::significant(seconds)),
        60..3_600 => format!("{} min {} s", length.as_secs() / 60, length.as_secs() % 60),
        _ => format!("{} h {} min", length.as_secs() / 3_600, length.as_secs() / 60 % 60),
    }
}
