//! The Turing change point dataset.

use super::Task;
use crate::report::{Failure, Method, Report, Skipped, Value};
use crate::{Arguments, interval, parallel, read};
use evenkeel_series::{
    BinarySegmentation, Cost, KernelChangePoints, Pelt, Penalty, Segmentation, SlidingWindow,
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// Change points that several people marked, of the Turing Change Point Dataset (G. van den Burg, C. Williams 2020, arXiv:2003.06222).
///
/// *Reads* `datasets/NAME.json` (`name`, `n_obs`, `series` with one `raw` a dimension, null where missing) and `annotations.json`
/// (name, annotator, 0-based indices), plain or with gzip.
///
/// *Methods*: `evenkeel`, the default [`Segmentation`]; the single methods with their criteria, of which those for one dimension are not
/// run on several; `zero`, which says that nothing changes.
///
/// *Metrics*, as the paper has them: `f1` with a margin of 5, index 0 being added to all sets, precision against the union of all
/// annotators and recall the mean over them; `covering`, the mean over annotators of how well their segments are covered. Intervals are
/// bootstrapped over series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tcpd;

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

/// A method on the dimensions of a series; `None` if it is not for so many.
type Run = fn(&[&[f64]]) -> Result<Option<Vec<usize>>, evenkeel_core::Error>;

/// What is run on a series: named as in the report.
const METHODS: [(&str, Run); 10] = [
    ("evenkeel", |y| Ok(Some(Segmentation::new().fit_together(y)?.changes().to_vec()))),
    ("pelt-l2-bic", |y| one(y, |y| Pelt::new(Cost::L2).fit(y))),
    ("pelt-l2-mbic", |y| one(y, |y| Pelt::new(Cost::L2).penalty(Penalty::Mbic).fit(y))),
    ("pelt-l1-mbic", |y| one(y, |y| Pelt::new(Cost::L1).penalty(Penalty::Mbic).fit(y))),
    ("pelt-normal-mbic", |y| one(y, |y| Pelt::new(Cost::Normal).penalty(Penalty::Mbic).fit(y))),
    ("pelt-rank-mbic", |y| one(y, |y| Pelt::new(Cost::Rank).penalty(Penalty::Mbic).fit(y))),
    ("binseg-l2-mbic", |y| one(y, |y| BinarySegmentation::new(Cost::L2).penalty(Penalty::Mbic).fit(y))),
    ("window-l2-mbic", |y| {
        one(y, |y| match y.len() {
            // Where two windows do not fit, nothing can be seen.
            0..=19 => Ok(Vec::new()),
            _ => SlidingWindow::new(Cost::L2, 20).penalty(Penalty::Mbic).fit(y),
        })
    }),
    ("kernel-rbf", |y| one(y, |y| KernelChangePoints::new().fit(y))),
    ("zero", |_| Ok(Some(Vec::new()))),
];

fn one(
    series: &[&[f64]],
    run: impl Fn(&[f64]) -> Result<Vec<usize>, evenkeel_core::Error>,
) -> Result<Option<Vec<usize>>, evenkeel_core::Error> {
    match series {
        [only] => run(only).map(Some),
        _ => Ok(None),
    }
}

/// What a method said of a series, and how well.
#[derive(Debug, Clone)]
struct Answer {
    changes: Vec<usize>,
    scores: [f64; 2],
    seconds: f64,
}

impl Task for Tcpd {
    fn option(&mut self, _: &str, _: &mut dyn FnMut() -> Result<String, Failure>) -> Result<bool, Failure> {
        Ok(false)
    }

    fn run(&self, arguments: &Arguments, progress: &mut (dyn Write + Send)) -> Result<Report, Failure> {
        let root = &arguments.data;
        let text = read::text(&root.join("annotations.json")).map_err(Failure::new)?;
        let marks: BTreeMap<String, Marks> = serde_json::from_str(&text)
            .map_err(|why| Failure::new(format!("{}: {why}", root.join("annotations.json").display())))?;
        let files = files(&root.join("datasets"))?;
        let total = files.len();
        let answers = parallel::map(
            &files,
            arguments.threads,
            |file| judge(&root.join("datasets").join(file), &marks),
            |done| {
                // Progress that nobody can see is no reason to stop.
                let _ =
                    write!(progress, "\r{done} of {total} series{}", if done == total { "\n" } else { "" });
            },
        );
        let (mut scored, mut skipped) = (Vec::new(), Vec::new());
        for (file, answer) in files.iter().zip(answers) {
            match answer {
                Ok(answer) => scored.push(answer),
                Err(why) => skipped.push(Skipped { case: file.trim_end_matches(".json").to_owned(), why }),
            }
        }
        let methods = METHODS.iter().enumerate().map(|(i, (name, _))| {
            let answers: Vec<&Answer> =
                scored.iter().filter_map(|(_, answers)| answers[i].as_ref()).collect();
            summary(name, &answers)
        });
        Ok(Report {
            task: "tcpd",
            cases: total,
            metrics: &METRICS,
            methods: methods.collect(),
            per_case: scored.iter().map(|(name, answers)| describe(name, answers)).collect(),
            skipped,
        })
    }
}

/// The names of the datasets' files, without `.gz`, in order.
fn files(folder: &Path) -> Result<Vec<String>, Failure> {
    let because = |why: std::io::Error| Failure::new(format!("{}: {why}", folder.display()));
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(because)? {
        let name = entry.map_err(because)?.file_name().to_string_lossy().into_owned();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        if name.ends_with(".json") {
            names.insert(name.to_owned());
        }
    }
    if names.is_empty() {
        return Err(Failure::new(format!("{}: there is no dataset", folder.display())));
    }
    Ok(names.into_iter().collect())
}

/// Runs all methods on a dataset.
fn judge(path: &Path, marks: &BTreeMap<String, Marks>) -> Result<(String, Vec<Option<Answer>>), String> {
    let data: Dataset =
        serde_json::from_str(&read::text(path)?).map_err(|why| format!("{}: {why}", path.display()))?;
    let marks = marks.get(&data.name).filter(|marks| !marks.is_empty()).ok_or("nobody annotated it")?;
    if let Some(place) = marks.values().flatten().find(|place| **place >= data.n_obs) {
        return Err(format!("a change is marked at {place}, beyond the {} values", data.n_obs));
    }
    if data.series.is_empty() || data.n_obs == 0 {
        return Err("there is no value".into());
    }
    let columns: Vec<Vec<f64>> = data
        .series
        .iter()
        .map(|dimension| dimension.raw.iter().map(|x| x.unwrap_or(f64::NAN)).collect())
        .collect();
    if let Some(other) = columns.iter().find(|column| column.len() != data.n_obs) {
        return Err(format!("{} values where {} are announced", other.len(), data.n_obs));
    }
    let columns: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
    let answers = METHODS.iter().map(|(name, run)| {
        let started = Instant::now();
        let changes = run(&columns).map_err(|why| format!("{name}: {why}"))?;
        let seconds = started.elapsed().as_secs_f64();
        Ok(changes.map(|changes| {
            let scores = [f1(marks, &changes), covering(marks, &changes, data.n_obs)];
            Answer { changes, scores, seconds }
        }))
    });
    let answers = answers.collect::<Result<_, String>>()?;
    Ok((data.name, answers))
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

/// How many true changes have a change that was said within the margin, each of which serves once: the nearest, of two the earlier.
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

fn summary(name: &str, answers: &[&Answer]) -> Method {
    let n = answers.len();
    let mean = |indices: &mut dyn Iterator<Item = usize>, metric: usize| {
        let (sum, count) =
            indices.fold((0.0, 0.0), |(sum, count), i| (sum + answers[i].scores[metric], count + 1.0));
        sum / count
    };
    let (mut scores, mut ci95) = (BTreeMap::new(), BTreeMap::new());
    if n > 0 {
        for (metric, key) in METRICS.into_iter().enumerate() {
            scores.insert(key, mean(&mut (0..n), metric));
            ci95.insert(key, interval::bootstrap(n, |drawn| mean(&mut drawn.iter().copied(), metric)));
        }
    }
    let seconds = answers.iter().map(|answer| answer.seconds).sum::<f64>() / n.max(1) as f64;
    Method { name: name.to_owned(), scores, n, ci95, seconds_per_case: seconds }
}

fn describe(name: &str, answers: &[Option<Answer>]) -> Value {
    let methods: BTreeMap<&str, Value> = METHODS
        .iter()
        .zip(answers)
        .filter_map(|((name, _), answer)| {
            let answer = answer.as_ref()?;
            let [f1, covering] = answer.scores;
            Some((*name, serde_json::json!({ "changes": answer.changes, "f1": f1, "covering": covering })))
        })
        .collect();
    serde_json::json!({ "case": name, "methods": methods })
}
