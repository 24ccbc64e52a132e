//! Quality of streams by attributes: the combination behind a change.
//!
//! The data of `RobustSpot` (Z. Li et al., real streams), as M. Kalander publishes them with `RiskLoc` (2022, arXiv:2205.10004).
//!
//! *Reads* `labels.json` (`data`, `timestamp`, `cause`: an object of attributes and values, or a list of such) and `DATA.csv`: `min`
//! (Unix seconds of the minute), attributes, `value`, `cnt`, plain or with gzip. The measure is the quotient of the last two.
//! Forecast is the mean of a row over all earlier minutes of the file; later ones are not read.
//!
//! *Methods*: `evenkeel`, the default [`ScanStatistic`](evenkeel_locate::attributes::ScanStatistic); `riskloc`, `autoroot`, `squeeze`, and
//! `adtributor`, each value of whose first attribute counts as a combination. All with their defaults.
//!
//! *Metrics*: `f1`, `precision`, `recall` of combinations over all cases; one is right if it equals a true one
//! whole. Intervals are bootstrapped over cases.

use super::answers::{Answers, distinct, of_method, sort};
use super::folder::not_empty;
use super::task::{self, Source, Task};
use crate::attributors::{self, Entry};
use crate::contest::Library;
use crate::{CaseResult, Contest, Failure, Kind, Method, Progress, TaskResult, interval, parallel, read};
use evenkeel_locate::attributes::{AttributeTable, Combination};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

/// The benchmark.
pub const TASK: Task = Task {
    name: "multidim",
    kind: Kind::Attributor,
    about: "the combination of attributes behind a change (RobustSpot's streams)",
    reads: "labels.json (data, timestamp, cause) and DATA.csv with columns min, value, cnt and attributes",
    metrics: &METRICS,
    options: &[task::ONLY, task::LIMIT],
    source: Source {
        address: "https://github.com/shaido987/riskloc",
        preparation: "take the folder data/RS and write anomaly.yaml as labels.json",
        license: "MIT",
    },
    run,
};

const METRICS: [&str; 3] = ["f1", "precision", "recall"];

#[derive(Debug, Clone, Deserialize)]
struct Label {
    data: String,
    timestamp: f64,
    cause: Value,
}

/// A change and what is behind it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Case {
    /// Forecast and actual values.
    pub table: AttributeTable,
    /// The true combinations.
    pub causes: Vec<Combination>,
}

/// What a method named.
#[derive(Debug, Clone)]
struct Outcome {
    named: Vec<String>,
    right: usize,
    truth: usize,
    seconds: f64,
}

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let root = &contest.data;
    let mut labels = not_empty(labels(root)?, root)?;
    labels.truncate(contest.limit);
    let methods = methods(contest)?;
    let answers = parallel::map(
        &labels,
        contest.threads,
        |label| load(root, label).map(|case| (label.data.clone(), ask(&case, &methods))),
        |done| progress.report(done, labels.len(), "changes"),
    );
    let mut result = TaskResult::new(TASK.name, labels.len());
    let scored = sort(labels.iter().map(|label| &label.data), answers, &mut result.skipped);
    for (i, method) in methods.iter().enumerate() {
        let outcomes: Vec<&Outcome> = of_method(&scored, i).into_iter().map(|(_, outcome)| outcome).collect();
        result.methods.push(summary(method.name(), &outcomes));
    }
    result.per_case = scored.iter().map(|(name, said)| describe(name, &methods, said)).collect();
    Ok(result)
}

/// The contestants.
fn methods(contest: &Contest) -> Result<Vec<Entry>, Failure> {
    // The recommended default always takes part, unless the library does not at all.
    let is_default = |name: &str| name == "evenkeel" && contest.library != Library::Nothing;
    let mut all = attributors::all();
    all.retain(|entry| is_default(entry.name()) || contest.library.includes(entry.name(), true));
    for entry in &contest.entries {
        if let crate::entry::Entry::Attributor(entry) = entry {
            all.push(entry.clone());
        }
    }
    distinct(all.iter().map(Entry::name))?;
    Ok(all)
}

/// The names of the cases, in order.
///
/// # Errors
/// If the labels cannot be read, or two are of one file.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    Ok(labels(folder)?.into_iter().map(|label| label.data).collect())
}

/// Reads a case by its name.
///
/// # Errors
/// If the labels or its file cannot be read or are not of the format, or there is no such case; the reason names the place.
pub fn read(folder: &Path, name: &str) -> Result<Case, Failure> {
    let labels = labels(folder)?;
    let label = labels.iter().find(|label| label.data == name);
    let label = label.ok_or_else(|| Failure::new(format!("there is no label of {name}")))?;
    load(folder, label).map_err(Failure::new)
}

fn labels(folder: &Path) -> Result<Vec<Label>, Failure> {
    let path = folder.join("labels.json");
    let text = read::text(&path).map_err(Failure::new)?;
    let wrong = |why: String| Failure::new(format!("{}: {why}", path.display()));
    let mut labels: Vec<Label> = serde_json::from_str(&text).map_err(|why| wrong(why.to_string()))?;
    labels.sort_by(|a, b| a.data.cmp(&b.data));
    match labels.windows(2).find(|pair| pair[0].data == pair[1].data) {
        Some(pair) => Err(wrong(format!("two labels are of {}", pair[0].data))),
        None => Ok(labels),
    }
}

