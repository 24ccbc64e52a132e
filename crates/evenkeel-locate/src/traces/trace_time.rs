//! The time that each component adds to traces.

use crate::case::Case;
use crate::presence::by_chance;
use crate::ranking::{Localizer, Ranking, Suspect};
use crate::traces::self_time::{Account, self_times};
use crate::traces::trace_set::{Trace, TraceSet};
use evenkeel_core::{Evidence, FaultKind, Name, Subject, Timestamp, Unit};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Notices components whose own time in traces has grown, and those around which the network takes longer.
///
/// *When*: the case has [traces](crate::CaseBuilder::traces) of before and after the stated time. For faults
/// that cost time; [`CallChange`](crate::traces::CallChange) sees those that only change what is called.
///
/// *Method*: each moment of a trace belongs to the deepest span that is under way: to its component if that
/// works, to the call from it to another component if nothing of the callee is under way, which is the client
/// span minus the server span. So the accounts of a trace sum to its duration, and a slow callee makes no
/// caller slow. Traces of one kind (the operation of the root, and the first one in another component) are
/// compared: the excess e of an account is its mean after the stated time minus that before, averaged over
/// kinds by their traces after it; its standard error s is that of Welch (B. L. Welch, Biometrika 34 (1947)
/// 28-35, doi:10.1093/biomet/34.1-2.28).
///
/// A call between u and v is slow for u, for v, or for what is between them. The *coverage* of a caller is
/// the mean over all it calls of the share of their time that is excess (0 where e <= 2 s), that of a callee
/// the mean over all who call it. The excess of a call goes to both ends by their coverages: if all calls of
/// one end have become slow and one of several of the other, it is that end. The accounting is our own; that
/// the time between a client and its server span tells of the network of the callee is the common use of
/// OpenTelemetry's span kinds.
///
/// *Score*: e / (s + least) of all that a component gets, like a t statistic; the highest that is expected by
/// chance of so many components is stated as [noise](Ranking::noise), sqrt(2 ln components). `least` is 1 ms,
/// which nobody feels, or 1 % of the mean duration of traces before, if that is less.
///
/// *A wrong time*: traces have their own time, so there is no guard band: those between the fault and a late
/// statement count as normal and make the difference smaller, in proportion to their share.
///
/// *Missing data*: kinds of traces need 5 before the stated time and 1 after it; nothing is said of
/// components without spans in those. One that reports no spans itself is seen by those who call it, if their
/// spans [name it](crate::traces::Span::calling): all of such a span is a call to it. *Cost*: O(n log n) for
/// n spans.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_locate::traces::{Span, TraceSet, TraceTime};
/// use evenkeel_locate::{Case, Localizer};
///
/// // From the 60th second on the store takes 400 ms instead of 20.
/// let spans = (0..100_i64).flat_map(|second| {
///     let long = if second < 60 { 20 } else { 400 };
///     let ms = |from: i64, to: i64| (1_000_000 * (1000 * second + from), 1_000_000 * (1000 * second + to));
///     let trace = second.to_string();
///     [
///         Span::new("1", None, "edge", "GET /", ms(0, long + 20)).in_trace(&trace),
///         Span::new("2", Some("1"), "cart", "list", ms(5, long + 15)).in_trace(&trace),
///         Span::new("3", Some("2"), "store", "query", ms(10, long + 10)).in_trace(&trace),
///     ]
/// });
/// let traces = TraceSet::new(spans)?;
/// let second = Duration::from_secs(1);
/// let case = Case::builder(Timestamp::from_seconds(0), second, Timestamp::from_seconds(60)).traces(&traces).build()?;
/// let ranking = TraceTime::default().rank(&case);
/// assert_eq!(ranking.first().unwrap().component(), &"store");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TraceTime;

/// Traces of a kind that are needed before the stated time.
const LEAST_BEFORE: usize = 5;
/// Standard errors within which an excess may be chance.
const ERRORS: f64 = 2.0;
/// Seconds that nobody feels, and the part of a trace's duration that nobody feels.
const SECONDS: f64 = 1e-3;
const OF_DURATION: f64 = 0.01;

/// Number, sum and sum of squares, in seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Moments {
    sum: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, x: f64) {
        self.sum += x;
        self.squares += x * x;
    }

    /// Mean and squared standard error over so many traces, of which those without an entry have 0.
    fn mean(self, of: usize) -> (f64, f64) {
        let n = of as f64;
        let mean = self.sum / n;
        (mean, ((self.squares / n - mean * mean) / n).max(0.0))
    }
}

/// The traces of one kind.
#[derive(Debug, Default)]
struct Kind {
    before: usize,
    after: usize,
    accounts: BTreeMap<Account, [Moments; 2]>,
}

/// What an account takes more than before, a trace, in seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Excess {
    mean: f64,
    /// The square of its standard error.
    variance: f64,
    before: f64,
}

impl Excess {
    /// The share of its time that is excess; 0 if that may be chance.
    fn share(&self) -> f64 {
        if self.mean > ERRORS * libm::sqrt(self.variance) && self.mean > 0.0 {
            self.mean / (self.mean + self.before.max(0.0))
        } else {
            0.0
        }
    }
}

/// What a component gets of all excesses.
#[derive(Debug, Clone, Copy, Default)]
struct Blame {
    own: Excess,
    calls: Excess,
    /// The call that adds most, and how much.
    call: Option<(f64, Account, Excess)>,
}

