//! The Turing change point dataset.
//!
//! Change points that several people marked, of the Turing Change Point Dataset (G. van den Burg, C. Williams
//! 2020, arXiv:2003.06222).
//!
//! *Reads* `datasets/NAME.json` or `datasets/NAME/NAME.json` (`name`, `n_obs`, `series` with one `raw` a
//! dimension, null where missing) and `annotations.json` (name, annotator, 0-based indices), plain or with
//! gzip.
//!
//! *Methods*: `evenkeel`, the default [`Segmentation`](evenkeel_series::Segmentation); the single methods
//! with their criteria, of which those for one dimension are not run on several; `zero`, which says that
//! nothing changes.
//!
//! *Metrics*, as the paper has them: `f1` with a margin of 5, index 0 being added to all sets, precision
//! against the union of all annotators and recall the mean over them; `covering`, the mean over annotators of
//! how well their segments are covered. Intervals are bootstrapped over series.

use super::answers::{Answers, distinct, of_method, sort};
use super::folder::{files, folders, not_empty};
use super::task::{self, Source, Task};
use crate::contest::Library;
use crate::segmenters::{self, Entry};
use crate::{CaseResult, Contest, Failure, Kind, Method, Progress, TaskResult, interval, parallel, read};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The benchmark.
pub const TASK: Task = Task {
    name: "tcpd",
    kind: Kind::Segmenter,
    about: "change points that several people marked (Turing Change Point Dataset)",
    reads: "datasets/NAME.json or datasets/NAME/NAME.json (name, n_obs, series with raw) and annotations.json",
    metrics: &METRICS,
    options: &[task::ONLY, task::LIMIT],
    source: Source {
        address: "https://github.com/alan-turing-institute/TCPD",
        preparation: "some series have to be fetched first, as is said there; those that are not there are left out",
        license: "MIT (the repository); that of each series is said beside it",
    },
    run,
};

/// How far a change may be from where it was marked.
const MARGIN: usize = 5;
const METRICS: [&str; 2] = ["f1", "covering"];

#[derive(Debug, Deserialize)]
struct Dataset {
    name: String,
    n_obs: usize,
    series: Vec<Dimension>,
}

#[derive(Debug, Deserialize)]
struct Dimension {
    raw: Vec<Option<f64>>,
}

/// Annotator by annotator.
type Marks = BTreeMap<String, Vec<usize>>;

/// A series and what people marked in it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Case {
    /// The name of the series.
    pub name: String,
    /// Its dimensions, all of one length; NaN is missing.
    pub dimensions: Vec<Vec<f64>>,
    /// The 0-based indices of the changes that each annotator marked, by annotator.
    pub annotations: BTreeMap<String, Vec<usize>>,
}

/// A method's changes in a series, and their scores.
#[derive(Debug, Clone)]
struct Outcome {
    changes: Vec<usize>,
    scores: [f64; 2],
    seconds: f64,
}

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let root = &contest.data;
    let marks = marks(root)?;
    let mut names = not_empty(names(root)?, root)?;
    names.truncate(contest.limit);
    let methods = methods(contest)?;
    let answers = parallel::map(
        &names,
        contest.threads,
        |name| load(root, name, &marks).map(|case| ask(case, &methods)),
        |done| progress.report(done, names.len(), "series"),
    );
    let mut result = TaskResult::new(TASK.name, names.len());
    let scored = sort(&names, answers, &mut result.skipped);
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
    let asked = |name: &str| is_default(name) || contest.library.includes(name, true);
    let mut all = segmenters::all();
    all.retain(|entry| asked(entry.name()));
    for entry in &contest.entries {
        if let crate::entry::Entry::Segmenter(entry) = entry {
            all.push(entry.clone());
        }
    }
    distinct(all.iter().map(Entry::name))?;
    Ok(all)
}

/// The names of the files of the datasets, without `.json`, in order.
///
/// # Errors
/// If the folder cannot be read.
pub fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let folder = folder.join("datasets");
    let files = files(&folder, |name| name.ends_with(".json"))?;
    let mut names: BTreeSet<String> =
        files.iter().map(|file| file.trim_end_matches(".json").to_owned()).collect();
    // The repository has a folder for each, which is empty of data where they have to be fetched.
    names.extend(
        folders(&folder)?
            .into_iter()
            .map(|(name, _)| name)
            .filter(|name| read::find(&place(&folder, name)).is_some()),
    );
    Ok(names.into_iter().collect())
}

/// Reads a case by the name of its file.
///
/// # Errors
/// If its file or the annotations cannot be read or are not of the format, or it was not annotated; the
/// reason names the place.
pub fn read(folder: &Path, name: &str) -> Result<Case, Failure> {
    load(folder, name, &marks(folder)?).map_err(Failure::new)
}

/// Where the file of a dataset is: in the folder, or in one of its own.
fn place(folder: &Path, name: &str) -> PathBuf {
    let file = format!("{name}.json");
    let (plain, own) = (folder.join(&file), folder.join(name).join(&file));
    if read::find(&plain).is_none() && read::find(&own).is_some() { own } else { plain }
}

/// What was marked in each series.
fn marks(root: &Path) -> Result<BTreeMap<String, Marks>, Failure> {
    let path = root.join("annotations.json");
    let text = read::text(&path).map_err(Failure::new)?;
    serde_json::from_str(&text).map_err(|why| Failure::new(format!("{}: {why}", path.display())))
}

