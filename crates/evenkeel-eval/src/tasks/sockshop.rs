//! Sock shop with injected processor and memory faults.

use super::Task;
use super::localization::{METRICS, Outcome, chance, score};
use crate::read::{self, Table};
use crate::{Arguments, Failure, Report, Skipped, Value, parallel};
use core::time::Duration;
use evenkeel_core::{MetricKind, Signal, Timestamp, Unit};
use evenkeel_locate::{
    Calibration, Case, CaseBuilder, Fusion, Localizer, Metric, MetricShift, NSigma, RobustScorer, guess_kind,
};
use evenkeel_stats::Generator;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// The sock-shop recordings of A. Ikram et al., Root cause analysis of failures in microservices through causal discovery, NeurIPS 2022.
///
/// *Format*: a case is a folder with `normal.csv` and `anomalous.csv` (or `.csv.gz`), at any depth; its name is its path. The first
/// column is `time`, one row a second; the others are `SERVICE_METRIC`, where services hold no `_`. The windows are separate
/// recordings: their rows are put one after the other, by name of column, and the stated moment is the first anomalous row,
/// `--shift SECONDS` rows later (negative: earlier). A column that one of the two lacks is missing there. `labels.json` names
/// service and metric of each case; a case that it does not list, or all of them if there is no such file, is labeled by its path,
/// `SERVICE-FAULT/REPETITION` with the metric `SERVICE_FAULT`. Labels and names of cases are used for scoring only.
///
/// *Methods*: `evenkeel`, the default [`Fusion`]; `evenkeel, names shuffled`, the same with the names of the metrics (not of the
/// services) permuted within each case, so that kinds of metrics say nothing or the wrong thing; `metric-shift`, the voice it has
/// to go by here, alone; `metric-shift, no guard`; `n-sigma`; `robust-scorer` (BARO), whose authors read memory in megabytes, and
/// `robust-scorer, bytes` without that; `chance`.
///
/// *Metrics*: `ac1`, `ac3`, `ac5`: the share of cases whose true service is among the first k; `avg5`: the mean of AC@1 to AC@5;
/// `metric_ac1`: AC@1 of metrics; `calibration_error`: the expected calibration error of the probability of the first service. Ties
/// count against a method. A service ranks where its first metric does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sockshop {
    shift: i64,
}

/// Where recordings are put in time; only differences matter.
const START: Timestamp = Timestamp::from_seconds(1_000_000_000);
const STEP: Duration = Duration::from_secs(1);
/// The seed of the shuffled names.
const SEED: u64 = 20_261_123;

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
#[derive(Debug)]
struct Recording {
    label: Label,
    true_metric: Option<Signal>,
    signals: Vec<Signal>,
    columns: Vec<Vec<f64>>,
    normal_rows: usize,
}

/// What all methods said of a case.
#[derive(Debug)]
struct Answer {
    label: Label,
    with_metric: bool,
    sizes: (usize, usize),
    outcomes: Vec<Outcome>,
}

