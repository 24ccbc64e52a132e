//! Samples and series.

use crate::finding::{FindingKind, Findings};
use crate::labels::Labels;
use core::time::Duration;
use evenkeel_core::{Error, Timestamp};

/// The bits of the NaN with which Prometheus says that a series has ended. A NaN that was measured has other
/// bits, in practice `7ff8000000000001`.
pub const STALE_MARKER: u64 = 0x7ff0_0000_0000_0002;

/// True for the value with which Prometheus says that a series has ended.
#[must_use]
pub const fn is_stale_marker(value: f64) -> bool {
    value.to_bits() == STALE_MARKER
}

/// A value with its time, and for what is counted up the time since which it is counted.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Sample {
    /// The time of the value.
    pub time: Timestamp,
    /// The value. NaN if it was measured as that, or if it [is a stale marker](is_stale_marker).
    pub value: f64,
    /// Since when a counter counts, where the source says so (`_created`, start timestamps).
    pub start: Option<Timestamp>,
}

impl Sample {
    /// A value at a time.
    #[must_use]
    pub const fn new(time: Timestamp, value: f64) -> Self {
        Self { time, value, start: None }
    }

    /// The same, counted since a start.
    #[must_use]
    pub const fn since(mut self, start: Option<Timestamp>) -> Self {
        self.start = start;
        self
    }

    /// True if the series ended here.
    #[must_use]
    pub const fn is_stale(&self) -> bool {
        is_stale_marker(self.value)
    }
}

/// How values of a series are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum SeriesKind {
    /// Counts up from a start; a smaller value is a new start. Also the buckets, count and sum of histograms
    /// and summaries.
    Counter,
    /// Each value is an amount of its own, since the start that it carries (OTLP, delta temporality).
    Delta,
    /// A level that goes up and down.
    Gauge,
    /// Not said by the source.
    #[default]
    Unknown,
}

/// Samples of one set of labels.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_ingest::{Findings, Labels, Sample, Series, SeriesKind};
///
/// let at = Timestamp::from_seconds;
/// let mut depth = Series::new(Labels::new([("__name__", "queue_depth")])?, SeriesKind::Gauge);
/// depth.samples = vec![Sample::new(at(20), 5.0), Sample::new(at(10), 4.0), Sample::new(at(20), 6.0)];
/// let mut findings = Findings::default();
/// depth.tidy(&mut findings);
/// assert_eq!(depth.samples.len(), 2); // sorted; the second value at 20 s is reported, not used
/// assert_eq!(findings.to_vec().len(), 2);
/// // Every 10 s the newest value of the last 9 s; a gap is NaN.
/// let grid = depth.on_grid(at(10), Duration::from_secs(10), 3, Duration::from_secs(9))?;
/// assert_eq!(grid[..2], [4.0, 5.0]);
/// assert!(grid[2].is_nan());
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Series {
    /// What tells it apart, the name of the metric among them.
    pub labels: Labels,
    /// How its values are to be read.
    pub kind: SeriesKind,
    /// The unit as the source spells it, for example `seconds` or `ms`; empty if it says none.
    pub unit: String,
    /// The samples; in order of time after [`tidy`](Self::tidy).
    pub samples: Vec<Sample>,
}

impl Series {
    /// A series without samples.
    #[must_use]
    pub fn new(labels: Labels, kind: SeriesKind) -> Self {
        Self { labels, kind, unit: String::new(), samples: Vec::new() }
    }

    /// Sorts samples by time. Of several at one time the first is kept, as Prometheus does: repetitions are
    /// counted as such, other values as conflicts. NaN equals NaN here if the bits do. O(n log n), O(n) if
    /// they are in order.
    pub fn tidy(&mut self, findings: &mut Findings) {
        let disorder = self.samples.windows(2).filter(|pair| pair[1].time < pair[0].time).count();
        let mut report = |kind, n: usize| {
            if n > 0 {
                findings.add(kind, &self.labels.to_string(), u64::try_from(n).unwrap_or(u64::MAX));
            }
        };
        report(FindingKind::OutOfOrder, disorder);
        if disorder > 0 {
            // Stable: the first of several at one time stays the first.
            self.samples.sort_by_key(|sample| sample.time);
        }
        let (mut repeated, mut conflicting) = (0, 0);
        self.samples.dedup_by(|next, kept| {
            let same_time = next.time == kept.time;
            if same_time && next.value.to_bits() == kept.value.to_bits() {
                repeated += 1;
            } else if same_time {
                conflicting += 1;
            }
            same_time
        });
        report(FindingKind::RepeatedSample, repeated);
        report(FindingKind::ConflictingSamples, conflicting);
    }

