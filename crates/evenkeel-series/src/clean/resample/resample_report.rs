//! The report of a resampling.

use crate::series::Series;

/// Counts of what a resampling did. They are counts of samples, except for [`empty`](Self::empty) and
/// [`resets`](Self::resets).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use]
pub struct ResampleReport {
    pub(super) samples: usize,
    pub(super) missing: usize,
    pub(super) out_of_order: usize,
    pub(super) duplicates: usize,
    pub(super) outside: usize,
    pub(super) resets: usize,
    pub(super) empty: usize,
}

impl ResampleReport {
    /// Samples that went into cells.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Samples dropped because they are missing values (or negative, where a rate was asked for).
    #[must_use]
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// Samples earlier than one that came before them.
    #[must_use]
    pub fn out_of_order(&self) -> usize {
        self.out_of_order
    }

    /// Observed samples with the same time as another, not counting the first of each time.
    #[must_use]
    pub fn duplicates(&self) -> usize {
        self.duplicates
    }

    /// Observed samples left out because they lie outside of the range that was asked for.
    #[must_use]
    pub fn outside(&self) -> usize {
        self.outside
    }

    /// Falls of a counter; 0 unless a rate was asked for.
    #[must_use]
    pub fn resets(&self) -> usize {
        self.resets
    }

    /// Cells without a sample.
    #[must_use]
    pub fn empty(&self) -> usize {
        self.empty
    }
}

/// A resampled series, and the report of the resampling.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Resampled {
    series: Series,
    report: ResampleReport,
}

impl Resampled {
    pub(super) fn new(series: Series, report: ResampleReport) -> Self {
        Self { series, report }
    }

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

    /// The report.
    pub fn report(&self) -> ResampleReport {
        self.report
    }
}
