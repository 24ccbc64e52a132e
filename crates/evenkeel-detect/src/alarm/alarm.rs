//! Alarms on p-values: few incidents under a budget of false alarms.

use core::time::Duration;
use evenkeel_core::{
    At, Belief, Calibrated, Error, Stage, Tick, Timestamp, Transition, TransitionKind, Watermark,
};

evenkeel_core::state! {
    /// Turns p-values into few incidents: raised once, reported again only if markedly worse, cleared when it
    /// is over.
    ///
    /// *When*: always, between a calibrator and a person.
    ///
    /// *Method*: an event begins with a p-value of at most `raise_at`. From then on a p-value of at most
    /// `clear_at` (larger: hysteresis) keeps it going. It is raised once it has lasted `min_duration`,
    /// worsened when its surprise (-ln p) reaches `worsen` times, or its score the square of that times, what
    /// was last reported, cleared after `clear_after` without such a p-value. For `refractory` after that
    /// nothing is raised unless it is `worsen` times as surprising as the peak of the event before, so that a
    /// second, bigger event is never swallowed.
    ///
    /// *Missing data neither raises nor clears.* Time is that of the observations; a detector that says
    /// nothing for a while (values are missing, or it warms up again) is the same to an alarm as a source
    /// that sends nothing. An event lasts, and calm lasts, from observation to observation, so the time
    /// between two abnormal observations counts for the event, and between two calm ones for the calm. An
    /// interval longer than `max_gap` does not: the observation after it counts as much time as the last
    /// interval before it that was not longer, and what was counted before it is kept. (If no interval has
    /// been shorter, the first counts nothing and the others count `max_gap`.)
    ///
    /// *Parameters*
    ///
    /// | | range | default | why |
    /// | --- | --- | --- | --- |
    /// | `raise_at` | (0, 1) | – | the share of normal observations that may raise; [`Alarm::for_budget`] derives it from a number of false alarms in a time |
    /// | `clear_at` | \[`raise_at`, 1) | min(10 `raise_at`, 0.05), at least `raise_at` | one calm value in between doesn't make two events, and ten calm ones in a row are the rule when it is over |
    /// | `min_duration` | >= 0 | 0 | raise at the first abnormal value |
    /// | `clear_after` | >= 0 | 0 | clear at the first calm value |
    /// | `worsen` | > 1 | 1.5 | half as surprising again |
    /// | `refractory` | >= 0 | 0 | |
    /// | `max_gap` | > 0 | none | longer than the usual interval: two or three of them |
    ///
    /// *Output*: at most one [`Transition`] an observation, with start, peak and end of the event. *Times*:
    /// which are believed is the rule of [`Watermark`], whose [counts](Self::watermark) can be asked: no
    /// wrong time stops an alarm for more than 24 observations, and one leap into the future does not at all.
    /// Start, peak and end are never after the time a transition is noticed; if the clock is set back during
    /// an event, what was reported before that may have later times. *Cost*: O(1). *State*: about 400 bytes.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::{At, Calibrated, Direction, Score, Stage, Timestamp, TransitionKind};
    /// use evenkeel_detect::Alarm;
    ///
    /// let mut alarm = Alarm::builder(1e-3).clear_after(Duration::from_secs(120)).build()?;
    /// let mut at = |minute: i64, p: f64| {
    ///     let score = Score::new(1.0, Direction::Up).unwrap();
    ///     let calibrated = Calibrated::new(p, score).unwrap();
    ///     alarm.update(At::new(Timestamp::from_seconds(60 * minute), calibrated)).map(|t| t.kind)
    /// };
    /// assert_eq!(at(0, 0.5), None);
    /// assert_eq!(at(1, 1e-4), Some(TransitionKind::Raised));
    /// assert_eq!(at(2, 1e-4), None); // the same event
    /// assert_eq!(at(3, 1e-7), Some(TransitionKind::Worsened));
    /// assert_eq!(at(4, 0.3), None);
    /// assert_eq!(at(6, 0.7), Some(TransitionKind::Cleared));
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Alarm("Alarm@3") {
        settings: AlarmBuilder,
        watermark: Watermark,
        /// What an observation after a gap counts for: the last interval that was no gap.
        usual: Option<Duration>,
        state: State,
        /// The peak of the last event and when it was cleared, on the clock's steady time.
        last: Option<(Timestamp, Extreme)>,
    }
}