    /// Sets times after `now + tolerance` to `now`, and reports how many: one sender's clock must not advance
    /// the windows of all.
    pub fn clamp_future(&mut self, now: Timestamp, tolerance: Duration, findings: &mut Findings) {
        let late = now + tolerance;
        let mut n = 0;
        for sample in self.samples.iter_mut().filter(|sample| sample.time > late) {
            sample.time = now;
            n += 1;
        }
        if n > 0 {
            findings.add(FindingKind::FutureTime, &self.labels.to_string(), n);
        }
    }

    /// The value at each of `n` instants from `start` on: the newest sample that is at most `lookback` old,
    /// as in a Prometheus query (whose lookback is 5 minutes; an age of exactly `lookback` counts, as in
    /// version 2). NaN where there is none, or where the series was said to have ended.
    ///
    /// The samples must be in order of time; see [`tidy`](Self::tidy). O(n + samples).
    ///
    /// # Errors
    /// [`Error::Parameter`] if `step` is zero, or if samples are out of order.
    pub fn on_grid(
        &self,
        start: Timestamp,
        step: Duration,
        n: usize,
        lookback: Duration,
    ) -> Result<Vec<f64>, Error> {
        Error::require(!step.is_zero(), "step", "above 0", "0")?;
        let in_order = self.samples.is_sorted_by_key(|sample| sample.time);
        Error::require(in_order, "samples", "in order of time", "out of order")?;
        let mut values = Vec::with_capacity(n.min(1 << 20));
        let (mut seen, mut time) = (0, start);
        for _ in 0..n {
            while self.samples.get(seen).is_some_and(|sample| sample.time <= time) {
                seen += 1;
            }
            let newest = seen.checked_sub(1).map(|i| self.samples[i]);
            let usable = newest.filter(|s| !s.is_stale() && time.since(s.time) <= lookback);
            values.push(usable.map_or(f64::NAN, |sample| sample.value));
            time = time + step;
        }
        Ok(values)
    }

    /// The stretches without data between samples: from the last sample before to the first after, wherever
    /// more than `tolerance` lies between two samples or a [stale marker](Sample::is_stale) does. Samples
    /// must be in order of time.
    #[must_use]
    pub fn gaps(&self, tolerance: Duration) -> Vec<(Timestamp, Timestamp)> {
        let mut gaps = Vec::new();
        let (mut last, mut ended): (Option<Timestamp>, bool) = (None, false);
        for sample in &self.samples {
            if sample.is_stale() {
                ended = true;
                continue;
            }
            if let Some(last) = last.filter(|&last| ended || sample.time.since(last) > tolerance) {
                gaps.push((last, sample.time));
            }
            (last, ended) = (Some(sample.time), false);
        }
        gaps
    }
}

/// Puts the samples of series with equal labels together, in the order of the labels, and
/// [tidies](Series::tidy) each. What is said about kind and unit first holds.
///
/// A remote-write sender that catches up after an outage sends one set of labels many times. O(n log n).
#[must_use]
pub fn merge_series(mut series: Vec<Series>, findings: &mut Findings) -> Vec<Series> {
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    series.dedup_by(|next, kept| {
        let same = next.labels == kept.labels;
        if same {
            kept.samples.append(&mut next.samples);
            if kept.kind == SeriesKind::Unknown {
                kept.kind = next.kind;
            }
            if kept.unit.is_empty() {
                kept.unit = core::mem::take(&mut next.unit);
            }
        }
        same
    });
    for one in &mut series {
        one.tidy(findings);
    }
    series
}

/// Gives all series names in the alphabet of Prometheus 2; see [`Labels::sanitized`]. Series that would
/// become one keep their own names, and [`FindingKind::CollidingNames`] is reported for each such set.
pub fn sanitize_series(series: &mut [Series], findings: &mut Findings) {
    let mut new: Vec<(Labels, usize)> =
        series.iter().enumerate().map(|(i, one)| (one.labels.sanitized(findings), i)).collect();
    new.sort_unstable();
    for same in new.chunk_by(|a, b| a.0 == b.0) {
        let first = &series[same[0].1].labels;
        if same.iter().any(|(_, i)| series[*i].labels != *first) {
            findings.add(FindingKind::CollidingNames, &same[0].0.to_string(), 1);
        } else {
            for (labels, i) in same {
                series[*i].labels = labels.clone();
            }
        }
    }
}
