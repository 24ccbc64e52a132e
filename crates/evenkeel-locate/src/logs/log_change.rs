//! Components that log something else than before.

use super::log_set::{LogEntry, LogSet};
use crate::callee_discount::discounted;
use crate::case::Case;
use crate::presence::{Presence, Rate, by_chance, fell_silent, g_statistic, g_statistic_of_rates};
use crate::ranking::{Localizer, Ranking, Suspect};
use evenkeel_core::{Evidence, Name, Subject, Unit};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Notices components that log other templates than before, or at other rates: new lines, and lines that are
/// missing.
///
/// *When*: the case has [logs](crate::CaseBuilder::logs) of before and after the stated time.
///
/// *Method*: of lines that belong to traces, for each component and template, the share of the component's
/// traces that have the template is compared before and after the stated time by the G statistic of two
/// binomial counts (R. R. Sokal, F. J. Rohlf, Biometry, 1981, chapter 17); so the load makes no difference.
/// Lines without a trace are counted in slots as long as the case's step, and compared as Poisson counts over
/// the dispersion of the slots before; of them only what was written while the case lasts, from its start to
/// its last row if it has rows. A component counts its highest. Callers often log what their callees
/// do to them, so each loses what its highest callee explains, up to 70 %, as in
/// [`ExplainAway`](crate::ExplainAway).
///
/// *Score*: the root of G, in standard deviations; the highest that is expected by chance from so many
/// comparisons is stated as [noise](Ranking::noise), sqrt(2 ln comparisons).
///
/// *A wrong time*: as of [`TraceTime`](crate::traces::TraceTime). *Missing data*: a component needs lines in
/// 5 traces (or 5 slots) before and 3 after; nothing is said of others. Those that
/// stopped writing are [not examined](Ranking::unexamined). *Cost*: O(n log n) for n lines.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_locate::logs::{LogChange, LogSet};
/// use evenkeel_locate::{Case, Localizer};
///
/// let mut logs = LogSet::default();
/// for second in 0..100 {
///     let (at, trace) = (Timestamp::from_seconds(second), second.to_string());
///     logs.line(at, "edge", Some(&trace), "served a page");
///     logs.line(at, "cart", Some(&trace), if second < 60 { "found the cart" } else { "no such cart" });
/// }
/// let second = Duration::from_secs(1);
/// let case = Case::builder(Timestamp::from_seconds(0), second, Timestamp::from_seconds(60)).logs(&logs).build()?;
/// assert_eq!(LogChange::default().rank(&case).first().unwrap().component(), &"cart");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LogChange;

/// Traces or slots that are needed before and after the stated time.
const LEAST_BEFORE: usize = 5;
const LEAST_AFTER: usize = 3;

/// The change of one template of one component.
#[derive(Debug, Clone, Copy, Default)]
struct Change {
    g: f64,
    before: f64,
    after: f64,
    /// Whether it is a rate, lines a slot, rather than a share of traces.
    is_rate: bool,
}

/// The largest change of each component that could be examined, and how many comparisons were made.
#[derive(Debug, Default)]
struct Changes {
    highest: BTreeMap<Name, Change>,
    comparisons: usize,
    /// Those that wrote in traces, and no more, as the dead do.
    silent: Vec<Name>,
}

impl Changes {
    fn examined(&mut self, component: &Name) {
        self.highest.entry(component.clone()).or_default();
    }

    fn compare(&mut self, component: &Name, change: Change) {
        self.comparisons += 1;
        let known = self.highest.entry(component.clone()).or_default();
        if change.g > known.g {
            *known = change;
        }
    }
}

impl Localizer<Case<'_>> for LogChange {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        let Some(logs) = case.logs() else { return Ranking::default() };
        let mut changes = Changes::default();
        of_traces(logs, case.stated().as_nanos(), &mut changes);
        of_slots(logs, case, &mut changes);
        if changes.highest.is_empty() {
            return Ranking::default();
        }
        let highest = changes.highest.iter().map(|(name, change)| (name.clone(), change.g)).collect();
        let scores = discounted(&highest, &case.call_pairs());
        let suspects = changes.highest.iter().filter_map(|(name, change)| {
            let suspect = Suspect::new(name.clone(), libm::sqrt(*scores.get(name)?)).ok()?;
            let evidence = Evidence {
                localizer: "log change".into(),
                subject: Subject::Component(name.clone()),
                observed: change.after,
                expected: Some(change.before),
                unit: if change.is_rate { Unit::Count } else { Unit::Ratio },
                since: case.stated(),
                weight: 1.0,
            };
            Some(suspect.with_evidence(vec![evidence]))
        });
        Ranking::new(suspects.collect(), Vec::new())
            .with_noise(by_chance(changes.comparisons))
            .with_unexamined(changes.silent)
    }
}

