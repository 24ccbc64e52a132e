//! Range queries that fit the limit of a server.

use core::time::Duration;
use evenkeel_core::{Error, Timestamp};

/// How many steps a range query may have at a Prometheus server, which calls it "points": a range of 11,000
/// steps has 11,001 points and passes.
pub const POINTS_PER_SERIES: u32 = 11_000;

/// The times of a range query: `start`, then every `step`, up to `end` at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Range {
    /// The first time.
    pub start: Timestamp,
    /// The last time, if it is a whole number of steps after the first.
    pub end: Timestamp,
    /// How far apart times are.
    pub step: Duration,
}

impl Range {
    /// Times from `start` to `end`.
    ///
    /// # Errors
    /// [`Error::Parameter`] if `step` is below a millisecond or longer than 292 years, or `end` is before
    /// `start`.
    pub fn new(start: Timestamp, end: Timestamp, step: Duration) -> Result<Self, Error> {
        let fits = step >= Duration::from_millis(1) && i64::try_from(step.as_nanos()).is_ok();
        Error::require(fits, "step", "at least 1 ms and at most 292 years", format_args!("{step:?}"))?;
        Error::require(end >= start, "end", "not before start", end)?;
        Ok(Self { start, end, step })
    }

    /// How many times there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        let steps = self.end.since(self.start).as_nanos() / self.step.as_nanos().max(1);
        u64::try_from(steps).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// False: there is always the first.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// The same times as ranges of at most `limit` steps ([`POINTS_PER_SERIES`] for a Prometheus server), in
    /// order, without overlap. The last ends with the last time of the whole.
    ///
    /// Lazy: a year by the second is some 2,900 ranges, a mistaken step could be billions.
    ///
    /// ```
    /// use core::time::Duration;
    /// use evenkeel_core::Timestamp;
    /// use evenkeel_ingest::prometheus::{POINTS_PER_SERIES, Range};
    ///
    /// let at = Timestamp::from_seconds;
    /// let day = Range::new(at(0), at(86_400), Duration::from_secs(5))?;
    /// let parts: Vec<Range> = day.split(POINTS_PER_SERIES).collect();
    /// assert_eq!(parts.len(), 2);
    /// assert_eq!((parts[0].end, parts[1].start, parts[1].end), (at(55_000), at(55_005), at(86_400)));
    /// assert_eq!(parts.iter().map(Range::len).sum::<u64>(), day.len());
    /// # Ok::<(), evenkeel_core::Error>(())
    /// ```
    pub fn split(self, limit: u32) -> impl Iterator<Item = Self> {
        let points = u64::from(limit) + 1;
        let all = self.len();
        let at = move |i: u64| {
            // Below the number of times, so within the range.
            let nanos = u128::from(i) * self.step.as_nanos();
            self.start + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
        };
        (0..all.div_ceil(points)).map(move |part| {
            let first = part * points;
            let last = first.saturating_add(points - 1).min(all - 1);
            Self { start: at(first), end: at(last), step: self.step }
        })
    }
}
