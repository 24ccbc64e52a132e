//! Operations that call others than before.

use crate::callee_discount::discounted;
use crate::case::Case;
use crate::presence::{Presence, by_chance, fell_silent, g_statistic};
use crate::ranking::{Localizer, Ranking, Suspect};
use crate::traces::trace_set::TraceSet;
use evenkeel_core::{Evidence, FaultKind, Name, Subject, Timestamp, Unit};
use std::collections::{BTreeMap, HashMap};

/// Notices operations that call something else than before, no longer call what they called, or fail more
/// often.
///
/// *When*: the case has [traces](crate::CaseBuilder::traces) of before and after the stated time. For faults
/// in the code: a return that comes too early, an exception, a new branch.
///
/// *Method*: for each operation (of a component) and each operation that any of its spans calls, the share of
/// its spans that do so after the stated time is compared with that before by the G statistic of two binomial
/// counts (R. R. Sokal, F. J. Rohlf, Biometry, 1981, chapter 17); so is the share of its spans that failed
/// although none that they call did: a failure counts where it began, and a failed call of [whom it
/// names](crate::traces::Span::calling) at neither end. A component counts its highest. Callers
/// often change with those that they call, so each loses what its highest callee explains, up to 70 %, as in
/// [`ExplainAway`](crate::ExplainAway). The comparison of call sets before and after a fault is the idea of
/// Nezha (G. Yu et al., ESEC/FSE 2023, doi:10.1145/3611643.3616249); in this form it is our own.
///
/// *Score*: the root of G, in standard deviations; the highest that is expected by chance from so many
/// comparisons is stated as [noise](Ranking::noise), sqrt(2 ln comparisons).
///
/// *A wrong time*: as of [`TraceTime`](crate::traces::TraceTime). *Missing data*: operations need 5 spans
/// before and 3 after; nothing is said of components without such an operation. Those that have no more spans
/// are [not examined](Ranking::unexamined). *Cost*: O(n log n) for n
/// spans.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_locate::traces::{CallChange, Span, TraceSet};
/// use evenkeel_locate::{Case, Localizer};
///
/// // From the 60th second on the cart returns before it asks the store.
/// let spans = (0..100_i64).flat_map(|second| {
///     let ms = |from: i64, to: i64| (1_000_000 * (1000 * second + from), 1_000_000 * (1000 * second + to));
///     let trace = second.to_string();
///     let mut spans = vec![
///         Span::new("1", None, "edge", "GET /", ms(0, 40)).in_trace(&trace),
///         Span::new("2", Some("1"), "cart", "list", ms(5, 35)).in_trace(&trace),
///     ];
///     if second < 60 {
///         spans.push(Span::new("3", Some("2"), "store", "query", ms(10, 30)).in_trace(&trace));
///     }
///     spans
/// });
/// let traces = TraceSet::new(spans)?;
/// let second = Duration::from_secs(1);
/// let case = Case::builder(Timestamp::from_seconds(0), second, Timestamp::from_seconds(60)).traces(&traces).build()?;
/// let ranking = CallChange::default().rank(&case);
/// assert_eq!(ranking.first().unwrap().component(), &"cart");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallChange;

/// Spans of an operation that are needed before and after the stated time.
const LEAST_BEFORE: u64 = 5;
const LEAST_AFTER: u64 = 3;

/// What an operation does or does not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Act {
    /// It calls another operation.
    Calls(u32),
    /// It fails, and nothing that it calls does.
    Fails,
}

/// The change of one act of one operation.
#[derive(Debug, Clone, Copy)]
struct Change {
    g: f64,
    act: Act,
    before: f64,
    after: f64,
}

impl Localizer<Case<'_>> for CallChange {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        let Some(traces) = case.traces() else { return Ranking::default() };
        let (changes, comparisons) = changes(traces, case.stated());
        if changes.is_empty() {
            return Ranking::default();
        }
        let name = |component: u32| &traces.components()[component as usize];
        let highest: BTreeMap<Name, f64> =
            changes.iter().map(|(component, change)| (name(*component).clone(), change.g)).collect();
        let scores = discounted(&highest, &case.call_pairs());
        let suspects = changes.iter().filter_map(|(component, change)| {
            let score = libm::sqrt(*scores.get(name(*component))?);
            let suspect = Suspect::new(name(*component).clone(), score).ok()?;
            let suspect =
                suspect.with_evidence(vec![evidence(traces, name(*component), change, case.stated())]);
            Some(if change.act == Act::Fails { suspect.with_kind(FaultKind::Errors) } else { suspect })
        });
        let silent = silent(traces, case.stated());
        Ranking::new(suspects.collect(), Vec::new())
            .with_noise(by_chance(comparisons))
            .with_unexamined(silent.into_iter().map(|component| name(component).clone()))
    }
}

