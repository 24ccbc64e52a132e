//! From scores and errors to events: what monitors of one series and of rows have in common.

use super::budget::Budget;
use super::evidence::{Departure, Evidence, Judged};
use super::monitor_builder::MonitorBuilder;
use super::monitor_event::{Alert, MonitorEvent};
use super::pace::Pace;
use super::rarity::Rarity;
use crate::adapt::SmoothedScore;
use crate::alarm::Alarm;
use crate::ensemble::Tier;
use alloc::vec::Vec;
use core::time::Duration;
use evenkeel_core::{
    At, Belief, Calibrated, Direction, Error, Prediction, Score, Stage, Timestamp, Transition, Watermark,
    observed,
};

/// The share of the risk for the score of the whole detector, in the full tier.
const PATTERN: f64 = 0.2;
/// So many intervals without a value are silence.
const SILENT: u32 = 5;
/// So many calm intervals end an event.
const CALM: u32 = 10;
/// How many times as surprising is markedly worse.
const WORSE: f64 = 1.5;
/// The span of the smoothed score.
const SPAN: usize = 20;
/// The interval until the pace is known: nothing is judged before.
const PROVISIONAL: Duration = Duration::from_secs(60);
/// What calibrators can carry, in false alarms a value.
const RISKS: (f64, f64) = (1e-13, 0.03);
/// No more missing values than this are made up for at once.
pub(super) const MOST_MISSING: u64 = 1_000;

/// What a value is to be taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is late, a duplicate, or its time is not believed: it is not learned.
    Skip,
    /// It is the next one at this time, after so many missing ones.
    Next { time: Timestamp, missing: u64 },
}

/// One value as its detector saw it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    pub(super) value: f64,
    pub(super) innovation: Option<f64>,
    pub(super) expected: Option<Prediction>,
    pub(super) score: Option<Score>,
}

impl Seen {
    fn departure(&self) -> Option<Departure> {
        let error = self.value - self.expected?.mean();
        let error = error.clamp(-f64::MAX, f64::MAX);
        Some(Departure { value: self.value, error, standardized: self.innovation? })
    }
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub(super) struct Judge {
    pub(super) settings: MonitorBuilder,
    watermark: Watermark,
    pace: Pace,
    duplicates: u64,
    /// Of each column.
    evidence: Vec<Evidence>,
    /// Of the mean score.
    pattern: Option<Rarity>,
    alarm: Alarm,
    smoothed: SmoothedScore,
    /// The last smoothed score.
    score: Option<Score>,
    /// The time of the last value that was not missing.
    heard: Option<Timestamp>,
    /// The value at the peak of the event under way, and whether its evidence was gathered over several.
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    peak: Option<(f64, bool)>,
    is_lost: bool,
    /// An event that came together with another: only one can be told at a time.
    waiting: Option<MonitorEvent>,
}

impl Judge {
    pub(super) fn new(settings: MonitorBuilder, columns: usize) -> Result<Self, Error> {
        validate(&settings)?;
        let MonitorBuilder { budget, tier, step, direction, .. } = settings;
        let interval = step.unwrap_or(PROVISIONAL);
        let risk = risk(budget, interval, columns);
        let has_pattern = judges_pattern(&settings);
        let of_columns = column_risk(risk, has_pattern, columns);
        let evidence = core::iter::repeat_with(|| Evidence::new(tier, direction, of_columns));
        let alarm = Alarm::builder(risk)
            .min_duration(settings.min_duration)
            .clear_after(settings.clear_after.unwrap_or(interval.saturating_mul(CALM)))
            .worsen(WORSE);
        Ok(Self {
            settings,
            watermark: Watermark::default(),
            pace: Pace::new(step),
            duplicates: 0,
            evidence: evidence.take(columns).collect::<Result<_, _>>()?,
            pattern: has_pattern.then(|| Rarity::new(tier, PATTERN * risk)).transpose()?,
            alarm: alarm.build()?,
            smoothed: SmoothedScore::new(SPAN)?,
            score: None,
            heard: None,
            peak: None,
            is_lost: false,
            waiting: None,
        })
    }

    /// Takes the time of a value.
    pub(super) fn turn(&mut self, time: Timestamp) -> Turn {
        let is_first = self.watermark.latest().is_none();
        let tick = self.watermark.tick(time);
        match tick.belief {
            Belief::Believed if is_first => Turn::Next { time: tick.time, missing: 0 },
            Belief::Believed if tick.elapsed().is_zero() => {
                self.duplicates = self.duplicates.saturating_add(1);
                Turn::Skip
            }
            Belief::Believed => {
                let missing = self.pace.missing(tick.elapsed()).min(MOST_MISSING);
                if self.pace.learn(tick.elapsed()) {
                    self.follow_pace();
                }
                Turn::Next { time: tick.time, missing }
            }
            Belief::SetBack => Turn::Next { time: tick.time, missing: 0 },
            _ => Turn::Skip,
        }
    }

