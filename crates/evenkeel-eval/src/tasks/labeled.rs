//! Shared by the benchmarks with labeled rows: their cases, metrics, and results.

use super::answers::{Answers, of_method, sort};
use super::contestant::{Contestant, contestants};
use crate::detectors::{Budget, Output, Setting, alarms};
use crate::scores::{affiliation, curve, event, vus, window};
use crate::{CaseResult, Contest, Cost, Failure, Method, Progress, TaskResult, Value, interval, parallel};

/// A case with its labels.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Case {
    /// Rows that may be learned before, as columns; without any where the format has none.
    pub history: Vec<Vec<f64>>,
    /// The rows that follow, as columns; NaN is missing.
    pub columns: Vec<Vec<f64>>,
    /// For each of them whether it is abnormal; `None` where that is not said, so that it does not count.
    pub labels: Vec<Option<bool>>,
}

impl Case {
    /// How many rows there are to score.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.labels.len()
    }

    /// The events: first and last row of each run of abnormal rows.
    #[must_use]
    pub fn events(&self) -> Vec<(usize, usize)> {
        let abnormal: Vec<bool> = self.labels.iter().map(|label| *label == Some(true)).collect();
        crate::scores::runs(&abnormal)
    }
}

/// A label as a file has it: empty, or 0 or 1 with or without a decimal; `None` if it is anything else.
pub(super) fn label(field: &str) -> Option<Option<bool>> {
    match field {
        "" => Some(None),
        "0" | "0.0" => Some(Some(false)),
        "1" | "1.0" => Some(Some(true)),
        _ => None,
    }
}

/// Smoothed first: what these benchmarks want is a score that stays high.
const OUTPUTS: &[(&str, Output)] = &[("", Output::Smoothed), (", raw", Output::Raw)];

pub(super) const METRICS: &[&str] =
    &["vus_pr", "vus_roc", "auc_pr", "event_f1", "affiliation_f1", "false_alarms_per_day"];
/// How many of them measure whether the anomalies were found.
const QUALITY: usize = 5;

/// How one output did on one case.
#[derive(Debug, Clone, PartialEq)]
struct Outcome {
    /// The first metrics; `None` where no row is abnormal.
    quality: Option<[f64; QUALITY]>,
    false_alarms: usize,
    cost: (f64, Cost),
}

/// A case that was read and scored.
struct Scored<'a> {
    name: &'a str,
    days: f64,
}

/// Runs all contestants on all cases. `read` reads one; what it cannot read is skipped.
pub(super) fn evaluate(
    contest: &Contest,
    budget: &Budget,
    names: &[String],
    progress: &mut Progress<'_>,
    read: impl Fn(&str) -> Result<Case, String> + Sync,
) -> Result<TaskResult, Failure> {
    let names = &names[..names.len().min(contest.limit)];
    let contestants = contestants(contest, OUTPUTS)?;
    let answers = parallel::map(
        names,
        contest.threads,
        |name| read(name).and_then(|case| assess(budget, name, &case, &contestants)),
        |done| progress.report(done, names.len(), "series"),
    );
    let mut result = TaskResult::new(contest.task.name, names.len());
    let scored = sort(names, answers, &mut result.skipped);
    let methods: Vec<String> = contestants.iter().flat_map(Contestant::names).collect();
    result.methods = methods
        .iter()
        .enumerate()
        .map(|(i, method)| {
            let outcomes: Vec<(f64, &Outcome)> =
                of_method(&scored, i).into_iter().map(|(case, outcome)| (case.days, outcome)).collect();
            summary(method, &outcomes)
        })
        .collect();
    result.per_case = scored.iter().map(|(case, said)| describe(case, &methods, said)).collect();
    Ok(result)
}

