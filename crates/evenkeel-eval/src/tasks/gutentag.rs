//! GutenTAG: synthetic series of known kinds of anomalies.
//!
//! Synthetic series of GutenTAG: P. Wenig, S. Schmidl and T. Papenbrock, TimeEval, PVLDB 15 (2022) 3678-3681,
//! doi:10.14778/3554821.3554873.
//!
//! *Reads* pairs `NAME.test.csv` and `NAME.train_no_anomaly.csv`, plain or with gzip, with the columns
//! `timestamp`, one or more `value-N`, `is_anomaly` (0 or 1, with or without decimal). The training part is
//! the history; a test part without one has none. Other files are no cases. Rows have no times: one counts as
//! a minute.
//!
//! *Methods*: `evenkeel`, the recommended default; `chance`, uniform scores with a fixed seed; `difference`,
//! the step from the last row. With `--detectors` all of [`crate::detectors`], with `--only A,B` some. The
//! smoothed output is scored, the raw one beside it. `--limit N` takes the first cases only.
//!
//! *Metrics*, each a mean over cases with a bootstrapped interval: `vus_pr`, `vus_roc`, `auc_pr`, `event_f1`,
//! `affiliation_f1` of [`crate::scores`], with the window of the series and thresholds that know the labels,
//! as TSB-AD has them. `false_alarms_per_day`: alarms raised under a budget of one false alarm a day
//! ([`crate::detectors::alarms`]) that overlap no labeled row, without tolerance, of all cases over days of
//! all cases. In `seconds_per_case` is the detector alone.

use super::folder::{files, not_empty};
use super::labeled::{self, Case};
use super::task::{self, Source, Task};
use crate::detectors::Budget;
use crate::{Contest, Failure, Kind, Progress, TaskResult, read};
use std::path::Path;
use std::time::Duration;

/// The benchmark.
pub const TASK: Task = Task {
    name: "gutentag",
    kind: Kind::Detector,
    about: "synthetic series of known kinds of anomalies (TimeEval, GutenTAG)",
    reads: "pairs NAME.test.csv and NAME.train_no_anomaly.csv: timestamp, value-N, is_anomaly",
    metrics: labeled::METRICS,
    options: task::DETECTION,
    source: Source {
        address: "https://github.com/HPI-Information-Systems/AutoTSAD, folder data/autotsad-data/TimeEval/GutenTAG",
        preparation: "",
        license: "MIT (the repository)",
    },
    run,
};

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
    let files = files(folder, |name| name.ends_with(".test.csv"))?;
    Ok(files.iter().map(|file| file.trim_end_matches(".test.csv").to_owned()).collect())
}

/// Reads a case by its name.
///
/// # Errors
/// If a file of it cannot be read or is not of the format; the reason names the place.
pub fn read(folder: &Path, name: &str) -> Result<Case, Failure> {
    load(folder, name).map_err(Failure::new)
}

fn load(folder: &Path, name: &str) -> Result<Case, String> {
    let case = part(&folder.join(format!("{name}.test.csv")))?;
    let train = folder.join(format!("{name}.train_no_anomaly.csv"));
    let history = if read::find(&train).is_some() { part(&train)?.columns } else { Vec::new() };
    if !history.is_empty() && history.len() != case.columns.len() {
        return Err(format!("{} columns to learn, {} to score", history.len(), case.columns.len()));
    }
    Ok(Case { history, ..case })
}

/// The columns of a part and its labels, without history.
fn part(path: &Path) -> Result<Case, String> {
    let place = |why: String| format!("{}: {why}", path.display());
    let table = read::table(&read::text(path)?).map_err(place)?;
    let of = |name: &str| table.column(name).ok_or_else(|| place(format!("there is no column {name}")));
    of("timestamp")?;
    let label = |x: &f64| match *x {
        x if x.is_nan() => Ok(None),
        0.0 => Ok(Some(false)),
        1.0 => Ok(Some(true)),
        x => Err(place(format!("is_anomaly is {x}"))),
    };
    let labels = of("is_anomaly")?.iter().map(label).collect::<Result<_, _>>()?;
    let mut columns = Vec::new();
    for (name, column) in table.names.iter().zip(&table.columns) {
        match name.as_str() {
            "timestamp" | "is_anomaly" => {}
            name if name.starts_with("value-") => columns.push(column.clone()),
            other => return Err(place(format!("the column {other} is unknown"))),
        }
    }
    if columns.is_empty() {
        return Err(place("there is no column value-0".into()));
    }
    Ok(Case { columns, labels, ..Case::default() })
}
