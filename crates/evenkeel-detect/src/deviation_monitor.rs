//! The distance from the recent past in its standard deviations, and an alarm on top.

use crate::{Alarm, AlarmBuilder};
#[cfg(feature = "serde")]
use alloc::{format, string::String};
use core::time::Duration;
use evenkeel_core::{
    At, Calibrated, Checked, Error, PlausibilityCheck, Prediction, Score, Stage, Transition, gaussian,
};
use evenkeel_series::{Decay, Ewm, Weighted};

/// The largest score.
const MOST: f64 = 1e6;
/// How far from the mean a value teaches what it is: beyond, it teaches only that it was far.
const REACH: f64 = 4.0;
/// The least spread, in shares of the mean: a rounding is no event.
const FLOOR: f64 = 0.01;

/// How far a value is from its recent past, in standard deviations of it, for about 0.1 µs.
///
/// *When*: many metrics of which nothing is known, and little time for each; behind it a [`DeviationMonitor`] or, for a budget that
/// holds, a [`ScoreAlarm`](crate::ScoreAlarm). For one metric of which nothing is known [`DefaultDetector`](crate::DefaultDetector) sees far
/// more; [`RobustZ`](crate::RobustZ) is the same by medians.
///
/// *Method*: a value is compared with the exponentially weighted mean and standard deviation of those before it. What is more than
/// four standard deviations away is learned as if it were four away (bounded learning: P. J. Huber, Robust estimation of a location parameter, Ann. Math. Statist. 35
/// (1964) 73-101, doi:10.1214/aoms/1177703732), so that an outlier does not become the norm, and a lasting shift
/// does after a few half-lives. The standard deviation is at least 1 % of the mean.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `half_life` | \[5, 10⁶\] values | 60 | ten minutes of a metric that is scraped every 10 s |
/// | `warm_up` | \[2, 10⁶\] values | 30 | a standard deviation of 30 values is right to 13 % |
///
/// *Score*: standard deviations from the mean, at most 1,000,000; direction up or down; it carries mean and standard deviation. Silent while warming up.
/// *Missing data*: no score, teaches nothing; so does a value that can't be of the same series ([`PlausibilityCheck`]), which is scored.
/// *Cost*: O(1). *State*: about 200 bytes.
///
/// ```
/// use evenkeel_core::{Direction, Stage};
/// use evenkeel_detect::Deviation;
///
/// let mut deviation = Deviation::builder().build()?;
/// let last = deviation.run((0..70).map(|i| if i < 69 { 0.30 + 0.01 * f64::from(i % 7) } else { 0.1 })).last();
/// let score = last.flatten().unwrap();
/// assert!(score.value() > 10.0 && score.direction() == Direction::Down);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "DeviationParts", into = "DeviationParts")
)]
pub struct Deviation {
    settings: DeviationBuilder,
    past: Ewm,
    check: PlausibilityCheck,
}

/// Settings of a [`Deviation`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct DeviationBuilder {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    half_life: f64,
    warm_up: u64,
}

impl DeviationBuilder {
    /// The half-life of the recent past in values, in [5, 10⁶]. Default 60.
    pub fn half_life(mut self, values: f64) -> Self {
        self.half_life = values;
        self
    }

    /// How many values are only learned from, in [2, 10⁶]. Default 30.
    pub fn warm_up(mut self, values: u64) -> Self {
        self.warm_up = values;
        self
    }

    /// The detector.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Deviation, Error> {
        let Self { half_life, warm_up } = self;
        Error::require((5.0..=1e6).contains(&half_life), "half_life", "in [5, 10^6] values", half_life)?;
        Error::require((2..=1_000_000).contains(&warm_up), "warm_up", "in [2, 10^6] values", warm_up)?;
        let past = Ewm::builder(Decay::HalfLife(half_life)).build()?;
        Ok(Deviation { settings: self, past, check: PlausibilityCheck::default() })
    }
}

impl Deviation {
    /// The default settings.
    pub fn builder() -> DeviationBuilder {
        DeviationBuilder { half_life: 60.0, warm_up: 30 }
    }

