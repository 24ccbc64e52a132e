//! Sock Shop with injected processor and memory faults.
//!
//! The sock-shop recordings of A. Ikram et al., Root cause analysis of failures in microservices through
//! causal discovery, NeurIPS 2022.
//!
//! *Format*: a case is a folder with `normal.csv` and `anomalous.csv` (or `.csv.gz`), at any depth; its name
//! is its path. The first column is `time`, one row a second; the others are `SERVICE_METRIC`, where services
//! hold no `_`. The windows are separate recordings: their rows are put one after the other, by name of
//! column, and the stated moment is the first anomalous row, `--shift SECONDS` rows later (negative:
//! earlier). A column that one of the two lacks is missing there. `labels.json` names service and metric of
//! each case; a case that it does not list, or all of them if there is no such file, is labeled by its path,
//! `SERVICE-FAULT/REPETITION` with the metric `SERVICE_FAULT`. Labels and names of cases are used for scoring
//! only.
//!
//! *Methods*: `evenkeel`, the default [`Fusion`](evenkeel_locate::Fusion); `evenkeel, names shuffled`, the
//! same with the names of the metrics (not of the services) permuted within each case, so that kinds of
//! metrics are missing or wrong; `metric-shift`, the only evidence it has here, alone; `metric-shift, no
//! guard`; `n-sigma`; `robust-scorer` (BARO), whose authors read memory in megabytes, and `robust-scorer,
//! bytes` without that; `chance`.
//!
//! *Metrics*: `ac1`, `ac3`, `ac5`: the share of cases whose true service is among the first k; `avg5`: the
//! mean of AC@1 to AC@5; `metric_ac1`: AC@1 of metrics; `calibration_error`: the expected calibration error
//! of the probability of the first service, over five bins of equal count; `chance_at_1` and `chance_at_5`:
//! the AC@k of a random order of the services that the method named, min(k, n) / n; `lift_at_1` and
//! `lift_at_5`: the mean of AC@1 to AC@k less that of such an order, both as RCAEval 1.8 counts them. All of
//! these also by kind of fault. Ties count against a method. A service ranks where its first metric does.

use super::localization::METRICS;
use super::located::{self, Given, Labeled};
use super::task::{self, Source, Task, TaskOption};
use crate::read::{self, Table};
use crate::result::Value;
use crate::{Contest, Failure, Kind, Progress, TaskResult};
use core::time::Duration;
use evenkeel_core::{MetricKind, Signal, Timestamp, Unit};
use evenkeel_locate::{Case, CaseBuilder, Metric, guess_kind};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The benchmark.
pub const TASK: Task = Task {
    name: "sockshop",
    kind: Kind::Localizer,
    about: "a sock shop with injected processor and memory faults (RCD)",
    reads: "CASE/normal.csv and CASE/anomalous.csv: time, SERVICE_METRIC; labels.json if there is one",
    metrics: &METRICS,
    options: &[
        TaskOption::new("shift", Some("SECONDS"), "state the fault so much later (negative: earlier)"),
        TaskOption::new("evidence", Some("metrics"), "the evidence given; metrics are all that was recorded"),
        task::ONLY,
        task::LIMIT,
    ],
    source: Source {
        address: "https://github.com/azamikram/rcd, folder sock-shop-data",
        preparation: "",
        license: "none is stated for the data: not to be passed on",
    },
    run,
};

/// Where recordings are put in time; only differences matter.
const START: Timestamp = Timestamp::from_seconds(1_000_000_000);
const STEP: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Deserialize)]
struct Label {
    case: String,
    service: String,
    #[serde(default)]
    fault: Option<String>,
    #[serde(default)]
    metric: Option<String>,
}