fn load(root: &Path, name: &str, marks: &BTreeMap<String, Marks>) -> Result<Case, String> {
    let path = place(&root.join("datasets"), name);
    let data: Dataset =
        serde_json::from_str(&read::text(&path)?).map_err(|why| format!("{}: {why}", path.display()))?;
    let marks = marks.get(&data.name).filter(|marks| !marks.is_empty()).ok_or("it was not annotated")?;
    if let Some(place) = marks.values().flatten().find(|place| **place >= data.n_obs) {
        return Err(format!("a change is marked at {place}, beyond the {} values", data.n_obs));
    }
    if data.series.is_empty() || data.n_obs == 0 {
        return Err("there is no value".into());
    }
    let dimensions: Vec<Vec<f64>> = data
        .series
        .iter()
        .map(|dimension| dimension.raw.iter().map(|x| x.unwrap_or(f64::NAN)).collect())
        .collect();
    if let Some(other) = dimensions.iter().find(|column| column.len() != data.n_obs) {
        return Err(format!("{} values where {} are announced", other.len(), data.n_obs));
    }
    Ok(Case { name: data.name, dimensions, annotations: marks.clone() })
}

/// Asks all methods.
fn ask(case: Case, methods: &[Entry]) -> (String, Answers<Outcome>) {
    let dimensions: Vec<&[f64]> = case.dimensions.iter().map(Vec::as_slice).collect();
    let marks = &case.annotations;
    let n = dimensions.first().map_or(0, |values| values.len());
    let mut answers = Answers::new();
    for method in methods {
        answers.ask(method.name(), 1, || -> Result<_, Failure> {
            let started = Instant::now();
            let changes = method.changes(&dimensions)?;
            let seconds = started.elapsed().as_secs_f64();
            Ok(vec![changes.map(|changes| {
                let scores = [f1(marks, &changes), covering(marks, &changes, n)];
                Outcome { changes, scores, seconds }
            })])
        });
    }
    (case.name, answers)
}

/// The annotated F measure.
fn f1(marks: &Marks, changes: &[usize]) -> f64 {
    let with_start = |places: &[usize]| places.iter().copied().chain([0]).collect::<BTreeSet<_>>();
    let said = with_start(changes);
    let each: Vec<BTreeSet<usize>> = marks.values().map(|places| with_start(places)).collect();
    let all: BTreeSet<usize> = each.iter().flatten().copied().collect();
    let precision = hits(&all, &said) as f64 / said.len() as f64;
    let recall = each.iter().map(|places| hits(places, &said) as f64 / places.len() as f64).sum::<f64>()
        / each.len() as f64;
    // Index 0 is in both, so that neither is 0.
    2.0 * precision * recall / (precision + recall)
}

/// How many true changes have a change that was said within the margin, each of which serves once: the
/// nearest, of two the earlier.
fn hits(truth: &BTreeSet<usize>, said: &BTreeSet<usize>) -> usize {
    let mut left = said.clone();
    let mut count = 0;
    for place in truth {
        let near = left.range(place.saturating_sub(MARGIN)..=place + MARGIN);
        if let Some(nearest) = near.copied().min_by_key(|x| (x.abs_diff(*place), *x)) {
            left.remove(&nearest);
            count += 1;
        }
    }
    count
}

/// The mean over annotators of the covering of their segments.
fn covering(marks: &Marks, changes: &[usize], n: usize) -> f64 {
    let said = segments(changes, n);
    let one = |places: &Vec<usize>| {
        let covered = segments(places, n).into_iter().map(|(from, to)| {
            let overlap = said.iter().map(|(start, end)| {
                let both = to.min(*end).saturating_sub(from.max(*start));
                both as f64 / ((to - from) + (end - start) - both) as f64
            });
            (to - from) as f64 * overlap.fold(0.0, f64::max)
        });
        covered.sum::<f64>() / n as f64
    };
    marks.values().map(one).sum::<f64>() / marks.len() as f64
}

/// Segments between changes: first index, end.
fn segments(changes: &[usize], n: usize) -> Vec<(usize, usize)> {
    let cuts: BTreeSet<usize> = changes.iter().copied().chain([0, n]).collect();
    let cuts: Vec<usize> = cuts.into_iter().collect();
    cuts.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

fn summary(name: &str, outcomes: &[&Outcome]) -> Method {
    let n = outcomes.len();
    let mean = |indices: &mut dyn Iterator<Item = usize>, metric: usize| {
        let (sum, count) =
            indices.fold((0.0, 0.0), |(sum, count), i| (sum + outcomes[i].scores[metric], count + 1.0));
        sum / count
    };
    let seconds = outcomes.iter().map(|outcome| outcome.seconds).sum::<f64>() / n.max(1) as f64;
    let mut method = Method::new(name, n, seconds);
    if n > 0 {
        for (metric, key) in METRICS.into_iter().enumerate() {
            let ci95 = interval::bootstrap(n, |drawn| mean(&mut drawn.iter().copied(), metric));
            method.record(key, mean(&mut (0..n), metric), ci95);
        }
    }
    method
}

fn describe(name: &str, methods: &[Entry], said: &[Option<Outcome>]) -> CaseResult {
    let mut result = CaseResult::new(name);
    for (method, outcome) in methods.iter().zip(said) {
        if let Some(Outcome { changes, scores: [f1, covering], .. }) = outcome {
            let said =
                [("changes", changes.clone().into()), ("f1", (*f1).into()), ("covering", (*covering).into())];
            result = result.with_method(method.name(), said);
        }
    }
    result
}
