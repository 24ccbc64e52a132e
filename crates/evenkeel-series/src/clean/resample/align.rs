//! Alignment of several sources on one grid.

use super::aggregate::Aggregate;
use super::resample::Resample;
use super::resample_report::ResampleReport;
use crate::clean::repair::{Change, Interpolation};
use crate::series::Series;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;
use core::time::Duration;
use evenkeel_core::{At, Error, Timestamp, observed};

/// The samples of one of several sources, and how [`Align`] treats them.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Samples<'a> {
    samples: &'a [At<f64>],
    aggregate: Aggregate,
    /// What has to be added to its times, in nanoseconds.
    moved: i64,
    fill: Option<Interpolation>,
}

impl<'a> Samples<'a> {
    /// Of a gauge whose clock is right: cells hold means, and gaps stay.
    pub const fn new(samples: &'a [At<f64>]) -> Self {
        Self { samples, aggregate: Aggregate::Mean, moved: 0, fill: None }
    }

    /// How the samples of one cell are combined; for counters [`Aggregate::Rate`].
    pub const fn aggregate(mut self, aggregate: Aggregate) -> Self {
        self.aggregate = aggregate;
        self
    }

    /// The source's clock is ahead by so much, at most 292 years: its times are moved back.
    pub fn clock_ahead(mut self, by: Duration) -> Self {
        self.moved = -i64::try_from(by.as_nanos()).unwrap_or(i64::MAX);
        self
    }

    /// The source's clock is behind by so much, at most 292 years: its times are moved forward. Also for
    /// samples that carry the time of a cause, to put them beside the effect.
    pub fn clock_behind(mut self, by: Duration) -> Self {
        self.moved = i64::try_from(by.as_nanos()).unwrap_or(i64::MAX);
        self
    }

    /// How cells without samples are filled, as `Interpolation::linear().limit(3).inside_only()`.
    pub const fn fill(mut self, interpolation: Interpolation) -> Self {
        self.fill = Some(interpolation);
        self
    }

    fn moved(&self) -> impl Iterator<Item = At<f64>> + '_ {
        let time = |time: Timestamp| Timestamp::from_nanos(time.as_nanos().saturating_add(self.moved));
        self.samples.iter().map(move |x| At::new(time(x.time), x.value))
    }
}

/// Which times the grid covers.
#[derive(Debug, Clone, PartialEq)]
enum Span {
    Union,
    Overlap,
    Between(Range<Timestamp>),
}

/// Puts several irregular sources on one regular grid, so that cell `i` is the same time in all of them, and
/// reports what was done to each.
///
/// ```
/// use core::time::Duration;
/// use evenkeel_core::{At, Timestamp};
/// use evenkeel_series::clean::{Interpolation, Samples};
/// use evenkeel_series::{Aggregate, Align};
///
/// let at = |second: i64, x: f64| At::new(Timestamp::from_seconds(second), x);
/// // A gauge every 10 s or so, and a counter every 30 s from a host whose clock is 4 s ahead.
/// let load: Vec<_> = (0..60).filter(|i| i % 20 != 7).map(|i| at(10 * i + i % 3, i as f64)).collect();
/// let requests: Vec<_> = (3..18).map(|i| at(30 * i + 4, 60.0 * i as f64)).collect();
///
/// let aligned = Align::new().overlap().apply(&[
///     Samples::new(&load).fill(Interpolation::linear().limit(2).inside_only()),
///     Samples::new(&requests).aggregate(Aggregate::Rate).clock_ahead(Duration::from_secs(4)),
/// ])?;
/// assert_eq!((aligned.start(), aligned.step()), (Timestamp::from_seconds(90), Duration::from_secs(30)));
/// assert_eq!(aligned.row(3).collect::<Vec<_>>(), [19.0, 2.0]);
/// assert_eq!((aligned.len(), aligned.complete()), (15, 14));
/// assert_eq!(aligned.to_string(), "\
/// 2 series on 15 cells of 30s from 1970-01-01T00:01:30Z, 14 of them complete
/// 0: 15 cells observed, 0 of them filled, from 43 samples, 14 samples outside
/// 1: 14 cells observed, 0 of them filled, from 15 samples, 0 samples outside, times moved by -4s");
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// - *The step* is the largest of the median intervals of the sources unless [given](Self::step), rounded to
///   whole seconds, else milliseconds, where that moves it by no more than a hundredth: then each source has
///   about a sample or more for each cell.
/// - *The grid* covers all times of any source, or only those of all by [`overlap`](Self::overlap), or those
///   [between](Self::between) two times. Cells begin at multiples of the step from an
///   [`origin`](Self::origin), as in [`Resample`].
/// - *Before a source's first observed sample and after its last* it is missing, also where an empty cell
///   between them is 0 ([`Aggregate::Sum`], [`Aggregate::Count`]).
/// - *Order* of the samples does not matter, as in [`Resample`]; missing ones are counted and left out.
///
/// O(n log n + cells · sources) time; 16 bytes a sample and 8 a cell and source.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Align {
    step: Option<Duration>,
    span: Span,
    origin: Timestamp,
    closed_at_end: bool,
    max_cells: usize,
}

