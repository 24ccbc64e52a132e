//! Outliers of one metric: values far from the recent past, from what is usual at this time, or from their
//! window.
//!
//! | | what it notices | cost of a value |
//! | --- | --- | --- |
//! | [`RobustZ`] | values far from the median of those before | O(log² window) |
//! | [`SeasonalProfile`], [`Cycle`] | what is unusual for the time of the day and of the week | O(1) |
//! | [`Deviation`] | values far from their recent past, cheapest of all | O(1) |
//! | [`LocalMean`] | a mean of the last few values far from the usual one | O(1) |
//! | `SpectralResidual`, `Saliency` | values that stand out of their window (feature `spectral`) | O(window log window) |
//!
//! Settings: [`RobustZBuilder`], [`SeasonalProfileBuilder`], [`DeviationBuilder`].

pub(crate) mod deviation;
mod local_mean;
mod robust_z;
mod seasonal_profile;
#[cfg(feature = "spectral")]
mod spectral_residual;

pub use deviation::{Deviation, DeviationBuilder};
pub use local_mean::LocalMean;
pub use robust_z::{RobustZ, RobustZBuilder};
pub use seasonal_profile::{Cycle, SeasonalProfile, SeasonalProfileBuilder};
#[cfg(feature = "spectral")]
#[cfg_attr(docsrs, doc(cfg(feature = "spectral")))]
pub use spectral_residual::{Saliency, SpectralResidual, SpectralResidualBuilder};

evenkeel_core::assert_shared!(
    Deviation,
    DeviationBuilder,
    LocalMean,
    RobustZ,
    RobustZBuilder,
    Cycle,
    SeasonalProfile,
    SeasonalProfileBuilder
);

#[cfg(feature = "spectral")]
evenkeel_core::assert_shared!(Saliency, SpectralResidual, SpectralResidualBuilder);
