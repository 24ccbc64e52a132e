//! The description of a benchmark, for people and for the command line.

use crate::{
    Contest, Failure, Kind, Progress, TaskResult, attributors, detectors, forecasters, localizers,
    log_parsers, monitors, segmenters,
};

/// A benchmark: what it reads, where to get its data, how it is scored.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Task {
    /// The name of the benchmark.
    pub name: &'static str,
    /// What kind of methods it takes.
    pub kind: Kind,
    /// What it is about, in a line.
    pub about: &'static str,
    /// What a folder with it holds.
    pub reads: &'static str,
    /// Its metrics in the order in which a table shows them.
    pub metrics: &'static [&'static str],
    /// The options that the command line takes for it.
    pub options: &'static [TaskOption],
    /// Where to get its data.
    pub source: Source,
    pub(crate) run: fn(&Contest, &mut Progress<'_>) -> Result<TaskResult, Failure>,
}

/// Where to get the data of a benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// The publisher's public address.
    pub address: &'static str,
    /// What has to be done to what is found there, if anything.
    pub preparation: &'static str,
    /// What is known of its license.
    pub license: &'static str,
}

/// An option of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskOption {
    /// Its name, without the dashes.
    pub name: &'static str,
    /// What follows it, if anything.
    pub value: Option<&'static str>,
    /// What the option does.
    pub about: &'static str,
}

impl TaskOption {
    pub(crate) const fn new(name: &'static str, value: Option<&'static str>, about: &'static str) -> Self {
        Self { name, value, about }
    }
}

impl Task {
    /// Whether the command line takes an option for it.
    #[must_use]
    pub fn has_option(&self, name: &str) -> bool {
        self.options.iter().any(|option| option.name == name)
    }

    /// The methods of the library that it can run, by name.
    #[must_use]
    pub fn methods(&self) -> Vec<&'static str> {
        match self.kind {
            Kind::Detector => detectors::names().collect(),
            Kind::Forecaster => forecasters::names().collect(),
            Kind::Localizer => localizers::names().collect(),
            Kind::Segmenter => segmenters::names().collect(),
            Kind::Monitor => monitors::names().collect(),
            Kind::LogParser => log_parsers::names().collect(),
            Kind::Attributor => attributors::names().collect(),
        }
    }
}

/// The first cases.
pub(super) const LIMIT: TaskOption = TaskOption::new("limit", Some("N"), "the first N cases only");
/// Some methods.
pub(super) const ONLY: TaskOption =
    TaskOption::new("only", Some("A,B"), "of the library only these methods beside the default");
/// The options of detection.
pub(super) const DETECTION: &[TaskOption] = &[
    TaskOption::new("detectors", None, "every detector of the library, not only the default and a baseline"),
    ONLY,
    LIMIT,
    TaskOption::new(
        "program",
        Some("CMD"),
        "an outside detector too: started once a series, one row a line in, one score a line out before the next",
    ),
    TaskOption::new("name", Some("NAME"), "what the program before it is called (program)"),
    TaskOption::new("patience", Some("SECONDS"), "how long programs may take to answer a row (60)"),
];

/// The options of detection and one more.
pub(super) const fn detection_and(option: TaskOption) -> [TaskOption; DETECTION.len() + 1] {
    let mut all = [option; DETECTION.len() + 1];
    let mut i = 0;
    while i < DETECTION.len() {
        all[i] = DETECTION[i];
        i += 1;
    }
    all
}
