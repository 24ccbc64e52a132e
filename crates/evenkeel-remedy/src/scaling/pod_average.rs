//! The rule of the Kubernetes horizontal pod autoscaler.

use crate::scaling::scaling_rule::{ScalingRule, replicas_for};
use evenkeel_core::{Error, Timestamp, observed};

/// What is known of a component's pods.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pods {
    /// How many ready pods have a value.
    pub measured: u32,
    /// The sum of their values, in the unit of the target.
    pub total: f64,
    /// How many pods have no value, though they should.
    pub missing: u32,
    /// How many pods are not ready yet; what they report does not count.
    pub unready: u32,
}

impl Pods {
    /// From the values of the ready pods; one that is not [`observed`] is missing.
    #[must_use]
    pub fn new(values: &[f64], missing: u32, unready: u32) -> Self {
        let (mut measured, mut total, mut absent) = (0_u32, 0.0, missing);
        for value in values {
            match observed(*value) {
                Some(value) => {
                    measured = measured.saturating_add(1);
                    total += value;
                }
                None => absent = absent.saturating_add(1),
            }
        }
        Self { measured, total, missing: absent, unready }
    }
}

/// How much pods are used, relative to the target.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// The average of the measured pods over the target.
    pub measured: f64,
    /// The same, with pods that are missing or not ready filled in.
    pub corrected: f64,
    /// How many replicas that calls for.
    pub replicas: u32,
}

evenkeel_core::state! {
    /// As many pods as bring the average of a value to a target: the rule of the Kubernetes horizontal pod
    /// autoscaler.
    ///
    /// *When*: a value of each pod falls as pods are added (utilization, requests in flight). *Not when* it
    /// does not, as latency.
    ///
    /// *Method*: with the ratio of the average of the measured pods to the target, it wants `ceil(ratio *
    /// pods)`, and leaves the size as it is where the ratio is within the tolerance of 1. Pods whose value is
    /// missing count as exactly on target where the ratio asks for fewer and as idle where it asks for more;
    /// pods that are not ready count as idle where it asks for more. If the ratio of all of them is then
    /// within the tolerance, or on the other side of 1, or the size would move against it, nothing changes.
    /// Source: the documentation of Kubernetes, "Horizontal Pod Autoscaling", algorithm details.
    ///
    /// *Parameters*: target above 0; tolerance in [0, 1), default 0.1, as in Kubernetes.
    ///
    /// *Deviation*: averages are taken in floats, not in whole thousandths.
    ///
    /// *Missing data*: without a single measured pod there is no opinion. A total that is not
    /// [`observed`], or negative, is missing. O(1).
    ///
    /// ```
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_remedy::scaling::{PodAverage, Pods, ScalingRule};
    ///
    /// let mut rule = PodAverage::new(50.0)?;
    /// let now = Timestamp::EPOCH;
    /// assert_eq!(rule.recommend(now, 3, &Pods::new(&[90.0, 80.0, 70.0], 0, 0)), Some(5));
    /// // Of four pods one does not answer: perhaps it is idle.
    /// assert_eq!(rule.recommend(now, 4, &Pods::new(&[70.0, 70.0, 60.0], 1, 0)), Some(4));
    /// assert_eq!(rule.recommend(now, 4, &Pods::new(&[], 4, 0)), None);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct PodAverage("PodAverage@1") {
        target: f64,
        tolerance: f64,
    }
}

impl PodAverage {
    /// With this target of the average value, and a tolerance of 0.1.
    ///
    /// # Errors
    /// If the target is not in [1e-9, 1e100].
    pub fn new(target: f64) -> Result<Self, Error> {
        let rule = Self { target, tolerance: 0.1 };
        rule.validate()?;
        Ok(rule)
    }

    /// By how much of the target the average may be off before anything is done about it.
    ///
    /// # Errors
    /// If it is not in [0, 1).
    pub fn tolerance(mut self, share: f64) -> Result<Self, Error> {
        self.tolerance = share;
        self.validate()?;
        Ok(self)
    }

    fn validate(&self) -> Result<(), Error> {
        let target = (1e-9..=1e100).contains(&self.target);
        Error::require(target, "target", "in [1e-9, 1e100]", self.target)?;
        let tolerance = self.tolerance >= 0.0 && self.tolerance < 1.0;
        Error::require(tolerance, "tolerance", "in [0, 1)", self.tolerance)
    }

    fn is_near(&self, ratio: f64) -> bool {
        (1.0 - ratio).abs() <= self.tolerance
    }

    /// How much the pods are used and what that calls for, given that there are `replicas` now. `None` where
    /// nothing was measured.
    #[must_use]
    pub fn usage(&self, replicas: u32, pods: &Pods) -> Option<Usage> {
        let total = observed(pods.total).filter(|total| *total >= 0.0 && pods.measured > 0)?;
        let measured = f64::from(pods.measured);
        let ratio = total / measured / self.target;
        let unchanged = |corrected| Some(Usage { measured: ratio, corrected, replicas });
        let idle_unready = pods.unready > 0 && ratio > 1.0;
        if !idle_unready && pods.missing == 0 {
            if self.is_near(ratio) {
                return unchanged(ratio);
            }
            let replicas = replicas_for(ratio * measured)?;
            return Some(Usage { measured: ratio, corrected: ratio, replicas });
        }
        // Exactly on target nobody knows to which side the missing ones would move it.
        if ratio == 1.0 {
            return unchanged(ratio);
        }
        let missing = f64::from(pods.missing);
        let filled = if ratio < 1.0 { missing * self.target } else { 0.0 };
        let unready = if idle_unready { f64::from(pods.unready) } else { 0.0 };
        let all = measured + missing + unready;
        let corrected = (total + filled) / all / self.target;
        let turned = (ratio < 1.0 && corrected > 1.0) || (ratio > 1.0 && corrected < 1.0);
        if self.is_near(corrected) || turned {
            return unchanged(corrected);
        }
        let wanted = replicas_for(corrected * all)?;
        if (corrected < 1.0 && wanted > replicas) || (corrected > 1.0 && wanted < replicas) {
            return unchanged(corrected);
        }
        Some(Usage { measured: ratio, corrected, replicas: wanted })
    }
}

impl ScalingRule for PodAverage {
    type Reading = Pods;

    fn recommend(&mut self, _now: Timestamp, replicas: u32, pods: &Pods) -> Option<u32> {
        Some(self.usage(replicas, pods)?.replicas)
    }
}
