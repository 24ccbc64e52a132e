//! Transforms.

mod differencing;
mod fourier_terms;
mod normalize;
mod power_transform;