fn load(root: &Path, label: &Label) -> Result<Case, String> {
    let file = format!("{}.csv", label.data);
    let text = read::text(&root.join(&file))?;
    let wrong = |why: &dyn std::fmt::Display| format!("{file}: {why}");
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headers = reader.headers().map_err(|why| wrong(&why))?.clone();
    let column = |wanted: &str| {
        let place = headers.iter().position(|name| name == wanted);
        place.ok_or_else(|| wrong(&format!("there is no column {wanted}")))
    };
    let (minute, value, count) = (column("min")?, column("value")?, column("cnt")?);
    let attributes: Vec<usize> =
        (0..headers.len()).filter(|place| ![minute, value, count].contains(place)).collect();
    // Of each combination: numerator and denominator now, and the sums of before.
    let mut rows: BTreeMap<Vec<String>, [f64; 4]> = BTreeMap::new();
    let mut minutes = BTreeSet::new();
    for record in reader.records() {
        let record = record.map_err(|why| wrong(&why))?;
        let number = |place: usize| {
            let number = read::number(&record[place]).filter(|x| x.is_finite());
            number.ok_or_else(|| wrong(&format!("{:?} is no number", &record[place])))
        };
        let at = number(minute)?;
        if at > label.timestamp {
            continue;
        }
        let sums =
            rows.entry(attributes.iter().map(|place| record[*place].to_owned()).collect()).or_default();
        let place = if at < label.timestamp { 2 } else { 0 };
        sums[place] += number(value)?;
        sums[place + 1] += number(count)?;
        if at < label.timestamp {
            minutes.insert(at.to_bits());
        }
    }
    if minutes.is_empty() {
        return Err(wrong(&"there is no minute before"));
    }
    let n = minutes.len() as f64;
    let table = AttributeTable::builder(attributes.iter().map(|place| &headers[*place]));
    // What is not there now says nothing of now.
    let now = rows.iter().filter(|(_, sums)| sums[1] > 0.0);
    let add = |table: evenkeel_locate::attributes::AttributeTableBuilder,
               (values, sums): (&Vec<String>, &[f64; 4])| {
        table.quotient(values.iter().map(String::as_str), (sums[2] / n, sums[0]), (sums[3] / n, sums[1]))
    };
    let table = now.fold(table, add).build().map_err(|why| wrong(&why))?;
    Ok(Case { table, causes: causes(&label.cause)? })
}

/// The true combinations.
fn causes(cause: &Value) -> Result<Vec<Combination>, String> {
    let one = |cause: &Value| {
        let values = cause.as_object().filter(|values| !values.is_empty());
        let values = values.ok_or("a cause is no object of attributes and values")?;
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Ok(Combination::new(values.iter().map(|(attribute, value)| (attribute.as_str(), text(value)))))
    };
    match cause {
        Value::Array(all) => all.iter().map(one).collect(),
        one_alone => Ok(vec![one(one_alone)?]),
    }
}

/// Asks all methods.
fn ask(case: &Case, methods: &[Entry]) -> Answers<Outcome> {
    let truth: BTreeSet<&Combination> = case.causes.iter().collect();
    let mut answers = Answers::new();
    for method in methods {
        answers.ask(method.name(), 1, || -> Result<_, Failure> {
            let started = Instant::now();
            let named: BTreeSet<Combination> = method.causes(&case.table)?.into_iter().collect();
            let seconds = started.elapsed().as_secs_f64();
            let right = named.iter().filter(|named| truth.contains(named)).count();
            let named = named.iter().map(ToString::to_string).collect();
            Ok(vec![Some(Outcome { named, right, truth: truth.len(), seconds })])
        });
    }
    answers
}

/// F measure, precision and recall.
fn scores<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> [f64; 3] {
    let sum = outcomes.fold([0, 0, 0], |[right, named, truth], outcome| {
        [right + outcome.right, named + outcome.named.len(), truth + outcome.truth]
    });
    let [right, named, truth] = sum.map(|count| count as f64);
    let share = |of: f64| if of > 0.0 { right / of } else { 0.0 };
    [share(0.5 * (named + truth)), share(named), share(truth)]
}

fn summary(name: &str, outcomes: &[&Outcome]) -> Method {
    let n = outcomes.len();
    let seconds = outcomes.iter().map(|outcome| outcome.seconds).sum::<f64>() / n.max(1) as f64;
    let mut method = Method::new(name, n, seconds);
    if n > 0 {
        for (metric, key) in METRICS.into_iter().enumerate() {
            let of = |drawn: &[usize]| scores(drawn.iter().map(|i| outcomes[*i]))[metric];
            let all: Vec<usize> = (0..n).collect();
            method.record(key, of(&all), interval::bootstrap(n, of));
        }
    }
    method
}

fn describe(name: &str, methods: &[Entry], said: &[Option<Outcome>]) -> CaseResult {
    let mut result = CaseResult::new(name);
    for (method, outcome) in methods.iter().zip(said) {
        if let Some(outcome) = outcome {
            let said = [
                ("named", outcome.named.join("; ").into()),
                ("right", outcome.right.into()),
                ("truth", outcome.truth.into()),
            ];
            result = result.with_method(method.name(), said);
        }
    }
    result
}
