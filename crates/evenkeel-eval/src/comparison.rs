//! Comparison of two results, case by case.

use crate::suggestion::unknown;
use crate::{CaseResult, Failure, TaskResult, interval};
use serde::Serialize;
use std::collections::BTreeMap;

/// How two methods compare by one metric, on the cases that both scored.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MetricComparison {
    /// The name of the metric.
    #[serde(skip)]
    pub metric: String,
    /// On how many cases both have it.
    pub n: usize,
    /// The mean over these cases in the first result.
    pub a: f64,
    /// That in the second.
    pub b: f64,
    /// The second less the first.
    pub difference: f64,
    /// Its 95 % interval: a bootstrap over the pairs with a fixed seed. `None` of a single pair.
    pub ci95: Option<[f64; 2]>,
    /// Whether less is better.
    pub lower_is_better: bool,
    /// In how many cases the second is better. Of a coverage, better is nearer to what was promised.
    pub better: usize,
    /// In how many cases the second is worse.
    pub worse: usize,
    /// In how many cases both are exactly as good.
    pub equal: usize,
}

/// Two methods, case by case: see [`compare`].
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The name of the task.
    pub task: String,
    /// The method in the first result.
    pub method_a: String,
    /// The method in the second.
    pub method_b: String,
    /// How many cases both methods answered.
    pub paired: usize,
    /// The metrics, in the order of the task.
    #[serde(serialize_with = "by_name")]
    pub metrics: Vec<MetricComparison>,
    /// Metrics that both have, but not of single cases, so that they cannot be paired.
    pub not_paired: Vec<String>,
    /// Cases that only the first method answered.
    pub only_in_a: Vec<String>,
    /// Cases that only the second did.
    pub only_in_b: Vec<String>,
}

/// Metrics in which less is better.
const LOWER: [&str; 7] =
    ["smape", "mase", "owa", "msis95", "wql", "false_alarms_per_day", "calibration_error"];
/// The same, of all cases and of groups of them: `delay`, `delay_step1`.
const LOWER_GROUPS: [&str; 3] = ["alarms_drawn", "alarms_real", "delay"];
/// A metric that is best at a target value: the share of values in intervals of 95 %.
const COVERAGE: (&str, f64) = ("coverage95", 0.95);

/// Pairs what a method scored in one result with what another, or the same, scored in another, or the same,
/// case by case.
///
/// Cases differ far more from each other than methods do, so the intervals of two scores can overlap although
/// one method is better in nearly every case. Look at the interval of the paired difference instead: if 0 is
/// outside, the choice of cases does not explain the difference. Each metric is the mean over the paired
/// cases of [`CaseResult::score`]; a case that has none in either result is left out of that metric. The
/// order of cases does not matter. With fewer than about 20 pairs the interval is somewhat too short, as
/// every percentile bootstrap is.
///
/// ```
/// use evenkeel_eval::{TaskResult, compare};
///
/// # let text = |scores: [f64; 3]| {
/// #     let case = |i: usize| format!(r#"{{"case": "{i}", "methods": {{"mine": {{"f1": {}}}}}}}"#, scores[i]);
/// #     let cases = [case(0), case(1), case(2)].join(",");
/// #     format!(r#"{{"task": "tcpd", "cases": 3, "skipped": [], "per_case": [{cases}],
/// #         "methods": {{"mine": {{"scores": {{"f1": 0.5}}, "n": 3}}}}}}"#)
/// # };
/// # let (before, after) = (text([0.2, 0.5, 0.9]), text([0.3, 0.6, 0.9]));
/// let before = TaskResult::from_json(&before)?; // or TaskResult::read("before.json")
/// let after = TaskResult::from_json(&after)?;
/// let comparison = compare(&before, "mine", &after, "mine")?;
/// let f1 = comparison.metric("f1").unwrap();
/// assert!((f1.difference - 0.2 / 3.0).abs() < 1e-12);
/// assert_eq!((f1.better, f1.worse, f1.equal), (2, 0, 1));
/// # Ok::<(), evenkeel_eval::Failure>(())
/// ```
///
/// # Errors
/// If the results are of different tasks, a method is not in its result, a case comes twice in one, or no
/// case is in both.
pub fn compare(
    a: &TaskResult,
    method_a: &str,
    b: &TaskResult,
    method_b: &str,
) -> Result<Comparison, Failure> {
    if a.task != b.task {
        return Err(Failure::new(format!("one result is of {}, the other of {}", a.task, b.task)));
    }
    let (of_a, of_b) = (answered(a, method_a)?, answered(b, method_b)?);
    // Maps are in the order of names, so that pairs do not depend on the order of cases.
    let pairs: Vec<(&CaseResult, &CaseResult)> =
        of_a.iter().filter_map(|(name, case)| Some((*case, *of_b.get(name)?))).collect();
    if pairs.is_empty() {
        return Err(Failure::new(format!("no case has both {method_a} in A and {method_b} in B")));
    }
    let only = |own: &BTreeMap<&str, &CaseResult>, other: &BTreeMap<&str, &CaseResult>| {
        own.keys().filter(|name| !other.contains_key(*name)).map(|name| (*name).to_owned()).collect()
    };
    let mut comparison = Comparison {
        task: a.task.clone(),
        method_a: method_a.to_owned(),
        method_b: method_b.to_owned(),
        paired: pairs.len(),
        metrics: Vec::new(),
        not_paired: Vec::new(),
        only_in_a: only(&of_a, &of_b),
        only_in_b: only(&of_b, &of_a),
    };
    let has = |result: &TaskResult, method: &str, metric: &str| {
        result.method(method).is_some_and(|method| method.scores.contains_key(metric))
    };
    for metric in a.metrics() {
        if !has(a, method_a, metric) || !has(b, method_b, metric) {
            continue;
        }
        let scores: Vec<(f64, f64)> = pairs
            .iter()
            .filter_map(|(a, b)| Some((a.score(method_a, metric)?, b.score(method_b, metric)?)))
            .collect();
        if scores.is_empty() {
            comparison.not_paired.push(metric.to_owned());
        } else {
            comparison.metrics.push(by_metric(metric, &scores));
        }
    }
    Ok(comparison)
}

