//! A case that was scored.

use super::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A case that was scored: what is known of it, and what each method that answered said and scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CaseResult {
    /// Its name, once in a task.
    pub case: String,
    /// The answers of each method, by its name. A metric that is a mean over cases stands under its own name.
    #[serde(default)]
    pub methods: BTreeMap<String, BTreeMap<String, Value>>,
    /// What else is known of the case.
    #[serde(flatten)]
    pub details: BTreeMap<String, Value>,
}

impl CaseResult {
    /// A case without answers.
    #[must_use]
    pub fn new(case: impl Into<String>) -> Self {
        Self { case: case.into(), methods: BTreeMap::new(), details: BTreeMap::new() }
    }

    /// With something that is known of the case.
    #[must_use]
    pub fn with_detail(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// With the answer of a method.
    #[must_use]
    pub fn with_method<const N: usize>(mut self, name: &str, said: [(&str, Value); N]) -> Self {
        let said = said.into_iter().map(|(key, value)| (key.to_owned(), value));
        self.methods.entry(name.to_owned()).or_default().extend(said);
        self
    }

    /// Records something that a method answered or scored.
    pub(crate) fn record(&mut self, method: &str, key: &str, value: impl Into<Value>) {
        self.methods.entry(method.to_owned()).or_default().insert(key.to_owned(), value.into());
    }

    /// The score of a method by a metric, where the method answered and the metric is one of single cases.
    #[must_use]
    pub fn score(&self, method: &str, metric: &str) -> Option<f64> {
        self.methods.get(method)?.get(metric)?.as_number()
    }
}
