//! Seasons as sines and cosines, with ARIMA errors.

mod fitted;
mod fourier;
mod harmonic_regression;
#[cfg(feature = "serde")]
mod snapshot;

pub use fitted::HarmonicRegressionModel;
pub use harmonic_regression::HarmonicRegression;
