//! What each component adds to the time and to the failures of requests.

use crate::case::{Case, Metric};
use crate::metric_kind::guess_unit;
use crate::ranking::{Localizer, Ranking, Suspect};
use evenkeel_core::{Evidence, FaultKind, MetricKind, Name, Subject, Unit, observed};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Keeps accounts of the time, or the failures, that are in excess: what a component has more of than before,
/// weighted by its requests, and what its callees account for of it.
///
/// *When*: it is known what users feel and who calls whom, and components have a metric of demand and one of
/// latency, of availability or of errors. It tells a callee that is called often and a bit slower from one
/// that is rarely called and a lot slower, which scores in standard deviations do not, and it needs no deep
/// baseline.
///
/// *Method*: for each component, the excess is the sum over the rows from the stated time on of requests
/// times (latency - its median before): seconds that requests spent more than usual. With availability a it
/// is requests times (median - a), with a share of errors e requests times (e - median), with a number of
/// errors (e - median): requests that failed more than usual. What calls pass on arrives at the caller, so a
/// component's own excess is what is left without that of its callees, at least 0; callees without these
/// metrics are looked through. Conservation of what calls add to their callers is our own formulation.
///
/// One latency and one metric of demand are read of all components, so that units are the same: of latencies
/// an average before a median before one that names no statistic, if it is known of at least half as many
/// components as the best known; of demand the one that is known of most components. Other quantiles don't
/// add up and are not read.
///
/// *Time or failures*: what the [kind of the symptom](crate::CaseBuilder::symptom_kind) says; it abstains if
/// that is not known. Failures of callers that no longer wait for a slow callee are the callers' here: where
/// failures are felt and times have grown, others see more.
///
/// *Score*: the own excess as a share of the largest excess of all, in [0, 1]. Two standard errors of the
/// excess of the first (robust standard deviation of the rows before, times the root of the number of rows)
/// are stated as [noise](Ranking::noise).
///
/// *A wrong time*: rows [in doubt](crate::CaseBuilder::uncertainty), 2 minutes by default, are no baseline.
/// *Missing data*: 8 rows are needed before, 1 after; nothing is said of components without. Abstains without
/// calls, too. *Cost*: O(values) and O(components + calls).
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{MetricKind, Signal, Timestamp};
/// use evenkeel_locate::{Case, ExcessFlow, Graph, Localizer, Metric};
///
/// // The store is called often and takes 10 ms more, which the edge feels; the mailer is 50 times slower, rarely.
/// let graph = Graph::from_edges([("edge", "store", 100.0), ("edge", "mailer", 0.1)])?;
/// let (start, second) = (Timestamp::from_seconds(1_700_000_000), Duration::from_secs(1));
/// let mut case = Case::builder(start, second, start + 300 * second).graph(&graph);
/// for (component, requests, normal, faulty) in
///     [("edge", 10.0, 0.050, 0.150), ("store", 100.0, 0.005, 0.015), ("mailer", 0.01, 0.1, 5.0)]
/// {
///     let column = |normal: f64, faulty: f64| (0..360).map(|i| if i < 300 { normal } else { faulty }).collect::<Vec<_>>();
///     case = case
///         .metric(Metric::new(Signal::new(component, "requests"), column(requests, requests)))
///         .metric(Metric::new(Signal::new(component, "latency_avg"), column(normal, faulty)));
/// }
/// let case = case.symptom_kind(MetricKind::Latency).build()?;
/// assert_eq!(ExcessFlow::default().rank(&case).first().unwrap().component(), &"store");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExcessFlow;

/// Rows that are needed before the stated time.
const LEAST_BEFORE: usize = 8;
/// Standard errors that are met by chance.
const ERRORS: f64 = 2.0;
/// The interquartile range of a standard normal distribution.
const NORMAL_IQR: f64 = 1.349;

/// What is in excess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantity {
    Time,
    Failures,
}

/// The excess of a component, over the window.
#[derive(Debug, Clone, PartialEq)]
struct Excess {
    sum: f64,
    error: f64,
    /// The column, for the evidence.
    column: usize,
    observed: f64,
    expected: f64,
}

