//! Spectral residual saliency.

mod saliency;
mod spectral_residual;

pub use saliency::Saliency;
pub use spectral_residual::{SpectralResidual, SpectralResidualBuilder};