/// Settings of an [`Alarm`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct AlarmBuilder {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    raise_at: f64,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    clear_at: Option<f64>,
    min_duration: Duration,
    clear_after: Duration,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    worsen: f64,
    refractory: Duration,
    max_gap: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum State {
    #[default]
    Calm,
    /// Something began and has not lasted long enough, or is swallowed by the refractory time.
    Pending(Event),
    /// It was raised.
    Raised {
        event: Event,
        /// The most surprising observation that was reported.
        told: Extreme,
        /// For how long nothing abnormal came, since the first calm observation.
        calm: Option<Duration>,
    },
}

/// An observation, and the p-value that raised when it came.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Extreme {
    observation: Calibrated,
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    raise_at: f64,
}

impl Extreme {
    /// Both p-values under the smaller of both risks. That of evidence gathered over several observations is a
    /// multiple of the risk: the same evidence has a smaller p under a smaller risk, and is no worse for that.
    fn comparable(&self, other: &Self) -> [f64; 2] {
        let raise_at = self.raise_at.min(other.raise_at);
        [self, other].map(|x| x.observation.p() * (raise_at / x.raise_at))
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Event {
    start: Timestamp,
    peak: At<Extreme>,
    /// The last abnormal observation.
    last: Timestamp,
    /// How long it has lasted, without gaps.
    lasted: Duration,
}

impl AlarmBuilder {
    /// An event goes on while p is at most this, in [`raise_at`, 1). Default: ten times `raise_at`, at most
    /// 0.05 (or `raise_at` if larger).
    pub fn clear_at(mut self, p: f64) -> Self {
        self.clear_at = Some(p);
        self
    }

    /// How long an event must last before it is raised. Default 0.
    pub fn min_duration(mut self, length: Duration) -> Self {
        self.min_duration = length;
        self
    }

    /// How long it must be calm before an event is over. Default 0: the first calm observation.
    pub fn clear_after(mut self, length: Duration) -> Self {
        self.clear_after = length;
        self
    }

    /// How many times as surprising (in -ln p) is markedly worse; above 1. Default 1.5.
    pub fn worsen(mut self, times: f64) -> Self {
        self.worsen = times;
        self
    }

    /// For how long after an event nothing is raised that is not markedly worse. Default 0.
    pub fn refractory(mut self, length: Duration) -> Self {
        self.refractory = length;
        self
    }

    /// The longest interval between two observations that still says something of the time in between.
    /// Default: any. Choose it longer than the usual interval, and shorter than `min_duration` and
    /// `clear_after`.
    pub fn max_gap(mut self, length: Duration) -> Self {
        self.max_gap = Some(length);
        self
    }

    /// The alarm.
    ///
    /// # Errors
    /// If a setting is out of its range.
    pub fn build(self) -> Result<Alarm, Error> {
        let raise_at = self.raise_at;
        Error::require(raise_at > 0.0 && raise_at < 1.0, "raise_at", "in (0, 1)", raise_at)?;
        let clear_at = self.keeps_going_at();
        Error::require(clear_at >= raise_at && clear_at < 1.0, "clear_at", "in [raise_at, 1)", clear_at)?;
        Error::require(self.worsen > 1.0 && self.worsen.is_finite(), "worsen", "above 1", self.worsen)?;
        Error::require(self.max_gap != Some(Duration::ZERO), "max_gap", "positive", "0")?;
        Ok(Alarm {
            settings: self,
            watermark: Watermark::default(),
            usual: None,
            state: State::Calm,
            last: None,
        })
    }

    fn keeps_going_at(&self) -> f64 {
        self.clear_at.unwrap_or_else(|| (10.0 * self.raise_at).min(0.05).max(self.raise_at))
    }

    /// Whether `now` is markedly worse than `before`: by surprise, or by the score. A p-value ends where its
    /// calibration does, and says no more of a hundredfold deviation than of a tenfold one; so what raises
    /// and has a score of `worsen` times `worsen` that before is worse too.
    fn is_worse(&self, now: Extreme, before: Extreme) -> bool {
        let [score, score_before] = [now, before].map(|x| x.observation.score().value());
        let bigger = score_before > 0.0 && score >= self.worsen * self.worsen * score_before;
        let [surprise, surprise_before] = now.comparable(&before).map(|p| -libm::log(p));
        let raises = now.observation.p() <= now.raise_at;
        surprise >= self.worsen * surprise_before || (raises && bigger)
    }
}

impl Alarm {
    /// An alarm that raises at p-values of at most `raise_at`.
    pub fn builder(raise_at: f64) -> AlarmBuilder {
        AlarmBuilder {
            raise_at,
            clear_at: None,
            min_duration: Duration::ZERO,
            clear_after: Duration::ZERO,
            worsen: 1.5,
            refractory: Duration::ZERO,
            max_gap: None,
        }
    }

    /// An alarm for a budget that is a rate over time: `false_alarms` in `per` when nothing is wrong, at one
    /// observation every `step`. Each observation may raise with probability `false_alarms * step / per`.
    ///
    /// The budget holds as far as the p-values do: those of a [`RankCusum`](crate::calibrate::RankCusum) for
    /// any distribution, those of a [`Spot`](crate::calibrate::Spot) for its class of tails, those of a
    /// [`Conformal`](crate::calibrate::Conformal) down to one in its window. Build the calibrator with
    /// [`raise_at`](Self::raise_at) as its risk: it refuses what it can't carry.
    ///
    /// # Errors
    /// If that is not in (0, 1).
    pub fn for_budget(false_alarms: f64, per: Duration, step: Duration) -> Result<AlarmBuilder, Error> {
        let raise_at = false_alarms * step.as_secs_f64() / per.as_secs_f64();
        let inside = raise_at > 0.0 && raise_at < 1.0;
        Error::require(inside, "false_alarms * step / per", "in (0, 1)", raise_at)?;
        Ok(Self::builder(raise_at))
    }

    /// The alarm of each of `series` series for a budget over all of them together: `false_alarms` in `per`
    /// from the whole fleet when nothing is wrong.
    ///
    /// It is a rate, divided evenly, not a proportion of false discoveries, which bounds no number of pages a
    /// week. For many series a single value can't carry it (one a week over 100,000 series at a value every
    /// 10 s is 1.7e-10 a value), evidence over several values can: see
    /// [`RankCusum`](crate::calibrate::RankCusum).
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_detect::Alarm;
    ///
    /// let (week, step) = (Duration::from_secs(7 * 86_400), Duration::from_secs(10));
    /// let alarm = Alarm::for_fleet(1.0, week, step, 100_000)?.build()?;
    /// assert!((alarm.raise_at() / 1.65e-10 - 1.0).abs() < 0.01);
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`for_budget`](Self::for_budget), and if `series` is 0.
    pub fn for_fleet(
        false_alarms: f64,
        per: Duration,
        step: Duration,
        series: u64,
    ) -> Result<AlarmBuilder, Error> {
        Error::require(series > 0, "series", "at least 1", series)?;
        Self::for_budget(false_alarms / series as f64, per, step)
    }

    /// Changes the p-value that raises; an event under way stays, and is not worse for a smaller one. One that keeps events going of its own
    /// ([`clear_at`](AlarmBuilder::clear_at)) stays, too, if it is not below.
    ///
    /// # Errors
    /// If it is not in (0, 1), or above what keeps events going; nothing is changed then.
    pub fn set_raise_at(&mut self, raise_at: f64) -> Result<(), Error> {
        let settings = AlarmBuilder { raise_at, ..self.settings };
        settings.build()?;
        self.settings = settings;
        Ok(())
    }

    /// Changes how long it must be calm before an event is over.
    pub(crate) fn set_clear_after(&mut self, length: Duration) {
        self.settings.clear_after = length;
    }

    /// The most surprising observation of the event under way, reported or not.
    pub(crate) fn peak(&self) -> Option<At<Calibrated>> {
        match self.state {
            State::Calm => None,
            State::Pending(event) | State::Raised { event, .. } => Some(event.peak()),
        }
    }

    /// The p-value that raises.
    #[must_use]
    pub fn raise_at(&self) -> f64 {
        self.settings.raise_at
    }

    #[cfg(feature = "serde")]
    pub(crate) fn is_built_like(&self, other: &Self) -> bool {
        self.settings == other.settings
    }

    /// Whether an event is raised and not yet cleared.
    #[must_use]
    pub fn is_raised(&self) -> bool {
        matches!(self.state, State::Raised { .. })
    }

    /// Which times were believed, and how many were not.
    #[must_use]
    pub fn watermark(&self) -> &Watermark {
        &self.watermark
    }

    /// How many observations came with an earlier time than one already believed.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.watermark.late()
    }

