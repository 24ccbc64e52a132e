//! What comes out.

use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// A JSON value.
pub type Value = serde_json::Value;

/// Why a command cannot be carried out, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure with its reason.
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

impl From<lexopt::Error> for Failure {
    fn from(why: lexopt::Error) -> Self {
        Self(why.to_string())
    }
}

/// How one method did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Method {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// Its scores by metric.
    pub scores: BTreeMap<&'static str, f64>,
    /// How many cases were scored.
    pub n: usize,
    /// The 95 % interval of each score.
    pub ci95: BTreeMap<&'static str, [f64; 2]>,
    /// What a case took, in seconds, reading excluded.
    pub seconds_per_case: f64,
}

/// A case that was not scored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Which one.
    pub case: String,
    /// Why.
    pub why: String,
}

/// What a task found.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The task's name.
    pub task: &'static str,
    /// How many cases there are, skipped ones included.
    pub cases: usize,
    /// The metrics in the order in which a table shows them.
    pub metrics: &'static [&'static str],
    /// The methods in the order in which a table shows them.
    pub methods: Vec<Method>,
    /// One object a scored case.
    pub per_case: Vec<Value>,
    /// The cases that were not scored.
    pub skipped: Vec<Skipped>,
}

impl Report {
    /// As one JSON object, and the end of the line.
    #[must_use]
    pub fn json(&self) -> String {
        let methods: BTreeMap<&str, &Method> =
            self.methods.iter().map(|method| (method.name.as_str(), method)).collect();
        let whole = serde_json::json!({
            "task": self.task,
            "cases": self.cases,
            "methods": methods,
            "per_case": self.per_case,
            "skipped": self.skipped,
        });
        format!("{whole}\n")
    }

    /// As a table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let widest =
            self.methods.iter().map(|method| method.name.len()).max().unwrap_or(0).max("method".len());
        let mut text = format!("{}: {} cases\n\n{:widest$}    n", self.task, self.cases, "method");
        for metric in self.metrics {
            text.push_str(&format!("  {metric:<18}"));
        }
        text.push_str("  ms a case\n");
        for method in &self.methods {
            text.push_str(&format!("{:widest$} {:>4}", method.name, method.n));
            for metric in self.metrics {
                let cell = match (method.scores.get(metric), method.ci95.get(metric)) {
                    (Some(score), Some([low, high])) => format!("{score:.3} [{low:.2}, {high:.2}]"),
                    (Some(score), None) => format!("{score:.3}"),
                    _ => "-".into(),
                };
                text.push_str(&format!("  {cell:<18}"));
            }
            text.push_str(&format!("  {:.3}\n", 1e3 * method.seconds_per_case));
        }
        if !self.skipped.is_empty() {
            text.push_str("\nskipped\n");
        }
        for skipped in &self.skipped {
            text.push_str(&format!("{}: {}\n", skipped.case, skipped.why));
        }
        text
    }
}
