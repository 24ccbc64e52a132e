//! Results of a task.

use super::{CaseResult, Cost, json, per_case, table};
use crate::{Failure, tasks};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

/// How one method did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Method {
    /// The name of the method.
    #[serde(skip)]
    pub name: String,
    /// Its scores by metric.
    #[serde(deserialize_with = "json::numbers")]
    pub scores: BTreeMap<String, f64>,
    /// How many cases were scored.
    pub n: usize,
    /// The 95 % interval of each score.
    #[serde(default, deserialize_with = "json::intervals")]
    pub ci95: BTreeMap<String, [f64; 2]>,
    /// What a case took, in seconds, reading excluded.
    #[serde(default, deserialize_with = "json::number")]
    pub seconds_per_case: f64,
    /// What it costs, where that is measured: of detectors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
}

impl Method {
    /// A method with so many cases, without scores yet.
    #[must_use]
    pub fn new(name: impl Into<String>, n: usize, seconds_per_case: f64) -> Self {
        Self {
            name: name.into(),
            scores: BTreeMap::new(),
            n,
            ci95: BTreeMap::new(),
            seconds_per_case,
            cost: None,
        }
    }

    /// A detector, by the seconds and the cost of each case.
    pub(crate) fn of_detector(name: &str, costs: &[(f64, Cost)]) -> Self {
        let n = costs.len();
        let seconds = costs.iter().map(|(seconds, _)| seconds).sum::<f64>() / n.max(1) as f64;
        Self { cost: Cost::of_all(costs.iter().map(|(_, cost)| cost)), ..Self::new(name, n, seconds) }
    }

    /// Its score by a metric.
    #[must_use]
    pub fn score(&self, metric: &str) -> Option<f64> {
        self.scores.get(metric).copied()
    }

    /// The 95 % interval of its score by a metric.
    #[must_use]
    pub fn interval(&self, metric: &str) -> Option<[f64; 2]> {
        self.ci95.get(metric).copied()
    }

    /// Takes down the scores of a group of cases, each as `METRIC_GROUP`.
    pub(crate) fn record_group(&mut self, group: &str, scores: &Self) {
        for (metric, score) in &scores.scores {
            let ci95 = scores.interval(metric).unwrap_or([*score; 2]);
            self.record(&format!("{metric}_{group}"), *score, ci95);
        }
    }

    /// Takes down a score and its interval.
    pub fn record(&mut self, metric: &str, score: f64, ci95: [f64; 2]) {
        self.scores.insert(metric.to_owned(), score);
        self.ci95.insert(metric.to_owned(), ci95);
    }
}

/// A case that was not scored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Skipped {
    /// The name of the case.
    pub case: String,
    /// Why. Where only one method could not answer, the reason begins with its name.
    pub why: String,
}

impl Skipped {
    /// A case and the reason.
    pub fn new(case: impl Into<String>, why: impl Into<String>) -> Self {
        Self { case: case.into(), why: why.into() }
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.case, self.why)
    }
}

/// What a task found. It is written as the object that `--json` prints, and read back from it, so that two
/// runs can be compared later ([`compare`](crate::compare)).
///
/// ```
/// use evenkeel_eval::TaskResult;
///
/// let text = r#"{"task": "ucr", "cases": 1, "skipped": [],
///     "methods": {"mine": {"scores": {"accuracy": 1.0}, "n": 1, "ci95": {"accuracy": [0.2, 1.0]}, "seconds_per_case": 0.5}},
///     "per_case": [{"case": "1", "methods": {"mine": {"accuracy": 1.0}}}]}"#;
/// let result = TaskResult::from_json(text)?;
/// assert_eq!(result.method("mine").unwrap().score("accuracy"), Some(1.0));
/// assert_eq!(TaskResult::from_json(&result.json())?, result);
/// # Ok::<(), evenkeel_eval::Failure>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TaskResult {
    /// The name of the task.
    pub task: String,
    /// How many cases there are, skipped ones included.
    pub cases: usize,
    /// The methods, in the order in which a table shows them.
    #[serde(with = "json::methods")]
    pub methods: Vec<Method>,
    /// The cases that were scored.
    pub per_case: Vec<CaseResult>,
    /// The cases that were not scored, or not of every method.
    pub skipped: Vec<Skipped>,
}

