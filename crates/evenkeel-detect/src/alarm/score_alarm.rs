//! Alarms on raw scores, under a budget of false alarms.

use crate::alarm::Alarm;
use crate::calibrate::Spot;
#[cfg(feature = "serde")]
use alloc::format;
use core::time::Duration;
use evenkeel_core::{At, Error, Score, Stage, Transition};

/// How many calm steps end an event.
const CALM: u32 = 10;
/// How many scores calibrate.
const CALIBRATION: usize = 1_000;

evenkeel_core::state! {
    /// The alarms that the raw scores of any detector raise under a budget of false alarms per time: a
    /// [`Spot`] makes p-values of the scores, an [`Alarm::for_budget`] raises by them.
    ///
    /// *When*: behind a detector whose score has no known distribution, and single values decide. It is what
    /// [`Monitor`](crate::monitor::Monitor) has behind its detector, and what `evenkeel-eval`
    /// counts false alarms of all detectors with. For shifts that show only over several values, or a budget
    /// below one in some 10⁵ values, calibrate by a [`RankCusum`](crate::calibrate::RankCusum).
    ///
    /// *Parameters*
    ///
    /// | | range | default | why |
    /// | --- | --- | --- | --- |
    /// | `false_alarms`, `per`, `step` | `false_alarms * step / per` in (0, 0.02) | – | how many in what time while nothing is wrong, at one value every `step` |
    /// | `calibration` | 10 to 10⁷ scores | 1,000 | the tail beyond the quantile 0.98 begins with 20 of them |
    /// | `clear_after` | >= 0 | ten steps | a few calm values in between don't make two events |
    ///
    /// The budget holds as far as the p-values of a [`Spot`] do: scores that are exchangeable while nothing
    /// is wrong, with a tail that is exponential or heavier; with lighter tails alarms come less often.
    ///
    /// *Output*: silent while it calibrates; then at most one [`Transition`] a score. Large scores are
    /// abnormal, whatever their direction. *Missing data*: what is not scored neither raises nor clears.
    /// *Cost*: O(1), 130 logarithms at one score in 50. *State*: 8 (`calibration` + 64) bytes and 3 kB.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::{At, Stage, Timed, Timestamp, TransitionKind};
    /// use evenkeel_detect::RobustZ;
    /// use evenkeel_detect::alarm::ScoreAlarm;
    ///
    /// let (minute, day) = (Duration::from_secs(60), Duration::from_secs(86_400));
    /// let mut line = Timed(RobustZ::builder().build()?).then(ScoreAlarm::builder(1.0, day, minute).build()?);
    /// let noise = |i: i64| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64) as u64 >> 40) as f64 / (1u64 << 24) as f64;
    /// let value = |i: i64| noise(i) + if (2_500..2_520).contains(&i) { 90.0 } else { 0.0 };
    /// let told: Vec<_> = line.run((0..3_000).map(|i| At::new(Timestamp::from_seconds(60 * i), value(i)))).flatten().collect();
    /// assert_eq!(told[0].kind, TransitionKind::Raised);
    /// assert_eq!(told[0].start, Timestamp::from_seconds(60 * 2_500));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct ScoreAlarm(format!("ScoreAlarm@1<{},{}>", Spot::schema(), Alarm::schema())) {
        spot: Spot,
        alarm: Alarm,
    }
}

/// Settings of a [`ScoreAlarm`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
pub struct ScoreAlarmBuilder {
    false_alarms: f64,
    per: Duration,
    step: Duration,
    calibration: usize,
    clear_after: Duration,
}

impl ScoreAlarmBuilder {
    /// How many scores are only learned from before any is calibrated, 10 to 10⁷. Default 1,000.
    pub fn calibration(mut self, scores: usize) -> Self {
        self.calibration = scores;
        self
    }

    /// How long it must be calm before an event is over. Default ten steps.
    pub fn clear_after(mut self, length: Duration) -> Self {
        self.clear_after = length;
        self
    }

    /// The alarm.
    ///
    /// # Errors
    /// If the budget is not positive or as much as a false alarm in 50 steps, or `calibration` is out of its
    /// range.
    pub fn build(self) -> Result<ScoreAlarm, Error> {
        let alarm = Alarm::for_budget(self.false_alarms, self.per, self.step)?;
        let alarm = alarm.clear_after(self.clear_after).build()?;
        let spot = Spot::builder(alarm.raise_at()).calibration(self.calibration).build()?;
        Ok(ScoreAlarm { spot, alarm })
    }
}

impl ScoreAlarm {
    /// An alarm that raises at most `false_alarms` in the time `per` while nothing is wrong, at one score
    /// every `step`.
    pub fn builder(false_alarms: f64, per: Duration, step: Duration) -> ScoreAlarmBuilder {
        let clear_after = step.saturating_mul(CALM);
        ScoreAlarmBuilder { false_alarms, per, step, calibration: CALIBRATION, clear_after }
    }

    /// Learns a score of a history: it counts for the calibration and raises nothing.
    pub fn learn(&mut self, score: Score) {
        let _ = self.spot.update(score);
    }

    /// The score above which an event is raised; `None` while it calibrates, and while too few large scores
    /// are known.
    #[must_use]
    pub fn threshold(&self) -> Option<f64> {
        self.spot.threshold()
    }

    /// The p-value that raises: the false alarms of the budget in one step.
    #[must_use]
    pub fn raise_at(&self) -> f64 {
        self.alarm.raise_at()
    }

    /// Whether an event is raised and not yet cleared.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        self.alarm.is_raised()
    }
}

impl Stage<At<Score>> for ScoreAlarm {
    type Output = Transition;

    fn update(&mut self, At { time, value }: At<Score>) -> Option<Transition> {
        let calibrated = self.spot.update(value)?;
        self.alarm.update(At::new(time, calibrated))
    }

    fn reset(&mut self) {
        self.spot.reset();
        self.alarm.reset();
    }
}

#[cfg(feature = "serde")]
impl ScoreAlarm {
    fn validate(&self) -> Result<(), Error> {
        // A calibrator for another risk would promise another budget.
        let risk = self.spot.upper_risk();
        let same = risk == Some(self.alarm.raise_at());
        Error::require(same, "risk", "that of the alarm", format_args!("{risk:?}"))
    }
}
