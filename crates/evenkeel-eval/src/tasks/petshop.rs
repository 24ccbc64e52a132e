//! PetShop: a pet adoption site on cloud services, with injected faults.
//!
//! M. Hardt et al., The PetShop dataset - Finding causes of performance issues across microservices, CLeaR
//! 2024, arXiv:2311.04806.
//!
//! *Format*: a case is a folder with `metrics.csv` and `target.json` at any depth below a scenario's, and its
//! name is its path; `SCENARIO/graph.csv` is the adjacency of the scenario (the row calls the column), and
//! `SCENARIO/noissue/metrics.csv` its normal operation; a scenario without one takes that of the first
//! scenario in the order of names that has one. A `metrics.csv` has three header rows (microservice, metric,
//! statistic), a fourth with the name of the index, and rows five minutes apart that begin with Unix seconds;
//! empty cells are missing. Columns are matched by all three header rows. The rows of normal operation and of
//! the case are put one after the other; the stated moment is that of the target among the rows of the case,
//! `--shift SECONDS` later (negative: earlier). The target's column is the symptom. The truth is
//! `root_cause.node` of `target.json`, or of `labels.json` where there is one; it is used for scoring only.
//! Every node that has a metric may be named.
//!
//! *Methods* and *metrics*: as of [`sockshop`](crate::tasks::sockshop), without the metric; each also by
//! scenario, and by scenario and the target's metric.

use super::folder::folders;
use super::localization::METRICS;
use super::located::{self, Given, Labeled};
use super::task::{self, Source, Task, TaskOption};
use crate::contest::EvidenceKind;
use crate::read;
use crate::result::Value;
use crate::{Contest, Failure, Kind, Progress, TaskResult};
use core::time::Duration;
use evenkeel_core::{MetricKind, Signal, Timestamp, Unit};
use evenkeel_locate::{Case, Graph, Metric, guess_kind};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The benchmark.
pub const TASK: Task = Task {
    name: "petshop",
    kind: Kind::Localizer,
    about: "a pet adoption site on cloud services with injected faults (PetShop)",
    reads: "SCENARIO/graph.csv, SCENARIO/noissue/metrics.csv, CASE/metrics.csv and CASE/target.json; labels.json if there is one",
    metrics: &METRICS,
    options: &[
        TaskOption::new("shift", Some("SECONDS"), "state the fault so much later (negative: earlier)"),
        TaskOption::new("evidence", Some("metrics"), "the evidence given; metrics are all that was recorded"),
        task::ONLY,
        task::LIMIT,
    ],
    source: Source {
        address: "https://github.com/amazon-science/petshop-root-cause-analysis, folder dataset",
        preparation: "",
        license: "CC-BY-4.0",
    },
    run,
};

/// Where recordings are put in time; only differences matter.
const START: Timestamp = Timestamp::from_seconds(1_000_000_000);
const STEP: Duration = Duration::from_secs(300);

#[derive(Debug, Clone, Deserialize)]
struct Target {
    node: String,
    metric: String,
    agg: String,
    timestamp: f64,
}

#[derive(Debug, Clone, Deserialize)]
struct RootCause {
    node: String,
}

/// What `target.json` holds, and, with the case, an entry of `labels.json`.
#[derive(Debug, Clone, Deserialize)]
struct Label {
    #[serde(default)]
    case: String,
    target: Target,
    root_cause: RootCause,
}

/// A case as it was read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Issue {
    /// Its name, which is its path in the folder.
    pub name: String,
    /// The node that was at fault.
    pub culprit: String,
    /// The metrics: of normal operation and of the case, one after the other; NaN is missing.
    pub columns: BTreeMap<Signal, Vec<f64>>,
    /// Who calls whom.
    pub graph: Graph,
    /// The metric that users feel, and its node.
    pub symptom: Signal,
    /// How many rows of normal operation there are.
    pub normal_rows: usize,
    /// How many seconds after the first row of the case the target is.
    stated: f64,
    /// The kind of the target's metric.
    felt: MetricKind,
}

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let root = &contest.data;
    located::run(contest, progress, names(root)?, |name| load(root, name))
}

/// The names of the cases, in order.
///
/// # Errors
/// If the folder cannot be read or holds no case.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut names = BTreeSet::new();
    collect(folder, "", DEPTH, &mut names)?;
    super::folder::not_empty(names.into_iter().collect(), folder)
}

/// Reads a case by its name.
///
/// # Errors
/// If its files, or those of its scenario, cannot be read or are not of the format; the reason names the
/// place.
pub fn read(folder: &Path, name: &str) -> Result<Issue, Failure> {
    load(folder, name).map_err(Failure::new)
}