impl Align {
    /// With the defaults.
    pub const fn new() -> Self {
        Self {
            step: None,
            span: Span::Union,
            origin: Timestamp::EPOCH,
            closed_at_end: false,
            max_cells: 10_000_000,
        }
    }

    /// The time from cell to cell.
    pub const fn step(mut self, step: Duration) -> Self {
        self.step = Some(step);
        self
    }

    /// Only cells from the latest beginning to the earliest end of all sources.
    pub fn overlap(mut self) -> Self {
        self.span = Span::Overlap;
        self
    }

    /// Cells whose time is in `from..to`.
    pub fn between(mut self, times: Range<Timestamp>) -> Self {
        self.span = Span::Between(times);
        self
    }

    /// A time at which a cell begins (or, closed at its end, ends); the Unix epoch unless said otherwise.
    pub const fn origin(mut self, origin: Timestamp) -> Self {
        self.origin = origin;
        self
    }

    /// Cells cover `(end - step, end]` and carry the time of their end, so that no cell holds later samples
    /// than its time.
    pub const fn closed_at_end(mut self) -> Self {
        self.closed_at_end = true;
        self
    }

    /// The most cells that each series may have; 10,000,000 unless said otherwise.
    pub const fn max_cells(mut self, cells: usize) -> Self {
        self.max_cells = cells;
        self
    }

    /// Aligns the sources.
    ///
    /// # Errors
    /// If a setting is out of range; [`Error::Missing`] with the place of a source of which no sample is
    /// observed; [`Error::TooShort`] without sources, or if no step was given and no source has two times;
    /// [`Error::Parameter`] if there is no overlap, or there would be too many cells.
    pub fn apply(&self, sources: &[Samples<'_>]) -> Result<Aligned, Error> {
        if sources.is_empty() {
            return Err(Error::TooShort { needed: 1, got: 0 });
        }
        let times: Vec<Vec<Timestamp>> = sources.iter().map(observed_times).collect();
        if let Some(at) = times.iter().position(Vec::is_empty) {
            return Err(Error::Missing { at });
        }
        let detected = times.iter().filter_map(|times| median_interval(times)).max().map(rounded);
        let step = self.step.or(detected).ok_or(Error::TooShort { needed: 2, got: 1 })?;
        let resample = |aggregate| {
            let plain = Resample::new(step, aggregate)?.origin(self.origin).max_cells(self.max_cells);
            Ok::<_, Error>(if self.closed_at_end { plain.closed_at_end() } else { plain })
        };
        let grid = resample(Aggregate::Mean)?;
        let own: Vec<(i128, i128)> = times
            .iter()
            .map(|times| (grid.number(times[0]), grid.number(times[times.len() - 1]) + 1))
            .collect();
        let between = self.cells(&grid, &own)?;
        let mut series = Vec::with_capacity(sources.len());
        for (source, (first, end)) in sources.iter().zip(&own) {
            let resampled = resample(source.aggregate)?.between(between.clone()).apply(source.moved())?;
            let report = resampled.report();
            let cells = resampled.into_series();
            let (start, from) = (cells.start(), grid.first_at_or_after(between.start));
            let mut values = cells.into_values();
            for (number, x) in (from..).zip(&mut values) {
                if number < *first || number >= *end {
                    *x = f64::NAN;
                }
            }
            let mut filled = Vec::new();
            if let Some(fill) = source.fill.filter(|_| values.iter().any(|x| !x.is_nan())) {
                let repaired = fill.apply(&values)?;
                filled = repaired.changes().to_vec();
                values = repaired.into_values();
            }
            let series_of = Series::new(start, step, values)?;
            series.push(AlignedSeries { series: series_of, report, filled, moved: source.moved });
        }
        Ok(Aligned { series })
    }

    /// The times of the grid.
    fn cells(&self, grid: &Resample, own: &[(i128, i128)]) -> Result<Range<Timestamp>, Error> {
        let firsts = own.iter().map(|(first, _)| *first);
        let ends = own.iter().map(|(_, end)| *end);
        let (first, end) = match &self.span {
            Span::Between(times) => return Ok(times.clone()),
            Span::Union => (firsts.min().unwrap_or(0), ends.max().unwrap_or(0)),
            Span::Overlap => (firsts.max().unwrap_or(0), ends.min().unwrap_or(0)),
        };
        Error::require(
            first < end,
            "sources",
            "overlapping in time",
            format_args!("{} cells apart", first - end),
        )?;
        let time = |number: i128| {
            let nanos = i128::from(self.origin.as_nanos()) + number * i128::from(grid.step);
            i64::try_from(nanos).map(Timestamp::from_nanos).map_err(|_| {
                let must = "so far from the ends of the representable time that their cells fit";
                Error::parameter("times of samples", must, format_args!("{nanos} ns"))
            })
        };
        Ok(time(first)?..time(end)?)
    }
}

impl Default for Align {
    fn default() -> Self {
        Self::new()
    }
}

/// In order.
fn observed_times(source: &Samples<'_>) -> Vec<Timestamp> {
    // A negative sample of a counter counts as missing, as when it is resampled.
    let counts = |x: f64| observed(x).is_some_and(|x| x >= 0.0 || source.aggregate != Aggregate::Rate);
    let mut times: Vec<_> = source.moved().filter(|x| counts(x.value)).map(|x| x.time).collect();
    times.sort_unstable();
    times
}

/// The median of the intervals above 0, in nanoseconds.
fn median_interval(times: &[Timestamp]) -> Option<u64> {
    let mut intervals: Vec<u64> = times
        .windows(2)
        .map(|pair| pair[1].as_nanos().abs_diff(pair[0].as_nanos()))
        .filter(|interval| *interval > 0)
        .collect();
    let middle = intervals.len() / 2;
    (!intervals.is_empty()).then(|| *intervals.select_nth_unstable(middle).1)
}

/// Rounded to whole seconds or milliseconds, if they are near.
fn rounded(interval: u64) -> Duration {
    let near = [1_000_000_000, 1_000_000].into_iter().find_map(|unit| {
        let whole = (interval / unit + u64::from(interval % unit >= unit / 2)).saturating_mul(unit);
        (interval.abs_diff(whole) <= interval / 100).then_some(whole)
    });
    Duration::from_nanos(near.unwrap_or(interval))
}

/// One of several series on the same grid, and what was done to get it.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct AlignedSeries {
    series: Series,
    report: ResampleReport,
    filled: Vec<Change>,
    moved: i64,
}

