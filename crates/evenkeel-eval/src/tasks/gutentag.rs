//! Synthetic series of known kinds of anomalies.

use super::Task;
use super::contest::{self, Options};
use super::labeled::{self, Case, Plan};
use crate::detectors::Budget;
use crate::{Arguments, Failure, Report, read};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// Synthetic series of GutenTAG: P. Wenig, S. Schmidl and T. Papenbrock, TimeEval, PVLDB 15 (2022) 3678-3681,
/// doi:10.14778/3554821.3554873.
///
/// *Reads* pairs `NAME.test.csv` and `NAME.train_no_anomaly.csv`, plain or with gzip, with the columns `timestamp`, one or more
/// `value-N`, `is_anomaly` (0 or 1, with or without decimal). The training part is the history; a test part without one has none. Other files
/// are no cases. Rows have no times: one counts as a minute.
///
/// *Methods*: `evenkeel`, the recommended default; `chance`, uniform scores with a fixed seed; `difference`, the step from the last row. With
/// `--detectors` all of [`crate::detectors::ALL`], with `--only A,B` some. The smoothed output is scored, the raw one beside it. `--limit
/// N` takes the first cases only.
///
/// *Metrics*, each a mean over cases with a bootstrapped interval: `vus_pr`, `vus_roc`, `auc_pr`, `event_f1`, `affiliation_f1` of
/// [`crate::scores`], with the window of the series and thresholds that know the labels, as TSB-AD has them. `false_alarms_per_day`: alarms
/// raised under a budget of one false alarm a day ([`crate::detectors::alarms`]) that overlap no labeled row, without tolerance, of all
/// cases over days of all cases. In `seconds_per_case` is the detector alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gutentag {
    options: Options,
}

impl Task for Gutentag {
    fn option(
        &mut self,
        name: &str,
        value: &mut dyn FnMut() -> Result<String, Failure>,
    ) -> Result<bool, Failure> {
        self.options.take(name, value)
    }

    fn run(&self, arguments: &Arguments, progress: &mut (dyn Write + Send)) -> Result<Report, Failure> {
        let files = contest::files(&arguments.data, |name| name.ends_with(".test.csv"))?;
        let names: Vec<String> =
            files.iter().map(|file| file.trim_end_matches(".test.csv").to_owned()).collect();
        let budget = Budget::daily(Duration::from_secs(60));
        let plan = Plan { task: "gutentag", options: &self.options, budget };
        labeled::evaluate(&plan, &names, arguments, progress, |name| load(&arguments.data, name))
    }
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
    Ok(Case { history: Vec::new(), columns, labels })
}
