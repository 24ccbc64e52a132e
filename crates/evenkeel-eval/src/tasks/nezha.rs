//! Nezha: two shops of microservices with injected faults, recorded with metrics, traces and log lines.
//!
//! G. Yu, P. Chen, Y. Li, H. Chen, X. Li, Z. Zheng, Nezha: Interpretable fine-grained root causes analysis
//! for microservices on multi-modal observability data, ESEC/FSE 2023, doi:10.1145/3611643.3616249.
//!
//! *Format*: `labels.json` lists the cases: `case` (a folder, `SYSTEM/NAME`), `day`, `service`, `fault`,
//! `inject_timestamp` in Unix seconds. A case has `metrics.csv` (`timestamp` in Unix seconds, a row a minute,
//! columns `SERVICE|METRIC`; those of `@front_service` are what users feel, `@source_50|FROM_TO` is the
//! latency of calls that the caller sees), and any number of `trace*.csv` (TraceID, SpanID, ParentID,
//! PodName, OperationName, StartTimeUnixNano, EndTimeUnixNano) and `log*.csv` (TimeUnixNano, PodName,
//! TraceID, Log, a line as it is or as `log` of a JSON object; where it begins with `TIME LEVEL LOGGER#LINE`,
//! that is the statement that wrote it); a service is the name of its pod without the last two parts. Beside
//! the cases lie `DAY_normal_metrics.csv`, `DAY_normal_trace.csv` and `DAY_normal_log.csv` of minutes without
//! a fault, and `DAY_dependency.csv` (Source, Target); a day without one of them takes that of the first day
//! of the system that has one. All may be compressed (`.csv.gz`).
//!
//! Normal minutes are put before the case, one row after the other, traces and lines of the normal minutes
//! right before the first row of the case. The stated moment is that of the injection, `--shift SECONDS`
//! later (negative: earlier). Labels are used for scoring only. Every service that has a metric may be named.
//!
//! *Methods* and *metrics*: as of [`sockshop`](crate::tasks::sockshop), without the metric; each also by
//! system, and by system and kind of fault.

use super::folder::files;
use super::localization::METRICS;
use super::located::{self, Given, Labeled};
use super::task::{self, Source, Task, TaskOption};
use crate::contest::EvidenceKind;
use crate::read::{self, Table};
use crate::result::Value;
use crate::{Contest, Failure, Kind, Progress, TaskResult};
use core::time::Duration;
use evenkeel_core::{MetricKind, Signal, Timestamp, Unit};
use evenkeel_locate::logs::LogSet;
use evenkeel_locate::traces::{Span, TraceSet};
use evenkeel_locate::{CallColumns, Case, Graph, Metric, guess_kind};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The benchmark.
pub const TASK: Task = Task {
    name: "nezha",
    kind: Kind::Localizer,
    about: "two shops of microservices with metrics, traces, logs and injected faults (Nezha)",
    reads: "labels.json; SYSTEM/CASE/{metrics,trace*,log*}.csv; SYSTEM/DAY_{normal_metrics,normal_trace,normal_log,dependency}.csv",
    metrics: &METRICS,
    options: &[
        TaskOption::new("shift", Some("SECONDS"), "state the fault so much later (negative: earlier)"),
        TaskOption::new("evidence", Some("metrics,traces,logs"), "the evidence given; by default all of it"),
        task::ONLY,
        task::LIMIT,
    ],
    source: Source {
        address: "https://github.com/IntelligentDDS/Nezha, folders construct_data and rca_data",
        preparation: "cut to the minutes around each injection, traces sampled, times of TrainTicket corrected by 8 h",
        license: "MIT",
    },
    run,
};

/// Where recordings are put in time; only differences matter.
const START: Timestamp = Timestamp::from_seconds(1_000_000_000);
const STEP: Duration = Duration::from_secs(60);
/// A column of what users feel begins with this.
const FRONT: &str = "@front_service";
/// So does one of what callers see of their calls; latencies are their medians.
const CALLS: &str = "@source_50";

