//! How values depend on those before them, and on those of another series.

mod auto;
mod cross;
mod dominant;
mod partial;

pub use auto::Autocorrelation;
pub use cross::{correlation, cross_correlation};
pub use dominant::AutoregressiveSpectrum;
pub use partial::{Partial, PartialAutocorrelation};
