//! The deviation monitor: the deviation detector with an alarm.

use crate::alarm::{Alarm, AlarmBuilder};
use crate::outlier::Deviation;
use crate::outlier::deviation::{HALF_LIFE, WARM_UP};
#[cfg(feature = "serde")]
use alloc::format;
use core::time::Duration;
use evenkeel_core::{At, Calibrated, Error, Prediction, Stage, Transition, gaussian};

evenkeel_core::state! {
    /// Watches a metric for values far from its recent past, for a fraction of a microsecond each: from value
    /// to [`Transition`] in one stage.
    ///
    /// *When*: many metrics of which nothing is known, to *show* which are abnormal. It promises no rate of
    /// false alarms: the p-values are those of the normal distribution, and metrics have heavier tails. For a
    /// budget that holds, take a [`ScoreAlarm`](crate::alarm::ScoreAlarm) behind a detector; for one metric
    /// that matters, [`Monitor`](crate::monitor::Monitor).
    ///
    /// *Method*: the score is that of [`Deviation`]. An event is raised when it lasts a `step`, is over after
    /// 8 calm ones, and for 40 more nothing is raised that is not markedly worse.
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
    /// *Score*: standard deviations from the mean, at most 1,000,000. *Missing data*: teaches nothing.
    /// *Cost*: O(1). *State*: about 500 bytes.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::{At, Stage, Timestamp, TransitionKind};
    /// use evenkeel_detect::monitor::DeviationMonitor;
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
    pub struct DeviationMonitor(format!("DeviationMonitor@1<{},{}>", Deviation::schema(), Alarm::schema())) {
        settings: DeviationMonitorBuilder,
        deviation: Deviation,
        alarm: Alarm,
    }
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
        let deviation = Deviation::builder().half_life(half_life).warm_up(warm_up).build()?;
        Ok(DeviationMonitor { settings: self, deviation, alarm: self.alarm().build()? })
    }
}

impl DeviationMonitor {
    /// A monitor of a metric that has a value every `step`.
    pub fn builder(step: Duration) -> DeviationMonitorBuilder {
        DeviationMonitorBuilder { step, sigmas: 6.0, half_life: HALF_LIFE, warm_up: WARM_UP }
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
evenkeel_core::exact_as_is!(DeviationMonitorBuilder);

#[cfg(feature = "serde")]
impl DeviationMonitor {
    fn validate(&self) -> Result<(), Error> {
        let fresh = self.settings.build()?;
        let same = self.deviation.is_built_like(&fresh.deviation);
        Error::require(same, "deviation", "of these settings", "another")?;
        Error::require(self.alarm.is_built_like(&fresh.alarm), "alarm", "of these settings", "another")
    }
}
