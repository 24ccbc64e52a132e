//! WSD: metrics of web services.
//!
//! Metrics of web services with labeled anomalies: the data of S. Zhang et al., AnoTransfer, ISSRE 2022.
//!
//! *Reads* `NAME.csv`, plain or with gzip: `timestamp` in seconds, ascending by whole minutes, `value`,
//! `label` (0 or 1, with or without decimal). A value or a label may be empty, and minutes may be absent: a
//! detector gets a missing value, and the row is not scored.
//!
//! *Methods, metrics and options*: as [`gutentag`](super::gutentag). Series without an anomaly count for
//! false alarms only.

use super::folder::{files, not_empty};
use super::labeled::{self, Case};
use super::task::{self, Source, Task};
use crate::detectors::Budget;
use crate::{Contest, Failure, Kind, Progress, TaskResult, read};
use std::path::Path;
use std::time::Duration;

/// The benchmark.
pub const TASK: Task = Task {
    name: "wsd",
    kind: Kind::Detector,
    about: "metrics of web services with labeled anomalies (AnoTransfer)",
    reads: "NAME.csv: timestamp (seconds, whole minutes), value, label",
    metrics: labeled::METRICS,
    options: task::DETECTION,
    source: Source {
        address: "https://github.com/alumik/AnoTransfer-data, folder real-world",
        preparation: "",
        license: "none is stated: for measuring only, not to be passed on",
    },
    run,
};

/// Seconds between rows.
const STEP: i64 = 60;
/// The longest gap, in rows: ten weeks. What is farther apart is another series, or a broken clock.
const LONGEST: i64 = 100_800;

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let names = not_empty(names(&contest.data)?, &contest.data)?;
    let budget = Budget::daily(Duration::from_secs(60));
    labeled::evaluate(contest, &budget, &names, progress, |name| load(&contest.data, name))
}

/// The names of the cases in a folder, in order.
///
/// # Errors
/// If the folder cannot be read.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let files = files(folder, |name| name.ends_with(".csv"))?;
    Ok(files.iter().map(|file| file.trim_end_matches(".csv").to_owned()).collect())
}

/// Reads a case by its name.
///
/// # Errors
/// If its file cannot be read or is not of the format; the reason names the place.
pub fn read(folder: &Path, name: &str) -> Result<Case, Failure> {
    load(folder, name).map_err(Failure::new)
}

fn load(folder: &Path, name: &str) -> Result<Case, String> {
    let text = read::text(&folder.join(format!("{name}.csv")))?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|why| why.to_string())?;
    if header != ["timestamp", "value", "label"].as_slice() {
        return Err(format!("the columns are not timestamp, value, label, but {header:?}"));
    }
    let (mut values, mut labels) = (Vec::new(), Vec::new());
    let mut last: Option<i64> = None;
    for record in reader.records() {
        let record = record.map_err(|why| why.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let wrong = |column: &str, field: &str| format!("line {line}, column {column}: {field:?} is none");
        let time: i64 = record[0].parse().map_err(|_| wrong("timestamp", &record[0]))?;
        if let Some(last) = last {
            let rows = (time - last) / STEP;
            if time <= last || (time - last) % STEP != 0 || rows > LONGEST {
                return Err(format!("line {line}: {time} is no whole number of minutes after {last}"));
            }
            for _ in 1..rows {
                values.push(f64::NAN);
                labels.push(None);
            }
        }
        last = Some(time);
        values.push(read::number(&record[1]).ok_or_else(|| wrong("value", &record[1]))?);
        labels.push(labeled::label(&record[2]).ok_or_else(|| wrong("label", &record[2]))?);
    }
    Ok(Case { columns: vec![values], labels, ..Case::default() })
}