impl Issue {
    /// The case that localizers see, with the fault stated so many seconds late.
    ///
    /// # Errors
    /// If the columns make no case.
    pub fn case(&self, shift: i64) -> Result<Case<'_>, Failure> {
        Labeled::case(self, &Given::all(shift)).map_err(Failure::new)
    }
}

impl Labeled for Issue {
    fn name(&self) -> &str {
        &self.name
    }

    fn culprit(&self) -> &str {
        &self.culprit
    }

    fn groups(&self) -> Vec<String> {
        let scenario = self.name.split('/').next().unwrap_or_default();
        let felt = if self.felt == MetricKind::Latency { "latency" } else { "availability" };
        vec![scenario.to_owned(), format!("{scenario}, {felt}")]
    }

    fn sizes(&self) -> (usize, usize) {
        let nodes: BTreeSet<_> = self.columns.keys().map(|signal| &signal.component).collect();
        (nodes.len(), self.columns.len())
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        vec![("node", self.culprit.as_str().into()), ("symptom", self.symptom.to_string().into())]
    }

    fn case(&self, given: &Given<'_>) -> Result<Case<'_>, String> {
        let seconds = self.stated + given.shift as f64;
        let distance = STEP.saturating_mul(u32::try_from(self.normal_rows).unwrap_or(u32::MAX));
        let case_start = START + distance;
        let apart = Duration::try_from_secs_f64(seconds.abs()).map_err(|why| why.to_string())?;
        let stated = if seconds < 0.0 { case_start - apart } else { case_start + apart };
        let mut case = Case::builder(START, STEP, stated);
        if given.has(EvidenceKind::Metrics) {
            let kind = |signal: &Signal| {
                let kind = guess_kind(signal.metric.as_str());
                let unit = match kind {
                    MetricKind::Latency => Unit::Seconds,
                    MetricKind::Availability => Unit::Ratio,
                    _ => Unit::None,
                };
                (kind, unit)
            };
            let mut kinds: Vec<(MetricKind, Unit)> = self.columns.keys().map(kind).collect();
            if given.shuffled {
                located::shuffle(&mut kinds, &self.name);
            }
            let metrics = self.columns.iter().zip(kinds);
            case = case.metrics(metrics.map(|((signal, column), (kind, unit))| {
                Metric::new(signal.clone(), column).kind(kind).unit(unit)
            }));
        }
        if let Some(column) = self.columns.get(&self.symptom) {
            let is_better_high = self.felt.bad_direction() == Some(evenkeel_core::Direction::Down);
            let worse = |x: &f64| if is_better_high { 1.0 - x } else { *x };
            case = case.symptom(column.iter().map(worse).collect::<Vec<f64>>());
        }
        let case = case.graph(&self.graph).symptom_at(self.symptom.component.clone()).symptom_kind(self.felt);
        case.build().map_err(|why| why.to_string())
    }
}

fn load(root: &Path, name: &str) -> Result<Issue, String> {
    let folder = root.join(name);
    let Label { target, root_cause, .. } = label(root, name)?;
    let scenario = name.split('/').next().unwrap_or_default();
    let normal = table(&normal(root, scenario)?)?;
    let of_case = table(&folder.join("metrics.csv"))?;
    let first = *of_case.seconds.first().ok_or("metrics.csv: there is no row")?;
    let normal_rows = normal.seconds.len();
    let mut columns = BTreeMap::new();
    let signals: BTreeSet<&Signal> = normal.columns.keys().chain(of_case.columns.keys()).collect();
    for signal in signals {
        let part = |table: &Table| {
            table.columns.get(signal).cloned().unwrap_or_else(|| vec![f64::NAN; table.seconds.len()])
        };
        let mut column = part(&normal);
        column.extend(part(&of_case));
        columns.insert(signal.clone(), column);
    }
    if !columns.keys().any(|signal| signal.component == root_cause.node.as_str()) {
        return Err(format!("no column of the node {}", root_cause.node));
    }
    let symptom = Signal::new(target.node.as_str(), format!("{}_{}", target.metric, target.agg));
    if !columns.contains_key(&symptom) {
        return Err(format!("no column of the target {symptom}"));
    }
    Ok(Issue {
        name: name.to_owned(),
        culprit: root_cause.node,
        columns,
        graph: graph(&root.join(scenario).join("graph.csv"))?,
        felt: guess_kind(symptom.metric.as_str()),
        symptom,
        normal_rows,
        stated: target.timestamp - first,
    })
}

/// The label of a case: of the list, if it is there, else its own.
fn label(root: &Path, name: &str) -> Result<Label, String> {
    let list = root.join("labels.json");
    if read::find(&list).is_some() {
        let labels: Vec<Label> = parse(&list)?;
        if let Some(label) = labels.into_iter().find(|label| label.case == name) {
            return Ok(label);
        }
    }
    parse(&root.join(name).join("target.json"))
}

fn parse<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, String> {
    serde_json::from_str(&read::text(path)?).map_err(|why| format!("{}: {why}", path.display()))
}

/// The normal operation of a scenario.
fn normal(root: &Path, scenario: &str) -> Result<std::path::PathBuf, String> {
    let of = |folder: &Path| folder.join("noissue").join("metrics.csv");
    let own = of(&root.join(scenario));
    if read::find(&own).is_some() {
        return Ok(own);
    }
    let others = folders(root).map_err(|why| why.to_string())?;
    let mut others = others.into_iter().map(|(_, path)| of(&path));
    others
        .find(|path| read::find(path).is_some())
        .ok_or_else(|| format!("{} is not there, nor that of another scenario", own.display()))
}

/// Columns by node and `METRIC_STATISTIC`.
#[derive(Debug, Default)]
struct Table {
    seconds: Vec<f64>,
    columns: BTreeMap<Signal, Vec<f64>>,
}

fn table(path: &Path) -> Result<Table, String> {
    let text = read::text(path)?;
    let because = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut rows = reader.records();
    let mut heads = Vec::new();
    for _ in 0..3 {
        let row = rows.next().ok_or_else(|| because(&"there are no three header rows"))?;
        heads.push(row.map_err(|why| because(&why))?);
    }
    let mut signals = Vec::new();
    for ((node, metric), statistic) in heads[0].iter().zip(&heads[1]).zip(&heads[2]).skip(1) {
        let signal = Signal::new(node, format!("{metric}_{statistic}"));
        if signals.contains(&signal) {
            return Err(because(&format_args!("column {signal} comes twice")));
        }
        signals.push(signal);
    }
    let mut columns = vec![Vec::new(); signals.len()];
    let mut seconds: Vec<f64> = Vec::new();
    // The fourth row has only the name of the index, if it is there.
    for (i, row) in rows.enumerate() {
        let row = row.map_err(|why| because(&why))?;
        let mut fields = row.iter();
        let time = fields.next().unwrap_or_default();
        if i == 0 && time.parse::<f64>().is_err() {
            continue;
        }
        let number = |field: &str| {
            read::number(field.trim())
                .ok_or_else(|| because(&format_args!("{field:?} is no number, row {}", i + 4)))
        };
        seconds.push(number(time)?);
        for (column, field) in columns.iter_mut().zip(fields) {
            column.push(number(field)?);
        }
    }
    if seconds.iter().any(|time| !time.is_finite()) || seconds.windows(2).any(|pair| pair[0] >= pair[1]) {
        return Err(because(&"times do not increase"));
    }
    Ok(Table { seconds, columns: signals.into_iter().zip(columns).collect() })
}

fn graph(path: &Path) -> Result<Graph, String> {
    let text = read::text(path)?;
    let because = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut rows = reader.records();
    let head = rows.next().ok_or_else(|| because(&"is empty"))?.map_err(|why| because(&why))?;
    let mut graph = head.iter().skip(1).fold(Graph::builder(), |graph, node| graph.node(node));
    for row in rows {
        let row = row.map_err(|why| because(&why))?;
        let from = row.get(0).unwrap_or_default();
        for (to, field) in head.iter().zip(&row).skip(1) {
            let calls = read::number(field.trim());
            let calls = calls.ok_or_else(|| because(&format_args!("{field:?} is no number")))?;
            if calls > 0.0 {
                graph = graph.edge(from, to, 1.0);
            }
        }
    }
    graph.build().map_err(|why| because(&why))
}

/// How deep cases may lie, so that circular links end.
const DEPTH: usize = 6;

fn collect(folder: &Path, name: &str, depth: usize, names: &mut BTreeSet<String>) -> Result<(), Failure> {
    if read::find(&folder.join("target.json")).is_some() {
        names.insert(name.to_owned());
    }
    for (inner, path) in folders(folder)? {
        if depth > 0 {
            let inner = if name.is_empty() { inner } else { format!("{name}/{inner}") };
            collect(&path, &inner, depth - 1, names)?;
        }
    }
    Ok(())
}
