//! UCR anomaly archive: one anomaly to be found in each series.
//!
//! The UCR Anomaly Archive: R. Wu and E. Keogh, TKDE 2021, doi:10.1109/TKDE.2021.3112126.
//!
//! *Reads* `NUMBER_UCR_Anomaly_NAME_TRAINEND_BEGIN_END.txt`, plain or with gzip: numbers between white space.
//! The first TRAINEND rows are the history. Exactly one anomaly follows, from row BEGIN to END.
//!
//! *Methods*: `evenkeel`, the recommended default; `chance`, uniform scores with a fixed seed; `difference`;
//! with `--detectors` all of [`crate::detectors`], with `--only A,B` some. Each names the row with the
//! highest smoothed score after the history, of equal ones the first; and, as `NAME, raw`, that with the
//! highest raw one. `--limit N` takes the first cases only.
//!
//! *Metric*: `accuracy`, the share of series whose named row is at most 100 rows off the anomaly, with
//! Wilson's interval.

use super::answers::{Answers, of_method, sort};
use super::contestant::{Contestant, contestants};
use super::folder::{files, not_empty};
use super::task::{self, Source, Task};
use crate::detectors::{Output, Setting};
use crate::{
    CaseResult, Contest, Cost, Failure, Kind, Method, Progress, TaskResult, interval, parallel, read,
};
use std::path::Path;

/// The benchmark.
pub const TASK: Task = Task {
    name: "ucr",
    kind: Kind::Detector,
    about: "one anomaly to be found in each series (UCR Anomaly Archive)",
    reads: "NUMBER_UCR_Anomaly_NAME_TRAINEND_BEGIN_END.txt: numbers between white space",
    metrics: &METRICS,
    options: task::DETECTION,
    source: Source {
        address: "https://www.cs.ucr.edu/~eamonn/time_series_data_2018/UCR_TimeSeriesAnomalyDatasets2021.zip",
        preparation: "take the folder UCR_Anomaly_FullData of the archive",
        license: "free for research; cite Wu and Keogh, TKDE 2021",
    },
    run,
};

/// How far the named row may be off.
const TOLERANCE: usize = 100;

const METRICS: [&str; 1] = ["accuracy"];
const OUTPUTS: &[(&str, Output)] = &[("", Output::Smoothed), (", raw", Output::Raw)];

/// A case.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Case {
    /// The rows that may be learned.
    pub history: Vec<f64>,
    /// The rows that follow, in which the anomaly is.
    pub values: Vec<f64>,
    /// Its first and last row, counted from the first row of the history.
    pub anomaly: (usize, usize),
}

/// What was named, whether that is right, and what it took in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Outcome {
    named: usize,
    is_right: bool,
    cost: (f64, Cost),
}

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let mut names = not_empty(names(&contest.data)?, &contest.data)?;
    names.truncate(contest.limit);
    let contestants = contestants(contest, OUTPUTS)?;
    let answers = parallel::map(
        &names,
        contest.threads,
        |name| load(&contest.data, name).map(|case| (name, ask(name, &case, &contestants))),
        |done| progress.report(done, names.len(), "series"),
    );
    let mut result = TaskResult::new(TASK.name, names.len());
    let scored = sort(&names, answers, &mut result.skipped);
    let methods: Vec<String> = contestants.iter().flat_map(Contestant::names).collect();
    for (i, method) in methods.iter().enumerate() {
        let outcomes = of_method(&scored, i);
        result.methods.push(summary(method, &outcomes.into_iter().map(|(_, o)| *o).collect::<Vec<_>>()));
    }
    result.per_case = scored.iter().map(|(name, said)| describe(name, &methods, said)).collect();
    Ok(result)
}

/// The names of the cases in a folder, in order: those of their files without `.txt`.
///
/// # Errors
/// If the folder cannot be read.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let files = files(folder, |name| name.ends_with(".txt") && name.contains("_UCR_Anomaly_"))?;
    Ok(files.iter().map(|file| file.trim_end_matches(".txt").to_owned()).collect())
}

/// Reads a case by its name.
///
/// # Errors
/// If its file cannot be read or is not of the format, or its name does not say where the anomaly is.
pub fn read(folder: &Path, name: &str) -> Result<Case, Failure> {
    load(folder, name).map_err(Failure::new)
}

/// Where the history ends, the anomaly begins and ends, by the name of a case.
fn places(name: &str) -> Option<[usize; 3]> {
    let mut parts = name.rsplit('_').map(|part| part.parse().ok());
    let (end, begin, train) = (parts.next()??, parts.next()??, parts.next()??);
    Some([train, begin, end])
}

fn load(folder: &Path, name: &str) -> Result<Case, String> {
    let [train, begin, end] = places(name).ok_or("the name does not end in _TRAINEND_BEGIN_END")?;
    let text = read::text(&folder.join(format!("{name}.txt")))?;
    let mut history = text
        .split_whitespace()
        .map(|field| read::number(field).ok_or_else(|| format!("{field:?} is no number")))
        .collect::<Result<Vec<f64>, _>>()?;
    if !(train < begin && begin <= end && end <= history.len()) {
        return Err(format!(
            "rows {train}, {begin}, {end} do not follow one another within {}",
            history.len()
        ));
    }
    let values = history.split_off(train);
    Ok(Case { history, values, anomaly: (begin, end) })
}

fn ask(name: &str, case: &Case, contestants: &[Contestant]) -> Answers<Outcome> {
    let train = case.history.len();
    let (history, after) = ([case.history.clone()], [case.values.clone()]);
    let right = case.anomaly.0.saturating_sub(TOLERANCE)..=case.anomaly.1 + TOLERANCE;
    // Chance was always seeded by the name of the file.
    let file = format!("{name}.txt");
    let mut answers = Answers::new();
    for contestant in contestants {
        answers.ask(contestant.name(), contestant.outputs().len(), || -> Result<_, Failure> {
            let run = contestant.run(&file, &Setting::default(), &history, &after)?;
            let outcome = |output: Output| {
                let scores = output.of(&run.scores);
                let highest = |best: usize, row: usize| if scores[row] > scores[best] { row } else { best };
                let named = train + (0..scores.len()).reduce(highest).unwrap_or(0);
                Some(Outcome { named, is_right: right.contains(&named), cost: (run.seconds, run.cost) })
            };
            Ok(contestant.outputs().map(outcome).collect())
        });
    }
    answers
}

fn summary(name: &str, outcomes: &[Outcome]) -> Method {
    let n = outcomes.len();
    let right = outcomes.iter().filter(|outcome| outcome.is_right).count();
    let costs: Vec<(f64, Cost)> = outcomes.iter().map(|outcome| outcome.cost).collect();
    let mut method = Method::of_detector(name, &costs);
    if n > 0 {
        method.record(METRICS[0], right as f64 / n as f64, interval::wilson(right, n));
    }
    method
}

fn describe(case: &str, methods: &[String], said: &[Option<Outcome>]) -> CaseResult {
    let mut result = CaseResult::new(case);
    for (method, outcome) in methods.iter().zip(said) {
        if let Some(outcome) = outcome {
            let accuracy = f64::from(u8::from(outcome.is_right));
            let said = [
                ("named", outcome.named.into()),
                ("right", outcome.is_right.into()),
                (METRICS[0], accuracy.into()),
            ];
            result = result.with_method(method, said);
        }
    }
    result
}
