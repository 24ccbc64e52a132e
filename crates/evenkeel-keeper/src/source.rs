//! Freshness of sources: stale, late, stuck.

use core::time::Duration;
use evenkeel_core::{SourceHealth, Timestamp, Unreliable};

/// How late is too late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FreshnessLimits {
    /// After so long without a value a source is stale, or after three times its own rhythm if that is
    /// longer; after four times as long it is broken.
    pub(crate) stale_after: Duration,
    /// A value older than this and the source's own rhythm when it arrives is late.
    pub(crate) late_after: Duration,
    /// After so many equal values in a row a metric that used to vary rests.
    pub(crate) stuck_after: u32,
}

/// The number of values that decides whether a source's clock is right.
const MOST_ARRIVED: u32 = 32;
/// The number of last intervals that decides the rhythm: odd, and large enough that an outage does not reach
/// most of them.
const INTERVALS: usize = 9;
/// How many of them make a rhythm certain.
const SURE: u8 = 3;
/// How many silences of about one length, one after the other, make them a rhythm: of a source that sends in
/// bursts.
const SILENCES: usize = 3;

/// One source: the metrics of a component or of an instance of it, or the requests of a symptom.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Source {
    /// The time of the newest value.
    latest: Option<Timestamp>,
    /// When it arrived, and how late it was.
    arrived_at: Option<Timestamp>,
    delay: Duration,
    /// What was said last.
    reported: Option<SourceHealth>,
    /// Metrics of the source, those that rest at one value now, and of these those that rest at zero.
    metrics: u32,
    resting: u32,
    idle: u32,
    /// How many values arrived since it was said last, and how many of them with a time in the future.
    arrived: u32,
    skewed: u32,
    /// Whether it is gone for good, and nobody waits for it: until it says something again.
    is_gone: bool,
    /// The last intervals from a value of a metric to its next, in order of their lengths, and in order of
    /// their coming.
    intervals: [Duration; INTERVALS],
    next_interval: u8,
    known_intervals: u8,
    /// When the last of them ended.
    interval_at: Option<Timestamp>,
    /// The last silences that were longer than the intervals let expect, and when the last of them ended.
    silences: [Duration; SILENCES],
    silence_at: Option<Timestamp>,
}

impl Source {
    pub(crate) fn new() -> Self {
        Self {
            latest: None,
            arrived_at: None,
            delay: Duration::ZERO,
            reported: None,
            metrics: 0,
            resting: 0,
            idle: 0,
            arrived: 0,
            skewed: 0,
            is_gone: false,
            intervals: [Duration::ZERO; INTERVALS],
            next_interval: 0,
            known_intervals: 0,
            interval_at: None,
            silences: [Duration::ZERO; SILENCES],
            silence_at: None,
        }
    }

    /// A value of a time arrived, so long after the one before it of the same metric; whether that time was
    /// in the future, and is now instead.
    pub(crate) fn arrived(
        &mut self,
        at: Timestamp,
        now: Timestamp,
        interval: Option<Duration>,
        is_skewed: bool,
        limits: &FreshnessLimits,
    ) {
        self.is_gone = false;
        // What is told again is no news.
        if self.latest.is_none_or(|latest| at > latest) {
            let silence = self.arrived_at.map(|last| now.since(last)).unwrap_or_default();
            // The patience is never shorter; it costs a sort, and most values come in time.
            if silence > limits.stale_after && silence > self.patience_by_intervals(limits) {
                self.silences.rotate_left(1);
                self.silences[SILENCES - 1] = silence;
                self.silence_at = Some(now);
            }
            (self.latest, self.arrived_at) = (Some(at), Some(now));
        }
        self.delay = now.since(at);
        self.arrived = self.arrived.saturating_add(1);
        self.skewed = self.skewed.saturating_add(u32::from(is_skewed));
        // Of several metrics that come together one counts, so that one outage is one interval.
        let is_new = |interval: &Duration| {
            !interval.is_zero() && self.interval_at.is_none_or(|last| at.since(last) >= *interval / 2)
        };
        if let Some(interval) = interval.filter(is_new) {
            self.interval_at = Some(at);
            self.intervals[usize::from(self.next_interval)] = interval;
            self.next_interval = (self.next_interval + 1) % INTERVALS as u8;
            self.known_intervals = (self.known_intervals + 1).min(INTERVALS as u8);
        }
    }

    /// How long it usually is from a value to the next of the same metric: the median of the last nine times;
    /// `None` before one. Of a source that sends in bursts, how long it is silent between them.
    pub(crate) fn rhythm(&self, now: Timestamp) -> Option<Duration> {
        let known = usize::from(self.known_intervals).min(INTERVALS);
        let mut intervals = self.intervals;
        let intervals = &mut intervals[..known];
        intervals.sort_unstable();
        intervals.get(known / 2).copied().max(self.silence(now))
    }

    /// How long it is silent between bursts: the longest of three silences in a row that differ by half at
    /// most, unless none came for ten times as long.
    fn silence(&self, now: Timestamp) -> Option<Duration> {
        let (shortest, longest) = (self.silences.iter().min()?, *self.silences.iter().max()?);
        let is_regular = !shortest.is_zero() && longest <= *shortest + *shortest / 2;
        let is_recent = self.silence_at.is_some_and(|at| now.since(at) <= longest.saturating_mul(10));
        (is_regular && is_recent).then_some(longest)
    }

