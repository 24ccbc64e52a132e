//! Time-series primitives: the regular series, its quality and cleaning, rolling and weighted statistics, quantiles, differencing.
//!
//! From samples as they come to a series, with an account of what was found and what was changed:
//!
//! ```
//! use evenkeel_core::{At, Timestamp};
//! use evenkeel_series::Clean;
//!
//! let scraped = [(0, 3.0), (60, 4.0), (120, 5.0), (240, 7.0), (181, 6.0), (301, 8.0), (480, 11.0), (480, 11.0), (540, 12.0)];
//! let samples = scraped.map(|(second, value)| At::new(Timestamp::from_seconds(1_700_000_000 + second), value));
//! let cleaned = Clean::new().run(&samples)?;
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
//! let resampled = Resample::new(Duration::from_secs(30), Aggregate::Rate)?.run(samples)?;
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
//! | [`Resample`], [`Aggregate`] | from irregular, unordered, repeated samples to a series, by an explicit policy, with a [`Report`] |
//! | [`Align`] | several such sources to series on one grid, clocks set right, each with its account ([`Aligned`]) |
//! | [`Clean`] | what to call first: raw samples to a series, and a full account ([`Cleaned`]) |
//! | [`Quality`], [`QualityWatch`] | what is wrong with samples: a [`QualityReport`] of a history, the health of a stream |
//! | [`Interpolation`], [`OutlierRepair`], [`Hampel`] | gaps filled, outliers replaced, spikes removed; each lists every [`Change`] |
//! | [`SavitzkyGolay`], [`Butterworth`], [`MedianFilter`] | noise taken off, of a history without delay or of a stream; so do [`Loess`] and [`Ewm`] |
//! | [`Normalization`], [`QuantileNormalization`] | values brought to a common scale, or law, learned from a history, and back |
//! | [`RollingMoments`], [`RollingExtremes`] | mean, variance, skewness, kurtosis; minimum, maximum of the newest values, without drift |
//! | [`RollingQuantile`] | median, any quantile and ranks of the newest values, O(log window) |
//! | [`MomentsInTime`], [`ExtremesInTime`], [`QuantileInTime`] | the same of the newest stretch of time |
//! | [`QuantileSketch`] | quantiles of ever so many values to a relative error, mergeable |
//! | [`ExpandingMoments`] | moments of all values so far |
//! | [`Ewm`], [`EwmInTime`] | exponentially weighted mean and variance, by steps or in irregular time |
//! | [`Moments`], [`Extremes`] | the same of a slice |
//! | [`median`], [`mad`], [`Quantile`] | order statistics by selection; all nine quantile definitions |
//! | [`Differencing`] | ordinary and seasonal differences, and back |
//! | [`Stl`], [`Mstl`], [`Classical`] | trend, one or several seasons, remainder: a [`Decomposition`] with strengths |
//! | [`Loess`], [`HodrickPrescott`] | smooth trends, robust or not, across gaps |
//! | [`Segmentation`] | where a finished series changes, without anything to choose |
//! | [`Pelt`], [`FixedNumber`], [`BinarySegmentation`], [`SlidingWindow`], [`KernelChangePoints`] | the same by one method, [`Cost`] and [`Penalty`] |
//! | `spectral` (its own feature) | periodogram, Welch's spectrum, autocovariance of all lags at once, seasons found |
//! | [`Autocorrelation`], [`PartialAutocorrelation`], [`cross_correlation`], [`correlation`] | how values depend on earlier ones, by four estimators, and on another series, with limits |
//! | [`AutoregressiveSpectrum`] | a smooth spectrum, and the one period that dominates |
//! | [`Kpss`], [`Adf`], [`PhillipsPerron`] | whether a series keeps its level or wanders: a [`TestResult`] |
//! | [`differences_needed`], [`seasonal_differences_needed`], [`season_strength`], [`SeasonalTest`], [`Ocsb`] | how often to difference until it does |
//! | [`Portmanteau`], [`ArchTest`], [`jarque_bera`], [`durbin_watson`] | whether residuals are noise: no memory, one variance, normal |
//! | [`BoxCox`], [`YeoJohnson`] | scales on which spreads don't depend on levels, and the exponent |
//! | [`MannKendall`], [`TheilSen`] | whether a series rises, and how fast, whatever its noise |
//! | [`Granger`] | whether the past of one series foretells another |
//! | [`FourierTerms`] | sines and cosines of seasons as regressors, none of them twice |
//!
//! Rolling statistics, [`Ewm`], [`QualityWatch`], [`HampelFilter`], [`SavitzkyGolayFilter`] and [`ButterworthFilter`] are [stages](evenkeel_core::Stage). A slice is run through one with
//! [`run`](evenkeel_core::Stage::run).
//!
//! # Features
//! - `std` (default): nothing in here needs it; without it the crate is `no_std` with `alloc`.
//! - `spectral`: the module `spectral`, and with it `std` and Fourier transforms of `realfft`.
//! - `approx`: comparison of series, decompositions and rolling statistics within a tolerance, by the traits of the crate `approx`.
//! - `serde`: snapshots of the stages, (de)serialization of [`Series`].
//!
//! # What it is not
//! No data frame: a series has one value a cell, and several are put on one grid by [`Align`], without names, columns or joins.

#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

#[cfg(feature = "approx")]
mod approximate;
mod clean;
mod complete_rows;
mod correlation;
mod decompose;
mod denoise;
mod difference;
mod ewm;
mod ewm_in_time;
mod fourier;
mod granger;
mod hodrick_prescott;
mod hypothesis;
mod loess;
mod normalize;
mod power;
mod quality;
mod quantile;
mod repair;
mod resample;
mod rolling;
mod segmentation;
mod series;
mod sketch;
mod sorted_window;
#[cfg(feature = "spectral")]
#[cfg_attr(docsrs, doc(cfg(feature = "spectral")))]
pub mod spectral;
mod stationarity;
mod trend;
mod whiteness;

