//! Metrics of fault localization.

use crate::interval::{bootstrap, wilson};
use crate::result::Method;
use evenkeel_core::{Name, Signal};
use evenkeel_locate::{Calibration, Ranking};

/// The metrics, in the order in which a table shows them.
pub(super) const METRICS: [&str; 10] = [
    "ac1",
    "ac3",
    "ac5",
    "avg5",
    "metric_ac1",
    "calibration_error",
    "chance_at_1",
    "chance_at_5",
    "lift_at_1",
    "lift_at_5",
];

/// Places that count in `avg5`.
const PLACES: usize = 5;
/// Bins of the calibration error.
const BINS: usize = 5;

/// The outcome of one method on one case.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// The place of the true component, from 1, equal scores counting against it; `None` if it is not named.
    pub place: Option<usize>,
    /// The same of the true metric.
    pub metric_place: Option<usize>,
    /// How many components were named.
    pub candidates: usize,
    /// The component put first.
    pub first: Option<Name>,
    /// The probability of the first, for a method that gives one.
    pub probability: Option<f64>,
    /// The time it took, in seconds.
    pub seconds: f64,
}

impl Outcome {
    /// Scores a ranking by the true component and, where known, the true metric.
    #[must_use]
    pub fn new(
        ranking: &Ranking,
        component: &str,
        metric: Option<&Signal>,
        calibration: Option<&Calibration>,
        seconds: f64,
    ) -> Self {
        let suspects = ranking.suspects().iter();
        let metrics = ranking.metrics().iter();
        Self {
            place: place(suspects.map(|suspect| (suspect.component() == component, suspect.score()))),
            metric_place: metric
                .and_then(|metric| place(metrics.map(|(signal, score)| (signal == metric, *score)))),
            candidates: ranking.suspects().len(),
            first: ranking.first().map(|suspect| suspect.component().clone()),
            probability: calibration
                .and_then(|calibration| calibration.probabilities(ranking).first().copied()),
            seconds,
        }
    }

    fn is_within(&self, places: usize) -> bool {
        self.place.is_some_and(|place| place <= places)
    }

    /// How probable it is that a random order of those named has the true one within the first places, as
    /// RCAEval 1.8 counts it: min(k, n) / n of n named, 0 of none, whether or not the true one is among them.
    fn by_chance(&self, places: usize) -> f64 {
        if self.candidates == 0 { 0.0 } else { places.min(self.candidates) as f64 / self.candidates as f64 }
    }

    /// What this case adds to each metric that is a mean over cases.
    pub(super) fn scores(&self, with_metric: bool) -> Vec<(&'static str, f64)> {
        let share = |is_right: bool| f64::from(u8::from(is_right));
        let hits = (1..=PLACES).filter(|places| self.is_within(*places)).count();
        let mut scores = vec![
            ("ac1", share(self.is_within(1))),
            ("ac3", share(self.is_within(3))),
            ("ac5", share(self.is_within(5))),
            ("avg5", hits as f64 / PLACES as f64),
        ];
        if with_metric {
            scores.push(("metric_ac1", share(self.metric_place == Some(1))));
        }
        scores
    }
}

/// The place of the item that is true, after all others that score as high.
fn place(items: impl Iterator<Item = (bool, f64)> + Clone) -> Option<usize> {
    let (_, score) = items.clone().find(|(is_true, _)| *is_true)?;
    Some(1 + items.filter(|(is_true, other)| !is_true && *other >= score).count())
}