#[derive(Debug, Clone, Deserialize)]
struct Label {
    case: String,
    day: String,
    service: String,
    fault: String,
    inject_timestamp: i64,
}

/// A case as it was read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Incident {
    /// Its name, which is its path in the folder.
    pub name: String,
    /// The service that was at fault.
    pub service: String,
    /// What was injected.
    pub fault: String,
    /// The metrics of services, normal minutes first; NaN is missing.
    pub metrics: Vec<(Signal, Vec<f64>)>,
    /// What callers see of their calls: from, to, seconds.
    pub calls: Vec<(String, String, Vec<f64>)>,
    /// The latency that users feel, if it was recorded.
    pub symptom: Option<Vec<f64>>,
    /// The traces.
    pub traces: TraceSet,
    /// The log lines.
    pub logs: LogSet,
    /// Who calls whom, as was written down.
    pub graph: Graph,
    /// When the fault was injected, on the time of the case.
    injected: Timestamp,
}

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let root = &contest.data;
    let labels = labels(root)?;
    let names = labels.iter().map(|label| label.case.clone()).collect();
    located::run(contest, progress, names, |name| {
        let label = labels.iter().find(|label| label.case == name).ok_or("no label")?;
        load(root, label)
    })
}

/// The names of the cases, in order.
///
/// # Errors
/// If the labels cannot be read, or there is none.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    Ok(labels(folder)?.into_iter().map(|label| label.case).collect())
}

/// Reads a case by its name.
///
/// # Errors
/// If there is no such label, or its files cannot be read or are not of the format; the reason names the
/// place.
pub fn read(folder: &Path, name: &str) -> Result<Incident, Failure> {
    let labels = labels(folder)?;
    let label = labels.iter().find(|label| label.case == name);
    load(folder, label.ok_or_else(|| Failure::new(format!("there is no label of {name}")))?)
        .map_err(Failure::new)
}

fn labels(folder: &Path) -> Result<Vec<Label>, Failure> {
    let path = folder.join("labels.json");
    let text = read::text(&path).map_err(Failure::new)?;
    let wrong = |why: &dyn std::fmt::Display| Failure::new(format!("{}: {why}", path.display()));
    let mut labels: Vec<Label> = serde_json::from_str(&text).map_err(|why| wrong(&why))?;
    labels.sort_by(|a, b| a.case.cmp(&b.case));
    if let Some(pair) = labels.windows(2).find(|pair| pair[0].case == pair[1].case) {
        return Err(wrong(&format_args!("two labels are of {}", pair[0].case)));
    }
    super::folder::not_empty(labels, folder)
}

impl Incident {
    /// The case that localizers see, with the fault stated so many seconds late.
    ///
    /// # Errors
    /// If the columns make no case.
    pub fn case(&self, shift: i64) -> Result<Case<'_>, Failure> {
        Labeled::case(self, &Given::all(shift)).map_err(Failure::new)
    }

    fn system(&self) -> &str {
        self.name.split('/').next().unwrap_or_default()
    }
}

impl Labeled for Incident {
    fn name(&self) -> &str {
        &self.name
    }

    fn culprit(&self) -> &str {
        &self.service
    }

    fn groups(&self) -> Vec<String> {
        vec![self.system().to_owned(), format!("{}, {}", self.system(), self.fault)]
    }

    fn sizes(&self) -> (usize, usize) {
        let services: BTreeSet<_> = self.metrics.iter().map(|(signal, _)| &signal.component).collect();
        (services.len(), self.metrics.len())
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        vec![("service", self.service.as_str().into()), ("fault", self.fault.as_str().into())]
    }