pub use clean::{Clean, Cleaned};
pub use correlation::{
    Autocorrelation, AutoregressiveSpectrum, Partial, PartialAutocorrelation, correlation, cross_correlation,
};
pub use decompose::{Classical, Composition, Decomposition, Dropped, Mstl, Season, Stl};
pub use denoise::{Butterworth, ButterworthFilter, Edges, MedianFilter, SavitzkyGolay, SavitzkyGolayFilter};
pub use difference::Differencing;
pub use ewm::{Decay, Ewm, EwmBuilder, Weighted};
pub use ewm_in_time::EwmInTime;
pub use fourier::{FourierTerms, Wave};
pub use granger::Granger;
pub use hodrick_prescott::HodrickPrescott;
pub use hypothesis::TestResult;
pub use loess::Loess;
pub use normalize::{Normalization, Normalizer, QuantileNormalization, QuantileNormalizer};
pub use power::{BoxCox, YeoJohnson};
pub use quality::{Defect, Finding, Quality, QualityReport, QualityWatch};
pub use quantile::{Definition, MAD_TO_SD, Quantile, mad, median};
pub use repair::{Change, Hampel, HampelFilter, Interpolation, Method, OutlierRepair, Repaired};
pub use resample::{Aggregate, Align, Aligned, AlignedSeries, Report, Resample, Resampled, Samples};
pub use rolling::{
    ExpandingMoments, Extremes, ExtremesInTime, InTimeBuilder, Moments, MomentsInTime, QuantileInTime,
    RollingBuilder, RollingExtremes, RollingMoments, RollingQuantile, RollingQuantileBuilder,
};
pub use segmentation::{
    BinarySegmentation, Cost, FixedNumber, KernelChangePoints, Pelt, Penalty, Segmentation, Segments,
    SlidingWindow, noise_scale,
};
pub use series::Series;
pub use sketch::QuantileSketch;
pub use stationarity::{
    Adf, Deterministic, Kpss, Ocsb, PhillipsPerron, SeasonalTest, UnitRootTest, differences_needed,
    season_strength, seasonal_differences_needed,
};
pub use trend::{MannKendall, TheilSen, TheilSenLine};
pub use whiteness::{ArchTest, Portmanteau, durbin_watson, jarque_bera};

/// The promises on all public types, held at compile time.
const _: () = {
    const fn shared<T: Send + Sync + 'static>() {}
    shared::<Series>();
    shared::<Autocorrelation>();
    shared::<PartialAutocorrelation>();
    shared::<Partial>();
    shared::<Quality>();
    shared::<QualityReport>();
    shared::<QualityWatch>();
    shared::<Finding>();
    shared::<Normalization>();
    shared::<Normalizer>();
    shared::<QuantileNormalization>();
    shared::<QuantileNormalizer>();
    shared::<Clean>();
    shared::<Cleaned>();
    shared::<Butterworth>();
    shared::<ButterworthFilter>();
    shared::<SavitzkyGolay>();
    shared::<SavitzkyGolayFilter>();
    shared::<MedianFilter>();
    shared::<Edges>();
    shared::<Change>();
    shared::<Repaired>();
    shared::<Interpolation>();
    shared::<Method>();
    shared::<OutlierRepair>();
    shared::<Hampel>();
    shared::<HampelFilter>();
    shared::<Defect>();
    shared::<Resample>();
    shared::<Resampled>();
    shared::<Align>();
    shared::<Aligned>();
    shared::<AlignedSeries>();
    shared::<Samples<'static>>();
    shared::<RollingMoments>();
    shared::<RollingExtremes>();
    shared::<RollingBuilder<RollingMoments>>();
    shared::<Ewm>();
    shared::<EwmInTime>();
    shared::<RollingQuantile>();
    shared::<MomentsInTime>();
    shared::<ExtremesInTime>();
    shared::<QuantileInTime>();
    shared::<InTimeBuilder<QuantileInTime>>();
    shared::<RollingQuantileBuilder>();
    shared::<ExpandingMoments>();
    shared::<Quantile>();
    shared::<QuantileSketch>();
    shared::<AutoregressiveSpectrum>();
    shared::<Ocsb>();
    shared::<SeasonalTest>();
    shared::<Differencing>();
    shared::<Kpss>();
    shared::<Adf>();
    shared::<Deterministic>();
    shared::<PhillipsPerron>();
    shared::<UnitRootTest>();
    shared::<TestResult>();
    shared::<Portmanteau>();
    shared::<ArchTest>();
    shared::<MannKendall>();
    shared::<TheilSen>();
    shared::<TheilSenLine>();
    shared::<Granger>();
    shared::<BoxCox>();
    shared::<YeoJohnson>();
    shared::<Loess>();
    shared::<Stl>();
    shared::<Mstl>();
    shared::<Classical>();
    shared::<Decomposition>();
    shared::<Season>();
    shared::<Dropped>();
    shared::<Composition>();
    shared::<HodrickPrescott>();
    shared::<FourierTerms>();
    shared::<Wave>();
    shared::<Segmentation>();
    shared::<Segments>();
    shared::<Pelt>();
    shared::<FixedNumber>();
    shared::<BinarySegmentation>();
    shared::<SlidingWindow>();
    shared::<KernelChangePoints>();
    shared::<Cost>();
    shared::<Penalty>();
    #[cfg(feature = "spectral")]
    {
        shared::<spectral::Spectral>();
        shared::<spectral::Spectrum>();
        shared::<spectral::SeasonDetection>();
        shared::<spectral::FoundSeason>();
    }
};
