//! From raw samples to a clean series: quality checks, resampling and alignment, outliers replaced, gaps
//! filled.

mod clean;
mod quality;
mod repair;
mod resample;

pub use clean::{Clean, Cleaned};
pub use quality::{Defect, Finding, Quality, QualityReport, QualityWatch};
pub use repair::{Change, Hampel, HampelFilter, Interpolation, InterpolationMethod, OutlierRepair, Repaired};
pub use resample::{Aggregate, Align, Aligned, AlignedSeries, Resample, ResampleReport, Resampled, Samples};
