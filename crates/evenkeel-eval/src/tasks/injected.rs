//! Anomalies of known kinds, put into series without any: to choose settings without a label that is scored.
//!
//! *Reads* the folders of `ucr`, `smap`, `gutentag` and `skab` (each under the name of its task or as it is
//! published), side by side, those that are there; of them only the parts without an anomaly that each gives
//! to learn, and of SKAB the sensors of `anomaly-free.csv`. No label is looked at. Of each series the first
//! 12,000 rows are taken; those of fewer than 600 rows, not finite or constant are no cases.
//!
//! *Cases*: 12 of each kind of [`Injection`], 5 of them in series of `ucr`, 3 of `smap`, 2 of `gutentag`, 2
//! of `skab`; [`inject`] says what is put where. The first third of a series is
//! the history, the rest is scored, its last half holds the anomaly. Series, places and sizes are drawn with
//! a seed, 1 by default (`--seed N`): what is chosen with one can be checked with another.
//!
//! *Methods*: as [`gutentag`](super::gutentag). `--limit N` takes the first cases only, which hold all kinds
//! in turn.
//!
//! *Metrics*: `vus_pr`, the mean of [`crate::scores::vus`] with the window of the scored part; `accuracy`,
//! the share of cases in which the row of the highest score is at most 100 rows off the anomaly, and at most
//! a fiftieth of the scored rows; both of each kind (`vus_pr_spike`, ...) and of each set (`vus_pr_ucr`,
//! ...).

use super::anomaly_free::{SETS, Series, Set};
use super::answers::{Answers, of_method, sort};
use super::contestant::{Contestant, contestants, seed};
use super::task::{self, Source, Task, TaskOption};
use crate::detectors::{Output, Setting};
use crate::injection::{Anomaly, Injection, inject};
use crate::scores::{vus, window};
use crate::{CaseResult, Contest, Cost, Failure, Kind, Method, Progress, TaskResult, interval, parallel};
use evenkeel_stats::Generator;

/// The benchmark.
pub const TASK: Task = Task {
    name: "injected",
    kind: Kind::Detector,
    about: "anomalies put into series without any, to choose settings without labels",
    reads: "the folders of ucr, smap, gutentag and skab side by side, or some of them",
    metrics: &METRICS,
    options: OPTIONS,
    source: Source {
        address: "https://github.com/HPI-Information-Systems/AutoTSAD (gutentag); ucr, smap and skab as their tasks say",
        preparation: "put their folders into one, each under the name of its task",
        license: "as of those benchmarks",
    },
    run,
};

const OPTIONS: &[TaskOption] =
    &task::detection_and(TaskOption::new("seed", Some("N"), "draws other series, places and sizes (1)"));

const METRICS: [&str; 2] = ["vus_pr", "accuracy"];
const OUTPUTS: &[(&str, Output)] = &[("", Output::Smoothed), (", raw", Output::Raw)];

/// How many cases of each kind a set gives, in the order of the sets.
const SHARES: [usize; 4] = [5, 3, 2, 2];
/// The fewest and the most rows of a series.
const ROWS: (usize, usize) = (600, 12_000);
/// How far the named row may be off: the rows of UCR's task, and a share of those that are scored.
const TOLERANCE: (usize, usize) = (100, 50);

/// A series with an anomaly.
struct Case {
    name: String,
    set: Set,
    history: Vec<Vec<f64>>,
    columns: Vec<Vec<f64>>,
    /// In the columns.
    anomaly: Anomaly,
}

/// How one output did on one case.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Outcome {
    vus_pr: f64,
    is_right: bool,
    cost: (f64, Cost),
}

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let mut cases = cases(contest)?;
    cases.truncate(contest.limit);
    let contestants = contestants(contest, OUTPUTS)?;
    let answers = parallel::map(
        &cases,
        contest.threads,
        |case| Ok((case, ask(case, &contestants))),
        |done| progress.report(done, cases.len(), "series"),
    );
    let mut result = TaskResult::new(TASK.name, cases.len());
    let names = cases.iter().map(|case| &case.name);
    let scored = sort(names, answers, &mut result.skipped);
    let methods: Vec<String> = contestants.iter().flat_map(Contestant::names).collect();
    for (i, method) in methods.iter().enumerate() {
        result.methods.push(summary(method, &of_method(&scored, i)));
    }
    result.per_case = scored.iter().map(|(case, said)| describe(case, &methods, said)).collect();
    Ok(result)
}

/// All cases, kinds in turn.
fn cases(contest: &Contest) -> Result<Vec<Case>, Failure> {
    let root = &contest.data;
    let sets = parallel::map(
        &SETS,
        contest.threads,
        |set| set.read(root, ROWS.0, ROWS.1).map(|series| (*set, series)),
        |_| (),
    );
    // By rounds, in each of which every kind comes once in every set that has a share left.
    let mut rounds: Vec<Vec<Case>> = Vec::new();
    for (found, share) in sets.into_iter().zip(SHARES) {
        let (set, mut series) = found?;
        let mut generator = Generator::new(seed(set.name) ^ contest.seed);
        generator.shuffle(&mut series);
        let mut next = 0;
        for round in 0..share {
            for kind in Injection::ALL {
                if rounds.len() <= round {
                    rounds.push(Vec::new());
                }
                rounds[round].extend(case(set, &series, kind, &mut next, &mut generator));
            }
        }
    }
    let cases: Vec<Case> = rounds.into_iter().flatten().collect();
    if cases.is_empty() {
        let folder = root.display();
        let names: Vec<&str> = SETS.iter().map(|set| set.name).collect();
        return Err(Failure::new(format!(
            "{folder}: there is no folder of {} with a series that does",
            names.join(", ")
        )));
    }
    Ok(cases)
}

