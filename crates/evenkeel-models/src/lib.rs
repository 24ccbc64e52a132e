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
//! | what | in one line |
//! | --- | --- |
//! | [`Auto`] → [`AutoModel`] | the default for a series you know nothing about: seasons found, an ensemble weighted by past errors, calibrated intervals |
//! | [`Arima`] → [`ArimaModel`] | ARIMA of fixed order, with or without a season, mean or drift: exact maximum likelihood, gaps, standard errors |
//! | [`AutoArima`] → [`AutoArimaModel`] | the same with its order chosen by AICc, and a record of all orders tried ([`ArimaSelection`], [`ArimaTrial`]) |
//! | [`ArimaRegression`] | ARIMA with external regressors, from [`Arima::fit_with`] |
//! | [`HarmonicRegression`] → [`HarmonicRegressionModel`] | several seasons as waves, with ARIMA errors; numbers of waves and order chosen |
//! | [`ArimaLikelihood`] | its likelihood as a function, evaluated without allocation |
//! | [`AutoEts`], [`Ets`] → [`EtsModel`] | exponential smoothing with error, trend and season: all 30 forms, and the choice among them |
//! | [`AutoTheta`], [`Theta`] → [`ThetaModel`] | the theta method and its state space relatives |
//! | [`AutoCes`], [`Ces`] → [`CesModel`] | complex exponential smoothing: level and trend as one complex state |
//! | [`Croston`] → [`CrostonModel`], [`DemandKind`] | intermittent demand: Croston, Syntetos-Boylan, Teunter-Syntetos-Babai |
//! | [`Naive`] → [`NaiveModel`] | last value, last season, drift, means, Naive2 of the M competitions |
//! | [`SimpleSmoothing`] → [`SimpleSmoothingModel`] | exponential smoothing of the level: two numbers of state |
//! | [`SparseAr`] → [`SparseArModel`] | autoregression on few, possibly very long lags, in closed form: seasons of 1440 and 10080 |
//! | [`Decomposed`] → [`DecomposedModel`] | seasons by MSTL or classical, any model for the rest |
//! | [`Transformed`] | any model on the scale of logarithms or square roots |
//! | [`Ensemble`] | several forecasters, one forecast: mean, median, mean of the middle half |
//! | [`Conformal`] | any forecaster, with intervals calibrated on its own past errors |
//! | [`Backtest`] | errors at rolling origins |
//! | [`fit_all()`] | many series at once |
//! | [`FitReport`], [`Criteria`], [`Termination`], [`StandardErrors`], [`Residual`] | how a fit went, and how good it is |
//!
//! Every fitted model is a [`Forecaster`](evenkeel_core::Forecaster): an update costs O(state) and allocates
//! nothing. It starts where the history ended; `reset` takes it back to before any observation.
//!
//! # Features
//! - `std` (default).
//! - `serde`: every fitted model can be saved and restored, and goes on bit for bit (`Snapshot`).
//! - `rayon`: [`fit_all()`] uses all threads.
//!
//! # What it is not
//! There is no neural network and no detector in this crate: `evenkeel-detect` makes one of any forecaster
//! with its `Surprise`.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod arima;
mod auto;
mod backtest;
mod bfgs;
mod ces;
mod conformal;
mod count;
mod croston;
mod decomposed;
mod effort;
mod ensemble;
mod ets;
mod finite_prediction;
mod fit_all;
mod fit_report;
mod naive;
mod seasonal_indices;
mod shape;
mod simple_smoothing;
mod small_sample;
mod sparse_ar;
mod theta;
mod transformed;

pub use arima::{
    Arima, ArimaLikelihood, ArimaModel, ArimaOutcome, ArimaParameters, ArimaRegression, ArimaSelection,
    ArimaStart, ArimaTrial, AutoArima, AutoArimaModel, Constant, HarmonicRegression, HarmonicRegressionModel,
    Residual, StandardErrors,
};
pub use auto::{Auto, AutoFamily, AutoMember, AutoModel, AutoReport};
pub use backtest::{Backtest, Backtested, Trial};
pub use ces::{AutoCes, Ces, CesKind, CesModel};
pub use conformal::Conformal;
pub use croston::{Croston, CrostonKind, CrostonModel, DemandKind};
pub use decomposed::{Decomposed, DecomposedModel};
pub use effort::Effort;
pub use ensemble::{Combination, Ensemble};
pub use ets::{AutoEts, Ets, EtsCandidate, EtsError, EtsForm, EtsModel, EtsParameters, EtsSeason, EtsTrend};
pub use fit_all::fit_all;
pub use fit_report::{Criteria, FitReport, Termination};
pub use naive::{Naive, NaiveKind, NaiveModel};
pub use simple_smoothing::{SimpleSmoothing, SimpleSmoothingModel};
pub use sparse_ar::{LagCriterion, SparseAr, SparseArModel};
pub use theta::{AutoTheta, Theta, ThetaCriteria, ThetaKind, ThetaModel, ThetaParameters, ThetaSeason};
pub use transformed::{Transform, Transformed};

evenkeel_core::assert_shared!(
    Arima,
    ArimaLikelihood,
    ArimaModel,
    ArimaOutcome,
    ArimaParameters,
    ArimaRegression,
    ArimaSelection,
    ArimaStart,
    ArimaTrial,
    AutoArima,
    AutoArimaModel,
    Constant,
    HarmonicRegression,
    HarmonicRegressionModel,
    Residual,
    StandardErrors,
    Auto,
    AutoFamily,
    AutoMember,
    AutoModel,
    AutoReport,
    Backtest,
    Backtested,
    Trial,
    AutoCes,
    Ces,
    CesKind,
    CesModel,
    Conformal<SparseArModel>,
    Croston,
    CrostonKind,
    CrostonModel,
    DemandKind,
    Decomposed<SparseAr>,
    DecomposedModel<SparseArModel>,
    Effort,
    Combination,
    Ensemble<SparseArModel>,
    AutoEts,
    Ets,
    EtsCandidate,
    EtsError,
    EtsForm,
    EtsModel,
    EtsParameters,
    EtsSeason,
    EtsTrend,
    Criteria,
    FitReport,
    Termination,
    Naive,
    NaiveKind,
    NaiveModel,
    SimpleSmoothing,
    SimpleSmoothingModel,
    LagCriterion,
    SparseAr,
    SparseArModel,
    AutoTheta,
    Theta,
    ThetaCriteria,
    ThetaKind,
    ThetaModel,
    ThetaParameters,
    ThetaSeason,
    Transform,
    Transformed<SparseArModel>,
);

evenkeel_core::assert_dyn_compatible!(
    dyn evenkeel_core::Fit<Fitted = ArimaModel>,
    dyn evenkeel_core::Fit<Fitted = AutoArimaModel>,
    dyn evenkeel_core::Fit<Fitted = HarmonicRegressionModel>,
    dyn evenkeel_core::Fit<Fitted = EtsModel>,
    dyn evenkeel_core::Fit<Fitted = ThetaModel>,
    dyn evenkeel_core::Fit<Fitted = CesModel>,
    dyn evenkeel_core::Fit<Fitted = CrostonModel>,
    dyn evenkeel_core::Fit<Fitted = NaiveModel>,
    dyn evenkeel_core::Fit<Fitted = SimpleSmoothingModel>,
    dyn evenkeel_core::Fit<Fitted = SparseArModel>,
);

#[cfg(test)]
#[path = "../tests/unit/mod.rs"]
mod tests;
