//! From samples as they come to one regular series, or to several on the same grid.

mod aggregate;
mod align;
mod cells;
mod resample;
mod resample_report;

pub use aggregate::Aggregate;
pub use align::{Align, Aligned, AlignedSeries, Samples};
pub use resample::Resample;
pub use resample_report::{ResampleReport, Resampled};