/// A case as it was read.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Recording {
    /// Its name, which is its path in the folder.
    pub name: String,
    /// The service that was at fault.
    pub service: String,
    /// What was injected, where that is known.
    pub fault: Option<String>,
    /// The metric that shows it, as the label has it.
    pub metric: Option<String>,
    /// The metrics of the recording.
    pub signals: Vec<Signal>,
    /// Their values, a row a second, those of the normal window first; NaN is missing.
    pub columns: Vec<Vec<f64>>,
    /// How many rows the normal window has.
    pub normal_rows: usize,
}

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let cases = cases(&contest.data)?;
    let read = |name: &str| Recording::read(&contest.data, name, cases.get(name).and_then(Option::as_ref));
    located::run(contest, progress, cases.keys().cloned().collect(), read)
}

impl Labeled for Recording {
    fn name(&self) -> &str {
        &self.name
    }

    fn culprit(&self) -> &str {
        &self.service
    }

    fn true_metric(&self) -> Option<Signal> {
        self.true_metric()
    }

    fn groups(&self) -> Vec<String> {
        self.fault.clone().into_iter().collect()
    }

    fn sizes(&self) -> (usize, usize) {
        let services: BTreeSet<_> = self.signals.iter().map(|signal| &signal.component).collect();
        (services.len(), self.signals.len())
    }

    fn details(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("service", self.service.as_str().into()),
            ("fault", self.fault.clone().into()),
            ("metric", self.metric.clone().into()),
        ]
    }

    fn case(&self, given: &Given<'_>) -> Result<Case<'_>, String> {
        self.case_of(given.shift, &if given.shuffled { self.shuffled() } else { self.kinds() })
    }
}

/// The names of the cases in a folder, in order.
///
/// # Errors
/// If the folder or the labels cannot be read, or there is no case.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    Ok(cases(folder)?.into_keys().collect())
}

/// Reads a case by its name.
///
/// # Errors
/// If its files or the labels cannot be read or are not of the format; the reason names the place.
pub fn read(folder: &Path, name: &str) -> Result<Recording, Failure> {
    let cases = cases(folder)?;
    Recording::read(folder, name, cases.get(name).and_then(Option::as_ref)).map_err(Failure::new)
}

impl Recording {
    fn read(root: &Path, name: &str, label: Option<&Label>) -> Result<Self, String> {
        let folder = root.join(name);
        let label = match label {
            Some(label) => label.clone(),
            None => label_of_path(name)
                .ok_or_else(|| "no label: neither listed nor SERVICE-FAULT/REPETITION".to_owned())?,
        };
        let normal = table(&folder.join("normal.csv"))?;
        let anomalous = table(&folder.join("anomalous.csv"))?;
        let normal_rows = normal.rows();
        let names =
            normal.names.iter().chain(anomalous.names.iter().filter(|name| normal.column(name).is_none()));
        let (mut signals, mut columns) = (Vec::new(), Vec::new());
        for name in names.filter(|name| *name != "time") {
            signals.push(signal(name).ok_or_else(|| format!("column {name:?} is not SERVICE_METRIC"))?);
            let part = |table: &Table| {
                table.column(name).map_or_else(|| vec![f64::NAN; table.rows()], <[f64]>::to_vec)
            };
            let mut column = part(&normal);
            column.extend(part(&anomalous));
            columns.push(column);
        }
        if !signals.iter().any(|signal| signal.component == label.service.as_str()) {
            return Err(format!("no column of the service {}", label.service));
        }
        let Label { service, fault, metric, .. } = label;
        Ok(Self { name: name.to_owned(), service, fault, metric, signals, columns, normal_rows })
    }

    /// The metric that shows the fault, where it is known.
    #[must_use]
    pub fn true_metric(&self) -> Option<Signal> {
        self.metric.as_deref().and_then(signal)
    }

