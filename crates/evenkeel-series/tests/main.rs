//! The tests, mirroring the source.

#![expect(clippy::unwrap_used, reason = "what a test unwraps is meant to be there")]

extern crate alloc;

#[cfg(feature = "approx")]
mod approximate;
mod clean;
mod contract;
mod correlation;
mod decompose;
mod denoise;
mod hypothesis_tests;
mod quantile;
mod reference;
mod rolling;
mod segmentation;
mod series;
#[cfg(feature = "spectral")]
mod spectral;
mod transform;