    fn case(&self, given: &Given<'_>) -> Result<Case<'_>, String> {
        let apart = Duration::from_secs(given.shift.unsigned_abs());
        let stated = if given.shift < 0 { self.injected - apart } else { self.injected + apart };
        let mut case = Case::builder(START, STEP, stated).graph(&self.graph);
        if given.has(EvidenceKind::Metrics) {
            let kind = |(signal, _): &(Signal, Vec<f64>)| {
                let kind = guess_kind(signal.metric.as_str());
                (kind, if kind == MetricKind::Latency { Unit::Seconds } else { Unit::None })
            };
            let mut kinds: Vec<(MetricKind, Unit)> = self.metrics.iter().map(kind).collect();
            if given.shuffled {
                located::shuffle(&mut kinds, &self.name);
            }
            let metrics = self.metrics.iter().zip(kinds);
            case = case.metrics(metrics.map(|((signal, column), (kind, unit))| {
                Metric::new(signal.clone(), column).kind(kind).unit(unit)
            }));
            for (from, to, seconds) in &self.calls {
                let failed = vec![f64::NAN; seconds.len()];
                case = case.calls(CallColumns::new(from.as_str(), to.as_str(), seconds, failed));
            }
            if let Some(symptom) = &self.symptom {
                case = case.symptom(symptom).symptom_kind(MetricKind::Latency);
            }
        }
        if given.has(EvidenceKind::Traces) && !self.traces.is_empty() {
            case = case.traces(&self.traces);
        }
        if given.has(EvidenceKind::Logs) && !self.logs.is_empty() {
            case = case.logs(&self.logs);
        }
        case.build().map_err(|why| why.to_string())
    }
}

fn load(root: &Path, label: &Label) -> Result<Incident, String> {
    let folder = root.join(&label.case);
    let system = label.case.split('/').next().unwrap_or_default();
    let system_folder = root.join(system);
    let of_day = |kind: &str| day_file(&system_folder, &label.day, kind);
    let of_case = metrics(&folder.join("metrics.csv"))?;
    let normal = of_day("normal_metrics")?.map(|path| metrics(&path)).transpose()?.unwrap_or_default();
    let first = *of_case.column("timestamp").and_then(|times| times.first()).unwrap_or(&0.0);
    let normal_rows = normal.rows();
    let case_start = START + STEP.saturating_mul(u32::try_from(normal_rows).unwrap_or(u32::MAX));
    let time = Moved { from: first as i64 * NANOS, to: case_start.as_nanos() };

    let mut columns = Columns::default();
    let names: BTreeSet<&String> = normal.names.iter().chain(&of_case.names).collect();
    for name in names.into_iter().filter(|name| *name != "timestamp") {
        let part =
            |table: &Table| table.column(name).map_or_else(|| vec![f64::NAN; table.rows()], <[f64]>::to_vec);
        let mut column = part(&normal);
        column.extend(part(&of_case));
        columns.add(name, column)?;
    }
    if !columns.metrics.iter().any(|(signal, _)| signal.component == label.service.as_str()) {
        return Err(format!("no column of the service {}", label.service));
    }

    let mut spans = Vec::new();
    if let Some(path) = of_day("normal_trace")? {
        let mut normal = Vec::new();
        read_spans(&path, "normal ", Moved::default(), &mut normal)?;
        let last = normal.iter().map(|span: &RawSpan| span.end).max().unwrap_or(0);
        let before = Moved { from: last, to: case_start.as_nanos() - NANOS };
        spans.extend(normal.into_iter().map(|span| span.moved(before)));
    }
    for file in files_of(&folder, "trace")? {
        read_spans(&folder.join(file), "", time, &mut spans)?;
    }
    let mut lines = Vec::new();
    if let Some(path) = of_day("normal_log")? {
        let mut normal = Vec::new();
        read_lines(&path, "normal ", Moved::default(), &mut normal)?;
        let last = normal.iter().map(|line: &RawLine| line.at).max().unwrap_or(0);
        let before = Moved { from: last, to: case_start.as_nanos() - NANOS };
        lines.extend(normal.into_iter().map(|line| RawLine { at: before.time(line.at), ..line }));
    }
    for file in files_of(&folder, "log")? {
        read_lines(&folder.join(file), "", time, &mut lines)?;
    }
    lines.sort_by_key(|line| line.at);
    let mut logs = LogSet::default();
    for RawLine { at, service, trace, text } in &lines {
        let (at, trace) = (Timestamp::from_nanos(*at), Some(trace.as_str()));
        match statement(text) {
            Ok(statement) => logs.line_of(at, service.as_str(), trace, &statement),
            Err(message) => logs.line(at, service.as_str(), trace, message),
        }
    }
    let traces = TraceSet::new(spans.into_iter().map(RawSpan::span)).map_err(|why| why.to_string())?;
    Ok(Incident {
        name: label.case.clone(),
        service: label.service.clone(),
        fault: label.fault.clone(),
        metrics: columns.metrics,
        calls: columns.calls,
        symptom: columns.symptom,
        traces,
        logs,
        graph: of_day("dependency")?.map(|path| graph(&path)).transpose()?.unwrap_or_else(empty_graph),
        injected: Timestamp::from_nanos(time.time(label.inject_timestamp.saturating_mul(NANOS))),
    })
}

const NANOS: i64 = 1_000_000_000;

/// From one time to another.
#[derive(Debug, Clone, Copy, Default)]
struct Moved {
    from: i64,
    to: i64,
}

impl Moved {
    fn time(self, at: i64) -> i64 {
        at.saturating_sub(self.from).saturating_add(self.to)
    }
}

fn empty_graph() -> Graph {
    Graph::builder().build().unwrap_or_else(|_| unreachable!("a graph without edges has no wrong one"))
}

/// The columns of a case, by what they are of.
#[derive(Debug, Default)]
struct Columns {
    metrics: Vec<(Signal, Vec<f64>)>,
    calls: Vec<(String, String, Vec<f64>)>,
    symptom: Option<Vec<f64>>,
}

impl Columns {
    fn add(&mut self, name: &str, column: Vec<f64>) -> Result<(), String> {
        let (of, metric) =
            name.split_once('|').ok_or_else(|| format!("column {name:?} is not SERVICE|METRIC"))?;
        match of {
            FRONT if metric.starts_with("LatencyP90") => self.symptom = Some(column),
            CALLS => {
                if let Some((from, to)) = metric.split_once('_') {
                    self.calls.push((from.to_owned(), to.to_owned(), column));
                }
            }
            _ if of.starts_with('@') => {}
            _ => self.metrics.push((Signal::new(of, metric), column)),
        }
        Ok(())
    }
}

fn metrics(path: &Path) -> Result<Table, String> {
    let table = read::table(&read::text(path)?).map_err(|why| format!("{}: {why}", path.display()))?;
    if table.column("timestamp").is_none() {
        return Err(format!("{}: there is no column timestamp", path.display()));
    }
    Ok(table)
}

/// A file of a day, or of the first day that has one.
fn day_file(system: &Path, day: &str, kind: &str) -> Result<Option<PathBuf>, String> {
    let own = system.join(format!("{day}_{kind}.csv"));
    if read::find(&own).is_some() {
        return Ok(Some(own));
    }
    let ending = format!("_{kind}.csv");
    let others = files(system, |name| name.ends_with(&ending)).map_err(|why| why.to_string())?;
    Ok(others.first().map(|name| system.join(name)))
}

fn files_of(folder: &Path, kind: &str) -> Result<Vec<String>, String> {
    files(folder, |name| name.starts_with(kind) && name.ends_with(".csv")).map_err(|why| why.to_string())
}

/// The service of a pod: its name without the last two parts.
fn service(pod: &str) -> &str {
    let parts = pod.rsplitn(3, '-');
    parts.last().unwrap_or(pod)
}

#[derive(Debug, Clone, Deserialize)]
struct SpanRow {
    #[serde(rename = "TraceID")]
    trace: String,
    #[serde(rename = "SpanID")]
    id: String,
    #[serde(rename = "ParentID")]
    parent: String,
    #[serde(rename = "PodName")]
    pod: String,
    #[serde(rename = "OperationName")]
    operation: String,
    #[serde(rename = "StartTimeUnixNano")]
    start: i64,
    #[serde(rename = "EndTimeUnixNano")]
    end: i64,
}

#[derive(Debug, Clone)]
struct RawSpan {
    trace: String,
    id: String,
    parent: Option<String>,
    service: String,
    operation: String,
    start: i64,
    end: i64,
}

impl RawSpan {
    fn moved(self, by: Moved) -> Self {
        Self { start: by.time(self.start), end: by.time(self.end), ..self }
    }

