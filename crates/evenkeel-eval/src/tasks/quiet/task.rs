//! The task: its cases, what is counted, and the results.

use super::super::anomaly_free::Series;
use super::super::answers::{Answers, distinct, sort};
use super::super::contestant::seed;
use super::super::task::{LIMIT, ONLY, Source, Task, TaskOption};
use super::calm;
use super::known::Chart;
use super::noise::{Change, Noise};
use crate::contest::Library;
use crate::detectors::Budget;
use crate::monitors::{self, Entry};
use crate::{CaseResult, Contest, Failure, Kind, Method, Progress, TaskResult, interval, parallel};
use evenkeel_core::{At, Timestamp};
use evenkeel_stats::Generator;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The benchmark.
pub const TASK: Task = Task {
    name: "quiet",
    kind: Kind::Monitor,
    about: "false alarms under a budget, and what is found at the same budget",
    reads: "the folders of ucr, smap, gutentag, skab, wsd and nab side by side, or some of them, or none",
    metrics: &METRICS,
    options: &[ONLY, LIMIT, TaskOption::new("seed", Some("N"), "draws other noise (1)")],
    source: Source {
        address: "https://github.com/numenta/NAB (nab); the others as their tasks say",
        preparation: "put their folders into one, each under the name of its task; noise is drawn without any",
        license: "as of those benchmarks",
    },
    run,
};

const METRICS: [&str; 8] = [
    "alarms_drawn",
    "bound_drawn",
    "beyond_drawn",
    "alarms_real",
    "bound_real",
    "beyond_real",
    "recall",
    "delay",
];

/// The budgets: a name, false alarms a day, and rows for each.
const BUDGETS: [(&str, f64, usize); 2] = [("daily", 1.0, 288), ("weekly", 1.0 / 7.0, 2_016)];
/// How long a row is.
const STEP: Duration = Duration::from_secs(300);
/// Rows in which alarms do not count, calm rows after them, and rows that are taken for one calm stretch.
const WARM: usize = 1_500;
const CALM: usize = 20_160;
/// Calm rows before a change, to which fewer than a hundred are added, and rows within which it is found.
const BEFORE: usize = 500;
const HORIZON: usize = 100;
/// The shortest real series.
const SHORTEST: usize = 2_500;
/// How many series of a kind are drawn where nothing else is asked for.
const SERIES: usize = 4;
/// A stretch of so many budget periods is beyond if it has more than so many times the alarms.
const STRETCH: (usize, f64) = (10, 3.0);

/// A series.
enum Case {
    Calm { noise: Noise, number: usize },
    Changed { noise: Noise, change: Change, number: usize },
    Real { set: &'static str, series: Series },
}

/// What was seen under one budget.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    /// Alarms in calm rows, and in each stretch of ten periods, with its rows.
    Calm { alarms: usize, rows: usize, stretches: Vec<(usize, usize)>, seconds: f64 },
    /// How long a change took to be found.
    Changed { delay: Option<usize>, seconds: f64 },
}

/// A method without its budget.
enum Watcher<'a> {
    Entry(&'a Entry),
    Chance,
    Known(Chart),
}

/// A method with its budget, by name and number, and what it said of cases.
type Answered<'a> = (String, usize, Vec<(&'a Case, Outcome)>);

/// The thresholds of the charts by chart, noise and budget.
type Thresholds = BTreeMap<(usize, Noise, usize), f64>;