/// Compares lines that belong to traces, by the share of traces.
fn of_traces(logs: &LogSet, stated: i64, changes: &mut Changes) {
    let traced = || logs.lines().iter().filter_map(|line| Some((line.trace?, line)));
    let mut starts: HashMap<u32, i64> = HashMap::new();
    for (trace, line) in traced() {
        let start = starts.entry(trace).or_insert(line.at);
        *start = line.at.min(*start);
    }
    let mut found: Vec<(u32, u32, u64)> =
        traced().map(|(trace, line)| (line.component, trace, line.template)).collect();
    found.sort_unstable();
    found.dedup();
    let period = |trace: u32| usize::from(starts[&trace] >= stated);
    let mut all = [0_u64; 2];
    starts.keys().for_each(|trace| all[period(*trace)] += 1);
    for of_component in found.chunk_by(|a, b| a.0 == b.0) {
        let mut of = [0_u64; 2];
        let mut with: BTreeMap<u64, [u64; 2]> = BTreeMap::new();
        for of_trace in of_component.chunk_by(|a, b| a.1 == b.1) {
            let period = period(of_trace[0].1);
            of[period] += 1;
            for (.., template) in of_trace {
                with.entry(*template).or_default()[period] += 1;
            }
        }
        if of[0] < LEAST_BEFORE as u64 || of[1] < LEAST_AFTER as u64 {
            if fell_silent(of, all) {
                changes.silent.push(logs.component(of_component[0].0).clone());
            }
            continue;
        }
        let component = logs.component(of_component[0].0);
        changes.examined(component);
        for with in with.values() {
            let [before, after] = [0, 1].map(|period| Presence { with: with[period], of: of[period] });
            let g = g_statistic(before, after);
            let change = Change { g, before: before.share(), after: after.share(), is_rate: false };
            changes.compare(component, change);
        }
    }
}

/// Compares lines without a trace, by slots.
fn of_slots(logs: &LogSet, case: &Case<'_>, changes: &mut Changes) {
    // A line from 1970 would make thousands of empty slots, beside which whatever is usual would be new.
    let from = case.start().as_nanos();
    let until = if case.rows() > 0 { case.time(case.rows()).as_nanos() } else { i64::MAX };
    let covered = from..=until;
    let lines = || logs.lines().iter().filter(|line| line.trace.is_none() && covered.contains(&line.at));
    let (Some(first), Some(last)) = (lines().map(|line| line.at).min(), lines().map(|line| line.at).max())
    else {
        return;
    };
    let step = i64::try_from(case.step().as_nanos()).unwrap_or(i64::MAX).max(1);
    let stated = case.stated().as_nanos();
    // Whole slots, counted from the stated time in both directions.
    let slot = |at: i64| at.saturating_sub(stated).div_euclid(step);
    let before = -(slot(first).min(0) as f64);
    let after = slot(last).max(-1) as f64 + 1.0;
    if before < LEAST_BEFORE as f64 || after < LEAST_AFTER as f64 {
        return;
    }
    let mut counts: BTreeMap<(u32, u64, i64), u64> = BTreeMap::new();
    for LogEntry { at, component, template, .. } in lines() {
        *counts.entry((*component, *template, slot(*at))).or_default() += 1;
    }
    let mut rates: BTreeMap<(u32, u64), [Rate; 2]> = BTreeMap::new();
    for ((component, template, slot), count) in counts {
        let rates = rates.entry((component, template)).or_default();
        let rate = &mut rates[usize::from(slot >= 0)];
        rate.events += count as f64;
        rate.squares += (count * count) as f64;
    }
    let components: BTreeSet<u32> = rates.keys().map(|(component, _)| *component).collect();
    components.into_iter().for_each(|component| changes.examined(logs.component(component)));
    for ((component, _), [old, new]) in rates {
        let (old, new) = (Rate { windows: before, ..old }, Rate { windows: after, ..new });
        let g = g_statistic_of_rates(old, new);
        let change = Change { g, before: old.mean(), after: new.mean(), is_rate: true };
        changes.compare(logs.component(component), change);
    }
}