    fn span(self) -> Span {
        let Self { trace, id, parent, service, operation, start, end } = self;
        Span::new(&id, parent.as_deref(), service, operation, (start, end)).in_trace(&trace)
    }
}

/// Appends the spans of a file; the ids of its traces begin with a prefix.
fn read_spans(path: &Path, prefix: &str, time: Moved, spans: &mut Vec<RawSpan>) -> Result<(), String> {
    let text = read::text(path)?;
    for row in csv::Reader::from_reader(text.as_bytes()).into_deserialize() {
        let row: SpanRow = row.map_err(|why| format!("{}: {why}", path.display()))?;
        spans.push(RawSpan {
            trace: format!("{prefix}{}", row.trace),
            id: row.id,
            parent: Some(row.parent).filter(|parent| parent != "root" && !parent.is_empty()),
            service: service(&row.pod).to_owned(),
            operation: row.operation,
            start: time.time(row.start),
            end: time.time(row.end),
        });
    }
    Ok(())
}

#[derive(Debug, Clone, Deserialize)]
struct LineRow {
    #[serde(rename = "TimeUnixNano")]
    at: i64,
    #[serde(rename = "PodName")]
    pod: String,
    #[serde(rename = "TraceID")]
    trace: String,
    #[serde(rename = "Log")]
    log: String,
}

/// What the container runtime writes around a line.
#[derive(Debug, Clone, Deserialize)]
struct Wrapped {
    log: String,
}

#[derive(Debug, Clone)]
struct RawLine {
    at: i64,
    service: String,
    trace: String,
    text: String,
}

fn read_lines(path: &Path, prefix: &str, time: Moved, lines: &mut Vec<RawLine>) -> Result<(), String> {
    let text = read::text(path)?;
    for row in csv::Reader::from_reader(text.as_bytes()).into_deserialize() {
        let row: LineRow = row.map_err(|why| format!("{}: {why}", path.display()))?;
        let text = serde_json::from_str::<Wrapped>(&row.log).map_or(row.log, |wrapped| wrapped.log);
        lines.push(RawLine {
            at: time.time(row.at),
            service: service(&row.pod).to_owned(),
            trace: format!("{prefix}{}", row.trace),
            text: text.trim_end().to_owned(),
        });
    }
    Ok(())
}

/// The statement that wrote a line of TrainTicket, `TIME LEVEL LOGGER#LINE TraceID: ...`, as `LEVEL
/// LOGGER#LINE`; or the line itself.
fn statement(text: &str) -> Result<String, &str> {
    let mut words = text.split_whitespace().skip(1);
    let (Some(level), Some(place)) = (words.next(), words.next()) else { return Err(text) };
    let is_line = |line: &str| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit());
    match place.rsplit_once('#') {
        Some((logger, line)) if !logger.is_empty() && is_line(line) => Ok(format!("{level} {place}")),
        _ => Err(text),
    }
}

fn graph(path: &Path) -> Result<Graph, String> {
    #[derive(Deserialize)]
    struct Row {
        #[serde(rename = "Source")]
        source: String,
        #[serde(rename = "Target")]
        target: String,
    }
    let text = read::text(path)?;
    let mut graph = Graph::builder();
    for row in csv::Reader::from_reader(text.as_bytes()).into_deserialize() {
        let row: Row = row.map_err(|why| format!("{}: {why}", path.display()))?;
        graph = graph.edge(row.source, row.target, 1.0);
    }
    graph.build().map_err(|why| format!("{}: {why}", path.display()))
}
