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
//! Or each step by itself:
//!
//! ```
//! use core::time::Duration;
//! use evenkeel_core::{At, Stage, Timestamp};
//! use evenkeel_series::{Aggregate, Resample, RollingMoments, mad, median};
//!
//! // A counter as it is scraped: irregular, one sample late, restarted after the fourth.
//! let scraped = [(3, 100.0), (33, 160.0), (18, 130.0), (48, 190.0), (63, 12.0), (78, 42.0), (93, 72.0)];
//! let samples = scraped.map(|(second, count)| At::new(Timestamp::from_seconds(second), count));
//!
//! let resampled = Resample::new(Duration::from_secs(30), Aggregate::Rate)?.apply(samples)?;
//! assert_eq!(resampled.report().resets(), 1);
//! let rates = resampled.into_series();
//! assert_eq!(rates.values(), [2.0, 2.0, 1.4, 2.0]);
//!
//! let mut rolling = RollingMoments::builder(3).build()?;
//! let newest = rolling.run(rates.values().iter().copied()).last().flatten().unwrap();
//! assert!((newest.mean() - 1.8).abs() < 1e-12);
//! assert_eq!((median(rates.values()), mad(rates.values())), (Some(2.0), Some(0.0)));
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Series`] | values on a regular grid of time, missing ones as NaN |
//! | [`Resample`], [`Aggregate`] | from irregular, unordered, repeated samples to a series, by an explicit policy, with a [`ResampleReport`] |
//! | [`Align`] | several such sources to series on one grid, with clocks corrected and a report for each ([`Aligned`]) |
//! | [`Clean`] | start here: raw samples to a clean series, and a full report ([`Cleaned`]) |
//! | [`Quality`], [`QualityWatch`] | quality checks: a [`QualityReport`] of a history, the health of a stream |
//! | [`Interpolation`], [`OutlierRepair`], [`Hampel`] | gaps filled, outliers replaced, spikes removed; each lists every [`Change`] |
//! | [`SavitzkyGolay`], [`Butterworth`], [`MedianFilter`] | noise filters for a history, without delay, or for a stream; see also [`Loess`] and [`Ewm`] |
//! | [`Normalization`], [`QuantileNormalization`] | normalization to a common scale or distribution, learned from a history, and its inverse |
//! | [`RollingMoments`], [`RollingExtremes`] | mean, variance, skewness, kurtosis; minimum, maximum of the newest values |
//! | [`RollingQuantile`] | median, any quantile and ranks of the newest values, O(log window) |
//! | [`TimeMoments`], [`TimeExtremes`], [`TimeQuantile`] | the same of a window of time |
//! | [`QuantileSketch`] | quantiles of arbitrarily many values to a relative error, mergeable |
//! | [`ExpandingMoments`] | moments of all values so far |
//! | [`Ewm`], [`TimeEwm`] | exponentially weighted mean and variance, by steps or in irregular time |
//! | [`Moments`], [`Extremes`] | the same of a slice |
//! | [`median`], [`mad`], [`Quantile`] | order statistics by selection; all nine quantile definitions |
//! | [`Differencing`] | ordinary and seasonal differences, and back |
//! | [`Stl`], [`Mstl`], [`Classical`] | trend, one or several seasons, remainder: a [`Decomposition`] with strengths |
//! | [`Loess`], [`HodrickPrescott`] | smooth trends, robust or not, across gaps |
//! | [`Segmentation`] | change points of a finished series, without settings to choose |
//! | [`Pelt`], [`FixedNumber`], [`BinarySegmentation`], [`SlidingWindow`], [`KernelChangePoints`] | the same by a single method, with [`Cost`] and [`Penalty`] |
//! | `spectral` (its own feature) | periodogram, Welch's spectrum, autocovariance of all lags at once, season detection |
//! | [`Autocorrelation`], [`PartialAutocorrelation`], [`cross_correlation`], [`correlation`] | correlation with earlier values, by four estimators, and with another series, with limits |
//! | [`AutoregressiveSpectrum`] | a smooth spectrum, and the dominant period |
//! | [`Kpss`], [`Adf`], [`PhillipsPerron`] | tests of stationarity and unit roots: a [`TestResult`] |
//! | [`differences_needed`], [`seasonal_differences_needed`], [`season_strength`], [`SeasonalTest`], [`Ocsb`] | how often to difference |
//! | [`Portmanteau`], [`ArchTest`], [`jarque_bera`], [`durbin_watson`] | tests of residuals: autocorrelation, constant variance, normality |
//! | [`BoxCox`], [`YeoJohnson`] | power transforms, which make the spread independent of the level |
//! | [`MannKendall`], [`TheilSen`] | robust trend: whether a series rises, and how fast |
//! | [`Granger`] | Granger causality: whether the past of one series helps to predict another |
//! | [`FourierTerms`] | harmonics of seasons as regressors, without duplicates |
//!
//! Rolling statistics, [`Ewm`], [`QualityWatch`], [`HampelFilter`], [`SavitzkyGolayFilter`] and
//! [`ButterworthFilter`] are [stages](evenkeel_core::Stage). A slice is run through one with
//! [`run`](evenkeel_core::Stage::run).
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
mod clean;
mod correlation;
mod decompose;
mod denoise;
mod missing;
mod quantile;
mod rolling;
mod segmentation;
mod series;
#[cfg(feature = "spectral")]
#[cfg_attr(docsrs, doc(cfg(feature = "spectral")))]
pub mod spectral;
mod tests;
mod transform;
mod trend;

pub use clean::{
    Aggregate, Align, Aligned, AlignedSeries, Change, Clean, Cleaned, Defect, Finding, Hampel, HampelFilter,
    Interpolation, InterpolationMethod, OutlierRepair, Quality, QualityReport, QualityWatch, Repaired,
    Resample, ResampleReport, Resampled, Samples,
};
pub use correlation::{
    Autocorrelation, AutoregressiveSpectrum, PartialAutocorrelation, PartialAutocorrelations, correlation,
    cross_correlation,
};
pub use decompose::{Classical, Composition, Decomposition, Dropped, HodrickPrescott, Mstl, Season, Stl};
pub use denoise::{
    Butterworth, ButterworthFilter, EdgeMode, Loess, MedianFilter, SavitzkyGolay, SavitzkyGolayFilter,
};
pub use quantile::{MAD_TO_SD, Quantile, QuantileDefinition, QuantileSketch, mad, median};
pub use rolling::{
    Decay, Ewm, EwmBuilder, EwmStats, ExpandingMoments, Extremes, Moments, RollingBuilder, RollingExtremes,
    RollingMoments, RollingQuantile, RollingQuantileBuilder, TimeEwm, TimeExtremes, TimeMoments,
    TimeQuantile, TimeRollingBuilder,
};
pub use segmentation::{
    BinarySegmentation, Cost, FixedNumber, KernelChangePoints, Pelt, Penalty, Segmentation, Segments,
    SlidingWindow, noise_scale,
};
pub use series::Series;
pub use tests::{
    Adf, ArchTest, DeterministicTerms, Granger, Kpss, Ocsb, PhillipsPerron, Portmanteau, SeasonalTest,
    TestResult, UnitRootTest, differences_needed, durbin_watson, jarque_bera, season_strength,
    seasonal_differences_needed,
};
pub use transform::{
    BoxCox, Differencing, FourierTerms, Normalization, Normalizer, QuantileNormalization, QuantileNormalizer,
    Wave, YeoJohnson,
};
pub use trend::{MannKendall, TheilSen, TheilSenLine};

evenkeel_core::assert_shared!(
    Series,
    Autocorrelation,
    PartialAutocorrelation,
    PartialAutocorrelations,
    Quality,
    QualityReport,
    QualityWatch,
    Finding,
    Normalization,
    Normalizer,
    QuantileNormalization,
    QuantileNormalizer,
    Clean,
    Cleaned,
    Butterworth,
    ButterworthFilter,
    SavitzkyGolay,
    SavitzkyGolayFilter,
    MedianFilter,
    EdgeMode,
    Change,
    Repaired,
    Interpolation,
    InterpolationMethod,
    OutlierRepair,
    Hampel,
    HampelFilter,
    Defect,
    Resample,
    Resampled,
    Align,
    Aligned,
    AlignedSeries,
    Samples<'static>,
    RollingMoments,
    RollingExtremes,
    RollingBuilder<RollingMoments>,
    Ewm,
    TimeEwm,
    RollingQuantile,
    TimeMoments,
    TimeExtremes,
    TimeQuantile,
    TimeRollingBuilder<TimeQuantile>,
    RollingQuantileBuilder,
    ExpandingMoments,
    Quantile,
    QuantileSketch,
    AutoregressiveSpectrum,
    Ocsb,
    SeasonalTest,
    Differencing,
    Kpss,
    Adf,
    DeterministicTerms,
    PhillipsPerron,
    UnitRootTest,
    TestResult,
    Portmanteau,
    ArchTest,
    MannKendall,
    TheilSen,
    TheilSenLine,
    Granger,
    BoxCox,
    YeoJohnson,
    Loess,
    Stl,
    Mstl,
    Classical,
    Decomposition,
    Season,
    Dropped,
    Composition,
    HodrickPrescott,
    FourierTerms,
    Wave,
    Segmentation,
    Segments,
    Pelt,
    FixedNumber,
    BinarySegmentation,
    SlidingWindow,
    KernelChangePoints,
    Cost,
    Penalty,
);
#[cfg(feature = "spectral")]
evenkeel_core::assert_shared!(
    spectral::Spectral,
    spectral::Spectrum,
    spectral::SeasonDetection,
    spectral::FoundSeason
);
