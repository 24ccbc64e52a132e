//! Data preparation: from raw samples to a clean series, in one step or each step by itself.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Clean`] | start here: raw samples to a clean series and a full report, [`Cleaned`] |
//! | [`Resample`] | irregular, unordered, repeated samples to a series by an explicit [`Aggregate`]; gives [`Resampled`] with a [`ResampleReport`] |
//! | [`Align`] | several sources ([`Samples`]) to series on one grid, with clocks corrected; gives [`Aligned`], one [`AlignedSeries`] each |
//! | [`Quality`] | checks of a history: a [`QualityReport`] of [`Finding`]s, each a [`Defect`] |
//! | [`QualityWatch`] | the same checks of a stream: the health of its source |
//! | [`Interpolation`] | gaps filled, by an [`InterpolationMethod`] |
//! | [`OutlierRepair`] | outliers replaced, in series with seasons too |
//! | [`Hampel`], [`HampelFilter`] | spikes removed, from a history or a stream |
//! | [`Repaired`], [`Change`] | the result of these, and each value that was changed |

mod clean;
mod quality;
mod repair;
mod resample;

pub use clean::{Clean, Cleaned};
pub use quality::{Defect, Finding, Quality, QualityReport, QualityWatch};
pub use repair::{Change, Hampel, HampelFilter, Interpolation, InterpolationMethod, OutlierRepair, Repaired};
pub use resample::{Aggregate, Align, Aligned, AlignedSeries, Resample, ResampleReport, Resampled, Samples};

evenkeel_core::assert_shared!(
    Quality,
    QualityReport,
    QualityWatch,
    Finding,
    Clean,
    Cleaned,
    Change,
    Repaired,
    Interpolation,
    InterpolationMethod,
    OutlierRepair,
    Hampel,
    HampelFilter,
    Defect,
    Resample,
    Resampled,
    Align,
    Aligned,
    AlignedSeries,
    Samples<'static>
);