    /// How much of the time since the observation before counts.
    fn counted(&mut self, now: &Tick) -> Duration {
        let Some(longest) = self.settings.max_gap else { return now.elapsed() };
        let elapsed = now.elapsed();
        if elapsed > longest {
            let counted = self.usual.unwrap_or_default();
            self.usual.get_or_insert(longest);
            return counted;
        }
        if !elapsed.is_zero() {
            self.usual = Some(elapsed);
        }
        elapsed
    }

    /// What an abnormal observation does to an event that is not raised (or to none).
    fn pend(&mut self, before: Option<Event>, now: Tick, step: Duration, x: Extreme) -> Option<Transition> {
        let settings = self.settings;
        let time = now.time;
        let event = match before {
            Some(before) => before.with(time, step, x),
            None => Event { start: time, peak: At::new(time, x), last: time, lasted: Duration::ZERO },
        };
        let swallowed = self.last.is_some_and(|(cleared, peak)| {
            now.since(cleared) < settings.refractory && !settings.is_worse(event.peak.value, peak)
        });
        if swallowed || event.lasted < settings.min_duration {
            self.state = State::Pending(event);
            return None;
        }
        self.state = State::Raised { event, told: event.peak.value, calm: None };
        Some(event.transition(TransitionKind::Raised, time))
    }
}

