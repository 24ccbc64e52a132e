//! From what was counted so far to what happened in between.

use crate::sample::{Sample, SeriesKind};
use core::time::Duration;
use evenkeel_core::{Stage, Timestamp};

/// How much a counter has grown from one time to another.
#[derive(Debug, Clone, Copy, PartialEq)]
#[must_use]
#[non_exhaustive]
pub struct Increase {
    /// The time of the sample before, or the start of the counter if this is its first sample.
    pub from: Timestamp,
    /// The time of the sample.
    pub to: Timestamp,
    /// By how much it grew; at least 0. After a restart at least so much: what was counted between the sample
    /// before and the restart is lost.
    pub amount: f64,
    /// Whether the counter started again in between.
    pub restarted: bool,
}

impl Increase {
    /// The length of the interval.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.to.since(self.from)
    }

    /// Events a second; always finite, as intervals are never empty.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.amount / self.length().as_secs_f64()
    }
}

/// Turns the samples of a counter into [`Increase`]s, one a sample.
///
/// When to use: for everything that is counted (requests, errors, bytes, the buckets of histograms) before it
/// is watched. Do not add counters of several instances up before: a restart of one then looks like a
/// restart of all.
///
/// *Restarts*: a value below the one before is a new start, and so is a start timestamp that is not before
/// the time of the last sample, which finds restarts that values hide. A value that falls although its start
/// timestamp stayed the same is [counted](Self::decreased) and treated as a restart. With a start timestamp
/// the first sample says something already: everything since the start.
///
/// *Missing data*: samples that are not finite, negative ones and stale markers teach nothing; the next
/// increase then spans the gap. Samples not after the last one are [counted](Self::late) and ignored. Nothing
/// is extrapolated to the edges of a window, unlike in PromQL's `rate`.
///
/// O(1) a sample, 64 bytes.
///
/// ```
/// use evenkeel_core::{Stage, Timestamp};
/// use evenkeel_ingest::{CounterRate, Sample};
///
/// let at = Timestamp::from_seconds;
/// let mut rate = CounterRate::new();
/// assert_eq!(rate.update(Sample::new(at(0), 100.0)), None);
/// assert_eq!(rate.update(Sample::new(at(10), 130.0)).map(|i| i.per_second()), Some(3.0));
/// // Started again, and has counted more than before: only the start timestamp tells.
/// let restarted = rate.update(Sample::new(at(20), 150.0).since(Some(at(15)))).unwrap();
/// assert_eq!((restarted.amount, restarted.restarted), (150.0, true));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[must_use]
pub struct CounterRate {
    delta: bool,
    last: Option<Sample>,
    late: u64,
    decreased: u64,
}

impl CounterRate {
    /// For a counter whose values go on from one sample to the next.
    pub fn new() -> Self {
        Self::default()
    }

    /// For values that are amounts of their own (delta temporality): each is an increase since its start
    /// timestamp, or since the sample before where it has none.
    pub fn delta() -> Self {
        Self { delta: true, ..Self::default() }
    }

    /// For what a series is said to be; `None` for one that does not count.
    #[must_use]
    pub fn of(kind: SeriesKind) -> Option<Self> {
        match kind {
            SeriesKind::Counter => Some(Self::new()),
            SeriesKind::Delta => Some(Self::delta()),
            SeriesKind::Gauge | SeriesKind::Unknown => None,
        }
    }

    /// How many samples were not after the one before.
    #[must_use]
    pub fn late(&self) -> u64 {
        self.late
    }

    /// How many values fell although their start timestamp stayed the same: a broken counter, or two of them
    /// under one name.
    #[must_use]
    pub fn decreased(&self) -> u64 {
        self.decreased
    }

    fn first(&self, sample: Sample) -> Option<Increase> {
        let start = sample.start.filter(|&start| start < sample.time)?;
        Some(Increase { from: start, to: sample.time, amount: sample.value, restarted: false })
    }

    fn delta_of(last: Option<Sample>, sample: Sample) -> Option<Increase> {
        let before = last.map(|last| last.time);
        let from = sample.start.filter(|&start| start < sample.time).or(before)?;
        Some(Increase { from, to: sample.time, amount: sample.value, restarted: false })
    }

    fn next(&mut self, last: Sample, sample: Sample) -> Increase {
        let fell = sample.value < last.value;
        let told = sample.start.is_some_and(|start| start >= last.time && sample.start != last.start);
        if fell && sample.start.is_some() && sample.start == last.start {
            self.decreased = self.decreased.saturating_add(1);
        }
        let restarted = fell || told;
        let amount = if restarted { sample.value } else { sample.value - last.value };
        Increase { from: last.time, to: sample.time, amount, restarted }
    }
}

impl Stage<Sample> for CounterRate {
    type Output = Increase;

    fn update(&mut self, sample: Sample) -> Option<Increase> {
        if !(0.0..=1e100).contains(&sample.value) {
            return None;
        }
        if self.last.is_some_and(|last| sample.time <= last.time) {
            self.late = self.late.saturating_add(1);
            return None;
        }
        let increase = match self.last {
            last if self.delta => Self::delta_of(last, sample),
            None => self.first(sample),
            Some(last) => Some(self.next(last, sample)),
        };
        self.last = Some(sample);
        increase
    }

    fn reset(&mut self) {
        *self = Self { delta: self.delta, ..Self::default() };
    }
}