/// The next series that takes an anomaly of this kind.
fn case(
    set: Set,
    series: &[Series],
    kind: Injection,
    next: &mut usize,
    generator: &mut Generator,
) -> Option<Case> {
    for _ in 0..series.len() {
        let (own, other) = (&series[*next % series.len()], &series[(*next + 1) % series.len()]);
        *next += 1;
        let mut history = own.values.clone();
        if let Some(mut anomaly) = inject(&mut history, &other.values, kind, generator) {
            let learned = history.len() / 3;
            let columns = history.split_off(learned);
            anomaly.first -= learned;
            anomaly.last -= learned;
            let name = format!("{}/{}/{}", set.name, own.name, kind.name());
            return Some(Case { name, set, history: vec![history], columns: vec![columns], anomaly });
        }
    }
    None
}

fn ask(case: &Case, contestants: &[Contestant]) -> Answers<Outcome> {
    let Anomaly { first, last, .. } = case.anomaly;
    let rows = case.columns[0].len();
    let labels: Vec<bool> = (0..rows).map(|row| (first..=last).contains(&row)).collect();
    let widening = window::of_series(&case.columns[0]);
    let tolerance = TOLERANCE.0.min(rows / TOLERANCE.1);
    let right = first.saturating_sub(tolerance)..=last + tolerance;
    let setting = case.set.step.map_or(Setting::default(), |step| Setting::default().with_step(step));
    let mut answers = Answers::new();
    for contestant in contestants {
        answers.ask(contestant.name(), contestant.outputs().len(), || -> Result<_, Failure> {
            let run = contestant.run(&case.name, &setting, &case.history, &case.columns)?;
            let outcome = |output: Output| {
                let scores = output.of(&run.scores);
                let vus_pr = vus::volumes(&labels, &scores, widening, vus::THRESHOLDS)?.pr;
                let highest = |best: usize, row: usize| if scores[row] > scores[best] { row } else { best };
                let named = (0..rows).reduce(highest)?;
                Some(Outcome { vus_pr, is_right: right.contains(&named), cost: (run.seconds, run.cost) })
            };
            Ok(contestant.outputs().map(outcome).collect())
        });
    }
    answers
}

fn summary(name: &str, outcomes: &[(&&Case, &Outcome)]) -> Method {
    let costs: Vec<(f64, Cost)> = outcomes.iter().map(|(_, outcome)| outcome.cost).collect();
    let mut method = Method::of_detector(name, &costs);
    let mut record = |suffix: &str, of: &dyn Fn(&Case) -> bool| {
        let these: Vec<&Outcome> =
            outcomes.iter().filter(|(case, _)| of(case)).map(|(_, outcome)| *outcome).collect();
        if these.is_empty() {
            return;
        }
        let mean = |drawn: &[usize]| drawn.iter().map(|i| these[*i].vus_pr).sum::<f64>() / drawn.len() as f64;
        let everything: Vec<usize> = (0..these.len()).collect();
        let ci95 = interval::bootstrap(these.len(), mean);
        method.record(&format!("{}{suffix}", METRICS[0]), mean(&everything), ci95);
        let right = these.iter().filter(|outcome| outcome.is_right).count();
        let share = right as f64 / these.len() as f64;
        method.record(&format!("{}{suffix}", METRICS[1]), share, interval::wilson(right, these.len()));
    };
    record("", &|_| true);
    for kind in Injection::ALL {
        record(&format!("_{}", kind.name()), &|case| case.anomaly.kind == kind);
    }
    for set in SETS {
        record(&format!("_{}", set.name), &|case| case.set == set);
    }
    method
}

fn describe(case: &Case, methods: &[String], said: &[Option<Outcome>]) -> CaseResult {
    let (kind, set) = (case.anomaly.kind.name(), case.set.name);
    let learned = case.history[0].len();
    let mut result = CaseResult::new(&case.name)
        .with_detail("kind", kind)
        .with_detail("set", set)
        .with_detail("rows", case.columns[0].len())
        .with_detail("history", learned)
        .with_detail("first", case.anomaly.first)
        .with_detail("last", case.anomaly.last);
    for (method, outcome) in methods.iter().zip(said) {
        let Some(outcome) = outcome else { continue };
        for suffix in ["", kind, set] {
            let join = if suffix.is_empty() { "" } else { "_" };
            result.record(method, &format!("{}{join}{suffix}", METRICS[0]), outcome.vus_pr);
            let accuracy = f64::from(u8::from(outcome.is_right));
            result.record(method, &format!("{}{join}{suffix}", METRICS[1]), accuracy);
        }
    }
    result
}
