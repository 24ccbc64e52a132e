//! Forecasters on M4.

use super::reader::{Case, read};
use super::scores::{Scores, scale, score};
use crate::forecasters::{self, Entry, Question};
use crate::tasks::answers::{Answers, Scored, distinct, sort};
use crate::tasks::task::{Source, Task, TaskOption};
use crate::{CaseResult, Contest, Failure, Kind, Method, Progress, TaskResult, interval, parallel};
use std::time::Instant;

/// The benchmark.
pub const TASK: Task = Task {
    name: "m4",
    kind: Kind::Forecaster,
    about: "series of many kinds to be forecast (M4 competition)",
    reads: "pairs NAME-train.csv and NAME-test.csv, in one folder or in Train and Test: a header, then name and values, a series a row",
    metrics: &METRICS,
    options: &[
        TaskOption::new("models", Some("A,B"), "only these methods, and naive2, which OWA needs"),
        TaskOption::new("limit", Some("N"), "the first N series of each file only"),
        TaskOption::new(
            "season",
            Some("N"),
            "the values in a season, instead of what the names of files say",
        ),
    ],
    source: Source {
        address: "https://github.com/Mcompetitions/M4-methods, folder Dataset",
        preparation: "",
        license: "none is stated: published for research",
    },
    run,
};

const METRICS: [&str; 6] = ["owa", "smape", "mase", "msis95", "coverage95", "wql"];
/// What OWA compares with.
const REFERENCE: &str = "naive2";

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let limit = Some(contest.limit);
    let (cases, mut skipped) = read(&contest.data, contest.season, limit)?;
    let total = cases.len() + skipped.len();
    let (methods, reference) = methods(contest)?;
    let answers = parallel::map(
        &cases,
        contest.threads,
        |case| Ok((case, ask(case, &methods))),
        |done| progress.report(done, cases.len(), "series"),
    );
    let mut scored = sort(cases.iter().map(|case| &case.name), answers, &mut skipped);
    // What OWA compares with said so itself why it is missing.
    scored.retain(|(_, said)| said[reference].is_some());
    let mut result = TaskResult::new(TASK.name, total);
    result.skipped = skipped;
    result.per_case = scored.iter().map(|(case, said)| describe(case, &methods, said)).collect();
    for (m, method) in methods.iter().enumerate() {
        let pairs = pairs(&scored, m, reference);
        result.methods.push(summary(method.name(), &pairs));
        let share = share_of(&pairs);
        for (described, (_, said)) in result.per_case.iter_mut().zip(&scored) {
            if let Some(own) = &said[m] {
                described.record(method.name(), METRICS[0], share(own));
            }
        }
    }
    Ok(result)
}

/// The contestants, and the index of the one that OWA compares with.
fn methods(contest: &Contest) -> Result<(Vec<Entry>, usize), Failure> {
    let usual: Vec<&str> = forecasters::usual().collect();
    let asked = |name: &str| contest.library.includes(name, usual.contains(&name));
    let mut all = forecasters::all();
    all.retain(|entry| entry.name() == REFERENCE || asked(entry.name()));
    let reference = all.iter().position(|entry| entry.name() == REFERENCE).unwrap_or(0);
    for entry in &contest.entries {
        if let crate::entry::Entry::Forecaster(entry) = entry {
            all.push(entry.clone());
        }
    }
    distinct(all.iter().map(Entry::name))?;
    Ok((all, reference))
}

fn ask(case: &Case, methods: &[Entry]) -> Answers<Scores> {
    let scale = scale(&case.train, case.season);
    let question = Question::new(&case.train, case.test.len()).with_season(case.season);
    let mut answers = Answers::new();
    for method in methods {
        answers.ask(method.name(), 1, || -> Result<_, Failure> {
            let started = Instant::now();
            let forecast = method.forecast(&question)?;
            Ok(vec![Some(score(&forecast, &question, &case.test, scale, started.elapsed().as_secs_f64()))])
        });
    }
    answers
}

/// The scores of a method, and of what OWA compares with on the same series.
type Pairs<'a> = Vec<(&'a Scores, &'a Scores)>;

fn pairs<'a>(scored: &'a Scored<&Case, Scores>, method: usize, reference: usize) -> Pairs<'a> {
    let both = |(_, said): &'a (&Case, Vec<Option<Scores>>)| {
        Some((said[method].as_ref()?, said[reference].as_ref()?))
    };
    scored.iter().filter_map(both).collect()
}

/// What a series adds to OWA: the mean over series is the score.
fn share_of(pairs: &Pairs<'_>) -> impl Fn(&Scores) -> f64 {
    let mean = |what: Measure| pairs.iter().map(|(_, r)| what(r)).sum::<f64>() / pairs.len() as f64;
    let (smape, mase) = (mean(|s| s.smape), mean(|s| s.mase));
    move |own| 0.5 * (own.smape / smape + own.mase / mase)
}

/// One of the measures.
type Measure = fn(&Scores) -> f64;

fn summary(name: &str, scored: &Pairs<'_>) -> Method {
    let all: Vec<usize> = (0..scored.len()).collect();
    let own = |what: Measure, cases: &[usize]| {
        cases.iter().map(|case| what(scored[*case].0)).sum::<f64>() / cases.len() as f64
    };
    let owa = |cases: &[usize]| {
        let part = |what: Measure| {
            let reference = cases.iter().map(|case| what(scored[*case].1)).sum::<f64>() / cases.len() as f64;
            own(what, cases) / reference
        };
        0.5 * (part(|s| s.smape) + part(|s| s.mase))
    };
    if scored.is_empty() {
        return Method::new(name, 0, 0.0);
    }
    let mut method = Method::new(name, scored.len(), own(|s| s.seconds, &all));
    method.record("owa", owa(&all), interval::bootstrap(scored.len(), owa));
    let plain: [(&str, Measure); 2] = [("smape", |s| s.smape), ("mase", |s| s.mase)];
    let of_intervals: [(&str, Measure); 2] = [("msis95", |s| s.msis), ("coverage95", |s| s.coverage)];
    // Without quantiles of every series there is nothing to score them by.
    let with_quantiles = scored.iter().all(|(own, _)| own.quantile_loss.is_finite());
    let more = of_intervals.into_iter().filter(|_| with_quantiles);
    for (metric, what) in plain.into_iter().chain(more) {
        method.record(metric, own(what, &all), interval::bootstrap(scored.len(), |cases| own(what, cases)));
    }
    if with_quantiles {
        let wql = |cases: &[usize]| {
            let sum = |what: Measure| cases.iter().map(|case| what(scored[*case].0)).sum::<f64>();
            sum(|s| s.quantile_loss) / sum(|s| s.size)
        };
        method.record("wql", wql(&all), interval::bootstrap(scored.len(), wql));
    }
    method
}

fn describe(case: &Case, methods: &[Entry], said: &[Option<Scores>]) -> CaseResult {
    let mut result = CaseResult::new(&case.name)
        .with_detail("season", case.season)
        .with_detail("length", case.train.len());
    for (method, scores) in methods.iter().zip(said) {
        let Some(s) = scores else { continue };
        result = result.with_method(method.name(), [("smape", s.smape.into()), ("mase", s.mase.into())]);
        if s.quantile_loss.is_finite() {
            let said = [
                ("msis95", s.msis.into()),
                ("coverage95", s.coverage.into()),
                ("wql", (s.quantile_loss / s.size).into()),
            ];
            result = result.with_method(method.name(), said);
        }
    }
    result
}
