//! From the labels of many metrics to one verdict.

use super::metric_judge::Label;
use alloc::vec::Vec;
use evenkeel_core::{Error, Name};

/// One metric, its group and what was found of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LabeledMetric {
    /// The group it counts in: latency, errors, saturation.
    pub group: Name,
    /// What was found.
    pub label: Label,
    /// Whether the canary fails if this metric does not pass, whatever the score.
    pub critical: bool,
}

impl LabeledMetric {
    /// A metric that is not critical.
    #[must_use]
    pub fn new(group: impl Into<Name>, label: Label) -> Self {
        Self { group: group.into(), label, critical: false }
    }

    /// A metric without which the canary does not pass.
    #[must_use]
    pub fn critical(group: impl Into<Name>, label: Label) -> Self {
        Self { group: group.into(), label, critical: true }
    }
}

/// What to do with a canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Verdict {
    /// All that was to be compared was compared, and the score is high enough.
    Pass,
    /// There is too little to go by, or the score is in between: go on, or let a person decide.
    Inconclusive,
    /// It is worse than the control, or a critical metric did not pass.
    Fail,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Verdict);

/// The scores of a canary.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct CanaryScore {
    /// The groups in the order of their names, each with the percentage of its metrics that passed, of those
    /// that had data; none where none had.
    pub groups: Vec<(Name, Option<f64>)>,
    /// The weighted sum of the groups from 0 to 100, rounded to two places, as Kayenta computes it: a group
    /// without data counts as 100. None without metrics. Not what decides: see `verdict`.
    pub summary: Option<f64>,
    /// The percentage of metrics without data. 100 without metrics.
    pub no_data_percent: f64,
    /// Whether that is at least half of them, for which Kayenta fails a canary.
    pub fails_for_no_data: bool,
    /// The verdict.
    pub verdict: Verdict,
}

/// Scores the labels of many metrics, and gives a verdict.
///
/// A group scores the percentage of its metrics that passed; the summary is the sum of group scores times
/// weights. Weights are percentages; what is left of 100 is shared evenly by the groups without one. Source:
/// the documented behavior of Kayenta's judge (Spinnaker), as the reference values of this project state it.
///
/// *The verdict differs from Kayenta's*, where a canary passes by metrics that said nothing (as in Argo
/// Rollouts 4393 and 3850, Flagger 1011 and 1801):
///
/// - no metrics, or at least half of them without data: [`Verdict::Fail`] for a critical one, else
///   [`Verdict::Inconclusive`];
/// - any metric without data: at best [`Verdict::Inconclusive`];
/// - a critical metric that is high or low: [`Verdict::Fail`];
/// - a score over the groups with data below `marginal`: [`Verdict::Fail`]; below `pass`:
///   [`Verdict::Inconclusive`].
///
/// ```
/// use evenkeel_experience::canary::{CanaryScorer, Label, LabeledMetric, Verdict};
///
/// let scorer = CanaryScorer::new([("latency", 60.0), ("errors", 40.0)])?;
/// let score = scorer.score(&[
///     LabeledMetric::new("latency", Label::Pass),
///     LabeledMetric::new("latency", Label::High),
///     LabeledMetric::new("errors", Label::Pass),
/// ]);
/// assert_eq!((score.summary, score.verdict), (Some(70.0), Verdict::Fail));
/// // Nothing said anything.
/// assert_ne!(scorer.score(&[LabeledMetric::new("errors", Label::NoData)]).verdict, Verdict::Pass);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct CanaryScorer {
    weights: Vec<(Name, f64)>,
    pass: f64,
    marginal: f64,
}

