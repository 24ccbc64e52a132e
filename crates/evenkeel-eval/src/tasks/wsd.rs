//! Metrics of web services.

use super::Task;
use super::contest::{self, Options};
use super::labeled::{self, Case, Plan};
use crate::detectors::Budget;
use crate::{Arguments, Failure, Report, read};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Metrics of web services with labeled anomalies: the data of S. Zhang et al., AnoTransfer, ISSRE 2022.
///
/// *Reads* `NAME.csv`, plain or with gzip: `timestamp` in seconds, ascending by whole minutes, `value`, `label` (0 or 1, with or without
/// decimal). A value or a label may be empty, and minutes may be absent: a detector is told that nothing came, and the row is not scored.
///
/// *Methods, metrics and options*: as [`Gutentag`](super::Gutentag). Series without an anomaly count for false alarms only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wsd {
    options: Options,
}

/// Seconds between rows.
const STEP: i64 = 60;
/// The longest gap, in rows: ten weeks. What is farther apart is another series, or a broken clock.
const LONGEST: i64 = 100_800;

impl Task for Wsd {
    fn option(
        &mut self,
        name: &str,
        value: &mut dyn FnMut() -> Result<String, Failure>,
    ) -> Result<bool, Failure> {
        self.options.take(name, value)
    }

    fn run(&self, arguments: &Arguments, progress: &mut (dyn Write + Send)) -> Result<Report, Failure> {
        let files = contest::files(&arguments.data, |name| name.ends_with(".csv"))?;
        let names: Vec<String> = files.iter().map(|file| file.trim_end_matches(".csv").to_owned()).collect();
        let budget = Budget::daily(Duration::from_secs(60));
        let plan = Plan { task: "wsd", options: &self.options, budget };
        labeled::evaluate(&plan, &names, arguments, progress, |name| load(&arguments.data, name))
    }
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
        labels.push(contest::label(&record[2]).ok_or_else(|| wrong("label", &record[2]))?);
    }
    Ok(Case { history: Vec::new(), columns: vec![values], labels })
}