/// The scores of a method with their intervals. `with_metric` says whether the true metric of each case is
/// known.
pub(super) fn score(name: &str, outcomes: &[&Outcome], with_metric: bool) -> Method {
    let n = outcomes.len();
    let seconds = outcomes.iter().map(|outcome| outcome.seconds).sum::<f64>() / n.max(1) as f64;
    let mut method = Method::new(name, n, seconds);
    if n == 0 {
        return method;
    }
    let mut share = |key: &str, hits: usize| {
        method.record(key, hits as f64 / n as f64, wilson(hits, n));
    };
    let within = |places| outcomes.iter().filter(|outcome| outcome.is_within(places)).count();
    share("ac1", within(1));
    share("ac3", within(3));
    share("ac5", within(5));
    if with_metric {
        share("metric_ac1", outcomes.iter().filter(|outcome| outcome.metric_place == Some(1)).count());
    }
    let mut mean = |key: &str, statistic: &dyn Fn(&[usize]) -> f64| {
        let all: Vec<usize> = (0..n).collect();
        method.record(key, statistic(&all), bootstrap(n, statistic));
    };
    mean("avg5", &|cases| {
        let hits = |case: &usize| (1..=PLACES).filter(|places| outcomes[*case].is_within(*places)).count();
        cases.iter().map(hits).sum::<usize>() as f64 / (PLACES * cases.len()) as f64
    });
    let chance = |case: &usize, places: usize| outcomes[*case].by_chance(places);
    let average = |cases: &[usize], places: usize, share: &dyn Fn(&usize, usize) -> f64| {
        let of_case = |case: &usize| (1..=places).map(|k| share(case, k)).sum::<f64>() / places as f64;
        cases.iter().map(of_case).sum::<f64>() / cases.len() as f64
    };
    let hit = |case: &usize, places: usize| f64::from(u8::from(outcomes[*case].is_within(places)));
    for places in [1, PLACES] {
        mean(&format!("chance_at_{places}"), &|cases| {
            cases.iter().map(|case| chance(case, places)).sum::<f64>() / cases.len() as f64
        });
        mean(&format!("lift_at_{places}"), &|cases| {
            average(cases, places, &hit) - average(cases, places, &chance)
        });
    }
    if outcomes.iter().any(|outcome| outcome.probability.is_some()) {
        mean("calibration_error", &|cases| calibration_error(cases.iter().map(|case| outcomes[*case])));
    }
    method
}

/// The scores of guessing: the mean over cases of what a random order of the components, and of the metrics,
/// would. It has no sampling error of its own.
pub(super) fn chance(sizes: &[(usize, usize)], with_metric: bool) -> Method {
    let mean = |value: &dyn Fn(usize, usize) -> f64| {
        sizes.iter().map(|(components, metrics)| value(*components, *metrics)).sum::<f64>()
            / sizes.len().max(1) as f64
    };
    let within = |components: usize, places: usize| places.min(components) as f64 / components.max(1) as f64;
    let mut method = Method::new("chance", sizes.len(), 0.0);
    let mut record = |key, score: f64| method.record(key, score, [score, score]);
    record("ac1", mean(&|components, _| within(components, 1)));
    record("ac3", mean(&|components, _| within(components, 3)));
    record("ac5", mean(&|components, _| within(components, 5)));
    let all = |components: usize| (1..=PLACES).map(|k| within(components, k)).sum::<f64>() / PLACES as f64;
    record("avg5", mean(&|components, _| all(components)));
    if with_metric {
        record("metric_ac1", mean(&|_, metrics| within(metrics, 1)));
    }
    method
}

/// The expected calibration error: over five bins of equal count by the probability that the first was said
/// to have, the absolute difference between its mean and the share of cases where the first was right,
/// weighted by the cases in the bin. A first that shares its score with others is wrong. Cases without a
/// probability are left out; NaN if there is none with. M. P. Naeini, G. F. Cooper, M. Hauskrecht, AAAI 2015,
/// doi:10.1609/aaai.v29i1.9602; of equal count, so that few cases fill all bins.
fn calibration_error<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> f64 {
    let said = |outcome: &Outcome| Some((outcome.probability?, outcome.is_within(1)));
    let mut said: Vec<(f64, bool)> = outcomes.filter_map(said).collect();
    // Of equal probabilities the wrong ones first, so that the order of cases makes no difference.
    said.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let n = said.len();
    let excess = |bin: &[(f64, bool)]| {
        bin.iter()
            .map(|(probability, is_right)| probability - f64::from(u8::from(*is_right)))
            .sum::<f64>()
            .abs()
    };
    (0..BINS).map(|bin| excess(&said[bin * n / BINS..(bin + 1) * n / BINS])).sum::<f64>() / n as f64
}
