//! A deadline: when a limit is reached, as a distribution over times of the clock.

use crate::{CrossingTime, Limit};
use core::time::Duration;
use evenkeel_core::{Error, Timestamp};

/// When a limit is reached, as a distribution over times of the clock: a [`CrossingTime`] with a beginning and
/// the length of its steps.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_stats::{CrossingTime, Deadline, Limit};
///
/// // 30 GB are left at midnight, and 5 GB more are used an hour, give or take 2.
/// let midnight = Timestamp::from_seconds(1_772_409_600);
/// let time = CrossingTime::random_walk(30.0, 5.0, 2.0)?;
/// let full = Deadline::new(midnight, Duration::from_secs(3600), time, 70.0, Limit::Above(100.0))?;
/// let (earliest, latest) = full.interval(0.8)?;
/// assert_eq!(earliest.unwrap().to_string()[..16], *"2026-03-02T04:48");
/// assert_eq!(latest.unwrap().to_string()[..16], *"2026-03-02T07:17");
/// assert!(full.probability_by(midnight + Duration::from_secs(7 * 3600)) > 0.8);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Parts", into = "Parts"))]
pub struct Deadline {
    from: Timestamp,
    step: Duration,
    time: CrossingTime,
    value: f64,
    limit: Limit,
}

impl Deadline {
    /// From that time on, in steps of that length; with the value at that time and the limit.
    ///
    /// # Errors
    /// [`Error::Parameter`] if the step is 0, or the value or the limit is not finite.
    pub fn new(
        from: Timestamp,
        step: Duration,
        time: CrossingTime,
        value: f64,
        limit: Limit,
    ) -> Result<Self, Error> {
        Error::require(!step.is_zero(), "step", "positive", "0")?;
        Error::require(value.is_finite(), "value", "finite", value)?;
        Error::require(limit.value().is_finite(), "limit", "finite", limit.value())?;
        Ok(Self { from, step, time, value, limit })
    }

    /// From when on it is counted: the time of the newest value.
    #[must_use]
    pub fn from(&self) -> Timestamp {
        self.from
    }

    /// The value at that time.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The limit.
    #[must_use]
    pub fn limit(&self) -> Limit {
        self.limit
    }

    /// The distribution of the time it takes, in [steps](Self::step).
    #[must_use]
    pub fn time(&self) -> &CrossingTime {
        &self.time
    }

    /// The length of a step.
    #[must_use]
    pub fn step(&self) -> Duration {
        self.step
    }

    /// The probability that the limit is reached by then.
    #[must_use]
    pub fn probability_by(&self, then: Timestamp) -> f64 {
        if then < self.from {
            return 0.0;
        }
        self.time.probability_within(then.since(self.from).as_secs_f64() / self.step.as_secs_f64())
    }

    /// The time by which the limit is reached with probability `p`. `None` where that is never so certain, or
    /// later than any [`Timestamp`].
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<Timestamp> {
        let seconds = self.time.quantile(p)? * self.step.as_secs_f64();
        let length = Duration::try_from_secs_f64(seconds).ok()?;
        Some(self.from + length).filter(|at| *at < Timestamp::MAX)
    }

    /// The central interval that holds the time with probability `level`; ends as those of
    /// [`CrossingTime::interval`].
    ///
    /// # Errors
    /// [`Error::Parameter`] if `level` is not in (0, 1).
    pub fn interval(&self, level: f64) -> Result<(Option<Timestamp>, Option<Timestamp>), Error> {
        Error::require(level > 0.0 && level < 1.0, "level", "in (0, 1)", level)?;
        let tail = 0.5 * (1.0 - level);
        Ok((self.quantile(tail), self.quantile(1.0 - tail)))
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    from: Timestamp,
    step: Duration,
    time: CrossingTime,
    #[serde(with = "evenkeel_core::exact")]
    value: f64,
    above: bool,
    #[serde(with = "evenkeel_core::exact")]
    limit: f64,
}

#[cfg(feature = "serde")]
impl From<Deadline> for Parts {
    fn from(d: Deadline) -> Self {
        let above = matches!(d.limit, Limit::Above(_));
        Self { from: d.from, step: d.step, time: d.time, value: d.value, above, limit: d.limit.value() }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for Deadline {
    type Error = Error;

    fn try_from(p: Parts) -> Result<Self, Error> {
        let limit = if p.above { Limit::Above(p.limit) } else { Limit::Below(p.limit) };
        Self::new(p.from, p.step, p.time, p.value, limit)
    }
}
