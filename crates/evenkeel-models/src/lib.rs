//! Statistical forecasting models, fitted exactly and continued online.
//!
//! ```
//! use evenkeel_core::{Fit, Stage};
//! use evenkeel_models::Arima;
//!
//! // Requests a minute, around 500, each minute keeping most of the excess of the one before.
//! let (mut excess, mut random) = (0.0, 1u32);
//! let history: Vec<f64> = (0..600)
//!     .map(|_| {
//!         random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
//!         excess = 0.8 * excess + f64::from(random >> 16) / 655.36 - 50.0;
//!         500.0 + excess
//!     })
//!     .collect();
//!
//! let mut model = Arima::new(1, 0, 0).fit(&history)?;
//! println!("mean {:.0}, memory {:.2}", model.constant(), model.ar()[0]);
//!
//! // The model goes on with the stream: one value in, the prediction of the next one out. NaN is a gap.
//! for x in [620.0, f64::NAN, 585.0] {
//!     let next = model.update(x).expect("known after the history");
//!     let (low, high) = next.interval(0.99)?;
//!     assert!(low < next.mean() && next.mean() < high);
//! }
//! # Ok::<(), evenkeel_core::Error>(())
//! ```
//!
//! Every estimator is a [`Fit`](evenkeel_core::Fit) and makes a fitted model, which is a
//! [`Forecaster`](evenkeel_core::Forecaster): an update costs O(state) and allocates nothing. It starts where
//! the history ended; `reset` takes it back to before any observation.
//!
//! | module | what is in it |
//! | --- | --- |
//! | [`auto`] | [`Auto`]: the default for a series you know nothing about |
//! | [`arima`] | [`Arima`], [`AutoArima`]: exact maximum likelihood, gaps, regressors, harmonic regression |
//! | [`ets`] | [`AutoEts`] and exponential smoothing in all 30 forms |
//! | [`theta`] | [`AutoTheta`], the theta method and its relatives |
//! | [`ces`] | complex exponential smoothing |
//! | [`croston`] | intermittent demand |
//! | [`sparse_ar`] | [`SparseAr`]: few, possibly very long lags, in closed form |
//! | [`simple_smoothing`] | exponential smoothing of the level |
//! | [`hmm`] | [`Hmm`]: hidden Markov models, regimes by EM, smoothing, Viterbi, an online filter; [`Hsmm`](hmm::Hsmm): explicit durations |
//! | [`state_space`] | [`Structural`]: level, slope, season and noise as components; any linear Gaussian model from its matrices |
//! | [`crossing_paths`] | when a forecast series reaches a limit: in 5 to 9 days, 90 % |
//! | [`crossing_watch`] | the same with every value of a stream |
//! | [`naive`] | [`Naive`]: last value, last season, drift, means |
//! | [`decomposed`] | seasons by decomposition, any model for the rest |
//! | [`transformed`] | any model on the scale of logarithms or square roots |
//! | [`ensemble`] | [`Ensemble`]: several forecasters, one forecast |
//! | [`conformal`] | [`Conformal`]: any forecaster, with calibrated intervals |
//! | [`backtest`] | [`Backtest`]: errors at rolling origins |
//! | [`fit`] | how a fit went and how good it is; many series at once |
//!
//! At the root are the items that most programs need; each of them, and all others, are in their module.
//!
//! # Features
//! - `std` (default).
//! - `serde`: every fitted model can be saved and restored, and goes on bit for bit (`Snapshot`).
//! - `rayon`: [`fit::fit_all()`] uses all threads.
//!
//! # What it is not
//! There is no neural network and no detector in this crate: `evenkeel-detect` makes one of any forecaster
//! with its `Surprise`.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod arima;
pub mod auto;
pub mod backtest;
mod bfgs;
pub mod ces;
pub mod conformal;
mod count;
pub mod crossing_paths;
pub mod crossing_watch;
pub mod croston;
pub mod decomposed;
pub mod ensemble;
pub mod ets;
mod finite_prediction;
pub mod fit;
pub mod hmm;
pub mod naive;
mod seasonal_indices;
mod shape;
pub mod simple_smoothing;
mod small_sample;
pub mod sparse_ar;
pub mod state_space;
pub mod theta;
pub mod transformed;

pub use arima::{Arima, ArimaModel, AutoArima};
pub use auto::{Auto, AutoModel};
pub use backtest::Backtest;
pub use conformal::Conformal;
pub use ensemble::Ensemble;
pub use ets::AutoEts;
pub use hmm::{Hmm, HmmModel};
pub use naive::Naive;
pub use sparse_ar::SparseAr;
pub use state_space::Structural;
pub use theta::AutoTheta;

evenkeel_core::assert_dyn_compatible!(
    dyn evenkeel_core::Fit<Fitted = arima::ArimaModel>,
    dyn evenkeel_core::Fit<Fitted = arima::AutoArimaModel>,
    dyn evenkeel_core::Fit<Fitted = arima::HarmonicRegressionModel>,
    dyn evenkeel_core::Fit<Fitted = ets::EtsModel>,
    dyn evenkeel_core::Fit<Fitted = theta::ThetaModel>,
    dyn evenkeel_core::Fit<Fitted = ces::CesModel>,
    dyn evenkeel_core::Fit<Fitted = croston::CrostonModel>,
    dyn evenkeel_core::Fit<Fitted = hmm::HmmModel>,
    dyn evenkeel_core::Fit<Fitted = hmm::HsmmModel>,
    dyn evenkeel_core::Fit<Fitted = naive::NaiveModel>,
    dyn evenkeel_core::Fit<Fitted = simple_smoothing::SimpleSmoothingModel>,
    dyn evenkeel_core::Fit<Fitted = sparse_ar::SparseArModel>,
    dyn evenkeel_core::Fit<Fitted = state_space::StructuralModel>,
);

#[cfg(test)]
#[path = "../tests/unit/mod.rs"]
mod tests;

/// The program in the readme is tested like those of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