impl Localizer<Case<'_>> for TraceTime {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        let Some(traces) = case.traces() else { return Ranking::default() };
        let kinds = kinds(traces, case.stated());
        let (excesses, duration, seen) = excesses(&kinds);
        if seen.is_empty() {
            return Ranking::default();
        }
        let least = SECONDS.min(OF_DURATION * duration);
        let blames = blames(&excesses);
        let suspects = blames.iter().filter_map(|(component, blame)| {
            let mean = blame.own.mean.max(0.0) + blame.calls.mean;
            let error = libm::sqrt(blame.own.variance + blame.calls.variance);
            let score = mean / (error + least);
            let name = &traces.components()[*component as usize];
            let suspect = Suspect::new(name.clone(), score).ok().filter(|_| mean > 0.0)?;
            let suspect = suspect.with_evidence(evidence(traces, name, blame, case.stated()));
            Some(if blame.calls.mean > blame.own.mean {
                suspect.with_kind(FaultKind::Network)
            } else {
                suspect
            })
        });
        Ranking::new(suspects.collect(), Vec::new()).with_noise(by_chance(seen.len()))
    }
}

/// What traces are compared by: the operation of the root, and the first in another component.
fn kind(trace: &Trace<'_>) -> Option<(u32, Option<u32>)> {
    let root = trace.root()?;
    let others = trace.spans.iter().filter(|span| span.component != root.component);
    let first = others.min_by_key(|span| (span.start, span.operation));
    Some((root.operation, first.map(|span| span.operation)))
}

fn kinds(traces: &TraceSet, stated: Timestamp) -> BTreeMap<(u32, Option<u32>), Kind> {
    let stated = stated.as_nanos();
    let mut kinds: BTreeMap<(u32, Option<u32>), Kind> = BTreeMap::new();
    for trace in traces.traces() {
        let Some(key) = kind(&trace) else { continue };
        let kind = kinds.entry(key).or_default();
        let is_after = trace.start() >= stated;
        *if is_after { &mut kind.after } else { &mut kind.before } += 1;
        for (account, nanoseconds) in self_times(&trace) {
            kind.accounts.entry(account).or_default()[usize::from(is_after)].add(nanoseconds as f64 * 1e-9);
        }
    }
    kinds.retain(|_, kind| kind.before >= LEAST_BEFORE && kind.after > 0);
    kinds
}

/// The excess of each account, the mean duration of a trace before, and the components that have spans.
fn excesses(kinds: &BTreeMap<(u32, Option<u32>), Kind>) -> (BTreeMap<Account, Excess>, f64, BTreeSet<u32>) {
    let all: usize = kinds.values().map(|kind| kind.after).sum();
    let mut excesses: BTreeMap<Account, Excess> = BTreeMap::new();
    let (mut duration, mut seen) = (0.0, BTreeSet::new());
    for kind in kinds.values() {
        let weight = kind.after as f64 / all as f64;
        for (account, [before, after]) in &kind.accounts {
            let ((before, variance_before), (after, variance_after)) =
                (before.mean(kind.before), after.mean(kind.after));
            let excess = excesses.entry(*account).or_default();
            excess.mean += weight * (after - before);
            excess.variance += weight * weight * (variance_before + variance_after);
            excess.before += weight * before;
            duration += weight * before;
            seen.insert(account.component);
            seen.extend(account.callee);
        }
    }
    (excesses, duration, seen)
}

/// Shares the excesses of calls between their ends.
fn blames(excesses: &BTreeMap<Account, Excess>) -> BTreeMap<u32, Blame> {
    // Of callers over their calls, of callees over the calls to them.
    let mut coverages: HashMap<(u32, bool), (f64, f64)> = HashMap::new();
    for (account, excess) in excesses {
        let Some(callee) = account.callee else { continue };
        for end in [(account.component, true), (callee, false)] {
            let coverage = coverages.entry(end).or_default();
            *coverage = (coverage.0 + excess.share(), coverage.1 + 1.0);
        }
    }
    let coverage = |end: (u32, bool)| coverages.get(&end).map_or(0.0, |(sum, calls)| sum / calls);
    let mut blames: BTreeMap<u32, Blame> = BTreeMap::new();
    for (account, excess) in excesses {
        let Some(callee) = account.callee else {
            blames.entry(account.component).or_default().own = *excess;
            continue;
        };
        let ends = [(account.component, true), (callee, false)];
        let sum: f64 = ends.iter().map(|end| coverage(*end)).sum();
        for end in ends {
            let blame = blames.entry(end.0).or_default();
            if sum == 0.0 || excess.mean <= 0.0 {
                continue;
            }
            let share = coverage(end) / sum;
            blame.calls.mean += share * excess.mean;
            // Shares are how probable an end is; a small share of what is certain is no more certain for being small.
            blame.calls.variance += share * excess.variance;
            blame.calls.before += share * excess.before;
            if blame.call.is_none_or(|(most, ..)| share * excess.mean > most) {
                blame.call = Some((share * excess.mean, *account, *excess));
            }
        }
    }
    blames
}

fn evidence(traces: &TraceSet, name: &Name, blame: &Blame, since: Timestamp) -> Vec<Evidence> {
    let total = blame.own.mean.max(0.0) + blame.calls.mean;
    let say = |subject: Subject, excess: &Excess, part: f64| Evidence {
        localizer: "trace time".into(),
        subject,
        observed: excess.before + excess.mean,
        expected: Some(excess.before),
        unit: Unit::Seconds,
        since,
        weight: (part / total).clamp(0.0, 1.0),
    };
    let own =
        (blame.own.mean > 0.0).then(|| say(Subject::Component(name.clone()), &blame.own, blame.own.mean));
    let calls = blame.call.and_then(|(part, account, excess)| {
        let of = |component: u32| traces.components()[component as usize].clone();
        let edge = Subject::Edge { from: of(account.component), to: of(account.callee?) };
        Some(say(edge, &excess, part))
    });
    let mut evidence: Vec<Evidence> = own.into_iter().chain(calls).collect();
    evidence.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.subject.cmp(&b.subject)));
    evidence
}
