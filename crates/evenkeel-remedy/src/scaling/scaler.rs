//! A scaling rule with all that keeps it safe.

use crate::scaling::scaling_rule::ScalingRule;
use crate::scaling::sizing::Sizing;
use crate::scaling::stabilizer::{Stabilizer, StabilizerBuilder};
use evenkeel_core::{At, Error, Stage};

/// How many replicas there are and what was read of their load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Workload<T> {
    /// How many replicas there are now.
    pub replicas: u32,
    /// What was read; `None` if nothing could be.
    pub reading: Option<T>,
}

impl<T> Workload<T> {
    /// A reading of so many replicas.
    pub fn new(replicas: u32, reading: T) -> Self {
        Self { replicas, reading: Some(reading) }
    }

    /// Nothing could be read of so many replicas.
    #[must_use]
    pub fn missing(replicas: u32) -> Self {
        Self { replicas, reading: None }
    }
}

/// Settings of a [`Scaler`].
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct ScalerBuilder<R> {
    rule: R,
    tolerance: f64,
    stabilizer: StabilizerBuilder,
}

impl<R: ScalingRule> ScalerBuilder<R> {
    /// By which share of the present size fewer replicas may be wanted before it shrinks. A rule that wants
    /// more is followed: it has counted what is needed. In [0, 1); default 0, as
    /// [`PodAverage`](crate::scaling::PodAverage) has a tolerance of its own, to both sides.
    pub fn tolerance(mut self, share: f64) -> Self {
        self.tolerance = share;
        self
    }

    /// Windows, rate limits and bounds.
    pub fn stabilizer(mut self, stabilizer: StabilizerBuilder) -> Self {
        self.stabilizer = stabilizer;
        self
    }

    /// The scaler.
    ///
    /// # Errors
    /// If the tolerance is not in [0, 1), or the bounds are not `1 <= least <= most`.
    pub fn build(self) -> Result<Scaler<R>, Error> {
        let scaler =
            Scaler { rule: self.rule, tolerance: self.tolerance, stabilizer: self.stabilizer.build()? };
        scaler.validate()?;
        Ok(scaler)
    }
}

/// Gives the size that a component may have, by a rule, with tolerance, stabilization windows, rate limits
/// and bounds around it.
///
/// *Output*: what may become of the size; nothing where nothing is known. **It never scales on missing
/// data**: not when there is no reading, nor when the rule can't make use of it; such a time also keeps the
/// size from shrinking until the window of scaling in has passed with readings. **It never scales to zero**,
/// and leaves alone what somebody else scaled to zero.
///
/// *Times* that run backwards are taken for the latest. O(512) a reading at most, 28 kB beside the rule's
/// state.
///
/// ```
/// use evenkeel_core::{At, Stage, Timestamp};
/// use evenkeel_remedy::scaling::{PodAverage, Pods, Scaler, Workload};
///
/// let mut scaler = Scaler::builder(PodAverage::new(50.0)?, 2, 10).build()?;
/// let at = Timestamp::from_seconds;
/// let busy = Workload::new(3, Pods::new(&[95.0, 90.0, 88.0], 0, 0));
/// let sizing = scaler.update(At::new(at(0), busy)).unwrap();
/// assert_eq!(sizing.to(), 6);
/// assert_eq!(sizing.action("shop").unwrap().to_string(), "scale from 3 to 6 shop");
/// // The source is down: that is not an idle shop.
/// assert!(scaler.update(At::new(at(15), Workload::missing(6))).is_none());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Scaler<R> {
    rule: R,
    #[cfg_attr(feature = "serde", serde(serialize_with = "evenkeel_core::exact::serialize"))]
    tolerance: f64,
    stabilizer: Stabilizer,
}

impl<R> Scaler<R> {
    fn validate(&self) -> Result<(), Error> {
        let tolerance = self.tolerance >= 0.0 && self.tolerance < 1.0;
        Error::require(tolerance, "tolerance", "in [0, 1)", self.tolerance)
    }

    /// The rule.
    pub fn rule(&self) -> &R {
        &self.rule
    }

    /// Windows, rate limits and bounds, and what they remember.
    pub fn stabilizer(&self) -> &Stabilizer {
        &self.stabilizer
    }
}

impl<R: ScalingRule> Scaler<R> {
    /// By a rule, between so many replicas, at least 1, and so many.
    pub fn builder(rule: R, least: u32, most: u32) -> ScalerBuilder<R> {
        ScalerBuilder { rule, tolerance: 0.0, stabilizer: Stabilizer::builder(least, most) }
    }
}

impl<R: ScalingRule> Stage<At<Workload<R::Reading>>> for Scaler<R> {
    type Output = Sizing;

    fn update(&mut self, at: At<Workload<R::Reading>>) -> Option<Sizing> {
        let At { time, value: Workload { replicas, reading } } = at;
        if replicas == 0 {
            self.stabilizer.hold(time, 0);
            return None;
        }
        let Some(wanted) = reading.and_then(|reading| self.rule.recommend(time, replicas, &reading)) else {
            self.stabilizer.hold(time, replicas);
            return None;
        };
        let fewer = f64::from(replicas.saturating_sub(wanted));
        let wanted =
            if fewer <= self.tolerance * f64::from(replicas) { wanted.max(replicas) } else { wanted };
        Some(self.stabilizer.stabilize(time, replicas, wanted))
    }

    fn reset(&mut self) {
        self.rule.reset();
        self.stabilizer.reset();
    }
}

#[cfg(feature = "serde")]
mod saved {
    use super::{Scaler, Stabilizer};
    use alloc::format;
    use alloc::string::String;

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Unchecked<R> {
        rule: R,
        #[serde(deserialize_with = "evenkeel_core::exact::deserialize")]
        tolerance: f64,
        stabilizer: Stabilizer,
    }

    impl<'de, R: serde::Deserialize<'de>> serde::Deserialize<'de> for Scaler<R> {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Unchecked { rule, tolerance, stabilizer } = Unchecked::deserialize(deserializer)?;
            let scaler = Self { rule, tolerance, stabilizer };
            scaler.validate().map_err(serde::de::Error::custom)?;
            Ok(scaler)
        }
    }

    impl<R: evenkeel_core::Snapshot> evenkeel_core::Snapshot for Scaler<R> {
        fn schema() -> String {
            format!("Scaler@1<{},{}>", R::schema(), Stabilizer::schema())
        }
    }
}