impl Localizer<Case<'_>> for ExcessFlow {
    fn rank(&self, case: &Case<'_>) -> Ranking {
        let pairs = case.call_pairs();
        if pairs.is_empty() {
            return Ranking::default();
        }
        let quantity = match case.symptom_kind() {
            Some(MetricKind::Latency) => Quantity::Time,
            Some(MetricKind::Errors | MetricKind::Availability) => Quantity::Failures,
            _ => return Ranking::default(),
        };
        let excesses = excesses(case, quantity);
        let largest =
            excesses.values().max_by(|a, b| a.sum.total_cmp(&b.sum)).filter(|largest| largest.sum > 0.0);
        let Some(largest) = largest else { return Ranking::default() };
        let flow = Flow { excesses: &excesses, callees: callees(&pairs) };
        let suspects = excesses.iter().filter_map(|(name, excess)| {
            let own = excess.sum - flow.passed_on(name).min(excess.sum);
            let suspect = Suspect::new(name.clone(), own / largest.sum).ok().filter(|_| own > 0.0)?;
            let metric = &case.metrics()[excess.column];
            let evidence = Evidence {
                localizer: "excess flow".into(),
                subject: Subject::Signal(metric.signal().clone()),
                observed: excess.observed,
                expected: Some(excess.expected),
                unit: metric.metric_unit(),
                since: case.stated(),
                weight: (own / largest.sum).clamp(0.0, 1.0),
            };
            let kind = if quantity == Quantity::Time { FaultKind::Slow } else { FaultKind::Errors };
            let suspect = suspect.with_metric(metric.signal().metric.clone());
            Some(suspect.with_evidence(vec![evidence]).with_kind(kind))
        });
        let ranking = Ranking::new(suspects.collect(), Vec::new());
        let first = ranking.first().and_then(|first| excesses.get(first.component()));
        let noise = first.map_or(0.0, |first| ERRORS * first.error / largest.sum);
        ranking.with_noise(noise)
    }
}

/// Excesses, and who calls whom.
struct Flow<'a> {
    excesses: &'a BTreeMap<Name, Excess>,
    callees: BTreeMap<&'a Name, Vec<&'a Name>>,
}

fn callees(pairs: &BTreeSet<(Name, Name)>) -> BTreeMap<&Name, Vec<&Name>> {
    let mut callees: BTreeMap<&Name, Vec<&Name>> = BTreeMap::new();
    pairs.iter().for_each(|(from, to)| callees.entry(from).or_default().push(to));
    callees
}

impl Flow<'_> {
    /// The excess of all callees of a component, those without an excess looked through.
    fn passed_on(&self, name: &Name) -> f64 {
        let mut seen: BTreeSet<&Name> = BTreeSet::from([name]);
        let mut open: Vec<&Name> = self.callees.get(name).into_iter().flatten().copied().collect();
        let mut sum = 0.0;
        while let Some(callee) = open.pop() {
            if !seen.insert(callee) {
                continue;
            }
            match self.excesses.get(callee) {
                Some(excess) => sum += excess.sum.max(0.0),
                None => open.extend(self.callees.get(callee).into_iter().flatten()),
            }
        }
        sum
    }
}

/// The excess of each component of which it is known.
fn excesses(case: &Case<'_>, quantity: Quantity) -> BTreeMap<Name, Excess> {
    let is_kind = |metric: &Metric<'_>| match quantity {
        Quantity::Time => metric.metric_kind() == MetricKind::Latency,
        Quantity::Failures => matches!(metric.metric_kind(), MetricKind::Availability | MetricKind::Errors),
    };
    let demand = by_name(case, |metric| metric.metric_kind() == MetricKind::Traffic);
    let Some((_, demand)) =
        demand.iter().max_by_key(|(name, columns)| (columns.len(), core::cmp::Reverse(*name)))
    else {
        return BTreeMap::new();
    };
    let mut levels = by_name(case, is_kind);
    levels.retain(|name, _| statistic(name).is_some());
    for columns in levels.values_mut() {
        columns.retain(|component, _| demand.contains_key(component));
    }
    let most = levels.values().map(BTreeMap::len).max().unwrap_or(0);
    let candidates = levels.iter().filter(|(_, columns)| !columns.is_empty() && 2 * columns.len() >= most);
    let best = candidates
        .min_by_key(|(name, columns)| (statistic(name), core::cmp::Reverse(columns.len()), name.to_owned()));
    let Some((_, levels)) = best else { return BTreeMap::new() };
    let rows = Rows::of(case);
    levels
        .iter()
        .filter_map(|(component, level)| {
            let excess = excess(case, *level, demand[component], &rows)?;
            Some((case.components()[*component].clone(), excess))
        })
        .collect()
}