    /// Mean and standard deviation of the recent past; `None` before two values.
    #[must_use]
    pub fn expected(&self) -> Option<Prediction> {
        self.past.current().and_then(expectation)
    }
}

fn expectation(past: Weighted) -> Option<Prediction> {
    let sd = libm::sqrt(past.variance()?);
    Prediction::new(past.mean(), sd.max(FLOOR * past.mean().abs()))
}

impl Stage<f64> for Deviation {
    type Output = Score;

    #[inline]
    fn update(&mut self, x: f64) -> Option<Score> {
        let checked = self.check.check(x);
        if checked == Checked::Missing {
            return None;
        }
        let expected = self.expected();
        let is_warm = self.past.observed() >= self.settings.warm_up;
        if let Some(x) = checked.learned(|| self.past.reset()) {
            let learned = match expected {
                Some(e) if is_warm => x.clamp(e.mean() - REACH * e.sd(), e.mean() + REACH * e.sd()),
                _ => x,
            };
            self.past.update(learned);
        }
        let expected = expected.filter(|_| is_warm)?;
        let deviation = if x == expected.mean() { 0.0 } else { expected.standardize(x) };
        Some(Score::from_deviation(deviation.clamp(-MOST, MOST))?.with_expected(expected))
    }

    fn reset(&mut self) {
        self.past.reset();
        self.check = PlausibilityCheck::default();
    }
}

/// Watches a metric for values far from its recent past, for a fraction of a microsecond each: from value to [`Transition`] in one.
///
/// *When*: many metrics of which nothing is known, to *show* which are abnormal. It promises no rate of false alarms: the p-values
/// are those of the normal distribution, and metrics have heavier tails. For a budget that holds, take a
/// [`ScoreAlarm`](crate::ScoreAlarm) behind a detector; for one metric that matters, [`DefaultMonitor`](crate::DefaultMonitor).
///
/// *Method*: the score is that of [`Deviation`]. An event is raised when it lasts a
/// `step`, is over after 8 calm ones, and for 40 more nothing is raised that is not markedly worse.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `step` | >= 0 | – | how long from value to value |
/// | `sigmas` | \[3, 30\] | 6 | tails are heavier than normal ones; half of it keeps an event going |
/// | `half_life` | \[5, 10⁶\] values | 60 | ten minutes of a metric that is scraped every 10 s |
/// | `warm_up` | \[2, 10⁶\] values | 30 | a standard deviation of 30 values is right to 13 % |
///
/// *Score*: standard deviations from the mean, at most 1,000,000. *Missing data*: teaches nothing. *Cost*: O(1). *State*: about 500 bytes.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{At, Stage, Timestamp, TransitionKind};
/// use evenkeel_detect::DeviationMonitor;
///
/// let mut monitor = DeviationMonitor::builder(Duration::from_secs(10)).build()?;
/// let value = |i: i64| if (70..75).contains(&i) { 0.9 } else { 0.30 + 0.01 * (i % 7) as f64 };
/// let seen: Vec<_> = monitor.run((0..100).map(|i| At::new(Timestamp::from_seconds(10 * i), value(i)))).flatten().collect();
/// assert_eq!(seen[0].kind, TransitionKind::Raised);
/// assert_eq!(seen[0].start, Timestamp::from_seconds(700));
/// assert_eq!(seen[1].kind, TransitionKind::Cleared);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Parts", into = "Parts")
)]
pub struct DeviationMonitor {
    settings: DeviationMonitorBuilder,
    deviation: Deviation,
    alarm: Alarm,
}

/// Settings of a [`DeviationMonitor`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct DeviationMonitorBuilder {
    step: Duration,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    sigmas: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    half_life: f64,
    warm_up: u64,
}

impl DeviationMonitorBuilder {
    /// How many standard deviations from the recent past make a value abnormal, in [3, 30]. Default 6.
    pub fn sigmas(mut self, sigmas: f64) -> Self {
        self.sigmas = sigmas;
        self
    }

    /// The half-life of that past in values, in [5, 10⁶]. Default 60.
    pub fn half_life(mut self, values: f64) -> Self {
        self.half_life = values;
        self
    }

