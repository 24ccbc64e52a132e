//! Normalization to a common scale or distribution, and back.

mod normalization;
mod quantile_normalization;

pub use normalization::{Normalization, Normalizer};
pub use quantile_normalization::{QuantileNormalization, QuantileNormalizer};
