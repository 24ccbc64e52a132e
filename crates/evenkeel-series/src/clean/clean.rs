//! From raw samples to a clean series, with a report of every change.

use super::quality::{Quality, QualityReport};
use super::repair::{Change, Interpolation, OutlierRepair};
use super::resample::{Aggregate, Resample, ResampleReport};
use crate::series::Series;
use crate::series::nanos;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use evenkeel_core::{At, Error, Timestamp, observed};

/// Makes a clean series of raw samples, and reports what it found and what it changed. Start here.
///
/// ```
/// use evenkeel_core::{At, Timestamp};
/// use evenkeel_series::Clean;
///
/// // A gauge scraped every 10 s with some jitter: two samples lost, one sent twice, one late.
/// let scraped =
///     [(0, 1.0), (10, 1.5), (20, 2.0), (51, 3.5), (50, 3.5), (60, 4.0), (59, 4.0), (71, 4.5), (80, 5.0)];
/// let samples = scraped.map(|(second, x)| At::new(Timestamp::from_seconds(second), x));
///
/// let cleaned = Clean::new().apply(&samples)?;
/// assert_eq!(cleaned.series().values(), [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0]);
/// assert_eq!(cleaned.filled().iter().map(|change| change.index()).collect::<Vec<_>>(), [3, 4]);
/// assert!(cleaned.to_string().contains("gap of 2 samples (20s) after 1970-01-01T00:00:20Z"));
/// # Ok::<(), evenkeel_core::Error>(())
/// ```
///
/// 1. *Check*: [`Quality`] checks the samples as they are. Later steps hide nothing of what it finds.
/// 2. *Align*: the samples go onto a grid of the [`step`](Self::step) (default: the median interval), each to
///    the nearest cell; the grid lies where the samples lie (the median of their phases). Order does not
///    matter; samples of the same cell, repeated or contradictory, are combined by the
///    [`aggregate`](Self::aggregate) (default: the mean); a counter gives its rate.
/// 3. *Repair outliers*, only on request by [`outliers`](Self::outliers): what looks like an error may be the
///    incident.
/// 4. *Fill* gaps of at most three cells by lines, or as set by [`fill`](Self::fill). Longer ones, and those
///    at the ends, stay missing: models and detectors of this library handle missing values.
///
/// Cells cover half a step before and after their time: for live decisions, which must not use later samples,
/// use [`Resample::closed_at_end`]. Time O(n log n) and that of the repairs; memory 50 bytes a sample and 16
/// a cell.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Clean {
    quality: Quality,
    step: Option<Duration>,
    aggregate: Aggregate,
    outliers: Option<OutlierRepair>,
    fill: Option<Interpolation>,
    max_cells: usize,
}

impl Clean {
    /// With the defaults.
    pub const fn new() -> Self {
        Self {
            quality: Quality::new(),
            step: None,
            aggregate: Aggregate::Mean,
            outliers: None,
            fill: Some(Interpolation::linear().limit(3).inside_only()),
            max_cells: 10_000_000,
        }
    }

    /// What counts as a defect.
    pub const fn quality(mut self, quality: Quality) -> Self {
        self.quality = quality;
        self
    }

    /// The step of the series; it may differ from that of the samples.
    pub const fn step(mut self, step: Duration) -> Self {
        self.step = Some(step);
        self
    }

    /// How the samples of one cell are combined. Counters always give their rate.
    pub const fn aggregate(mut self, aggregate: Aggregate) -> Self {
        self.aggregate = aggregate;
        self
    }

    /// Replaces outliers.
    pub const fn outliers(mut self, repair: OutlierRepair) -> Self {
        self.outliers = Some(repair.keep_missing());
        self
    }

    /// How gaps are filled.
    pub const fn fill(mut self, interpolation: Interpolation) -> Self {
        self.fill = Some(interpolation);
        self
    }

    /// Leaves all gaps.
    pub const fn without_filling(mut self) -> Self {
        self.fill = None;
        self
    }

    /// The most cells that may be made; 10,000,000 unless said otherwise.
    pub const fn max_cells(mut self, cells: usize) -> Self {
        self.max_cells = cells;
        self
    }