    /// The case that localizers see, with the fault stated so many seconds late: kinds and units of metrics
    /// are guessed from their names.
    ///
    /// # Errors
    /// If the windows make no case.
    pub fn case(&self, shift: i64) -> Result<Case<'_>, Failure> {
        self.case_of(shift, &self.kinds()).map_err(Failure::new)
    }

    /// The same, every metric with a kind and a unit.
    fn case_of(&self, shift: i64, kinds: &[(MetricKind, Unit)]) -> Result<Case<'_>, String> {
        let stated = i64::try_from(self.normal_rows).unwrap_or(i64::MAX).saturating_add(shift);
        let distance = STEP.saturating_mul(u32::try_from(stated.unsigned_abs()).unwrap_or(u32::MAX));
        let stated = if stated < 0 { START - distance } else { START + distance };
        let metrics = self.signals.iter().zip(&self.columns).zip(kinds);
        let metrics = metrics.map(|((signal, column), (kind, unit))| {
            Metric::new(signal.clone(), column).kind(*kind).unit(*unit)
        });
        let case: CaseBuilder<'_> = Case::builder(START, STEP, stated).metrics(metrics);
        case.build().map_err(|why| why.to_string())
    }

    fn kinds(&self) -> Vec<(MetricKind, Unit)> {
        let kind = |signal: &Signal| {
            let kind = guess_kind(signal.metric.as_str());
            let unit = match kind {
                MetricKind::Latency => Unit::Seconds,
                MetricKind::Memory => Unit::Bytes,
                _ => Unit::None,
            };
            (kind, unit)
        };
        self.signals.iter().map(kind).collect()
    }

    /// The same permuted among the columns.
    fn shuffled(&self) -> Vec<(MetricKind, Unit)> {
        let mut kinds = self.kinds();
        located::shuffle(&mut kinds, &self.name);
        kinds
    }
}

/// A window of a case.
fn table(path: &Path) -> Result<Table, String> {
    let table = read::table(&read::text(path)?).map_err(|why| format!("{}: {why}", path.display()))?;
    if table.column("time").is_none() {
        return Err(format!("{}: there is no column time", path.display()));
    }
    if table.rows() == 0 {
        return Err(format!("{}: there is no row", path.display()));
    }
    Ok(table)
}

fn signal(column: &str) -> Option<Signal> {
    let (service, metric) = column.split_once('_')?;
    (!service.is_empty() && !metric.is_empty()).then(|| Signal::new(service, metric))
}

fn label_of_path(name: &str) -> Option<Label> {
    let folder = name.split('/').rev().nth(1)?;
    let (service, fault) = folder.rsplit_once('-')?;
    Some(Label {
        case: name.to_owned(),
        service: service.to_owned(),
        fault: Some(fault.to_owned()),
        metric: Some(format!("{service}_{fault}")),
    })
}

/// All cases by name: those that are listed, and those that are there.
fn cases(root: &Path) -> Result<BTreeMap<String, Option<Label>>, Failure> {
    let mut cases = BTreeMap::new();
    collect(root, "", DEPTH, &mut cases).map_err(|why| Failure::new(format!("{}: {why}", root.display())))?;
    let list = root.join("labels.json");
    if read::find(&list).is_some() {
        let text = read::text(&list).map_err(Failure::new)?;
        let labels: Vec<Label> =
            serde_json::from_str(&text).map_err(|why| Failure::new(format!("{}: {why}", list.display())))?;
        for label in labels {
            cases.insert(label.case.clone(), Some(label));
        }
    }
    if cases.is_empty() {
        return Err(Failure::new(format!("{}: there is no case", root.display())));
    }
    Ok(cases)
}

/// How deep cases may lie, so that circular links end.
const DEPTH: usize = 8;

/// Finds the folders that hold either window of a case.
fn collect(
    folder: &Path,
    name: &str,
    depth: usize,
    cases: &mut BTreeMap<String, Option<Label>>,
) -> std::io::Result<()> {
    if ["normal.csv", "anomalous.csv"].iter().any(|file| read::find(&folder.join(file)).is_some()) {
        cases.insert(name.to_owned(), None);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if depth > 0 && entry.path().is_dir() {
            let inner = entry.file_name().to_string_lossy().into_owned();
            let inner = if name.is_empty() { inner } else { format!("{name}/{inner}") };
            collect(&entry.path(), &inner, depth - 1, cases)?;
        }
    }
    Ok(())
}
