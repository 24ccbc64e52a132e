//! Resampling: from samples as they come to a regular series.

use super::aggregate::Aggregate;
use super::cells::{self, Grid};
use super::resample_report::{ResampleReport, Resampled};
use crate::series::{Series, nanos};
use alloc::vec::Vec;
use core::ops::Range;
use core::time::Duration;
use evenkeel_core::{At, Error, Timestamp, observed};

/// Puts irregular, unordered, repeated samples on a regular grid, by an explicit [`Aggregate`].
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{At, Timestamp};
/// use evenkeel_series::{Aggregate, Resample};
///
/// let at = |second, value| At::new(Timestamp::from_seconds(second), value);
/// let samples = [at(125, 3.0), at(2, 1.0), at(58, 2.0), at(61, f64::NAN)];
/// let resampled = Resample::new(Duration::from_secs(60), Aggregate::Mean)?.apply(samples)?;
/// assert_eq!(resampled.series().values()[0], 1.5);
/// assert!(resampled.series().values()[1].is_nan());
/// assert_eq!(resampled.series().values()[2], 3.0);
/// assert_eq!((resampled.report().out_of_order(), resampled.report().missing()), (3, 1));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// - *Cells* begin at multiples of `step` from an [`origin`](Self::origin) (default: the Unix epoch). A cell
///   covers `[start, start + step)` and carries the time of its start; with
///   [`closed_at_end`](Self::closed_at_end) it covers `(end - step, end]` and carries the time of its end, so
///   that a cell never holds later samples than its time.
/// - *The grid* goes from the first sample's cell to the last one's, or over a given [range](Self::between),
///   so that several series get the same one.
/// - *Order* does not matter, except that of samples with the very same time, and those only for
///   [`Aggregate::First`], [`Aggregate::Last`] and [`Aggregate::Rate`].
/// - *Missing* samples (not [`observed`]) are dropped and counted. A cell without samples is missing, but 0
///   for [`Aggregate::Count`] and [`Aggregate::Sum`].
/// - *Hostile times* cannot exhaust the memory: more than [`max_cells`](Self::max_cells) are refused before
///   anything is allocated.
///
/// Time O(n log n + cells), O(n + cells) if the samples come in order; memory 16 bytes a sample and 8 a cell.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Resample {
    pub(super) step: i64,
    aggregate: Aggregate,
    origin: Timestamp,
    closed_at_end: bool,
    between: Option<Range<Timestamp>>,
    max_cells: usize,
}

impl Resample {
    /// A grid of `step` whose cells are filled by `aggregate`.
    ///
    /// # Errors
    /// If `step` is zero or over 292 years.
    pub fn new(step: Duration, aggregate: Aggregate) -> Result<Self, Error> {
        Ok(Self {
            step: nanos(step)?,
            aggregate,
            origin: Timestamp::EPOCH,
            closed_at_end: false,
            between: None,
            max_cells: 10_000_000,
        })
    }

    /// A time at which a cell begins (or, closed at its end, ends); the Unix epoch unless said otherwise. In
    /// a time zone, midnight there.
    pub fn origin(mut self, origin: Timestamp) -> Self {
        self.origin = origin;
        self
    }

    /// Cells cover `(end - step, end]` and carry the time of their end, instead of `[start, start + step)`
    /// and the start's.
    pub fn closed_at_end(mut self) -> Self {
        self.closed_at_end = true;
        self
    }

    /// Cells whose time is in `from..to`, whatever times the samples have; others are left out and counted.
    pub fn between(mut self, times: Range<Timestamp>) -> Self {
        self.between = Some(times);
        self
    }

    /// The most cells that may be made; 10,000,000 (80 MB) unless said otherwise.
    pub fn max_cells(mut self, cells: usize) -> Self {
        self.max_cells = cells;
        self
    }

    /// Resamples samples.
    ///
    /// # Errors
    /// [`Error::TooShort`] if no sample is observed and no range was given; [`Error::Parameter`] if there
    /// would be more cells than allowed, or one of them would lie outside of the representable time.
    pub fn apply(&self, samples: impl IntoIterator<Item = At<f64>>) -> Result<Resampled, Error> {
        let mut report = ResampleReport::default();
        let mut taken: Vec<At<f64>> = Vec::new();
        let mut latest = Timestamp::MIN;
        for sample in samples {
            report.out_of_order += usize::from(sample.time < latest);
            latest = latest.max(sample.time);
            let counts =
                observed(sample.value).is_some_and(|x| x >= 0.0 || self.aggregate != Aggregate::Rate);
            if counts {
                taken.push(sample);
            } else {
                report.missing += 1;
            }
        }
        if report.out_of_order > 0 {
            // Stable: samples of the same time stay in the order in which they came.
            taken.sort_by_key(|sample| sample.time);
        }
        report.duplicates = taken.windows(2).filter(|pair| pair[0].time == pair[1].time).count();
        let grid = self.grid(&taken)?;
        let values = cells::fill(self.aggregate, &grid, |time| self.number(time), taken, &mut report);
        let series = Series::new(grid.start, Duration::from_nanos(self.step.unsigned_abs()), values)?;
        Ok(Resampled::new(series, report))
    }

    /// The number of a time's cell, counted from the origin. 128 bits hold every difference of two times.
    pub(super) fn number(&self, time: Timestamp) -> i128 {
        let since = i128::from(time.as_nanos()) - i128::from(self.origin.as_nanos());
        let step = i128::from(self.step);
        if self.closed_at_end { -(-since).div_euclid(step) } else { since.div_euclid(step) }
    }

    /// The first cell whose own time is not before `time`.
    pub(super) fn first_at_or_after(&self, time: Timestamp) -> i128 {
        let since = i128::from(time.as_nanos()) - i128::from(self.origin.as_nanos());
        -(-since).div_euclid(i128::from(self.step))
    }

    fn grid(&self, sorted: &[At<f64>]) -> Result<Grid, Error> {
        let (first, end) = match (&self.between, sorted) {
            (Some(times), _) => {
                let first = self.first_at_or_after(times.start);
                (first, self.first_at_or_after(times.end).max(first))
            }
            (None, [first, ..]) => {
                let last = sorted.last().unwrap_or(first);
                (self.number(first.time), self.number(last.time) + 1)
            }
            (None, []) => return Err(Error::TooShort { needed: 1, got: 0 }),
        };
        let length = usize::try_from(end - first).ok().filter(|length| *length <= self.max_cells);
        let Some(length) = length else {
            let was = format_args!("{} cells, at most {} are allowed", end - first, self.max_cells);
            return Err(Error::parameter("range of times", "coverable by the allowed number of cells", was));
        };
        let start = i128::from(self.origin.as_nanos()) + first * i128::from(self.step);
        let Ok(start) = i64::try_from(start) else {
            let must = "so far from the ends of the representable time that their cells fit";
            return Err(Error::parameter("times of samples", must, format_args!("{start} ns")));
        };
        Ok(Grid { first, length, start: Timestamp::from_nanos(start) })
    }
}

impl Series {
    /// A series from samples in any order: short for [`Resample::new(step,
    /// aggregate)?.apply(samples)`](Resample::apply), without the report.
    ///
    /// # Errors
    /// Those of [`Resample`].
    pub fn from_samples(
        samples: impl IntoIterator<Item = At<f64>>,
        step: Duration,
        aggregate: Aggregate,
    ) -> Result<Self, Error> {
        Ok(Resample::new(step, aggregate)?.apply(samples)?.into_series())
    }
}