impl Event {
    /// With one more abnormal observation.
    fn with(mut self, time: Timestamp, step: Duration, x: Extreme) -> Self {
        self.lasted = self.lasted.saturating_add(step);
        self.last = time;
        let [p, peak] = x.comparable(&self.peak.value);
        let [score, peak_score] = [x, self.peak.value].map(|of| of.observation.score().value());
        if p < peak || (p == peak && score > peak_score) {
            self.peak = At::new(time, x);
        }
        self
    }

    fn peak(&self) -> At<Calibrated> {
        At::new(self.peak.time, self.peak.value.observation)
    }

    /// Clamps all its times to the one the clock was set back to.
    fn set_back(self, now: Timestamp) -> Self {
        let peak = At::new(self.peak.time.min(now), self.peak.value);
        Self { start: self.start.min(now), peak, last: self.last.min(now), lasted: self.lasted }
    }

    fn transition(&self, kind: TransitionKind, at: Timestamp) -> Transition {
        let end = (kind == TransitionKind::Cleared).then_some(self.last);
        Transition { kind, at, start: self.start, peak: self.peak(), end }
    }
}

impl Stage<At<Calibrated>> for Alarm {
    type Output = Transition;

    fn update(&mut self, x: At<Calibrated>) -> Option<Transition> {
        let now = self.watermark.tick(x.time);
        let step = self.counted(&now);
        if now.belief == Belief::SetBack {
            self.state = self.state.set_back(now.time);
        }
        let settings = self.settings;
        let p = x.value.p();
        let abnormal = p <= settings.keeps_going_at();
        let x = Extreme { observation: x.value, raise_at: settings.raise_at };
        match self.state {
            State::Calm if p <= settings.raise_at => self.pend(None, now, step, x),
            State::Calm => None,
            State::Pending(event) if abnormal => self.pend(Some(event), now, step, x),
            State::Pending(_) => {
                self.state = State::Calm;
                None
            }
            State::Raised { event, told, .. } if abnormal => {
                let event = event.with(now.time, step, x);
                let worse = settings.is_worse(event.peak.value, told);
                let told = if worse { event.peak.value } else { told };
                self.state = State::Raised { event, told, calm: None };
                worse.then(|| event.transition(TransitionKind::Worsened, now.time))
            }
            State::Raised { event, told, calm } => {
                let calm = calm.map_or(Duration::ZERO, |calm| calm.saturating_add(step));
                if calm < settings.clear_after {
                    self.state = State::Raised { event, told, calm: Some(calm) };
                    return None;
                }
                self.state = State::Calm;
                self.last = Some((now.steady, event.peak.value));
                Some(event.transition(TransitionKind::Cleared, now.time))
            }
        }
    }

    fn reset(&mut self) {
        self.watermark = Watermark::default();
        self.usual = None;
        self.state = State::Calm;
        self.last = None;
    }
}

impl State {
    fn set_back(self, now: Timestamp) -> Self {
        match self {
            Self::Calm => Self::Calm,
            Self::Pending(event) => Self::Pending(event.set_back(now)),
            Self::Raised { event, told, calm } => Self::Raised { event: event.set_back(now), told, calm },
        }
    }
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(AlarmBuilder, Extreme, State);

#[cfg(feature = "serde")]
impl Alarm {
    fn validate(&self) -> Result<(), Error> {
        self.settings.build()?;
        let event = match self.state {
            State::Calm => None,
            State::Pending(event) | State::Raised { event, .. } => Some(event),
        };
        let mut extremes =
            event.iter().map(|event| event.peak.value).chain(self.last.map(|(_, peak)| peak)).chain(
                match self.state {
                    State::Raised { told, .. } => Some(told),
                    State::Calm | State::Pending(_) => None,
                },
            );
        let raised = extremes.all(|extreme| extreme.raise_at > 0.0 && extreme.raise_at < 1.0);
        Error::require(raised, "raise_at", "in (0, 1)", "another")?;
        let ordered = event.is_none_or(|e| {
            let seen = self.watermark.latest();
            e.start <= e.peak.time && e.peak.time <= e.last && seen.is_some_and(|seen| e.last <= seen)
        });
        Error::require(ordered, "state", "in the order of time", "another")
    }
}