fn run(contest: &Contest, progress: &mut Progress<'_>) -> Result<TaskResult, Failure> {
    let entries = entries(contest);
    let own: Vec<&str> = entries.iter().map(Entry::name).collect();
    let mut all: Vec<&str> = own.clone();
    all.extend(["chance", "cusum-known", "focus-known", "known"]);
    distinct(all.iter().copied())?;
    let mut watchers: Vec<(&str, Watcher<'_>)> =
        entries.iter().map(|entry| (entry.name(), Watcher::Entry(entry))).collect();
    watchers.push(("chance", Watcher::Chance));
    watchers.extend(Chart::ALL.map(|chart| {
        let name = if chart == Chart::Cusum { "cusum-known" } else { "focus-known" };
        (name, Watcher::Known(chart))
    }));
    let thresholds = thresholds(contest)?;
    let cases = cases(contest)?;
    let answers = parallel::map(
        &cases,
        contest.threads,
        |case| Ok((case, ask(contest, case, &watchers, &thresholds))),
        |done| progress.report(done, cases.len(), "series"),
    );
    let mut result = TaskResult::new(TASK.name, cases.len());
    let names: Vec<String> = cases.iter().map(Case::name).collect();
    let scored = sort(names, answers, &mut result.skipped);
    // By methods: what each said of the cases, in their order.
    let mut methods: Vec<Answered<'_>> = Vec::new();
    for (i, (name, _)) in watchers.iter().enumerate() {
        for (b, (budget, ..)) in BUDGETS.iter().enumerate() {
            let place = i * BUDGETS.len() + b;
            let said = scored.iter().filter_map(|(case, said)| Some((*case, said[place].clone()?)));
            methods.push((format!("{name}, {budget}"), b, said.collect()));
        }
    }
    for (b, (budget, ..)) in BUDGETS.iter().enumerate() {
        let of = |name: &str| methods.iter().find(|(own, ..)| *own == format!("{name}, {budget}"));
        if let (Some((_, _, cusum)), Some((_, _, focus))) = (of("cusum-known"), of("focus-known")) {
            let best = best(cusum, focus);
            methods.push((format!("known, {budget}"), b, best));
        }
    }
    methods.retain(|(name, ..)| !name.starts_with("cusum-known") && !name.starts_with("focus-known"));
    let mut per_case: Vec<CaseResult> = scored.iter().map(|(case, _)| CaseResult::new(case.name())).collect();
    for (name, b, said) in &methods {
        result.methods.push(summary(name, BUDGETS[*b].2, said));
        for (case, outcome) in said {
            let own = case.name();
            if let Some(result) = per_case.iter_mut().find(|result| result.case == own) {
                describe(result, name, BUDGETS[*b].2, case, outcome);
            }
        }
    }
    result.per_case = per_case;
    Ok(result)
}

/// The monitors that take part.
fn entries(contest: &Contest) -> Vec<Entry> {
    let mut all: Vec<Entry> = match contest.library {
        Library::Nothing => Vec::new(),
        _ => monitors::all()
            .into_iter()
            .filter(|entry| entry.name() == "evenkeel" || contest.library.includes(entry.name(), false))
            .collect(),
    };
    for entry in &contest.entries {
        if let crate::entry::Entry::Monitor(entry) = entry {
            all.push(entry.clone());
        }
    }
    all
}

fn cases(contest: &Contest) -> Result<Vec<Case>, Failure> {
    let count = if contest.limit == usize::MAX { SERIES } else { contest.limit };
    let mut all = Vec::new();
    for noise in Noise::ALL {
        all.extend((1..=count).map(|number| Case::Calm { noise, number }));
        for change in Change::ALL.into_iter().filter(|change| change.fits(noise)) {
            let count = if change == Change::Season { 4 * count } else { count };
            all.extend((1..=count).map(|number| Case::Changed { noise, change, number }));
        }
    }
    for (set, mut series) in calm::read(&contest.data, SHORTEST, WARM + CALM)? {
        // Evenly spread over the names.
        let (have, wanted) = (series.len(), (2 * count).min(series.len()));
        let taken: Vec<usize> = (0..wanted).map(|i| i * have / wanted).collect();
        for i in taken {
            let series =
                Series { name: series[i].name.clone(), values: std::mem::take(&mut series[i].values) };
            all.push(Case::Real { set, series });
        }
    }
    // The longest first, so that no thread is left alone with one at the end.
    all.sort_by_key(|case| std::cmp::Reverse(case.len()));
    Ok(all)
}

impl Case {
    fn name(&self) -> String {
        match self {
            Self::Calm { noise, number } => format!("{}/calm/{number}", noise.name()),
            Self::Changed { noise, change, number } => {
                format!("{}/{}/{number}", noise.name(), change.name())
            }
            Self::Real { set, series } => format!("{set}/{}", series.name),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Calm { .. } => WARM + CALM,
            Self::Changed { .. } => WARM + BEFORE + HORIZON,
            Self::Real { series, .. } => series.values.len(),
        }
    }
}

/// The thresholds of the charts; noises whose draws are normal share theirs.
fn thresholds(contest: &Contest) -> Result<Thresholds, Failure> {
    let is_normal = |noise: Noise| noise.moments() == (0.0, 1.0);
    let mut wanted = Vec::new();
    for chart in 0..Chart::ALL.len() {
        for noise in Noise::ALL.into_iter().filter(|noise| *noise == Noise::Normal || !is_normal(*noise)) {
            wanted.extend((0..BUDGETS.len()).map(|budget| (chart, noise, budget)));
        }
    }
    let found = parallel::map(
        &wanted,
        contest.threads,
        |(chart, noise, budget)| Chart::ALL[*chart].threshold(*noise, BUDGETS[*budget].2, seed(noise.name())),
        |_| (),
    );
    let mut all = Thresholds::new();
    for (key, threshold) in wanted.into_iter().zip(found) {
        all.insert(key, threshold?);
    }
    for noise in Noise::ALL {
        for chart in 0..Chart::ALL.len() {
            for budget in 0..BUDGETS.len() {
                if let Some(normal) = all.get(&(chart, Noise::Normal, budget)).copied() {
                    all.entry((chart, noise, budget)).or_insert(normal);
                }
            }
        }
    }
    Ok(all)
}

fn ask(
    contest: &Contest,
    case: &Case,
    watchers: &[(&str, Watcher<'_>)],
    thresholds: &Thresholds,
) -> Answers<Outcome> {
    let mut generator = Generator::new(seed(&case.name()) ^ contest.seed);
    let at = WARM + BEFORE + generator.uniform_below(100) as usize;
    // The rows, and the innovations of them that only who knows the noise has.
    let drawn;
    let (noise, rows, known): (Option<Noise>, &[f64], Option<&[f64]>) = match case {
        Case::Calm { noise, .. } => {
            drawn = noise.rows(WARM + CALM, None, &mut generator);
            (Some(*noise), &drawn.0, Some(&drawn.1))
        }
        Case::Changed { noise, change, .. } => {
            drawn = noise.rows(at + HORIZON, Some((*change, at)), &mut generator);
            (Some(*noise), &drawn.0, Some(&drawn.1))
        }
        Case::Real { series, .. } => (None, &series.values, None),
    };
    let mut answers = Answers::new();
    for (i, (name, watcher)) in watchers.iter().enumerate() {
        answers.ask(name, BUDGETS.len(), || -> Result<_, Failure> {
            let one = |b: usize| -> Result<Option<Outcome>, Failure> {
                let (_, per_day, period) = BUDGETS[b];
                let started = Instant::now();
                let alarms = match watcher {
                    Watcher::Entry(entry) => {
                        let mut budget = Budget::daily(STEP);
                        budget.per_day = per_day;
                        let mut watch = entry.watch(&budget)?;
                        let time = |row: usize| Timestamp::from_seconds(300 * row as i64);
                        let raised = |(row, x): (usize, &f64)| watch(At::new(time(row), *x)).then_some(row);
                        rows.iter().enumerate().filter_map(raised).collect()
                    }
                    Watcher::Chance => {
                        let mut draws = Generator::stream(seed(&case.name()), 1 + b as u64);
                        let p = 1.0 / period as f64;
                        (0..rows.len()).filter(|_| draws.bernoulli(p)).collect()
                    }
                    Watcher::Known(chart) => {
                        let (Some(noise), Some(known)) = (noise, known) else { return Ok(None) };
                        let which = Chart::ALL.iter().position(|own| own == chart).unwrap_or(i);
                        let threshold = thresholds.get(&(which, noise, b));
                        let threshold =
                            threshold.ok_or_else(|| Failure::new("a chart without a threshold"))?;
                        chart.alarms(known, *threshold)?
                    }
                };
                let seconds = started.elapsed().as_secs_f64();
                Ok(Some(match case {
                    Case::Changed { .. } => {
                        let delay = alarms.into_iter().find(|row| *row >= at).map(|row| row - at);
                        Outcome::Changed { delay, seconds }
                    }
                    _ => calm(&alarms, rows.len(), period, seconds),
                }))
            };
            (0..BUDGETS.len()).map(one).collect()
        });
    }
    answers
}

/// What alarms in calm rows come to.
fn calm(alarms: &[usize], rows: usize, period: usize, seconds: f64) -> Outcome {
    let counted: Vec<usize> = alarms.iter().filter(|row| **row >= WARM).map(|row| row - WARM).collect();
    let rows = rows.saturating_sub(WARM);
    let mut stretches = Vec::new();
    let mut from = 0;
    while from < rows {
        let to = (from + STRETCH.0 * period).min(rows);
        if 2 * (to - from) >= STRETCH.0 * period {
            stretches.push((counted.iter().filter(|row| (from..to).contains(row)).count(), to - from));
        }
        from = to;
    }
    Outcome::Calm { alarms: counted.len(), rows, stretches, seconds }
}

/// Of two charts the better of each kind of noise and change, and the larger number of false alarms.
fn best<'a>(cusum: &[(&'a Case, Outcome)], focus: &[(&'a Case, Outcome)]) -> Vec<(&'a Case, Outcome)> {
    // How many are found, and how fast, less being better of both.
    let quality = |said: &[(&Case, Outcome)], noise: Noise, change: Change| {
        let delays: Vec<usize> = said
            .iter()
            .filter_map(|(case, outcome)| match (case, outcome) {
                (Case::Changed { noise: n, change: c, .. }, Outcome::Changed { delay, .. })
                    if *n == noise && *c == change =>
                {
                    *delay
                }
                _ => None,
            })
            .collect();
        (usize::MAX - delays.len(), delays.iter().sum::<usize>())
    };
    let choose = |(one, other): (&(&'a Case, Outcome), &(&'a Case, Outcome))| {
        let chosen = match (one.0, &one.1, &other.1) {
            (Case::Changed { noise, change, .. }, ..) => {
                if quality(focus, *noise, *change) < quality(cusum, *noise, *change) { other } else { one }
            }
            (_, Outcome::Calm { alarms: a, .. }, Outcome::Calm { alarms: b, .. }) if b > a => other,
            _ => one,
        };
        chosen.clone()
    };
    cusum.iter().zip(focus).map(choose).collect()
}

/// The 99 % quantile of a Poisson distribution.
fn poisson_99(mean: f64) -> f64 {
    let (mut sum, mut count, mut log_factorial) = (0.0, 0.0_f64, 0.0);
    loop {
        sum += (count * mean.ln() - mean - log_factorial).exp();
        if sum >= 0.99 || count > 10.0 * mean + 100.0 {
            return count;
        }
        count += 1.0;
        log_factorial += count.ln();
    }
}

fn summary(name: &str, period: usize, said: &[(&Case, Outcome)]) -> Method {
    let n = said.len();
    let seconds: f64 = said.iter().map(|(_, outcome)| outcome.seconds()).sum();
    let mut method = Method::new(name, n, seconds / n.max(1) as f64);
    // False alarms, pooled over groups of calm series.
    let mut pooled = |kind: &str, suffix: &str, is_in: &dyn Fn(&Case) -> bool| {
        let (mut alarms, mut rows, mut stretches) = (0, 0, Vec::new());
        for (case, outcome) in said.iter().filter(|(case, _)| is_in(case)) {
            if let (Outcome::Calm { alarms: a, rows: r, stretches: s, .. }, false) =
                (outcome, matches!(case, Case::Changed { .. }))
            {
                alarms += a;
                rows += r;
                stretches.extend(s);
            }
        }
        if rows == 0 {
            return;
        }
        let allowed = rows as f64 / period as f64;
        method.scores.insert(format!("alarms_{kind}{suffix}"), alarms as f64 / allowed);
        method.scores.insert(format!("bound_{kind}{suffix}"), poisson_99(allowed) / allowed);
        if !stretches.is_empty() {
            let beyond =
                |(alarms, rows): &&(usize, usize)| *alarms as f64 > STRETCH.1 * *rows as f64 / period as f64;
            let share = stretches.iter().filter(beyond).count() as f64 / stretches.len() as f64;
            method.scores.insert(format!("beyond_{kind}{suffix}"), share);
        }
    };
    pooled("drawn", "", &|case| matches!(case, Case::Calm { .. }));
    for kind in Noise::ALL {
        let suffix = format!("_{}", kind.name());
        pooled("drawn", &suffix, &|case| matches!(case, Case::Calm { noise, .. } if *noise == kind));
    }
    pooled("real", "", &|case| matches!(case, Case::Real { .. }));
    let mut sets: Vec<&str> = said
        .iter()
        .filter_map(|(case, _)| match case {
            Case::Real { set, .. } => Some(*set),
            _ => None,
        })
        .collect();
    sets.sort_unstable();
    sets.dedup();
    for own in sets {
        pooled("real", &format!("_{own}"), &|case| matches!(case, Case::Real { set, .. } if *set == own));
    }
    let mut found = |suffix: &str, is_in: &dyn Fn(Noise, Change) -> bool| {
        let delays: Vec<Option<usize>> = said
            .iter()
            .filter_map(|(case, outcome)| match (case, outcome) {
                (Case::Changed { noise, change, .. }, Outcome::Changed { delay, .. }) => {
                    is_in(*noise, *change).then_some(*delay)
                }
                _ => None,
            })
            .collect();
        if delays.is_empty() {
            return;
        }
        let mut hits: Vec<usize> = delays.iter().flatten().copied().collect();
        hits.sort_unstable();
        let share = hits.len() as f64 / delays.len() as f64;
        method.record(&format!("recall{suffix}"), share, interval::wilson(hits.len(), delays.len()));
        if let Some(middle) = hits.get(hits.len() / 2) {
            method.scores.insert(format!("delay{suffix}"), *middle as f64);
        }
    };
    found("", &|_, _| true);
    for kind in Change::ALL {
        found(&format!("_{}", kind.name()), &|_, change| change == kind);
    }
    method
}

impl Outcome {
    fn seconds(&self) -> f64 {
        match self {
            Self::Calm { seconds, .. } | Self::Changed { seconds, .. } => *seconds,
        }
    }
}

/// What a method said of a case.
fn describe(result: &mut CaseResult, method: &str, period: usize, case: &Case, outcome: &Outcome) {
    match (case, outcome) {
        (Case::Changed { change, .. }, Outcome::Changed { delay, .. }) => {
            let hit = f64::from(u8::from(delay.is_some()));
            for key in ["recall".to_owned(), format!("recall_{}", change.name())] {
                result.record(method, &key, hit);
            }
            if let Some(delay) = delay {
                for key in ["delay".to_owned(), format!("delay_{}", change.name())] {
                    result.record(method, &key, *delay as f64);
                }
            }
        }
        (_, Outcome::Calm { alarms, rows, .. }) => {
            let kind = if matches!(case, Case::Real { .. }) { "real" } else { "drawn" };
            let ratio = *alarms as f64 * period as f64 / *rows as f64;
            result.record(method, &format!("alarms_{kind}"), ratio);
            result.record(method, "alarms", *alarms);
            result.record(method, "rows", *rows);
        }
        _ => {}
    }
}
