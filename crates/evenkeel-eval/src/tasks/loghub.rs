//! Loghub: log lines by template.
//!
//! The samples of 2,000 lines of Loghub (J. Zhu, S. He, P. He, J. Liu, M. R. Lyu, ISSRE 2023,
//! doi:10.1109/ISSRE59848.2023.00071), with the templates that people wrote down.
//!
//! *Reads* `SYSTEM/*.log_structured.csv`, plain or with gzip: lines in column `Content`, the name of the true template in
//! column `EventId`.
//!
//! *Methods*: `evenkeel`, the default [`Drain`](evenkeel_locate::logs::Drain); `drain`, with the published settings, without
//! masks and with ours. None has settings of a system.
//!
//! *Metrics*, means over systems: `grouping_accuracy`, the share of lines whose group has exactly the lines of a true
//! group (J. Zhu et al., 2019, doi:10.1109/ICSE-SEIP.2019.00021); `fga`, the F measure of groups that equal a
//! true one (Z. Jiang et al., 2024, doi:10.1145/3650212.3652123); `lines_per_second`. Intervals are bootstrapped over systems.

use super::answers::{Answers, distinct, of_method, sort};
use super::folder::{files, folders, not_empty};
use super::task::{self, Source, Task};
use crate::contest::Library;
use crate::log_parsers::{self, Entry};
use crate::{CaseResult, Contest, Failure, Kind, Method, Progress, TaskResult, interval, parallel, read};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

/// The benchmark.
pub const TASK: Task = Task {
    name: "loghub",
    kind: Kind::LogParser,
    about: "log lines by template (Loghub)",
    reads: "SYSTEM/*.log_structured.csv with columns Content and EventId",
    metrics: &METRICS,
    options: &[task::ONLY, task::LIMIT],
    source: Source {
        address: "https://github.com/logpai/loghub",
        preparation: "",
        license: "free for research with a citation, as is said there",
    },
    run,
};

const METRICS: [&str; 3] = ["grouping_accuracy", "fga", "lines_per_second"];

/// A log and its true groups.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// The lines.
    pub lines: Vec<String>,
    /// The name of the true template of each.
    pub templates: Vec<String>,
}

/// The scores of a method on a log, in the order of the metrics, and the groups that it found.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    scores: [f64; 3],
    groups: usize,
    seconds: f64,
}

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let root = &contest.data;
    let mut names = not_empty(names(root)?, root)?;
    names.truncate(contest.limit);
    let methods = methods(contest)?;
    let answers = parallel::map(
        &names,
        contest.threads,
        |name| load(root, name).map(|case| (name, ask(&case, &methods))),
        |done| progress.report(done, names.len(), "logs"),
    );
    let mut result = TaskResult::new(TASK.name, names.len());
    let scored = sort(&names, answers, &mut result.skipped);
    for (i, method) in methods.iter().enumerate() {
        let outcomes: Vec<Outcome> = of_method(&scored, i).into_iter().map(|(_, outcome)| *outcome).collect();
        result.methods.push(summary(method.name(), &outcomes));
    }
    result.per_case = scored.iter().map(|(name, said)| describe(name, &methods, said)).collect();
    Ok(result)
}

/// The contestants.
fn methods(contest: &Contest) -> Result<Vec<Entry>, Failure> {
    // The recommended default always takes part, unless the library does not at all.
    let is_default = |name: &str| name == "evenkeel" && contest.library != Library::Nothing;
    let mut all = log_parsers::all();
    all.retain(|entry| is_default(entry.name()) || contest.library.includes(entry.name(), true));
    for entry in &contest.entries {
        if let crate::entry::Entry::LogParser(entry) = entry {
            all.push(entry.clone());
        }
    }
    distinct(all.iter().map(Entry::name))?;
    Ok(all)
}

/// The names of the logs, in order: those of their folders.
///
/// # Errors
/// If the folder cannot be read.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    for (name, path) in folders(folder)? {
        if !tables(&path)?.is_empty() {
            names.push(name);
        }
    }
    Ok(names)
}

