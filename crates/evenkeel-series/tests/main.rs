//! The tests, mirroring the source.

#![expect(clippy::unwrap_used, reason = "what a test unwraps is meant to be there")]

mod align;
#[cfg(feature = "approx")]
mod approximate;
mod clean;
mod clocks;
mod conformance;
mod correlation;
mod decompose;
mod denoise;
mod difference;
mod ewm;
mod in_time;
mod normalize;
mod power;
mod quality;
mod quantile;
mod reference;
mod repair;
mod resample;
mod rolling;
mod rolling_quantile;
mod segmentation;
mod series;
mod settings;
mod sketch;
#[cfg(feature = "spectral")]
mod spectral;
mod stationarity;
mod statistics;
mod trend;
mod whiteness;