    /// After how long without a value it is stale, by the intervals alone. One or two of them may have been
    /// outages, so they are believed within limits.
    fn patience_by_intervals(&self, limits: &FreshnessLimits) -> Duration {
        // Long ago there was no silence.
        let Some(rhythm) = self.rhythm(Timestamp::MAX) else { return limits.stale_after };
        let by_rhythm = rhythm.saturating_mul(3);
        let most =
            if self.known_intervals < SURE { limits.stale_after.saturating_mul(40) } else { by_rhythm };
        limits.stale_after.max(by_rhythm.min(most))
    }

    /// After how long without a value it is stale.
    fn patience(&self, now: Timestamp, limits: &FreshnessLimits) -> Duration {
        let between_bursts = self.silence(now).map(|silence| silence + silence / 2).unwrap_or_default();
        self.patience_by_intervals(limits).max(between_bursts)
    }

    /// Whether it has been silent for longer than it usually is.
    pub(crate) fn is_silent(&self, now: Timestamp, limits: &FreshnessLimits) -> bool {
        let age = self.arrived_at.map_or(Duration::MAX, |at| now.since(at));
        age > limits.stale_after && age > self.patience(now, limits)
    }

    /// It left for good.
    pub(crate) fn leave(&mut self) {
        (self.is_gone, self.reported) = (true, None);
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.is_gone
    }

    pub(crate) fn add_metric(&mut self) {
        self.metrics = self.metrics.saturating_add(1);
    }

    /// The clock was set back: nothing arrived later than now.
    pub(crate) fn set_back(&mut self, now: Timestamp) {
        let times = [&mut self.latest, &mut self.arrived_at, &mut self.interval_at, &mut self.silence_at];
        times.into_iter().flatten().for_each(|time| *time = (*time).min(now));
    }

    /// A metric of the source began to rest at one value, or moved again.
    pub(crate) fn rests(&mut self, Rest { at_zero, begins }: Rest) {
        let count = |counter: u32| if begins { counter.saturating_add(1) } else { counter.saturating_sub(1) };
        self.resting = count(self.resting);
        if at_zero {
            self.idle = count(self.idle);
        }
    }

    pub(crate) fn health(
        &self,
        now: Timestamp,
        limits: &FreshnessLimits,
        observer_late: bool,
    ) -> SourceHealth {
        let Some(arrived_at) = self.arrived_at else { return SourceHealth::Broken };
        if observer_late {
            return SourceHealth::Unreliable(Unreliable::ObserverOverloaded);
        }
        if self.is_silent(now, limits) {
            let is_broken = now.since(arrived_at) > self.patience(now, limits).saturating_mul(4);
            return if is_broken { SourceHealth::Broken } else { SourceHealth::Stale };
        }
        // Where all rest something is stuck, unless one of them rests at zero: what has nothing to do is
        // idle.
        let is_stuck = self.metrics > 0 && self.resting == self.metrics && self.idle == 0;
        if self.skewed > self.arrived / 2 {
            SourceHealth::Unreliable(Unreliable::ClockSkew)
        } else if self.delay > limits.late_after
            && self.delay > self.rhythm(now).unwrap_or_default().saturating_add(limits.late_after)
        {
            // A value that stands for a minute carries the time of its beginning.
            SourceHealth::Unreliable(Unreliable::Late)
        } else if is_stuck {
            SourceHealth::Unreliable(Unreliable::Stuck)
        } else {
            SourceHealth::Fresh
        }
    }

    /// The health if it is another than was said before.
    pub(crate) fn changed_health(
        &mut self,
        now: Timestamp,
        limits: &FreshnessLimits,
        observer_late: bool,
    ) -> Option<SourceHealth> {
        let health = self.health(now, limits, observer_late);
        // The last few decide, and if none arrives until the next time, what is known of its clock stays.
        while self.arrived > MOST_ARRIVED {
            (self.arrived, self.skewed) = (self.arrived / 2, self.skewed / 2);
        }
        (self.reported.replace(health) != Some(health)).then_some(health)
    }
}

/// A metric began to rest at one value, or moved again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rest {
    /// Whether that value is zero.
    at_zero: bool,
    begins: bool,
}

/// How often a metric has said the same.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Repeats {
    #[cfg_attr(feature = "serde", serde(with = "evenkeel_core::exact"))]
    value: f64,
    times: u32,
    varied: bool,
    /// Whether it rests, as its source was told.
    resting: bool,
}

impl Repeats {
    /// Takes a value; says whether the metric has just begun to rest, or moved again.
    pub(crate) fn update(&mut self, x: f64, limits: &FreshnessLimits) -> Option<Rest> {
        let at_zero = self.value == 0.0;
        if x == self.value {
            self.times = self.times.saturating_add(1);
            let begins = self.varied && !self.resting && self.times >= limits.stuck_after;
            self.resting |= begins;
            return begins.then_some(Rest { at_zero, begins });
        }
        let moved = self.resting.then_some(Rest { at_zero, begins: false });
        // The first value differs from nothing.
        self.varied |= self.times > 0;
        *self = Self { value: x, times: 1, varied: self.varied, resting: false };
        moved
    }
}