fn tables(folder: &Path) -> Result<Vec<String>, Failure> {
    files(folder, |name| name.ends_with(".log_structured.csv"))
}

/// Reads a log by its name.
///
/// # Errors
/// If its table cannot be read or is not of the format, or there are several; the reason names the place.
pub fn read(folder: &Path, name: &str) -> Result<Case, Failure> {
    load(folder, name).map_err(Failure::new)
}

fn load(root: &Path, name: &str) -> Result<Case, String> {
    let folder = root.join(name);
    let tables = tables(&folder).map_err(|why| why.to_string())?;
    let [table] = &tables[..] else {
        return Err(format!("{} tables of a log where one is expected", tables.len()));
    };
    let text = read::text(&folder.join(table))?;
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headers = reader.headers().map_err(|why| why.to_string())?.clone();
    let column = |wanted: &str| {
        let place = headers.iter().position(|name| name == wanted);
        place.ok_or_else(|| format!("{table}: there is no column {wanted}"))
    };
    let (content, event) = (column("Content")?, column("EventId")?);
    let mut case = Case { lines: Vec::new(), templates: Vec::new() };
    for record in reader.records() {
        let record = record.map_err(|why| format!("{table}: {why}"))?;
        case.lines.push(record[content].to_owned());
        case.templates.push(record[event].to_owned());
    }
    if case.lines.is_empty() { Err(format!("{table}: there is no line")) } else { Ok(case) }
}

/// Asks all methods.
fn ask(case: &Case, methods: &[Entry]) -> Answers<Outcome> {
    let truth = groups(&case.templates);
    let mut answers = Answers::new();
    for method in methods {
        answers.ask(method.name(), 1, || -> Result<_, Failure> {
            let started = Instant::now();
            let said = method.groups(&case.lines)?;
            let seconds = started.elapsed().as_secs_f64();
            let said = groups(&said);
            let right: Vec<usize> =
                said.iter().filter(|lines| truth.contains(*lines)).map(Vec::len).collect();
            let lines = case.lines.len() as f64;
            let accuracy = right.iter().sum::<usize>() as f64 / lines;
            let fga = 2.0 * right.len() as f64 / (said.len() + truth.len()) as f64;
            let scores = [accuracy, fga, lines / seconds.max(1e-9)];
            Ok(vec![Some(Outcome { scores, groups: said.len(), seconds })])
        });
    }
    answers
}

/// The lines of each group.
fn groups<T: Ord>(of_line: &[T]) -> BTreeSet<Vec<usize>> {
    let mut groups: BTreeMap<&T, Vec<usize>> = BTreeMap::new();
    for (line, group) in of_line.iter().enumerate() {
        groups.entry(group).or_default().push(line);
    }
    groups.into_values().collect()
}

fn summary(name: &str, outcomes: &[Outcome]) -> Method {
    let n = outcomes.len();
    let seconds = outcomes.iter().map(|outcome| outcome.seconds).sum::<f64>() / n.max(1) as f64;
    let mut method = Method::new(name, n, seconds);
    if n > 0 {
        for (metric, key) in METRICS.into_iter().enumerate() {
            let mean = |drawn: &[usize]| {
                drawn.iter().map(|i| outcomes[*i].scores[metric]).sum::<f64>() / drawn.len() as f64
            };
            let all: Vec<usize> = (0..n).collect();
            method.record(key, mean(&all), interval::bootstrap(n, mean));
        }
    }
    method
}

fn describe(name: &str, methods: &[Entry], said: &[Option<Outcome>]) -> CaseResult {
    let mut result = CaseResult::new(name);
    for (method, outcome) in methods.iter().zip(said) {
        if let Some(Outcome { scores: [accuracy, fga, _], groups, .. }) = outcome {
            let said =
                [("groups", (*groups).into()), (METRICS[0], (*accuracy).into()), (METRICS[1], (*fga).into())];
            result = result.with_method(method.name(), said);
        }
    }
    result
}