impl TaskResult {
    /// A result of a task with so many cases, of which nothing is known yet.
    #[must_use]
    pub fn new(task: impl Into<String>, cases: usize) -> Self {
        Self { task: task.into(), cases, methods: Vec::new(), per_case: Vec::new(), skipped: Vec::new() }
    }

    /// A method by its name.
    #[must_use]
    pub fn method(&self, name: &str) -> Option<&Method> {
        self.methods.iter().find(|method| method.name == name)
    }

    /// A scored case by its name.
    #[must_use]
    pub fn case(&self, name: &str) -> Option<&CaseResult> {
        self.per_case.iter().find(|case| case.case == name)
    }

    /// The metrics in the order in which a table shows them: as the task lists them, then others by name.
    #[must_use]
    pub fn metrics(&self) -> Vec<&str> {
        let listed = tasks::by_name(&self.task).map_or(&[][..], |task| task.metrics);
        let found: BTreeSet<&str> =
            self.methods.iter().flat_map(|method| method.scores.keys().map(String::as_str)).collect();
        let others = found.into_iter().filter(|metric| !listed.contains(metric));
        listed.iter().copied().chain(others).collect()
    }

    /// As one JSON object, and the end of the line.
    #[must_use]
    pub fn json(&self) -> String {
        // Maps with text for keys, numbers and texts: nothing in it can fail to be written.
        let text = serde_json::to_string(self).unwrap_or_default();
        format!("{text}\n")
    }

    /// Reads what [`json`](Self::json) or `--json` wrote.
    ///
    /// # Errors
    /// If it is no such object; the reason names line and column.
    pub fn from_json(text: &str) -> Result<Self, Failure> {
        serde_json::from_str(text).map_err(|why| Failure::new(format!("no result of a task: {why}")))
    }

    /// Writes the JSON object to a file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<(), Failure> {
        let path = path.as_ref();
        std::fs::write(path, self.json()).map_err(|why| Failure::new(format!("{}: {why}", path.display())))
    }

    /// The scores of each method on each case as comma-separated text, by names of methods and cases, with
    /// four decimals, two from 10 on: what is worth being kept beside what is published of a result. The
    /// first line names the task.
    ///
    /// ```
    /// use evenkeel_eval::TaskResult;
    ///
    /// let text = "# task wsd\nmethod,case,vus_pr,false_alarms,days\nmine,1,0.25,1,2\nmine,2,0.75,0,3\n";
    /// let result = TaskResult::from_cases_csv(text)?;
    /// assert_eq!(result.method("mine").unwrap().score("vus_pr"), Some(0.5));
    /// assert_eq!(result.method("mine").unwrap().score("false_alarms_per_day"), Some(0.2));
    /// assert_eq!(result.cases_csv(), text);
    /// # Ok::<(), evenkeel_eval::Failure>(())
    /// ```
    #[must_use]
    pub fn cases_csv(&self) -> String {
        per_case::write(self)
    }

    /// Reads what [`cases_csv`](Self::cases_csv) wrote. Scores of methods are means over cases, false alarms
    /// a day those of all cases over the days of all; intervals, times and what was skipped are not there.
    ///
    /// # Errors
    /// If it is no such text; the reason names the place.
    pub fn from_cases_csv(text: &str) -> Result<Self, Failure> {
        per_case::read(text)
    }

    /// Reads a file that holds the JSON object, or, if its name ends in `.csv`, what
    /// [`cases_csv`](Self::cases_csv) gives.
    ///
    /// # Errors
    /// If the file cannot be read or is no result.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, Failure> {
        let path = path.as_ref();
        let wrong = |why: &dyn std::fmt::Display| Failure::new(format!("{}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|why| wrong(&why))?;
        let is_table = path.extension().is_some_and(|extension| extension == "csv");
        let read = if is_table { Self::from_cases_csv(&text) } else { Self::from_json(&text) };
        read.map_err(|why| wrong(&why))
    }

    /// As a table for people.
    #[must_use]
    pub fn table(&self) -> String {
        table::table(self)
    }
}
