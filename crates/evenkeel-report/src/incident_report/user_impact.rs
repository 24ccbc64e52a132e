//! What users felt.

use crate::alert_span::AlertSpan;
use crate::series_chart::SeriesChart;
use core::time::Duration;
use evenkeel_core::{At, Error, Timestamp, Unit};
use std::collections::BTreeMap;

/// Good and bad requests over time, in buckets of equal length, and the share of bad ones that users were promised not to
/// exceed.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_report::UserImpact;
///
/// let mut impact = UserImpact::new(Duration::from_secs(1), 0.02)?;
/// impact.count(Timestamp::from_seconds(10), 95, 5);
/// impact.count(Timestamp::from_seconds(11), 100, 0);
/// let (from, to) = (Timestamp::from_seconds(10), Timestamp::from_seconds(20));
/// assert_eq!(impact.total(from, to), (195, 5));
/// assert_eq!(impact.above_objective(from, to), Duration::from_secs(1));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct UserImpact {
    bucket: Duration,
    objective: f64,
    counts: BTreeMap<Timestamp, (u64, u64)>,
}

impl UserImpact {
    /// Buckets of this length, and the share of requests that may be bad.
    ///
    /// # Errors
    /// If a bucket is shorter than a millisecond, or the objective is not in [0, 1].
    pub fn new(bucket: Duration, objective: f64) -> Result<Self, Error> {
        let least = Duration::from_millis(1);
        Error::require(bucket >= least, "bucket", "at least a millisecond", format_args!("{bucket:?}"))?;
        Error::require((0.0..=1.0).contains(&objective), "objective", "in [0, 1]", objective)?;
        Ok(Self { bucket, objective, counts: BTreeMap::new() })
    }

    /// Counts requests that ended at a time, in any order.
    pub fn count(&mut self, at: Timestamp, good: u64, bad: u64) {
        let length = i64::try_from(self.bucket.as_nanos()).unwrap_or(i64::MAX);
        let nanos = at.as_nanos();
        let start = Timestamp::from_nanos(nanos.saturating_sub(nanos.rem_euclid(length)));
        let (all_good, all_bad) = self.counts.entry(start).or_default();
        *all_good = all_good.saturating_add(good);
        *all_bad = all_bad.saturating_add(bad);
    }

    /// The share of requests that may be bad.
    #[must_use]
    pub fn objective(&self) -> f64 {
        self.objective
    }

    fn between(&self, from: Timestamp, to: Timestamp) -> impl Iterator<Item = (u64, u64)> + '_ {
        // A bucket belongs to a time if it ends after it.
        let first = from - self.bucket.saturating_sub(Duration::from_nanos(1));
        let range = if first <= to { first..=to } else { to..=to };
        self.counts.range(range).map(|(_, counts)| *counts)
    }

    /// Good and bad requests of all buckets that lie at least in part between two times.
    #[must_use]
    pub fn total(&self, from: Timestamp, to: Timestamp) -> (u64, u64) {
        self.between(from, to)
            .fold((0, 0), |(good, bad), (g, b)| (good.saturating_add(g), bad.saturating_add(b)))
    }

    /// For how long the share of bad requests was above the objective between two times: the length of all such
    /// buckets.
    #[must_use]
    pub fn above_objective(&self, from: Timestamp, to: Timestamp) -> Duration {
        let above = self.between(from, to).filter(|counts| share(*counts) > self.objective).count();
        self.bucket.saturating_mul(u32::try_from(above).unwrap_or(u32::MAX))
    }

    /// From the first bucket to the last; `None` without any.
    #[must_use]
    pub fn extent(&self) -> Option<(Timestamp, Timestamp)> {
        Some((*self.counts.keys().next()?, *self.counts.keys().next_back()?))
    }

    /// The share of bad requests over time, with the objective as a limit and the spans given. A bucket without requests
    /// is a gap.
    pub fn chart(&self, title: impl Into<String>, spans: impl IntoIterator<Item = AlertSpan>) -> SeriesChart {
        let values: Vec<At<f64>> =
            self.counts.iter().map(|(time, counts)| At::new(*time, share(*counts))).collect();
        SeriesChart::new(title, &values).unit(Unit::Ratio).limit(self.objective).alerts(spans)
    }
}

/// The share of bad ones; NaN without any request.
fn share((good, bad): (u64, u64)) -> f64 {
    bad as f64 / (good as f64 + bad as f64)
}