/// The largest change of each component that could be examined, and the number of comparisons.
fn changes(traces: &TraceSet, stated: Timestamp) -> (BTreeMap<u32, Change>, usize) {
    let stated = stated.as_nanos();
    let mut spans: HashMap<u32, [u64; 2]> = HashMap::new();
    let mut acts: HashMap<(u32, Act), [u64; 2]> = HashMap::new();
    let mut of_trace: Vec<(u32, Act)> = Vec::new();
    for trace in traces.traces() {
        let period = usize::from(trace.start() >= stated);
        let mut causes_failure = vec![true; trace.spans.len()];
        of_trace.clear();
        for (place, span) in trace.spans.iter().enumerate() {
            spans.entry(span.operation).or_default()[period] += 1;
            let Some(parent) = span.parent else { continue };
            of_trace.push((parent, Act::Calls(span.operation)));
            causes_failure[parent as usize] &= !span.has_failed;
            debug_assert!((parent as usize) < place, "parents come first");
        }
        for (place, span) in trace.spans.iter().enumerate() {
            // That a call failed of which nothing is known at the other end says nothing of who made it.
            let is_call = span.callee.is_some_and(|callee| callee != span.component);
            if span.has_failed && causes_failure[place] && !is_call {
                of_trace.push((place as u32, Act::Fails));
            }
        }
        // A span that calls an operation several times does so once here.
        of_trace.sort_unstable();
        of_trace.dedup();
        for (place, act) in &of_trace {
            acts.entry((trace.spans[*place as usize].operation, *act)).or_default()[period] += 1;
        }
    }
    let is_enough = |[before, after]: &[u64; 2]| *before >= LEAST_BEFORE && *after >= LEAST_AFTER;
    let mut changes: BTreeMap<u32, Change> = BTreeMap::new();
    let none = Change { g: 0.0, act: Act::Fails, before: 0.0, after: 0.0 };
    for operation in spans.iter().filter(|(_, counts)| is_enough(counts)).map(|(operation, _)| operation) {
        changes.insert(traces.component_of(*operation), none);
    }
    let mut comparisons = 0;
    let acts: BTreeMap<(u32, Act), [u64; 2]> = acts.into_iter().collect();
    for ((operation, act), with) in acts {
        let of = spans[&operation];
        if !is_enough(&of) {
            continue;
        }
        comparisons += 1;
        let [before, after] = [0, 1].map(|period| Presence { with: with[period], of: of[period] });
        let g = g_statistic(before, after);
        let change = changes.entry(traces.component_of(operation)).or_insert(none);
        if g > change.g {
            *change = Change { g, act, before: before.share(), after: after.share() };
        }
    }
    (changes, comparisons)
}

/// The components that worked for traces, and for hardly any since the stated time, as the dead do.
fn silent(traces: &TraceSet, stated: Timestamp) -> Vec<u32> {
    let stated = stated.as_nanos();
    let mut all = [0_u64; 2];
    let mut of: BTreeMap<u32, [u64; 2]> = BTreeMap::new();
    let mut seen: Vec<u32> = Vec::new();
    for trace in traces.traces() {
        let period = usize::from(trace.start() >= stated);
        all[period] += 1;
        seen.clear();
        seen.extend(trace.spans.iter().map(|span| span.component));
        seen.sort_unstable();
        seen.dedup();
        seen.iter().for_each(|component| of.entry(*component).or_default()[period] += 1);
    }
    of.into_iter().filter(|(_, of)| fell_silent(*of, all)).map(|(component, _)| component).collect()
}

fn evidence(traces: &TraceSet, name: &Name, change: &Change, since: Timestamp) -> Evidence {
    let subject = match change.act {
        Act::Fails => Subject::Component(name.clone()),
        Act::Calls(operation) => {
            let (to, _) = traces.operation(operation);
            Subject::Edge { from: name.clone(), to: to.clone() }
        }
    };
    Evidence {
        localizer: "call change".into(),
        subject,
        observed: change.after,
        expected: Some(change.before),
        unit: Unit::Ratio,
        since,
        weight: 1.0,
    }
}