    /// How many values are only learned from, in [2, 10⁶]. Default 30.
    pub fn warm_up(mut self, values: u64) -> Self {
        self.warm_up = values;
        self
    }

    fn alarm(&self) -> AlarmBuilder {
        Alarm::builder(2.0 * gaussian::upper(self.sigmas))
            .clear_at(2.0 * gaussian::upper(0.5 * self.sigmas))
            .min_duration(self.step)
            .clear_after(self.step.saturating_mul(8))
            .worsen(4.0)
            .refractory(self.step.saturating_mul(40))
    }

    /// The monitor.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<DeviationMonitor, Error> {
        let Self { sigmas, half_life, warm_up, .. } = self;
        Error::require((3.0..=30.0).contains(&sigmas), "sigmas", "in [3, 30]", sigmas)?;
        let deviation = DeviationBuilder { half_life, warm_up }.build()?;
        Ok(DeviationMonitor { settings: self, deviation, alarm: self.alarm().build()? })
    }
}

impl DeviationMonitor {
    /// For a metric with so much time from value to value.
    pub fn builder(step: Duration) -> DeviationMonitorBuilder {
        let DeviationBuilder { half_life, warm_up } = Deviation::builder();
        DeviationMonitorBuilder { step, sigmas: 6.0, half_life, warm_up }
    }

    /// Mean and standard deviation of the recent past; `None` before two values.
    #[must_use]
    pub fn expected(&self) -> Option<Prediction> {
        self.deviation.expected()
    }

    /// Whether an event is raised and not yet over.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.alarm.is_raised()
    }
}

impl Stage<At<f64>> for DeviationMonitor {
    type Output = Transition;

    fn update(&mut self, At { time, value }: At<f64>) -> Option<Transition> {
        let score = self.deviation.update(value)?;
        // The sign and what lies beyond the largest score do not matter to a p-value.
        let deviation = score.value();
        // What neither raises an event nor keeps it going needs no exact p-value.
        let is_calm = deviation < 0.5 * self.settings.sigmas;
        let p = if is_calm { 1.0 } else { 2.0 * gaussian::upper(deviation) };
        self.alarm.update(At::new(time, Calibrated::clamped(p, score)))
    }

    fn reset(&mut self) {
        self.deviation.reset();
        self.alarm.reset();
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for DeviationMonitor {
    fn schema() -> String {
        format!("DeviationMonitor@1<{},{}>", Deviation::schema(), Alarm::schema())
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    settings: DeviationMonitorBuilder,
    deviation: Deviation,
    alarm: Alarm,
}

#[cfg(feature = "serde")]
impl From<DeviationMonitor> for Parts {
    fn from(m: DeviationMonitor) -> Self {
        Self { settings: m.settings, deviation: m.deviation, alarm: m.alarm }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Parts> for DeviationMonitor {
    type Error = Error;

    fn try_from(Parts { settings, deviation, alarm }: Parts) -> Result<Self, Error> {
        let fresh = settings.build()?;
        let same = deviation.settings == fresh.deviation.settings;
        Error::require(same, "deviation", "of these settings", "another")?;
        Error::require(alarm.is_built_like(&fresh.alarm), "alarm", "of these settings", "another")?;
        Ok(Self { settings, deviation, alarm })
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for Deviation {
    fn schema() -> String {
        format!("Deviation@1<{}>", Ewm::schema())
    }
}

#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviationParts {
    settings: DeviationBuilder,
    past: Ewm,
    check: PlausibilityCheck,
}

#[cfg(feature = "serde")]
impl From<Deviation> for DeviationParts {
    fn from(d: Deviation) -> Self {
        Self { settings: d.settings, past: d.past, check: d.check }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<DeviationParts> for Deviation {
    type Error = Error;

    fn try_from(DeviationParts { settings, past, check }: DeviationParts) -> Result<Self, Error> {
        let fresh = settings.build()?;
        let same = (fresh.past.alpha() - past.alpha()).abs() <= 1e-15;
        Error::require(same, "past", "of the half-life of the settings", past.alpha())?;
        Ok(Self { settings, past, check })
    }
}
