//! Outliers of one metric: values far from the recent past, from what is usual at this time, or from their
//! window.

pub(crate) mod deviation;
mod robust_z;
mod seasonal_profile;
#[cfg(feature = "spectral")]
mod spectral_residual;

pub use deviation::{Deviation, DeviationBuilder};
pub use robust_z::{RobustZ, RobustZBuilder};
pub use seasonal_profile::{Cycle, SeasonalProfile, SeasonalProfileBuilder};
#[cfg(feature = "spectral")]
#[cfg_attr(docsrs, doc(cfg(feature = "spectral")))]
pub use spectral_residual::{Saliency, SpectralResidual, SpectralResidualBuilder};