impl CanaryScorer {
    /// With weights of groups in percent, a pass from 95 on and a failure below 75.
    ///
    /// # Errors
    /// If a weight is not in [0, 100], they sum to more than 100, or a group has two.
    pub fn new<N: Into<Name>>(weights: impl IntoIterator<Item = (N, f64)>) -> Result<Self, Error> {
        let mut weights: Vec<(Name, f64)> =
            weights.into_iter().map(|(name, weight)| (name.into(), weight)).collect();
        weights.sort_by(|a, b| a.0.cmp(&b.0));
        if let Some((_, wrong)) = weights.iter().find(|(_, weight)| !(0.0..=100.0).contains(weight)) {
            return Err(Error::parameter("weights", "each in [0, 100]", wrong));
        }
        let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
        Error::require(sum <= 100.0 + 1e-9, "weights", "summing to at most 100", sum)?;
        if let Some(twice) = weights.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::parameter("weights", "one for each group", &twice[0].0));
        }
        Ok(Self { weights, pass: 95.0, marginal: 75.0 })
    }

    /// From which score on a canary passes, and below which it fails.
    ///
    /// # Errors
    /// Unless `0 <= marginal <= pass <= 100`.
    pub fn thresholds(mut self, pass: f64, marginal: f64) -> Result<Self, Error> {
        Error::require((0.0..=100.0).contains(&pass), "pass", "in [0, 100]", pass)?;
        Error::require((0.0..=pass).contains(&marginal), "marginal", "in [0, pass]", marginal)?;
        (self.pass, self.marginal) = (pass, marginal);
        Ok(self)
    }

    /// The scores and the verdict.
    pub fn score(&self, metrics: &[LabeledMetric]) -> CanaryScore {
        let mut names: Vec<Name> = metrics.iter().map(|metric| metric.group.clone()).collect();
        names.sort_unstable();
        names.dedup();
        let groups: Vec<(Name, Option<f64>)> = names
            .into_iter()
            .map(|name| {
                let labels = metrics.iter().filter(|metric| metric.group == name).map(|metric| metric.label);
                let (passed, judged) = labels.fold((0.0, 0.0), |(passed, judged), label| match label {
                    Label::Pass => (passed + 1.0, judged + 1.0),
                    Label::High | Label::Low => (passed, judged + 1.0),
                    Label::NoData => (passed, judged),
                });
                (name, (judged > 0.0).then(|| passed / judged * 100.0))
            })
            .collect();
        let silent = metrics.iter().filter(|metric| metric.label == Label::NoData).count();
        let no_data_percent =
            if metrics.is_empty() { 100.0 } else { silent as f64 / metrics.len() as f64 * 100.0 };
        let weights = self.weights_of(&groups);
        let sum = |of: &dyn Fn(Option<f64>, f64) -> f64| -> f64 {
            groups.iter().zip(&weights).map(|((_, score), weight)| of(*score, *weight)).sum()
        };
        let summary = (!groups.is_empty()).then(|| {
            let summary = sum(&|score, weight| score.unwrap_or(100.0) * weight / 100.0);
            libm::round(summary * 100.0) / 100.0
        });
        let judged_weight = sum(&|score, weight| if score.is_some() { weight } else { 0.0 });
        let judged = sum(&|score, weight| score.unwrap_or(0.0) * weight) / judged_weight;
        let verdict = self.verdict(metrics, judged, silent);
        let fails_for_no_data = no_data_percent >= 50.0;
        CanaryScore { groups, summary, no_data_percent, fails_for_no_data, verdict }
    }

    /// The weight of each group in percent.
    fn weights_of(&self, groups: &[(Name, Option<f64>)]) -> Vec<f64> {
        let given =
            |name: &Name| self.weights.iter().find(|(group, _)| group == name).map(|(_, weight)| *weight);
        let sum: f64 = self.weights.iter().map(|(_, weight)| weight).sum();
        let without = groups.iter().filter(|(name, _)| given(name).is_none()).count();
        groups
            .iter()
            .map(|(name, _)| given(name).unwrap_or((100.0 - sum).max(0.0) / without as f64))
            .collect()
    }

    /// `judged` is the score over the groups with data, NaN if they have no weight.
    fn verdict(&self, metrics: &[LabeledMetric], judged: f64, silent: usize) -> Verdict {
        let worse = |label: Label| matches!(label, Label::High | Label::Low);
        let mostly_silent = 2 * silent >= metrics.len();
        let fails = |metric: &LabeledMetric| {
            metric.critical && (worse(metric.label) || (mostly_silent && metric.label == Label::NoData))
        };
        if metrics.iter().any(fails) || judged < self.marginal {
            return Verdict::Fail;
        }
        let sure = !metrics.is_empty() && silent == 0 && judged >= self.pass;
        if sure { Verdict::Pass } else { Verdict::Inconclusive }
    }
}