fn assess<'a>(
    budget: &Budget,
    name: &'a str,
    case: &Case,
    contestants: &[Contestant],
) -> Result<(Scored<'a>, Answers<Outcome>), String> {
    let first = case.columns.first().ok_or("there is no column")?;
    // What has no label or no value in any column is not scored.
    let counts: Vec<usize> = (0..case.labels.len())
        .filter(|row| case.labels[*row].is_some() && case.columns.iter().any(|column| !column[*row].is_nan()))
        .collect();
    if counts.is_empty() {
        return Err("no row has both a value and a label".into());
    }
    let labels: Vec<bool> = counts.iter().map(|row| case.labels[*row] == Some(true)).collect();
    let values: Vec<f64> = counts.iter().map(|row| first[*row]).filter(|x| !x.is_nan()).collect();
    let window = window::of_series(&values);
    let setting = Setting::default().with_step(budget.step);
    let days = counts.len() as f64 * budget.step.as_secs_f64() / 86_400.0;
    let mut answers = Answers::new();
    for contestant in contestants {
        answers.ask(contestant.name(), contestant.outputs().len(), || -> Result<_, Failure> {
            let run = contestant.run(name, &setting, &case.history, &case.columns)?;
            // Alarms come from raw scores, whatever output is scored.
            let (learned, before) = (run.history.len(), run.silent);
            let unseen =
                |row: usize| learned + row < before || case.columns.iter().all(|column| column[row].is_nan());
            let history = run.history.get(before..).unwrap_or_default();
            let raised =
                alarms(budget, history, &run.scores, unseen).map_err(|why| Failure::new(why.to_string()))?;
            let false_alarms = raised.iter().filter(|(from, to)| is_false(&case.labels[*from..=*to])).count();
            let outcome = |output: Output| {
                let scores = output.of(&run.scores);
                let scores: Vec<f64> = counts.iter().map(|row| scores[*row]).collect();
                let quality = quality(&labels, &scores, window);
                Some(Outcome { quality, false_alarms, cost: (run.seconds, run.cost) })
            };
            Ok(contestant.outputs().map(outcome).collect())
        });
    }
    Ok((Scored { name, days }, answers))
}

/// Whether an alarm was raised over rows with labels, none of which is abnormal.
fn is_false(labels: &[Option<bool>]) -> bool {
    labels.iter().any(Option::is_some) && !labels.contains(&Some(true))
}

fn quality(labels: &[bool], scores: &[f64], window: usize) -> Option<[f64; QUALITY]> {
    let volumes = vus::volumes(labels, scores, window, vus::THRESHOLDS)?;
    let points = curve::points(labels, scores)?;
    let event = event::best(labels, scores)?;
    // No prediction anywhere, as where all scores are equal, is as near as nothing.
    let affiliation = affiliation::best(labels, scores).unwrap_or(0.0);
    Some([volumes.pr, volumes.roc, points.pr, event, affiliation])
}

fn summary(name: &str, outcomes: &[(f64, &Outcome)]) -> Method {
    let n = outcomes.len();
    let costs: Vec<(f64, Cost)> = outcomes.iter().map(|(_, outcome)| outcome.cost).collect();
    let mut method = Method::of_detector(name, &costs);
    let abnormal: Vec<&[f64; QUALITY]> =
        outcomes.iter().filter_map(|(_, outcome)| outcome.quality.as_ref()).collect();
    if !abnormal.is_empty() {
        for (metric, key) in METRICS.iter().take(QUALITY).enumerate() {
            let mean = |cases: &mut dyn Iterator<Item = usize>| {
                let (sum, count) =
                    cases.fold((0.0, 0.0), |(sum, count), i| (sum + abnormal[i][metric], count + 1.0));
                sum / count
            };
            let ci95 = interval::bootstrap(abnormal.len(), |drawn| mean(&mut drawn.iter().copied()));
            method.record(key, mean(&mut (0..abnormal.len())), ci95);
        }
    }
    if n > 0 {
        // A rate: alarms of all cases over days of all cases.
        let rate = |cases: &mut dyn Iterator<Item = usize>| {
            let (alarms, days) = cases.fold((0.0, 0.0), |(alarms, days), i| {
                (alarms + outcomes[i].1.false_alarms as f64, days + outcomes[i].0)
            });
            alarms / days
        };
        let ci95 = interval::bootstrap(n, |drawn| rate(&mut drawn.iter().copied()));
        method.record(METRICS[QUALITY], rate(&mut (0..n)), ci95);
    }
    method
}

fn describe(case: &Scored<'_>, methods: &[String], said: &[Option<Outcome>]) -> CaseResult {
    let mut result = CaseResult::new(case.name).with_detail("days", case.days);
    for (method, outcome) in methods.iter().zip(said) {
        let Some(outcome) = outcome else { continue };
        let alarms = outcome.false_alarms;
        let rate = alarms as f64 / case.days;
        result =
            result.with_method(method, [("false_alarms", alarms.into()), (METRICS[QUALITY], rate.into())]);
        for (metric, score) in METRICS.iter().zip(outcome.quality.iter().flatten()) {
            result = result.with_method(method, [(*metric, Value::from(*score))]);
        }
    }
    result
}
