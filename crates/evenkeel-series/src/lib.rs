//! Time-series primitives: the regular series, cleaning, rolling statistics, decomposition, tests, filters,
//! change points.
//!
//! From samples as they come to a series, with a report of what was found and what was changed:
//!
//! ```
//! use core::time::Duration;
//! use evenkeel_core::{At, Timestamp};
//! use evenkeel_series::Clean;
//!
//! let scraped = [
//!     (0, 3.0), (60, 4.0), (120, 5.0), (240, 7.0), (181, 6.0), (301, 8.0), (480, 11.0), (480, 11.0),
//!     (540, 12.0),
//! ];
//! let start = Timestamp::from_seconds(1_700_000_000);
//! let samples = scraped.map(|(second, value)| At::new(start + Duration::from_secs(second), value));
//! let cleaned = Clean::new().apply(&samples)?;
//! assert_eq!(cleaned.series().values(), [3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0]);
//! assert_eq!(cleaned.to_string(), "\
//! 10 cells of 60s, 0 missing, 2 filled, 0 outliers replaced; from
//! 9 samples, 9 usable, 80.0 % complete, one every 60s
//! 1 sample out of order by up to 59s at 2023-11-14T22:16:21Z
//! gap of 2 samples (119s) after 2023-11-14T22:18:21Z
//! 1 sample came twice, equal, at 2023-11-14T22:21:20Z");
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! | module | what is in it |
//! | --- | --- |
//! | [`clean`] | from raw samples to a clean series: [`Clean`], [`Resample`], [`Align`], [`QualityWatch`], gaps, outliers |
//! | [`rolling`] | statistics of the newest values, of a window of time, exponentially weighted: [`RollingMoments`], [`RollingQuantile`], [`Ewm`] |
//! | [`quantile`] | [`median`] and other order statistics of a slice, sketches |
//! | [`decompose`] | trend, seasons and remainder: [`Stl`], [`Mstl`], classical |
//! | [`denoise`] | noise filters: Savitzky-Golay, Butterworth, median, LOESS |
//! | [`transform`] | differences, power transforms, normalization, Fourier terms, and their inverses |
//! | [`correlation`] | autocorrelation, partial and cross-correlation |
//! | [`hypothesis_tests`] | stationarity, unit roots, residuals, Granger causality |
//! | [`trend`] | Mann-Kendall, Theil-Sen |
//! | [`segmentation`] | change points of a finished series: [`Segmentation`] |
//! | `spectral` (feature `spectral`) | spectra, season detection |
//!
//! [`Series`] is the regular series itself: values on a grid of time, missing ones as NaN. At the root are
//! the items that most programs need; each of them, and all others, are in their module.
//!
//! Rolling statistics, filters for streams and [`QualityWatch`] are [stages](evenkeel_core::Stage). A slice
//! is run through one with [`run`](evenkeel_core::Stage::run).
//!
//! # Features
//! - `std` (default): nothing in here needs it; without it the crate is `no_std` with `alloc`.
//! - `spectral`: the module `spectral`, and with it `std` and Fourier transforms of `realfft`.
//! - `approx`: comparison of series, decompositions and rolling statistics within a tolerance, by the traits
//!   of the crate `approx`.
//! - `serde`: snapshots of the stages, (de)serialization of [`Series`].
//!
//! # What it is not
//! No data frame: a series has one value a cell, and several are put on one grid by [`Align`], without names,
//! columns or joins.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

#[cfg(feature = "approx")]
mod approximate;
pub mod clean;
pub mod correlation;
pub mod decompose;
pub mod denoise;
pub mod hypothesis_tests;
mod missing;
pub mod quantile;
pub mod rolling;
pub mod segmentation;
mod series;
#[cfg(feature = "spectral")]
#[cfg_attr(docsrs, doc(cfg(feature = "spectral")))]
pub mod spectral;
pub mod transform;
pub mod trend;

pub use clean::{Aggregate, Align, Clean, QualityWatch, Resample};
pub use decompose::{Mstl, Stl};
pub use quantile::median;
pub use rolling::{Ewm, RollingMoments, RollingQuantile};
pub use segmentation::Segmentation;
pub use series::Series;

evenkeel_core::assert_shared!(Series);

/// The program in the readme is tested like those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