    /// Cleans samples.
    ///
    /// # Errors
    /// If a setting is out of range; [`Error::TooShort`] if no sample is observed, or no step was given and
    /// there are not two times; [`Error::Parameter`] if there would be too many cells.
    pub fn apply(&self, samples: &[At<f64>]) -> Result<Cleaned, Error> {
        let quality = self.quality.check(samples)?;
        let times = || samples.iter().filter(|x| observed(x.value).is_some()).map(|x| x.time);
        let Some(first) = times().min() else { return Err(Error::TooShort { needed: 1, got: 0 }) };
        let step = self.step.or(quality.step()).ok_or(Error::TooShort { needed: 2, got: 1 })?;
        let width = nanos(step)?;
        let half = width / 2;
        let origin = grid_time(first, times(), width);
        let aggregate = if quality.is_counter() { Aggregate::Rate } else { self.aggregate };
        let resampled = Resample::new(step, aggregate)?
            .origin(Timestamp::from_nanos(origin.as_nanos().saturating_sub(half)))
            .max_cells(self.max_cells)
            .apply(samples.iter().copied())?;
        let resampling = resampled.report();
        let cells = resampled.into_series();
        let start = Timestamp::from_nanos(cells.start().as_nanos().saturating_add(half));
        let mut values = cells.into_values();
        let mut repaired = Vec::new();
        // A counter that never rose has no rate, and there is nothing to repair.
        let any = values.iter().any(|x| !x.is_nan());
        if let Some(repair) = self.outliers.filter(|_| any) {
            let result = repair.apply(&values)?;
            repaired = result.changes().to_vec();
            values = result.into_values();
        }
        let mut filled = Vec::new();
        if let Some(fill) = self.fill.filter(|_| any) {
            let result = fill.apply(&values)?;
            filled = result.changes().to_vec();
            values = result.into_values();
        }
        let series = Series::new(start, step, values)?;
        Ok(Cleaned { series, quality, resampling, repaired, filled })
    }
}

impl Default for Clean {
    fn default() -> Self {
        Self::new()
    }
}

/// The phase of the samples as a time: the first one, moved by the median distance of the others from its
/// grid.
fn grid_time(first: Timestamp, times: impl Iterator<Item = Timestamp>, step: i64) -> Timestamp {
    let half = i128::from(step / 2);
    let mut off: Vec<i64> = times
        .map(|time| {
            let since = i128::from(time.as_nanos()) - i128::from(first.as_nanos());
            let off = (since + half).rem_euclid(i128::from(step)) - half;
            i64::try_from(off).unwrap_or(0)
        })
        .collect();
    if off.is_empty() {
        return first;
    }
    let middle = off.len() / 2;
    let off = *off.select_nth_unstable(middle).1;
    Timestamp::from_nanos(first.as_nanos().saturating_add(off))
}

/// A clean series, and the report of what was found and changed.
///
/// Its `Display` is that report, for people to read.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Cleaned {
    series: Series,
    quality: QualityReport,
    resampling: ResampleReport,
    repaired: Vec<Change>,
    filled: Vec<Change>,
}

impl Cleaned {
    /// The series.
    #[must_use]
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// The series, without a copy.
    #[must_use]
    pub fn into_series(self) -> Series {
        self.series
    }

    /// What was wrong with the samples.
    pub fn quality(&self) -> &QualityReport {
        &self.quality
    }

    /// The report of the resampling.
    pub fn resampling(&self) -> ResampleReport {
        self.resampling
    }

    /// The outliers that were replaced, by cells.
    pub fn repaired(&self) -> &[Change] {
        &self.repaired
    }

    /// The missing cells that were filled.
    pub fn filled(&self) -> &[Change] {
        &self.filled
    }
}

impl fmt::Display for Cleaned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.series.len() - self.series.observed();
        writeln!(
            f,
            "{} cells of {:?}, {missing} missing, {} filled, {} outliers replaced; from",
            self.series.len(),
            self.series.step(),
            self.filled.len(),
            self.repaired.len(),
        )?;
        write!(f, "{}", self.quality)
    }
}