/// The columns of some metrics by name and component. Components with several instances are left out: their
/// requests would have to be added up.
fn by_name<'a>(
    case: &'a Case<'_>,
    wanted: impl Fn(&Metric<'_>) -> bool,
) -> BTreeMap<&'a str, BTreeMap<usize, usize>> {
    let mut found: BTreeMap<&str, BTreeMap<usize, usize>> = BTreeMap::new();
    let mut several: BTreeSet<usize> = BTreeSet::new();
    for (column, metric) in case.metrics().iter().enumerate().filter(|(_, metric)| wanted(metric)) {
        let component = case.component_of(column);
        let columns = found.entry(metric.signal().metric.as_str()).or_default();
        if columns.insert(component, column).is_some() {
            several.insert(component);
        }
    }
    found.values_mut().for_each(|columns| columns.retain(|component, _| !several.contains(component)));
    found
}

/// The order in which statistics are asked: averages, medians, what says nothing; `None` for others.
fn statistic(name: &str) -> Option<u8> {
    let lower = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    match () {
        () if has(&["average", "avg", "mean"]) => Some(0),
        () if has(&["p50", "50th", "median", "_50"]) => Some(1),
        () if !lower.bytes().any(|byte| byte.is_ascii_digit()) && !has(&["max", "min"]) => Some(2),
        () => None,
    }
}

/// The rows that are compared.
struct Rows {
    before: Range<usize>,
    after: Range<usize>,
}

impl Rows {
    fn of(case: &Case<'_>) -> Self {
        let stated = case.stated_row();
        let doubt = case.rows_in_doubt(crate::metric_shift::MINUTES_LATE);
        Self { before: 0..stated - doubt, after: stated..case.rows() }
    }
}

fn excess(case: &Case<'_>, level: usize, demand: usize, rows: &Rows) -> Option<Excess> {
    let (metric, requests) = (&case.metrics()[level], &case.metrics()[demand]);
    let unit = match metric.metric_unit() {
        Unit::None => guess_unit(metric.signal().metric.as_str()),
        unit => (unit, 1.0),
    };
    // What is better when it is more, what is counted already, and what has to be multiplied by requests.
    let (sign, is_count) = match metric.metric_kind() {
        MetricKind::Availability => (-1.0, false),
        MetricKind::Errors => (1.0, unit.0 != Unit::Ratio),
        _ => (1.0, false),
    };
    let mut before: Vec<f64> = metric.iter(rows.before.clone()).filter_map(observed).collect();
    if before.len() < LEAST_BEFORE {
        return None;
    }
    let expected = median(&mut before);
    // A share may come as a percentage.
    let whole = if matches!(metric.metric_kind(), MetricKind::Availability) && expected > 1.5 {
        100.0
    } else {
        unit.1
    };
    let amounts = |rows: &Range<usize>| -> Vec<f64> {
        let amount = |(x, n): (f64, f64)| {
            let more = sign * (observed(x)? - expected) / whole;
            Some(if is_count { more } else { more * observed(n)? })
        };
        metric.iter(rows.clone()).zip(requests.iter(rows.clone())).filter_map(amount).collect()
    };
    let after = amounts(&rows.after);
    let mut usual = amounts(&rows.before);
    if after.is_empty() || usual.len() < LEAST_BEFORE {
        return None;
    }
    let observed_mean = mean(metric.iter(rows.after.clone()).filter_map(observed));
    Some(Excess {
        sum: after.iter().sum(),
        error: scale(&mut usual) * (after.len() as f64).sqrt(),
        column: level,
        observed: observed_mean,
        expected,
    })
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    sum / f64::max(count, 1.0)
}

fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}

/// The larger of IQR / 1.349 and half the standard deviation.
fn scale(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
    let n = values.len() as f64;
    let average = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|x| (x - average) * (x - average)).sum();
    ((at(0.75) - at(0.25)) / NORMAL_IQR).max(0.5 * (squares / (n - 1.0)).sqrt())
}
