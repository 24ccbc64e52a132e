//! SKAB: experiments with a water circulation loop.
//!
//! The Skoltech Anomaly Benchmark: eight sensors of a loop of water whose valves, pump and leaks were
//! tampered with. I. Katser and V. Kozitsin 2020, doi:10.34740/KAGGLE/DSV/1693952.
//!
//! *Reads* `FOLDER/NAME.csv`, plain or with gzip, separated by semicolons: `datetime`, sensors, and the
//! labels `anomaly` and `changepoint` (0 or 1, with or without decimal). A file without the column `anomaly`
//! is no case. Rows are seconds; gaps, which are few, are not filled.
//!
//! *Methods, metrics and options*: as [`gutentag`](super::gutentag), the window being that of the first
//! sensor. Detectors of one series watch each sensor, and what they say is averaged
//! ([`crate::detectors::run`]). Alarms are calibrated on the first 400 scores, the part that the benchmark
//! gives to learn; they are silent until then.

use super::folder::{files, folders, not_empty};
use super::labeled::{self, Case};
use super::task::{self, Source, Task};
use crate::detectors::Budget;
use crate::{Contest, Failure, Kind, Progress, TaskResult, read};
use std::path::Path;
use std::time::Duration;

/// The benchmark.
pub const TASK: Task = Task {
    name: "skab",
    kind: Kind::Detector,
    about: "experiments with a loop of water, eight sensors (Skoltech Anomaly Benchmark)",
    reads: "FOLDER/NAME.csv, separated by semicolons: datetime, sensors, anomaly, changepoint",
    metrics: labeled::METRICS,
    options: task::DETECTION,
    source: Source {
        address: "https://github.com/waico/SKAB, folder data",
        preparation: "",
        license: "GPL-3.0",
    },
    run,
};

/// How many rows the benchmark gives to learn.
const CALIBRATION: usize = 400;

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let names = not_empty(names(&contest.data)?, &contest.data)?;
    let budget = Budget::daily(Duration::from_secs(1)).with_calibration(CALIBRATION);
    labeled::evaluate(contest, &budget, &names, progress, |name| load(&contest.data, name))
}

/// The names of the cases in a folder, in order.
///
/// # Errors
/// If the folder cannot be read.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for (inner, path) in folders(folder)? {
        for file in files(&path, |name| name.ends_with(".csv"))? {
            let name = format!("{inner}/{}", file.trim_end_matches(".csv"));
            // A file that cannot be read is a case, which is skipped with the reason.
            if text(folder, &name).map_or(true, |text| is_labeled(&text)) {
                names.push(name);
            }
        }
    }
    Ok(names)
}

/// Reads a case by its name.
///
/// # Errors
/// If its file cannot be read or is not of the format; the reason names the place.
pub fn read(folder: &Path, name: &str) -> Result<Case, Failure> {
    load(folder, name).map_err(Failure::new)
}

/// The sensors of the recording without an anomaly, `anomaly-free.csv`, each with its name; none where it is
/// not there.
pub(super) fn anomaly_free(folder: &Path) -> Result<Vec<(String, Vec<f64>)>, Failure> {
    const NAME: &str = "anomaly-free";
    if read::find(&folder.join(format!("{NAME}.csv"))).is_none() {
        return Ok(Vec::new());
    }
    let text = text(folder, NAME).map_err(Failure::new)?;
    let place = |why: String| Failure::new(format!("{NAME}.csv: {why}"));
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b';').trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|why| place(why.to_string()))?.clone();
    if header.get(0) != Some("datetime") {
        return Err(place("the first column is not datetime".into()));
    }
    let mut sensors: Vec<(String, Vec<f64>)> =
        header.iter().skip(1).map(|name| (name.to_owned(), Vec::new())).collect();
    for record in reader.records() {
        let record = record.map_err(|why| place(why.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        for ((name, values), field) in sensors.iter_mut().zip(record.iter().skip(1)) {
            let value = read::number(field);
            values.push(
                value.ok_or_else(|| place(format!("line {line}, column {name}: {field:?} is no number")))?,
            );
        }
    }
    Ok(sensors)
}

fn text(root: &Path, name: &str) -> Result<String, String> {
    read::text(&root.join(format!("{name}.csv")))
}

fn is_labeled(text: &str) -> bool {
    text.lines().next().is_some_and(|header| header.split(';').any(|name| name.trim() == "anomaly"))
}

fn load(root: &Path, name: &str) -> Result<Case, String> {
    let text = text(root, name)?;
    let mut reader =
        csv::ReaderBuilder::new().delimiter(b';').trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|why| why.to_string())?.clone();
    if header.get(0) != Some("datetime") {
        return Err("the first column is not datetime".into());
    }
    let anomaly = header.iter().position(|name| name == "anomaly").ok_or("there is no column anomaly")?;
    let sensors: Vec<usize> =
        (1..header.len()).filter(|i| !["anomaly", "changepoint"].contains(&&header[*i])).collect();
    let mut columns = vec![Vec::new(); sensors.len()];
    let mut labels = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|why| why.to_string())?;
        let line = record.position().map_or(0, csv::Position::line);
        let wrong = |i: usize| format!("line {line}, column {}: {:?} is none", &header[i], &record[i]);
        for (column, i) in columns.iter_mut().zip(&sensors) {
            column.push(read::number(&record[*i]).ok_or_else(|| wrong(*i))?);
        }
        labels.push(labeled::label(&record[anomaly]).ok_or_else(|| wrong(anomaly))?);
    }
    Ok(Case { columns, labels, ..Case::default() })
}