/// The cases that a method answered, by name.
fn answered<'a>(result: &'a TaskResult, method: &str) -> Result<BTreeMap<&'a str, &'a CaseResult>, Failure> {
    if result.method(method).is_none() {
        return Err(unknown("method", method, result.methods.iter().map(|method| method.name.as_str())));
    }
    let mut cases = BTreeMap::new();
    for case in result.per_case.iter().filter(|case| case.methods.contains_key(method)) {
        if cases.insert(case.case.as_str(), case).is_some() {
            return Err(Failure::new(format!("the case {} comes twice in one result", case.case)));
        }
    }
    Ok(cases)
}

fn by_metric(metric: &str, scores: &[(f64, f64)]) -> MetricComparison {
    let n = scores.len();
    let mean = |what: &dyn Fn(&(f64, f64)) -> f64| scores.iter().map(what).sum::<f64>() / n as f64;
    let is_of =
        |group: &str| metric.strip_prefix(group).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
    let lower_is_better = LOWER.contains(&metric) || LOWER_GROUPS.into_iter().any(is_of);
    // How good a score is.
    let quality = |score: f64| match metric {
        _ if metric == COVERAGE.0 => -(score - COVERAGE.1).abs(),
        _ if lower_is_better => -score,
        _ => score,
    };
    let count = |holds: &dyn Fn(f64, f64) -> bool| {
        scores.iter().filter(|(a, b)| holds(quality(*a), quality(*b))).count()
    };
    let resampled =
        |drawn: &[usize]| drawn.iter().map(|i| scores[*i].1 - scores[*i].0).sum::<f64>() / drawn.len() as f64;
    MetricComparison {
        metric: metric.to_owned(),
        n,
        a: mean(&|(a, _)| *a),
        b: mean(&|(_, b)| *b),
        difference: mean(&|(a, b)| b - a),
        // All resamples of one pair are that pair, which would look like certainty.
        ci95: (n > 1).then(|| interval::bootstrap(n, resampled)),
        lower_is_better,
        better: count(&|a, b| b > a),
        worse: count(&|a, b| b < a),
        equal: count(&|a, b| a == b),
    }
}

impl Comparison {
    /// The comparison by one metric.
    #[must_use]
    pub fn metric(&self, name: &str) -> Option<&MetricComparison> {
        self.metrics.iter().find(|metric| metric.metric == name)
    }

    /// As one JSON object, and the end of the line.
    #[must_use]
    pub fn json(&self) -> String {
        // Maps with text for keys, numbers and texts: nothing in it can fail to be written.
        let text = serde_json::to_string(self).unwrap_or_default();
        format!("{text}\n")
    }

    /// As a table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let Self { task, method_a, method_b, paired, .. } = self;
        let mut text = format!("{task}: {method_a} in A, {method_b} in B, {paired} cases in both\n\n");
        let widest = self.metrics.iter().map(|metric| metric.metric.len()).max().unwrap_or(0).max(6);
        text.push_str(&format!(
            "{:widest$}     n         A         B     B - A  {:<22}  better  worse  equal\n",
            "metric", "95 % interval"
        ));
        for m in &self.metrics {
            let interval = m.ci95.map_or("-".into(), |[low, high]| format!("[{low:+.4}, {high:+.4}]"));
            text.push_str(&format!(
                "{:widest$}  {:>4}  {:>8.4}  {:>8.4}  {:>+8.4}  {interval:<22}  {:>6}  {:>5}  {:>5}\n",
                m.metric, m.n, m.a, m.b, m.difference, m.better, m.worse, m.equal
            ));
        }
        text.push_str("\nMeans over the cases in both. Better, worse: cases in which B is");
        let lower: Vec<&str> =
            self.metrics.iter().filter(|m| m.lower_is_better).map(|m| m.metric.as_str()).collect();
        if !lower.is_empty() {
            text.push_str(&format!("; less is better of {}", lower.join(", ")));
        }
        text.push_str(".\n");
        if !self.not_paired.is_empty() {
            text.push_str(&format!("Not of single cases: {}.\n", self.not_paired.join(", ")));
        }
        for (which, cases) in [("A", &self.only_in_a), ("B", &self.only_in_b)] {
            if !cases.is_empty() {
                text.push_str(&format!("Only in {which}: {}\n", cases.join(", ")));
            }
        }
        text
    }
}

fn by_name<S: serde::Serializer>(metrics: &[MetricComparison], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(metrics.iter().map(|metric| (&metric.metric, metric)))
}
