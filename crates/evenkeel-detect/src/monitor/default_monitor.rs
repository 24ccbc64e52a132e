//! The default monitor: from the values of a series to few incidents.

use crate::alarm::{ScoreAlarm, ScoreAlarmBuilder};
use crate::ensemble::{DefaultDetector, DefaultDetectorBuilder};
#[cfg(feature = "serde")]
use alloc::{format, string::String};
use core::time::Duration;
use evenkeel_core::{At, Error, Stage, Transition};

/// The recommended way from the values of a series of which nothing is known to few incidents, under a budget
/// of false alarms per time: a [`DefaultDetector`] and a [`ScoreAlarm`] behind it.
///
/// *When*: an important metric whose behavior is not known in advance. What `evenkeel-eval` reports for
/// `"evenkeel"`, scores and alarms, is this. For many thousands of metrics of which the abnormal ones are to
/// be *shown*, [`DeviationMonitor`](crate::monitor::DeviationMonitor) takes 0.1 µs, and promises no rate.
///
/// *Parameters*
///
/// | | range | default | why |
/// | --- | --- | --- | --- |
/// | `false_alarms`, `per`, `step` | `false_alarms * step / per` in (0, 0.02) | – | how many in what time while nothing is wrong, at one value every `step` |
/// | `calibration` | 10 to 10⁷ scores | 1,000 | as for [`ScoreAlarm`] |
/// | `clear_after` | >= 0 | ten steps | as for [`ScoreAlarm`] |
///
/// *Output*: silent for the first values, some 100 until there is a score and `calibration` more (at a value
/// a minute, 18 hours); then at most one [`Transition`] a value. The budget is that of the alarms, not of the
/// time until they end. *Missing data*: neither raises nor clears. *Cost and state*: those of the
/// [`DefaultDetector`] and the [`ScoreAlarm`]: 40 to 70 µs a value and 2.8 MB.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{At, Stage, Timestamp, TransitionKind};
/// use evenkeel_detect::DefaultMonitor;
///
/// // One value a minute; at most one false alarm a day.
/// let (minute, day) = (Duration::from_secs(60), Duration::from_secs(86_400));
/// let mut monitor = DefaultMonitor::builder(1.0, day, minute).calibration(300).build()?;
/// let noise = |i: u32| f64::from(i.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
/// let value = |i: u32| noise(i) + if (700..710).contains(&i) { 20.0 } else { 0.0 };
/// let time = |i: u32| Timestamp::from_seconds(60 * i64::from(i));
/// let told: Vec<_> = monitor.run((0..800).map(|i| At::new(time(i), value(i)))).flatten().collect();
/// assert_eq!((told[0].kind, told[0].start), (TransitionKind::Raised, time(700)));
/// assert_eq!(told.last().map(|t| t.kind), Some(TransitionKind::Cleared));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct DefaultMonitor {
    detector: DefaultDetector,
    alarm: ScoreAlarm,
}

/// Settings of a [`DefaultMonitor`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct DefaultMonitorBuilder {
    detector: DefaultDetectorBuilder,
    alarm: ScoreAlarmBuilder,
}

impl DefaultMonitorBuilder {
    /// How many scores are only learned from before any is calibrated, 10 to 10⁷. Default 1,000.
    pub fn calibration(mut self, scores: usize) -> Self {
        self.alarm = self.alarm.calibration(scores);
        self
    }

    /// How long it must be calm before an event is over. Default ten steps.
    pub fn clear_after(mut self, length: Duration) -> Self {
        self.alarm = self.alarm.clear_after(length);
        self
    }

    /// The monitor.
    ///
    /// # Errors
    /// If the budget is not positive or as much as a false alarm in 50 steps, or `calibration` is out of its
    /// range.
    pub fn build(self) -> Result<DefaultMonitor, Error> {
        Ok(DefaultMonitor { detector: self.detector.build()?, alarm: self.alarm.build()? })
    }
}

impl DefaultMonitor {
    /// A monitor that raises at most `false_alarms` in the time `per` while nothing is wrong, at one value
    /// every `step`.
    pub fn builder(false_alarms: f64, per: Duration, step: Duration) -> DefaultMonitorBuilder {
        DefaultMonitorBuilder {
            detector: DefaultDetector::builder(),
            alarm: ScoreAlarm::builder(false_alarms, per, step),
        }
    }

    /// The detector in its present state.
    #[must_use]
    pub fn detector(&self) -> &DefaultDetector {
        &self.detector
    }

    /// The alarm behind it.
    #[must_use]
    pub fn alarm(&self) -> &ScoreAlarm {
        &self.alarm
    }
}

impl Stage<At<f64>> for DefaultMonitor {
    type Output = Transition;

    fn update(&mut self, At { time, value }: At<f64>) -> Option<Transition> {
        let score = self.detector.update(value)?;
        self.alarm.update(At::new(time, score))
    }

    fn reset(&mut self) {
        self.detector.reset();
        self.alarm.reset();
    }
}

#[cfg(feature = "serde")]
impl evenkeel_core::Snapshot for DefaultMonitor {
    fn schema() -> String {
        format!("DefaultMonitor@1<{},{}>", DefaultDetector::schema(), ScoreAlarm::schema())
    }
}