    /// Thresholds for the usual interval, and how long it must be calm.
    fn follow_pace(&mut self) {
        let interval = self.pace.usual().unwrap_or(PROVISIONAL);
        // All risks in the range of the calibrators are taken.
        let _ = self.set_risk(risk(self.settings.budget, interval, self.evidence.len()));
        if self.settings.clear_after.is_none() {
            self.alarm.set_clear_after(interval.saturating_mul(CALM));
        }
    }

    pub(super) fn set_budget(&mut self, budget: Budget) -> Result<(), Error> {
        let interval = self.pace.usual().unwrap_or(PROVISIONAL);
        self.set_risk(risk(budget, interval, self.evidence.len()))?;
        self.settings.budget = budget;
        Ok(())
    }

    fn set_risk(&mut self, risk: f64) -> Result<(), Error> {
        let of_columns = column_risk(risk, self.pattern.is_some(), self.evidence.len());
        for evidence in &mut self.evidence {
            evidence.set_risk(of_columns)?;
        }
        if let Some(pattern) = &mut self.pattern {
            pattern.set_risk(PATTERN * risk)?;
        }
        self.alarm.set_raise_at(risk)
    }

    /// Judges the values of the columns at a time.
    pub(super) fn judge(&mut self, time: Timestamp, seen: &[Seen]) -> Option<MonitorEvent> {
        let mut returned = None;
        if seen.iter().any(|seen| observed(seen.value).is_some()) {
            if let Some(since) = self.heard.filter(|_| self.is_lost) {
                returned = Some(MonitorEvent::Returned { at: time, since });
                self.is_lost = false;
            }
            self.heard = Some(time);
        }
        let alert = self.alert(time, seen).map(MonitorEvent::Alert);
        let mut told = [self.waiting.take(), returned, alert].into_iter().flatten();
        let first = told.next();
        // Of three the alert matters more than that there are values again.
        self.waiting = told.next_back();
        first
    }

    fn alert(&mut self, time: Timestamp, seen: &[Seen]) -> Option<Alert> {
        let mean = mean_score(seen);
        if let Some(smoothed) = mean.and_then(|score| self.smoothed.update(score)) {
            self.score = Some(smoothed);
        }
        let wanted = self.settings.direction;
        // Every column learns, whichever has the strongest evidence.
        let mut strongest: Option<(Judged, usize)> = None;
        for (at, (evidence, seen)) in self.evidence.iter_mut().zip(seen).enumerate() {
            let judged = seen.departure().and_then(|departure| evidence.update(departure, wanted));
            if let Some(judged) = judged
                && strongest.is_none_or(|(most, _)| judged.p < most.p)
            {
                strongest = Some((judged, at));
            }
        }
        let columns = seen.len() as f64;
        let shared = if self.pattern.is_some() { 1.0 - PATTERN } else { 1.0 };
        if let Some((judged, _)) = &mut strongest {
            judged.p = (judged.p * columns / shared).min(1.0);
        }
        let pattern =
            self.pattern.as_mut().zip(mean).and_then(|(rarity, score)| Some((rarity.update(score)?, score)));
        if let Some((calibrated, score)) = pattern {
            let p = (calibrated.p() / PATTERN).min(1.0);
            if strongest.is_none_or(|(most, _)| p < most.p) {
                let at = score.dimension().and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
                strongest = Some((Judged { p, direction: score.direction(), is_accumulated: false }, at));
            }
        }
        let (judged, at) = strongest?;
        let column = seen.get(at)?;
        let size = column.score.map(|score| score.value()).or(column.innovation.map(f64::abs))?;
        let mut score = Score::new(size, judged.direction)?;
        if let Some(expected) = column.expected {
            score = score.with_expected(expected);
        }
        if let (true, Ok(at)) = (seen.len() > 1, u32::try_from(at)) {
            score = score.with_dimension(at);
        }
        let transition = self.alarm.update(At::new(time, Calibrated::clamped(judged.p, score)));
        if self.alarm.peak().is_some_and(|peak| peak.time == time) {
            self.peak = Some((column.value, judged.is_accumulated));
        }
        let alert = self.of_transition(transition?);
        if self.alarm.peak().is_none() {
            self.peak = None;
        }
        alert
    }

    fn of_transition(&self, transition: Transition) -> Option<Alert> {
        let (observed, is_accumulated) = self.peak?;
        Some(Alert::new(transition, observed)?.accumulated(is_accumulated))
    }