impl AlignedSeries {
    /// The series.
    #[must_use]
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// The report of its resampling.
    pub fn report(&self) -> ResampleReport {
        self.report
    }

    /// The cells that were filled.
    pub fn filled(&self) -> &[Change] {
        &self.filled
    }

    /// What was added to its times, in seconds: below 0 if its clock was ahead.
    #[must_use]
    pub fn moved(&self) -> f64 {
        self.moved as f64 / 1e9
    }
}

/// Several series on one grid: the result of [`Align`].
///
/// Its `Display` is a report with a line for each series.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Aligned {
    /// At least one.
    series: Vec<AlignedSeries>,
}

impl Aligned {
    /// The series, in the order of the sources.
    pub fn series(&self) -> &[AlignedSeries] {
        &self.series
    }

    /// The series, without a copy.
    #[must_use]
    pub fn into_series(self) -> Vec<Series> {
        self.series.into_iter().map(|one| one.series).collect()
    }

    /// The time of the first cell.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.series[0].series.start()
    }

    /// The time from cell to cell.
    #[must_use]
    pub fn step(&self) -> Duration {
        self.series[0].series.step()
    }

    /// How many cells each series has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.series[0].series.len()
    }

    /// Whether there is no cell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of all series in one cell, in the order of the sources, NaN where missing or where there is
    /// no such cell.
    pub fn row(&self, cell: usize) -> impl Iterator<Item = f64> + '_ {
        self.series.iter().map(move |one| one.series.values().get(cell).copied().unwrap_or(f64::NAN))
    }

    /// In how many cells all series have a value. O(cells · series).
    #[must_use]
    pub fn complete(&self) -> usize {
        (0..self.len()).filter(|cell| self.row(*cell).all(|x| !x.is_nan())).count()
    }
}

impl fmt::Display for Aligned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, cells, step) = (self.series.len(), self.len(), self.step());
        write!(
            f,
            "{n} series on {cells} cells of {step:?} from {}, {} of them complete",
            self.start(),
            self.complete()
        )?;
        for (i, one) in self.series.iter().enumerate() {
            let (seen, filled) = (one.series.observed(), one.filled.len());
            let (samples, outside) = (one.report.samples(), one.report.outside());
            write!(
                f,
                "\n{i}: {seen} cells observed, {filled} of them filled, from {samples} samples, {outside} samples outside"
            )?;
            if one.report.missing() > 0 {
                write!(f, ", {} without a value", one.report.missing())?;
            }
            if one.report.resets() > 0 {
                write!(f, ", {} resets", one.report.resets())?;
            }
            if one.moved != 0 {
                write!(f, ", times moved by {}s", one.moved())?;
            }
        }
        Ok(())
    }
}
