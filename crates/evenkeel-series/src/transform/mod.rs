//! Transforms and their inverses: differencing, power transforms, normalization, Fourier terms.

mod differencing;
mod fourier_terms;
mod normalize;
mod power_transform;

pub use differencing::Differencing;
pub use fourier_terms::{FourierTerms, Wave};
pub use normalize::{Normalization, Normalizer, QuantileNormalization, QuantileNormalizer};
pub use power_transform::{BoxCox, YeoJohnson};
