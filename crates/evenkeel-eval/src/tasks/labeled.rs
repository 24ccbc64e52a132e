//! What the benchmarks with labeled rows share: their cases, metrics, and report.

use super::contest::{Contestant, Options, tell};
use crate::detectors::{Budget, Output, Setting, alarms};
use crate::report::{Failure, Method, Report, Skipped, Value};
use crate::scores::{affiliation, curve, event, vus, window};
use crate::{Arguments, interval, parallel};
use std::collections::BTreeMap;
use std::io::Write;

/// A case with its labels.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Case {
    /// Rows that may be learned before, as columns.
    pub(super) history: Vec<Vec<f64>>,
    /// The rows that follow, as columns; NaN is missing.
    pub(super) columns: Vec<Vec<f64>>,
    /// For each of them whether it is abnormal; `None` where that is not said, so that it does not count.
    pub(super) labels: Vec<Option<bool>>,
}

/// How a benchmark is run.
pub(super) struct Plan<'a> {
    pub(super) task: &'static str,
    pub(super) options: &'a Options,
    pub(super) budget: Budget,
}

/// Smoothed first: what these benchmarks want is a score that stays high.
const OUTPUTS: &[(&str, Output)] = &[("", Output::Smoothed), (", raw", Output::Raw)];

const METRICS: [&str; 6] =
    ["vus_pr", "vus_roc", "auc_pr", "event_f1", "affiliation_f1", "false_alarms_per_day"];

/// How one output did on one case.
#[derive(Debug, Clone, PartialEq)]
struct Outcome {
    /// The first five metrics; `None` where no row is abnormal.
    quality: Option<[f64; 5]>,
    false_alarms: usize,
    days: f64,
    seconds: f64,
}

/// Runs all contestants on all cases. `load` reads one; what it cannot read is skipped.
pub(super) fn evaluate(
    plan: &Plan<'_>,
    names: &[String],
    arguments: &Arguments,
    progress: &mut (dyn Write + Send),
    load: impl Fn(&str) -> Result<Case, String> + Sync,
) -> Result<Report, Failure> {
    if names.is_empty() {
        return Err(Failure::new(format!("{}: there is no case", arguments.data.display())));
    }
    let names = &names[..names.len().min(plan.options.limit.unwrap_or(usize::MAX))];
    let contestants = plan.options.contestants(OUTPUTS);
    let answers = parallel::map(
        names,
        arguments.threads,
        |name| load(name).and_then(|case| judge(plan, name, &case, &contestants)),
        |done| tell(progress, done, names.len(), "series"),
    );
    let (mut scored, mut skipped) = (Vec::new(), Vec::new());
    for (name, answer) in names.iter().zip(answers) {
        match answer {
            Ok(outcomes) => scored.push((name, outcomes)),
            Err(why) => skipped.push(Skipped { case: name.clone(), why }),
        }
    }
    let methods: Vec<String> = contestants.iter().flat_map(Contestant::names).collect();
    let summaries = methods.iter().enumerate().map(|(i, method)| {
        let outcomes: Vec<&Outcome> = scored.iter().map(|(_, outcomes)| &outcomes[i]).collect();
        summary(method, &outcomes)
    });
    Ok(Report {
        task: plan.task,
        cases: names.len(),
        metrics: &METRICS,
        methods: summaries.collect(),
        per_case: scored.iter().map(|(name, outcomes)| describe(name, &methods, outcomes)).collect(),
        skipped,
    })
}

