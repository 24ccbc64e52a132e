//! The regular series.

use alloc::vec::Vec;
use core::ops::Range;
use core::time::Duration;
use evenkeel_core::{At, Error, Timestamp, observed};

/// Values on a regular grid of time: cell `i` belongs to the time `start + i * step`. A missing value is NaN.
///
/// Models and detectors work on such a grid. Samples as they come (irregular, unordered, repeated) are put on
/// one by [`Resample`](crate::clean::Resample).
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::Timestamp;
/// use evenkeel_series::Series;
///
/// let start = Timestamp::from_seconds(1_700_000_000);
/// let series = Series::new(start, Duration::from_secs(60), vec![1.0, f64::NAN, 3.0])?;
/// assert_eq!(series.time(2), Some(start + Duration::from_secs(120)));
/// assert_eq!(series.index(start + Duration::from_secs(61)), Some(1));
/// assert_eq!(series.observed(), 2);
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// Memory: 8 bytes a cell. Two series are equal if their grids and cells are; missing cells are equal to each
/// other.
#[derive(Debug, Clone)]
pub struct Series {
    start: Timestamp,
    /// At least 1, and small enough that the last cell has a time.
    step: i64,
    values: Vec<f64>,
}

impl Series {
    /// A series. Values that don't count as [`observed`] (infinite, beyond 1e100) become missing. Takes O(n).
    ///
    /// # Errors
    /// If `step` is zero or the last cell lies beyond the representable time.
    pub fn new(start: Timestamp, step: Duration, mut values: Vec<f64>) -> Result<Self, Error> {
        let step = nanos(step)?;
        check_end(start, step, values.len())?;
        for value in &mut values {
            *value = observed(*value).unwrap_or(f64::NAN);
        }
        Ok(Self { start, step, values })
    }

    /// The time of the first cell.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The time from cell to cell.
    #[must_use]
    pub fn step(&self) -> Duration {
        Duration::from_nanos(self.step.unsigned_abs())
    }

    /// The time after the last cell, where the next one would be; the latest representable time if that one
    /// is not representable.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        let length = i64::try_from(self.values.len()).unwrap_or(i64::MAX);
        Timestamp::from_nanos(self.start.as_nanos().saturating_add(self.step.saturating_mul(length)))
    }

    /// The number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many cells hold a value. Takes O(n).
    #[must_use]
    pub fn observed(&self) -> usize {
        self.values.iter().filter(|value| !value.is_nan()).count()
    }

    /// The values, NaN where missing.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The values, without a copy.
    #[must_use]
    pub fn into_values(self) -> Vec<f64> {
        self.values
    }

    /// The value of a cell; `None` if it is missing or there is no such cell.
    #[must_use]
    pub fn value(&self, index: usize) -> Option<f64> {
        self.values.get(index).copied().filter(|value| !value.is_nan())
    }

    /// The time of a cell; `None` if there is no such cell.
    #[must_use]
    pub fn time(&self, index: usize) -> Option<Timestamp> {
        (index < self.values.len()).then(|| self.time_of(index))
    }

    /// The cell whose time has come but whose successor's has not; `None` before the first and after the last
    /// cell.
    #[must_use]
    pub fn index(&self, time: Timestamp) -> Option<usize> {
        if time < self.start {
            return None;
        }
        let since = time.as_nanos().abs_diff(self.start.as_nanos());
        let index = usize::try_from(since / self.step.unsigned_abs()).ok()?;
        (index < self.values.len()).then_some(index)
    }

    /// The cells whose time is in `from..to`; empty if there is none.
    #[must_use]
    pub fn range(&self, times: Range<Timestamp>) -> Range<usize> {
        let first = self.first_at_or_after(times.start);
        first..self.first_at_or_after(times.end).max(first)
    }

    /// The part of the series whose times are in `from..to`, copied.
    #[must_use]
    pub fn between(&self, times: Range<Timestamp>) -> Self {
        let cells = self.range(times);
        let start = if cells.is_empty() { self.start } else { self.time_of(cells.start) };
        Self { start, step: self.step, values: self.values[cells].to_vec() }
    }

    /// The cells with their times, missing ones as NaN.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = At<f64>> + ExactSizeIterator + '_ {
        self.values.iter().enumerate().map(|(i, value)| At::new(self.time_of(i), *value))
    }

    /// Adds a cell at the end. What doesn't count as [`observed`] becomes missing.
    ///
    /// # Errors
    /// If the cell would lie beyond the representable time.
    pub fn push(&mut self, value: f64) -> Result<(), Error> {
        check_end(self.start, self.step, self.values.len() + 1)?;
        self.values.push(observed(value).unwrap_or(f64::NAN));
        Ok(())
    }

    fn first_at_or_after(&self, time: Timestamp) -> usize {
        if time <= self.start {
            return 0;
        }
        let since = time.as_nanos().abs_diff(self.start.as_nanos());
        let index = usize::try_from(since.div_ceil(self.step.unsigned_abs())).unwrap_or(usize::MAX);
        index.min(self.values.len())
    }

    /// For an index below the length, which by construction has a representable time.
    fn time_of(&self, index: usize) -> Timestamp {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        // The product may exceed an i64 while the sum does not: unsigned arithmetic wraps to the right
        // result.
        let nanos = self.start.as_nanos().wrapping_add(self.step.wrapping_mul(index));
        Timestamp::from_nanos(nanos)
    }
}

impl PartialEq for Series {
    fn eq(&self, other: &Self) -> bool {
        self.start == other.start
            && self.step == other.step
            && self.values.len() == other.values.len()
            && self.values.iter().zip(&other.values).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
    }
}

/// The nanoseconds of a step, at least 1.
pub(crate) fn nanos(step: Duration) -> Result<i64, Error> {
    let nanos = i64::try_from(step.as_nanos()).ok().filter(|nanos| *nanos > 0);
    nanos.ok_or_else(|| {
        Error::parameter("step", "from 1 ns to 292 years", format_args!("{} s", step.as_secs_f64()))
    })
}

/// The last of `length` cells must have a time.
fn check_end(start: Timestamp, step: i64, length: usize) -> Result<(), Error> {
    let last = length.saturating_sub(1) as u128 * u128::from(step.unsigned_abs());
    let room = i64::MAX.abs_diff(start.as_nanos());
    Error::require(
        last <= u128::from(room),
        "time of the last cell",
        "before the year 2262",
        format_args!("{length} cells of {step} ns from {start}"),
    )
}

evenkeel_core::state! {
    Series as struct SavedSeries("Series@1") {
        start: Timestamp,
        step: u64,
        values: Vec<f64>,
    }
}

#[cfg(feature = "serde")]
impl From<&Series> for SavedSeries {
    fn from(series: &Series) -> Self {
        Self { start: series.start, step: series.step.unsigned_abs(), values: series.values.clone() }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<SavedSeries> for Series {
    type Error = Error;

    fn try_from(saved: SavedSeries) -> Result<Self, Error> {
        Self::new(saved.start, Duration::from_nanos(saved.step), saved.values)
    }
}
