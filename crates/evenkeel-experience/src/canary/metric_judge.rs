//! The judgement of one metric.

use crate::experiment::MannWhitney;
use crate::experiment::moments::{mean, require_confidence};
use alloc::vec::Vec;
use evenkeel_core::{Error, observed};
use evenkeel_stats::sequential::Interval;

/// Which deviations of a canary are bad.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum BadDirection {
    /// Higher values: latency, errors.
    Increase,
    /// Lower values: throughput, availability.
    Decrease,
    /// Both.
    Either,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(BadDirection);

impl BadDirection {
    pub(crate) fn is_up(self) -> bool {
        self != Self::Decrease
    }

    pub(crate) fn is_down(self) -> bool {
        self != Self::Increase
    }
}

/// What was found of one metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Label {
    /// Not worse than the control.
    Pass,
    /// Higher, where that is bad.
    High,
    /// Lower, where that is bad.
    Low,
    /// There is nothing, or too little, to compare. Never a pass.
    NoData,
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Label);

/// A label, and the numbers it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct MetricJudgement {
    /// What was found.
    pub label: Label,
    /// Limits for the shift of the canary against the control.
    pub shift: Option<Interval>,
    /// The Hodges-Lehmann estimate of the shift.
    pub estimate: Option<f64>,
    /// How far the limits have to be from 0.
    pub critical: Option<f64>,
    /// The mean of the canary over that of the control.
    pub mean_ratio: Option<f64>,
}

impl MetricJudgement {
    /// Nothing could be compared: what an error or an empty answer of a source means.
    pub const NO_DATA: Self =
        Self { label: Label::NoData, shift: None, estimate: None, critical: None, mean_ratio: None };
}

/// Judges one metric of a canary against the same metric of its control, as Kayenta's judge does.
///
/// The canary is high if the Mann-Whitney limits of the shift lie above `tolerance` times the size of the
/// Hodges-Lehmann estimate, and the ratio of the means above the effect threshold; low likewise below. A small
/// but sure shift is high too, unless the effect threshold says what size matters: by default any. Source: the
/// documented behavior of Kayenta's `MannWhitneyClassifier` (Spinnaker), with the median of all pairwise
/// differences for the estimate; the test is [`MannWhitney`].
///
/// *Missing data.* Missing values are left out. With fewer than `least` left in either sample the label is
/// [`Label::NoData`]: an empty answer is no pass.
///
/// | parameter | range | default | why |
/// | --- | --- | --- | --- |
/// | `direction` | | increase | |
/// | `tolerance` | [0, 1] | 0.25 | Kayenta's |
/// | `confidence` | (0, 1) | 0.98 | Kayenta's |
/// | `effect` | at least 1 | 1 | how many times as high (or, inverted, as low) the mean has to be |
/// | `least` | 1 to 10^6 values | 5 | with fewer no shift is ever sure |
///
/// ```
/// use evenkeel_experience::canary::{Label, MetricJudge};
///
/// let judge = MetricJudge::default();
/// let control: Vec<f64> = (0..30).map(|i| 20.0 + f64::from(i % 7)).collect();
/// let canary: Vec<f64> = control.iter().map(|x| 2.0 * x).collect();
/// assert_eq!(judge.judge(&canary, &control)?.label, Label::High);
/// assert_eq!(judge.judge(&control, &control)?.label, Label::Pass);
/// assert_eq!(judge.judge(&[], &control)?.label, Label::NoData);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct MetricJudge {
    direction: BadDirection,
    tolerance: f64,
    confidence: f64,
    effect: f64,
    least: usize,
}

impl Default for MetricJudge {
    fn default() -> Self {
        Self { direction: BadDirection::Increase, tolerance: 0.25, confidence: 0.98, effect: 1.0, least: 5 }
    }
}

impl MetricJudge {
    /// Which deviations are bad.
    pub fn direction(mut self, direction: BadDirection) -> Self {
        self.direction = direction;
        self
    }

    /// How far the limits have to be from 0, as a share of the estimate.
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// How sure the limits are.
    pub fn confidence(mut self, confidence: f64) -> Self {
        self.confidence = confidence;
        self
    }

    /// How many times as high, or as low, the mean has to be.
    pub fn effect(mut self, ratio: f64) -> Self {
        self.effect = ratio;
        self
    }

    /// With how many values in each sample there is something to compare.
    pub fn least(mut self, values: usize) -> Self {
        self.least = values;
        self
    }

    fn validate(&self) -> Result<(), Error> {
        Error::require((0.0..=1.0).contains(&self.tolerance), "tolerance", "in [0, 1]", self.tolerance)?;
        require_confidence(self.confidence)?;
        let effect = self.effect >= 1.0 && self.effect.is_finite();
        Error::require(effect, "effect", "finite and at least 1", self.effect)?;
        Error::require((1..=1_000_000).contains(&self.least), "least", "from 1 to 10^6", self.least)
    }

    /// Compares a canary with its control.
    ///
    /// # Errors
    /// If a setting is outside of its range; never because of the data.
    pub fn judge(&self, canary: &[f64], control: &[f64]) -> Result<MetricJudgement, Error> {
        self.validate()?;
        let present = |x: &[f64]| -> Vec<f64> { x.iter().copied().filter_map(observed).collect() };
        let (canary, control) = (present(canary), present(control));
        if canary.len() < self.least || control.len() < self.least {
            return Ok(MetricJudgement::NO_DATA);
        }
        let test = MannWhitney::new(&canary, &control)?;
        let shift = test.shift_interval(self.confidence)?;
        let estimate = test.shift();
        let critical = self.tolerance * estimate.abs();
        let (high, low) = (mean(canary.iter().copied()), mean(control.iter().copied()));
        let ratio = if high == low { 1.0 } else { high / low };
        // By the sign of the shift where a ratio of the means says nothing: of values around or below 0, and
        // where the control is all 0.
        let says = ratio.is_finite() && low > 0.0;
        let label = if self.direction.is_up() && shift.lower() > critical && (!says || ratio >= self.effect) {
            Label::High
        } else if self.direction.is_down()
            && shift.upper() < -critical
            && (!says || ratio <= 1.0 / self.effect)
        {
            Label::Low
        } else {
            Label::Pass
        };
        Ok(MetricJudgement {
            label,
            shift: Some(shift),
            estimate: Some(estimate),
            critical: Some(critical),
            mean_ratio: ratio.is_finite().then_some(ratio),
        })
    }
}