impl Task for Sockshop {
    fn option(
        &mut self,
        name: &str,
        value: &mut dyn FnMut() -> Result<String, Failure>,
    ) -> Result<bool, Failure> {
        match name {
            "shift" => {
                let text = value()?;
                let shift = text.parse().ok().filter(|shift: &i64| shift.abs() <= 1_000_000_000);
                self.shift = shift
                    .ok_or_else(|| Failure::new(format!("--shift must be whole seconds, was {text}")))?;
            }
            "evidence" => {
                let text = value()?;
                if text.split(',').any(|evidence| evidence.trim() != "metrics") {
                    return Err(Failure::new(format!(
                        "--evidence must be metrics, the only one recorded, was {text}"
                    )));
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn run(&self, arguments: &Arguments, progress: &mut (dyn Write + Send)) -> Result<Report, Failure> {
        let root = &arguments.data;
        let cases: Vec<_> = cases(root)?.into_iter().collect();
        let total = cases.len();
        let answers = parallel::map(
            &cases,
            arguments.threads,
            |(name, label)| self.answer(&root.join(name), name, label.as_ref()),
            |done| {
                // Progress that nobody can see is no reason to stop.
                let _ =
                    write!(progress, "\r{done} of {total} cases{}", if done == total { "\n" } else { "" });
            },
        );
        let mut skipped = Vec::new();
        let mut scored = Vec::new();
        for ((name, _), answer) in cases.iter().zip(answers) {
            match answer {
                Ok(answer) => scored.push(answer),
                Err(why) => skipped.push(Skipped { case: name.clone(), why }),
            }
        }
        let with_metric = !scored.is_empty() && scored.iter().all(|answer| answer.with_metric);
        let mut methods: Vec<_> = METHODS
            .iter()
            .enumerate()
            .map(|(i, (name, _))| {
                let outcomes: Vec<&Outcome> = scored.iter().map(|answer| &answer.outcomes[i]).collect();
                score(name, &outcomes, with_metric)
            })
            .collect();
        let sizes: Vec<_> = scored.iter().map(|answer| answer.sizes).collect();
        methods.push(chance(&sizes, with_metric));
        let per_case = scored.iter().map(|answer| answer.describe(self.shift)).collect();
        Ok(Report { task: "sockshop", cases: total, metrics: &METRICS, methods, per_case, skipped })
    }
}

/// Runs a method on a recording of a name, the time stated so many seconds late.
type Run = fn(&Recording, &str, i64) -> Result<Outcome, String>;

/// What is run on a case: named as in the report.
const METHODS: [(&str, Run); 7] = [
    ("evenkeel", |recording, _, shift| recording.judge(&Fusion::default(), shift, None)),
    ("evenkeel, names shuffled", |recording, name, shift| {
        recording.judge(&Fusion::default(), shift, Some(&recording.shuffled(name)))
    }),
    ("metric-shift", |recording, _, shift| recording.judge(&MetricShift::default(), shift, None)),
    ("metric-shift, no guard", |recording, _, shift| {
        let localizer =
            MetricShift::builder().guard(Duration::ZERO).build().map_err(|why| why.to_string())?;
        recording.judge(&localizer, shift, None)
    }),
    ("n-sigma", |recording, _, shift| recording.judge_plain(&NSigma, shift)),
    ("robust-scorer", |recording, _, shift| recording.judge_plain(&RobustScorer::new(), shift)),
    ("robust-scorer, bytes", |recording, _, shift| {
        recording.judge_plain(&RobustScorer::new().in_bytes(), shift)
    }),
];

impl Sockshop {
    fn answer(&self, folder: &Path, name: &str, label: Option<&Label>) -> Result<Answer, String> {
        let recording = Recording::read(folder, name, label)?;
        let outcomes =
            METHODS.iter().map(|(_, run)| run(&recording, name, self.shift)).collect::<Result<_, _>>()?;
        let services: BTreeSet<_> = recording.signals.iter().map(|signal| &signal.component).collect();
        Ok(Answer {
            with_metric: recording.true_metric.is_some(),
            sizes: (services.len(), recording.signals.len()),
            label: recording.label,
            outcomes,
        })
    }
}

impl Answer {
    fn describe(&self, shift: i64) -> Value {
        let methods: BTreeMap<&str, Value> = METHODS
            .iter()
            .zip(&self.outcomes)
            .map(|((name, _), outcome)| {
                let answer = serde_json::json!({
                    "first": outcome.first.as_ref().map(|first| first.as_str()),
                    "place": outcome.place,
                    "metric_place": outcome.metric_place,
                    "probability": outcome.probability,
                });
                (*name, answer)
            })
            .collect();
        serde_json::json!({
            "case": self.label.case,
            "service": self.label.service,
            "fault": self.label.fault,
            "metric": self.label.metric,
            "shift": shift,
            "methods": methods,
        })
    }
}

impl Recording {
    fn read(folder: &Path, name: &str, label: Option<&Label>) -> Result<Self, String> {
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
        let true_metric = label.metric.as_deref().and_then(signal);
        Ok(Self { label, true_metric, signals, columns, normal_rows })
    }

    /// The case that localizers see, every metric with a kind and a unit.
    fn case(&self, shift: i64, kinds: &[(MetricKind, Unit)]) -> Result<Case<'_>, String> {
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

    /// Kinds and units as if the names of metrics had been permuted among the columns; by the case's name, so that it does not
    /// depend on the order of cases.
    fn shuffled(&self, name: &str) -> Vec<(MetricKind, Unit)> {
        let mut kinds = self.kinds();
        let hash =
            name.bytes().fold(0_u64, |hash, byte| hash.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
        Generator::stream(SEED, hash).shuffle(&mut kinds);
        kinds
    }

    fn judge<L>(
        &self,
        localizer: &L,
        shift: i64,
        kinds: Option<&[(MetricKind, Unit)]>,
    ) -> Result<Outcome, String>
    where
        L: for<'a> Localizer<Case<'a>>,
    {
        self.outcome(localizer, shift, kinds, Some(&Calibration::default()))
    }

    /// For a method that gives no probabilities.
    fn judge_plain<L>(&self, localizer: &L, shift: i64) -> Result<Outcome, String>
    where
        L: for<'a> Localizer<Case<'a>>,
    {
        self.outcome(localizer, shift, None, None)
    }

    fn outcome<L>(
        &self,
        localizer: &L,
        shift: i64,
        kinds: Option<&[(MetricKind, Unit)]>,
        calibration: Option<&Calibration>,
    ) -> Result<Outcome, String>
    where
        L: for<'a> Localizer<Case<'a>>,
    {
        let own = self.kinds();
        let case = self.case(shift, kinds.unwrap_or(&own))?;
        let start = Instant::now();
        let ranking = localizer.rank(&case);
        let seconds = start.elapsed().as_secs_f64();
        Ok(Outcome::new(&ranking, &self.label.service, self.true_metric.as_ref(), calibration, seconds))
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

/// How deep cases may lie, so that links that lead back end somewhere.
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
