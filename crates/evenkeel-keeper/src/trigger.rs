//! When users begin to suffer.

use core::time::Duration;
use evenkeel_core::{At, Error, Timestamp};

/// Notices, by sequential evidence, that the share of bad requests has risen above an objective.
///
/// *Method*: the likelihood ratio of a share `alternative` against the objective is multiplied up request by request and never
/// falls below 1: an e-detector (Shin, Ramdas, Rinaldo 2023, doi:10.51387/23-NEJSDS51; for this pair of shares it is the chart of Page 1954). As
/// long as the true share stays at or below the objective, whatever else it does, it takes at least 1 / `alpha` requests on average
/// until a false alarm.
///
/// *Cost*: O(1). *State*: 6 numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Trigger {
    /// What one good and one bad request add to the evidence.
    good: f64,
    bad: f64,
    threshold: f64,
    /// Natural logarithm of the e-value, at least 0.
    evidence: f64,
    /// Since when the evidence is above 0.
    since: Option<Timestamp>,
}

impl Trigger {
    pub(crate) fn new(objective: f64, alternative: f64, alpha: f64) -> Result<Self, Error> {
        Error::require(objective > 0.0 && objective < 1.0, "objective", "in (0, 1)", objective)?;
        Error::require(
            alternative > objective && alternative < 1.0,
            "alternative",
            "in (objective, 1)",
            alternative,
        )?;
        Error::require(alpha > 0.0 && alpha < 1.0, "alpha", "in (0, 1)", alpha)?;
        Ok(Self {
            good: libm::log((1.0 - alternative) / (1.0 - objective)),
            bad: libm::log(alternative / objective),
            threshold: -libm::log(alpha),
            evidence: 0.0,
            since: None,
        })
    }

    /// Takes requests that ended; gives since when users suffer, if the evidence says so.
    pub(crate) fn update(&mut self, At { time, value: (good, bad) }: At<(u64, u64)>) -> Option<Timestamp> {
        let gain = good as f64 * self.good + bad as f64 * self.bad;
        let since = *self.since.get_or_insert(time);
        // More than enough is not needed, and would take long to be used up when users are fine again.
        self.evidence = (self.evidence + gain).min(self.threshold);
        if self.evidence <= 0.0 {
            self.evidence = 0.0;
            self.since = None;
        }
        (self.evidence >= self.threshold).then_some(since)
    }

    /// Whether nothing speaks for suffering.
    pub(crate) fn is_calm(&self) -> bool {
        self.since.is_none()
    }

    /// Natural logarithm of the e-value, and the value of it that triggers.
    pub(crate) fn evidence(&self) -> (f64, f64) {
        (self.evidence, self.threshold)
    }

    /// The clock was set back: the evidence is as old as it was, and not of the future.
    pub(crate) fn set_back(&mut self, by: Duration, now: Timestamp) {
        self.since = self.since.map(|since| (since - by).min(now));
    }

    pub(crate) fn reset(&mut self) {
        self.evidence = 0.0;
        self.since = None;
    }
}
