//! Spectra, autocovariances of all lags at once, and season detection.
//!
//! | what | in one line |
//! | --- | --- |
//! | [`Spectral`] | plans and buffers of the fast Fourier transforms: keep one and use it for every series |
//! | [`Spectrum`] | periodogram and Welch's estimate |
//! | [`SeasonDetection`], [`FoundSeason`] | the seasons of a series, and how strong they are |
//!
//! ```
//! use core::f64::consts::TAU;
//! use evenkeel_series::spectral::{SeasonDetection, Spectral};
//! use evenkeel_stats::Generator;
//!
//! // Six weeks of hours: a day, a week, growth, a gap, and an extreme value.
//! let mut noise = Generator::new(1);
//! let mut load: Vec<f64> = (0..1008)
//!     .map(|t| {
//!         let noise = 1.5 * noise.normal();
//!         let day = 10.0 * (f64::from(t) / 24.0 * TAU).sin();
//!         let week = 6.0 * (f64::from(t) / 168.0 * TAU).cos();
//!         0.05 * f64::from(t) + day + week + noise
//!     })
//!     .collect();
//! load[300..330].fill(f64::NAN);
//! load[500] = 1e6;
//!
//! let mut spectral = Spectral::new();
//! let seasons = SeasonDetection::new().fit(&mut spectral, &load)?;
//! assert_eq!(seasons.iter().map(|season| season.period()).collect::<Vec<_>>(), [24, 168]);
//! # Ok::<(), evenkeel_core::Error>(())
//! ```

mod autocovariance;
mod fourier_transform;
mod season_detection;
mod seasonal_fold;
mod spectrum;

pub use fourier_transform::Spectral;
pub use season_detection::{FoundSeason, SeasonDetection};
pub use spectrum::Spectrum;

evenkeel_core::assert_shared!(Spectral, Spectrum, SeasonDetection, FoundSeason);
