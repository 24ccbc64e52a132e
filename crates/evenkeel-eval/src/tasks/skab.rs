//! Experiments with a loop of water.

use super::Task;
use super::contest::{self, Options};
use super::labeled::{self, Case, Plan};
use crate::detectors::Budget;
use crate::{Arguments, Failure, Report, read};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// The Skoltech Anomaly Benchmark: eight sensors of a loop of water whose valves, pump and leaks were tampered with. I. Katser and V. Kozitsin 2020,
/// doi:10.34740/KAGGLE/DSV/1693952.
///
/// *Reads* `FOLDER/NAME.csv`, plain or with gzip, separated by semicolons: `datetime`, sensors, and the labels `anomaly` and `changepoint` (0
/// or 1, with or without decimal). A file without the column `anomaly` is no case. Rows are seconds; gaps, which are few, are not filled.
///
/// *Methods, metrics and options*: as [`Gutentag`](super::Gutentag), the window being that of the first sensor. Detectors of one series
/// watch each sensor, and what they say is averaged ([`crate::detectors::run`]). Alarms are calibrated on the first 400 scores, the part that
/// the benchmark gives to learn; they are silent until then.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Skab {
    options: Options,
}

/// How many rows the benchmark gives to learn.
const CALIBRATION: usize = 400;

impl Task for Skab {
    fn option(
        &mut self,
        name: &str,
        value: &mut dyn FnMut() -> Result<String, Failure>,
    ) -> Result<bool, Failure> {
        self.options.take(name, value)
    }

    fn run(&self, arguments: &Arguments, progress: &mut (dyn Write + Send)) -> Result<Report, Failure> {
        let root = &arguments.data;
        let mut names = Vec::new();
        for (folder, path) in contest::folders(root)? {
            for file in contest::files(&path, |name| name.ends_with(".csv"))? {
                let name = format!("{folder}/{}", file.trim_end_matches(".csv"));
                // A file that cannot be read is a case, which is skipped with the reason.
                if text(root, &name).map_or(true, |text| is_labeled(&text)) {
                    names.push(name);
                }
            }
        }
        let budget = Budget::daily(Duration::from_secs(1)).with_calibration(CALIBRATION);
        let plan = Plan { task: "skab", options: &self.options, budget };
        labeled::evaluate(&plan, &names, arguments, progress, |name| load(root, name))
    }
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
        labels.push(contest::label(&record[anomaly]).ok_or_else(|| wrong(anomaly))?);
    }
    Ok(Case { history: Vec::new(), columns, labels })
}