    /// What is told at a time without a value.
    pub(super) fn tick(&mut self, now: Timestamp) -> Option<MonitorEvent> {
        if let Some(waiting) = self.waiting.take() {
            return Some(waiting);
        }
        let since = self.heard.filter(|_| !self.is_lost)?;
        let usual = self.pace.usual().map(|usual| usual.saturating_mul(SILENT));
        let silent = self.settings.lost_after.or(usual)?;
        if now <= since || now.since(since) <= silent {
            return None;
        }
        self.is_lost = true;
        Some(MonitorEvent::Lost { at: now, since })
    }

    pub(super) fn forget(&mut self) {
        // Made anew: risks that were changed and changed back differ in the last bit.
        if let Ok(fresh) = Self::new(self.settings, self.evidence.len()) {
            *self = fresh;
        }
    }

    /// Ends the event under way without a word: it was part of a history.
    pub(super) fn forget_event(&mut self) {
        self.alarm.reset();
        (self.peak, self.waiting) = (None, None);
        self.is_lost = false;
    }

    pub(super) fn score(&self) -> Option<Score> {
        self.score
    }

    pub(super) fn alarm(&self) -> &Alarm {
        &self.alarm
    }

    pub(super) fn usual_interval(&self) -> Option<Duration> {
        self.pace.usual()
    }

    pub(super) fn late(&self) -> u64 {
        self.watermark.late()
    }

    pub(super) fn duplicates(&self) -> u64 {
        self.duplicates
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    #[cfg(feature = "serde")]
    pub(super) fn validate(&self, columns: usize) -> Result<(), Error> {
        validate(&self.settings)?;
        let has_pattern = judges_pattern(&self.settings);
        let same = self.evidence.len() == columns && self.pattern.is_some() == has_pattern;
        Error::require(same, "evidence", "that of the settings", self.evidence.len())?;
        let tier = self.settings.tier;
        self.evidence.iter().try_for_each(|evidence| evidence.validate(tier))?;
        self.pattern.iter().try_for_each(|pattern| pattern.validate(tier))?;
        let interval = self.pace.usual().unwrap_or(PROVISIONAL);
        let expected = risk(self.settings.budget, interval, columns);
        let promised = (self.alarm.raise_at() / expected - 1.0).abs() < 1e-9;
        Error::require(promised, "raise_at", "that of the budget", self.alarm.raise_at())?;
        let peak = self.peak.is_none_or(|(value, _)| value.is_finite());
        Error::require(peak, "peak", "finite", format_args!("{:?}", self.peak))
    }
}

fn validate(settings: &MonitorBuilder) -> Result<(), Error> {
    for (name, length) in [("step", settings.step), ("lost_after", settings.lost_after)] {
        Error::require(length != Some(Duration::ZERO), name, "positive", "0")?;
    }
    let Some(step) = settings.step else { return Ok(()) };
    let risk = settings.budget.per_value(step);
    let carried = (RISKS.0..=RISKS.1).contains(&risk);
    Error::require(carried, "budget", "from 1e-13 to 0.03 false alarms a value", risk)
}

/// Whether the score of the whole detector is judged, besides the errors of its model.
fn judges_pattern(settings: &MonitorBuilder) -> bool {
    settings.tier == Tier::Full && settings.direction == Direction::Either
}

/// The false alarms a value that a budget gives, as far as calibrators can carry it.
fn risk(budget: Budget, interval: Duration, columns: usize) -> f64 {
    budget.per_value(interval).clamp(RISKS.0 * columns as f64, RISKS.1)
}

/// The part of a risk that each column has.
fn column_risk(risk: f64, has_pattern: bool, columns: usize) -> f64 {
    let shared = if has_pattern { 1.0 - PATTERN } else { 1.0 };
    shared * risk / columns as f64
}

/// The mean of the columns' scores, with the direction of the largest and its place.
fn mean_score(seen: &[Seen]) -> Option<Score> {
    let scores = || seen.iter().enumerate().filter_map(|(at, seen)| Some((at, seen.score?)));
    let (sum, count) = scores().fold((0.0, 0.0), |(sum, n), (_, score)| (sum + score.value(), n + 1.0));
    let (at, largest) = scores().max_by(|a, b| a.1.value().total_cmp(&b.1.value()))?;
    let score = Score::new(sum / count, largest.direction())?;
    Some(u32::try_from(at).map_or(score, |at| score.with_dimension(at)))
}

#[cfg(feature = "serde")]
evenkeel_core::exact_as_is!(Judge);

#[cfg(feature = "serde")]
impl Judge {
    pub(super) fn schema() -> alloc::string::String {
        use crate::calibrate::RankCusum;
        use evenkeel_core::Snapshot;
        let parts =
            [Pace::schema(), RankCusum::schema(), Rarity::schema(), Alarm::schema(), SmoothedScore::schema()];
        parts.join(",")
    }
}