fn judge(
    plan: &Plan<'_>,
    name: &str,
    case: &Case,
    contestants: &[Contestant],
) -> Result<Vec<Outcome>, String> {
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
    let setting = Setting::default().with_step(plan.budget.step);
    let days = counts.len() as f64 * plan.budget.step.as_secs_f64() / 86_400.0;
    let mut outcomes = Vec::new();
    for contestant in contestants {
        let run = contestant.run(name, &setting, &case.history, &case.columns)?;
        // Alarms come from raw scores, whatever output is scored.
        let (learned, before) = (run.history.len(), run.silent);
        let unseen =
            |row: usize| learned + row < before || case.columns.iter().all(|column| column[row].is_nan());
        let history = run.history.get(before..).unwrap_or_default();
        let raised = alarms(&plan.budget, history, &run.scores, unseen).map_err(|why| why.to_string())?;
        let false_alarms = raised.iter().filter(|(from, to)| is_false(&case.labels[*from..=*to])).count();
        for output in contestant.outputs() {
            let scores = output.of(&run.scores);
            let scores: Vec<f64> = counts.iter().map(|row| scores[*row]).collect();
            let quality = quality(&labels, &scores, window);
            outcomes.push(Outcome { quality, false_alarms, days, seconds: run.seconds });
        }
    }
    Ok(outcomes)
}

/// Whether an alarm was raised over rows with labels, none of which is abnormal.
fn is_false(labels: &[Option<bool>]) -> bool {
    labels.iter().any(Option::is_some) && !labels.contains(&Some(true))
}

fn quality(labels: &[bool], scores: &[f64], window: usize) -> Option<[f64; 5]> {
    let volumes = vus::volumes(labels, scores, window, vus::THRESHOLDS)?;
    let points = curve::points(labels, scores)?;
    let event = event::best(labels, scores)?;
    // No prediction anywhere, as where all scores are equal, is as near as nothing.
    let affiliation = affiliation::best(labels, scores).unwrap_or(0.0);
    Some([volumes.pr, volumes.roc, points.pr, event, affiliation])
}

fn summary(name: &str, outcomes: &[&Outcome]) -> Method {
    let (mut scores, mut ci95) = (BTreeMap::new(), BTreeMap::new());
    let abnormal: Vec<&[f64; 5]> = outcomes.iter().filter_map(|outcome| outcome.quality.as_ref()).collect();
    if !abnormal.is_empty() {
        for (metric, key) in METRICS.into_iter().take(5).enumerate() {
            let mean = |cases: &mut dyn Iterator<Item = usize>| {
                let (sum, count) =
                    cases.fold((0.0, 0.0), |(sum, count), i| (sum + abnormal[i][metric], count + 1.0));
                sum / count
            };
            scores.insert(key, mean(&mut (0..abnormal.len())));
            ci95.insert(key, interval::bootstrap(abnormal.len(), |drawn| mean(&mut drawn.iter().copied())));
        }
    }
    let n = outcomes.len();
    if n > 0 {
        // A rate: alarms of all cases over days of all cases.
        let rate = |cases: &mut dyn Iterator<Item = usize>| {
            let (alarms, days) = cases.fold((0.0, 0.0), |(alarms, days), i| {
                (alarms + outcomes[i].false_alarms as f64, days + outcomes[i].days)
            });
            alarms / days
        };
        scores.insert(METRICS[5], rate(&mut (0..n)));
        ci95.insert(METRICS[5], interval::bootstrap(n, |drawn| rate(&mut drawn.iter().copied())));
    }
    let seconds = outcomes.iter().map(|outcome| outcome.seconds).sum::<f64>() / n.max(1) as f64;
    Method { name: name.to_owned(), scores, n, ci95, seconds_per_case: seconds }
}

fn describe(name: &str, methods: &[String], outcomes: &[Outcome]) -> Value {
    let each: BTreeMap<&str, Value> = methods
        .iter()
        .zip(outcomes)
        .map(|(method, outcome)| {
            let mut scores: BTreeMap<&str, Value> = METRICS
                .into_iter()
                .zip(outcome.quality.iter().flatten())
                .map(|(metric, score)| (metric, (*score).into()))
                .collect();
            scores.insert("false_alarms", outcome.false_alarms.into());
            (method.as_str(), serde_json::json!(scores))
        })
        .collect();
    let days = outcomes.first().map_or(0.0, |outcome| outcome.days);
    serde_json::json!({ "case": name, "days": days, "methods": each })
}
