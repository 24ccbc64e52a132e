//! How values depend on earlier ones, and on those of another series: autocorrelation, partial
//! autocorrelation, cross-correlation, autoregressive spectrum.

mod autocorrelation;
mod autoregressive_spectrum;
mod cross_correlation;
mod partial_autocorrelation;

pub use autocorrelation::Autocorrelation;
pub use autoregressive_spectrum::AutoregressiveSpectrum;
pub use cross_correlation::{correlation, cross_correlation};
pub use partial_autocorrelation::{PartialAutocorrelation, PartialAutocorrelations};
