//! Bringing values to a common scale, and back.

mod quantiles;
mod scale;

pub use quantiles::{QuantileNormalization, QuantileNormalizer};
pub use scale::{Normalization, Normalizer};
