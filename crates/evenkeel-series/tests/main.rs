//! The tests, mirroring the source.

#![expect(clippy::unwrap_used, reason = "what a test unwraps is meant to be there")]

mod conformance;
mod decompose;
mod difference;
mod ewm;
mod quality;
mod quantile;
mod reference;
mod resample;
mod rolling;
mod segmentation;
mod series;
#[cfg(feature = "spectral")]
mod spectral;
mod stationarity;
mod trend;
