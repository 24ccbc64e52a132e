//! How localizers are run on labeled cases: what benchmarks of fault localization have in common.

use super::answers::{Answers, Scored, distinct, of_method, sort};
use super::localization::{Outcome, chance, score};
use crate::contest::{EvidenceKind, Library};
use crate::localizers::{self, Entry};
use crate::result::Value;
use crate::{CaseResult, Contest, Failure, Progress, TaskResult, parallel};
use evenkeel_core::Signal;
use evenkeel_locate::{Case, Localizer};
use evenkeel_stats::Generator;
use std::collections::BTreeMap;
use std::time::Instant;

/// What localizers are given of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Given<'a> {
    /// By how many seconds the fault is stated late.
    pub(super) shift: i64,
    /// Whether kinds and units of metrics are permuted, as a control.
    pub(super) shuffled: bool,
    /// The evidence that was asked for; all of it if none was.
    evidence: &'a [EvidenceKind],
}

impl Given<'_> {
    /// Everything, stated so many seconds late.
    pub(super) fn all(shift: i64) -> Self {
        Self { shift, shuffled: false, evidence: &[] }
    }

    /// Whether this evidence is given.
    pub(super) fn has(&self, kind: EvidenceKind) -> bool {
        self.evidence.is_empty() || self.evidence.contains(&kind)
    }
}

/// A case whose culprit is known.
pub(super) trait Labeled: Send + Sync {
    /// Its name.
    fn name(&self) -> &str;
    /// The component that was at fault.
    fn culprit(&self) -> &str;
    /// The metric that shows it, where it is known.
    fn true_metric(&self) -> Option<Signal> {
        None
    }
    /// The groups of cases that it belongs to, for which results are given apart: its system, its kind of
    /// fault.
    fn groups(&self) -> Vec<String>;
    /// How many components and metrics might be named.
    fn sizes(&self) -> (usize, usize);
    /// What else is known of it.
    fn details(&self) -> Vec<(&'static str, Value)>;
    /// What localizers see of it.
    fn case(&self, given: &Given<'_>) -> Result<Case<'_>, String>;
}

/// Runs the methods of a contest on cases, by their names.
pub(super) fn run<C: Labeled>(
    contest: &Contest,
    progress: &mut Progress<'_>,
    mut names: Vec<String>,
    read: impl Fn(&str) -> Result<C, String> + Sync,
) -> Result<TaskResult, Failure> {
    names.truncate(contest.limit);
    let methods = methods(contest)?;
    let answers = parallel::map(
        &names,
        contest.threads,
        |name| ask(read(name)?, &methods, contest),
        |done| progress.report(done, names.len(), "cases"),
    );
    let mut result = TaskResult::new(contest.task.name, names.len());
    let scored: Scored<C, Outcome> = sort(&names, answers, &mut result.skipped);
    let with_metric = !scored.is_empty() && scored.iter().all(|(case, _)| case.true_metric().is_some());
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, (case, _)) in scored.iter().enumerate() {
        case.groups().into_iter().for_each(|group| groups.entry(group).or_default().push(place));
    }
    for (i, method) in methods.iter().enumerate() {
        let outcomes: Vec<&Outcome> = of_method(&scored, i).into_iter().map(|(_, outcome)| outcome).collect();
        let mut scores = score(method.name(), &outcomes, with_metric);
        for (group, places) in &groups {
            let said = places.iter().filter_map(|place| scored[*place].1[i].as_ref());
            let of_group = score(method.name(), &said.collect::<Vec<_>>(), false);
            scores.record_group(group, &of_group);
        }
        result.methods.push(scores);
    }
    if contest.library != Library::Nothing {
        let sizes: Vec<_> = scored.iter().map(|(case, _)| case.sizes()).collect();
        let mut scores = chance(&sizes, with_metric);
        for (group, places) in &groups {
            let sizes: Vec<_> = places.iter().map(|place| sizes[*place]).collect();
            scores.record_group(group, &chance(&sizes, false));
        }
        result.methods.push(scores);
    }
    let describe =
        |(case, said): &(C, Vec<Option<Outcome>>)| describe(case, said, &methods, contest, with_metric);
    result.per_case = scored.iter().map(describe).collect();
    Ok(result)
}

/// The contestants.
fn methods(contest: &Contest) -> Result<Vec<Entry>, Failure> {
    // The recommended default always takes part, unless the library does not at all.
    let is_default = |name: &str| name == "evenkeel" && contest.library != Library::Nothing;
    let asked = |name: &str| {
        is_default(name) || contest.library.includes(name, localizers::is_usual(contest.task.name, name))
    };
    let mut all = localizers::all();
    all.retain(|entry| asked(entry.name()));
    for entry in &contest.entries {
        if let crate::entry::Entry::Localizer(entry) = entry {
            all.push(entry.clone());
        }
    }
    distinct(all.iter().map(Entry::name).chain(["chance"]))?;
    Ok(all)
}

fn ask<C: Labeled>(case: C, methods: &[Entry], contest: &Contest) -> Result<(C, Answers<Outcome>), String> {
    let true_metric = case.true_metric();
    let mut answers = Answers::new();
    for method in methods {
        let given =
            Given { shift: contest.shift, shuffled: method.is_shuffled(), evidence: &contest.evidence };
        let seen = case.case(&given)?;
        answers.ask(method.name(), 1, || -> Result<_, Failure> {
            let start = Instant::now();
            let ranking = method.rank(&seen);
            let seconds = start.elapsed().as_secs_f64();
            let outcome =
                Outcome::new(&ranking, case.culprit(), true_metric.as_ref(), method.calibration(), seconds);
            Ok(vec![Some(outcome)])
        });
    }
    Ok((case, answers))
}

fn describe<C: Labeled>(
    case: &C,
    said: &[Option<Outcome>],
    methods: &[Entry],
    contest: &Contest,
    with_metric: bool,
) -> CaseResult {
    let mut result = CaseResult::new(case.name()).with_detail("shift", contest.shift);
    for (key, value) in case.details() {
        result = result.with_detail(key, value);
    }
    for (method, outcome) in methods.iter().zip(said) {
        let Some(outcome) = outcome else { continue };
        let said = [
            ("first", outcome.first.as_ref().map(|first| first.as_str()).into()),
            ("place", outcome.place.into()),
            ("metric_place", outcome.metric_place.into()),
            ("probability", outcome.probability.into()),
        ];
        result = result.with_method(method.name(), said);
        for (metric, score) in outcome.scores(with_metric) {
            result = result.with_method(method.name(), [(metric, score.into())]);
        }
    }
    result
}

/// The seed of shuffled names.
const SEED: u64 = 20_261_123;

/// Kinds and units as if the names of metrics had been permuted among the columns; by the case's name, so
/// that it does not depend on the order of cases.
pub(super) fn shuffle<T>(kinds: &mut [T], case: &str) {
    let hash = case.bytes().fold(0_u64, |hash, byte| hash.wrapping_mul(0x0100_0000_01b3) ^ u64::from(byte));
    Generator::stream(SEED, hash).shuffle(kinds);
}
