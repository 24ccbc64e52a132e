//! Autoregressive integrated moving average models, by exact maximum likelihood.

mod account;
mod auto;
mod cascade;
mod complete;
mod constant;
mod covariance;
mod eliminate;
mod factors;
mod filter;
mod fit;
mod forecast;
mod gaps;
mod harmonic;
mod information;
mod interpolate;
mod kalman;
mod kernel;
mod likelihood;
mod model;
mod parameters;
mod polynomial;
mod regression;
mod residual;
mod sample;
mod scalar;
mod settings;
mod short;
mod start;
#[cfg(feature = "serde")]
mod state;
mod steady;
mod tape;
mod transform;
mod transient;

pub use account::{ArimaAccount, ArimaStop};
pub use auto::{ArimaOutcome, ArimaTrial, AutoArima, AutoArimaAccount, AutoArimaModel};
pub use constant::Constant;
pub use harmonic::{HarmonicAccount, HarmonicRegression, HarmonicRegressionModel};
pub use information::StandardErrors;
pub use likelihood::ArimaLikelihood;
pub use model::ArimaModel;
pub use parameters::ArimaParameters;
pub use regression::ArimaRegression;
pub use residual::Residual;
pub use settings::Arima;
pub use start::ArimaStart;
